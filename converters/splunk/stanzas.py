"""A search as a stanza of savedsearches.conf: schedule, throttling, annotations.

Actions of Enterprise Security (notable, risk) are described in any case, so that they can be switched
on in one place; only ``--enterprise-security`` switches them on, since Splunk without that product
knows neither.

Sources:
    savedsearches.conf, https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf
    Annotations, https://docs.splunk.com/Documentation/ES/7.3.2/Admin/Correlationsearchoverview
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rekey.converters.rule import Kind, Rule
from rekey.converters.splunk.conf import one_line
from rekey.converters.splunk.keys import SAME, VALUE, Keys
from rekey.converters.splunk.quoting import slug
from rekey.converters.splunk.schedule import settings
from rekey.converters.splunk.search import Role, Search

_SEVERITY: Final = {"informational": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
_RISK: Final = {"informational": 5, "low": 20, "medium": 45, "high": 70, "critical": 90}
QUIET: Final = "24h"
"""What fired a rule fires it again when this long has passed (:func:`throttled`)."""


@dataclass(frozen=True)
class Options:
    """What the user chose.

    Attributes:
        enable: searches run as soon as the app is installed.
        enterprise_security: create notable events and risk.
    """

    enable: bool = False
    enterprise_security: bool = False


def name(search: Search) -> str:
    """Name the saved search; a detection bears the rule's name alone."""
    plain = f"rekey {slug(search.rule.path)}"
    if search.role is Role.DETECT:
        return plain
    if search.role is Role.PRUNE:
        return f"{plain} prune {search.lines[-1].rsplit('_', 1)[-1]}"
    return f"{plain} {search.role.value}"


def stanza(search: Search, options: Options) -> Mapping[str, str | int]:
    """Write the settings of one saved search."""
    made: dict[str, str | int] = {
        "description": one_line(_description(search)),
        "search": search.spl,
        "disabled": 0 if options.enable or search.role is Role.SEED else 1,
        "request.ui_dispatch_app": "rekey",
        **settings(search),
    }
    if search.role is Role.DETECT:
        made |= _alert(search.rule) | _annotations(search.rule, options)
    return made


def _description(search: Search) -> str:
    title = search.rule.title
    match search.role:
        case Role.DETECT:
            return (
                f"{title}. {search.rule.description} Playbook: {search.rule.directives.playbook}."
            )
        case Role.LEARN:
            return f"Writes down what '{title}' has seen. Runs after the detection, never before."
        case Role.SEED:
            return (
                f"Run once by hand: learns the last 90 days for '{title}', replacing its baseline."
            )
        case Role.PRUNE:
            return f"Forgets what '{title}' has not seen for 90 days."


def _alert(rule: Rule) -> dict[str, str | int]:
    """One alert for each result, and then quiet about the same."""
    return {
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": 0,
        "alert.track": 1,
        "alert.digest_mode": 0,
        "alert.severity": _SEVERITY[rule.level],
        "alert.expires": "7d",
        "alert.suppress": 1,
        "alert.suppress.fields": ",".join(throttled(rule)),
        "alert.suppress.period": QUIET,
    }


def throttled(rule: Rule) -> tuple[str, ...]:
    """Give the fields that tell one alert of a rule from another; every result has them."""
    if rule.kind is Kind.SINGLE:
        return (SAME,)
    keys = Keys(rule).names
    return (*keys, VALUE) if rule.kind is Kind.FIRST_SEEN else keys


def annotations(rule: Rule) -> dict[str, list[str]]:
    """Sort a rule's tags by framework."""
    found: dict[str, list[str]] = {}
    for tag in rule.tags:
        namespace, _, each = tag.partition(".")
        if namespace == "attack" and each[:1] == "t" and each[1:2].isdigit():
            found.setdefault("mitre_attack", []).append(each.upper())
        elif namespace == "csf":
            found.setdefault("nist", []).append(each.upper())
        elif namespace == "owasp-nhi":
            found.setdefault("owasp_nhi", []).append(each.upper())
    return found


def _annotations(rule: Rule, options: Options) -> dict[str, str | int]:
    on = int(options.enterprise_security)
    risk = [
        {
            "risk_object_field": "rekey_actor",
            "risk_object_type": "user",
            "risk_score": _RISK[rule.level],
        },
        {"threat_object_field": "rekey_origin", "threat_object_type": "ip_address"},
    ]
    return {
        "action.correlationsearch.enabled": 1,
        "action.correlationsearch.label": one_line(f"rekey: {rule.title}"),
        "action.correlationsearch.annotations": json.dumps(annotations(rule)),
        "action.risk": on,
        "action.risk.param._risk": json.dumps(risk),
        "action.risk.param._risk_message": one_line(f"{rule.title} ($rekey_actor$)"),
        "action.risk.param._risk_score": 0,
        "action.risk.param.verbose": 0,
        "action.notable": on,
        "action.notable.param.rule_title": one_line(f"{rule.title}: $rekey_actor$"),
        "action.notable.param.rule_description": one_line(rule.description),
        "action.notable.param.security_domain": "identity",
        "action.notable.param.severity": rule.level,
        "action.notable.param.nes_fields": ",".join(throttled(rule)),
    }
