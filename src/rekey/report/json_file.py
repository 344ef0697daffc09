"""The report for programs: deterministic JSON, and alerts as NDJSON.

Equal findings give equal bytes: keys are sorted, and every character beyond ASCII is written as an
escape, so that no terminal or editor that shows the file can be led astray by log text.
"""

import json
import re
from collections.abc import Iterable, Iterator
from textwrap import indent
from typing import Any, Final

import orjson
from pydantic import BaseModel

from rekey.alert import Alert
from rekey.case import Investigation
from rekey.habit import Habit

_NONE: Final = '\n  "cases": []'
"""No text holds it: line breaks in texts are escaped."""

_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def investigation_json(found: Investigation) -> Iterator[str]:
    """Write an investigation as one JSON document, valid against ``investigation.v1.json``.

    Gives it piece by piece: hundreds of cases are not to be in memory once more as text.
    """
    rest = {
        "cases": (),
        "other_alerts": _published(found.other_alerts),
        "habits": tuple(_published_habit(habit) for habit in found.habits),
    }
    before, no_cases, after = _text(found.model_copy(update=rest), indented=True).partition(_NONE)
    yield before + no_cases[:-1]
    for place, case in enumerate(found.cases):
        published = case.model_copy(update={"alerts": _published(case.alerts)})
        text = _text(published, indented=True).rstrip("\n")
        yield ("," if place else "") + "\n" + indent(text, "    ")
    yield ("\n  ]" if found.cases else "]") + after


def alerts_ndjson(alerts: Iterable[Alert]) -> Iterator[str]:
    """Write alerts one per line, each valid against ``alert.v1.json``, in the given order."""
    for alert in _published(alerts):
        yield _text(alert)


def habit_json(habit: Habit) -> dict[str, Any]:
    """Give a habit as it stands in JSON."""
    return _published_habit(habit).model_dump(mode="json")


def _published_habit(habit: Habit) -> Habit:
    return habit.model_copy(update={"alert": _published([habit.alert])[0]})


def _published(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Take off the store ids, which mean nothing outside one run."""
    return tuple(alert.model_copy(update={"seqs": ()}) for alert in alerts)


def _text(model: BaseModel, *, indented: bool = False) -> str:
    value = model.model_dump(mode="json")
    options = orjson.OPT_SORT_KEYS | (orjson.OPT_INDENT_2 if indented else 0)
    try:
        text = orjson.dumps(value, option=options).decode()
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits, a file name that is no UTF-8
        layout: dict[str, Any] = {"indent": 2} if indented else {"separators": (",", ":")}
        text = json.dumps(value, sort_keys=True, allow_nan=False, **layout)
    return _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n"
