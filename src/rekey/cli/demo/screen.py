"""What the demo says between its commands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.rule import Rule
from rich.text import Text

from rekey.cli.terminal import cell, console, table, visible
from rekey.demo import emulator, names
from rekey.demo.attempt import Attempt
from rekey.demo.desk import PROPAGATION_SECONDS, Desk
from rekey.demo.thief import WHO, Stolen
from rekey.report.words import plural


@dataclass(frozen=True)
class Row:
    """A credential after the containment: what it opens now, what it did before, is that right?"""

    attempt: Attempt
    before: str
    right: bool


def theft(url: str, stolen: Iterable[Stolen], desk: Desk) -> None:
    """Say where the theft was done again, and what differs from the logs."""
    _section("The same theft, on a local AWS")
    _say(
        f"{emulator.name()} stands in for AWS at {url}, in memory; it enforces keys, sessions and "
        f"policies. It holds accounts {names.PRODUCTION} and {names.DATA} as far as the incident "
        "touched them: roles, trust, user, secret, workloads. The thief does there what the logs "
        "show, from the workflow's token to a key of his own:"
    )
    shown = table("Stolen", "In the logs", "Here")
    for one in stolen:
        shown.add_row(cell(one.what), cell(one.logged), cell(one.credential.key_id))
    console().print(shown)
    _say(
        "AWS gives out such ids itself, so the case is told again with the ids and times from here: "
        f"{desk.case}. GitHub, the cluster and Vault are not here."
    )


def accepted(tried: Iterable[Attempt]) -> None:
    """Show what credentials open before the containment; a theft that fails shows nothing."""
    shown = table("Who", "With what", "Call", "Answer")
    for one in tried:
        style = "red" if one.who == WHO else ""
        shown.add_row(cell(one.who), cell(one.credential), cell(one.call), cell(one.answer, style))
    console().print(shown)


def people(desk: Desk) -> None:
    """Say who plans, and what was shortened."""
    _section("A plan, and who agrees to it")
    _say(
        "Three people with SSH keys that live as long as this demo: ada asks, bob and cem may "
        "approve. rekey acts as the user incident-response of each account, with the rights that "
        "`rekey doctor --policy` prints. Proofs count from "
        f"{plural(PROPAGATION_SECONDS, 'second')} after an effect on, where AWS needs up to a "
        "minute: that was shortened for the demo, and the plan says so."
    )
    _say(f"\n$ export REKEY_CONTAINMENT={desk.settings}")


def by_hand() -> None:
    """Say what a person did."""
    _section("First by hand")
    _say(
        "The plan leaves the trust of gha-deploy to people, with the playbook aws_federation_trust. "
        "Done now, as it says: update-assume-role-policy, with the subjects of the "
        f"{len(names.REPOSITORIES)} repositories that deploy, and no wildcard."
    )


def run() -> None:
    """Say what is presented."""
    _section("The run")
    _say(
        "What the thief holds is presented before and after each effect. It is at hand here; where "
        "it is not, rekey opens a session beside it, or reads the effect back, and the grade of the "
        "proof says so."
    )


def afterwards(rows: Sequence[Row]) -> None:
    """Show what credentials open now, past rekey."""
    _section("Asked without rekey: what do they open now?")
    shown = table("Who", "With what", "Before", "Now")
    for row in rows:
        one, style = row.attempt, "green" if row.right else "bold red"
        shown.add_row(
            cell(one.who), cell(one.credential), cell(row.before), cell(one.answer, style)
        )
    console().print(shown)
    if all(row.right for row in rows):
        _say("Older sessions of honest workloads ended too, as the plan said; new ones work.")


def evidence() -> None:
    """Begin the last section."""
    _section("Evidence")


def end(code: int, outcome: str, desk: Desk, out: Path) -> None:
    """Say how it ended, and where to look."""
    if code:
        _say("\nThis did not end as the plan had said: see above.", "bold red")
        return
    _say(f"\n{outcome.capitalize()}, as the plan had said.", "bold green")
    _say(
        "What the plan leaves to people stays as it is until they have done it; whatever is in the "
        "plan is proven.\n"
        f"Evidence: {out / 'containment.html'}, for programs {out / 'containment.json'}\n"
        f"Plan, signatures, journal: {desk.kept}; docs/verify-evidence.md checks them without rekey."
    )


def _section(title: str) -> None:
    console().print()
    console().print(Rule(Text(title, style="bold"), align="left", style="dim"))


def _say(text: str, style: str = "") -> None:
    console().print(Text(visible(text, lines=True), style=style), soft_wrap=False)
