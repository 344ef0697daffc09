"""RK102 … RK114: the file and its documents have the shape of one rule."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import Part, RuleFile, mapping, sequence

BASE_KEYS: Final = frozenset({"title", "id", "name", "status", "logsource", "detection"})
RULE_KEYS: Final = frozenset({
    "title", "id", "name", "status", "description", "references", "author", "date", "modified",
    "tags", "logsource", "detection", "correlation", "falsepositives", "level", "related",
    "fields", "license", "x-rekey",
})  # fmt: skip
MAX_TITLE: Final = 110
VAGUE: Final = re.compile(
    r"(unknown|unlikely|none|n/?a|tbd|administrators?|legitimate (use|activity|administration))\W*",
    re.IGNORECASE,
)


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Check the shape of a rule file and the keys of its documents."""
    yield from _path(rule)
    yield from _order(rule)
    yield from _references_between(rule)
    for part in rule.parts:
        yield from _identity(part)
    for base in rule.bases:
        yield from _base(base)
    yield from _head(rule.head)


def _path(rule: RuleFile) -> Iterator[Finding]:
    place = rule.parts[0].place()
    folder, name = rule.path.split("/")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        yield Finding("RK102", place, f"the name {name!r} is not lower case with underscores")
    products = {str(mapping(part.data.get("logsource")).get("product")) for part in rule.events}
    if products and folder not in products:
        yield Finding("RK102", place, f"lies in {folder}/, but none of its log sources is {folder}")


def _order(rule: RuleFile) -> Iterator[Finding]:
    for part in rule.parts:
        if ("detection" in part.data) == ("correlation" in part.data):
            yield Finding(
                "RK104", part.place(), "a document holds either a detection or a correlation"
            )
    if len(rule.correlations) > 1:
        yield Finding("RK104", rule.correlations[1].place(), "holds a second correlation")
    elif rule.correlations and rule.parts[-1] is not rule.correlations[0]:
        yield Finding("RK104", rule.correlations[0].place(), "the correlation does not stand last")
    elif not rule.correlations and len(rule.events) > 1:
        yield Finding(
            "RK104", rule.events[1].place(), "holds a second detection and no correlation"
        )


def _references_between(rule: RuleFile) -> Iterator[Finding]:
    if not rule.correlations:
        return
    wanted = [str(name) for name in sequence(rule.head.correlation.get("rules"))]
    names = {base.name for base in rule.bases}
    place = rule.head.place("correlation", "rules")
    for name in wanted:
        if name not in names:
            yield Finding("RK114", place, f"no base rule of this file is named {name!r}")
    for base in rule.bases:
        if base.name and base.name not in wanted:
            yield Finding(
                "RK114", base.place("name"), f"the correlation does not use {base.name!r}"
            )


def _identity(part: Part) -> Iterator[Finding]:
    title = part.data.get("title")
    if not isinstance(title, str) or not title.strip():
        yield Finding("RK106", part.place("title"), "has no title")
    elif len(title) > MAX_TITLE:
        yield Finding("RK106", part.place("title"), f"the title has {len(title)} characters")
    elif title.rstrip().endswith("."):
        yield Finding("RK106", part.place("title"), "the title ends with a full stop")
    if not _is_uuid4(part.data.get("id")):
        yield Finding("RK107", part.place("id"), "has no random UUID as its id")
    if part.data.get("status") not in ("experimental", "test", "stable"):
        yield Finding("RK108", part.place("status"), "has none of the three states")


def _is_uuid4(value: object) -> bool:
    try:
        return isinstance(value, str) and UUID(value).version == 4 and str(UUID(value)) == value
    except ValueError:
        return False


def _base(part: Part) -> Iterator[Finding]:
    for key in sorted(BASE_KEYS - part.data.keys()):
        yield Finding("RK105", part.place(), f"the base rule has no {key!r}")
    for key in part.data.keys() - BASE_KEYS:
        yield Finding("RK105", part.place(key), f"the base rule carries {key!r}")


def _head(part: Part) -> Iterator[Finding]:
    description = part.data.get("description")
    if not isinstance(description, str) or not description.strip():
        yield Finding("RK109", part.place("description"), "has no description")
    elif not re.search(r"(^|\n)Why it matters: *\S", description):
        yield Finding("RK109", part.place("description"), "does not say why it matters")
    elif description.startswith("Why it matters:"):
        yield Finding("RK109", part.place("description"), "does not say what it finds")
    links = [str(link) for link in sequence(part.data.get("references"))]
    if not links:
        yield Finding("RK110", part.place("references"), "has no reference")
    for index, link in enumerate(links):
        if not re.fullmatch(r"https://[\w.-]+\.\w+(/\S*)?", link):
            yield Finding("RK110", part.place("references", index), "is no https address")
    if part.data.get("level") not in ("low", "medium", "high", "critical"):
        yield Finding("RK111", part.place("level"), "has none of the four levels")
    yield from _false_positives(part)
    yield from _keys(part)


def _false_positives(part: Part) -> Iterator[Finding]:
    known = sequence(part.data.get("falsepositives"))
    if not known:
        yield Finding("RK112", part.place("falsepositives"), "names no false positive")
    for index, text in enumerate(known):
        if not isinstance(text, str) or VAGUE.fullmatch(text.strip()) or len(text.split()) < 3:
            place = part.place("falsepositives", index)
            yield Finding("RK112", place, "is no concrete false positive")


def _keys(part: Part) -> Iterator[Finding]:
    if not isinstance(part.data.get("author"), str):
        yield Finding("RK113", part.place("author"), "has no author")
    if not isinstance(part.data.get("date"), date):
        yield Finding("RK113", part.place("date"), "has no date, such as 2026-11-23")
    for key in part.data:
        if key not in RULE_KEYS:
            yield Finding("RK113", part.place(key), f"the key {key!r} is unknown")
