"""``rekey contain plan``: a dry run, and what approvals sign."""

import getpass
import json
from pathlib import Path

import click

from rekey.cli.contain.options import format_option, key_option, settings_option
from rekey.cli.options import all_packs, pack_option, site_option
from rekey.errors import ExitCode, Place, RekeyError


@click.command()
@click.argument("case", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--case", "case_id", metavar="ID", help="Which case, where the file holds several.")
@click.option("--order", type=click.Choice(["contain", "rotate"]), default="contain",
              show_default=True, help="The thief first, or the service first.")  # fmt: skip
@click.option("--only", multiple=True, metavar="ID",
              help="A credential of the case, instead of those with alerts. Several times.")  # fmt: skip
@click.option("--store", metavar="NAME", help="Secret store for successors, from the settings.")
@click.option("--destination", multiple=True, metavar="ID=PATH",
              help="Where in the store the successor of a credential goes. Several times.")  # fmt: skip
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in plan and report.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the plan, for approval.  [default: write nothing]")  # fmt: skip
@click.option("--as", "requester", metavar="NAME", default=lambda: _who(),
              help="Your name in the allowed-signers file.  [default: your login]")  # fmt: skip
@key_option
@settings_option
@site_option
@pack_option
@format_option
def plan(
    case: Path, case_id: str | None, order: str, only: tuple[str, ...], store: str | None,
    destination: tuple[str, ...], reason: str, out: Path | None, requester: str,
    key: Path | None, settings_file: Path, site_file: Path | None, folders: tuple[Path, ...],
    form: str,
) -> int:  # fmt: skip
    """Show what would be done about a CASE (report.json of `rekey investigate`): a dry run.

    Reads from the providers and changes nothing. With --out and --key it becomes a request that
    others approve and that `rekey contain run` carries out.
    """
    from rekey.cli.contain.opening import clock, connections, read, site
    from rekey.cli.contain.opening import store as open_store
    from rekey.cli.terminal import console
    from rekey.containment.break_glass import BreakGlass, read_break_glass
    from rekey.containment.case_file import read_case
    from rekey.containment.planning import Planner, Request
    from rekey.containment.playbook import Library
    from rekey.containment.report.plan_screen import plan_screen

    settings = read(settings_file)
    if key and not out:
        raise RekeyError("--key signs a plan that is written: name a file with --out")
    listed = BreakGlass()
    if settings.break_glass is not None:
        listed = read_break_glass(settings.break_glass, settings.allowed_signers)
    library = Library(pack.playbooks for pack in all_packs(folders))
    planner = Planner(connections(settings), library, settings, site(site_file), listed)
    made = planner.plan(
        Request(
            read_case(case, case_id), "rotate" if order == "rotate" else "contain",
            requester, reason, frozenset(only), _places(destination),
            open_store(settings, store),
        ),
        clock().now(),
    )  # fmt: skip
    if out is not None:
        _write(out, made.document())
        if key is not None:
            from rekey.containment.approval import sign_request

            _text(request_file(out), sign_request(made, key, settings.allowed_signers))
    if form == "json":
        click.echo(json.dumps(made.document(), indent=2, sort_keys=True))
    else:
        console().print(plan_screen(made, out, key is not None))
    return ExitCode.OK if made.steps else ExitCode.REFUSED


def _who() -> str:
    """Give the login name of whoever runs this; empty where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # OSError since Python 3.13
        return ""


def request_file(plan: Path) -> Path:
    """Name the file of a plan's request."""
    return plan.with_name(plan.name + ".request")


def approval_files(plan: Path) -> list[Path]:
    """Find the approvals that lie beside a plan."""
    return sorted(plan.parent.glob(f"{plan.name}.approval-*"))


def _places(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        # Ids may hold "=" (hashes in base64 do): the path begins after the last one.
        id, _, path = one.rpartition("=")
        if not id or not path:
            raise RekeyError(f"--destination {one!r} is not ID=PATH")
        found[id] = path
    return found


def _write(path: Path, document: dict[str, object]) -> None:
    _text(path, json.dumps(document, indent=2, sort_keys=True) + "\n")


def _text(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(path)) from error
