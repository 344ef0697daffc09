"""Where a Splunk add-on writes fields of its own over those of a record, rules read the record's."""

from rekey.converters.splunk.search import searches
from tests.made_rules import AWS, GITHUB, made, single


def test_a_field_that_an_add_on_keeps_elsewhere_is_read_from_there() -> None:
    rule = made(single("deleted", {"action": ["repo.destroy", "repo.transfer"]}, GITHUB))
    (search,) = searches(rule)
    head, *rest = search.lines
    assert head == (
        '`rekey_github_audit` (vendor_action IN ("repo.destroy", "repo.transfer")'
        ' OR action IN ("repo.destroy", "repo.transfer"))'
    )
    where = '| where in(lower(coalesce(vendor_action, action)), "repo.destroy", "repo.transfer")'
    assert where in rest
    assert " vendor_action action " in rest[-1]


def test_what_an_add_on_writes_for_nothing_is_nothing() -> None:
    succeeded = made(single("succeeded", {"eventName": "x", "errorCode": None}, AWS))
    failed = made(single("failed", {"eventName": "x", "errorCode": "*"}, AWS))
    (search,), (opposite,) = searches(succeeded), searches(failed)
    assert 'in(coalesce(errorCode, ""), "", "null", "success")' in search.spl
    assert 'NOT in(coalesce(errorCode, ""), "", "success")' in opposite.spl
