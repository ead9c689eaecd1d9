"""Is this mail about a purchase of the user, which kind, whose, in which language, and why?

In charge of the decision and of the words it rests on. There is no rule for a single shop: all words stand in
`knowledge`. Does not read values (`extract`) and does not know which orders exist (`link`).

    triage      the header alone: is the body worth fetching?
    language    by script and small words
    evidence    which phrases of which kinds, where, and what anchors the mail to a purchase
    verdict     evidence -> kind, rivals, reason
    seller      who sold
    lookalikes  who pretends to be a known shop
"""

from monitor.classify.lookalikes import lookalike
from monitor.classify.triage import BULK_REASONS, Known, triage
from monitor.classify.verdict import classify

__all__ = ["BULK_REASONS", "Known", "classify", "lookalike", "triage"]
