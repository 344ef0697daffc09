"""``rekey rules mutate``: does some fixture hold every value of a rule in place?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import cell, console
from rekey.errors import ExitCode

if TYPE_CHECKING:
    from rekey.fixtures.mutate import MutationResult


@click.command()
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@pack_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def mutate(rules: tuple[str, ...], folders: tuple[Path, ...], form: str) -> int:
    """Drop and negate every value of a rule in turn; some fixture must notice.

    A change that nobody notices is a condition that nobody tests. Mend it with a fixture that
    differs in that value, or explain it under x-rekey.survivors. Exit code 1 says that there are
    unexplained ones.
    """
    from rekey.fixtures.mutate import check_mutations
    from rekey.fixtures.wanted import wanted_fixtures

    everything, fixtures = wanted_fixtures(all_packs(folders), rules, own=bool(folders))
    wanted = {fixture.rule.path for fixture in fixtures}
    subjects = [rule for rule in everything.rules if rule.path in wanted]
    results = list(check_mutations(subjects, fixtures))
    if form == "json":
        _print_json(results)
    else:
        _print_text(results)
    bad = any(result.survivors or result.stale for result in results)
    return ExitCode.FINDINGS if bad else ExitCode.OK


def _print_text(results: "list[MutationResult]") -> None:
    from rekey.report.words import plural

    out = console()
    for result in results:
        for survivor in result.survivors:
            out.print(cell(result.rule.path, "bold"), cell("nobody notices:", "red"), survivor)
        for stale in result.stale:
            out.print(cell(result.rule.path, "bold"), cell("explained, but noticed:"), stale)
    mutants = sum(result.mutants for result in results)
    survivors = sum(len(result.survivors) for result in results)
    explained = sum(len(result.explained) for result in results)
    out.print(
        f"{plural(len(results), 'rule')}, {plural(mutants, 'change')}: {mutants - survivors - explained} noticed, "
        f"{explained} explained, {survivors} unnoticed"
    )


def _print_json(results: "list[MutationResult]") -> None:
    import orjson

    report = [
        {
            "rule": result.rule.path,
            "mutants": result.mutants,
            "survivors": list(result.survivors),
            "explained": list(result.explained),
            "stale": list(result.stale),
        }
        for result in results
    ]
    click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2))
