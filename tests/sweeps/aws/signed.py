"""Calls of AWS with one signed request each, past rekey and past the SDK's clients."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.providers.account import REGION

_CLIENT: Final = httpx.Client()
_VERSIONS: Final = {"iam": "2010-05-08", "sts": "2011-06-15"}
_FIELDS: Final = ("AccessKeyId", "SecretAccessKey", "SessionToken")


def call(
    url: str, held: Mapping[str, Any], service: str, action: str, **given: str
) -> httpx.Response:
    """Make one call of IAM, STS or Secrets Manager with a credential."""
    if service == "secretsmanager":
        body = json.dumps(given)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"secretsmanager.{action}",
        }
    else:
        body = urlencode({"Action": action, "Version": _VERSIONS[service], **given})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", url + "/", headers, body)
    credentials = Credentials(
        held["AccessKeyId"], held["SecretAccessKey"], held.get("SessionToken")
    )
    SigV4Auth(credentials, service, REGION).add_auth(request)
    return _CLIENT.post(url + "/", content=body, headers=dict(request.headers.items()))


def credentials_of(text: str) -> dict[str, Any]:
    """Take the credentials out of an answer of STS."""
    found = {name: re.search(f"<{name}>([^<]+)</{name}>", text) for name in _FIELDS}
    return {name: one[1] for name, one in found.items() if one}
