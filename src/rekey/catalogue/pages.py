"""All generated pages of a pack."""

from rekey.catalogue.coverage import coverage
from rekey.catalogue.coverage_page import coverage_page
from rekey.catalogue.engines import outcomes
from rekey.catalogue.index_page import exit_codes_page, index_page
from rekey.catalogue.navigator import navigator_layer
from rekey.catalogue.rule_page import rule_page
from rekey.converters.lint.rule_file import read_rule_file
from rekey.pack import Pack


def pages(pack: Pack) -> dict[str, str]:
    """Write every page, by its path below ``docs/``.

    Raises:
        RekeyError: a rule or the provenance of its fixtures cannot be read, or a rule does not
            compile.
    """
    files = pack.rule_files()
    rules = [read_rule_file(path, file) for path, file in files.items()]
    made = outcomes(files.values())
    covered = coverage(rules, made)
    return {
        **{
            f"rules/{rule.path}.md": rule_page(
                rule, made[rule.path], pack.fixture_folder(rule.path)
            )
            for rule in rules
        },
        "rules/README.md": index_page(rules),
        "coverage/README.md": coverage_page(covered, rules="../rules"),
        "coverage/attack-navigator.json": navigator_layer(covered),
        "exit-codes.md": exit_codes_page(),
    }
