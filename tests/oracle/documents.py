"""Random audit records and random conditions over the same few fields and values.

Few values make matches likely; the values are those over which engines stumble. The records are
Kubernetes audit events, because these have all there is: plain and dotted keys, numbers, truth
values, arrays, arrays in arrays, and bodies that are read only on demand.
"""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from rekey.converters.registry import registry
from tests.oracle.condition import And, Condition, Not, Or, Path, Test

TEXTS: Final = (
    "get", "GET", "watch", "a.b", "a_b", "a%b", "acb", r"a\b", r"a\\b", "it's", 'say "no"', "{a}",
    "a*b", "a?b", "*", "Zoë", "ZOË", "x y", "line\nbreak", "nul\0byte", "7", "true", "'; --",
)  # fmt: skip
NUMBERS: Final = (-1, 0, 7, 8, 200, 403)
ADDRESSES: Final = (
    "192.0.2.1", "192.0.2.255", "192.0.3.0", "10.0.0.1", "2001:db8::1", "2001:DB8:0:0::1",
    "2001:db9::", "::1", "::ffff:192.0.2.7", "AWS Internal", "ec2.amazonaws.com.cn", "300.1.1.1", "",
)  # fmt: skip
NETWORKS: Final = ("192.0.2.0/24", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1/128")
PATTERNS: Final = (
    "get", "Get", "w*", "*tch", "a?b", "a*b", r"a\*b", r"a\?b", r"a\b", r"a\\b", r"a\\\\b", "a_b",
    "a%b", "it's", '"no"', "{a}", "zoë", "*", "x y", "break", "nul\0byte", "byte", "'; --", "true",
)  # fmt: skip

TEXT_FIELDS: Final = (
    "userAgent", "user.groups", "annotations.authorization.k8s.io/decision",
    "requestObject.metadata.name", "requestObject.subjects.name", "requestObject.rules.verbs",
)  # fmt: skip
NUMBER_FIELDS: Final = ("responseStatus.code", "requestObject.spec.expirationSeconds")
TRUTH_FIELD: Final = "requestObject.spec.hostNetwork"
ADDRESS_FIELD: Final = "sourceIPs"
FIELDS: Final = (*TEXT_FIELDS, *NUMBER_FIELDS, TRUTH_FIELD, ADDRESS_FIELD)
PATHS: Final[Mapping[str, Path]] = {f: registry()["kubernetes_audit"].path(f) for f in FIELDS}

_text = st.sampled_from(TEXTS) | st.none() | st.just("")


def _list(element: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(element, max_size=3)


_body = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.fixed_dictionaries({}, optional={"name": _text}),
        "subjects": _list(st.fixed_dictionaries({}, optional={"name": _text})),
        "rules": _list(st.fixed_dictionaries({}, optional={"verbs": _list(_text)})),
        "spec": st.fixed_dictionaries(
            {},
            optional={
                "expirationSeconds": st.sampled_from(NUMBERS),
                "hostNetwork": st.booleans() | st.none(),
            },
        ),
    },
)
_parts = st.fixed_dictionaries(
    {},
    optional={
        "userAgent": _text,
        "user": st.fixed_dictionaries({}, optional={"groups": _list(_text)}),
        "annotations": st.fixed_dictionaries({}, optional={"authorization.k8s.io/decision": _text}),
        "responseStatus": st.fixed_dictionaries(
            {}, optional={"code": st.none() | st.sampled_from(NUMBERS)}
        ),
        "sourceIPs": _list(st.sampled_from(ADDRESSES)),
        "requestObject": _body,
    },
)


def record(number: int, parts: Mapping[str, Any]) -> dict[str, Any]:
    """A whole audit record with these parts."""
    return {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": f"00000000-{number}",
        "stage": "ResponseComplete", "verb": "get", "requestURI": "/",
        "requestReceivedTimestamp": "2026-11-02T08:00:00.000000Z", **parts,
    }  # fmt: skip


records: st.SearchStrategy[list[dict[str, Any]]] = st.lists(_parts, min_size=1, max_size=12).map(
    lambda all_parts: [record(number, parts) for number, parts in enumerate(all_parts)]
)

_tests = st.one_of(
    st.builds(
        Test,
        st.sampled_from(TEXT_FIELDS),
        st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3, unique=True).map(tuple),
        st.sampled_from((None, None, "contains", "startswith", "endswith")),
        st.booleans(),
    ).filter(lambda test: not test.every or len(test.values) > 1),
    st.builds(
        Test,
        st.sampled_from(NUMBER_FIELDS),
        st.sampled_from(NUMBERS).map(lambda number: (number,)),
        st.sampled_from((None, "lt", "lte", "gt", "gte")),
    ),
    st.builds(Test, st.just(TRUTH_FIELD), st.booleans().map(lambda truth: (truth,))),
    st.builds(
        Test,
        st.just(ADDRESS_FIELD),
        st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=2, unique=True).map(tuple),
        st.just("cidr"),
    ),
    st.builds(Test, st.sampled_from(FIELDS), st.just((None,))),
)


def _several(kind: type[And] | type[Or], part: st.SearchStrategy[Condition]) -> Any:
    return st.lists(part, min_size=2, max_size=3).map(lambda parts: kind(tuple(parts)))


conditions: st.SearchStrategy[Condition] = st.recursive(
    _tests,
    lambda part: st.one_of(st.builds(Not, part), _several(And, part), _several(Or, part)),
    max_leaves=5,
)
