"""The functions of ``eval`` and ``where`` that the evaluator knows, by subject."""

from tests.spl.functions.addresses import ADDRESSES
from tests.spl.functions.each import EACH
from tests.spl.functions.function import Function
from tests.spl.functions.logic import LOGIC
from tests.spl.functions.multivalue import MULTIVALUE
from tests.spl.functions.numbers import NUMBERS
from tests.spl.functions.text import TEXT
from tests.spl.functions.times import TIMES

__all__ = ["ADDRESSES", "EACH", "LOGIC", "MULTIVALUE", "NUMBERS", "TEXT", "TIMES", "Function"]
