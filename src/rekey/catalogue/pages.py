"""All generated pages of a pack."""

from rekey.catalogue.index_page import exit_codes_page, index_page
from rekey.catalogue.rule_page import rule_page
from rekey.converters.lint.rule_file import read_rule_file
from rekey.pack import Pack


def pages(pack: Pack) -> dict[str, str]:
    """Write every page, by its path below ``docs/``.

    Raises:
        RekeyError: a rule or the provenance of its fixtures cannot be read.
    """
    rules = [read_rule_file(path, file) for path, file in pack.rule_files().items()]
    made = {
        f"rules/{rule.path}.md": rule_page(rule, pack.fixture_folder(rule.path)) for rule in rules
    }
    return {**made, "rules/README.md": index_page(rules), "exit-codes.md": exit_codes_page()}
