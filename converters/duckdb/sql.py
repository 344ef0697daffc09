"""Quoting: the only two ways in which a value or a name enters SQL."""


def literal(value: str) -> str:
    """Quote a string. NUL cannot stand in a DuckDB literal and is written with chr()."""
    parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\0")]
    return "(" + " || chr(0) || ".join(parts) + ")" if len(parts) > 1 else parts[0]


def name(identifier: str) -> str:
    """Quote an identifier; raw field names are column names as they are."""
    return '"' + identifier.replace('"', '""') + '"'
