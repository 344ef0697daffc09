"""Runs the emulator for as long as the process that wants it: ``python -m rekey.demo.keeper``.

Standard input is a pipe that nobody writes to. It ends when its other end is closed, and the system
closes that however the demo ends, by signal 9 too.
"""

import os
import sys
import threading


def keep() -> None:
    """Serve until standard input ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve()


def serve() -> None:
    """Serve with a trail that tells what AWS's would."""
    from ministack import app

    from rekey.demo.trail import Trail, trailed

    app.app = trailed(app.app, Trail())
    sys.argv = ["ministack"]
    app.main()


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(0)


if __name__ == "__main__":
    keep()
