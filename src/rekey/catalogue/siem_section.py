"""The section of a rule's page about what the SIEMs make of the rule."""

from rekey.catalogue.engines import Engine, Outcome, Outcomes, Refused
from rekey.catalogue.words import fenced, plain

SHOWN = (Engine.SPLUNK, Engine.ELASTIC_ECS, Engine.ELASTIC_RAW)


def siem_section(outcomes: Outcomes) -> str:
    """Write the section: for each engine a query, or why there is none."""
    return "\n\n".join(
        [
            "## In the SIEM",
            "As `rekey build splunk` and `rekey build elastic` make it without a site file.",
            *(f"### {engine}\n\n{_body(outcomes[engine])}" for engine in SHOWN),
        ]
    )


def _body(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return f"Cannot be said there: {plain(outcome.reason)}."
    parts = [" ".join(outcome.notes)]
    if outcome.query:
        block = fenced(outcome.query.text, outcome.query.language)
        # HTML ends at a blank line; what follows is Markdown again, and so is the fence.
        parts.append(f"<details>\n<summary>{outcome.form}</summary>\n\n{block}\n\n</details>")
    return "\n\n".join([*(part for part in parts if part), _differences(outcome.differences)])


def _differences(declared: tuple[str, ...]) -> str:
    if not declared:
        return "The compiler declares no difference from the rule."
    return "Differs from the rule:\n\n" + "\n".join(f"- {plain(each)}" for each in declared)
