"""The credential tree as a picture, in plain geometry: layers from left (root) to right.

A box is a credential, an edge says how sure we are of it; the chain that matters most runs straight
along the top. Large trees are folded: of many sisters only some are drawn, those with alerts
first, and what lies beyond the last layer becomes a count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rekey.alert import Level
from rekey.case import CredentialNode
from rekey.report.chain import links, main_chain, parents
from rekey.report.findings import Findings, by_level, label, note, pill_width
from rekey.report.safe_text import shorten, visible
from rekey.report.words import brief, kind, plural, validity

BOX_WIDTH: Final = 168
BOX_HEIGHT: Final = 80
FOLD_HEIGHT: Final = 30
_GAP: Final = 75
_ROW_GAP: Final = 22
_TOP: Final = 13
_SISTERS_AT_MOST: Final = 5
_QUIET_AT_MOST: Final = 2
"""Sisters without alerts that a large tree shows."""
_LARGE: Final = 16
_LAYERS_AT_MOST: Final = 9
_ID_LENGTH: Final = 20
_NAME_LENGTH: Final = 21


@dataclass(frozen=True)
class Badge:
    """The findings of one level on a credential; ``x`` counts from the box's left edge."""

    x: float
    width: float
    level: Level
    label: str
    note: str


@dataclass(frozen=True)
class Box:
    """One credential. Its texts are shortened to fit; ``note`` has them in full."""

    x: float
    y: float
    kind: str
    id: str
    actor: str
    validity: str
    state: str
    badges: tuple[Badge, ...]
    note: str


@dataclass(frozen=True)
class Fold:
    """Credentials that are not drawn."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Edge:
    """Parent to child; ``link`` is the attribution, empty on the way to a fold."""

    path: str
    link: str
    x: float
    y: float
    note: str


@dataclass
class Lineage:
    """The whole picture; 1 unit = 1 CSS pixel at full size."""

    description: str
    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def draw(nodes: Sequence[CredentialNode], findings: Findings) -> Lineage | None:
    """Lay out a credential tree; ``None`` where there is no credential.

    Args:
        nodes: the tree, parents before children.
        findings: the findings of the case.
    """
    return _Layout(nodes, findings).draw() if nodes else None


class _Layout:
    """Places one tree, top to bottom; ``_free`` is where the next box of each layer may begin."""

    def __init__(self, nodes: Sequence[CredentialNode], findings: Findings) -> None:
        self._nodes, self._findings = nodes, findings
        self._parents = parents(nodes)
        self._children: dict[int | None, list[int]] = {}
        for index, parent in enumerate(self._parents):
            self._children.setdefault(parent, []).append(index)
        self._main = {id(node) for node in main_chain(nodes)}
        self._size, self._raised = self._totals()
        self._free = [float(_TOP)] * (_LAYERS_AT_MOST + 1)
        self._picture = Lineage(_describe(nodes))

    def draw(self) -> Lineage:
        """Place everything."""
        self._place_sisters(None, 0, None)
        picture = self._picture
        lefts = [box.x for box in picture.boxes] + [fold.x for fold in picture.folds]
        picture.width = max(lefts) + BOX_WIDTH + 1
        picture.height = max(self._free) - _ROW_GAP + 2
        return picture

    def _totals(self) -> tuple[list[int], list[int]]:
        """For each subtree, the number of credentials and of those with alerts."""
        size = [1] * len(self._nodes)
        raised = [int(bool(node.alerts)) for node in self._nodes]
        for index in range(len(self._nodes) - 1, -1, -1):
            if (parent := self._parents[index]) is not None:
                size[parent] += size[index]
                raised[parent] += raised[index]
        return size, raised

    def _place_sisters(self, parent: int | None, layer: int, from_y: float | None) -> None:
        """Place the children of a node (or the roots), the rest of a crowd as a fold."""
        sisters = sorted(self._children.get(parent, []), key=self._weight)
        room = self._room(sisters) if layer < _LAYERS_AT_MOST else 0
        for index in sisters[:room]:
            self._place(index, layer, from_y)
        if hidden := sisters[room:]:
            self._fold(hidden, layer, from_y)

    def _room(self, sisters: Sequence[int]) -> int:
        """Say how many of these sisters to draw; one alone is never folded."""
        raised = sum(bool(self._raised[index]) for index in sisters)
        room = _SISTERS_AT_MOST
        if len(self._nodes) > _LARGE:
            room = min(room, raised + _QUIET_AT_MOST)
        return room if len(sisters) > room + 1 else len(sisters)

    def _weight(self, index: int) -> tuple[bool, bool, int]:
        node = self._nodes[index]
        return id(node) not in self._main, not self._raised[index], index

    def _place(self, index: int, layer: int, from_y: float | None) -> None:
        """Place a credential so that its line of first children runs straight beside it."""
        y = max(self._free[layer : layer + 1 + self._straight(index, layer)])
        node = self._nodes[index]
        if from_y is not None:
            y = max(y, from_y - BOX_HEIGHT / 2)
            self._connect(layer, from_y, y + BOX_HEIGHT / 2, node)
        self._picture.boxes.append(self._box(node, _x(layer), y))
        self._free[layer] = y + BOX_HEIGHT + _ROW_GAP
        self._place_sisters(index, layer + 1, y + BOX_HEIGHT / 2)

    def _straight(self, index: int, layer: int) -> int:
        """Count the layers that the line of first children takes beyond a node."""
        length = 0
        while (below := self._children.get(index)) and layer + length < _LAYERS_AT_MOST:
            index = min(below, key=self._weight)
            length += 1
        return length

    def _fold(self, hidden: Sequence[int], layer: int, from_y: float | None) -> None:
        """Put a count in the place of credentials, with all that was minted from them."""
        raised = sum(self._raised[index] for index in hidden)
        note = f"{raised} with alerts" if raised else "no alerts"
        y = self._free[layer]
        if from_y is not None:
            y = max(y, from_y - FOLD_HEIGHT / 2)
            self._connect(layer, from_y, y + FOLD_HEIGHT / 2, None)
        count = sum(self._size[index] for index in hidden)
        self._picture.folds.append(Fold(_x(layer), y, f"{count:,} more, {note}"))
        self._free[layer] = y + FOLD_HEIGHT + _ROW_GAP

    def _connect(self, layer: int, from_y: float, to_y: float, node: CredentialNode | None) -> None:
        """Draw an elbow: out of the parent, down the trunk that sisters share, into the child.

        What leads to a fold is fainter, so it lies under the rest.
        """
        left, right = _x(layer) - _GAP, _x(layer)
        trunk = left + 12
        path = f"M{left:g} {from_y:g}H{right:g}"
        if to_y > from_y:
            path = f"M{left:g} {from_y:g}H{trunk:g}V{to_y - 6:g}q0 6 6 6H{right:g}"
        link = (node.link or "unknown") if node else ""
        note = (node.link_reason or "no reason recorded") if node else ""
        edge = Edge(path, link, (trunk + right) / 2, to_y - 5, note)
        self._picture.edges.insert(len(self._picture.edges) if node else 0, edge)

    def _box(self, node: CredentialNode, x: float, y: float) -> Box:
        name = node.credential.id or "(no id logged)"
        actor = node.actor_id or "(no actor logged)"
        states = {"valid": "valid until", "expired": "expired", "revoked": "revoked"}
        state, until = states.get(node.validity), node.revoked_at or node.expires_at
        told = f"{state} {brief(until)}" if state and until else validity(node)
        return Box(
            x=x, y=y, kind=shorten(visible(kind(node.credential)), _NAME_LENGTH),
            id=shorten(visible(name), _ID_LENGTH), actor=shorten(visible(actor), _NAME_LENGTH),
            validity=told, state=node.validity, badges=self._badges(node),
            note=f"{kind(node.credential)} {name}, {actor}, {validity(node)}, "
            f"{plural(node.uses, 'use')}",
        )  # fmt: skip

    def _badges(self, node: CredentialNode) -> tuple[Badge, ...]:
        """One badge per level, right-aligned on the box's upper edge."""
        badges: list[Badge] = []
        x = BOX_WIDTH - 8.0
        for level, own in by_level(self._findings.of(node.alerts)):
            x -= pill_width(label(own))
            badges.append(Badge(x, pill_width(label(own)), level, label(own), note(own)))
            x -= 4
        return tuple(badges)


def _x(layer: int) -> float:
    return 1 + layer * (BOX_WIDTH + _GAP)


def _describe(nodes: Sequence[CredentialNode]) -> str:
    """Tell the main chain in words, and how much else there is."""
    chain = links(nodes)
    told = "; ".join(f"{link.sure or 'root'}: {link.kind} {link.id}" for link in chain)
    rest = len(nodes) - len(chain)
    return told + (f"; and {plural(rest, 'more credential')}" if rest else "") + "."
