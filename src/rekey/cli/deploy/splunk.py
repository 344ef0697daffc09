"""What is live in Splunk, for ``plan`` and ``drift``."""

from pathlib import Path

from rekey.cli.deploy.options import DEFAULTS, Servers
from rekey.cli.servers import server
from rekey.errors import ExitCode


def check(where: Servers, package: Path | None, form: str, *, only_drift: bool = False) -> ExitCode:
    """Compare the installed app with the built one and print it.

    Returns:
        ``FINDINGS`` where only drift is asked for and there is some.
    """
    from rekey.cli.deploy.screen import show
    from rekey.deploy.plan import Status
    from rekey.deploy.splunk import check as compare
    from rekey.deploy.splunk_app import read_app
    from rekey.sources.splunk_client import connect

    app = read_app(package or DEFAULTS["splunk"])
    there = server("SPLUNK", where.url, where.ca)
    found = compare(connect(there), there.url, app)
    if not only_drift:
        show(found, form)
        return ExitCode.OK
    theirs = (Status.EDITED, Status.MISSING)
    drifted = tuple(change for change in found.changes if change.status in theirs)
    show(found.model_copy(update={"changes": drifted}), form)
    return ExitCode.FINDINGS if drifted else ExitCode.OK
