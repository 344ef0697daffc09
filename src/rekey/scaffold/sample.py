"""What a new rule of each product begins with: a raw record, and which of its fields to turn."""

import copy
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from rekey.errors import RekeyError
from rekey.scaffold.fields import set_field
from rekey.yaml_file import read_model

FOLDER: Final = Path(__file__).parent / "samples"

KINDS: Final = ("single", "count", "distinct", "sequence", "first-seen", "dormant")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(_Frozen):
    """A field, and the value that makes the difference."""

    field: str
    value: Any


class Counted(_Frozen):
    """A field whose distinct values are counted."""

    field: str
    values: tuple[str, ...]


class Novel(_Frozen):
    """A field whose new values are reported."""

    field: str
    known: str
    new: str


class Sample(_Frozen):
    """One log source's raw record, taken apart into what rules are made of."""

    product: str
    service: str
    reference: str
    """Vendor documentation of the record."""
    playbook: str
    select: dict[str, Any]
    """What the rule selects; the record matches it."""
    own: str
    """A field that holds a name which people choose. Each new rule selects the name that it has
    itself, so that it does not fire on the fixtures of the last one."""
    earlier_act: dict[str, Any]
    """Changes that make the first step of a sequence."""
    misses: dict[str, Any]
    """Selected field → another value, with which the record no longer matches."""
    group: str
    """The identity or credential by which events are grouped."""
    counted: Counted
    novel: Novel
    tool: Turn
    """Marks everyday automation, which the rule leaves out."""
    record: dict[str, Any]


def named(sample: Sample, name: str) -> Sample:
    """Give the sample of a rule: one more field is selected, which holds the rule's name."""
    value = name.replace("_", "-")
    other = {sample.own: f"not-{value}"}
    record = copy.deepcopy(sample.record)
    set_field(record, sample.own, value)
    return sample.model_copy(
        update={
            "select": sample.select | {sample.own: value},
            "misses": sample.misses | other,
            "record": record,
        }
    )


def products() -> list[str]:
    """Name the products that new rules can be made for."""
    return sorted(path.stem.split("_")[0] for path in FOLDER.glob("*.yml"))


def sample_of(product: str) -> Sample:
    """Give the sample of a product.

    Raises:
        RekeyError: there is none.
    """
    for path in FOLDER.glob(f"{product}_*.yml"):
        return read_model(path, Sample)[0]
    known = ", ".join(products())
    raise RekeyError(f"there is no log source of {product!r}", hint=f"There are {known}.")
