"""What the registry computes of an event, by DuckDB; and names that events of several tests share."""

import re
from typing import Any

import duckdb

from rekey.converters.registry import Expression, LogSourceFields, placeholders

ROLE = "arn:aws:iam::111122223333:role/"
SESSION = "arn:aws:sts::111122223333:assumed-role/"
OIDC = "arn:aws:iam::111122223333:oidc-provider/"
GITHUB = OIDC + "token.actions.githubusercontent.com"
CONTEXT = "userIdentity.sessionContext."


def value(source: LogSourceFields, name: str, event: dict[str, Any]) -> Any:
    """Compute a derived field or a role for one event, given as raw field → value."""
    entry = source.derived.get(name) or source.roles[name]
    assert isinstance(entry, Expression)
    sql = re.sub(r"\{([^{}]+)\}", r'"\1"', entry.duckdb or "")
    columns, given = [], []
    for field in dict.fromkeys(placeholders(entry.duckdb or "")):
        kind = "VARCHAR[]" if source.is_array(field) else "VARCHAR"
        columns.append(f'CAST(? AS {kind}) AS "{field}"')
        given.append(event.get(field))
    query = f"SELECT ({sql}) FROM (SELECT {', '.join(columns)})"
    rows = duckdb.execute(query, given).fetchall()
    return rows[0][0]
