"""Find secrets in free text by their shape, and blank them.

For text that no schema describes: a damaged line, an error message, JSON inside a string. Ids of
credentials (``AKIA…``, HMACs, hashed tokens) are not secrets and stay.
"""

import re
from typing import Final

REDACTED: Final = "[redacted]"

_NAMES_OF_SECRETS: Final = (
    "session_?token|secret_?access_?key|aws_secret_access_key|aws_session_token|password|passwd|"
    "secret|secret_id|client_?secret|client_token|private_?key|token|access_token|refresh_token|"
    "id_token|api_?key|authorization|x-vault-token"
)
_QUOTE: Final = r'(?<!\\)\\*"'
"""A quote, escaped or not: JSON in a string in a string is still JSON. (The look-behind keeps a
long run of backslashes from being tried at each of them.)"""

_SHAPES: Final = (
    # RFC 7519: header and payload are JSON objects in base64url, so both begin with {".
    r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}",
    # docs.github.com, "About authentication to GitHub": token formats.
    r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    r"\bgithub_pat_\w{20,}",
    # developer.hashicorp.com, "Tokens": hvs, hvb, hvr; before 1.10 s, b, r and 24 letters.
    r"\bhv[sbr]\.[\w-]{20,}",
    r"\b[sbr]\.[A-Za-z0-9]{24}\b",
    # Session tokens of AWS STS are protocol buffers in base64: the head is always the same.
    r"\b(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|AQoDYXdz)[A-Za-z0-9+/=]{40,}",
    # RFC 7468; cut off at the end of the text, or with line breaks escaped as in JSON.
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)",
)
_SHAPE: Final = re.compile("|".join(_SHAPES), re.DOTALL)
_HEADERS: Final = re.compile(r"(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{16,}")
_MEMBERS: Final = re.compile(
    rf"(?is)((?P<quote>{_QUOTE})(?:{_NAMES_OF_SECRETS})(?P=quote)\s*:\s*(?P=quote))"
    r"(?:(?!(?<!\\)(?P=quote)).)*"
)
# The values of a Kubernetes Secret, wherever a manifest is quoted.
_SECRET_DATA: Final = re.compile(
    rf"((?P<quote>{_QUOTE})(?:data|stringData)(?P=quote)\s*:\s*\{{)[^}}]*"
)
# How each of the above begins. Nearly no text holds one of these, and a single look for a set of
# first letters is many times quicker than four substitutions that find nothing.
_HINT: Final = re.compile(
    r'["eghIFAPBbsr](?:(?<=")|yJ|h[pousr]_|ithub_pat_|v[sbr]\.|QoJb3JpZ2lu|woGZXIvYXdz|QoGZXIvYXdz|'
    r"QoDYXdz|RIVATE KEY|(?i:earer|asic)|(?<=\b[sbr])\.[A-Za-z0-9]{24})"
)


def scrub(text: str) -> str:
    """Replace everything that looks like a secret by ``[redacted]``."""
    return scrub_fully(text) if _HINT.search(text) else text


def scrub_fully(text: str) -> str:
    """Do the same without a first look: what :func:`scrub` is held against."""
    text = _SHAPE.sub(REDACTED, text)
    text = _HEADERS.sub(rf"\1\2{REDACTED}", text)
    text = _SECRET_DATA.sub(rf"\1{REDACTED}", text)
    return _MEMBERS.sub(rf"\1{REDACTED}", text)
