"""Events from a live Splunk: the export endpoint, which streams all of them.

An export is one JSON object a line; the last row of a set of results is marked ``lastrow``, without
which an answer is not whole.

Sources:
    search/jobs/export, https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTREF/RESTsearch
    SDK, https://dev.splunk.com/enterprise/docs/devtools/python/sdk-python/howtousesplunkpython/howtorunsearchespython
"""

from collections.abc import Iterable, Iterator
from http.client import HTTPException
from io import BufferedReader
from typing import TYPE_CHECKING, Any, Final

import orjson

from rekey.converters.registry import LogSourceFields, registry
from rekey.sources.live import LiveError, Loss, Span
from rekey.sources.splunk_client import APP, entries

if TYPE_CHECKING:
    from splunklib.client import Service

_BROKEN: Final = "Splunk's answer broke off, and nothing is concluded from a part of the events"
_BAD: Final = frozenset({"FATAL", "ERROR"})


class SplunkEvents:
    """The log sources that the registry knows, where the app's macros say they are.

    Args:
        service: the connection, in the context of the app.
        name: how the report calls it.
        span: the time of the events.
        source: only this log source.
    """

    def __init__(
        self, service: "Service", name: str, span: Span, source: str | None = None
    ) -> None:
        self._service, self.name, self._span = service, name, span
        self._sources = [s for s in registry().values() if source in (None, s.name)]
        self.loss = Loss()

    def lines(self) -> Iterator[bytes]:
        """Yield the raw text of each event: Splunk keeps what was logged."""
        from splunklib.binding import AuthenticationError, HTTPError

        try:
            macros = (
                entries(self._service, f"apps/local/{APP}") is not None
            )  # they know the indexes
            for source in self._sources:
                yield from self._export(source, macros=macros)
        except AuthenticationError as error:
            raise LiveError(
                "Splunk refused our credential", hint="Is SPLUNK_TOKEN valid, and not expired?"
            ) from error
        except HTTPError as error:
            raise LiveError(f"Splunk refused the search ({error.status})") from error
        except (OSError, HTTPException) as error:
            raise LiveError(f"{_BROKEN} ({type(error).__name__})") from error
        except (orjson.JSONDecodeError, AttributeError, TypeError) as error:
            raise LiveError(f"{_BROKEN}: it is no stream of results") from error

    def _export(self, source: LogSourceFields, *, macros: bool) -> Iterator[bytes]:
        terms = f"`rekey_{source.name}`" if macros else source.splunk_search
        stream = self._service.jobs.export(
            f"search {terms} | fields _raw",
            earliest_time=self._span.begin.isoformat(),
            latest_time=self._span.end.isoformat(),
            output_mode="json",
            preview="false",
            count=0,
        )
        # The SDK's own reader takes the whole answer into memory, and does not tell its end.
        is_whole = False
        for line in BufferedReader(stream):
            if not line.strip():
                continue
            row = orjson.loads(line)
            _check(row.get("messages", ()), source)
            if "messages" not in row and not row.get("preview"):
                is_whole = row.get("lastrow", False)
                if "_raw" in row.get("result", {}):
                    yield orjson.dumps({"_raw": row["result"]["_raw"]}) + b"\n"
        if not is_whole:
            raise LiveError(f"{_BROKEN}: {source.name} has no last row")


def _check(messages: Iterable[dict[str, Any]], source: LogSourceFields) -> None:
    for message in messages:
        if message.get("type") in _BAD:
            raise LiveError(f"Splunk says of {source.name}: {message.get('text')}")
