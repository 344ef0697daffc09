"""What is shipped: the wheel and the sdist carry engine, content and plugin, each once."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import pytest

import rekey
from rekey.pack import shipped_pack

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist, in a folder that other workers do not share."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> set[str]:
    (file,) = built.glob("*.whl")
    return set(zipfile.ZipFile(file).namelist())


@pytest.fixture(scope="session")
def sdist(built: Path) -> set[str]:
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        return {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}


def test_versions_agree() -> None:
    assert rekey.__version__ == version("rekey")


def test_the_wheel_holds_only_our_names(wheel: set[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in wheel}
    assert tops == {"rekey", "sigma", f"rekey-{rekey.__version__}.dist-info"}
    # An __init__.py of ours would hide all other pySigma plugins.
    plugin = {name for name in wheel if name.startswith("sigma/") and name.endswith(".py")}
    assert plugin == {"sigma/backends/rekey/__init__.py", "sigma/pipelines/rekey/__init__.py"}


def test_the_wheel_holds_every_module_and_its_data(wheel: set[str]) -> None:
    for room, inside in (("src/rekey", "rekey"), ("converters", "rekey/converters"),
                         ("enrichers", "rekey/enrichers")):  # fmt: skip
        for file in (ROOT / room).rglob("*"):
            if file.is_file() and not file.is_symlink() and "__pycache__" not in file.parts:
                assert f"{inside}/{file.relative_to(ROOT / room).as_posix()}" in wheel


def test_the_wheel_holds_the_content(wheel: set[str]) -> None:
    pack = shipped_pack()
    for path in pack.rule_files():
        assert f"rekey/pack/rules/{path}.yml" in wheel
        assert f"rekey/pack/fixtures/{path}/match.ndjson" in wheel
    for playbook in pack.playbooks.glob("*.yml"):
        assert f"rekey/pack/playbooks/{playbook.name}" in wheel


def test_the_sdist_can_be_worked_with(sdist: set[str]) -> None:
    assert {
        "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE",
        "pyproject.toml", "docs/rule-standard.md", "tests/conftest.py",
    } <= sdist  # fmt: skip


def test_installed_without_a_checkout_it_finds_its_content(built: Path, tmp_path: Path) -> None:
    (file,) = built.glob("*.whl")
    shutil.unpack_archive(file, tmp_path, "zip")
    code = "from rekey.content import content; print(content('rules'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == tmp_path / "rekey" / "pack" / "rules"
