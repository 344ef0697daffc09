"""The servers from which ``replay`` and ``investigate`` read."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from rekey.cli.servers import server
from rekey.errors import RekeyError

_USUAL: Final = timedelta(hours=24)
"""How far back a server is read where nobody says."""

if TYPE_CHECKING:
    from rekey.cli.run_options import RunOptions
    from rekey.replay import Replay


def span(options: "RunOptions", now: datetime) -> tuple[datetime, datetime]:
    """Give the time of which servers are asked: what is to be reported is read in any case.

    Raises:
        RekeyError: ``--from`` lies before what ``--since`` would read.
    """
    end = options.time_to or now
    begin = end - (options.since or _USUAL)
    if options.time_from is None or options.time_from >= begin:
        return begin, end
    if options.since is not None:
        raise RekeyError(
            "--from lies before what --since reads of a server",
            hint="Leave out --since, or let it reach further back, so that baselines can be learned.",
        )
    return options.time_from, end


def read_live(replay: "Replay", options: "RunOptions") -> None:
    """Read what the servers hold of the time that was asked for.

    Raises:
        RekeyError: an address or a credential is wrong, or not all could be read.
    """
    from rekey.cli.run_options import say
    from rekey.sources.live import Span

    asked = Span(*span(options, datetime.now(UTC)))
    if options.elastic:
        from rekey.sources.elastic_alerts import elastic_alerts
        from rekey.sources.elastic_events import ElasticEvents
        from rekey.sources.elasticsearch_client import connect

        where = server("ELASTICSEARCH", options.elastic, options.ca)
        with connect(where) as client:
            events = ElasticEvents(
                client, where.url, asked, options.source, options.namespace or "*"
            )
            replay.read_live(events)
            if options.lineage:
                replay.raised += elastic_alerts(client, asked)
    if options.splunk:
        from rekey.sources.splunk_alerts import splunk_alerts
        from rekey.sources.splunk_client import connect as connect_splunk
        from rekey.sources.splunk_events import SplunkEvents

        where = server("SPLUNK", options.splunk, options.ca)
        service = connect_splunk(where)
        replay.read_live(SplunkEvents(service, where.url, asked, options.source))
        if options.lineage:
            replay.raised += splunk_alerts(service, asked)
    say(replay.loss.notes())
