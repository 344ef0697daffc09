"""A plan for an identity with ten thousand events, in the case and in the provider's trail."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.contain.incidents import aws_key
from benchmarks.contain.wire import recorded
from rekey.alert import OriginRef
from rekey.case import Case, Step
from rekey.containment.break_glass import BreakGlass
from rekey.containment.case_file import read_case
from rekey.containment.connections import Connections
from rekey.containment.found import Request
from rekey.containment.planning import Planner
from rekey.containment.playbook import Library
from rekey.content import content
from rekey.site.model import Site
from tests.engines import ministack
from tests.fakes.people import People
from tests.providers.incident import Incident
from tests.sweeps.aws.signed import call


def plans(
    config: pytest.Config, people: People, folder: Path, sizes: tuple[int, ...]
) -> list[dict[str, float]]:
    """Measure for each number of events: reading the case, planning, and requests made for it."""
    return [_plan(config, people, folder / str(size), size) for size in sizes]


def _plan(config: pytest.Config, people: People, folder: Path, size: int) -> dict[str, float]:
    folder.mkdir(parents=True)
    incident = aws_key(config, people, folder)
    key, _, secret = incident.presented[incident.credential].partition(":")
    held = {"AccessKeyId": key, "SecretAccessKey": secret}
    url = ministack.url(config)
    with ThreadPoolExecutor(8) as pool:
        done = pool.map(lambda _: call(url, held, "secretsmanager", "ListSecrets"), range(size))
        assert all(one.status_code == 200 for one in done)
    file = folder / "case.json"
    file.write_text(_with_events(incident, size).model_dump_json())
    planner = Planner(
        Connections([incident.provider]), Library([content("playbooks")]), incident.settings(),
        Site(), BreakGlass(),
    )  # fmt: skip
    started = time.perf_counter()
    case = read_case(file)
    read = time.perf_counter() - started
    with recorded() as wire:
        started = time.perf_counter()
        made = planner.plan(Request(case, "contain", "ada", "a drill"), incident.clock.now())
        planned = time.perf_counter() - started
    assert made.steps
    return {"events": size, "megabytes": file.stat().st_size / 1e6, "read": read, "plan": planned,
            "requests": len(wire.requests), "answered": wire.seconds}  # fmt: skip


def _with_events(incident: Incident, size: int) -> Case:
    case = incident.case()
    origin = OriginRef(ip="203.0.113.24", user_agent="aws-cli/2.27.50", scope="external")
    timeline = tuple(
        Step(
            time=case.first + timedelta(milliseconds=number), source="aws_cloudtrail",
            event_id=f"{number:032x}", actor_id=incident.actor, credential_id=incident.credential,
            action="ListSecrets", outcome="success", target=None, origin=origin, role="context",
            raw={"eventID": f"{number:032x}", "eventName": "ListSecrets", "requestParameters": None},
        )
        for number in range(size)
    )  # fmt: skip
    return case.model_copy(update={"timeline": timeline})
