"""The fields by which events are grouped, the value that is looked at, and who stands behind them.

An event whose group key or value is absent takes no part. A field that may hold several values takes
part once for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rekey.converters.rule import Kind, Rule
from rekey.converters.splunk.events import STEP, source_of
from rekey.converters.splunk.fields import Fields, present
from rekey.converters.splunk.quoting import slug
from rekey.converters.splunk.unsupported import NotInSplunkError

VALUE: Final = "rekey_value"
SAME: Final = "rekey_same"
"""Field in which two results of a rule on single events agree when one alert is enough."""
ENTITIES: Final[Mapping[str, str]] = {
    "actor": "actor.id", "credential": "credential.id", "target": "target.id", "origin": "origin.ip",
}  # fmt: skip
"""Entity of an alert → the role that gives it, unless the rule names another field."""

_TEMPLATES: Final = (
    # A secret's ARN ends in six random characters and is the same secret as its plain name.
    (r"^arn:aws[a-z-]*:secretsmanager:[^:]*:[0-9]*:secret:(.+)-[A-Za-z0-9]{6}$", r"\1"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "*"),
    # What a ReplicaSet and its pods append to the name of a Deployment.
    (r"-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$", "-*"),
)
"""Parts of a value that change by themselves and would make every sighting a new one."""


@dataclass(frozen=True)
class Keys:
    """Group keys and value of a stateful rule."""

    rule: Rule

    @property
    def names(self) -> tuple[str, ...]:
        """Fields of the pipeline that hold the group keys."""
        correlation = self.rule.correlation
        return tuple(
            f"rekey_by_{slug(key)}" for key in (correlation.group_by if correlation else ())
        )

    @property
    def by(self) -> str:
        """The group keys, as a ``by`` clause lists them."""
        return " ".join(self.names)

    @property
    def needed(self) -> set[str]:
        """Names of the rule's fields that keys and value rest on."""
        found = {name for base in self.rule.bases for name in self.rule.group_fields(base)}
        value = self.rule.correlation.field if self.rule.correlation else None
        return found | ({value} if value else set())

    def named(self) -> list[str]:
        """Compute keys and value, and drop events that lack one."""
        computed = self._computed()
        wanted = [*self.names, *([VALUE] if VALUE in computed else [])]
        return [
            "| eval " + ", ".join(f"{name}={spl}" for name, (spl, _) in computed.items()),
            "| where " + " AND ".join(f"isnotnull({name})" for name in wanted),
        ]

    @property
    def computed(self) -> tuple[str, ...]:
        """Fields that :meth:`named` makes and :meth:`expanded` reads."""
        steps = [f"{STEP}{i}" for i in range(len(self.rule.bases))] if self.flagged else []
        return (*self._computed(), *steps)

    def expanded(self) -> list[str]:
        """Make one row for each value of a field that may hold several."""
        lines = [
            f"| mvexpand {name}" for name, (_, is_array) in self._computed().items() if is_array
        ]
        lines += self._steps() if self.has_aliases else []
        if self.rule.kind is Kind.FIRST_SEEN:
            lines.append(f"| eval {VALUE}={_template(VALUE)}")
        return lines

    @property
    def entities(self) -> tuple[str, ...]:
        """Entities that an event names."""
        return tuple(entity_fields(self.rule))

    @property
    def has_aliases(self) -> bool:
        """Say whether base rules are grouped by different fields."""
        return len({self.rule.group_fields(base) for base in self.rule.bases}) > 1

    @property
    def flagged(self) -> bool:
        """Say whether the rule has to know which base rules an event matches."""
        return self.rule.kind in (Kind.TEMPORAL, Kind.TEMPORAL_ORDERED) or self.has_aliases

    def _computed(self) -> dict[str, tuple[str, bool]]:
        """Give key or value → its expression, and whether it may hold several values."""
        known = Fields(source_of(self.rule.bases))
        made = self._keys(known)
        value = self.rule.correlation.field if self.rule.correlation else None
        if value:
            made[VALUE] = (_read(known, value), _is_array(known, value))
        return made

    def _keys(self, known: Fields) -> dict[str, tuple[str, bool]]:
        """Give key → its expression, and whether it may hold several values."""
        columns = zip(*(self.rule.group_fields(base) for base in self.rule.bases), strict=True)
        made: dict[str, tuple[str, bool]] = {}
        for key, fields in zip(self.names, columns, strict=True):
            prefix = "" if made else _context(known)
            if len(set(fields)) == 1:
                read = prefix + _read(known, fields[0])
                made[key] = (read, _is_array(known, fields[0]))
                continue
            own = [_own(key, i) for i in range(len(fields))]
            for i, name in enumerate(fields):
                made[own[i]] = (f"if({STEP}{i}=1, {prefix}{_read(known, name)}, null())", False)
            # No null may stand in the list: each place falls back to another base rule's key.
            turned = (f"coalesce({', '.join(own[i:] + own[:i])})" for i in range(len(own)))
            made[key] = (f"mvdedup(mvappend({', '.join(turned)}))", True)
        return made

    def _steps(self) -> list[str]:
        """With aliases, an event is a step only under the key that the step's base rule gives it."""
        tests = []
        for i in range(len(self.rule.bases)):
            same = [
                f"{_own(key, i)}={key}"
                for j, key in enumerate(self.names)
                if len({self.rule.group_fields(each)[j] for each in self.rule.bases}) > 1
            ]
            tests.append(f"{STEP}{i}=if({STEP}{i}=1 AND {' AND '.join(same)}, 1, 0)")
        return [f"| eval {', '.join(tests)}"]


def _context(known: Fields) -> str:
    """Write what stands before the first key: user names repeat in every cluster."""
    if not known.source.may_name_cluster:
        return ""
    return f'coalesce({known.expression("origin.cluster")}."/", "").'


def _own(key: str, index: int) -> str:
    return f"{key}_{index}"


def _is_array(known: Fields, name: str) -> bool:
    return known.column(name).is_array


def _read(known: Fields, name: str) -> str:
    column = known.column(name)
    return f"mvdedup({column.spl})" if column.is_array else present(column, column.spl)


def _template(spl: str) -> str:
    for pattern, replacement in _TEMPLATES:
        spl = f'replace({spl}, "{pattern}", "{replacement}")'
    return spl


def entity_fields(rule: Rule) -> dict[str, str]:
    """Give entity → the name that holds it, of those that Splunk can compute."""
    known = Fields(source_of(rule.bases))
    found = {}
    for entity, role in ENTITIES.items():
        name = rule.directives.entities.get(entity, role)
        try:
            known.check(name)
        except NotInSplunkError:
            continue
        found[entity] = name
    return found


def entity_eval(rule: Rule) -> str:
    """Write the command that names who and what an event is about."""
    known = Fields(source_of(rule.bases))
    parts = []
    for entity, name in entity_fields(rule).items():
        column = known.column(name)
        spl = f'mvjoin({column.spl}, ", ")' if column.is_array else column.spl
        parts.append(f"rekey_{entity}={spl}")
    return f"| eval {', '.join(parts)}"


def same_eval(rule: Rule) -> str:
    """Write the command that says what makes two results one alert: the actor and its credential.

    Where no credential is named, the target stands in its place: that a service of the provider found
    another key is another alert. The same holds where a rule names something else as the credential,
    a kind of secret for example, which many acts may share. No part is ever missing, since the
    documentation does not say how throttling takes results that lack a field.
    """
    known = entity_fields(rule)
    names = [f"rekey_{entity}" for entity in ("credential", "target") if entity in known]
    whole = known.get("credential") == ENTITIES["credential"]
    groups = [
        ["rekey_actor"] if "actor" in known else [],
        *([names] if whole else [[n] for n in names]),
    ]
    parts = []
    for group in groups:
        found = [f'nullif({name}, "")' for name in group]
        parts.append(f"coalesce({', '.join([*found, chr(34) * 2])})")
    return f"| eval {SAME}=" + ' . " " . '.join(parts)
