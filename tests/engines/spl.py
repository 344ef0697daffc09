"""Syntax of SPL, after the grammar of pth_03 (https://github.com/teragrep/pth_03).

No Splunk can be had for tests. The grammar's dialect lacks some forms that Splunk documents; those
are checked here, and handed on in a form that it knows.
"""

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.engines.elasticsearch import java_home
from tests.engines.found import find, missing
from tests.spl.pipeline import stages, subsearches

VERSION: Final = "9.4.1"
_DRIVER: Final = Path(__file__).parent / "scripts" / "spl" / "SplCheck.java"
_SECONDS: Final = 300

_STRING: Final = re.compile(r'("(?:[^"\\]|\\.)*")', re.DOTALL)

_STREAMSTATS: Final = (
    "reset_on_change", "reset_before", "reset_after", "current", "window", "time_window", "global",
)  # fmt: skip


def refusals(searches: Sequence[str]) -> list[str]:
    """Parse searches whose macros are written out; one JVM for all of them.

    Returns:
        For each search why the grammar refuses it, or nothing. The test is skipped, or fails,
        where the grammar is not there (:func:`tests.engines.found.missing`).
    """
    jar = find(f"spl/pth_03-{VERSION}.jar")
    if jar is None:
        missing("The SPL grammar")
    java = java_home()
    if java is None:
        missing("Java 17 for the SPL grammar", "install it, or set JAVA_HOME")
    pieces = [(number, piece) for number, s in enumerate(searches) for piece in in_dialect(s)]
    ran = subprocess.run(
        [str(java / "bin" / "java"), "-XX:TieredStopAtLevel=1", "-cp", str(jar), str(_DRIVER)],
        input="".join(f"{piece}\n" for _, piece in pieces),
        capture_output=True, text=True, check=True, timeout=_SECONDS,
    )  # fmt: skip
    found = [""] * len(searches)
    # Behind the answers the JVM may say something of its own.
    answers = ran.stdout.split("\n")[: len(pieces)]
    for (number, piece), answer in zip(pieces, answers, strict=True):
        if answer:
            found[number] = found[number] or f"{answer}: {piece}"
    return found


def in_dialect(search: str) -> list[str]:
    """Write a search in the grammar's dialect: itself, and whatever is parsed apart from it."""
    apart: list[str] = []
    written = []
    for position, stage in enumerate(stages(search)):
        rewrite = _REWRITES.get(stage.command)
        arguments = rewrite(stage.arguments, apart) if rewrite else stage.arguments
        if arguments is None:
            continue
        implied = position == 0 and stage.command == "search"
        written.append(arguments if implied else f"{stage.command} {arguments}".strip())
        if position == 0 and not implied:
            written.insert(0, "")
    joined = " | ".join(written).strip()
    return [re.sub(r"\s*\n\s*", " ", piece) for piece in (joined, *apart) if piece]


def _lookup(arguments: str, apart: list[str]) -> None:
    """The lexer knows no pipe behind a lookup: it is parsed as the last command of a search."""
    apart.append(f"index=x | lookup {arguments.replace(',', ' ')}")


def _streamstats(arguments: str, apart: list[str]) -> str:
    """Options in the order in which the documentation lists them; no commas behind them."""
    options = dict(re.findall(r"\b([a-z_]+)=(\([^()]*\)|[^\s(]+)", arguments.split(" by ")[0]))
    rest = re.sub(r"\b[a-z_]+=(\([^()]*\)|[^\s(]+)", "", arguments)
    given = [f"{name}={options[name]}" for name in _STREAMSTATS if name in options]
    return " ".join([*given, rest.replace(",", " ")])


def _dedup(arguments: str, apart: list[str]) -> str:
    """Options behind the fields."""
    return re.sub(r"^(keepempty=\S+)\s+(.*)$", r"\2 \1", arguments)


def _bin(arguments: str, apart: list[str]) -> str:
    """Options before the field."""
    return re.sub(r"^(\S+)\s+(span=\S+)", r"\2 \1", arguments)


def _inputlookup(arguments: str, apart: list[str]) -> str:
    """Conditions are search terms of their own."""
    name, _, terms = arguments.partition(" where ")
    apart.extend([f"index=x ({terms})"] if terms else [])
    return name


def _expression(arguments: str, apart: list[str]) -> str:
    """Writes an expression in the dialect's words.

    ``x IN (…)`` is ``in(x, …)``, a minus before a number stands alone, and functions that it lacks,
    or knows with two arguments only, are replaced by others that take as many.
    """
    pieces = _STRING.split(arguments)
    for index in range(0, len(pieces), 2):
        piece = re.sub(r"('[^']+'|\b(?!NOT\b)\w+)\s+IN\s*\(", r"in(\1, ", pieces[index])
        piece = re.sub(r"([\w)'])-(\d)", r"\1 - \2", piece)
        piece = re.sub(r"\btrim\((\w+)\)", r"lower(\1)", piece)
        pieces[index] = re.sub(r"\b(mvmap|sha512)\(", "coalesce(", piece)
    return "".join(pieces)


def _aggregations(arguments: str, apart: list[str]) -> str:
    """Expressions inside aggregations are parsed apart."""
    found = re.search(r"\beval\(", arguments)
    while found:
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(arguments[end], 0)
            end += 1
        inner = _expression(arguments[found.end() : end - 1], apart)
        apart.append(
            f"index=x | eval z=if({inner}, 1, 0)"
            if _is_condition(inner)
            else f"index=x | eval z={inner}"
        )
        arguments = f"{arguments[: found.start()]}z{arguments[end:]}"
        found = re.search(r"\beval\(", arguments)
    return arguments


def _is_condition(expression: str) -> bool:
    return not re.match(r"(if|case|coalesce)\(", expression)


def _subsearches(arguments: str, apart: list[str]) -> str:
    """Subsearches are searches of their own."""
    found = subsearches(arguments)
    for inner in found:
        apart.extend(in_dialect(inner))
    return " ".join("[search index=x]" for _ in found)


_REWRITES: Final[dict[str, Callable[[str, list[str]], str | None]]] = {
    "bin": _bin,
    "dedup": _dedup,
    "eval": _expression,
    "eventstats": _aggregations,
    "stats": _aggregations,
    "inputlookup": _inputlookup,
    "where": _expression,
    "lookup": _lookup,
    "streamstats": _streamstats,
    "append": _subsearches,
    "multisearch": _subsearches,
    "union": _subsearches,
}
