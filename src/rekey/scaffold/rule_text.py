"""The text of a new rule."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rekey.scaffold.fields import leaf
from rekey.scaffold.sample import Sample


@dataclass(frozen=True)
class _Base:
    """One base rule of a stateful rule."""

    name: str
    step: str
    select: dict[str, Any]
    id: str


@dataclass(frozen=True)
class _Shape:
    """What a kind of rule needs besides its detection."""

    correlation: tuple[str, ...] = ()
    knobs: tuple[str, ...] = ()
    directive: str = ""


_TRADES = {
    "timespan": "longer finds slower attackers, and more everyday work",
    "gte": "lower finds smaller attacks, and more everyday work",
    "history": "shorter forgets sooner, so that rare but usual work is reported again",
    "maturity": "shorter reports younger identities, while they still show something new every day",
    "gap": "shorter finds younger forgotten identities, and more jobs that run seldom",
}


def rule_text(name: str, kind: str, sample: Sample, today: date) -> str:
    """Write a rule of a kind, with gaps where only a person knows what to say."""
    shape = _shape(kind, sample)
    bases = _bases(name, kind, sample)
    group = f"group-by: [{sample.group}]"
    rules = f"rules: [{', '.join(base.name for base in bases)}]"
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML
    )
    return environment.get_template("rule.yml.j2").render(
        name=name,
        id=uuid4(),
        today=today,
        sample=sample,
        own_misses=f"ignore*_{leaf(sample.own)}.ndjson",
        tool_misses=f"ignore*_{leaf(sample.tool.field)}.ndjson",
        bases=bases,
        correlation=[shape.correlation[0], rules, group, *shape.correlation[1:]] if bases else [],
        directive=shape.directive,
        knobs={knob: _TRADES[knob] for knob in shape.knobs},
    )


def _bases(name: str, kind: str, sample: Sample) -> list[_Base]:
    if kind == "single":
        return []
    act = _Base(f"{name}_act", "the act", sample.select, str(uuid4()))
    if kind != "sequence":
        return [act]
    earlier = sample.select | sample.earlier_act
    return [_Base(f"{name}_before", "what comes before", earlier, str(uuid4())), act]


def _shape(kind: str, sample: Sample) -> _Shape:
    counted, novel = sample.counted.field, sample.novel.field
    shapes = {
        "single": _Shape(),
        "count": _Shape(
            ("type: event_count", "timespan: 10m", "condition: {gte: 5}"), ("timespan", "gte")
        ),
        "distinct": _Shape(
            ("type: value_count", "timespan: 15m", f"condition: {{field: {counted}, gte: 2}}"),
            ("timespan", "gte"),
        ),
        "sequence": _Shape(("type: temporal_ordered", "timespan: 10m"), ("timespan",)),
        "first-seen": _Shape(
            ("type: value_count", "timespan: 30d", f"condition: {{field: {novel}, gte: 2}}"),
            ("history", "maturity"),
            "first_seen: {history: 30d, maturity: 14d, min_events: 50}",
        ),
        "dormant": _Shape(
            ("type: event_count", "timespan: 30d", "condition: {gte: 1}"),
            ("gap",),
            "dormant: {gap: 30d, factor: 3}",
        ),
    }
    return shapes[kind]
