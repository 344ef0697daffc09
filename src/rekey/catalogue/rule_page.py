"""The page of one rule."""

import re
from pathlib import Path

from rekey.catalogue.engines import Outcomes
from rekey.catalogue.siem_section import siem_section
from rekey.catalogue.words import GENERATED, KINDS, code, decision, duration, selections, tags
from rekey.converters.lint import tables
from rekey.converters.lint.rule_file import RuleFile, mapping, sequence
from rekey.fixtures.provenance import Provenance, load_provenance


def rule_page(rule: RuleFile, outcomes: Outcomes, fixtures: Path) -> str:
    """Write the page of a rule, which lies at ``docs/rules/<product>/<rule>.md``.

    Args:
        rule: the rule.
        outcomes: what each engine makes of it.
        fixtures: the folder with its fixtures.

    Raises:
        RekeyError: the fixtures have no readable provenance.
    """
    data = rule.head.data
    sections = [
        f"# {prose(data.get('title'))}\n\n{GENERATED}",
        _facts(rule),
        prose(data.get("description", "")).strip(),
        _logic(rule),
        _bullets("False positives", [prose(text) for text in sequence(data.get("falsepositives"))]),
        _bullets("Everyday lookalikes", _lookalikes(rule)),
        _bullets("How an attacker slips past", _evasions(rule)),
        _bullets("Knobs", _knobs(rule)),
        siem_section(outcomes),
        _fixtures(rule, load_provenance(fixtures)),
        _bullets("References", [f"<{link}>" for link in sequence(data.get("references"))]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def prose(text: object) -> str:
    """Keep Markdown from reading angle brackets and asterisks of plain text as its own."""
    return re.sub(r"([<*_|])", r"\\\1", str(text))


def _facts(rule: RuleFile) -> str:
    data = rule.head.data
    attack = ", ".join(_attack(name) for name in tags(rule, "attack"))
    nhi = tables.names("owasp_nhi")
    risks = ", ".join(f"{name.upper()} {nhi.get(name, '')}" for name in tags(rule, "owasp-nhi"))
    rows = [
        ("Rule", f"[{rule.path}](../../../rules/{rule.path}.yml), id `{data.get('id')}`"),
        ("Level, status", f"{data.get('level')}, {data.get('status')}"),
        ("Kind", KINDS[rule.kind]),
        ("Log sources", ", ".join(source.title for source in rule.sources)),
        ("ATT&CK", attack),
        ("OWASP NHI 2025", risks),
        ("CSF 2.0", ", ".join(name.upper() for name in tags(rule, "csf"))),
        ("Playbook", _playbook(rule)),
        ("Budget", f"{rule.head.directives.get('budget')} alerts for each identity and month"),
    ]
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {text} |" for name, text in rows)


def _playbook(rule: RuleFile) -> str:
    name = rule.head.directives.get("playbook")
    own = rule.file.parents[2] / "playbooks" / f"{name}.yml"
    return f"[{name}](../../../playbooks/{name}.yml)" if own.is_file() else f"`{name}`, shipped"


def _attack(name: str) -> str:
    if name in tables.techniques():
        return f"{name.upper()} {tables.techniques()[name][0]}"
    return name.replace("-", " ")


def _logic(rule: RuleFile) -> str:
    lines = ["## What it looks for", ""]
    for part in rule.events:
        if rule.correlations:
            lines += [f"**{code(part.name)}**: {prose(part.data.get('title'))}", ""]
        lines += [*selections(part), ""]
    return "\n".join([*lines, decision(rule)])


def _bullets(title: str, items: list[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {item}" for item in items) if items else ""


def _lookalikes(rule: RuleFile) -> list[str]:
    return [prose(text) for text in sequence(rule.head.directives.get("lookalikes"))]


def _evasions(rule: RuleFile) -> list[str]:
    made = []
    for entry in map(mapping, sequence(rule.head.directives.get("evasion"))):
        caught = entry.get("caught_by")
        answer = f"caught by [{caught}](../{caught}.md)" if caught else "nothing here catches it"
        because = f": {prose(entry['because'])}" if entry.get("because") else ""
        proof = f" ({_fixture(rule, entry['proof'])})" if entry.get("proof") else ""
        made.append(f"{prose(entry.get('how'))} → {answer}{proof}{because}")
    return made


def _fixture(rule: RuleFile, name: str) -> str:
    return f"[shown](../../../fixtures/{rule.path}/{name})"


def _knobs(rule: RuleFile) -> list[str]:
    directives = rule.head.directives
    told = mapping(directives.get("first_seen")) | mapping(directives.get("dormant"))
    correlation = rule.head.correlation
    now = {"timespan": correlation.get("timespan"), **mapping(correlation.get("condition")), **told}
    return [
        f"`{knob}`{f' (now {_setting(now[knob])})' if knob in now else ''}: {prose(trade)}"
        for knob, trade in mapping(directives.get("knobs")).items()
    ]


def _setting(value: object) -> str:
    return duration(value) if isinstance(value, str) else str(value)


def _fixtures(rule: RuleFile, told: dict[str, Provenance]) -> str:
    folder = f"../../../fixtures/{rule.path}"
    rows = [f"## Fixtures\n\nIn [fixtures/{rule.path}]({folder}).\n", "| file | verdict | origin |",
            "|---|---|---|"]  # fmt: skip
    for name, entry in sorted(told.items()):
        verdict = "fires" if name.startswith("match") else "stays quiet"
        if entry.expects:
            verdict += ", as do " if name.startswith("match") else ", while these fire: "
            verdict += ", ".join(f"[{p}](../{p}.md)" for p in entry.expects)
        origin = entry.kind if entry.kind != "mutated" else f"mutated from {code(entry.source)}"
        if entry.differs_in:
            origin += f", differs in {', '.join(code(field) for field in entry.differs_in)}"
        rows.append(f"| `{name}` | {verdict} | {origin} |")
    return "\n".join(rows)
