"""What several of these tests look at is worked out once."""

from pathlib import Path

import pytest

from rekey.case import Case, Investigation
from tests.investigate.runs import INCIDENT, OWNERS, QUIET, investigated, learn


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a month of ordinary logs taught."""
    return learn(tmp_path_factory.mktemp("learned") / "state")


@pytest.fixture(scope="session")
def incident(learned: Path) -> Investigation:
    """The shipped incident, investigated."""
    logs, site = INCIDENT / "logs", INCIDENT / "site.yml"
    return investigated(logs, site=site, state=learned, owners=OWNERS)


@pytest.fixture(scope="session")
def case(incident: Investigation) -> Case:
    """The one case of the shipped incident."""
    (found,) = incident.cases
    return found


@pytest.fixture(scope="session")
def quiet(learned: Path) -> Investigation:
    """The busy week in which nothing is wrong, investigated."""
    return investigated(QUIET / "logs", site=QUIET / "site.yml", state=learned, owners=OWNERS[:2])
