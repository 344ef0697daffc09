"""A package, a Kibana and a ledger, driven through the command line as a user does."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rekey.cli.main import run
from tests.fakes.kibana_fake import KibanaFake


@dataclass
class Stage:
    """Everything of one deployment.

    Attributes:
        rules: the package's rules; ``write`` makes the package of them.
        statuses: of the last plan or drift: rule id → status.
        keep_plan: plan over the file of an earlier plan.
    """

    kibana: KibanaFake
    folder: Path
    rules: list[dict[str, Any]]
    statuses: dict[str, str] = field(default_factory=dict)
    keep_plan: bool = False

    @property
    def ids(self) -> list[str]:
        """Ids of the package's rules."""
        return [rule["rule_id"] for rule in self.rules]

    @property
    def where(self) -> list[str]:
        """The options that say where."""
        return ["--url", self.kibana.url, "--ledger", str(self.folder / "ledger.json")]

    def write(self) -> None:
        """Write the package as it is now."""
        package = self.folder / "package"
        package.mkdir(exist_ok=True)
        lines = "".join(json.dumps(rule) + "\n" for rule in self.rules)
        (package / "rules.ndjson").write_text(lines)

    def raise_version(self, at: int = 0, /, **fields: Any) -> None:
        """Bring out a new version of a rule."""
        self.rules[at] = self.rules[at] | {"version": self.rules[at]["version"] + 1} | fields
        self.write()

    def plan(self, *options: str) -> int:
        """Plan, into a file."""
        file = self.folder / "plan.json"
        if not self.keep_plan:
            file.unlink(missing_ok=True)
        package = [] if "--back" in options else ["--package", str(self.folder / "package")]
        code = run(
            ["deploy", "plan", "--target", "elastic", "--out", str(file), *package, *self.where,
             *options]
        )  # fmt: skip
        if file.exists():
            self._note(json.loads(file.read_bytes())["plan"])
        return code

    def apply(self, *options: str) -> int:
        """Apply the plan of that file."""
        return run(["deploy", "apply", str(self.folder / "plan.json"), *self.where, *options])

    def deploy(self, *options: str) -> int:
        """Plan and apply."""
        assert self.plan(*options) == 0
        return self.apply()

    def drift(self, capsys: pytest.CaptureFixture[str]) -> int:
        """Look for drift."""
        capsys.readouterr()
        code = run(
            ["deploy", "drift", "--target", "elastic", "--format", "json", "--package",
             str(self.folder / "package"), *self.where]
        )  # fmt: skip
        self._note(json.loads(capsys.readouterr().out)["plan"])
        return code

    def _note(self, plan: dict[str, Any]) -> None:
        self.statuses = {
            change["key"].removeprefix("rule:"): change["status"] for change in plan["changes"]
        }
