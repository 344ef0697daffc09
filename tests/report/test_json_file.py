import json
from collections.abc import Callable
from typing import Any

import pytest

from rekey.alert import Alert
from rekey.case import Investigation
from rekey.report.json_file import alerts_ndjson, investigation_json
from tests.report.hostile import hostile
from tests.report.samples import ALERTS, TIMELINE, crowded, empty, investigation, many


def written(found: Investigation) -> str:
    return "".join(investigation_json(found))


def test_the_document_reads_back_as_the_same_investigation() -> None:
    found = Investigation.model_validate_json(written(investigation()))
    assert found.cases[0].timeline == investigation().cases[0].timeline
    assert found.readiness == investigation().readiness


def test_store_ids_are_not_published() -> None:
    assert ALERTS[0].seqs
    document = json.loads(written(investigation()))
    alerts = document["cases"][0]["alerts"] + document["other_alerts"]
    assert all(alert["seqs"] == [] for alert in alerts)


def test_equal_findings_give_equal_bytes_whatever_the_order_of_keys() -> None:
    text = written(investigation())
    rejected = dict(reversed(investigation().rejected.items()))
    assert written(investigation(rejected=rejected)) == text
    assert text.endswith("}\n")


def test_hostile_text_is_plain_ascii_and_survives() -> None:
    text = written(hostile())
    assert text.isascii()
    assert "\x1b" not in text and "\x00" not in text
    assert "admin\u202egpj.exe" in json.dumps(json.loads(text), ensure_ascii=False)


def test_numbers_that_json_lacks_become_null() -> None:
    step = investigation().cases[0].timeline[0].model_copy(update={"raw": {"n": float("inf")}})
    case = investigation().cases[0].model_copy(update={"timeline": (step,)})
    text = written(investigation(cases=(case,)))
    assert json.loads(text)["cases"][0]["timeline"][0]["raw"] == {"n": None}


@pytest.mark.parametrize("raw", [{"n": 2**70}, {"name": "caf\udce9"}])
def test_what_the_quick_writer_refuses_is_written_in_the_same_form(raw: dict[str, Any]) -> None:
    step = TIMELINE[0].model_copy(update={"raw": raw | {"none": [], "empty": {}}})
    case = investigation().cases[0].model_copy(update={"timeline": (step,)})
    text = written(investigation(cases=(case,)))
    document = json.loads(text)
    assert document["cases"][0]["timeline"][0]["raw"] == step.raw
    assert text == json.dumps(document, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize("make", [investigation, empty, crowded, many, hostile])
def test_the_pieces_make_what_the_standard_writer_would(make: Callable[[], Investigation]) -> None:
    text = written(make())
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_one_alert_per_line() -> None:
    lines = list(alerts_ndjson(ALERTS))
    assert len(lines) == len(ALERTS)
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)
    assert [Alert.model_validate_json(line).rule.path for line in lines] == [
        alert.rule.path for alert in ALERTS
    ]
