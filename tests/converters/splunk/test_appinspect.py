"""The app passes AppInspect with the checks of Splunk Cloud."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from rekey.converters.splunk.package import write
from tests.converters.splunk.built import package

APPINSPECT = os.environ.get("REKEY_APPINSPECT") or shutil.which("splunk-appinspect")
EXPLAINED: Final = {
    "check_collections_conf": "what first-seen rules learn lies there",
    "check_hostnames_and_ips": "addresses of the clouds' metadata services, in rules",
}
"""Warnings that are meant, and why."""


@pytest.mark.skipif(
    APPINSPECT is None,
    reason="needs splunk-appinspect (and libmagic): python -m venv /tmp/appinspect && "
    "/tmp/appinspect/bin/pip install splunk-appinspect && "
    "export REKEY_APPINSPECT=/tmp/appinspect/bin/splunk-appinspect",
)
def test_no_errors_and_no_unexplained_warnings(tmp_path: Path) -> None:
    app, *_ = write(package(), tmp_path)
    report = tmp_path / "report.json"
    command = [str(APPINSPECT), "inspect", str(app), "--included-tags", "cloud",
               "--data-format", "json", "--output-file", str(report)]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    found = json.loads(report.read_text())
    summary = found["summary"]
    assert (summary["error"], summary["failure"], summary["future_failure"]) == (0, 0, 0)
    warned = {
        check["name"]
        for group in found["reports"][0]["groups"]
        for check in group["checks"]
        if check["result"] == "warning"
    }
    assert warned <= EXPLAINED.keys()
