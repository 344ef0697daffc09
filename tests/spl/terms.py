"""What the terms of ``search`` match.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Search: values compare without
regard to case, ``*`` stands for any characters and cannot be escaped, a CIDR block matches the
addresses inside it, and a multivalue field matches with any of its values.
https://docs.splunk.com/Documentation/Splunk/9.4.0/Search/NOTexpressions: ``!=`` needs the field to
exist, ``NOT`` does not.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from lark import Token, Tree

from tests.spl.parser import Node, unquote
from tests.spl.refusal import Refused
from tests.spl.values import Row, number, several, text

Predicate = Callable[[Row], bool]

_BUILT_IN = {"earliest", "latest", "_index_earliest", "_index_latest", "tag", "eventtype"}


def predicate(node: Node) -> Predicate:
    """Compile a tree of search terms."""
    if not isinstance(node, Tree):
        raise Refused(f"free text in a search: {node}")
    children = node.children
    if node.data == "all_terms":
        parts = [predicate(child) for child in children]
        return lambda row: all(part(row) for part in parts)
    if node.data == "any_term":
        parts = [predicate(child) for child in children]
        return lambda row: any(part(row) for part in parts)
    if node.data == "not_term":
        inner = predicate(children[0])
        return lambda row: not inner(row)
    if node.data == "compare_term":
        return _compare(_field(children[0]), str(children[1]), _value(children[2]))
    if node.data == "in_term":
        field = _field(children[0])
        tests = [_compare(field, "=", _value(child)) for child in children[1:]]
        return lambda row: any(test(row) for test in tests)
    raise Refused(f"unknown search term {node.data}")


def _field(node: Node) -> str:
    field = unquote(str(node))
    if field in _BUILT_IN or "*" in field:
        raise Refused(f"{field!r} is not a plain field")
    return field


def _value(node: Node) -> str:
    if not isinstance(node, Token):
        raise Refused(f"not a value: {node}")
    return unquote(node)


def _compare(field: str, operator: str, wanted: str) -> Predicate:
    if operator == "=":
        test = _equal(wanted)
        return lambda row: any(test(text(v)) for v in several(row.get(field)))
    if operator == "!=":
        equal = _equal(wanted)
        return lambda row: _differs(field, row, equal)
    bound = number(wanted)
    if bound is None or operator == "==":
        raise Refused(f"{field}{operator}{wanted!r} in a search")
    return lambda row: any(
        _ordered(v, operator, bound) for v in map(number, several(row.get(field)))
    )


def _differs(field: str, row: Row, equal: Callable[[str], bool]) -> bool:
    values = several(row.get(field))
    if len(values) > 1:
        raise Refused(f"{field}!= of a multivalue field is not documented")
    return bool(values) and not equal(text(values[0]))


def _ordered(value: float | None, operator: str, bound: float) -> bool:
    if value is None:
        return False
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
    }[operator]


def _equal(wanted: str) -> Callable[[str], bool]:
    network = _network(wanted)
    pattern = re.compile(
        ".*".join(re.escape(part) for part in wanted.split("*")), re.IGNORECASE | re.DOTALL
    )

    def test(value: str) -> bool:
        if network is not None and _inside(value, network):
            return True
        return pattern.fullmatch(value) is not None

    return test


def _network(wanted: str) -> IPv4Network | IPv6Network | None:
    if "/" not in wanted:
        return None
    try:
        return ip_network(wanted, strict=False)
    except ValueError:
        return None


def _inside(value: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(value) in network
    except ValueError:
        return False
