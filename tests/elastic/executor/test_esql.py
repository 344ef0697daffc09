"""ES|QL: rows, its window and its now, and what is never sent."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.elastic.executor.hand_written import FIRES, QUIET, esql, event, execute
from tests.elastic.kibana.execute import execute as executed
from tests.elastic.kibana.rule import NotExecuted


def test_each_row_of_esql_is_an_alert(placed: Any) -> None:
    place = placed([event(0), event(1)])
    counted = "FROM rekey-executor-* | STATS n = COUNT(*) BY user.id | WHERE n >= {}"
    assert execute(esql(counted.format(2)), place) == FIRES
    assert execute(esql(counted.format(3)), place) == QUIET


def test_esql_sees_the_run_as_now_and_only_its_window(placed: Any) -> None:
    place = placed([event(0)])
    recent = "FROM rekey-executor-* | WHERE @timestamp >= NOW() - 10 minutes"
    assert execute(esql(recent), place) == FIRES
    assert execute(esql(recent.replace(">=", "<")), place) == QUIET
    quoted = 'FROM rekey-executor-* | WHERE user.id == "NOW()"'
    assert execute(esql(quoted), place) == QUIET


def test_what_ends_the_server_is_never_sent(placed: Any) -> None:
    with pytest.raises(NotExecuted, match="does not survive"):
        execute(esql("FROM rekey-executor-* | CHANGE_POINT n ON t"), placed([event(0)]))


def test_equal_runs_of_esql_are_asked_once(placed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = Elasticsearch.perform_request

    def counted(self: Any, *args: Any, **named: Any) -> Any:
        asked.extend(path for path in args if path == "/_query")
        return real(self, *args, **named)

    place = placed([event(0), event(30)])
    recent = "FROM rekey-executor-* | WHERE @timestamp >= NOW() - 180 seconds"
    monkeypatch.setattr(Elasticsearch, "perform_request", counted)
    fired = executed(esql(recent), place)
    assert any(fired) and not all(fired)
    assert 0 < len(asked) <= 4  # either event, recent or not


@pytest.mark.parametrize(
    "query", ["FROM x | EVAL n = NOW()", "FROM x | WHERE @timestamp > NOW() - 1 week"]
)
def test_other_uses_of_now_are_refused(placed: Any, query: str) -> None:
    with pytest.raises(NotExecuted, match="NOW"):
        execute(esql(query), placed([event(0)]))
