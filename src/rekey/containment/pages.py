"""The pages about playbooks, written from the playbooks: ``docs/playbooks/``.

``python -m rekey.containment.pages docs`` writes them again after a playbook has changed.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rekey.containment.duration import parsed
from rekey.containment.order import Order
from rekey.containment.playbook import Automation, Library, Playbook, StepSpec
from rekey.content import content
from rekey.report.words import duration

_ORDERS: Final[Mapping[Order, str]] = {
    "contain": "The thief first",
    "rotate": "The service first",
}
_MARK: Final = (
    "<!-- Written by `python -m rekey.containment.pages docs`; change `playbooks/` instead. -->"
)


def pages(library: Library) -> dict[str, str]:
    """Give the pages by their path below ``docs/``."""
    made = {f"playbooks/{name}.md": _page(book) for name, book in library.playbooks.items()}
    return {**made, "playbooks/README.md": _index(list(library.playbooks.values()))}


def _page(book: Playbook) -> str:
    parts = [
        f"# {book.title}",
        _MARK,
        book.summary,
        f"Credential kinds: {_codes(book.credential_kinds)}.",
    ]
    if book.on_request:
        parts.append("Taken only where a rule or a person asks for it: "
                     f"`rekey contain plan --playbook {book.name}`.")  # fmt: skip
    if book.automation:
        parts.append("## What the engine does\n\n`rekey contain plan` shows it for a case, with the "
                     "proof that can be reached there. See [containment](../containment.md).")  # fmt: skip
    parts += [_automation(kind, one) for kind, one in book.automation.items()]
    parts += ["## Steps for a person", "\n".join(
        f"{number}. {step.do}\n   *Why:* {step.why}\n   *Proof:* {step.proof}"
        for number, step in enumerate(book.steps, 1)
    )]  # fmt: skip
    if book.pitfalls:
        parts += ["## Pitfalls", _list(book.pitfalls)]
    parts += ["## References", _list(f"<{one}>" for one in book.references)]
    return "\n\n".join(parts) + "\n"


def _automation(kind: str, both: Automation) -> str:
    parts = [f"### `{kind}`"]
    for order, words in _ORDERS.items():
        steps = both.steps(order)
        if steps:
            parts.append(f"**{order}** – {words.lower()}:\n\n{_table(steps)}")
        else:
            parts.append(f"**{order}** – there is none: it is renewed by whoever opened it, or its "
                         "end would end the successor too.")  # fmt: skip
    return "\n\n".join(parts)


def _table(steps: Sequence[StepSpec]) -> str:
    rows = ["| step | phase | action | counts as done with |", "|---|---|---|---|"]
    for step in steps:
        more = f", after {duration(parsed(step.after))}" if step.after else ""
        more += ", where possible" if step.if_possible else ""
        rows.append(f"| {step.id} | {step.phase}{more} | `{step.action}` | proof {step.proof} |")
    return "\n".join(rows)


def _index(books: Sequence[Playbook]) -> str:
    rows = ["| playbook | what it does | the engine |", "|---|---|---|"]
    for book in books:
        kinds = _codes(book.automation) if book.automation else "guidance for a person"
        kinds += ", on request" if book.on_request else ""
        rows.append(f"| [{book.name}]({book.name}.md) | {book.title} | {kinds} |")
    return "\n\n".join(["# Playbooks", _MARK, "\n".join(rows)]) + "\n"


def _codes(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def write(docs: Path) -> None:
    """Write all pages below a folder, and remove those of playbooks that are gone."""
    made = pages(Library([content("playbooks")]))
    for old in (docs / "playbooks").glob("*.md"):
        if f"playbooks/{old.name}" not in made:
            old.unlink()
    for name, text in made.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
