"""The site file: what only the site knows about its identities, networks and exceptions."""

from rekey.site.filters import sigma_filters
from rekey.site.load import check_rules, load_site
from rekey.site.model import (
    Announcement,
    Exclusion,
    Identity,
    Network,
    RuleOverride,
    Site,
    TimeLimited,
)
from rekey.site.told import ended, in_force

__all__ = [
    "Announcement",
    "Exclusion",
    "Identity",
    "Network",
    "RuleOverride",
    "Site",
    "TimeLimited",
    "check_rules",
    "ended",
    "in_force",
    "load_site",
    "sigma_filters",
]
