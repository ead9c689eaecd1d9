"""The end of a pass: everything is linked anew, and mails of sellers that are only now known get a second look.

The header alone rules out most mails, and a mail without purchase words is dropped unless it belongs to an order.
Both are decided before all orders are known (a letter is read before the order mail that an other account holds; a
shop's plain answer comes from a domain that nobody knew). So what comes from a seller's domain after his first mail
is fetched again and read, once, and linked.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.classify import BULK_REASONS, Known
from monitor.config import Config
from monitor.knowledge import Knowledge
from monitor.run import orders, wishes
from monitor.run.intake.reader import Reader, registrable
from monitor.run.unsettled import UNSETTLED
from monitor.store.words import Candidate, MailRow
from monitor.types import Kind

if TYPE_CHECKING:
    from monitor.store import Store

KNOWN = "intake.known"
"""Setting: domains, addresses and threads of the sellers as of the last completed pass (JSON)."""

QUIET_BEFORE = "quiet_before"
"""Setting: the moment of the first pass; nothing is notified of what was overdue before (ISO 8601)."""

ROUNDS = 2

ADVERTS_FOR = timedelta(days=30)
"""How long after a purchase mail of a seller even his adverts and newsletters get a second look."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mail that gets a second look.

    `in_vain`: its body was read and said nothing of a purchase; then only a known thread or one of `numbers`, his
    order numbers, can tell more. `senders`: where given, it counts only if it comes from one of these addresses.
    """

    candidate: Candidate
    in_vain: bool
    numbers: tuple[str, ...]
    senders: frozenset[str] = frozenset()


Look = Callable[[Sequence[Wanted], Known], tuple[int, bool]]
"""Fetches and reads these mails and stores what they say: how many readings are kept, and whether a mailbox failed."""


def make_reader(store: Store, config: Config, knowledge: Knowledge, now: datetime) -> Reader:
    """A reader that knows what the store knows: sellers of the last settled pass, threads of every mail read so far."""
    return Reader(
        knowledge,
        own=config.own_addresses(),
        program=store.own_message_ids(),
        known=replace(load_known(store), case_numbers=wishes.case_numbers(store.statements(), store.case_events())),
        threads=(row.message_id for row in store.mails(candidate=True) if row.message_id),
        now=now,
    )


def load_known(store: Store) -> Known:
    """The sellers as of the last completed pass, so that a pass that was killed decides as if it had not been."""
    stored = store.get_setting(KNOWN)
    if not stored:
        return Known()
    parts = json.loads(stored)
    return Known(
        domains=frozenset(parts.get("domains", ())),
        message_ids=frozenset(parts.get("message_ids", ())),
        addresses=frozenset(parts.get("addresses", ())),
        numbers={domain: tuple(found) for domain, found in parts.get("numbers", {}).items()},
    )


def settle(store: Store, config: Config, *, now: datetime, look: Look) -> bool:
    """Link, look again, link again, until nothing new turns up (at most ROUNDS second looks).

    Nothing happens where nothing was stored since the last settled pass. Interrupted at any point, the next pass
    does it again from the start and comes to the same end. False where a mailbox failed and something is left to do.
    """
    if store.get_setting(UNSETTLED) is None:
        return True
    known = load_known(store)
    complete = True
    for round_ in range(ROUNDS + 1):
        seen = known
        known = orders.relink(store, config, now=now)
        if round_ == ROUNDS:
            break
        wanted = _second_look(store, known, seen)
        if not wanted:
            break
        kept, failed = look(wanted, known)
        complete = complete and not failed
        if not kept:
            break  # nothing was added that could be linked
    if complete:
        with store.transaction():
            store.set_setting(KNOWN, _dump(known))
            store.set_setting(UNSETTLED, None)
    return complete


def drop_unlinked(store: Store, kept: set[str]) -> None:
    """Take out of `kept` what linking has dropped again: it counts as no purchase mail."""
    if kept:
        kept.intersection_update(row.identity for row in store.mails(purchase=True))


def _dump(known: Known) -> str:
    return json.dumps(
        {
            "domains": sorted(known.domains),
            "message_ids": sorted(known.message_ids),
            "addresses": sorted(known.addresses),
            "numbers": known.numbers,
        },
        ensure_ascii=False,
    )


def _second_look(store: Store, known: Known, seen: Known) -> list[Wanted]:
    """Mails from the sellers' domains whose body nobody read, and, of sellers new in this pass, those read in vain.

    Only what came after the first mail that made the domain a seller's; of adverts and newsletters, which he may send
    every day, only what came within a month after a purchase mail of his. A seller who writes from a mailbox such as
    people have has no domain of his own: there his address decides.
    """
    found = store.ruled_out(known.domains)
    found += _in_vain(store, known.domains - seen.domains)
    shared: dict[str, set[str]] = {}
    for address in known.addresses - seen.addresses:
        domain = registrable(address.rpartition("@")[2])
        if domain and domain not in known.domains:
            shared.setdefault(domain, set()).add(address)
    by_address = [*store.ruled_out(shared), *_in_vain(store, shared)]
    if not found and not by_address:
        return []
    wrote: dict[str, list[datetime]] = {}  # by domain and by address
    for reading in store.readings():  # by received_at
        seller = reading.verdict.seller
        if seller is not None and not reading.own:
            wrote.setdefault(seller.value.domain, []).append(reading.received_at)
            wrote.setdefault(reading.sender.email, []).append(reading.received_at)
    wanted: list[tuple[MailRow, tuple[str, ...], frozenset[str]]] = []
    for mail in found:
        domain = mail.counterpart_domain
        if _worth(mail, wrote.get(domain, [])):
            wanted.append((mail, known.numbers.get(domain, ()), frozenset()))
    for mail in by_address:
        senders = sorted(shared[mail.counterpart_domain])
        if _worth(mail, sorted(moment for address in senders for moment in wrote.get(address, ()))):
            numbers = tuple(number for address in senders for number in known.numbers.get(address, ()))
            wanted.append((mail, numbers, frozenset(senders)))
    places = store.places(mail.identity for mail, _, _ in wanted)
    return [
        Wanted(Candidate(mail, tuple(places.get(mail.identity, ()))), _read_in_vain(mail), numbers, those)
        for mail, numbers, those in wanted
    ]


def _in_vain(store: Store, domains: Iterable[str]) -> list[MailRow]:
    wanted = frozenset(domains)
    if not wanted:
        return []
    return [
        row for row in store.mails(candidate=True, purchase=False)
        if row.kind is not None and row.counterpart_domain in wanted
    ]  # fmt: skip


def _read_in_vain(mail: MailRow) -> bool:
    return mail.candidate and mail.kind == Kind.OTHER.value


def _worth(mail: MailRow, wrote: Sequence[datetime]) -> bool:
    """`wrote`: when the seller's purchase mails came, oldest first."""
    came = mail.received_at
    before = bisect_left(wrote, came)
    if wrote and before == 0:
        return False
    return not wrote or mail.reason not in BULK_REASONS or came - wrote[before - 1] <= ADVERTS_FOR
