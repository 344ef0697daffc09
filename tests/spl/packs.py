"""Packs of rules made in a test, and the app that comes of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from rekey.converters.registry import registry
from tests.made_rules import Document
from tests.spl.app import App, build_app
from tests.spl.reading import Reading
from tests.spl.search import Search
from tests.spl.values import Row


def app_of(folder: Path, rules: Mapping[str, Sequence[Document]]) -> App:
    """Build an app in an empty folder, by ``rekey build splunk`` with a pack.

    Args:
        folder: where to put the pack and the app.
        rules: path of each rule → its documents.
    """
    for path, documents in rules.items():
        file = folder / "pack" / "rules" / f"{path}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump_all(documents, allow_unicode=True), encoding="utf-8")
    app = folder / "app"
    app.mkdir()
    return build_app(app, "--pack", str(folder / "pack"), sources=list(registry()))


def found_by(app: App, rule: str, events: Sequence[Row], reading: Reading) -> list[Row]:
    """What a rule's detector finds among all events, whenever they happened."""
    now = max(float(str(event["_time"])) for event in events) + 60
    search = Search(events, reading, now, lookups=app.lookups())
    return search.run_expanded(app.rules[rule].detect.text)


def column(rows: Sequence[Row], field: str) -> set[Any]:
    """The different values of a field."""
    return {row[field] for row in rows if field in row}
