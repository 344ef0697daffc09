"""What is live in Splunk against the app: read only.

Content goes in as the app. What is written over REST lands in ``local/`` and would hide every later
upgrade, so nothing is: https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Configurationfiledirectories
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rekey.deploy.plan import Change, Difference, Plan, Status
from rekey.deploy.splunk_app import App
from rekey.sources.splunk_client import APP, entries

if TYPE_CHECKING:
    from splunklib.client import Service

_THEIRS: Final = re.compile(
    r"disabled|cron_schedule|schedule_\w+|enableSched|realtime_schedule|dispatch\.|action\.|actions|"
    r"alert\.suppress|alert\.severity|alert\.expires|counttype|relation|quantity"
)
"""Settings of a search that are for its users to choose: when it runs, and what follows."""
_MACROS_THEIRS: Final = re.compile(r"rekey_\w+_filter")
_TRUE: Final = {"true": "1", "false": "0"}


def check(service: "Service", place: str, app: App) -> Plan:
    """Compare an installed app with a built one.

    Raises:
        LiveError: Splunk refused, or gave no usable answer.
    """
    installed = (entries(service, f"apps/local/{APP}") or {}).get(APP)
    return Plan(target="splunk", place=place, changes=tuple(_changes(service, installed, app)))


def _changes(service: "Service", installed: dict[str, Any] | None, app: App) -> Iterator[Change]:
    step = f"Apps, Manage Apps, Install app from file: {app.file.name}"
    if installed is None:
        yield Change(key="app:rekey", name="the app", status=Status.CREATE, note=step)
        return
    live = str(installed.get("version", ""))
    same = live == app.version
    if same:
        yield Change(key="app:rekey", name="the app", status=Status.UNCHANGED)
    else:
        versions = (Difference(field="version", old=live, new=app.version),)
        yield Change(
            key="app:rekey", name="the app", status=Status.UPDATE, note=step, differences=versions
        )
    searches = _ours(entries(service, "saved/searches"))
    macros = _ours(entries(service, "configs/conf-macros"))
    tables = _ours(entries(service, "storage/collections/config"))
    sources = {name for name in app.macros if _is_source(name, app)}
    yield from _compared("search", app.searches, searches, same, _THEIRS, frozenset())
    yield from _compared("macro", app.macros, macros, same, _MACROS_THEIRS, sources)
    for name in sorted(app.collections):
        if name not in tables and same:
            yield Change(key=f"collection:{name}", name=name, status=Status.MISSING)


def _is_source(name: str, app: App) -> bool:
    """Say whether a macro says where logs are: that is the site's to know."""
    return f"{name}_filter" not in app.macros and "sourcetype=" in app.macros[name]["definition"]


def _ours(found: Mapping[str, dict[str, Any]] | None) -> dict[str, dict[str, Any]]:
    return {n: each for n, each in (found or {}).items() if each["acl"].get("app") == APP}


def _compared(
    kind: str, built: Mapping[str, Mapping[str, str]], live: Mapping[str, Mapping[str, Any]],
    same: bool, theirs: re.Pattern[str], free: frozenset[str] | set[str],
) -> Iterator[Change]:  # fmt: skip
    for name in sorted(built):
        key = f"{kind}:{name}"
        if name not in live:
            if same:
                yield Change(key=key, name=name, status=Status.MISSING)
            continue
        changed = [
            Difference(field=field, old=live[name].get(field), new=value)
            for field, value in built[name].items()
            if not theirs.match(name if kind == "macro" else field)
            and name not in free
            and _plain(live[name].get(field, "")) != _plain(value)
        ]
        if not changed:
            yield Change(key=key, name=name, status=Status.UNCHANGED)
        elif same:
            note = "it lies in local/ and hides what an upgrade brings"
            yield Change(
                key=key, name=name, status=Status.EDITED, note=note, differences=tuple(changed)
            )
        else:
            # Another version is installed: an edit cannot be told from what that one said.
            yield Change(key=key, name=name, status=Status.UPDATE, differences=tuple(changed))
    if kind == "search":
        for name in sorted(n for n in live.keys() - built.keys() if n.startswith("rekey ")):
            yield Change(key=f"{kind}:{name}", name=name, status=Status.RETIRED)


def _plain(value: Any) -> str:
    """Splunk gives numbers and truth values as text, and lines of its own making."""
    text = str(int(value)) if isinstance(value, bool) else str(value)
    text = " ".join(text.split())
    return _TRUE.get(text.lower(), text)
