"""Who sold. In charge of naming the seller of a mail from what the mail itself says of him."""

from __future__ import annotations

import re

from monitor.classify.evidence import Evidence
from monitor.knowledge import Knowledge, domains
from monitor.knowledge.phrases import squeeze
from monitor.types import Header, Mail, Seller, Stated


def find(mail: Mail, header: Header, evidence: Evidence, knowledge: Knowledge) -> tuple[Stated[Seller] | None, str]:
    """The seller, and the id of the payment service, issuer or carrier that wrote in his place ("" if none did)."""
    sender = header.sender
    shop = knowledge.shops.for_sender(sender)
    if shop is not None and shop.names_another:
        return None, shop.id
    domain = "" if domains.is_shared(sender.domain) else domains.registrable(sender.domain)
    if shop is not None:
        name = shop.names[0]
        return Stated(Seller(shop.id, name, domain, shop.id, shop.country), sender.email, "header"), ""
    name = re.sub(r"^[\s\"']+|[\s\"']+$", "", sender.name) or domain.partition(".")[0]
    if not name:
        return None, ""
    return Stated(Seller(domain or squeeze(name), name, domain), sender.name or sender.email, "header"), ""
