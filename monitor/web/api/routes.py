"""The answers of the API. Each is read from the same summaries as the pages, and words nothing but `reason`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.security import HTTPBearer

from monitor.run import output, pages
from monitor.run import today as first_page
from monitor.types import Kind, Money
from monitor.web import wording
from monitor.web.api import models
from monitor.web.forms import TheSite, User

_REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"model": models.Problem, "description": "no token, or a void one"},
    503: {"model": models.Problem, "description": "the database cannot be used at the moment"},
}
_NOT_THERE: dict[int | str, dict[str, Any]] = {404: {"model": models.Problem, "description": "there is no such thing"}}

router = APIRouter(prefix="/api/v1", responses=_REFUSED, tags=["orders"],
                   dependencies=[Depends(HTTPBearer(auto_error=False))])  # fmt: skip

Id = Annotated[str, Path(max_length=80)]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Word = Annotated[str, Query(max_length=100)]
SORTS = "decide, placed, moved, seller, amount or safe"


@router.get("/counts")
def counts(site: TheSite, user: User) -> models.Counts:
    """How many orders need what, and the money that is open: for dashboards."""
    now = site.now()
    current = pages.ensure(site.store, site.config, now=now)
    view = first_page.today(site.store, site.config, now=now, limit=1)
    safe, _ = pages.find(site.store, moods=("act", "ask", "wait", "old"), sort="safe", limit=1)
    return models.Counts(
        decide=view.counts["act"] + view.counts["old"],
        ask=view.counts["ask"],
        wait=view.counts["wait"],
        old=view.counts["old"],
        doubt=view.counts["doubt"],
        rest=view.counts["rest"],
        drafts=view.drafts_ready,
        next_safe_day=safe[0].step.last_safe_day if safe and safe[0].step else None,
        open=[_sum(*one) for one in view.stake],
        overdue=[_sum(*one) for one in view.stake_late],
        mails_today=view.mails,
        heard_until=_local(view.judged_until, site),
        troubled=[account.name for account in view.accounts if account.problem],
        current=current,
    )


@router.get("/orders")
def orders(
    site: TheSite,
    user: User,
    q: Annotated[str, Query(max_length=100, description="words that the order or one of its mails holds")] = "",
    mood: Annotated[str, Query(max_length=20, description="act, ask, wait, old, doubt or rest")] = "",
    state: Word = "",
    sort: Annotated[str, Query(max_length=20, description=SORTS)] = "placed",
    limit: Limit = 100,
    offset: Offset = 0,
) -> models.Orders:
    """Orders, searched, filtered and sorted. An unknown `mood` or `state` fits nothing."""
    from monitor.store.page import SORTS as sorts

    pages.ensure(site.store, site.config, now=site.now())
    found, count = pages.find(
        site.store, search=q, moods=(mood,) if mood else (), states=(state,) if state else (),
        sort=sort if sort in sorts else "placed", limit=limit, offset=offset,
    )  # fmt: skip
    return models.Orders(count=count, orders=[_order(one, site, user) for one in found])


@router.get("/orders/{order_id}", responses=_NOT_THERE)
def order(site: TheSite, user: User, order_id: Id) -> models.Story:
    """One order with its story."""
    from monitor.run import single

    view = single.one(site.store, site.config, order_id, now=site.now())
    if view is None:
        raise HTTPException(404, "there is no such order")
    found = pages.summary(view, site.config, None)
    return models.Story(
        order=_order(found, site, user),
        events=[
            models.Event(
                id=event.id,
                at=_there(event.at, site),
                kind=event.kind,
                source=event.source.value,
                mail=event.mail,
                subject=None if event.reading is None else pages.clean(event.reading.subject, 200),
            )
            for event in view.order.events
        ],
    )


@router.get("/orders/{order_id}/ladder", responses=_NOT_THERE)
def ladder(site: TheSite, user: User, order_id: Id) -> list[models.LadderStep]:
    """Every step of the order's ladder, in order."""
    from monitor.run import ladders, single

    view = single.one(site.store, site.config, order_id, now=site.now())
    if view is None:
        raise HTTPException(404, "there is no such order")
    steps = ladders.of_view(view, site.config).steps
    return [
        models.LadderStep.model_validate(output.ladder_json(step, ladders.step_reason(step, user.language)))
        for step in steps
    ]


@router.get("/drafts")
def drafts(site: TheSite, user: User, limit: Limit = 100) -> list[models.Draft]:
    """Texts that wait for a decision, newest first."""
    pages.ensure(site.store, site.config, now=site.now())
    return [models.Draft.model_validate(output.draft_json(one)) for one in site.store.page_open_drafts(limit)]


@router.get("/drafts/{draft_id}", responses=_NOT_THERE)
def draft(site: TheSite, user: User, draft_id: Id) -> models.Draft:
    """One draft, whatever became of it."""
    found = site.store.draft(draft_id)
    if found is None:
        raise HTTPException(404, "there is no such draft")
    return models.Draft.model_validate(output.draft_json(found))


@router.get("/mails")
def mails(
    site: TheSite,
    user: User,
    kind: Word = "",
    everything: Annotated[bool, Query(description="also those that their header alone ruled out")] = False,
    limit: Limit = 100,
    offset: Offset = 0,
) -> list[models.Mail]:
    """Mails, newest first, with what each was taken for and why."""
    if kind and kind not in {each.value for each in Kind}:
        return []
    rows = site.store.page_mail_rows(kind=kind, everything=everything, limit=limit, offset=offset)
    letters = {row.message_id: row for row in site.store.outbox(message_ids=[row.message_id for row, _, _ in rows])}
    return [
        models.Mail(
            id=row.identity,
            received_at=_there(row.received_at, site),
            kind=Kind.OWN_LETTER if letter is not None else row.kind,
            reason=row.reason,
            purchase=row.purchase or letter is not None,
            authentication=row.authentication,
            sender_domain=row.counterpart_domain,
            subject=None if said is None else pages.clean(said.subject, 200),
            order_id=letter.order_id if letter is not None else home,
        )
        for row, read, home in rows
        for letter in (letters.get(row.message_id or ""),)
        for said in (letter or read,)
    ]


def _order(one: pages.Summary, site: TheSite, user: User) -> models.Order:
    money = one.total
    step = one.step
    return models.Order(
        id=one.id,
        seller=one.seller,
        order_number=one.number or None,
        total=output.amount(money),
        currency=money.currency if money else None,
        placed_at=_there(one.placed_at, site),
        state=one.state,
        waits_for=one.waits_for,
        due_on=one.due_on,
        overdue_days=one.overdue_days,
        silent_since=_local(one.silent_at, site),
        flagged=one.flagged,
        urgent=one.urgent,
        asks=one.asks,
        reason=wording.reason(one, user.language, site.config.user.timezone),
        paid=output.amount(one.paid),
        promised_back=output.amount(one.promised_back),
        given_back=output.amount(one.given_back),
        payment_method=one.payment,
        next_step=None
        if step is None
        else models.NextStep(
            rung=step.rung,
            addressee=step.addressee,
            channel=step.channel,
            not_before=step.not_before,
            last_safe_day=step.last_safe_day,
            rules=list(step.rules),
            rules_out=list(step.rules_out),
            assumed=step.assumed,
        ),
        items=list(one.items),
    )


def _sum(money: Money, count: int) -> models.Sum:
    return models.Sum(currency=money.currency, amount=output.format_decimal(money.amount.normalize()), orders=count)


def _there(moment: datetime, site: TheSite) -> datetime:
    return moment.astimezone(ZoneInfo(site.config.user.timezone)).replace(microsecond=0)


def _local(moment: datetime | None, site: TheSite) -> datetime | None:
    return None if moment is None else _there(moment, site)
