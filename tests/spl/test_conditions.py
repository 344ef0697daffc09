"""No text of a rule or a log is mistaken for another, and conditions mean what Sigma says."""

import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rekey.converters.registry import registry
from tests.converters.duckdb.test_hostile_text import HOSTILE, plain
from tests.made_rules import KUBERNETES, single
from tests.oracle.condition import Condition, holds
from tests.oracle.documents import PATHS, conditions, records
from tests.oracle.sigma_text import detection
from tests.spl.indexed import indexed
from tests.spl.packs import app_of, column, found_by
from tests.spl.reading import READINGS

MODIFIERS = {"whole": "", "contains": "|contains", "starts": "|startswith", "ends": "|endswith"}


def _certain(node: Any) -> Any:
    """A record without what differs, and is known to.

    ``cidrmatch`` is not documented for IPv4 addresses written as IPv6; and where Splunk makes text
    of a JSON null, an array of nulls holds that text.
    """
    if isinstance(node, dict):
        return {key: _certain(value) for key, value in node.items()}
    if isinstance(node, list):
        kept = (item for item in node if item is not None)
        return [_certain(item) for item in kept if not str(item).startswith("::ffff:")]
    return node


# Each example builds an app, so that shrinking one would take minutes.
@settings(max_examples=4, phases=[Phase.generate])
@given(records.map(_certain), st.lists(conditions, min_size=30, max_size=40))
def test_the_same_records_match(log: list[dict[str, Any]], wanted: list[Condition]) -> None:
    rules = {
        f"made/rule_{number}": [single(f"rule {number}", detection(condition), KUBERNETES)]
        for number, condition in enumerate(wanted)
    }
    lines = [orjson.dumps(document).decode() for document in log]
    with tempfile.TemporaryDirectory() as folder:
        app = app_of(Path(folder), rules)
        for reading in READINGS:
            events = indexed(lines, registry()["kubernetes_audit"], reading)
            for path, condition in zip(rules, wanted, strict=True):
                if path in app.unsupported:
                    continue
                expected = {d["auditID"] for d in log if holds(condition, d, PATHS)}
                found = found_by(app, path, events, reading)
                assert column(found, "auditID") == expected, detection(condition)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [text for text in HOSTILE if "\0" not in text]


def test_a_rule_with_a_texts_own_letters_matches_it_and_whole_values_no_other(
    texts: list[str], tmp_path: Path
) -> None:
    rules = {
        f"made/{name}_{number}": [
            single(f"{name} {number}", {f"user_agent{modifier}": plain(text)})
        ]
        for name, modifier in MODIFIERS.items()
        for number, text in enumerate(texts)
    }
    app = app_of(tmp_path, rules)
    lines = [
        orjson.dumps(
            {
                "@timestamp": 1_793_577_600_000,
                "_document_id": str(n),
                "action": "x",
                "user_agent": t,
            }
        ).decode()
        for n, t in enumerate(texts)
    ]
    for reading in READINGS:
        events = indexed(lines, registry()["github_audit"], reading)
        for path in rules:
            name, number = path.removeprefix("made/").split("_")
            found = column(found_by(app, path, events, reading), "_document_id")
            assert number in found, (name, texts[int(number)])
            assert name != "whole" or found == {number}, (name, texts[int(number)])
