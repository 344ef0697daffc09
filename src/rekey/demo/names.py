"""Names of Example Parcel, as the shipped logs have them (``fixtures/scenarios/ci_token_theft``)."""

from typing import Final

PRODUCTION: Final = "111122223333"
DATA: Final = "444455556666"
REGION: Final = "eu-central-1"

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"

DEPLOYER: Final = f"arn:aws:iam::{PRODUCTION}:role/gha-deploy"
WORKER: Final = f"arn:aws:iam::{PRODUCTION}:role/airflow-worker"
PIPELINE: Final = f"arn:aws:iam::{DATA}:role/data-pipeline-admin"
EXPORTER: Final = "svc-legacy-export"
RESPONDER: Final = "incident-response"

SECRET: Final = "prod/payments/acquirer"  # noqa: S105 - its name
LAKE: Final = "lake-curated"
EXPORTS: Final = "legacy-export"

REPOSITORIES: Final = (
    "billing-worker", "customs-bridge", "event-ingest", "label-worker", "notifications", "payments",
    "rates-api", "shipping-api", "tracking-api", "tracking-web",
)  # fmt: skip
"""Repositories that deploy with the deploy role."""
