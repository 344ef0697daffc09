"""A process that reads files beside others: see :mod:`rekey.sources.processes`.

Takes a batch from standard input. Writes, a line each, how many bytes it has read since the last one,
and in the end its answer. Without an answer it has failed, and whoever asked reads the files himself.
"""

import sys

from rekey.converters.registry import registry
from rekey.sources.batch import Answer, Batch, name_of
from rekey.sources.recognise import Recogniser
from rekey.sources.rejects import RejectLog
from rekey.sources.spool import Spool
from rekey.sources.tolerant import TolerantReader


def read(batch: Batch) -> Answer:
    """Read the files of a batch.

    Raises:
        RekeyError: the folder cannot be written.
    """
    sources, limits = registry(), batch.limits
    recogniser = Recogniser(sources, batch.source, limits.wrapper_depth)
    kept = batch.folder / f"{batch.name}.rejects.ndjson" if batch.keeps_rejects else None
    spool = Spool(batch.folder, batch.name)
    with RejectLog(kept) as rejects:
        reader = TolerantReader(sources, recogniser, limits, rejects, _tell)
        files = tuple(
            reader.read_file(name_of(each.name), each.path, each.number, batch.part, spool)
            for each in batch.files
        )
        spool.flush()
    return Answer(
        files=files, segments=spool.segments, rejected=rejects.part(), left=reader.budget.left
    )


def _tell(amount: int) -> None:
    sys.stdout.write(f"{amount}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    batch = Batch.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.write(read(batch).model_dump_json() + "\n")
