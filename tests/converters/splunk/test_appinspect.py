"""The app passes AppInspect, with the checks of Splunk Cloud and all others."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from rekey.converters.splunk.package import write
from rekey.converters.splunk.stanzas import Options
from tests.converters.splunk.built import package
from tests.engines.found import find, missing

GUIDE: Final = Path(__file__).parents[3] / "docs" / "siem" / "splunk.md"
BUILDS: Final = {
    "plain": Options(),
    "enterprise security": Options(enable=True, enterprise_security=True),
}


def appinspect() -> str:
    """The command; the test ends here where it is not there."""
    named = os.environ.get("REKEY_APPINSPECT")
    if named:
        return named
    found = find("appinspect/splunk-appinspect") or shutil.which("splunk-appinspect")
    if found is None:
        unavailable = find("appinspect/unavailable")
        if unavailable is not None:
            pytest.skip(unavailable.read_text().strip())
        missing("AppInspect")
    return str(found)


@pytest.mark.parametrize("options", BUILDS.values(), ids=BUILDS)
def test_no_errors_and_no_warning_that_the_guide_does_not_explain(
    options: Options, tmp_path: Path
) -> None:
    app, *_ = write(package(options), tmp_path)
    report = tmp_path / "report.json"
    # Without tags every check is made; those for Splunk Cloud are among them.
    command = [appinspect(), "inspect", str(app), "--data-format", "json",
               "--output-file", str(report)]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    found = json.loads(report.read_text())
    summary = found["summary"]
    assert (summary["error"], summary["failure"], summary["future_failure"]) == (0, 0, 0)
    checks = [check for group in found["reports"][0]["groups"] for check in group["checks"]]
    assert "cloud" in {tag for check in checks for tag in check["tags"]}
    warned = {check["name"] for check in checks if check["result"] == "warning"}
    explained = set(re.findall(r"^\| `(check_\w+)` \|", GUIDE.read_text(), re.MULTILINE))
    assert warned == explained
