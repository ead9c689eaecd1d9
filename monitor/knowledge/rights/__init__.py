"""Rights and dispute programmes as data: `laws/*.toml` and `payments/*.toml`, loaded and checked.

In charge of what a rule is (`model`), and of reading and refusing (`loading`). How days are counted is up to
`escalate.clocks`, what a letter says to the templates. How to add or correct a rule: `docs/laws.md`.
"""

from monitor.knowledge.rights.loading import RightsError, load_rights, stale_packs
from monitor.knowledge.rights.model import (
    CONDITIONS,
    EEA,
    EVENTS,
    FAMILIES,
    NETWORKS,
    PREFIXES,
    REFUND_PERIOD,
    Ladder,
    Pack,
    Payment,
    Period,
    Rights,
    Rule,
    Rung,
    Surcharge,
    Wait,
)

__all__ = [
    "CONDITIONS", "EEA", "EVENTS", "FAMILIES", "NETWORKS", "PREFIXES", "REFUND_PERIOD", "Ladder", "Pack", "Payment",
    "Period", "Rights", "RightsError", "Rule", "Rung", "Surcharge", "Wait", "load_rights", "stale_packs",
]  # fmt: skip
