"""Event sources: raw events in, whatever they are packed and wrapped in."""

from rekey.sources.digest import digest
from rekey.sources.files import FileIntake
from rekey.sources.interface import (
    EventSource,
    InputFile,
    IntakeResult,
    Limits,
    Reason,
    Rejected,
    Segment,
)
from rekey.sources.redact import redact_document
from rekey.sources.rejects import RejectLog
from rekey.sources.scrub import scrub

__all__ = [
    "EventSource",
    "FileIntake",
    "InputFile",
    "IntakeResult",
    "Limits",
    "Reason",
    "RejectLog",
    "Rejected",
    "Segment",
    "digest",
    "redact_document",
    "scrub",
]
