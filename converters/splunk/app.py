"""The files of the Splunk app.

Sources:
    App layout, https://dev.splunk.com/enterprise/docs/developapps/createapps/appanatomy
    App manifest, https://dev.splunk.com/enterprise/reference/packagingtoolkit/pkgtoolkitappmanifest
    KV store collections, https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Collectionsconf
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from rekey import __version__
from rekey.converters.registry import LogSourceFields, registry
from rekey.converters.splunk import baseline
from rekey.converters.splunk.compiled import Compiled, CompiledRule
from rekey.converters.splunk.conf import Stanzas, conf
from rekey.converters.splunk.icon import SIZES, icon
from rekey.converters.splunk.keys import VALUE, Keys
from rekey.converters.splunk.schedule import SINCE
from rekey.converters.splunk.search import Role
from rekey.converters.splunk.site_macros import ASN_LOOKUP, site_macros
from rekey.converters.splunk.stanzas import Options, name, stanza
from rekey.converters.version_lock import Versions
from rekey.site import Site
from rekey.site.asn import read_asn_csv

FOLDER: Final = "rekey"
_TEMPLATES: Final = Path(__file__).parent / "templates"
_ICONS: Final = ("appIcon", "appIconAlt", "appLogo")
_LOCAL: Final = "Change it in Splunk Web: that writes to local/, which an upgrade keeps."


def app(compiled: Compiled, site: Site, options: Options, versions: Versions) -> dict[str, bytes]:
    """Write the app: path within it → content."""
    rules = compiled.rules
    sources = _sources(rules)
    texts = {
        "default/app.conf": conf(_app(), "The app."),
        "default/savedsearches.conf": conf(_searches(rules, options), f"The rules. {_LOCAL}"),
        "default/macros.conf": conf(
            _macros(rules, site, sources),
            f"Where the logs are, what is computed, what is left out. {_LOCAL}",
        ),
        "default/collections.conf": conf(_collections(rules), "What first-seen rules learn."),
        "default/transforms.conf": conf(_lookups(rules, site), "Lookups over it, and tables."),
        "default/data/ui/nav/default.xml": _render("nav.xml.j2"),
        "default/data/ui/views/rekey_health.xml": _render("rekey_health.xml.j2", sources=sources),
        "metadata/default.meta": _META + (_SHARED if options.enterprise_security else ""),
        "app.manifest": _manifest(),
        "README.md": _render(
            "README.md.j2", version=__version__, rules=len(rules), sources=sources
        ),
        "lookups/rekey_rules.csv": _rule_table(rules, versions),
        "lookups/rekey_exclusions.csv": _exclusion_table(rules),
    }
    if site.asn_csv is not None:
        rows = [[str(network), label] for network, label in read_asn_csv(site.asn_csv)]
        texts[f"lookups/{ASN_LOOKUP}.csv"] = _csv(["cidr", "asn"], rows)
    files = {path: text.encode() for path, text in texts.items()}
    files |= {f"static/{n}{s}.png": icon(size) for n in _ICONS for s, size in SIZES.items()}
    return files


_META: Final = """\
[]
access = read : [ * ], write : [ admin, sc_admin ]
export = none
"""
_SHARED: Final = "".join(
    f"\n[{kind}]\nexport = system\n"
    for kind in ("savedsearches", "macros", "transforms", "lookups", "collections")
)
"""Enterprise Security shows and opens searches in an app of its own, where only what is shared with all
apps can be seen; a search that it opens there needs its macros and lookups as well.

Source: Share data in Splunk Enterprise Security,
https://docs.splunk.com/Documentation/ES/7.0.1/Install/DataSharing
"""


def _sources(rules: Iterable[CompiledRule]) -> list[LogSourceFields]:
    used = {source for each in rules for source in each.rule.sources}
    return [source for name, source in registry().items() if name in used]


def _app() -> Stanzas:
    return {
        "install": {"is_configured": 0},
        "ui": {"is_visible": 1, "label": "rekey"},
        "launcher": {
            "author": "The rekey authors",
            "description": "Detections for the abuse of workload identities",
            "version": __version__,
        },
        "package": {"id": FOLDER, "check_for_updates": 0},
        "id": {"name": FOLDER, "version": __version__},
    }


def _searches(rules: Iterable[CompiledRule], options: Options) -> Stanzas:
    found = [search for each in rules for search in each.searches]
    return {name(search): stanza(search, options) for search in found}


def _macros(
    rules: Sequence[CompiledRule], site: Site, sources: Iterable[LogSourceFields]
) -> Stanzas:
    made = {f"rekey_{source.name}": source.splunk_search for source in sources}
    made |= {"rekey_since": SINCE} | site_macros(site)
    for each in rules:
        made |= each.macros
    for each in rules:
        made |= each.own_macros
    return {name: {"definition": text, "iseval": 0} for name, text in made.items()}


def _tables(rules: Iterable[CompiledRule]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Collections, and what each holds: numbers, and then what people read."""
    made: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for each in rules:
        if Role.LEARN not in {search.role for search in each.searches}:
            continue
        keys = Keys(each.rule).names
        numbers = baseline.tables(each.rule)
        made |= {table: (fields, keys) for table, fields in numbers.items()}
        if each.rule.directives.first_seen:
            table = baseline.values(each.rule)
            made[table] = (numbers[table], (*keys, VALUE))
    return made


def _collections(rules: Iterable[CompiledRule]) -> Stanzas:
    return {
        table: {f"field.{name}": "number" for name in numbers}
        | {f"field.{name}": "string" for name in texts}
        for table, (numbers, texts) in _tables(rules).items()
    }


def _lookups(rules: Iterable[CompiledRule], site: Site) -> Stanzas:
    made: dict[str, dict[str, str | int]] = {
        table: {
            "external_type": "kvstore",
            "collection": table,
            "fields_list": ", ".join(("_key", *numbers, *texts)),
        }
        for table, (numbers, texts) in _tables(rules).items()
    }
    for table in ("rekey_rules", "rekey_exclusions"):
        made[table] = {"filename": f"{table}.csv"}
    if site.asn_csv is not None:
        made[ASN_LOOKUP] = {
            "filename": f"{ASN_LOOKUP}.csv", "match_type": "CIDR(cidr)", "max_matches": 1,
        }  # fmt: skip
    return made


def _rule_table(rules: Iterable[CompiledRule], versions: Versions) -> str:
    rows = []
    for each in rules:
        rule, known = each.rule, versions.get(each.rule.id)
        named = {search.role: name(search) for search in each.searches}
        rows.append([
            rule.path, rule.id, str(known.version if known else 1), named[Role.DETECT],
            named.get(Role.LEARN, ""), rule.title, rule.level, rule.kind.value,
            " ".join(rule.sources), rule.directives.playbook,
        ])  # fmt: skip
    columns = "rule id version saved_search learner title level kind source playbook"
    return _csv(columns.split(), rows)


def _exclusion_table(rules: Iterable[CompiledRule]) -> str:
    found = {
        (each.entry, each.owner, str(each.expires), each.source)
        for rule in rules
        for each in rule.exclusions
    }
    return _csv(["entry", "owner", "expires", "source"], [list(row) for row in sorted(found)])


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _manifest() -> str:
    return json.dumps(
        {
            "schemaVersion": "2.0.0",
            "info": {
                "title": "rekey",
                "id": {"group": None, "name": FOLDER, "version": __version__},
                "author": [{"name": "The rekey authors", "email": None, "company": None}],
                "description": "Detections for the abuse of workload identities",
                "classification": {
                    "intendedAudience": "Security",
                    "categories": ["Security, Fraud & Compliance"],
                    "developmentStatus": "Beta",
                },
                "license": {"name": "Apache-2.0", "text": None, "uri": None},
                "releaseDate": None,
            },
            "supportedDeployments": ["_standalone", "_distributed", "_search_head_clustering"],
            "targetWorkloads": ["_search_heads"],
            "platformRequirements": {"splunk": {"Enterprise": ">=9.0"}},
        },
        indent=2,
    )


def _render(template: str, **values: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("xml.j2",)),
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(**values)
