"""Evidence -> verdict. In charge of weighing: is it about a purchase at all, and which kind wins, and why."""

from __future__ import annotations

from monitor.classify import evidence as gathering
from monitor.classify import seller as sellers
from monitor.classify.evidence import Evidence
from monitor.knowledge import Knowledge
from monitor.types import Header, Kind, Mail, Verdict


def classify(mail: Mail, knowledge: Knowledge) -> Verdict:
    """What a mail says of a purchase of the user. Never raises; linear in the length of the text."""
    header = mail.forwarded or mail.header
    found = gathering.collect(mail, header, knowledge)
    if mail.header.content_type == "multipart/report":
        return Verdict(Kind.BOUNCE, None, found.language, "a delivery report")
    ranked = sorted(
        ((score, kind) for kind, score in found.score.items() if kind is not Kind.OTHER), key=lambda pair: -pair[0]
    )
    if not ranked:
        return Verdict(Kind.OTHER, None, found.language, "no words of a purchase")
    score, kind = ranked[0]
    ties, against = _ties(found), _against(found, mail, header)
    if score < 3 or score + ties - against < 6 or found.score.get(Kind.OTHER, 0) > score + ties:
        return Verdict(
            Kind.OTHER, None, found.language, "words of a purchase, but too little ties it to one of the user's",
            quotes=tuple(found.words[kind][:3]), rivals=((kind, "too weak"),),
        )  # fmt: skip
    seller, service = sellers.find(mail, header, found, knowledge)
    return Verdict(
        kind, seller, found.language, f"its words say {kind.value.replace('_', ' ')}",
        quotes=tuple(word for word in found.words[kind] if word)[:4],
        rivals=tuple((other, "fewer and weaker words") for _, other in ranked[1:4]),
        from_service=service,
    )  # fmt: skip


def _ties(found: Evidence) -> float:
    return (
        (2.5 if found.order_number else 0)
        + (2.0 if found.amount else 0)
        + (2.0 if found.tracking else 0)
        + (1.5 if found.own else 0)
    )


def _against(found: Evidence, mail: Mail, header: Header) -> float:
    points = 0.0
    if header.advert:
        points += 6
    if header.bulk:
        points += 1.5
    points += min(4.0, 1.5 * len(found.subject_extra.get("advert.subject", [])))
    points += min(3.0, 0.5 * len(found.extra.get("advert.body", [])))
    points += min(6.0, 2.0 * len(found.extra.get("advert.lures", [])))
    if gathering.personal(header):
        points += 4
    return points
