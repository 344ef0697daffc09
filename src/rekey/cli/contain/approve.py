"""``rekey contain approve``: sign the digest of a plan."""

from hashlib import sha256
from pathlib import Path

import click

from rekey.cli.contain.options import key_option
from rekey.cli.contain.plan_files import approval_file, read_request, request_file, write_text
from rekey.errors import ExitCode, RekeyError


@click.command()
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@key_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def approve(plan: Path, key: Path | None, yes: bool) -> int:
    """Approve a PLAN: shows it, and signs its digest into a file beside it.

    Needs neither the settings nor the journal, only the plan and your key; send the file back to
    whoever asked. By hand: echo DIGEST | ssh-keygen -Y sign -n rekey-plan -f KEY
    """
    from rekey.cli.contain.opening import clock
    from rekey.cli.terminal import console
    from rekey.containment.approval import sign_approval
    from rekey.containment.plan import read_plan
    from rekey.containment.report.plan_screen import plan_screen

    known = read_plan(plan)
    console().print(plan_screen(known, plan, True))
    if key is None:
        raise RekeyError("nothing was signed: name your key with --key")
    if not yes and not click.confirm(f"Approve {known.digest}?", err=True):
        click.echo("not approved", err=True)
        return ExitCode.REFUSED
    signature = sign_approval(known, key, clock().now())
    _check_counts(plan, key, signature)
    name = sha256(signature.encode("utf-8")).hexdigest()[:12]
    file = approval_file(plan, name)
    write_text(file, signature)
    click.echo(f"wrote {file}")
    return ExitCode.OK


def _check_counts(plan: Path, key: Path, signature: str) -> None:
    """See that the approval would count: tonight is too late to find out that it does not.

    Raises:
        NotApproved: the key is of another kind, or the requester's.
    """
    from rekey.containment.approval import NotApproved
    from rekey.journal.ssh_signature import key_of

    used = key_of(signature)
    if not used.counts:
        raise NotApproved(
            f"{key} is a key of the kind {used.kind}: nothing was approved",
            hint="Only Ed25519 keys count: ssh-keygen -t ed25519.",
        )
    if request_file(plan).is_file() and key_of(read_request(plan)).blob == used.blob:
        raise NotApproved(
            f"{key} signed the request: nothing was approved",
            hint="Whoever asks for a plan is no approver of it.",
        )
