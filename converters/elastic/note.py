"""The investigation guide of a rule: who, where to look, what it may be, what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rekey.converters.elastic.compiled import MEANING, Compiled
from rekey.converters.elastic.schedule import schedule
from rekey.converters.elastic.target import Target
from rekey.converters.rule import Kind, Rule

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Playbook:
    """What the guide tells of a playbook."""

    name: str
    title: str = ""
    summary: str = ""
    steps: tuple[str, ...] = ()


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Markdown, not HTML: Kibana renders it and shows raw HTML as text.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined, autoescape=False,  # noqa: S701
    )  # fmt: skip
    return environment.get_template("note.md.j2")


def note(rule: Rule, target: Target, compiled: Compiled, playbooks: Mapping[str, Playbook]) -> str:
    """Write the guide."""
    head = rule.documents[-1]
    name = rule.directives.playbook
    base = rule.bases[0]
    return (
        _template()
        .render(
            description=rule.description.strip(),
            entities=list(_entities(rule, target)),
            grouped=[
                f"`{f.name}`"
                for k in rule.group_fields(base)
                for f in target.behind(base.source, k)
            ],
            window=_window(rule),
            index=target.schema.index(base.source),
            readings=list(zip(rule.bases, compiled.readings, strict=True)),
            false_positives=[str(line) for line in head.get("falsepositives", ())],
            lookalikes=rule.directives.lookalikes,
            evasion=list(_evasion(rule)),
            playbook=playbooks.get(name, Playbook(name)),
            differences=[
                MEANING[each.kind] + (f" ({each.detail})" if each.detail else "")
                for each in compiled.differences
            ],
        )
        .strip()
        + "\n"
    )


def _entities(rule: Rule, target: Target) -> Iterator[tuple[str, list[str]]]:
    for what, name in rule.directives.entities.items():
        fields = target.behind(rule.bases[0].source, name)
        yield what, list(dict.fromkeys(f"`{field.name}`" for field in fields))


def _window(rule: Rule) -> str | None:
    if rule.kind is Kind.SINGLE:
        return None
    length = schedule(rule).lookback // 60
    return f"{length} minutes" if length < 120 else f"{length / 60:.0f} hours"


def _evasion(rule: Rule) -> Iterator[str]:
    for way in rule.directives.evasion:
        instead = f"caught by `{way.caught_by}`" if way.caught_by else way.because
        yield f"{way.how}: {instead or 'nothing catches that'}"
