"""RK401 … RK405: tags exist in the frozen tables, and each framework is named."""

from collections.abc import Iterator

from rekey.converters.lint import tables
from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import Part, RuleFile, sequence


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Check the tags of the rule document."""
    part = rule.head
    tags = [str(tag) for tag in sequence(part.data.get("tags"))]
    for index, tag in enumerate(tags):
        yield from _tag(part, index, tag, first=tags.index(tag) == index)
    yield from _attack(part, {tag.removeprefix("attack.") for tag in tags if "attack." in tag})
    place = part.place("tags")
    if not any(tag.removeprefix("owasp-nhi.") in tables.names("owasp_nhi") for tag in tags):
        yield Finding("RK404", place, "names no risk of the OWASP NHI Top 10")
    if not any(tag.removeprefix("csf.") in tables.names("csf") for tag in tags):
        yield Finding("RK405", place, "names no category of CSF 2.0")


def _tag(part: Part, index: int, tag: str, *, first: bool) -> Iterator[Finding]:
    place = part.place("tags", index)
    namespace, _, name = tag.partition(".")
    if tag != tag.lower():
        yield Finding("RK401", place, f"{tag} is not lower case")
    elif not first:
        yield Finding("RK401", place, f"{tag} stands twice")
    elif namespace == "attack":
        if name not in tables.tactics() and name not in tables.techniques():
            yield Finding("RK402", place, f"ATT&CK knows no {name}")
    elif namespace == "owasp-nhi":
        if name not in tables.names("owasp_nhi"):
            yield Finding("RK404", place, f"the OWASP NHI Top 10 has no {name}")
    elif namespace == "csf":
        if name not in tables.names("csf"):
            yield Finding("RK405", place, f"CSF 2.0 has no category {name}")
    else:
        yield Finding("RK401", place, f"the namespace of {tag} is unknown")


def _attack(part: Part, names: set[str]) -> Iterator[Finding]:
    tactics = names & tables.tactics().keys()
    techniques = names & tables.techniques().keys()
    place = part.place("tags")
    if not tactics:
        yield Finding("RK403", place, "names no ATT&CK tactic")
    if not techniques:
        yield Finding("RK403", place, "names no ATT&CK technique")
    for technique in sorted(techniques):
        title, possible = tables.techniques()[technique]
        if tactics and not possible & tactics:
            text = f"{technique} ({title}) serves none of the tagged tactics"
            yield Finding("RK403", place, text, f"It serves {', '.join(sorted(possible))}.")
