"""What the user taught about a sender, where it decides before or after the stages.

In charge of two things that layouts of the user's own folder may do and those of the package may not: making a
candidate of every mail of a sender whose mails he taught, and naming kind and seller of a mail whose subject he
taught. A mail whose authentication failed is left to `classify`: the user taught the sender, not an impostor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.extract import layouts
from monitor.knowledge import Knowledge, Layout, domains
from monitor.types import Authentication, Header, Kind, Mail, Seller, Stated, Triage, Verdict

CANDIDATE = Triage(True, "from a sender whose mails the user taught")


def _taught(knowledge: Knowledge) -> Iterator[Layout]:
    if knowledge.layouts.taught:
        yield from (layout for layout in knowledge.layouts if layout.taught)


def is_candidate(header: Header, knowledge: Knowledge) -> bool:
    """Whether a mail comes from a sender whose mails the user taught."""
    if not knowledge.layouts.taught:
        return False
    return any(layout.senders and layouts.is_from(header, layout.senders) for layout in _taught(knowledge))


def verdict(mail: Mail, verdict: Verdict, knowledge: Knowledge) -> Verdict:
    """The verdict with the kind and the seller that the user taught for mails like this one; else as it is."""
    header = mail.forwarded or mail.header
    if mail.header.authentication is Authentication.FAIL or verdict.kind in (Kind.BOUNCE, Kind.AUTO_REPLY):
        return verdict
    seller, known = "", False
    for layout in _taught(knowledge):
        if not layouts.recognises(layout, mail):
            continue
        seller, known = seller or layout.seller, True
        kind = next((one.kind for one in layout.kinds if one.subject.search(header.subject[: layouts.MAX_LINE])), None)
        if kind is not None:
            verdict = replace(
                verdict, kind=kind, reason=f"its subject is one that the user taught (layout:{layout.id})",
                quotes=(header.subject[:200],), rivals=(),
            )  # fmt: skip
            break
    if not known or verdict.kind is Kind.OTHER or (verdict.seller is not None and not seller):
        return verdict
    return replace(verdict, seller=_seller(header, seller, verdict.seller, knowledge))


def _seller(header: Header, taught: str, read: Stated[Seller] | None, knowledge: Knowledge) -> Stated[Seller]:
    """The seller under the name that was taught; his key stays the one by which his orders are known."""
    if read is not None:
        return Stated(replace(read.value, name=taught), taught, "user") if taught else read
    shop = knowledge.shops.for_sender(header.sender)
    domain = "" if domains.is_shared(header.sender.domain) else domains.registrable(header.sender.domain)
    name = taught or (shop.names[0] if shop else "") or header.sender.name or domain or header.sender.email
    key = shop.id if shop else domain or header.sender.email
    country = shop.country if shop else ""
    quote, reader = (taught, "user") if taught else (header.sender.email, "header")
    return Stated(Seller(key, name, domain, shop.id if shop else "", country), quote, reader)
