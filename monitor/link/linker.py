"""The growing state of one call of `link`: orders so far, and the indexes by which a mail finds its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.link.words import Group, Letter, Linked, Member, Wishes, fold_name, fold_number, order_id
from monitor.types import OPENING_KINDS, Authentication, Kind, Reading, Seller

# Kinds that can open an order by themselves. A refund or a dispatch notice can: many shops mail nothing before it.
_OPENING = OPENING_KINDS
_ABOUT_MONEY = frozenset({Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.RETURNED})
_PURCHASE = _OPENING | {Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE}
# A payment service's receipt and the shop's confirmation of one purchase come within days of one another.
_SAME_PURCHASE = timedelta(days=3)
_SAME_RETRY = timedelta(days=7)  # a failed payment and the one that worked
_AT_ONCE = timedelta(minutes=2)  # nobody reads a letter, looks its order up and answers within this time
_OPEN_FOR = timedelta(days=180)  # how long a mail without a number may still belong to the seller's only order


@dataclass(slots=True)
class _Open:
    """A group while it grows."""

    seller: Seller | None
    number: str | None
    suspicious: bool
    members: list[Member] = field(default_factory=list)
    questions: set[str] = field(default_factory=set)
    amounts: set[tuple[Decimal, str]] = field(default_factory=set)
    kinds: set[Kind] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    sender_domains: set[str] = field(default_factory=set)
    stands_in: bool = False  # `number` is that of a receipt, an invoice or a transaction
    letter_addresses: set[str] = field(default_factory=set)
    letters_at: list[datetime] = field(default_factory=list)  # of the user's and the program's letters
    opened_at: datetime | None = None
    place: int = 0  # among all groups, in the order in which they were opened
    last_at: datetime | None = None
    dead: bool = False


class Linker:
    """The growing state of one call of `link`; nothing of it outlives the call."""

    def __init__(self, own: frozenset[str], wishes: Wishes | None = None) -> None:
        self.own = own
        self.wishes = wishes or Wishes()
        self.apart = {identity: place for place, mails in enumerate(self.wishes.apart) for identity in mails}
        self.set_apart: dict[int, _Open] = {}
        self.to_move: list[Reading] = []
        self.homeless: list[Letter] = []  # letters whose order is not known yet
        self.groups: list[_Open] = []
        self.by_number: dict[str, list[_Open]] = defaultdict(list)
        self.by_tracking: dict[str, list[_Open]] = defaultdict(list)
        self.by_message: dict[str, _Open] = {}
        self.by_seller: dict[str, list[_Open]] = defaultdict(list)
        self.by_name: dict[str, list[_Open]] = defaultdict(list)
        self.by_amount: dict[tuple[Decimal, str], list[_Open]] = defaultdict(list)
        self.by_identity: dict[str, _Open] = {}
        self.by_domain: dict[str, list[_Open]] = defaultdict(list)  # in the order in which they were opened
        self.by_address: dict[str, list[_Open]] = defaultdict(list)
        self.unlinked: list[Reading] = []

    # -- taking one mail --------------------------------------------------------------------------------------

    def take(self, reading: Reading) -> None:
        if reading.program:
            self.unlinked.append(reading)
            return
        if reading.identity in self.wishes.moved:
            self.to_move.append(reading)
            return
        if (place := self.apart.get(reading.identity)) is not None:
            group: _Open | None = self.set_apart.get(place)
            group = self.set_apart.setdefault(place, self._open(reading)) if group is None else group
            self._add(group, reading, self._kind_at_its_place(reading))
            return
        group, kind = self._place(reading)
        if group is None:
            self.unlinked.append(reading)
        else:
            self._add(group, reading, _in_context(group, reading, kind))

    def take_letter(self, letter: Letter) -> None:
        """A letter that the program sent: what answers it, or comes back, belongs to its order."""
        group = self.by_identity.get(letter.mail)
        if group is None:
            self.homeless.append(letter)
            return
        self.by_message.setdefault(letter.message_id, group)
        group.letter_addresses.add(letter.to.casefold())
        group.letters_at.append(letter.at)
        group.kinds.add(Kind.OWN_LETTER)

    def second_round(self) -> None:
        """Mails that came before the order they belong to was known (a letter, a carrier's notice) get a second try."""
        homeless, self.homeless = self.homeless, []
        for letter in homeless:
            self.take_letter(letter)
        waiting, self.unlinked = self.unlinked, []
        for reading in waiting:
            if reading.program or (reading.verdict.kind in _OPENING and reading.verdict.seller is not None):
                self.unlinked.append(reading)
            else:
                self.take(reading)

    def move(self) -> None:
        """Mails of which the user said that they belong elsewhere, or nowhere."""
        for reading in self.to_move:
            group = self.by_identity.get(self.wishes.moved[reading.identity] or "")
            if group is None:
                self.unlinked.append(reading)
            else:
                self._add(group, reading, _in_context(group, reading, self._kind_at_its_place(reading)))

    def _kind_at_its_place(self, reading: Reading) -> Kind:
        """The kind of a mail whose order the user named."""
        kind = reading.verdict.kind
        if kind is Kind.BOUNCE or reading.failed_recipients:
            return Kind.BOUNCE
        if reading.own and not self._forwarded_to_himself(reading):
            return Kind.OWN_LETTER
        if kind in _PURCHASE:
            return kind
        return Kind.AUTO_REPLY if kind is Kind.AUTO_REPLY or reading.auto_submitted else Kind.SELLER_REPLY

    def _place(self, reading: Reading) -> tuple[_Open | None, Kind]:
        kind = reading.verdict.kind
        if kind is Kind.BOUNCE or reading.failed_recipients:
            return self._letter_of_bounce(reading), Kind.BOUNCE
        if reading.own and not self._forwarded_to_himself(reading):
            return self._addressed_seller(reading), Kind.OWN_LETTER
        if (case := self._by_case_number(reading)) is not None:
            return case, kind if kind in _ABOUT_MONEY else Kind.DISPUTE_UPDATE
        if kind in _PURCHASE:
            if reading.authentication is Authentication.FAIL:
                return self._suspicious(reading), kind
            return self._by_values(reading), kind
        return self._answer(reading)

    def _by_case_number(self, reading: Reading) -> _Open | None:
        """The order of a mail that carries a number under which somebody keeps the user's complaint about it."""
        if not self.wishes.case_numbers or reading.authentication is Authentication.FAIL or reading.auto_submitted:
            return None
        for number in sorted(_mentions(reading)):
            group = self.by_identity.get(self.wishes.case_numbers.get(number, ""))
            if group is not None and not group.dead:
                return group
        return None

    def _forwarded_to_himself(self, reading: Reading) -> bool:
        """A forward of an order mail to oneself is the shop's word, not a letter to a shop."""
        return (
            reading.verdict.kind in _OPENING
            and bool(reading.to)
            and all(address.email in self.own for address in reading.to)
        )

    # -- purchase mails ---------------------------------------------------------------------------------------

    def _by_values(self, reading: Reading) -> _Open | None:
        finding, kind = reading.finding, reading.verdict.kind
        number = fold_number(finding.order_number.value) if finding.order_number else ""
        if number:
            matches = [
                g
                for g in self.by_number[number]
                if not g.suspicious and (_compatible(g, reading) or self._other_half(g, reading))
            ]
            if matches:
                return max(matches, key=lambda g: (_knows(g, reading), g.opened_at or reading.received_at))
        if finding.stands_in:
            number = ""  # an invoice or transaction number says nothing against another order number
        for tracking in finding.tracking_numbers:
            for group in self.by_tracking[fold_number(tracking.value)]:
                if _number_free(group, number) and (_compatible(group, reading) or reading.verdict.from_service):
                    return group
        threaded = self._thread(reading)
        if threaded is not None and _number_free(threaded, number):
            return threaded
        if (paired := self._same_amount(reading, number)) is not None:
            return paired
        if not number:
            only = self._only_order(reading)
            if only is not None:
                return only
        if kind in _OPENING and (reading.verdict.seller is not None or finding.order_number is not None):
            if reading.verdict.seller is None and kind in (Kind.SHIPPED, Kind.DELIVERED):
                return None  # a carrier's notice of a parcel that no shop wrote about; waits for the shop's mail
            return self._open(reading)
        return None

    def _other_half(self, group: _Open, reading: Reading) -> bool:
        """Number and sum agree within days: one purchase, though a payment service signs one of the two mails."""
        total, kind = reading.finding.total, reading.verdict.kind
        halves = {Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT}
        return (
            total is not None
            and kind in halves
            and bool(group.kinds & (halves - {kind}))
            and (total.value.amount, total.value.currency) in group.amounts
            and group.last_at is not None
            and reading.received_at - group.last_at <= _SAME_PURCHASE
        )

    def _same_amount(self, reading: Reading, number: str) -> _Open | None:
        """The other half of a purchase: a receipt without the number, or the confirmation of a receipt."""
        total, kind = reading.finding.total, reading.verdict.kind
        if total is None or kind not in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED):
            return None
        found = []
        for group in self.by_amount[(total.value.amount, total.value.currency)]:
            if group.dead or group.suspicious or not _compatible(group, reading):
                continue
            # A payment service numbers its transactions, the shop its orders: two numbers, one purchase.
            if not _number_free(group, number) and reading.sender.domain in group.sender_domains:
                continue
            failed = kind is Kind.PAYMENT_FAILED or Kind.PAYMENT_FAILED in group.kinds
            reach = _SAME_RETRY if failed else _SAME_PURCHASE
            # Two receipts of one sum are two purchases (a monthly fee); a receipt and an order are one.
            if kind in group.kinds and not failed:
                continue
            if group.last_at is not None and reading.received_at - group.last_at <= reach:
                found.append(group)
        return found[-1] if len(found) == 1 else None

    def _only_order(self, reading: Reading) -> _Open | None:
        """The seller's only order that this mail can speak of; several make a question, not a choice."""
        seller, kind, total = reading.verdict.seller, reading.verdict.kind, reading.finding.total
        if seller is None or kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED):
            return None
        candidates = self.by_seller[seller.value.key]
        if reading.verdict.from_service:  # a payment service knows the seller by name only
            named = self.by_name[fold_name(seller.value.name)]
            candidates = candidates + [group for group in named if group not in candidates]
        fits = [
            group
            for group in candidates
            if not group.dead
            and not group.suspicious
            and group.last_at is not None
            and reading.received_at - group.last_at <= _OPEN_FOR
            and kind not in group.kinds - {Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE, Kind.DELAYED, Kind.REFUND}
            and not (kind in (Kind.SHIPPED, Kind.DELIVERED) and group.kinds & {Kind.CANCELLATION, Kind.DELIVERED})
        ]
        if total is not None and kind in (Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION) and len(fits) > 1:
            exact = [g for g in fits if (total.value.amount, total.value.currency) in g.amounts]
            fits = exact or fits
        mentioned = [g for g in fits if g.number and fold_number(g.number) in _mentions(reading)]
        if len(mentioned) == 1:
            return mentioned[0]
        if len(fits) > 1:
            fits[-1].questions.add("which_order")
            return None
        return fits[0] if fits else None

    def _suspicious(self, reading: Reading) -> _Open | None:
        """A mail whose authentication failed is shown, but never joins or changes an order that a real one opened."""
        number = fold_number(reading.finding.order_number.value) if reading.finding.order_number else ""
        for group in self.by_number[number] if number else ():
            if group.suspicious and _compatible(group, reading):
                return group
        return self._open(reading) if reading.verdict.kind in _OPENING else None

    # -- letters, answers, bounces ------------------------------------------------------------------------------

    def _thread(self, reading: Reading) -> _Open | None:
        for reference in reversed(reading.references):
            group = self.by_message.get(reference)
            if group is not None and not group.dead:
                return group
        return None

    def _addressed_seller(self, reading: Reading) -> _Open | None:
        """The order that a letter of the user is about: its thread, else the order that it names, else the only one."""
        if (drafted := self.by_message.get(reading.message_id or "")) is not None and not drafted.dead:
            return drafted  # the program drafted it, the user's mail program sent it
        if (threaded := self._thread(reading)) is not None:
            return threaded
        mentions = _mentions(reading)
        fits: list[_Open] = []
        strangers = [to.email for to in reading.to if to.email not in self.own]
        for group in self._reached(strangers):
            if group.opened_at is not None and group.opened_at <= reading.received_at + timedelta(hours=1):
                fits.append(group)
        named = [g for g in fits if g.number and fold_number(g.number) in mentions]
        if named:
            return named[-1]
        recent = [g for g in fits if g.last_at is not None and reading.received_at - g.last_at <= _OPEN_FOR]
        if len(recent) > 1:
            recent[-1].questions.add("which_order")
            return None
        return recent[0] if recent else None

    def _reached(self, emails: Iterable[str], *, by_address: bool = True) -> list[_Open]:
        """The orders whose seller has one of these addresses, or a domain that they lie in; oldest first."""
        found: dict[int, _Open] = {}
        for email in emails:
            groups = (
                list(self.by_address[email.casefold()]) if by_address and email.casefold() in self.by_address else []
            )
            domain = email.rpartition("@")[2].casefold()
            while domain:
                groups += self.by_domain.get(domain, ())
                domain = domain.partition(".")[2]
            found.update((group.place, group) for group in groups if not group.dead and not group.suspicious)
        return [found[place] for place in sorted(found)]

    def _letter_of_bounce(self, reading: Reading) -> _Open | None:
        for message_id in (*reading.links_to, *reading.references):
            if message_id in self.by_message:
                return self.by_message[message_id]
        for address in reading.failed_recipients:
            for group in reversed(self.groups):
                if address.casefold() in group.letter_addresses:
                    return group
        return None

    def _answer(self, reading: Reading) -> tuple[_Open | None, Kind]:
        """A mail without purchase words that its place makes an answer: in a known thread, or naming the order."""
        kind = reading.verdict.kind
        if reading.authentication is Authentication.FAIL:
            return None, kind
        automatic = kind is Kind.AUTO_REPLY or reading.auto_submitted
        answer = Kind.AUTO_REPLY if automatic else Kind.SELLER_REPLY
        if (threaded := self._thread(reading)) is not None:
            return threaded, answer
        mentions = _mentions(reading)
        # by his address too: who names the number and writes from where the seller writes, speaks for him
        reached = self._reached([reading.sender.email])
        named = [g for g in reached if g.number and fold_number(g.number) in mentions]
        if named:
            return named[-1], answer
        fits = self._reached([reading.sender.email], by_address=False)
        written = [g for g in fits if Kind.OWN_LETTER in g.kinds]
        # An acknowledgement without thread or number answers the letter that went to that seller, if there is but one.
        if kind is Kind.AUTO_REPLY and len(written) == 1:
            return written[0], Kind.AUTO_REPLY
        return None, kind

    # -- keeping the books --------------------------------------------------------------------------------------

    def _open(self, reading: Reading) -> _Open:
        seller = reading.verdict.seller
        group = _Open(
            seller=seller.value if seller else None,
            number=None,
            suspicious=reading.authentication is Authentication.FAIL,
            opened_at=reading.received_at,
            place=len(self.groups),
        )
        self.groups.append(group)
        return group

    def _add(self, group: _Open, reading: Reading, kind: Kind) -> None:
        finding, seller = reading.finding, reading.verdict.seller
        group.members.append(Member(reading, kind))
        group.kinds.add(kind)
        group.last_at = max(group.last_at or reading.received_at, reading.received_at)
        self.by_identity[reading.identity] = group
        if reading.message_id:
            self.by_message.setdefault(reading.message_id, group)
        if kind is Kind.OWN_LETTER:
            group.letters_at.append(reading.received_at)
            group.letter_addresses.update(to.email.casefold() for to in reading.to if to.email not in self.own)
            return
        if kind in (Kind.BOUNCE, Kind.AUTO_REPLY):
            return
        if seller is not None:
            if group.seller is None or (not group.seller.domain and seller.value.domain):
                group.seller = seller.value
            if group not in self.by_seller[seller.value.key]:
                self.by_seller[seller.value.key].append(group)
            name = fold_name(seller.value.name)
            if name and group not in self.by_name[name]:
                self.by_name[name].append(group)
            if seller.value.domain and seller.value.domain not in group.domains:
                group.domains.add(seller.value.domain)
                self.by_domain[seller.value.domain.casefold()].append(group)
        addresses = {c.value.casefold() for c in finding.contacts if c.channel == "email"}
        if not reading.verdict.from_service and not reading.own:
            addresses.update(
                a.email.casefold() for a in (reading.sender, reading.reply_to) if a is not None and a.email
            )
        for address in addresses - group.addresses:
            self.by_address[address].append(group)
        group.addresses |= addresses
        group.sender_domains.add(reading.sender.domain)
        if finding.order_number is not None and kind in _PURCHASE:
            self._number(group, finding.order_number.value, stands_in=finding.stands_in or kind is Kind.PAYMENT_RECEIPT)
        for tracking in finding.tracking_numbers:
            self.by_tracking[fold_number(tracking.value)].append(group)
        if finding.total is not None and kind in _OPENING:
            amount = (finding.total.value.amount, finding.total.value.currency)
            if amount not in group.amounts:
                group.amounts.add(amount)
                self.by_amount[amount].append(group)

    def _number(self, group: _Open, number: str, *, stands_in: bool) -> None:
        """The shop's own number is the order's; that of a receipt or invoice stands in until the shop has written."""
        if group not in self.by_number[fold_number(number)]:
            self.by_number[fold_number(number)].append(group)
        if group.number is None or (group.stands_in and not stands_in):
            group.number, group.stands_in = number, stands_in

    def merge(self, one: str, other: str) -> None:
        first, second = self.by_identity.get(one), self.by_identity.get(other)
        if first is None or second is None or first is second:
            return
        for member in second.members:
            first.members.append(member)
            self.by_identity[member.reading.identity] = first
        first.number = first.number or second.number
        first.seller = first.seller or second.seller
        first.questions |= second.questions
        first.questions.discard("which_order")
        second.dead = True

    def result(self) -> Linked:
        groups = []
        for group in self.groups:
            if group.dead or not group.members:
                continue
            members = sorted(group.members, key=lambda m: (m.reading.received_at, m.reading.identity))
            opener = next((m for m in members if m.kind in _OPENING), members[0])
            groups.append(
                Group(
                    id=order_id(opener.reading.identity),
                    seller=group.seller or _sender_as_seller(opener.reading),
                    number=group.number,
                    members=tuple(members),
                    questions=tuple(sorted(group.questions)),
                )
            )
        return Linked(tuple(groups), tuple(reading.identity for reading in self.unlinked))


def _in_context(group: _Open, reading: Reading, kind: Kind) -> Kind:
    """The kind that a mail has at its place, where that says more than its words.

    After a letter of the user, a bare "your order 1001" is the answer, not a second confirmation; and an answer that
    comes at once and names no day or sum is a machine's acknowledgement, in whatever words.
    """
    finding = reading.finding
    letters = group.letters_at
    if not letters or reading.authentication is Authentication.FAIL:
        return kind
    if kind is Kind.ORDER_CONFIRMATION and kind in group.kinds and finding.total is None and not finding.items:
        kind = Kind.SELLER_REPLY
    says_something = finding.total or finding.dispatch_by or finding.promised_by or finding.refund_by
    at_once = any(sent <= reading.received_at <= sent + _AT_ONCE for sent in letters)
    return Kind.AUTO_REPLY if kind is Kind.SELLER_REPLY and at_once and not says_something else kind


def _compatible(group: _Open, reading: Reading) -> bool:
    """Whether the mail can come from (or be about) the seller of the group."""
    seller = reading.verdict.seller
    if seller is None or group.seller is None:
        return True
    mine, its = seller.value, group.seller
    if mine.key == its.key or (mine.domain and mine.domain in group.domains):
        return True
    ours, theirs = fold_name(mine.name), fold_name(its.name)
    if not ours or not theirs:
        return False
    short, long = sorted((ours, theirs), key=len)
    return short == long or (len(short) >= 3 and long.startswith(short))


def _knows(group: _Open, reading: Reading) -> bool:
    seller = reading.verdict.seller
    return seller is not None and group.seller is not None and seller.value.key == group.seller.key


def _number_free(group: _Open, number: str) -> bool:
    """Two different order numbers are two orders, whatever else agrees."""
    return not number or group.number is None or fold_number(group.number) == number


def _mentions(reading: Reading) -> frozenset[str]:
    words = [fold_number(word) for word in reading.body_mentions]
    if reading.finding.order_number is not None:
        words.append(fold_number(reading.finding.order_number.value))
    return frozenset(word for word in words if word)


def _sender_as_seller(reading: Reading) -> Seller:
    """Where no mail names the seller: the sender stands in, so that the order can be shown."""
    sender = reading.sender
    return Seller(key=sender.domain or sender.email, name=sender.name or sender.domain or sender.email)
