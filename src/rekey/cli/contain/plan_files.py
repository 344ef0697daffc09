"""A plan and what lies beside it: its request, and the approvals."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.terminal import visible
from rekey.errors import Place, RekeyError
from rekey.journal.ssh_signature import SignatureError

if TYPE_CHECKING:
    from rekey.containment.plan import Plan

_APPROVAL = ".approval-"


def request_file(plan: Path) -> Path:
    """Name the file of a plan's request."""
    return plan.with_name(plan.name + ".request")


def approval_file(plan: Path, name: str) -> Path:
    """Name the file of an approval."""
    return plan.with_name(f"{plan.name}{_APPROVAL}{name}")


def approval_files(plan: Path) -> list[Path]:
    """Find the approvals that lie beside a plan."""
    return sorted(plan.parent.glob(f"{_literal(plan.name)}{_APPROVAL}*"))


def read_request(plan: Path) -> str:
    """Read the request of a plan.

    Raises:
        RekeyError: it is not there.
    """
    file = request_file(plan)
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RekeyError(
            "the signature cannot be read",
            place=Place(file),
            hint="`rekey contain plan … --out PLAN --as NAME --key KEY` signs the request.",
        ) from error


def read_approvals(plan: "Plan", files: Sequence[Path], allowed: Path | None) -> list[str]:
    """Read approvals; one that is not good counts for nobody, stops nobody, and is named.

    It may be of an earlier plan, by a stranger, or an editor's copy.
    """
    from rekey.containment.approval import APPROVAL, message
    from rekey.journal.ssh_signature import verify

    good = []
    for file in files:
        try:
            text = file.read_text("utf-8")
            if allowed is not None:
                verify(message(plan), text, APPROVAL, allowed, Place(file))
            good.append(text)
        except (OSError, UnicodeDecodeError) as error:
            click.echo(f"warning: {visible(str(file))} cannot be read: {error}", err=True)
        except SignatureError as error:
            why = f"{visible(str(error.place or file))}: {visible(error.message)}"
            click.echo(f"warning: {why}: it does not count", err=True)
    return good


def write_text(path: Path, text: str) -> None:
    """Write a file.

    Raises:
        RekeyError: it cannot be written.
    """
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(path)) from error


def put_away(plan: Path) -> None:
    """Rename request and approvals of an earlier plan under the same name: they are not this one's."""
    for old in (request_file(plan), *approval_files(plan)):
        if not old.exists():
            continue
        number = 1
        while (
            new := old.with_name(f"{plan.name}.old-{number}{old.name[len(plan.name) :]}")
        ).exists():
            number += 1
        try:
            old.rename(new)
        except OSError as error:
            raise RekeyError(error.strerror or "cannot be renamed", place=Place(old)) from error
        click.echo(f"put away {visible(str(new))}: it was for an earlier plan", err=True)


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
