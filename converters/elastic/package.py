"""All rules → what `rekey build elastic` writes: rules, what differs, what cannot be said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from rekey.converters.elastic.compile_rule import compile_rule
from rekey.converters.elastic.compiled import MEANING, Compiled
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.index_template import index_template
from rekey.converters.elastic.kibana import Extras, kibana_rule
from rekey.converters.elastic.target import Target
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import Rule
from rekey.converters.version_lock import Versions
from rekey.errors import Place, RekeyError


@dataclass(frozen=True)
class Package:
    """Compiled rules by path, and the reasons of those that could not be compiled."""

    target: Target
    rules: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    compiled: Mapping[str, Compiled] = field(default_factory=dict)
    unsupported: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[LogSourceFields, ...] = ()

    @property
    def by_id(self) -> dict[str, dict[str, Any]]:
        """The rules by their Sigma id."""
        return {rule["rule_id"]: rule for rule in self.rules.values()}

    def differences(self) -> dict[str, Any]:
        """Say for each rule, machine-readably, where it differs from the embedded engine."""
        return {
            path: {
                "rule_id": rule["rule_id"],
                "type": rule["type"],
                "differences": [
                    {"kind": each.kind, "detail": each.detail, "meaning": MEANING[each.kind]}
                    for each in self.compiled[path].differences
                ],
            }
            for path, rule in self.rules.items()
        }

    def files(self) -> dict[str, bytes]:
        """Give the files of the package by name; equal input gives equal bytes."""
        lines = (orjson.dumps(r, option=orjson.OPT_SORT_KEYS) for r in self.rules.values())
        made = {
            "rules.ndjson": b"".join(line + b"\n" for line in lines),
            "differences.json": _json(self.differences()),
            "unsupported.json": _json(dict(self.unsupported)),
        }
        if self.target.schema.name == "raw":
            for source in self.sources:
                template = _json(index_template(source, self.target.schema))
                made[f"index_templates/rekey-{source.name}.json"] = template
        return made


def build(rules: Iterable[Rule], target: Target, extras: Extras, versions: Versions) -> Package:
    """Compile rules."""
    made: dict[str, dict[str, Any]] = {}
    parts: dict[str, Compiled] = {}
    unsupported: dict[str, str] = {}
    sources: dict[str, LogSourceFields] = {}
    for rule in rules:
        sources |= {base.source.name: base.source for base in rule.bases}
        try:
            compiled = compile_rule(rule, target)
        except Unsupported as error:
            unsupported[rule.path] = error.message
            continue
        known = versions.get(rule.id)
        parts[rule.path] = compiled
        made[rule.path] = kibana_rule(rule, target, compiled, extras, known.version if known else 1)
    return Package(target, made, parts, unsupported, tuple(sources[n] for n in sorted(sources)))


def write(package: Package, folder: Path) -> list[Path]:
    """Write the files of a package.

    Raises:
        RekeyError: the folder cannot be written.
    """
    written = []
    try:
        for name, content in package.files().items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            written.append(file)
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(folder)) from error
    return written


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
