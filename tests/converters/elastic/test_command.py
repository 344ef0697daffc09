"""``rekey build elastic`` as a user runs it."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from rekey.cli.build.elastic import elastic
from rekey.cli.main import run as main

SITE = """
version: 1
networks:
  - {cidr: 203.0.113.0/24, name: office, scope: internal}
exclusions:
  - id: velero
    logsource: {product: kubernetes, service: audit}
    fields: {user.username: "system:serviceaccount:velero:velero"}
    rules: all
    owner: platform@example.com
    reason: backup
    expires: %s
"""


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(elastic, [str(arg) for arg in args], standalone_mode=False)
    if result.exception:
        raise result.exception
    return int(result.return_value or 0), result.output


def rules(folder: Path) -> dict[str, dict[str, object]]:
    lines = (folder / "rules.ndjson").read_bytes().splitlines()
    return {rule["rule_id"]: rule for rule in map(orjson.loads, lines)}


def test_the_group_is_part_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "elastic", "--help"]) == 0
    assert "rules.ndjson" in capsys.readouterr().out


def test_it_writes_rules_and_says_what_it_could_not(tmp_path: Path) -> None:
    code, output = run("--out", tmp_path)
    assert code == 0
    unsupported = orjson.loads((tmp_path / "unsupported.json").read_bytes())
    for path, reason in unsupported.items():
        assert f"unsupported: {path}: {reason}" in output
    assert rules(tmp_path)


def test_enabling_is_a_wish(tmp_path: Path) -> None:
    run("--out", tmp_path, "--enable")
    assert all(rule["enabled"] is True for rule in rules(tmp_path).values())


@pytest.mark.parametrize(("expires", "excluded"), [("2099-01-01", True), ("2020-01-01", False)])
def test_exceptions_of_the_site_are_in_the_rules_until_they_expire(
    tmp_path: Path, expires: str, excluded: bool
) -> None:
    site = tmp_path / "site.yml"
    site.write_text(SITE % expires)
    _, output = run("--out", tmp_path / "out", "--site", site)
    kubernetes = [r for r in rules(tmp_path / "out").values() if "Kubernetes" in str(r["tags"])]
    held = ["velero:velero" in orjson.dumps(rule).decode() for rule in kubernetes]
    assert kubernetes
    assert (all(held), any(held)) == (excluded, excluded)
    if excluded:
        ends = ["2099-01-02T00:00:00.000Z" in orjson.dumps(rule).decode() for rule in kubernetes]
        assert all(ends)
    assert ("expired" in output) is not excluded


def test_raw_logs_get_their_index_templates(tmp_path: Path) -> None:
    run("--out", tmp_path, "--schema", "raw")
    template = orjson.loads((tmp_path / "index_templates/rekey-aws_cloudtrail.json").read_bytes())
    assert template["index_patterns"] == ["rekey-aws_cloudtrail-*"]
    assert template["template"]["mappings"]["dynamic"] is False


def test_the_versions_of_the_shipped_rules_are_right() -> None:
    """Where this fails, rules changed: `rekey build elastic --update-versions` raises them."""
    code, output = run("--check")
    assert (code, output.splitlines()[-1]) == (0, "0 rules changed"), output


def test_a_folder_that_cannot_be_written_is_an_error_with_its_place(tmp_path: Path) -> None:
    from rekey.errors import RekeyError

    (tmp_path / "file").write_text("")
    with pytest.raises(RekeyError, match="file"):
        run("--out", tmp_path / "file" / "out")
