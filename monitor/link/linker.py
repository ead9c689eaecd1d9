"""Decides for one mail after the other which order it belongs to.

In charge of the ways by which a mail finds its order (number, parcel, thread, sum, the seller's only order) and of the
order in which they are tried; of letters, answers and bounces; of what the user said of single mails. The orders
themselves, and where to look for them, are in `books`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor import knowledge
from monitor.knowledge import letters_shared
from monitor.link.books import Books
from monitor.link.group import PURCHASE, Open, compatible, in_context, knows, mentions, named, number_free, speaks_of
from monitor.link.words import WHICH_ORDER, Letter, Linked, Wishes, fold_name, fold_number
from monitor.types import OPENING_KINDS, Address, Authentication, Kind, Reading

# Kinds that can open an order by themselves. A refund or a dispatch notice can: many shops mail nothing before it.
_OPENING = OPENING_KINDS
_ABOUT_MONEY = frozenset({Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.RETURNED})
# Kinds of which an order may have several without a number that tells which is which.
_MANY = frozenset({Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE, Kind.DELAYED, Kind.REFUND})
_ENDS = frozenset({Kind.CANCELLATION, Kind.DELIVERED})  # nothing is sent after these
# A payment service's receipt and the shop's confirmation of one purchase come within days of one another.
_SAME_PURCHASE = timedelta(days=3)
_SAME_RETRY = timedelta(days=7)  # a failed payment and the one that worked
_OPEN_FOR = timedelta(days=180)  # how long a mail without a number may still belong to the seller's only order


@dataclass(frozen=True, slots=True)
class _Shared:
    """Orders that one letter speaks of, each with its folded number, the home first; and all numbers in the letter."""

    groups: tuple[tuple[Open, str], ...]
    numbers: tuple[str, ...]


class Linker:
    """The growing state of one call of `link`; nothing of it outlives the call."""

    def __init__(self, own: frozenset[str], wishes: Wishes | None = None) -> None:
        self.own = own
        self.wishes = wishes or Wishes()
        self.apart = {identity: place for place, mails in enumerate(self.wishes.apart) for identity in mails}
        self.set_apart: dict[int, Open] = {}
        self.to_move: list[Reading] = []
        self.homeless: list[Letter] = []  # letters whose order is not known yet
        self.unlinked: list[Reading] = []
        self.doubts: dict[str, tuple[list[Open], list[Open]]] = {}  # by mail: the orders that it fits, where to ask
        self.told = frozenset(identity for pair in self.wishes.same for identity in pair)
        self.books = Books(own)
        self.in_time_order = True  # no order has news younger than the mail in hand: old orders need no look

    # -- taking one mail --------------------------------------------------------------------------------------

    def take(self, reading: Reading) -> None:
        if reading.program:
            self.unlinked.append(reading)
            return
        if reading.identity in self.wishes.moved:
            self.to_move.append(reading)
            return
        if (place := self.apart.get(reading.identity)) is not None:
            if place not in self.set_apart:
                self.set_apart[place] = self.books.open(reading)
            self.books.add(self.set_apart[place], reading, self._kind_at_its_place(reading))
            return
        self.doubts.pop(reading.identity, None)
        group, kind = self._place(reading)
        if group is None:
            self.unlinked.append(reading)
        elif kind is Kind.OWN_LETTER and (shared := self._shared_by(reading, group)) is not None:
            self._share(shared, reading)
        else:
            kind = in_context(group, reading, kind)
            self.books.add(group, reading, kind)
            self._answers_several(reading, group, kind)

    def take_letter(self, letter: Letter) -> None:
        """A letter that the program sent: what answers it, or comes back, belongs to its order."""
        group = self.books.by_identity.get(letter.mail)
        if group is None:
            self.homeless.append(letter)
        else:
            self.books.add_letter(group, letter.message_id, letter.at, letter.to)

    def second_round(self) -> None:
        """Mails that came before the order they belong to was known (a letter, a carrier's notice) get a second try."""
        self.in_time_order = False
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
            group = self.books.by_identity.get(self.wishes.moved[reading.identity] or "")
            if group is None:
                self.unlinked.append(reading)
            else:
                self.books.add(group, reading, in_context(group, reading, self._kind_at_its_place(reading)))

    def merge(self, one: str, other: str) -> None:
        """The user says that these two mails belong to one order."""
        self.books.merge(one, other)

    def result(self) -> Linked:
        """All orders with their questions, and the mails that belong to none."""
        for identity, (fits, sites) in self.doubts.items():
            if len({self._now(group) for group in fits}) > 1:  # else the user has said that they are one
                home = self.books.by_identity.get(identity)
                for group in (*map(self._now, sites), *(() if home is None else (home,))):
                    group.questions.add(f"{WHICH_ORDER}:{identity}")
        return Linked(self.books.result(), tuple(reading.identity for reading in self.unlinked))

    def _ask(self, reading: Reading, fits: list[Open], sites: list[Open]) -> None:
        """Only the user can tell to which of these orders a mail belongs; what he has told is not asked again."""
        if reading.identity not in self.told:
            self.doubts[reading.identity] = (fits, sites)

    def _now(self, group: Open) -> Open:
        """The order that holds the mails of this one, which the user may have made part of another."""
        return self.books.by_identity[group.members[0].reading.identity]

    def _kind_at_its_place(self, reading: Reading) -> Kind:
        """The kind of a mail whose order the user named."""
        kind = reading.verdict.kind
        if kind is Kind.BOUNCE or reading.failed_recipients:
            return Kind.BOUNCE
        if reading.own and not self._forwarded_to_himself(reading):
            return Kind.OWN_LETTER
        if kind in PURCHASE:
            return kind
        return Kind.AUTO_REPLY if kind is Kind.AUTO_REPLY or reading.auto_submitted else Kind.SELLER_REPLY

    def _place(self, reading: Reading) -> tuple[Open | None, Kind]:
        kind = reading.verdict.kind
        if kind is Kind.BOUNCE or reading.failed_recipients:
            return self._letter_of_bounce(reading), Kind.BOUNCE
        if reading.own and not self._forwarded_to_himself(reading):
            return self._addressed_seller(reading), Kind.OWN_LETTER
        if (case := self._by_case_number(reading)) is not None:
            return case, kind if kind in _ABOUT_MONEY else Kind.DISPUTE_UPDATE
        if kind in PURCHASE:
            if reading.authentication is Authentication.FAIL:
                return self._suspicious(reading), kind
            found = self._by_values(reading)
            if found is None and kind is Kind.DISPUTE_UPDATE and reading.verdict.seller is None:
                found = self._disputed(reading)
            return found, kind
        return self._answer(reading)

    def _by_case_number(self, reading: Reading) -> Open | None:
        """The order of a mail that carries a number under which somebody keeps the user's complaint about it.

        The number is one that the user was given, or that an earlier mail about the complaint names.
        """
        if reading.authentication is Authentication.FAIL or reading.auto_submitted:
            return None
        case = reading.finding.case_number
        numbers = {fold_number(case.value)} if case is not None else set()
        if self.wishes.case_numbers:
            for number in sorted(mentions(reading) | numbers):
                group = self.books.by_identity.get(self.wishes.case_numbers.get(number, ""))
                if group is not None and not group.dead:
                    return group
        told = (self.books.by_case.get(number) for number in numbers)
        return next((group for group in told if group is not None and not group.dead), None)

    def _disputed(self, reading: Reading) -> Open | None:
        """The order of a mail about a dispute that names no seller: the one whose number stands in it, or whose sum.

        A card company writes neither from the seller's address nor in the seller's words. Where several orders fit, the
        user is asked.
        """
        at, total = reading.received_at, reading.finding.total
        fits = self.books.with_number(mentions(reading))
        if not fits and total is not None:
            amount = (total.value.amount, total.value.currency)
            fits = sorted(
                (
                    group for _, group in self.books.by_amount.before(amount, at, None)
                    if not group.dead and not group.suspicious and timedelta(0) <= at - group.opened_at <= _OPEN_FOR
                ),
                key=lambda group: group.place,
            )  # fmt: skip
        if len(fits) > 1:
            self._ask(reading, fits, fits[-1:])
            return None
        return fits[0] if fits else None

    def _forwarded_to_himself(self, reading: Reading) -> bool:
        """A forward of an order mail to oneself is the shop's word, not a letter to a shop."""
        return (
            reading.verdict.kind in _OPENING
            and bool(reading.to)
            and all(address.email in self.own for address in reading.to)
        )

    # -- purchase mails ---------------------------------------------------------------------------------------

    def _by_values(self, reading: Reading) -> Open | None:
        finding, kind = reading.finding, reading.verdict.kind
        number = fold_number(finding.order_number.value) if finding.order_number else ""
        if number:
            matches = [
                group
                for group in self.books.by_number.get(number, ())
                if not group.suspicious and (compatible(group, reading) or self._other_half(group, reading))
            ]
            if matches:
                return max(matches, key=lambda group: (knows(group, reading), group.opened_at))
        if finding.stands_in:
            number = ""  # an invoice or transaction number says nothing against another order number
        for tracking in finding.tracking_numbers:
            for group in self.books.by_tracking.get(fold_number(tracking.value), ()):
                if number_free(group, number) and (compatible(group, reading) or reading.verdict.from_service):
                    return group
        threaded = self._thread(reading)
        if threaded is not None and number_free(threaded, number):
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
            return self.books.open(reading)
        return None

    def _other_half(self, group: Open, reading: Reading) -> bool:
        """Number and sum agree within days: one purchase, though a payment service signs one of the two mails."""
        total, kind = reading.finding.total, reading.verdict.kind
        halves = {Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT}
        return (
            total is not None
            and kind in halves
            and bool(group.kinds & (halves - {kind}))
            and (total.value.amount, total.value.currency) in group.amounts
            and reading.received_at - group.last_at <= _SAME_PURCHASE
        )

    def _same_amount(self, reading: Reading, number: str) -> Open | None:
        """The other half of a purchase: a receipt without the number, or the confirmation of a receipt."""
        total, kind = reading.finding.total, reading.verdict.kind
        if total is None or kind not in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED):
            return None
        amount = (total.value.amount, total.value.currency)
        found = []
        within = _SAME_RETRY if self.in_time_order else None
        for _, group in self.books.by_amount.before(amount, reading.received_at, within):
            if group.dead or group.suspicious or not compatible(group, reading):
                continue
            # A payment service numbers its transactions, the shop its orders: two numbers, one purchase.
            if not number_free(group, number) and reading.sender.domain in group.sender_domains:
                continue
            failed = kind is Kind.PAYMENT_FAILED or Kind.PAYMENT_FAILED in group.kinds
            # Two receipts of one sum are two purchases (a monthly fee); a receipt and an order are one.
            if kind in group.kinds and not failed:
                continue
            if reading.received_at - group.last_at <= (_SAME_RETRY if failed else _SAME_PURCHASE):
                found.append(group)
        return found[0] if len(found) == 1 else None

    def _only_order(self, reading: Reading) -> Open | None:
        """The seller's only order that this mail can speak of; several make a question, not a choice."""
        seller, kind, total = reading.verdict.seller, reading.verdict.kind, reading.finding.total
        if seller is None or kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED):
            return None
        at, within = reading.received_at, _OPEN_FOR if self.in_time_order else None
        once, ended = kind not in _MANY, _ENDS if kind in (Kind.SHIPPED, Kind.DELIVERED) else frozenset()
        candidates: dict[Open, tuple[int, int]] = {}
        indexes = [(0, self.books.by_seller, seller.value.key)]
        if reading.verdict.from_service:  # a payment service knows the seller by name only
            indexes.append((1, self.books.by_name, fold_name(seller.value.name)))
        for rank, index, key in indexes:
            for place, group in index.before(key, at, within):
                has = group.kinds
                if (once and kind in has) or (ended and ended & has) or group.dead or group.suspicious:
                    continue
                if at - group.last_at <= _OPEN_FOR:
                    candidates.setdefault(group, (rank, place))
        fits = sorted(candidates, key=candidates.__getitem__)
        if total is not None and kind in (Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION) and len(fits) > 1:
            exact = [group for group in fits if (total.value.amount, total.value.currency) in group.amounts]
            fits = exact or fits
        numbers = mentions(reading)
        mentioned = [group for group in fits if named(group, numbers)]
        if len(mentioned) == 1:
            return mentioned[0]
        if len(fits) > 1:
            self._ask(reading, fits, fits[-1:])
            return None
        return fits[0] if fits else None

    def _suspicious(self, reading: Reading) -> Open | None:
        """A mail whose authentication failed is shown, but never joins or changes an order that a real one opened."""
        number = fold_number(reading.finding.order_number.value) if reading.finding.order_number else ""
        for group in self.books.by_number.get(number, ()) if number else ():
            if group.suspicious and compatible(group, reading):
                return group
        return self.books.open(reading) if reading.verdict.kind in _OPENING else None

    # -- letters, answers, bounces ------------------------------------------------------------------------------

    def _thread(self, reading: Reading) -> Open | None:
        for reference in reversed(reading.references):
            group = self.books.by_message.get(reference)
            if group is not None and not group.dead:
                several = self.books.sharing.get(reference, ())
                numbers = mentions(reading) if several else frozenset()
                meant = [one for one in several if named(one, numbers) and not one.dead]
                return meant[0] if len(meant) == 1 else group
        return None

    def _addressed_seller(self, reading: Reading) -> Open | None:
        """The order that a letter of the user is about: its thread, else the order that it names, else the only one."""
        if (drafted := self.books.by_message.get(reading.message_id or "")) is not None and not drafted.dead:
            return drafted  # the program drafted it, the user's mail program sent it
        if (threaded := self._thread(reading)) is not None:
            return threaded
        strangers = [to.email for to in reading.to if to.email not in self.own]
        known = reading.received_at + timedelta(hours=1)
        numbers = mentions(reading)
        fits = [group for group in self._reached(strangers, numbers) if group.opened_at <= known]
        spoken_of = [group for group in fits if named(group, numbers)]
        if len(spoken_of) > 1:  # one letter about several orders: only the user can say what it says of which
            self._ask(reading, spoken_of, spoken_of)
        if spoken_of:
            return spoken_of[-1]
        recent = [group for group in fits if reading.received_at - group.last_at <= _OPEN_FOR]
        if len(recent) > 1:
            self._ask(reading, recent, recent)  # at each: as long as nobody knows, no further letter to him is ready
            return None
        return recent[0] if recent else None

    def _reached(self, strangers: list[str], numbers: frozenset[str]) -> list[Open]:
        """The orders that a letter to these addresses can be about: those of the sellers who have them.

        And, where one is that of a bank or payment service, or bears the name of a shop, those that the letter names.
        """
        shops = knowledge.load().shops
        found = self.books.reached(strangers)
        known = [shops.for_sender(Address("", email)) for email in strangers]
        if any(shop is not None and shop.names_another for shop in known):
            found += [group for group in self.books.with_number(numbers) if group not in found]
        elif not found and not any(known):
            found = [
                group for group in self.books.with_number(numbers) if any(speaks_of(group, to) for to in strangers)
            ]
        return found

    def _shared_by(self, reading: Reading, home: Open) -> _Shared | None:
        """The orders of which a letter of the user speaks in its own words, which go before the thread that it is in.

        None where that is no other than `home`, and no order that nobody knows.
        """
        if not reading.finding.passages or reading.message_id in self.books.by_message:
            return None  # or the program wrote it
        strangers = [to.email for to in reading.to if to.email not in self.own]
        known = reading.received_at + timedelta(hours=1)
        named_at_all = mentions(reading)
        groups = {
            fold_number(group.number): group
            for group in (*self._reached(strangers, named_at_all), home)
            if group.number and (group is home or (group.opened_at <= known and named(group, named_at_all)))
        }
        numbers = tuple(letters_shared.spoken_of(reading, groups))
        spoken = [(groups[number], number) for number in numbers if number in groups]
        if not spoken:
            return None
        self.doubts.pop(reading.identity, None)  # what it quotes may name others
        if len(numbers) == 1 and spoken[0][0] is home:
            return None
        return _Shared(tuple(sorted(spoken, key=lambda pair: pair[0] is not home)), numbers)

    def _share(self, shared: _Shared, reading: Reading) -> None:
        """A letter about several orders is in the story of each; asks where it cannot be told what it says of which."""
        self.books.share(shared.groups, reading, shared.numbers)
        said = letters_shared.shares(reading, shared.numbers)
        if unclear := [group for group, number in shared.groups if said[number] is None]:
            self._ask(reading, unclear, unclear)

    def _answers_several(self, reading: Reading, home: Open, kind: Kind) -> None:
        """The answer to a letter about several orders is one about each, where it names none of them."""
        asked = next((self.books.sharing[r] for r in reversed(reading.references) if r in self.books.sharing), ())
        others = [group for group in asked if group is not home and not group.dead]
        if home not in asked or any(named(group, mentions(reading)) for group in asked):
            return
        for group in others:
            if kind in (Kind.SELLER_REPLY, Kind.AUTO_REPLY):
                self.books.copy(group, reading, kind)
            elif kind in _ABOUT_MONEY:
                self._ask(reading, [home, *others], [home, *others])

    def _letter_of_bounce(self, reading: Reading) -> Open | None:
        for message_id in (*reading.links_to, *reading.references):
            if message_id in self.books.by_message:
                return self.books.by_message[message_id]
        found = (self.books.written_to(address) for address in reading.failed_recipients)
        return next((group for group in found if group is not None), None)

    def _answer(self, reading: Reading) -> tuple[Open | None, Kind]:
        """A mail without purchase words that its place makes an answer: in a known thread, or naming the order."""
        kind = reading.verdict.kind
        if reading.authentication is Authentication.FAIL:
            return None, kind
        automatic = kind is Kind.AUTO_REPLY or reading.auto_submitted
        answer = Kind.AUTO_REPLY if automatic else Kind.SELLER_REPLY
        if (threaded := self._thread(reading)) is not None:
            return threaded, answer
        # by his address too: who names the number and writes from where the seller writes, speaks for him
        spoken_of = self.books.reached_by_number(reading.sender.email, mentions(reading))
        if spoken_of:
            return spoken_of[-1], answer
        # An acknowledgement without thread or number answers the letter that went to that seller, if there is but one.
        if kind is Kind.AUTO_REPLY:
            fits = self.books.reached([reading.sender.email], by_address=False)
            written = [group for group in fits if Kind.OWN_LETTER in group.kinds]
            if len(written) == 1:
                return written[0], Kind.AUTO_REPLY
        return None, kind
