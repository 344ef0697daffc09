"""Cases as users get them: from a server's own audit log, by the shipped rules."""

import json
from pathlib import Path

from rekey.case import Case
from rekey.cli.main import run as rekey
from rekey.containment.case_file import read_case


def investigated(log: Path, credential: str, folder: Path, *options: str) -> Case:
    """Investigate a log, and give the case that a credential is in.

    Args:
        log: which ``rekey investigate`` reads.
        credential: its id, as the log has it.
        folder: for the report.
        options: further ones of the command.
    """
    assert rekey(["investigate", str(log), "--out", str(folder), *options]) == 0
    report = folder / "report.json"
    cases = json.loads(report.read_bytes())["cases"]
    (found,) = [one["id"] for one in cases
                if credential in {known["credential"]["id"] for known in one["credentials"]}]  # fmt: skip
    return read_case(report, found)
