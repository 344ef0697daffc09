"""What Kibana writes in several ways, though it means the same.

Its form for editing a rule rewrites fields that nobody touched:

- ``from`` and ``to``, in seconds (``now-600s``) up to 8.17, in the largest unit that fits since:
  ``formatScheduleStepData``, elastic/kibana, security_solution/public/detection_engine/
  rule_creation_ui/pages/rule_creation/helpers.ts
- the ``meta`` of filters, to show them: ``mapFilter``, elastic/kibana,
  src/platform/plugins/shared/data/public/query/filter_manager/lib/map_filter.ts
"""

import re
from typing import Any, Final

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"(now-)?(\d+)([smhdw])")

_TIMES: Final = frozenset({"interval", "from", "to"})


def plain(field: str, value: Any) -> Any:
    """Give what a field of a rule says, however Kibana writes it."""
    if field in _TIMES and isinstance(value, str):
        return _span(value)
    if field == "filters" and isinstance(value, list):
        return [_filter(each) if isinstance(each, dict) else each for each in value]
    return value


def _span(text: str) -> str:
    """Write a span, or a moment, in seconds; other date mathematics stays as it is."""
    found = _SPAN.fullmatch(text)
    return f"{found[1] or ''}{int(found[2]) * _SECONDS[found[3]]}s" if found else text


def _filter(pill: dict[str, Any]) -> dict[str, Any]:
    """Leave what a filter finds, and what people call it."""
    meta = pill.get("meta") or {}
    decides = {name: value for name, value in pill.items() if name not in ("$state", "meta")}
    return {
        **decides,
        "meta": {
            "alias": meta.get("alias") or None,
            "disabled": bool(meta.get("disabled")),
            "negate": bool(meta.get("negate")),
        },
    }
