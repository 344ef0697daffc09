"""Reads once what the SDK reads for each session: its descriptions of services."""

import functools

import boto3
import botocore.session
from botocore.loaders import create_loader

from tests.providers.account import REGION


def warm() -> None:
    """Let all sessions of this process and of its children share one loader, which is warm."""
    botocore.session.create_loader = functools.cache(create_loader)
    session = boto3.Session("none", "none", None, REGION)
    for service in ("cloudtrail", "iam", "secretsmanager", "sts"):
        session.client(service)
