"""What was decided of the last days, as two numbers beside the latest sighting.

``days`` has one bit for each day on which there was a sighting, ``fired`` one for each that fired: bit 0
is the latest day, bit 1 the one before it, and so on. So a search that looks at events of one of those
days when later ones were learned long since, because it was started late or is repeated by hand, says
what the learner said of that day.
"""

from typing import Final

VERDICT_FIELDS: Final = ("days", "fired")
KEPT_DAYS: Final = 30
"""Days for which verdicts are kept: whole numbers of so many bits are exact in every engine."""
_PAST: Final = "rekey_past"
_BIT: Final = "rekey_bit"
_SAID: Final = "rekey_said"


def said(prefix: str, computed: str) -> list[str]:
    """Decide ``rekey_fires``: what was said of this day, else what is computed.

    Args:
        prefix: of the fields that hold what is known.
        computed: expression, 1 or 0, for days of which nothing was said.
    """
    return [
        (
            f"| eval {_PAST}={prefix}_day-rekey_day,"
            f" {_BIT}=if({_PAST}>=0 AND {_PAST}<{KEPT_DAYS}, pow(2, {_PAST}), null()),"
            f" {_SAID}=if({_bit(f'{prefix}_days', _BIT)}=1, {_bit(f'{prefix}_fired', _BIT)}, null()),"
            f" rekey_fires=coalesce({_SAID}, {computed})"
        )
    ]


def _bit(number: str, bit: str) -> str:
    return f"(floor({number} / {bit})-2*floor({number} / (2*{bit})))"


def kept(prefix: str, key: str, latest: str, *, afresh: bool) -> list[str]:
    """Compute ``days`` and ``fired`` for the row with the latest day of each key.

    Args:
        prefix: of the fields that hold what is known.
        key: field by which rows belong together.
        latest: field with the latest day of a row's key, known or at hand.
        afresh: nothing is known, and nobody will ask for days before the latest.
    """
    if afresh:
        return ["| eval days=1, fired=rekey_fires"]
    whole = f"pow(2, {KEPT_DAYS})"
    new = f"isnull({_SAID}) AND {latest}-rekey_day<{KEPT_DAYS}"
    lines = [
        (
            f"| eval {_BIT}=if({new}, pow(2, {latest}-rekey_day), 0), rekey_bit_fired={_BIT}*rekey_fires,"
            # Beyond that nothing is left of the old days.
            f" rekey_shift=pow(2, min({latest}-coalesce({prefix}_day, {latest}), {KEPT_DAYS}))"
        ),
        # Few rows come here: what one run of the learner sees.
        (
            f"| eventstats sum({_BIT}) as rekey_bits sum(rekey_bit_fired) as rekey_bits_fired"
            f" by {key}"
        ),
    ]
    for name, added in (("days", "rekey_bits"), ("fired", "rekey_bits_fired")):
        moved = f"coalesce({prefix}_{name}, 0)*rekey_shift"
        lines.append(f"| eval {name}={moved}-{whole}*floor({moved} / {whole})+{added}")
    return lines
