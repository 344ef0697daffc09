"""The honest workloads of the accounts, and how they get at their credentials."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

import boto3
import botocore
from botocore.config import Config

from rekey.containment.secret import Secret
from rekey.demo import names
from rekey.demo.attempt import Attempt, attempt
from rekey.providers.aws.client import Aws
from rekey.providers.aws.credential import Credential

HONEST: Final = "environment:production"
"""End of the subject of a token with which a repository deploys."""


class Workloads:
    """A deploy workflow, Airflow, and the export job in the data centre.

    Args:
        url: of the emulator.
        root: of the production account, in which Airflow's workers run.
        export_key: of the export job.
    """

    def __init__(self, url: str, root: Aws, export_key: Credential) -> None:
        self._url, self._root, self._export_key = url, root, export_key
        self._workflow, self._airflow = self._deployment(), self._pipeline()

    def at_work(self) -> list[Attempt]:
        """Do what they do every day, with sessions that they open now."""
        export = attempt(
            "export job", "own access key", "PutObject",
            lambda: self.seen_with(self._export_key).client("s3").put_object(
                Bucket=names.EXPORTS, Key="customers/new.csv.gz", Body=b""
            ),
        )  # fmt: skip
        return [*self._work(self._deployment(), self._pipeline(), "new"), export]

    def with_old_sessions(self) -> list[Attempt]:
        """Go on with the sessions that they had opened before the theft."""
        return self._work(self._workflow, self._airflow, "older")

    def seen_with(self, held: Credential) -> Aws:
        """Give the emulator, as a credential sees it."""
        return self._root.presented(held)

    def federated(self, repository: str, what: str) -> Credential:
        """Exchange the token of a repository's workflow for the deploy role.

        The emulator holds the token's claims against the role's trust policy; it does not check
        the signature, so that the token has none.

        Args:
            repository: of the organisation.
            what: end of the subject, as GitHub writes it: environment or branch.

        Raises:
            ClientError: the trust policy does not want it.
        """
        subject = f"repo:example-parcel/{repository}:{what}"
        claims = {"iss": f"https://{names.ISSUER}", "aud": names.AUDIENCE, "sub": subject}
        sts = boto3.Session(region_name=names.REGION).client(
            "sts", endpoint_url=self._url, config=Config(signature_version=botocore.UNSIGNED)
        )
        answer = sts.assume_role_with_web_identity(
            RoleArn=names.DEPLOYER, RoleSessionName="GitHubActions",
            WebIdentityToken=_token(claims),
        )  # fmt: skip
        return held(answer["Credentials"])

    def _deployment(self) -> Credential:
        return self.federated("event-ingest", HONEST)

    def _pipeline(self) -> Credential:
        worker = self.seen_with(assumed(self._root, names.WORKER, "airflow-worker"))
        return assumed(worker, names.PIPELINE, "airflow")

    def _work(self, workflow: Credential, airflow: Credential, age: str) -> list[Attempt]:
        return [
            attempt("deploy workflow", f"{age} session of gha-deploy",
                    "GetSecretValue",
                    lambda: read_secret(self.seen_with(workflow))),
            attempt("Airflow", f"{age} session of data-pipeline-admin", "ListObjectsV2",
                    lambda: read_bucket(self.seen_with(airflow), names.LAKE)),
        ]  # fmt: skip


def assumed(seen: Aws, role: str, name: str) -> Credential:
    """Assume a role."""
    return held(
        seen.change("sts", "assume_role", RoleArn=role, RoleSessionName=name)["Credentials"]
    )


def held(made: dict[str, Any]) -> Credential:
    """Read a key or session as IAM and STS answer it."""
    token = made.get("SessionToken")
    return Credential(
        str(made["AccessKeyId"]), Secret(str(made["SecretAccessKey"])),
        Secret(str(token)) if token else None,
    )  # fmt: skip


def read_secret(seen: Aws) -> Any:
    """Read the secret that the thief read."""
    return seen.client("secretsmanager").get_secret_value(SecretId=names.SECRET)


def read_bucket(seen: Aws, bucket: str) -> Any:
    """List a bucket."""
    return seen.client("s3").list_objects_v2(Bucket=bucket)


def _token(claims: dict[str, str]) -> str:
    parts: Sequence[object] = ({"alg": "none", "typ": "JWT"}, claims)
    text = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*text, b""]).decode("ascii")
