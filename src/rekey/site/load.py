"""Reading a site file, with file and line for everything that is wrong in it."""

from collections.abc import Mapping
from pathlib import Path

from rekey.errors import RekeyError
from rekey.rule_head import RuleHead
from rekey.site.model import Site
from rekey.yaml_file import read_model


def load_site(path: Path) -> Site:
    """Read and check a site file.

    Paths in it become absolute, as seen from the site file's own folder.

    Raises:
        RekeyError: unreadable, not YAML, or not a site file.
    """
    site, locate = read_model(path, Site)
    if site.asn_csv is not None:
        site = site.model_copy(update={"asn_csv": path.resolve().parent / site.asn_csv})
    site.remember_place(path, locate)
    if site.asn_csv is not None and not site.asn_csv.is_file():
        raise RekeyError(
            f"asn_csv: there is no file {site.asn_csv}",
            place=site.place("asn_csv"),
            hint="It is looked for beside the site file.",
        )
    return site


def check_rules(site: Site, heads: Mapping[str, RuleHead]) -> None:
    """Hold a site file against the rules: each named rule exists and has the knobs that are turned.

    Raises:
        RekeyError: at the first entry that names an unknown rule, or a knob that its rule lacks.
    """
    for index, exclusion in enumerate(site.exclusions):
        for number, path in enumerate(() if exclusion.rules == "all" else exclusion.rules):
            _known(site, heads, path, "exclusions", index, "rules", number)
    for path, override in site.rules.items():
        head = _known(site, heads, path, "rules", path)
        for knob in override.knobs():
            if knob not in head.knobs:
                offered = ", ".join(["enabled", "level", *sorted(head.knobs)])
                raise RekeyError(
                    f"{path} has no knob {knob!r}",
                    place=site.place("rules", path, knob),
                    hint=f"It offers: {offered}.",
                )


def _known(site: Site, heads: Mapping[str, RuleHead], path: str, *steps: str | int) -> RuleHead:
    if path not in heads:
        raise RekeyError(
            f"there is no rule {path!r}",
            place=site.place(*steps),
            hint="`rekey rules list` names them all; `--pack DIR` brings in your own.",
        )
    return heads[path]
