"""Events from a live Splunk: the export endpoint, which streams all of them.

Sources:
    search/jobs/export, https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTREF/RESTsearch
    SDK, https://dev.splunk.com/enterprise/docs/devtools/python/sdk-python/howtousesplunkpython/howtorunsearchespython
"""

from collections.abc import Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, Final

import orjson

from rekey.converters.registry import LogSourceFields, registry
from rekey.sources.live import LiveError, Loss, Span
from rekey.sources.splunk_client import APP

if TYPE_CHECKING:
    from splunklib.client import Service

_BAD: Final = frozenset({"FATAL", "ERROR"})


class SplunkEvents:
    """The log sources that the registry knows, where the app's macros say they are.

    Args:
        service: the connection, in the context of the app.
        name: how the report calls it.
        span: the time of the events.
        source: only this log source.
    """

    def __init__(self, service: "Service", name: str, span: Span, source: str | None = None) -> None:
        self._service, self.name, self._span = service, name, span
        self._sources = [s for s in registry().values() if source in (None, s.name)]
        self.loss = Loss()

    def lines(self) -> Iterator[bytes]:
        """Yield the raw text of each event: Splunk keeps what was logged."""
        from splunklib.binding import AuthenticationError, HTTPError

        try:
            macros = self._has_app()
            for source in self._sources:
                yield from self._export(source, macros=macros)
        except AuthenticationError as error:
            raise LiveError(
                "Splunk refused our credential", hint="Is SPLUNK_TOKEN valid, and not expired?"
            ) from error
        except HTTPError as error:
            raise LiveError(f"Splunk refused the search ({error.status})") from error
        except (OSError, HTTPException) as error:
            raise LiveError(
                f"the connection to Splunk broke ({type(error).__name__}): nothing is concluded"
                " from a part of the events"
            ) from error

    def _has_app(self) -> bool:
        """Say whether the app is installed, whose macros know the indexes."""
        return any(app.name == APP for app in self._service.apps.list(search=f"name={APP}"))

    def _export(self, source: LogSourceFields, *, macros: bool) -> Iterator[bytes]:
        from splunklib.results import JSONResultsReader, Message

        terms = f"`rekey_{source.name}`" if macros else source.splunk_search
        stream = self._service.jobs.export(
            f"search {terms} | fields _raw",
            earliest_time=self._span.begin.isoformat(), latest_time=self._span.end.isoformat(),
            output_mode="json", preview="false", count=0,
        )  # fmt: skip
        reader = JSONResultsReader(stream)
        for row in reader:
            if isinstance(row, Message):
                if row.type in _BAD:
                    raise LiveError(f"Splunk says of {source.name}: {row.message}")
            elif not reader.is_preview and "_raw" in row:
                yield orjson.dumps({"_raw": row["_raw"]}) + b"\n"
