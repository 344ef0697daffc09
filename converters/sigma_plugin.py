"""What our pySigma backends and pipelines share."""

from collections.abc import Sequence

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.rule import SigmaRule


def refused(
    rule: SigmaRule | SigmaCorrelationRule, reason: str
) -> SigmaFeatureNotSupportedByBackendError:
    """Make the error by which a backend says that it would have to lie."""
    return SigmaFeatureNotSupportedByBackendError(reason, source=rule.source)


def changed_names(names: Sequence[tuple[str, str]]) -> dict[str | None, str | list[str]]:
    """Make a field mapping of the names that differ."""
    return {raw: name for raw, name in names if raw != name}
