"""``python -m rekey``."""

from rekey.cli import main

main()
