"""The search behind a rule in KQL or Lucene: query, filters and time range, as Kibana puts them."""

from datetime import datetime
from typing import Any

from tests.elastic.kibana.rule import Rule

Query = dict[str, Any]


def condition(rule: Rule, *, text: bool = True) -> Query:
    """Combine query and filters; without the query's text where that is of another language.

    Kibana gives Lucene to ``query_string``, and a filter's own query where it stands
    (https://www.elastic.co/docs/explore-analyze/query-filter/languages/lucene-query-syntax). KQL is
    translated by the server here, in Kibana by Kibana
    (https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-kql-query).
    """
    active = [pill for pill in rule.filters if not pill.disabled]
    return {
        "bool": {
            "filter": [
                *([_text(rule)] if text else []),
                *(dict(pill.query) for pill in active if not pill.negated),
            ],
            "must_not": [dict(pill.query) for pill in active if pill.negated],
        }
    }


def _text(rule: Rule) -> Query:
    if not rule.query.strip():
        return {"match_all": {}}
    if rule.language == "kuery":
        return {"kql": {"query": rule.query}}
    return {"query_string": {"query": rule.query, "analyze_wildcard": True}}


def between(rule: Rule, start: datetime, end: datetime, *, before_end: bool = False) -> Query:
    """Write the time range of a search.

    With a timestamp override, a document that lacks the field is judged by ``@timestamp``, unless
    that is switched off (https://www.elastic.co/guide/en/security/8.19/rules-ui-create.html,
    *Timestamp override*).

    Args:
        rule: the rule.
        start: first moment.
        end: last moment.
        before_end: leave the last moment out.
    """
    limits = {"gte": moment(start), "lt" if before_end else "lte": moment(end)}
    limits["format"] = "strict_date_optional_time"
    plain: Query = {"range": {"@timestamp": limits}}
    override = rule.timestamp_override
    if not override:
        return plain
    own: Query = {"range": {override: limits}}
    if rule.timestamp_override_fallback_disabled:
        return own
    lacking = {"bool": {"must_not": {"exists": {"field": override}}, "filter": plain}}
    return {"bool": {"should": [own, lacking], "minimum_should_match": 1}}


def moment(time: datetime) -> str:
    """Write a moment as searches take it."""
    return time.isoformat(timespec="milliseconds")
