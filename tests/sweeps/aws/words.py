"""How AWS words what it did not do.

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html for the query protocol,
https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html for JSON,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html for what is full.
"""

import json
from typing import Final

from tests.faults.exchange import Answer, Request
from tests.sweeps.aws.calls import operation

_XML: Final = (("Content-Type", "text/xml"),)
_JSON: Final = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", "1"))
_MADE: Final = {
    "CreateAccessKey": "<AccessKey><UserName>svc</UserName><AccessKeyId>AKIANEVERMADE0000000"
    "</AccessKeyId><Status>Active</Status><SecretAccessKey>never-made</SecretAccessKey></AccessKey>",
}
_ERRORS: Final = {
    "throttled": (400, "Throttling", "ThrottlingException", "Rate exceeded"),
    "unavailable": (503, "ServiceUnavailable", "ServiceUnavailable", "Try again later"),
    "failed": (500, "ServiceFailure", "InternalServiceError", "Something broke"),
    "full": (409, "LimitExceeded", "LimitExceededException",
             "Cannot exceed quota for AccessKeysPerUser: 2"),
    "no room": (409, "LimitExceeded", "LimitExceededException",
                "Maximum policy size of 2048 bytes exceeded"),
}  # fmt: skip


def refusal(why: str, request: Request) -> Answer:
    """Word an error; see :data:`_ERRORS`."""
    status, xml, code, message = _ERRORS[why]
    if "x-amz-target" in request.headers:
        return Answer(status, json.dumps({"__type": code, "message": message}).encode(), _JSON)
    body = (
        "<ErrorResponse xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><Error><Type>Sender</Type>"
        f"<Code>{xml}</Code><Message>{message}</Message></Error><RequestId>1</RequestId>"
        "</ErrorResponse>"
    )
    return Answer(status, body.encode(), _XML)


def success(request: Request) -> Answer:
    """Word that something was done."""
    name = operation(request)
    if "x-amz-target" in request.headers:
        given = json.loads(request.body)
        made = {"Name": given["SecretId"], "VersionId": given.get("ClientRequestToken")}
        return Answer(200, json.dumps(made).encode(), _JSON)
    body = (
        f"<{name}Response xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><{name}Result>"
        f"{_MADE.get(name, '')}</{name}Result><ResponseMetadata><RequestId>1</RequestId>"
        f"</ResponseMetadata></{name}Response>"
    )
    return Answer(200, body.encode(), _XML)
