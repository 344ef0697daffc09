"""What ``rekey build elastic`` wrote, as objects to deploy."""

from pathlib import Path
from typing import Any

import orjson

from rekey.deploy.elastic import wanted_rule
from rekey.deploy.interface import Body
from rekey.deploy.templates import plain
from rekey.errors import Place, RekeyError


def read_elastic_package(folder: Path) -> dict[str, Body]:
    """Read the rules and, if there are any, the index templates.

    Raises:
        RekeyError: the folder holds no package.
    """
    file = folder / "rules.ndjson"
    found: dict[str, Body] = {}
    for number, line in enumerate(_bytes(file).splitlines(), 1):
        rule = _object(line, Place(file, number))
        if not isinstance(rule.get("rule_id"), str) or "type" not in rule:
            raise RekeyError("is no rule of Kibana", place=Place(file, number))
        found[f"rule:{rule['rule_id']}"] = wanted_rule(rule)
    for template in sorted((folder / "index_templates").glob("*.json")):
        content = _object(_bytes(template), Place(template))
        found[f"template:{template.stem}"] = plain(content)
    if not found:
        raise RekeyError("holds no rule", place=Place(file))
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RekeyError(
            f"cannot be read: {error.strerror}", place=Place(file),
            hint="`rekey build elastic` writes it; --package names its folder.",
        ) from error  # fmt: skip


def _object(text: bytes, place: Place) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RekeyError("is no JSON", place=place) from error
    if not isinstance(value, dict):
        raise RekeyError("is no object", place=place)
    return value
