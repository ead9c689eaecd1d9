"""Orders as of a moment: link, fold, judge, next step and draft meet here; and the user's statements go in.

In charge of composing the pure stages over what the store holds. `relink` is the one place that writes what
linking found; everything that answers a question (`orders`, `find`, `drafts`) computes from what had been
received by the asked moment and writes nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor import judge, ledger, link
from monitor.classify import Known
from monitor.config import Config
from monitor.escalate import Escalation
from monitor.knowledge import letters
from monitor.knowledge.words import KnowledgeError
from monitor.run import wishes
from monitor.run.ladders import ladders
from monitor.run.texts import text_for, written
from monitor.types import (
    OPENING_KINDS,
    Draft,
    Event,
    Judgement,
    Kind,
    Order,
    Reading,
    Seller,
    Source,
    Step,
)
from monitor.workdays import Calendar

if TYPE_CHECKING:  # the store is heavy to import; whoever calls these functions has opened one
    from monitor.store import Store

IMPORT = "import"
"""The account name of mails that came from files."""

IMPORT_HEARD_UNTIL = "import.heard_until"
"""Setting: up to when imported files tell everything (ISO 8601)."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The `heard_until` of a mailbox that was never read to its end."""

_FAULTS = (ArithmeticError, ValueError, LookupError, TypeError, AttributeError)
"""What a value that nobody foresaw makes of a computation; whatever else fails (store, rules) fails as itself."""

log = logging.getLogger("refund-monitor")

QUESTIONS = "link.questions"
"""Setting: what linking asks of the user, by order (JSON)."""
SHARED = "orders"
"""Payload of the event of a mail that several orders share: their ids."""

# A reading that no order claimed is kept only where it can open or join one later.
_KEPT_UNLINKED = OPENING_KINDS


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order with what follows from it at one moment."""

    order: Order
    judgement: Judgement
    step: Step | None
    draft: Draft | None
    aliases: frozenset[str]  # every id under which the order has been or could have been known
    way: Escalation | None = None  # the ladder, where it was looked at: flagged orders, and those with a near deadline


class OrderNotFound(LookupError):
    """No order has that id or number."""


class OrderAmbiguous(LookupError):
    """Several orders have that number; `ids` names them."""

    def __init__(self, reference: str, views: Sequence[OrderView]) -> None:
        super().__init__(reference)
        self.views = tuple(views)


class StatementRefused(ValueError):
    """A statement that makes no sense: unknown verb, wrong value.

    `key` names the sentence that says what would (on the command line `say.refused.<key>`), `values` fill it. `why`:
    what the page says, where that is more than that a value does not fit.
    """

    def __init__(self, key: str, why: str = "", **values: object) -> None:
        super().__init__(key)
        self.key, self.why, self.values = key, why, values


@dataclass(frozen=True, slots=True)
class Story:
    """One linked order with its events, the user's among them."""

    id: str
    seller: Seller
    number: str | None
    events: tuple[Event, ...]
    questions: tuple[str, ...]
    aliases: frozenset[str]
    dropped: bool  # the user said that it is not an order

    def without_words(self) -> Story:
        """As the mails and the program's own deeds alone have it, with the question that tells the user so."""
        events = tuple(event for event in self.events if event.source is not Source.USER)
        return replace(self, events=events, questions=(*self.questions, "word_refused"))


# -- reading the store --------------------------------------------------------------------------------------------


def relink(store: Store, config: Config, *, now: datetime) -> Known:
    """Links everything anew and stores the outcome; returns what is known of sellers for the next look at the mailbox.

    Mail events are made equal to what linking found, statements are hung on the orders that now hold their mails,
    readings that belong to no order and could not open one are dropped (their mails can be fetched again).
    """
    with store.transaction():
        readings = store.readings()
        said = wishes.standing(store.statements())
        linked = _link(readings, said, config, store)
        stories, orphans = _stories(linked, said)
        store.sync_mail_events([event for story in stories for event in story.events if event.source is Source.MAIL])
        store.reattach(_moved(stories))
        keep_questions(store, {story.id: story.questions for story in stories})
        _report_orphans(store, orphans)
        asked = {link.asked(question) for story in stories for question in story.questions}
        unlinked = set(linked.unlinked) - wishes.wishes(said).moved.keys() - asked
        of_cases = store.case_events()
        watched = {link.fold_number(number) for number in wishes.case_numbers((), of_cases)}
        store.purge_readings(
            [
                r.identity
                for r in readings
                if r.identity in unlinked
                and r.verdict.kind not in _KEPT_UNLINKED
                and watched.isdisjoint(map(link.fold_number, r.body_mentions))  # else the answer to a failed payment
            ]
        )
    return replace(known(linked), case_numbers=wishes.case_numbers(said, of_cases))


def relink_about(store: Store, config: Config, said: Event) -> set[str]:
    """After a word about which mails belong together: links the orders concerned anew, as if there were no others.

    `said`: the stored statement, or the one that was taken back. Returns the ids of the orders that hold the mails
    then. What the word means for other orders the next pass finds out, which links everything.
    """
    from monitor.run.unsettled import UNSETTLED

    named = {said.mail or "", *(said.payload.get(key, "") for key in ("same_mail", "wrong_mail", "to_mail"))}
    named.update(said.payload.get("mails", "").split(","))
    named.discard("")
    with store.transaction():
        before = questions(store)
        concerned = {order_id for order_id, asked in before.items() if named.intersection(map(link.asked, asked))}
        homes = {said.order_id, *(store.page_home(mail) or "" for mail in named), *concerned}
        events = _with_sharers(store, homes)
        readings = {event.reading.identity: event.reading for event in events if event.reading is not None}
        loose = (store.reading(mail) for mail in named - readings.keys())
        readings.update((reading.identity, reading) for reading in loose if reading is not None)
        told = wishes.standing(store.statements(kinds=wishes.LINKING))
        linked = _link(list(readings.values()), told, config, store)
        stories, _ = _stories(linked, wishes.standing([event for event in events if event.source is not Source.MAIL]))
        mails = [event for story in stories for event in story.events if event.source is Source.MAIL]
        stored = {event.id for event in events if event.source is Source.MAIL}
        store.sync_mail_events(mails, replacing=stored.union(f"m{mail}" for mail in readings))
        store.reattach(_moved(stories))
        asked = {**dict.fromkeys(homes, ()), **{story.id: story.questions for story in stories}}
        for order_id in homes.intersection(story.id for story in stories):  # what is asked of mails not looked at here
            others = [one for one in before.get(order_id, ()) if (link.asked(one) or "") not in readings]
            asked[order_id] = tuple(dict.fromkeys((*asked[order_id], *others)))
        keep_questions(store, asked, others=True)
        store.set_setting(UNSETTLED, "1")
    return {story.id for story in stories}


def _with_sharers(store: Store, homes: set[str]) -> list[Event]:
    """The events of these orders and of those that share a mail with one of them, whose ids join `homes`."""
    events: list[Event] = []
    wanted = homes
    while wanted:
        found = [event for of_one in store.events_of(wanted).values() for event in of_one]
        events += found
        sharing = {order_id for event in found for order_id in event.payload.get(SHARED, "").split()}
        wanted = sharing - homes
        homes |= wanted
    return events


def _moved(stories: Sequence[Story]) -> dict[str, str]:
    """The statements that hang on another order than before, each with the order on which it hangs now."""
    return {
        event.id: story.id
        for story in stories
        for event in story.events
        if event.source is not Source.MAIL and event.order_id != story.id
    }


def keep_questions(store: Store, found: Mapping[str, tuple[str, ...]], *, others: bool = False) -> None:
    """Stores what linking asks of the orders `found`; `others`: and leaves those of all other orders."""
    before = questions(store)
    after = {order_id: asked for order_id, asked in found.items() if asked}
    if others:
        after = {**{order_id: asked for order_id, asked in before.items() if order_id not in found}, **after}
    if after != before:
        store.set_setting(QUESTIONS, json.dumps(after))
        store.page_mark(key for key in {*before, *after} if before.get(key) != after.get(key))


def questions(store: Store) -> dict[str, tuple[str, ...]]:
    """What linking asks of the user, by order."""
    stored: dict[str, list[str]] = json.loads(store.get_setting(QUESTIONS) or "{}")
    return {order_id: tuple(asked) for order_id, asked in stored.items()}


def _is_a_mere_statement(group: link.Group) -> bool:
    """Receipts that state neither number nor sum nor goods: a bank's or an office's notice that there is a statement.

    Whoever sent them is looked at again by his address; that does not make sellers of all who write from his domain.
    """
    return all(
        member.kind is Kind.PAYMENT_RECEIPT
        and member.reading.finding.order_number is None
        and member.reading.finding.total is None
        and not member.reading.finding.items
        for member in group.members
    )


def known(linked: link.Linked) -> Known:
    """Domains, addresses and threads of the sellers of all orders: mails from there are always looked into."""
    domains: set[str] = set()
    addresses: set[str] = set()
    message_ids: set[str] = set()
    numbers: dict[str, set[str]] = {}
    for group in linked.groups:
        if group.seller.domain and not _is_a_mere_statement(group):
            domains.add(group.seller.domain)
            if group.number:
                numbers.setdefault(group.seller.domain, set()).add(group.number)
        for member in group.members:
            reading = member.reading
            if reading.message_id:
                message_ids.add(reading.message_id)
            if member.kind in _KEPT_UNLINKED and not reading.own and not reading.verdict.from_service:
                his = {a.email for a in (reading.sender, reading.reply_to) if a is not None and a.email}
                his.update(c.value.casefold() for c in reading.finding.contacts if c.channel == "email")
                addresses |= his
                if group.number and not group.seller.domain:  # he writes from a mailbox such as people have
                    for address in his:
                        numbers.setdefault(address, set()).add(group.number)
    return Known(
        domains=frozenset(domains),
        message_ids=frozenset(message_ids),
        addresses=frozenset(addresses),
        numbers={domain: tuple(sorted(found)) for domain, found in sorted(numbers.items())},
    )


def orders(
    store: Store, config: Config, at: datetime | None, now: datetime, *, steps: bool = True, texts: bool = True
) -> list[OrderView]:
    """Every order as of `at` (default `now`), judged from what had been received by then; stores nothing.

    `steps`, `texts`: also what can be done next, and the letter for it: see `views_of`.

    What the user said counts at every moment asked about: it states facts, and he may say them late. Letters, calls and
    forms are deeds: they count from when they were done.
    """
    moment = at or now
    told = wishes.standing(store.statements())
    said = [replace(event, at=min(event.at, moment)) for event in told if _happened(event, moment)]
    linked = _link(store.readings(until=moment), said, config, store)
    stories, _ = _stories(linked, said)
    return views_of(store, config, stories, moment, store.accounts_by_mail(), steps=steps, texts=texts)


def views_of(
    store: Store,
    config: Config,
    stories: Sequence[Story],
    moment: datetime,
    places: Mapping[str, tuple[str, ...]],
    *,
    only: Collection[str] | None = None,
    steps: bool = True,
    texts: bool = True,
) -> list[OrderView]:
    """What follows from these stories at `moment`; `places`: the accounts in which each mail lies.

    `only`: the orders that are asked for; the others are there because the judge looks at all of a seller's. `steps`:
    also what can be done next, and (`texts`) the letter for it, which together are most of the work. One order that
    cannot be computed takes no other down: it is shown as the mails alone have it (question `word_refused`), or, where
    even that fails, not at all, and the log names it.
    """
    try:
        return _views(store, config, stories, moment, places, only=only, steps=steps, texts=texts)
    except KnowledgeError:
        raise  # the rules are at fault, no order
    except _FAULTS as error:
        first = error
        log.error("Orders cannot be computed together: %s", type(error).__name__)
    sound = []
    for story in stories:
        for tried in (story, story.without_words()):
            try:
                _views(store, config, [tried], moment, places, steps=steps, texts=texts)
            except _FAULTS as error:
                log.error("Order %s cannot be computed: %s", story.id, type(error).__name__)
            else:
                sound.append(tried)
                break
    if stories and not sound:
        raise first
    return _views(store, config, sound, moment, places, only=only, steps=steps, texts=texts)


def _views(
    store: Store, config: Config, stories: Sequence[Story], moment: datetime, places: Mapping[str, tuple[str, ...]], *,
    only: Collection[str] | None = None, steps: bool = True, texts: bool = True,
) -> list[OrderView]:  # fmt: skip
    rules = config.rules()
    zone = ZoneInfo(rules.timezone)
    calendar = Calendar(rules.country, rules.extra_holidays)
    folded = {
        story.id: ledger.fold(
            story.id,
            story.seller,
            story.number,
            story.events,
            zone=zone,
            add=calendar.add,
            questions=story.questions,
            accounts=_accounts(story, places),
        )
        for story in stories
        if not story.dropped
    }
    judgements = {
        judgement.order_id: judgement
        for judgement in judge.judge(list(folded.values()), rules, moment, heard_until(store, config))
    }
    aliases = {story.id: story.aliases for story in stories}
    climb = ladders(config, rules, calendar)
    views = []
    for order in folded.values():
        if only is not None and order.id not in only:
            continue
        if not steps:
            views.append(OrderView(order, judgements[order.id], None, None, aliases[order.id], None))
            continue
        judgement, way = climb.judged(order, judgements[order.id])
        step = way.step if way is not None else None
        text = None
        for one in () if step is None or way is None or not texts else written(step, way):
            text = text or text_for(one, order, judgement, config, moment, climb)
        views.append(OrderView(order, judgement, step, text, aliases[order.id], way))
    return sorted(views, key=lambda view: (view.order.placed_at, view.order.id))


def _happened(event: Event, moment: datetime) -> bool:
    """Whether a statement counts at `moment`: what states a fact always does, a letter or call only once it was made.

    A step that the user tells of late counts from the day that he names.
    """
    if event.kind not in ("letter", "contact") or event.at <= moment:
        return True
    return event.payload.get("day", "9999") <= moment.date().isoformat()


def heard_until(store: Store, config: Config) -> dict[str, datetime]:
    """Up to when each account that counts was read completely; accounts switched off are absent.

    Where no mailbox is configured, what was imported counts, up to the moment that the import named.
    """
    heard: dict[str, datetime] = {}
    enabled = [name for name, account in config.accounts.items() if account.enabled]
    for name in enabled:
        # A mailbox that was never read to its end has told nothing yet: nothing of it is judged.
        heard[name] = store.heard_until(name) or NEVER
    if not enabled:
        setting = store.get_setting(IMPORT_HEARD_UNTIL)
        if setting is not None:
            heard[IMPORT] = datetime.fromisoformat(setting)
    return heard


def find(views: Sequence[OrderView], reference: str) -> OrderView:
    """The order with that id, or with that order number where it is unique.

    Raises OrderNotFound, OrderAmbiguous.
    """
    wanted = reference.strip()
    for view in views:
        if wanted == view.order.id:
            return view
    for view in views:
        if wanted in view.aliases:
            return view
    number = link.fold_number(wanted)
    matches = [view for view in views if view.order.number and link.fold_number(view.order.number) == number]
    if not number or not matches:
        raise OrderNotFound(reference)
    if len(matches) > 1:
        raise OrderAmbiguous(reference, matches)
    return matches[0]


def _link(readings: Sequence[Reading], said: Sequence[Event], config: Config, store: Store) -> link.Linked:
    letters = wishes.letters(said, store.outbox(status=wishes.UNSETTLED))
    return link.link(readings, config.own_addresses(), letters=letters, wishes=wishes.wishes(said))


def _stories(linked: link.Linked, said: Sequence[Event]) -> tuple[list[Story], list[Event]]:
    """Hangs each statement on the order that holds its mail, else on the one with its seller and number."""
    by_mail: dict[str, str] = {}
    by_id: dict[str, str] = {}
    by_number: dict[tuple[str, str], str] = {}
    for group in linked.groups:
        for member in group.members:
            if not member.elsewhere:
                by_mail[member.reading.identity] = group.id
                by_id[link.order_id(member.reading.identity)] = group.id
        if group.number:
            by_number[(group.seller.key, link.fold_number(group.number))] = group.id
    homes: dict[str, list[str]] = {}
    for group in linked.groups:
        for member in group.members:
            homes.setdefault(member.reading.identity, []).append(group.id)
    attached: dict[str, list[Event]] = {}
    orphans: list[Event] = []
    for event in said:
        anchor = (event.payload.get("seller", ""), link.fold_number(event.payload.get("number", "")))
        home = by_mail.get(event.mail or "") or by_id.get(event.order_id) or by_number.get(anchor)
        if home is None:
            orphans.append(event)
        else:
            attached.setdefault(home, []).append(event)
    stories = []
    for group in linked.groups:
        mails = [
            Event(
                id=f"m{member.reading.identity}@{group.id}" if member.elsewhere else f"m{member.reading.identity}",
                order_id=group.id,
                at=member.reading.received_at,
                kind=member.kind.value,
                source=Source.MAIL,
                mail=member.reading.identity,
                reading=member.reading,
                payload=_shared(member, homes),
            )
            for member in group.members
        ]
        words = attached.get(group.id, [])
        stories.append(
            Story(
                id=group.id,
                seller=group.seller,
                number=group.number,
                events=(*mails, *words),
                questions=group.questions,
                aliases=frozenset(link.order_id(member.reading.identity) for member in group.members),
                dropped=wishes.put_away(words),
            )
        )
    return stories, orphans


def _shared(member: link.Member, homes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What the event of a mail says of the orders that share it: `orders`, and of a letter, their numbers."""
    found = {}
    if len(homes[member.reading.identity]) > 1:
        found[SHARED] = " ".join(homes[member.reading.identity])
    if member.about:
        found |= {letters.ABOUT: member.about, letters.SHARED_BY: " ".join(member.shared_by)}
    return found


def _accounts(story: Story, places: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Which accounts have seen the mails of an order: all places of a mail count, not only the first."""
    return tuple(sorted({name for event in story.events if event.mail for name in places.get(event.mail, ())}))


def _report_orphans(store: Store, orphans: Sequence[Event]) -> None:
    """A statement whose order is gone becomes a question to the user, once."""
    asked = set(filter(None, (store.get_setting("orphans") or "").split(",")))
    fresh = [event for event in orphans if event.id not in asked and event.source is Source.USER]
    for event in fresh:
        number = event.payload.get("number") or event.order_id
        store.add_problem(
            "link",
            f"What you said about order {number} ({event.kind}) belongs to no order any more. "
            "Which order is it about? Say it again for that one, or forget it.",
            mail=event.mail,
        )
    if fresh:
        store.set_setting("orphans", ",".join(sorted(asked | {event.id for event in fresh})))


# -- the user's voice ---------------------------------------------------------------------------------------------


def say(store: Store, config: Config, reference: str, verb: str, value: str | None, *, now: datetime) -> Event:
    """Records what the user says of an order: see `run.saying`.

    Raises OrderNotFound, OrderAmbiguous, StatementRefused.
    """
    from monitor.run import saying

    return saying.say(store, config, reference, verb, value, now=now)


def opening_mail(order: Order) -> str | None:
    """The mail that opened an order: what the user says of the order hangs on it."""
    for event in order.events:
        if event.mail and link.order_id(event.mail) == order.id:
            return event.mail
    return next((event.mail for event in order.events if event.mail), None)
