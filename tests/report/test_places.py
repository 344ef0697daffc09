"""From where acts came: with a name, and with what can be blocked."""

from rekey.alert import OriginRef
from rekey.case import Step
from rekey.report.places import elsewhere, networks
from tests.report.samples import ALERTS, CASE, TIMELINE


def test_alerted_networks_come_first_and_ranges_need_no_address() -> None:
    assert networks(CASE) == ("203.0.113.0/24",)
    named = ALERTS[0].model_copy(
        update={"origins": (OriginRef(network="tools NAT", ip="192.0.2.70"),)}
    )
    case = CASE.model_copy(update={"alerts": (named,)})
    assert networks(case) == ("tools NAT (192.0.2.70)",)


def test_networks_without_an_alert_are_told_apart_with_an_address_to_block() -> None:
    def used(role: str, network: str | None, ip: str) -> Step:
        origin = OriginRef(network=network, ip=ip)
        changes = {"role": role, "origin": origin, "time": CASE.last, "until": None}
        return TIMELINE[-1].model_copy(update=changes)

    known = next(origin for alert in ALERTS for origin in alert.origins if origin.network)
    steps = (
        used("context", "Example VPN", "198.51.100.93"),
        used("context", "Example VPN", "198.51.100.94"),
        used("context", "192.0.2.0/24", "192.0.2.8"),
        used("context", None, "secretsmanager.amazonaws.com"),
        used("mint", "platform", "203.0.113.200"),
        used("context", known.network, known.ip or ""),
    )
    case = CASE.model_copy(update={"timeline": steps})
    assert elsewhere(case) == ("Example VPN (198.51.100.93 and 1 more)", "192.0.2.0/24")
