"""From what the user said to a connected target and what is wanted there."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rekey.cli.deploy.options import DEFAULTS, Servers
from rekey.cli.servers import server
from rekey.errors import RekeyError

if TYPE_CHECKING:
    from rekey.deploy.elastic import Elastic
    from rekey.deploy.interface import Body
    from rekey.deploy.templates import Templates


@contextmanager
def elastic(where: Servers) -> "Iterator[Elastic]":
    """Connect to Kibana, and to Elasticsearch once it is needed.

    Raises:
        RekeyError: an address or a credential is wrong.
    """
    from rekey.deploy.elastic import Elastic
    from rekey.deploy.kibana import Kibana

    if quote(where.space, safe="") != where.space:
        raise RekeyError("the name of a space holds small letters, digits, - and _ only")
    kibana = server("KIBANA", where.url, where.ca)
    with ExitStack() as open_, Kibana(kibana, where.space) as connection:

        def templates() -> "Templates":
            return _templates(where, open_)

        yield Elastic(connection, templates, f"{kibana.url} ({where.space})")


def _templates(where: Servers, open_: ExitStack) -> "Templates":
    from rekey.deploy.templates import Templates
    from rekey.sources.elasticsearch_client import connect

    if where.elasticsearch is None:
        raise RekeyError(
            "the package holds index templates, which go to Elasticsearch",
            hint="Name it with --elasticsearch URL.",
        )
    client = connect(server("ELASTICSEARCH", where.elasticsearch, where.ca))
    return Templates(open_.enter_context(client))


def package(folder: Path | None) -> "dict[str, Body]":
    """Read what was built for Elastic."""
    from rekey.deploy.elastic_package import read_elastic_package

    return read_elastic_package(folder or DEFAULTS["elastic"])
