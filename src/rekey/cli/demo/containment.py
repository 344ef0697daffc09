"""The second half of the demo: the theft is done again on a local AWS, and contained there."""

import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from rekey.cli.demo import screen
from rekey.cli.demo.shell import Shell, environment
from rekey.containment.case_file import read_case
from rekey.containment.outcome import at_best
from rekey.containment.plan import Plan, read_plan
from rekey.demo.attempt import Attempt
from rekey.demo.company import Company
from rekey.demo.desk import Desk
from rekey.demo.emulator import emulator
from rekey.demo.people import APPROVERS, REQUESTER, make_people
from rekey.demo.retold import Here, retold
from rekey.demo.thief import Thief
from rekey.errors import ExitCode

FOLDER = "containment"
"""Of plan, signatures and journal, below the report's."""


def contain_incident(context: click.Context, out: Path) -> int:
    """Contain the incident of a report on an emulator, and write the evidence beside it.

    Args:
        context: of the command ``rekey demo``.
        out: folder with the report of the investigation.

    Returns:
        ``OK`` only if what was stolen is refused, whoever is honest works, and the journal is whole.

    Raises:
        RekeyError: as the commands that are run.
    """
    with tempfile.TemporaryDirectory(prefix="rekey-demo-") as folder:
        desk = Desk(out / FOLDER, Path(folder))
        desk.clear()
        with (
            environment(desk.environment(), without="AWS_"),
            emulator(Path(folder), os.environ) as url,
        ):
            company = Company(url)
            desk.write_settings(url, company.responders)
            return _play(Shell(context), desk, company, out)


def _play(shell: Shell, desk: Desk, company: Company, out: Path) -> int:
    honest = [*company.workloads.with_old_sessions(), *company.workloads.at_work()]
    thief = _theft(company, desk, out)
    before = [*thief.tries(), *honest]
    screen.theft(company.url, thief.stolen, desk)
    screen.accepted(before)
    plan = _plan(shell, desk)
    screen.by_hand()
    company.narrow_trust()
    _run(shell, desk, thief)
    rows = _rows(before, thief, company)
    screen.afterwards(rows)
    whole = _evidence(shell, desk, plan, out)
    outcome = json.loads((out / "containment.json").read_text("utf-8"))["outcome"]
    # The incident reaches further than this AWS does, and the plan says so.
    right = outcome == at_best(plan) and all(row.right for row in rows)
    code = whole or (ExitCode.OK if right else ExitCode.INCOMPLETE)
    screen.end(code, outcome, desk, out)
    return code


def _theft(company: Company, desk: Desk, out: Path) -> Thief:
    """Steal, and tell the case with what was stolen."""
    time.sleep(1 - datetime.now(UTC).microsecond / 1e6)  # IAM dates things in whole seconds
    began = datetime.now(UTC)
    thief = Thief(company.workloads)
    ids = {one.logged: one.credential.key_id for one in thief.stolen}
    expires = {one.credential.key_id: one.expires for one in thief.stolen if one.expires}
    here = Here(began, datetime.now(UTC), ids, expires)
    desk.write_case(retold(read_case(out / "report.json"), here))
    return thief


def _plan(shell: Shell, desk: Desk) -> Plan:
    """Ask for a plan, and have as many people approve it as it needs."""
    keys = make_people(desk.thrown_away, desk.allowed)
    screen.people(desk)
    shell.run(
        "contain", "plan", str(desk.case), "--reason", "stolen through docs-site", "--as",
        REQUESTER, "--key", str(keys[REQUESTER]), "--out", str(desk.plan),
    )  # fmt: skip
    plan = read_plan(desk.plan)
    for name in APPROVERS[: plan.approvers]:
        key = str(keys[name])
        shell.run_briefly("contain", "approve", str(desk.plan), "--key", key, "--yes")
    return plan


def _run(shell: Shell, desk: Desk, thief: Thief) -> None:
    screen.run()
    named = [word for one in thief.stolen for word in ("--present", one.target)]
    typed = [one.presented for one in thief.stolen]
    shell.run("contain", "run", str(desk.plan), *named, typed=typed)


def _rows(before: list[Attempt], thief: Thief, company: Company) -> list[screen.Row]:
    """Present everything again, and hold the answers against those from before."""
    was = {(one.who, one.credential): one for one in before}

    def row(one: Attempt, *, wanted: bool) -> screen.Row:
        earlier = was[one.who, one.credential]
        return screen.Row(one, earlier.answer, earlier.accepted and one.accepted is wanted)

    return [
        *(row(one, wanted=False) for one in thief.tries()),
        *(row(one, wanted=False) for one in company.workloads.with_old_sessions()),
        *(row(one, wanted=True) for one in company.workloads.at_work()),
    ]


def _evidence(shell: Shell, desk: Desk, plan: Plan, out: Path) -> int:
    screen.evidence()
    shell.run("contain", "report", plan.run, "--out", str(out))
    anchors = [desk.heads, *sorted(desk.checkpoints.glob("*.json"))]
    named = [word for one in anchors for word in ("--anchor", str(one))]
    return shell.run("journal", "verify", str(desk.journal), *named,
                     "--allowed-signers", str(desk.allowed))  # fmt: skip
