"""``rekey contain approve``: sign the digest of a plan."""

from hashlib import sha256
from pathlib import Path

import click

from rekey.cli.contain.options import key_option
from rekey.errors import ExitCode, Place, RekeyError


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
    name = sha256(signature.encode("utf-8")).hexdigest()[:12]
    file = plan.with_name(f"{plan.name}.approval-{name}")
    try:
        file.write_text(signature, "utf-8")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(file)) from error
    click.echo(f"wrote {file}")
    return ExitCode.OK
