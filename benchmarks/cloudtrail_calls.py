"""The calls of the benchmark's traffic, as pieces of JSON around what changes in each record."""

import json
from dataclasses import dataclass

REGION = "eu-central-1"
ACCOUNT, NOISE = "@ACCOUNT@", "@NOISE@"
"""Placeholders within request parameters: the account, and sixteen hex digits."""

READS = ("Get", "List", "Describe", "Decrypt", "Assume", "Batch")
CLI = (
    "aws-cli/2.28.21 md/awscrt#0.27.6 ua/2.1 os/linux#6.12.33-amd64 md/arch#x86_64 "
    "lang/python#3.13.7 md/pyimpl#CPython m/b,E cfg/retry-mode#standard"
)
BOTO = (
    "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.1.150 md/arch#x86_64 lang/python#3.12.11 "
    "md/pyimpl#CPython m/b,Z cfg/retry-mode#legacy Botocore/1.40.21"
)
TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) "
    "terraform-provider-aws/6.11.0 (+https://registry.terraform.io/providers/hashicorp/aws)"
)
AGENTS = (
    BOTO,
    "aws-sdk-go-v2/1.39.0 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64",
    "aws-sdk-java/2.33.4 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.150 lang/java#21.0.8",
    "aws-sdk-js/3.883.0 ua/2.1 os/linux#6.1.150 lang/js md/nodejs#22.19.0",
    TERRAFORM,
)


@dataclass(frozen=True)
class Template:
    """One call. A record reads: head, origin, body, ids, middle, account, tail."""

    head: str
    body: tuple[str, ...]
    """Parameters and answer: whole, or around the account and the noise."""
    middle: str
    tail: str
    principal: str


def template(
    service: str,
    name: str,
    request: object,
    resources: object = None,
    response: object = None,
    *,
    error: str | None = None,
) -> Template:
    """Render a call; its parameters hold ``@ACCOUNT@`` and after it ``@NOISE@``, or only the first."""
    body: dict[str, object] = {}
    if error:
        body["errorCode"] = error
        body["errorMessage"] = f"User is not authorized to perform: {service}:{name}"
    body["requestParameters"] = request
    body["responseElements"] = response
    text = _dump(body)
    before, found, rest = text.partition(ACCOUNT)
    pieces = (before, *rest.split(NOISE)) if found else (text,)
    data = service == "s3" and name in ("GetObject", "PutObject")
    middle: dict[str, object] = {"readOnly": name.startswith(READS)}
    if resources:
        middle["resources"] = resources
    middle |= {"eventType": "AwsApiCall", "managementEvent": not data}
    tail = {
        "eventCategory": "Data" if data else "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{service}.{REGION}.amazonaws.com",
        },
    }
    head = {"eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": REGION}
    return Template(_dump(head), pieces, _dump(middle), _dump(tail), service)


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))[1:-1]


def origin(address: str, agent: str) -> str:
    """Render the two fields that say where a call came from."""
    return f'"sourceIPAddress":"{address}","userAgent":"{agent}"'


def bracketed(origin: str) -> str:
    """Render the same for S3, which writes user agents in brackets."""
    return origin.replace('"userAgent":"', '"userAgent":"[').removesuffix('"') + ']"'


def identity(account: str, role: str, role_id: str, name: str, key: str, stamp: str) -> str:
    """Render the ``userIdentity`` of a role's session."""
    return (
        f'{{"type":"AssumedRole","principalId":"{role_id}:{name}",'
        f'"arn":"arn:aws:sts::{account}:assumed-role/{role}/{name}","accountId":"{account}",'
        f'"accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role",'
        f'"principalId":"{role_id}","arn":"arn:aws:iam::{account}:role/{role}",'
        f'"accountId":"{account}","userName":"{role}"}},'
        f'"attributes":{{"creationDate":"{stamp}","mfaAuthenticated":"false"}}}}}}'
    )


def federated(account: str, role: str) -> str:
    """Render the ``userIdentity`` of a service account of a cluster that takes a role."""
    provider = f"arn:aws:iam::{account}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/4B8C1E7F"
    subject = f"system:serviceaccount:apps:{role}"
    return (
        f'{{"type":"WebIdentityUser","principalId":"{provider}:sts.amazonaws.com:{subject}",'
        f'"userName":"{subject}","identityProvider":"{provider}"}}'
    )


def user(account: str, name: str, id: str, key: str) -> str:
    """Render the ``userIdentity`` of a user with a long-term key."""
    return (
        f'{{"type":"IAMUser","principalId":"{id}","arn":"arn:aws:iam::{account}:user/{name}",'
        f'"accountId":"{account}","accessKeyId":"{key}","userName":"{name}"}}'
    )


def by_service(service: str) -> str:
    """Render the ``userIdentity`` of a service of AWS."""
    return f'{{"type":"AWSService","invokedBy":"{service}.amazonaws.com"}}'


def mint(account: str, role: str, role_id: str, name: str, key: str, ends: str) -> Template:
    """Render the call whose answer names a new key: for an instance, or for a pod."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    answer: dict[str, object] = {
        "credentials": {
            "accessKeyId": key,
            "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
            "expiration": ends,
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{role_id}:{name}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        },
    }
    request = {"roleArn": arn, "roleSessionName": name}
    resources = [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]
    if name.startswith("i-"):
        return template("sts", "AssumeRole", request, resources, answer)
    answer |= {
        "subjectFromWebIdentityToken": f"system:serviceaccount:apps:{role}",
        "audience": "sts.amazonaws.com",
    }
    return template("sts", "AssumeRoleWithWebIdentity", request, resources, answer)


def _secret(number: int) -> Template:
    """A workload reads the same few secrets over and over."""
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/app-{number}-Ab{number:02d}Cd"
    return template("secretsmanager", "GetSecretValue", {"secretId": arn})


def _object(operation: str, number: int) -> Template:
    bucket = f"data-{number}"
    request = {
        "bucketName": bucket,
        "Host": f"{bucket}.s3.{REGION}.amazonaws.com",
        "key": f"{ACCOUNT}/2026/part-{NOISE}.parquet",
    }
    arn = f"arn:aws:s3:::{bucket}"
    return template("s3", operation, request, [{"type": "AWS::S3::Bucket", "ARN": arn}])


DECRYPT = template(
    "kms",
    "Decrypt",
    {
        "encryptionContext": {
            "SecretARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:app/{NOISE}"
        },
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
    },
    [{"type": "AWS::KMS::Key", "ARN": f"arn:aws:kms:{REGION}:111122223333:key/5f0c1b9e"}],
)
ASSUME = template(
    "sts",
    "AssumeRole",
    {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/data-reader", "roleSessionName": f"s-{NOISE}"},
    None,
    {"credentials": {"accessKeyId": "ASIAEXAMPLEEXAMPLE22", "sessionToken": "EXAMPLETOKEN"}},
)
INSTANCES = template("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}})
INTERFACES = template("ec2", "DescribeNetworkInterfaces", {"networkInterfaceIdSet": {}})
LOG_STREAM = template(
    "logs", "CreateLogStream", {"logGroupName": f"/aws/{ACCOUNT}", "logStreamName": NOISE}
)
REGISTRY = template("ecr", "GetAuthorizationToken", None)
IMAGE = template(
    "ecr", "BatchGetImage", {"registryId": ACCOUNT, "imageIds": [{"imageDigest": NOISE}]}
)
PARAMETER = template(
    "ssm", "GetParameter", {"name": f"/{ACCOUNT}/prod/settings", "withDecryption": True}
)
WHO = template("sts", "GetCallerIdentity", None)
DENIED = template("s3", "ListBuckets", None, error="AccessDenied")

MIXES: dict[str, tuple[Template, ...]] = {
    "app": (
        *(_object("GetObject", n) for n in range(9)), *(_object("PutObject", n) for n in range(4)),
        DECRYPT, DECRYPT, DECRYPT, DECRYPT, DECRYPT, _secret(1), LOG_STREAM, LOG_STREAM, PARAMETER,
    ),
    "node": (
        INSTANCES, INSTANCES, INTERFACES, INTERFACES, INTERFACES, REGISTRY, IMAGE, IMAGE, DECRYPT,
    ),
    "controller": (
        INSTANCES, INSTANCES, INSTANCES, INTERFACES, PARAMETER,
        template("elasticloadbalancing", "DescribeTargetHealth", {"targetGroupArn": ACCOUNT + NOISE}),
        template("autoscaling", "DescribeAutoScalingGroups", None),
    ),
    "secrets": (*(_secret(n) for n in range(4)), DECRYPT, DECRYPT, DECRYPT, DECRYPT, DECRYPT),
    "batch": (
        ASSUME, *(_object("GetObject", n) for n in range(4)), DECRYPT, LOG_STREAM,
        template("glue", "GetTable", {"databaseName": ACCOUNT, "name": NOISE}),
        template("athena", "GetQueryExecution", {"queryExecutionId": ACCOUNT + NOISE}),
    ),
    "ci": (
        ASSUME, WHO, REGISTRY, REGISTRY, PARAMETER, _secret(3), INSTANCES, INTERFACES, IMAGE, IMAGE,
        template("eks", "DescribeCluster", {"name": "prod"}),
        template("iam", "GetRole", {"roleName": f"{ACCOUNT}-{NOISE}"}),
    ),
}  # fmt: skip
"""Kinds of roles, and what each does; a call that stands twice is twice as frequent."""

WEIGHTS = {"app": 6, "node": 5, "controller": 3, "batch": 3, "ci": 2, "secrets": 1}
"""How common each kind of role is."""

BY_SERVICES = (
    ASSUME,
    template("kms", "GenerateDataKey", {"keyId": f"{ACCOUNT}/{NOISE}", "keySpec": "AES_256"}),
    template("config", "PutEvaluations", None),
)
SUSPICIOUS = (
    WHO, DENIED, _secret(77), _secret(78),
    template("iam", "CreateAccessKey", {"userName": f"{ACCOUNT}-{NOISE}"}),
    template("cloudtrail", "StopLogging", {"name": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:{NOISE}"}),
    template("iam", "AttachUserPolicy", {"userName": f"{ACCOUNT}-{NOISE}",
                                         "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
)  # fmt: skip
