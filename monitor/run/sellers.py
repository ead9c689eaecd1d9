"""The seller check of an order: what its mails say, the other orders with him, and who he may imitate.

In charge of putting together what `sellercheck` weighs. No network: what lies outside the mails is looked up by the
user, by the links, and told with `say ORDER seller_check=...`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor import classify, sellercheck
from monitor import knowledge as knowledges
from monitor.config import Config
from monitor.escalate.circumstances import is_abroad
from monitor.knowledge import Knowledge
from monitor.sellercheck import Past, SellerCheck
from monitor.types import Header, Order, Source

if TYPE_CHECKING:
    from monitor.run.orders import OrderView
    from monitor.store import Store


def seller_check(
    view: OrderView, views: Sequence[OrderView], config: Config, knowledge: Knowledge | None = None,
    past: Sequence[Past] | None = None,
) -> SellerCheck:  # fmt: skip
    """What can be said of the seller of an order. `views`: all orders, for those with the same seller; or `past`."""
    order = view.order
    if past is None:
        past = [
            Past(other.order.id, sellercheck.outcome(other.order, other.judgement))
            for other in views
            if other.order.id != order.id and other.order.seller.key == order.seller.key and not other.order.suspicious
        ]
    known = knowledge or knowledges.load(config.knowledge_folder())
    shop = known.shops.get(order.seller.known) if order.seller.known else None
    return sellercheck.check(
        order,
        country=config.user.country,
        cross_border=is_abroad(order, config.rules(), shop),
        imitates=imitates(order, known),
        past=past,
    )


MOST_BESIDE = 60
_OUTCOMES = {"delivered": "arrived", "refunded": "refunded", "payment_failed": "failed"}


def listed_past(store: Store, order_id: str) -> list[Past]:
    """How the other orders with a seller went, as the page's list has them: one question instead of many orders."""
    return [
        Past(other, _OUTCOMES.get(state) or ("late" if mood in ("act", "old") else "open"))
        for other, state, mood in store.listed_beside(order_id, MOST_BESIDE)
        if mood != "doubt"
    ]


def imitates(order: Order, knowledge: Knowledge) -> str | None:
    """Why the sender of the mail that opened the order looks like a known shop that he is not; None if he does not."""
    for event in order.events:
        reading = event.reading
        if event.source is Source.MAIL and reading is not None and not reading.own:
            header = Header(
                identity=reading.identity,
                message_id=reading.message_id,
                references=reading.references,
                sender=reading.sender,
                reply_to=reading.reply_to,
                to=reading.to,
                subject=reading.subject,
                sent_at=reading.sent_at,
                received_at=reading.received_at,
                content_type="",
                bulk=False,
                auto_submitted=False,
                advert=False,
                authentication=reading.authentication,
            )
            return classify.lookalike(header, knowledge)
    return None
