"""How each name of a rule is read in Splunk: extracted fields, and fields that macros compute.

What the pipeline computes is called ``rekey_<name>``, so that it needs no quotes and never stands in
the way of an extracted field. Each derived field and role of a source is a macro that holds one
expression, ``rekey_<source>_<name>``: a site can read it, and change it in one place.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rekey.converters.registry import COMMON_DERIVED, Expression, LogSourceFields
from rekey.converters.splunk.condition import ABSENT, Column
from rekey.converters.splunk.pipeline import splunk_name
from rekey.converters.splunk.quoting import field, slug
from rekey.converters.splunk.unsupported import NotInSplunkError

ORIGIN = ("origin.network", "origin.scope")
EXPECTED = "origin.expected"


def computed(name: str) -> str:
    """Give the field in which the pipeline keeps a derived field or role."""
    return f"rekey_{slug(name)}"


def macro(source: LogSourceFields, name: str) -> str:
    """Give the macro that computes a derived field or role of a source."""
    return f"rekey_{source.name}_{slug(name)}"


@dataclass(frozen=True)
class Fields:
    """The names of one source."""

    source: LogSourceFields

    def column(self, name: str) -> Column:
        """Say how a name is read, once :meth:`evals` has run.

        Raises:
            NotInSplunkError: nobody knows the name.
        """
        if name in self.source.fields:
            own = [field(each) for each in self.extracted(name)]
            spl = own[0] if len(own) == 1 else f"coalesce({', '.join(own)})"
            filled = self.source.fields[name].splunk_filled
            absent = (*ABSENT, filled) if filled else ABSENT
            return Column(spl, self.source.is_array(name), absent)
        self.check(name)
        return Column(computed(name))

    def extracted(self, name: str) -> tuple[str, ...]:
        """Give the extracted fields that may hold a raw field, and that the first search may ask for.

        The first one that an event has is the value: where an add-on keeps it elsewhere, its own name
        holds something else.
        """
        if name not in self.source.fields:
            return ()
        kept = self.source.fields[name].splunk_kept
        return (*([kept] if kept else []), splunk_name(self.source, name))

    def check(self, name: str) -> None:
        """Refuse a name that Splunk cannot compute.

        Raises:
            NotInSplunkError: with the reason.
        """
        if name in self.source.fields:
            return
        if name in COMMON_DERIVED:
            needed = ["origin.ip", *(["actor.id"] if name == EXPECTED else [])]
            for part in needed:
                self.check(part)
            return
        self.expression(name)

    def expression(self, name: str) -> str:
        """Compile the expression of a derived field or role.

        Raises:
            NotInSplunkError: the registry has none for Splunk.
        """
        role = self.source.derived.get(name) or self.source.roles.get(name)
        if role is None:
            raise NotInSplunkError(f"{self.source.title} has no field {name}")
        if isinstance(role, Expression):
            if role.splunk is None:
                raise NotInSplunkError(
                    f"the field {name} of {self.source.title} cannot be computed in Splunk"
                )
            text = " ".join(role.splunk.split())
        else:
            parts = [self._part(part) for part in self._told(role)]
            text = parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
        if name == "actor.kind" and "actor.id" in self.source.roles:
            return f"coalesce(`rekey_site_actor_kind`, {text})"
        return text

    def _told(self, role: tuple[str, ...]) -> tuple[str, ...]:
        """Give the parts of a role that Splunk can compute; all of them, if it can compute none."""
        derived = {part: self.source.derived.get(part) for part in role}
        told = (p for p, e in derived.items() if not isinstance(e, Expression) or e.splunk)
        return tuple(told) or role

    def _part(self, name: str) -> str:
        if name not in self.source.fields:
            self.check(name)
            return f"`{macro(self.source, name)}`"
        column = self.column(name)
        return present(column, f"mvindex({column.spl}, 0)" if column.is_array else column.spl)

    def steps(self, names: Iterable[str]) -> list[str]:
        """Give the commands that compute what the names need, in order.

        Raises:
            NotInSplunkError: a name that Splunk cannot compute.
        """
        wanted = sorted(name for name in set(names) if name not in self.source.fields)
        common = [name for name in wanted if name in COMMON_DERIVED]
        own = {name for name in wanted if name not in COMMON_DERIVED}
        own |= {"origin.ip"} if common else set()
        if "actor.kind" in own or EXPECTED in common:
            own |= {"actor.id"} & self.source.roles.keys()
        for name in wanted:
            self.check(name)
        # The site's word on an actor's kind looks at rekey_actor_id: it comes first.
        ordered = sorted(own, key=lambda name: (name not in ("actor.id", "origin.ip"), name))
        evals = [f"{computed(name)}=`{macro(self.source, name)}`" for name in ordered]
        steps = [f"| eval {', '.join(evals)}"] if evals else []
        if any(name in ORIGIN for name in common):
            steps.append("| `rekey_origin`")
        if EXPECTED in common:
            steps.append("| `rekey_egress`")
        return steps

    def macros(self, names: Iterable[str]) -> dict[str, str]:
        """Give the macros behind some names: name → expression."""
        made: dict[str, str] = {}
        todo = [name for name in names if name not in self.source.fields]
        while todo:
            name = todo.pop()
            if name in COMMON_DERIVED:
                todo += [part for part in ("origin.ip", "actor.id") if part in self.source.roles]
            elif macro(self.source, name) not in made:
                made[macro(self.source, name)] = self.expression(name)
                todo += self._below(name)
        return made

    def _below(self, name: str) -> list[str]:
        role = self.source.derived.get(name) or self.source.roles.get(name)
        parts = (
            [part for part in self._told(role) if part not in self.source.fields]
            if isinstance(role, tuple)
            else []
        )
        if name == "actor.kind" and "actor.id" in self.source.roles:
            parts.append("actor.id")
        return parts


def present(column: Column, spl: str) -> str:
    """Make an absent value of a column null."""
    for text in column.absent:
        spl = f'nullif({spl}, "{text}")'
    return spl
