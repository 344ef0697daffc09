"""``rekey contain plan``: a dry run, and what approvals sign."""

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.contain.options import format_option, key_option, settings_option
from rekey.cli.contain.plan_files import put_away, request_file, write_text
from rekey.cli.options import all_packs, pack_option, site_option
from rekey.cli.run_options import Moment
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.case import Case
    from rekey.containment.plan import Plan


@click.command()
@click.argument("case", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--case", "case_id", metavar="ID", help="Which case, where the file holds several.")
@click.option("--order", type=click.Choice(["contain", "rotate"]), default="contain",
              show_default=True, help="The thief first, or the service first.")  # fmt: skip
@click.option("--only", multiple=True, metavar="ID",
              help="A credential of the case, instead of those with alerts. Several times.")  # fmt: skip
@click.option("--playbook", multiple=True, metavar="NAME",
              help="A playbook to prefer to the one that the rules ask for. Several times.")  # fmt: skip
@click.option("--store", metavar="NAME", help="Secret store for successors, from the settings.")
@click.option("--destination", multiple=True, metavar="ID=PATH",
              help="Where in the store the successor of a credential goes. Several times.")  # fmt: skip
@click.option("--account", multiple=True, metavar="PROVIDER=NAME",
              help="Account, cluster or Vault of credentials for which the case names none: a plain "
              "audit log does not say who wrote it. Several times.")  # fmt: skip
@click.option("--since", type=Moment(), metavar="TIME",
              help="When the abuse began, if earlier than the case does: surveys look from then on.")  # fmt: skip
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
    case: Path, case_id: str | None, order: str, only: tuple[str, ...],
    playbook: tuple[str, ...], store: str | None, destination: tuple[str, ...],
    account: tuple[str, ...], since: datetime | None, reason: str, out: Path | None,
    requester: str, key: Path | None, settings_file: Path, site_file: Path | None,
    folders: tuple[Path, ...], form: str,
) -> int:  # fmt: skip
    """Show what would be done about a CASE (report.json of `rekey investigate`): a dry run.

    Reads from the providers and changes nothing. With --out and --key it becomes a request that
    others approve and that `rekey contain run` carries out.
    """
    from rekey.cli.contain.opening import (
        clock,
        connections,
        known_journal,
        protected,
        read,
        site,
        told,
    )
    from rekey.cli.contain.opening import store as open_store
    from rekey.containment.case_file import read_case
    from rekey.containment.found import Request
    from rekey.containment.planning import Planner
    from rekey.containment.playbook import Library

    settings = read(settings_file)
    if key and not out:
        raise RekeyError("--key signs a plan that is written: name a file with --out")
    known = read_case(case, case_id)
    library = Library(pack.playbooks for pack in all_packs(folders))
    planner = Planner(
        told(connections(settings)), library, settings, site(site_file), protected(settings)
    )
    journal, before = known_journal(settings, make=out is not None)
    made = planner.plan(
        Request(
            known, "rotate" if order == "rotate" else "contain", requester, reason,
            frozenset(only), _places(destination, known), open_store(settings, store), journal,
            before, _accounts(account), since, playbook,
        ),
        clock().now(),
    )  # fmt: skip
    if out is not None:
        _write(out, made, key, settings.allowed_signers)
    _show(made, out, form, signed=key is not None)
    return ExitCode.OK if made.steps else ExitCode.REFUSED


def _show(plan: "Plan", out: Path | None, form: str, *, signed: bool) -> None:
    from rekey.cli.terminal import console
    from rekey.containment.report.plan_screen import plan_screen

    if form == "json":
        click.echo(json.dumps(plan.document(), indent=2, sort_keys=True))
    else:
        console().print(plan_screen(plan, out, signed))


def _who() -> str:
    """Give the login name of whoever runs this; empty where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # OSError since Python 3.13
        return ""


def _places(given: tuple[str, ...], case: "Case") -> dict[str, str]:
    found, ids = {}, {one.credential.id for one in case.credentials}
    for one in given:
        # Ids may hold "=" (hashes in base64 do): the path begins after the last one.
        id, _, path = one.rpartition("=")
        if not id or not path:
            raise RekeyError(f"--destination {one!r} is not ID=PATH")
        if id not in ids:
            raise RekeyError(f"--destination {one!r}: the case knows no credential {id}")
        found[id] = path
    return found


def _accounts(given: tuple[str, ...]) -> dict[str, str]:
    found = dict[str, str]()
    for one in given:
        provider, _, name = one.partition("=")
        if not provider or not name:
            raise RekeyError(f"--account {one!r} is not PROVIDER=NAME")
        if found.setdefault(provider, name) != name:
            raise RekeyError(f"--account names two for {provider}: make a plan for each")
    return found


def _write(out: Path, plan: "Plan", key: Path | None, allowed: Path | None) -> None:
    """Write a plan, and sign it before: what its requester cannot sign is no plan of his."""
    from rekey.containment.approval import sign_request

    request = sign_request(plan, key, allowed) if key is not None else None
    put_away(out)
    write_text(out, json.dumps(plan.document(), indent=2, sort_keys=True) + "\n")
    if request is not None:
        write_text(request_file(out), request)
