"""The folder in which the demo's people work: what is kept, and what is thrown away."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from rekey.case import Case
from rekey.demo import names
from rekey.demo.emulator import HOST
from rekey.demo.people import REQUESTER
from rekey.errors import Place, RekeyError
from rekey.providers.aws.credential import Credential

PROPAGATION_SECONDS: Final = 1
"""The emulator's effects hold at once; AWS's take up to a minute."""

TRAIL_SECONDS: Final = 1
"""The emulator's trail tells everything at once; AWS's within a quarter of an hour."""

_KEPT: Final = (
    "case.json", "rekey-containment.yml", "allowed_signers", "plan.json", "plan.json.request",
    "plan.json.approval-*", "rekey.journal", "rekey.journal-*", "rekey.fingerprints",
    "heads.ndjson", "checkpoints/*.json", "checkpoints/*.json.sig",
)  # fmt: skip


class Desk:
    """Where things are.

    Args:
        kept: what a reader may look at afterwards.
        thrown_away: keys and credentials; whoever made the folder removes it.
    """

    def __init__(self, kept: Path, thrown_away: Path) -> None:
        self.kept, self.thrown_away = kept, thrown_away
        self.case, self.plan = kept / "case.json", kept / "plan.json"
        self.settings = kept / "rekey-containment.yml"
        self.journal, self.heads = kept / "rekey.journal", kept / "heads.ndjson"
        self.allowed, self.checkpoints = kept / "allowed_signers", kept / "checkpoints"
        self._credentials = thrown_away / "aws-credentials"

    def clear(self) -> None:
        """Make the folder, and remove what an earlier demo left in it; other files stay.

        Raises:
            RekeyError: it cannot be written.
        """
        try:
            self.kept.mkdir(parents=True, exist_ok=True)
            for pattern in _KEPT:
                for old in self.kept.glob(pattern):
                    old.unlink()
        except OSError as error:
            raise RekeyError(
                error.strerror or "cannot be written", place=Place(self.kept)
            ) from error

    def write_case(self, case: Case) -> None:
        """Write the case that is to be contained."""
        self.case.write_text(case.model_dump_json(indent=2) + "\n", "utf-8")

    def environment(self) -> dict[str, str]:
        """Give what leads the SDK to the responders' credentials, and past any proxy, to nothing else."""
        return {
            "REKEY_CONTAINMENT": str(self.settings),
            "AWS_SHARED_CREDENTIALS_FILE": str(self._credentials),
            "AWS_CONFIG_FILE": str(self.thrown_away / "none"), "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": HOST, "no_proxy": HOST,
        }  # fmt: skip

    def write_settings(self, url: str, responders: Mapping[str, Credential]) -> None:
        """Write what a site says about containment, and the responders' credentials.

        Args:
            url: of the emulator.
            responders: account → key of the user that rekey runs as.
        """
        profiles = "".join(
            f"[{account}]\naws_access_key_id = {one.key_id}\n"
            f"aws_secret_access_key = {one.secret.reveal()}\n"
            for account, one in responders.items()
        )
        self._credentials.touch(0o600)
        self._credentials.write_text(profiles, "ascii")
        said = {
            "version": 1,
            "providers": [_provider(url, account) for account in responders],
            "journal": {
                "path": self.journal.name,
                "sinks": [{"kind": "file", "path": self.heads.name}],
                "checkpoint_key": str(self.thrown_away / REQUESTER),
                "checkpoints": self.checkpoints.name,
            },
            "allowed_signers": self.allowed.name,
            "limits": {"clock_skew": "0s"},
        }  # fmt: skip
        self.settings.write_text(_HEAD + yaml.safe_dump(said, sort_keys=False), "utf-8")


_HEAD: Final = """\
# Written by `rekey demo`. The emulator, and the keys that are named here, ended with it. A real site
# keeps heads on another disk, and the checkpoint key on no disk; docs/containment.example.yml.
"""


def _provider(url: str, account: str) -> dict[str, object]:
    consumers = {
        names.DEPLOYER: [f"deploy workflow of {one}" for one in names.REPOSITORIES],
        names.PIPELINE: ["Airflow"],
        f"*:user/{names.EXPORTER}": ["export job in the data centre"],
    }
    options = {
        "profile": account, "region": names.REGION, "endpoint_url": url,
        "propagation_seconds": PROPAGATION_SECONDS, "trail_seconds": TRAIL_SECONDS, "regions": [],
        "consumers": consumers,
        "production": [f"arn:aws:iam::{one}:*" for one in (names.PRODUCTION, names.DATA)],
    }  # fmt: skip
    return {"name": "aws", "options": options}
