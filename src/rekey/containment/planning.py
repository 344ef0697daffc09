"""From a case to a plan. Reads only: a dry run is exactly this."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rekey.case import Case
from rekey.containment.blast import approvers
from rekey.containment.break_glass import BreakGlass
from rekey.containment.connections import Connections
from rekey.containment.found import Finder, Found, Request, destinations
from rekey.containment.interface import Provider
from rekey.containment.plan import LeftOut, Plan, PlannedFinding, PlannedScope, PlannedStep, Radius
from rekey.containment.playbook import Library
from rekey.containment.record import cleaned
from rekey.containment.selection import PROVIDERS, Selected, select
from rekey.containment.settings import ContainmentSettings
from rekey.containment.steps import number, planned_steps
from rekey.containment.target import Act
from rekey.errors import RekeyError
from rekey.event import Outcome
from rekey.journal.canonical_json import digest
from rekey.site.model import Site


class Planner:
    """Makes plans with what a site has connected and says."""

    def __init__(
        self,
        connections: Connections,
        library: Library,
        settings: ContainmentSettings,
        site: Site,
        listed: BreakGlass,
        kinds: Mapping[str, str] = PROVIDERS,
    ) -> None:
        self._finder = Finder(connections, library, settings, site, listed)
        self._connections, self._settings, self._library = connections, settings, library
        self._listed, self._kinds = listed, kinds

    def plan(self, request: Request, now: datetime) -> Plan:
        """Make a plan; it may hold no step, and then says why.

        Raises:
            RekeyError: a playbook names an action that its provider lacks, or one that was asked
                for by name acts on nothing here.
        """
        for name in request.playbooks:
            self._library.automated(name)
        selection = select(
            request.case, request.order, now, request.only, self._kinds, request.playbooks
        )
        left: list[LeftOut] = list(selection.left_out)
        found = self._finder.all(selection.selected, request, left)
        self._all_used(request.playbooks, found, left[len(selection.left_out) :])
        steps = planned_steps(found, request, left)
        acting = [one for one in found if any(number(step) == one.number for step in steps)]
        radius = tuple(self._radius(one, steps) for one in acting)
        scopes = {(one.connection.provider, one.connection.scope): one.connection for one in acting}
        unnamed = {
            (one.connection.provider, one.connection.scope)
            for one in acting if one.selected.wanted.account is None
        }  # fmt: skip
        known = {id for one in acting for id in (*one.credentials, one.target.id)}
        case = request.case.model_dump(mode="json")
        made = Plan(
            order=request.order, case=request.case.id, case_digest=digest(_textual(case)),
            reason=request.reason, requester=request.requester,
            created=now, expires=now + self._settings.limits.plan_valid, since=request.begin,
            journal=request.journal,
            credentials={one.target.id: tuple(sorted(one.credentials)) for one in acting},
            suspects=_suspects(selection.selected, acting, left), explained=tuple(sorted(known)),
            findings=tuple(self._findings(request.case, selection.selected, known)),
            store=request.store.name if request.store else None,
            destinations=destinations(acting, request),
            scopes=tuple(
                PlannedScope(
                    provider=name, scope=scope, principal=connection.principal,
                    named=request.accounts.get(name) if (name, scope) in unnamed else None,
                )
                for (name, scope), connection in scopes.items()
            ),
            steps=tuple(steps), radius=radius,
            approvers=max((one.approvers for one in radius), default=0),
            left_out=tuple(dict.fromkeys(left)),
            lists={"break_glass": self._listed.sha256} if self._listed.sha256 else {},
            vanished=self._listed.vanished(request.before.entries),
        )  # fmt: skip
        # The plan goes into the journal whole, so that nothing may be blanked there any more.
        return Plan.model_validate(cleaned(made.model_dump(mode="json")))

    def _all_used(
        self, asked: Sequence[str], found: Sequence[Found], lost: Sequence[LeftOut]
    ) -> None:
        """See that what was asked for by name is not silently passed over."""
        used = {one.playbook.name for one in found}
        for name in asked:
            if name not in used:
                kinds = ", ".join(self._library.automated(name).automation)
                why = "".join(f" Not found: {one.what}: {one.why}." for one in lost[:1])
                raise RekeyError(
                    f"the playbook {name} acts on nothing that this plan is about",
                    hint=f"It acts on {kinds}.{why} Without --playbook the rules choose.",
                )

    def _radius(self, one: Found, steps: Sequence[PlannedStep]) -> Radius:
        own = [step for step in steps if number(step) == one.number and step.mutates]
        radius = one.provider.blast_radius(one.target)
        count, because = approvers(
            radius, self._settings.blast,
            irreversible=any(not step.reversible for step in own),
            shared=one.selected.doubtful,
        )  # fmt: skip
        return Radius(
            target=one.target.identity, dependents=radius.dependents, callers=radius.callers,
            privileged=radius.privileged, production=radius.production, approvers=count,
            because=because, notes=radius.notes,
        )  # fmt: skip

    def _findings(
        self, case: Case, selected: Sequence[Selected], known: set[str]
    ) -> Iterator[PlannedFinding]:
        """Give what the suspects left behind, as far as the case shows it."""
        suspects = {one.wanted.id for one in selected}
        seen: set[tuple[str, str]] = set()
        for source, act in _acts(case):
            if act.credential not in suspects:
                continue
            # A key of AWS's may have acted on a cluster: what that left there, the cluster knows.
            room = self._room(source.partition("_")[0])
            found = room.trace(act) if room else None
            if room is None or found is None or found.explained(known):
                continue
            if (room.name, found.id) not in seen:
                seen.add((room.name, found.id))
                yield PlannedFinding.of(room.name, found)

    def _room(self, name: str) -> Provider | None:
        return next((one for one in self._connections.providers if one.name == name), None)


def _acts(case: Case) -> Iterator[tuple[str, Act]]:
    """Give what was done with success, each with the log source that tells of it."""
    for step in case.timeline:
        if step.outcome == Outcome.SUCCESS and step.credential_id and step.action:
            yield (
                step.source,
                Act(
                    step.time,
                    step.action,
                    step.target,
                    step.credential_id,
                    step.actor_id,
                    step.minted_ids,
                    step.event_id,
                ),
            )


def _suspects(
    selected: Sequence[Selected], acting: Sequence[Found], left: Sequence[LeftOut]
) -> tuple[str, ...]:
    """Name whose acts are the thief's: credentials, also those left out, and their identities."""
    names = {one.wanted.id for one in selected} | {one.target.identity for one in acting}
    return tuple(sorted(names | {one.what for one in left if one.exposure == "open"}))


def _textual(value: object) -> object:
    """Raw records hold floats, of which canonical JSON knows nothing: write them as text."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: _textual(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_textual(inner) for inner in value]
    return value
