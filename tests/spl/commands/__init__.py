"""The commands that the evaluator knows: an explicit list."""

from typing import Final

from tests.spl.commands.combine import append, multisearch, union
from tests.spl.commands.evaluating import eval_, rex, where
from tests.spl.commands.filtering import dedup, head, search, sort
from tests.spl.commands.generating import addinfo, makeresults
from tests.spl.commands.lookup import inputlookup, lookup, outputlookup
from tests.spl.commands.shaping import bin_, fields, fillnull, mvexpand, rename, table
from tests.spl.commands.stats import eventstats, stats
from tests.spl.commands.streamstats import streamstats
from tests.spl.search import Command

COMMANDS: Final[dict[str, Command]] = {
    "addinfo": addinfo,
    "append": append,
    "bin": bin_,
    "bucket": bin_,
    "dedup": dedup,
    "eval": eval_,
    "eventstats": eventstats,
    "fields": fields,
    "fillnull": fillnull,
    "head": head,
    "inputlookup": inputlookup,
    "lookup": lookup,
    "makeresults": makeresults,
    "multisearch": multisearch,
    "mvexpand": mvexpand,
    "outputlookup": outputlookup,
    "rename": rename,
    "rex": rex,
    "search": search,
    "sort": sort,
    "stats": stats,
    "streamstats": streamstats,
    "table": table,
    "union": union,
    "where": where,
}

GENERATING: Final = {"search", "inputlookup", "makeresults", "multisearch", "union"}
"""Commands that may begin a search."""
