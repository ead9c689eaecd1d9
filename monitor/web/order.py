"""An order as its page shows it: its story with the proof of every value, what is asked of the user, the ladder.

In charge of gathering that for the template. Nothing is changed here: `pages.order` takes what the user says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import HTTPException, Request
from starlette.responses import Response

from monitor.digest.view import AccountState
from monitor.run import cases, ladders, pages, preparing, saying, single
from monitor.run import orders as ordering
from monitor.run.orders import OrderView, StatementRefused
from monitor.run.saying import CHANNELS, CLOSED_AS
from monitor.types import Event, Source, Step
from monitor.web import facts, story, wording
from monitor.web.forms import TheSite, User
from monitor.web.templating import respond

PAYMENTS = (
    "credit_card", "check_card", "debit_card", "credit_card_installment", "bank_transfer", "bank_transfer_toss",
    "virtual_account", "easy_pay", "easy_pay_card", "easy_pay_balance", "mobile_carrier", "paypal", "apple_pay",
    "google_pay", "samsung_pay", "bnpl_klarna", "sepa_direct_debit", "app_store", "cod", "postpaid",
)  # fmt: skip
"""What the question "how did you pay?" offers; `say FIELD=VALUE` takes every value of the rights table."""

TOLD_DAYS = ("promised_by", "dispatch_by", "refund_by", "pay_by", "delivered_on", "card_payment_due_date")
"""Days that can be told where no mail states them: the seller's, that of the arrival, that of the card's debit."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form of the order's page held when it was refused: it stands there again."""

    verb: str = ""
    value: str = ""
    field: str = ""
    which: str = ""
    on: str = ""
    by: str = ""
    case: str = ""
    person: str = ""
    note: str = ""

    def place(self, shown: Sequence[facts.Fact]) -> str:
        """The id of the input that was refused; "" where the page has none for it."""
        if self.verb != "set":
            homes = {"refunded": "refunded", "snooze": "snooze", "same-as": "same", "did": "did", "refused": "did"}
            return homes.get(self.verb, "")
        of = [
            f"set-{place}" for place, fact in enumerate(shown, 1)
            if fact.settable and (fact.field or fact.name) == self.field and fact.which == self.which
        ]  # fmt: skip
        return next(iter(of), "date-value" if self.field in TOLD_DAYS else "")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder as the page words it."""

    step: Step
    name: str
    status: str
    reason: str
    rules_out: tuple[str, ...]
    now: bool
    text: bool = False  # whether there is a text for it now
    ends: tuple[str, ...] = ()  # what else is still ahead and would be closed by taking it


def find(site: TheSite, order_id: str) -> OrderView:
    """The order; under an older id too. 404 where there is none."""
    view = single.one(site.store, site.config, order_id, now=site.now())
    if view is None:
        home = single.under_an_older_id(site.store, order_id)
        view = single.one(site.store, site.config, home, now=site.now()) if home is not None else None
    if view is None:
        raise HTTPException(404)
    return view


def named(site: TheSite, reference: str) -> OrderView:
    """Any order by its id or number. Raises OrderNotFound, OrderAmbiguous."""
    view = single.bearing(site.store, site.config, reference, now=site.now()) if reference.strip() else None
    if view is None:
        raise ordering.OrderNotFound(reference)
    return view


def mails_of(view: OrderView) -> set[str]:
    """The mails of an order, by their identity."""
    return {event.mail for event in view.order.events if event.mail}


def undo_of(site: TheSite, said: Event) -> dict[str, str]:
    """For the word about what was done: the page at which the statement `said` can be taken back, and its id."""
    homes = (event.order_id for event in site.store.statements(kinds=[said.kind]) if event.id == said.id)
    return {"undo_at": f"/orders/{home}", "undo": said.id} if (home := next(homes, None)) is not None else {}


def page(
    request: Request, site: TheSite, user: User, view: OrderView, *, status: int = 200, error: str = "",
    typed: Typed | None = None, joining: OrderView | None = None,
) -> Response:  # fmt: skip
    """The page of one order. `error`: why a form was refused; `typed`: what it held.

    `joining`: an order of another seller, of which it is asked whether the two are meant to be one.
    """
    language, today, zone = user.language, site.today(), site.config.user.timezone
    found = pages.summary(view, site.config, None)
    rows = site.store.outbox(order_id=view.order.id)
    drafts = [
        draft for draft in site.store.drafts(view.order.id)
        if draft.status == "ready" or (draft.status == "locked" and draft.edited)  # else written anew when wanted
    ]  # fmt: skip
    said = site.store.events(view.order.id, sources=(Source.USER,))
    proofs = story.entries(view, language, today, said)
    known = facts.of_order(view, language, today, zone)
    letters = story.under_way(rows)
    typed = typed or Typed()
    return respond(
        request, "web/order.html.j2", status=status, view=view, one=found, name=wording.name(found, language),
        reason=wording.reason(found, language, zone), phrases=wording.clock(found, today, language),
        entries=proofs, facts=known, rivals=story.rivals(view.order),
        ladder=ladder(site, view, language), letters=letters, drafts=drafts,
        rung=lambda rung: wording.rung_name(rung, language), field=lambda name: story.field_name(name, language),
        payments=PAYMENTS, channels=CHANNELS, closed_as=CLOSED_AS, parts=_parts(request, site, view),
        others=others_of(site, view), rival_text=lambda field, value: story.value_text(field, value, language),
        reading=_reading(site, view), homeless=story.homeless(view.order, site.store), case_id=_case(site, view),
        error=error, typed=typed, wrong=typed.place(known) if error else "", days_told=TOLD_DAYS,
        joining=joining,
        join_name=wording.name(pages.summary(joining, site.config, None), language) if joining is not None else "",
        going={one.rung: one.id for one in map(site.store.draft, {row.draft_id for row in letters}) if one is not None},
        by_bill=view.order.payment in facts.INSTALMENTS,
    )  # fmt: skip


def ladder(site: TheSite, view: OrderView, language: str) -> list[Rung]:
    """The steps in order, each with its days and with what it would rule out."""
    steps = ladders.of_view(view, site.config).steps
    ahead = {step.rung for step in steps if step.status in ("open", "waiting")}
    next_rung = view.step.rung if view.step is not None else ""
    return [
        Rung(
            step=step,
            name=wording.rung_name(step.rung, language),
            status=step.status,
            reason="" if step.reason in ("", "ladder.open") else ladders.step_reason(step, language),
            rules_out=tuple(wording.rung_name(rung, language) for rung in step.rules_out),
            now=step.rung == next_rung,
            text=step.status in ("open", "waiting") and not preparing.refusal(step, site.config),
            ends=tuple(wording.rung_name(rung, language) for rung in step.rules_out if rung in ahead),
        )
        for step in steps or ((view.step,) if view.step is not None else ())
    ]


def _parts(request: Request, site: TheSite, view: OrderView) -> list[tuple[str, dict[str, Any]]]:
    """What other pages put into this one: their `ORDER_PARTS`."""
    package = import_module("monitor.web.pages")
    found: list[tuple[int, Any]] = []
    for module in iter_modules(package.__path__):
        found += getattr(import_module(f"monitor.web.pages.{module.name}"), "ORDER_PARTS", ())
    parts = [make(request, site, view) for _, make in sorted(found, key=lambda one: one[0])]
    return [part for part in parts if part is not None]


def _case(site: TheSite, view: OrderView) -> str:
    """The payment error that is told of at the order, where its payment failed; "" where there is none."""
    if view.judgement.state != "payment_failed":
        return ""
    found = cases.near(site.store, site.config, now=site.now())
    return next((one.id for one in found if one.order_id == view.order.id), "")


def _reading(site: TheSite, view: OrderView) -> list[AccountState]:
    """The mailboxes that hold the order's mails, and up to when each was read."""
    names = set(view.order.accounts)
    states = [state for state in pages.accounts(site.store, site.config) if state.name in names]
    heard = ordering.heard_until(site.store, site.config).get(ordering.IMPORT)
    if ordering.IMPORT in names and not states:
        states.append(AccountState(ordering.IMPORT, "", heard, None))
    return states


@dataclass(frozen=True, slots=True)
class Other:
    """An order that this one could be joined with, or that a mail could belong to."""

    id: str
    name: str
    item: str


def others_of(site: TheSite, view: OrderView) -> list[Other]:
    """The newest orders of the same seller."""
    found: list[Other] = []
    for order_id, summary in site.store.neighbours(view.order.id, 30):
        kept = json.loads(summary)
        name = " · ".join(part for part in (kept.get("seller"), kept.get("number")) if part)
        found.append(Other(order_id, name, next(iter(kept.get("items") or ()), "")))
    return found


def refusal(refused: Exception, verb: str, field: str) -> str:
    """The key of what is to be said of a refused statement."""
    if isinstance(refused, ordering.OrderNotFound | ordering.OrderAmbiguous):
        return "web.order.refused.no_such_order"
    if isinstance(refused, StatementRefused) and refused.why:
        return f"web.order.refused.{refused.why}"
    if str(refused) in ("no_such_mail", "all_mails", "same_order"):
        return f"web.order.refused.{refused}"
    kinds = {"refunded": "amount", "snooze": "day", "same-as": "same_order", "did": "step", "refused": "step"}
    if verb == "set":
        day = field in saying.DAYS or field.endswith(("_date", "_on"))
        return "web.order.refused." + ("amount" if field == "total" else "day" if day else "value")
    return f"web.order.refused.{kinds.get(verb, 'value')}"
