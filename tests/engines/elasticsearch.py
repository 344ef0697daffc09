"""Elasticsearch: the user's own (``ELASTICSEARCH_URL``), or one that the run starts.

The server refuses to run as root, so that root's runs start it as ``nobody`` and give it a copy of
its files that others may read.
"""

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.engines.found import find, missing
from tests.engines.runs import Server, once

VERSION: Final = "8.19.21"

URL: Final = "ELASTICSEARCH_URL"

_OTHER_USER: Final = "nobody"

_SETTINGS: Final = """\
cluster.name: rekey-tests
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
discovery.type: single-node
path.data: {folder}/data
path.logs: {folder}/logs
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
"""

# The quick compiler alone, for its command line tools: they are over before the thorough one pays off.
_QUICK: Final = "-XX:TieredStopAtLevel=1"

_START_SECONDS: Final = 180


def url(config: pytest.Config) -> str:
    """Address of the Elasticsearch to test against; starts one if need be.

    The test is skipped, or fails, where there is none (:func:`tests.engines.found.missing`).
    """
    if own := os.environ.get(URL):
        return own
    home = find(f"elasticsearch/elasticsearch-{VERSION}")
    if home is None:
        missing("Elasticsearch", f"get it with: make engines, or name your own in {URL}")
    java = java_home()
    if java is None:
        missing("Java 17 for Elasticsearch", "install it, or set JAVA_HOME")
    return once(config, "elasticsearch", lambda folder: start(home, java, folder)).url


def java_home() -> Path | None:
    """``JAVA_HOME``, else the home of the ``java`` on the path."""
    if named := os.environ.get("JAVA_HOME"):
        return Path(named)
    found = shutil.which("java")
    return Path(found).resolve().parents[1] if found else None


def start(home: Path, java: Path, folder: Path) -> Server:
    """Start a server and wait until it answers.

    Args:
        home: the unpacked server.
        java: home of the Java that runs it.
        folder: an empty folder for its configuration, data and logs.

    Raises:
        RuntimeError: it did not start; with the end of what it said.
    """
    http, transport = _free_port(), _free_port()
    shutil.copytree(home / "config", folder / "config")
    settings = _SETTINGS.format(http=http, transport=transport, folder=folder)
    (folder / "config" / "elasticsearch.yml").write_text(settings)
    (folder / "tmp").mkdir()
    user = None
    if os.getuid() == 0:
        user = _OTHER_USER
        home = _readable_copy(home, folder / "home")
        _hand_over(folder, user)
    environment = {
        "PATH": os.environ["PATH"],
        "ES_JAVA_HOME": str(java),
        "ES_JAVA_OPTS": "-Xms512m -Xmx1g",
        "CLI_JAVA_OPTS": _QUICK,
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
    }
    said = folder / "said.txt"
    with said.open("wb") as output:
        # As a daemon it returns when it is ready, and does not stand in our way as a child.
        done = subprocess.run(
            [home / "bin" / "elasticsearch", "-d", "-p", folder / "pid"],
            env=environment, user=user, group=user and pwd.getpwnam(user).pw_gid,
            extra_groups=[] if user else None, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, timeout=_START_SECONDS, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"Elasticsearch did not start:\n{said.read_text()[-4000:]}")
    return Server(f"http://127.0.0.1:{http}", int((folder / "pid").read_text()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _readable_copy(home: Path, copy: Path) -> Path:
    """Give others a way to files that may lie in a folder of root's alone; links cost nothing."""

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copy2(source, target)

    shutil.copytree(home, copy, copy_function=link)
    return copy


def _hand_over(folder: Path, user: str) -> None:
    """Let another user write into a folder, and walk to it."""
    entry = pwd.getpwnam(user)
    folder.parent.chmod(0o755)
    for path in (folder, folder / "tmp", folder / "config", *(folder / "config").rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid)
