"""What a provider offers to the engine, and what the engine promises in return.

A provider is one connected account, cluster or Vault. It offers *actions*; the engine alone decides
when they run, and takes each through the same six parts::

    observe → guards → intent (journalled) → apply → verify → compensate (on request)

**Who does what.** Providers make single calls and say truthfully what came back. They never wait,
never retry, never write to the journal and never judge whether something is proven: the engine
counts the checks, waits for propagation and gives the grade (:mod:`rekey.containment.proof`).

**What reaches the journal.** :class:`Target`, :class:`Observation`, :class:`Applied` and
:class:`Check` are written as they are. They hold identifiers, never secrets: a secret lives in
:class:`Secret`, which neither prints nor serialises.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from rekey.containment.action_spec import ActionSpec, Grade, Permission
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.secret_store import SecretStore
from rekey.containment.survey import Finding
from rekey.containment.target import Act, BlastRadius, Connection, Facts, Target, Wanted


class Probe(Protocol):
    """A credential that should die with the effect, in memory only.

    The engine presents it *before* the effect too. A probe that is not accepted then proves
    nothing and is dropped, so a wrong or expired credential can never pass for a revoked one.
    Present it with a call that policies apply to (not ``GetCallerIdentity``, which succeeds even
    under an explicit deny), that changes nothing, and that is harmless to the limits on failures.
    """

    @property
    def grade(self) -> Grade:
        """``A`` for the old credential itself, ``A-sibling`` for one minted beside it."""

    def present(self) -> Sequence[Check]:
        """Present it once to each endpoint; ``holds`` means rejected with the expected error."""

    def close(self) -> None:
        """Forget it; end a sibling that the effect did not end. Called once, never raises."""


class Action(Protocol):
    """One thing that can be done, with its proof. All methods may raise :class:`ProviderError`.

    **Whoever issues** (:attr:`Phase.ISSUE`) makes a credential whose secret must be stored in the
    same step. A store may refuse at any moment, and no credential may be left that nobody knows:

    - ``observe`` finds what carries our mark without the store. If the store cannot be asked, what
      was found is ``partial``.
    - ``apply`` takes the credential back where the store refuses, and raises :class:`Refused` with
      it under ``removed``; where that fails too, :class:`Unclear` with it under ``made``.
    - ``compensate`` puts the store's earlier version back first (:meth:`SecretStore.restore`), and
      only then ends the successor. Where the store cannot do that, it raises :class:`Refused` and
      leaves the successor as it is: whoever reads the store goes on working. It ends what
      ``call.earlier[call.step]`` names and nothing else, however new other credentials are.
    """

    @property
    def spec(self) -> ActionSpec:
        """What is known about it without asking."""

    def forecast(self, call: Call) -> Forecast:
        """Say what it would do; reads only."""

    def observe(self, call: Call) -> Observation:
        """Read the present state; reads only. Must find what carries ``call.marker``."""

    def probe(self, call: Call) -> Probe | None:
        """Make ready what is presented before and after; ``None`` if that is not possible.

        Called after the guards and an entry in the journal, before the intent. A sibling that is
        minted here is short-lived and carries ``call.marker``; one left by a crash is ended first.
        """

    def clear(self, call: Call) -> Sequence[str]:
        """End what earlier attempts left: what was made, and whose value is lost.

        Called for a partial effect before it is applied again. Gives the ids, for the journal.
        """

    def apply(self, call: Call) -> Applied:
        """Bring the effect about, marked; called only after the intent is journalled.

        Raises:
            Refused: nothing was changed.
            Throttled: nothing was changed, and it may be tried again later.
            Unclear, Unreachable: it may or may not have been changed; the engine observes again.
        """

    def verify(self, call: Call) -> Sequence[Check]:
        """Ask once whether the effect holds (grades B and C); never empty."""

    def collect(self, call: Call) -> Mapping[str, bytes]:
        """Give what a later step destroys, as files by name; for :attr:`Phase.EVIDENCE` only.

        Called once, in a run, never while planning. The engine writes the files into the site's
        evidence folder, readable by its owner only, and their digests into the journal; texts are
        scrubbed of what looks like a secret. What could not be read has its reason in ``observe``.
        """

    def compensate(self, call: Call) -> Applied:
        """Restore ``call.before``; must be safe to repeat. Only for reversible actions.

        The engine calls it only while the effect is ours (:attr:`Observation.ours`), and no other
        run holds the same effect on the same target.
        """


class Provider(Protocol):
    """One connected account, cluster or Vault."""

    @property
    def name(self) -> str:
        """``aws``, ``kubernetes``, ``vault``."""

    def connection(self) -> Connection:
        """Ask the provider who and where we are.

        Raises:
            SelfUnknown: it cannot be told; every effect is refused then.
        """

    def locate(self, wanted: Wanted) -> Target:
        """Find a credential of a case.

        Raises:
            Gone: it was there and is not any more, so that nothing is left to contain.
            NotFound: it is not there, or not something that we can act on.
            Ambiguous: several fit; a person must choose.
        """

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        """Find the target of a plan again; :meth:`locate` ends in the same answer.

        Reads the provider, and takes nothing from the plan but these three.

        Raises:
            Gone: it was there and is not any more, as after a deletion of ours.
            NotFound, Ambiguous: as :meth:`locate`.
        """

    def trace(self, act: Act) -> Finding | None:
        """Say what an act may have left behind: an identity, right, trust, workload or credential.

        Asked while planning, for what the timeline of the case shows; asks nobody. A finding must
        be explained before anything is issued or given back, unless all that it ``minted`` is
        contained. ``None`` for acts that only read, or leave nothing that helps a thief back.
        """

    def actions(self) -> Sequence[Action]:
        """Give all actions, for every kind."""

    def blast_radius(self, target: Target) -> BlastRadius:
        """Find out what else would break."""

    def protected(self, target: Target) -> str | None:
        """Say why nobody may act on it at all (service-linked, reserved), if so."""

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        """Ask which of these we hold; ``None`` where the provider cannot say."""

    def policy(self, permissions: Iterable[Permission]) -> str:
        """Write the least-privilege document that grants these, in the provider's own language."""


class Connect(Protocol):
    """How the command line opens a provider: each room ``rekey.providers.<name>`` exports it."""

    def __call__(self, options: Facts) -> Provider:
        """Connect with a site's options; credentials come from the provider's usual places.

        ``options["names"]`` is a list of further names of the scope (:attr:`Connection.scope_names`).

        Raises:
            RekeyError: an option is wrong, or the optional dependency is not installed.
        """


class OpenStore(Protocol):
    """How the command line opens a secret store: ``open_store`` of a provider's room."""

    def __call__(self, name: str, options: Facts) -> SecretStore:
        """Open a store under the name that the settings file gives it.

        Raises:
            RekeyError: as :class:`Connect`.
        """
