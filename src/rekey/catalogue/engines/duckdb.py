"""A rule in the embedded engine: compiled to see that it can be, and not shown.

Its SQL names columns of a store that is planned anew for each run: nobody could use it elsewhere.
"""

from rekey.catalogue.engines.interface import Outcome, Said
from rekey.converters.duckdb.baseline import dormant, first_seen
from rekey.converters.duckdb.hits import hits
from rekey.converters.duckdb.interest import Interest, Shape
from rekey.converters.duckdb.plan import Plans
from rekey.converters.duckdb.windows import firings
from rekey.converters.rule import Rule


def in_duckdb(rule: Rule) -> Outcome:
    """Compile a rule.

    Raises:
        RekeyError: it names what its log source does not have. There is no rule that only the
            embedded engine refuses: it is what rules mean.
    """
    plans = Plans([rule])
    layouts = {source: plans[source].layout for source in rule.sources}
    compiled = hits(rule, layouts, _Nothing())
    if rule.directives.first_seen:
        first_seen(rule.directives.first_seen, compiled.keys)
    elif rule.directives.dormant:
        dormant(rule.directives.dormant, compiled.keys)
    elif rule.correlation:
        firings(rule, compiled.keys)
    return Said("SQL")


class _Nothing:
    """Stands in for the store, of which nothing is read here."""

    def from_clause(
        self, source: str, names: frozenset[str], interest: Interest | None = None
    ) -> str:
        return source

    def alike(self, source: str, shape: Shape) -> str:
        return source
