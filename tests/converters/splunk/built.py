"""The app over the shipped rules, built once."""

from datetime import date
from functools import cache
from pathlib import Path

from rekey.converters.ruleset import load_rules
from rekey.converters.splunk.package import Package, build
from rekey.converters.splunk.stanzas import Options
from rekey.pack import shipped_pack
from rekey.rule_head import rule_heads
from rekey.site import Site, load_site, sigma_filters

TODAY = date(2026, 11, 24)


@cache
def package(options: Options = Options(), site_file: Path | None = None) -> Package:  # noqa: B008
    """Build it, with a site file or without."""
    heads = rule_heads([shipped_pack()])
    site = load_site(site_file) if site_file else Site()
    files = [heads[path].file for path in sorted(heads)]
    rules = load_rules(files, overrides=site.rules).rules
    return build(rules, site, sigma_filters(site, TODAY, heads), options, {})


def stanzas(made: Package, name: str) -> dict[str, dict[str, str]]:
    """Read one .conf file of the app."""
    found: dict[str, dict[str, str]] = {}
    text = made.files[f"default/{name}.conf"].decode().replace("\\\n", "\N{RECORD SEPARATOR}")
    for line in text.split("\n"):
        if line.startswith("["):
            current = found.setdefault(line[1:-1], {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition(" = ")
            current[key] = value.replace(" \N{RECORD SEPARATOR}", "\n")
    return found
