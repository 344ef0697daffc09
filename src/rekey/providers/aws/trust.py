"""Trust policies: closed to whoever opened a session, and whom they still let in.

An opener is written as one line of text: the ARN of a user or role; the ARN of a provider, a blank
and the subject of the identity token; or the name of a service.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rekey.providers.aws.cut_policy import statements
from rekey.providers.aws.trail import Event

_OIDC: Final = ":oidc-provider/"
_WEB: Final = "sts:AssumeRoleWithWebIdentity"
_WILD: Final = re.compile(r"[*?]")


def opener_of(event: Event) -> str | None:
    """Write down who opened a session; ``None`` where CloudTrail names nobody."""
    if event.subject and event.principal:
        return f"{event.principal} {event.subject}"
    return event.principal or event.invoked_by or None


def provider_of(opener: str) -> tuple[str, str] | None:
    """Give the ARN of an OpenID Connect provider and the subject, if the opener came with a token."""
    arn, _, subject = opener.partition(" ")
    return (arn, subject) if _OIDC in arn and subject else None


def is_principal(opener: str) -> bool:
    """Say whether the opener is a user or role."""
    return opener.startswith("arn:") and (":user/" in opener or ":role/" in opener)


def closable(opener: str) -> bool:
    """Say whether a trust policy can be closed to an opener."""
    return is_principal(opener) or provider_of(opener) is not None


def worded(opener: str) -> str:
    """Name an opener to people: a token by its subject alone."""
    held = provider_of(opener)
    return held[1] if held else opener


def denials(openers: Sequence[str], mark: str) -> list[dict[str, Any]]:
    """Write the statements that close a role to its openers, under marks that begin with ``mark``.

    Users and roles are named in a condition: a principal would be stored as a unique id, which a
    deletion turns into an invalid policy.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    arns = sorted(one for one in openers if is_principal(one))
    found: list[dict[str, Any]] = []
    if arns:
        found.append({
            "Sid": mark, "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": {"ArnEquals": {"aws:PrincipalArn": arns[0] if len(arns) == 1 else arns}},
        })  # fmt: skip
    for number, (arn, subject) in enumerate(sorted(filter(None, map(provider_of, openers)))):
        found.append({
            "Sid": f"{mark}Web{number}", "Effect": "Deny", "Principal": {"Federated": arn},
            "Action": _WEB, "Condition": {"StringEquals": {f"{host_of(arn)}:sub": subject}},
        })  # fmt: skip
    return found


def providers_in(trust: Mapping[str, Any]) -> list[str]:
    """Give the OpenID Connect providers whose tokens a trust policy takes."""
    found = [
        str(arn) for one in statements(trust) if one.get("Effect") == "Allow"
        for arn in _many((one.get("Principal") or {}), "Federated") if _OIDC in str(arn)
    ]  # fmt: skip
    return list(dict.fromkeys(found))


def still_open(
    openers: Sequence[str], role: str, trust: Mapping[str, Any], nobody: Sequence[str] = ()
) -> str | None:
    """Say how the next session can be opened although the openers are denied.

    Args:
        openers: as :func:`opener_of` writes them.
        role: whose trust policy it is; its name.
        trust: the policy.
        nobody: ids of sessions of which nobody knows who opened them.
    """
    ways = [way for one in openers if (way := _way(one, role, trust))]
    if not openers:
        return "nobody knows who opened it: whoever did may do it again"
    ways += [f"nobody knows who opened {one}: whoever did may do it again" for one in nobody]
    return "; ".join(dict.fromkeys(ways)) or None


def _way(opener: str, role: str, trust: Mapping[str, Any]) -> str | None:
    if is_principal(opener):
        return None
    if held := provider_of(opener):
        arn, subject = held
        others = [one for one in _admitted(trust, arn) if _WILD.search(one) and _like(one, subject)]
        if others:
            return (
                f"the trust of {role} also takes other subjects of {host_of(arn)}, as "
                f"{', '.join(others)}: name them (playbook aws_federation_trust)"
            )
        return None
    return _BY_SERVICE.get(opener) or f"{opener} opens the next one: close the way there"


_BY_SERVICE: Final = {
    "ec2.amazonaws.com": "the instance fetches the next one: isolate it, and require IMDSv2",
    "rolesanywhere.amazonaws.com": "the certificate opens the next one: import a revocation list, or "
    "disable its profile or trust anchor (aws rolesanywhere import-crl, disable-profile)",
    "eks-auth.amazonaws.com": "the pod's association gives the next one: delete the pod, or the "
    "association (aws eks delete-pod-identity-association)",
    "pods.eks.amazonaws.com": "the pod's association gives the next one: delete the pod, or the "
    "association (aws eks delete-pod-identity-association)",
}  # fmt: skip


def _admitted(trust: Mapping[str, Any], provider: str) -> Iterator[str]:
    """Give the subjects of a provider that a trust policy admits; ``*`` where it names none."""
    key = f"{host_of(provider)}:sub".lower()
    for one in statements(trust):
        if one.get("Effect") != "Allow":
            continue
        if provider not in _many(one.get("Principal") or {}, "Federated"):
            continue
        named = [
            str(value) for operator, pairs in (one.get("Condition") or {}).items()
            if operator.startswith(("StringEquals", "StringLike"))
            for name in pairs if name.lower() == key for value in _many(pairs, name)
        ]  # fmt: skip
        yield from named or ["*"]


def host_of(provider: str) -> str:
    """Give the issuer of a provider as condition keys write it: without scheme."""
    return provider.partition(_OIDC)[2]


def _like(pattern: str, value: str) -> bool:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, value) is not None


def _many(found: Any, name: str) -> list[Any]:
    value = found.get(name, []) if isinstance(found, Mapping) else []
    return value if isinstance(value, list) else [value]
