"""The journal: what was decided and done, append-only, hash-chained, and safe against power cuts.

- :mod:`rekey.journal.interface`: entries, heads, and what a journal does
- :mod:`rekey.journal.sqlite`: one file, SQLite from the standard library
- :mod:`rekey.journal.sinks`: heads leave the machine as they happen
- :mod:`rekey.journal.checkpoint`: a signed head for each run
- :mod:`rekey.journal.verify`: is it whole, and up to where can that be known?
"""
