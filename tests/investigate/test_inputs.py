"""What was read is named in the report, with a digest where there still is a file."""

from pathlib import Path

from rekey.cli.run_options import RunOptions, opened
from rekey.enrichers.owners import load_owners
from rekey.investigate import investigate
from tests.investigate.records import call
from tests.investigate.runs import NOW, written


def test_a_log_that_is_rotated_away_meanwhile_costs_its_digest_and_nothing_else(
    tmp_path: Path,
) -> None:
    log = written(
        tmp_path / "logs", {"aws_cloudtrail": [call("AKIAIOSFODNN7EXAMPLE", 1, actor="ops")]}
    )
    with opened(RunOptions((str(log),), lineage=True)) as run:
        run.evaluate()
        for file in [log] if log.is_file() else log.iterdir():
            file.unlink()
        found = investigate(run, load_owners((), run.site), NOW)
    (read,) = found.inputs
    assert read.events == 1
    assert read.sha256.startswith("unknown")
