"""``rekey rules test``: every rule proven to fire, and not to fire."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import click

from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import cell, console, table, visible
from rekey.errors import ExitCode

if TYPE_CHECKING:
    from rekey.fixtures.suite import Result


@click.command("test")
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@pack_option
@click.option("--format", "form", type=click.Choice(["table", "json", "junit"]), default="table")
def test_rules(rules: tuple[str, ...], folders: tuple[Path, ...], form: str) -> int:
    """Run rules over fixtures: each must fire on its own, and no other may.

    RULE is a path such as aws/secret_read_first_time, a product, a file or a folder. Without RULE
    all shipped rules are tested, with --pack only those of the pack. Fixtures are always run
    against all rules, so that noise of one on the fixtures of another is seen. Exit code 1 says
    that some fixture failed.
    """
    from rekey.fixtures.suite import run_suite
    from rekey.fixtures.wanted import wanted_fixtures

    everything, fixtures = wanted_fixtures(all_packs(folders), rules, own=bool(folders))
    results = run_suite(fixtures, everything)
    failed = [result for result in results if result.faults]
    if form == "json":
        _print_json(results)
    elif form == "junit":
        _print_junit(results)
    else:
        _print_table(results, failed)
    return ExitCode.FINDINGS if failed else ExitCode.OK


def _print_table(results: "Sequence[Result]", failed: "Sequence[Result]") -> None:
    from rekey.report.words import plural

    out = console()
    if failed:
        made = table("fixture", "what is wrong")
        for result in failed:
            made.add_row(cell(result.fixture.name, "bold"), cell("; ".join(result.faults), "red"))
        out.print(made)
    rules = len({result.fixture.rule.path for result in results})
    fired = sum(result.fixture.must_fire for result in results)
    out.print(
        f"{plural(rules, 'rule')}, {plural(len(results), 'fixture')} ({fired} must fire, {len(results) - fired} must "
        f"not): {len(results) - len(failed)} passed, {len(failed)} failed"
    )


def _print_json(results: "Sequence[Result]") -> None:
    import orjson

    report = [
        {
            "rule": result.fixture.rule.path,
            "fixture": result.fixture.file.name,
            "must_fire": result.fixture.must_fire,
            "alerts": result.alerts,
            "events": result.events,
            "passed": not result.faults,
            "faults": list(result.faults),
        }
        for result in results
    ]
    click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def _print_junit(results: "Sequence[Result]") -> None:
    suite = ElementTree.Element(
        "testsuite", name="rekey rules test", tests=str(len(results)),
        failures=str(sum(bool(result.faults) for result in results)),
    )  # fmt: skip
    for result in results:
        fixture = result.fixture
        case = ElementTree.SubElement(
            suite, "testcase", classname=fixture.rule.path, name=fixture.file.name
        )
        for fault in result.faults:
            ElementTree.SubElement(case, "failure", message=visible(fault))
    ElementTree.indent(suite)
    click.echo(ElementTree.tostring(suite, encoding="unicode", xml_declaration=True))
