"""The orders so far, and the indexes by which a mail finds those that it may belong to.

In charge of keeping them as mails are added: by number, parcel, thread, seller, sum, domain and address. Every look-up
costs what it finds, not what there is: a mailbox can hold ten thousand orders with one seller. It decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.link.group import PURCHASE, Open, sender_as_seller
from monitor.link.words import Group, Member, fold_name, fold_number, order_id
from monitor.types import OPENING_KINDS, Authentication, Kind, Reading

Groups = dict[Open, None]
"""Groups in the order in which they were added, each once."""


class Recent:
    """Groups by a key; of each key, those in which something happened last come last."""

    def __init__(self) -> None:
        self._groups: defaultdict[Hashable, dict[Open, int]] = defaultdict(dict)
        self._keys: defaultdict[Open, list[Hashable]] = defaultdict(list)

    def add(self, key: Hashable, group: Open) -> None:
        groups = self._groups[key]
        if group not in groups:
            groups[group] = len(groups)
            self._keys[group].append(key)

    def moved_on(self, group: Open) -> None:
        """Something happened in this group just now."""
        for key in self._keys.get(group, ()):
            groups = self._groups[key]
            groups[group] = groups.pop(group)

    def before(self, key: Hashable, at: datetime, within: timedelta | None) -> Iterator[tuple[int, Open]]:
        """The groups in which something happened `within` this time before `at` (None: all), each with its place."""
        for group, place in reversed(self._groups.get(key, {}).items()):
            if within is not None and at - group.last_at > within:
                return
            yield place, group


class Books:
    """The groups of one call of `link`, and where to find them."""

    def __init__(self, own: frozenset[str]) -> None:
        self.own = own
        self.groups: list[Open] = []
        self.by_identity: dict[str, Open] = {}
        self.by_message: dict[str, Open] = {}
        self.sharing: dict[str, tuple[Open, ...]] = {}  # by Message-ID of a letter about several: all of them
        self.by_number: defaultdict[str, Groups] = defaultdict(dict)
        self.by_case: dict[str, Open] = {}  # by the number of a complaint, as mails about it name it
        self.by_tracking: defaultdict[str, Groups] = defaultdict(dict)
        self.by_seller = Recent()
        self.by_name = Recent()
        self.by_amount = Recent()
        self._by_domain: defaultdict[str, Groups] = defaultdict(dict)
        self._by_address: defaultdict[str, Groups] = defaultdict(dict)
        self._by_letter: defaultdict[str, Groups] = defaultdict(dict)  # by the address that a letter went to

    # -- finding ----------------------------------------------------------------------------------------------

    def reached(self, emails: Iterable[str], *, by_address: bool = True) -> list[Open]:
        """The groups whose seller has one of these addresses, or a domain that they lie in; oldest first."""
        found: Groups = {}
        for email in emails:
            address = email.casefold()
            if by_address:
                found |= self._by_address.get(address, {})
            for domain in _domains(address):
                found |= self._by_domain.get(domain, {})
        return sorted((group for group in found if not group.dead and not group.suspicious), key=_place)

    def reached_by_number(self, email: str, numbers: Iterable[str]) -> list[Open]:
        """Those of `reached` whose own number is one of these (folded); oldest first."""
        address = email.casefold()
        domains = _domains(address)
        found: Groups = {}
        for number in numbers:
            for group in self.by_number.get(number, ()):
                if group.dead or group.suspicious or not group.number or fold_number(group.number) != number:
                    continue
                of_address = group in self._by_address.get(address, ())
                if of_address or any(group in self._by_domain.get(domain, ()) for domain in domains):
                    found[group] = None
        return sorted(found, key=_place)

    def with_number(self, numbers: Iterable[str]) -> list[Open]:
        """The groups whose own number is one of these (folded); oldest first."""
        found = [group for number in numbers for group in self.by_number.get(number, ())]
        sound = {group for group in found if not group.dead and not group.suspicious and group.number}
        return sorted((group for group in sound if fold_number(group.number or "") in numbers), key=_place)

    def written_to(self, address: str) -> Open | None:
        """The group opened last of those about which a letter went to this address."""
        return max(self._by_letter.get(address.casefold(), ()), key=_place, default=None)

    # -- keeping ----------------------------------------------------------------------------------------------

    def open(self, reading: Reading) -> Open:
        """A new group, which this mail opens."""
        seller, at = reading.verdict.seller, reading.received_at
        group = Open(
            seller=seller.value if seller else None,
            number=None,
            suspicious=reading.authentication is Authentication.FAIL,
            opened_at=at,
            last_at=at,
            place=len(self.groups),
        )
        self.groups.append(group)
        return group

    def add_letter(self, group: Open, message_id: str, at: datetime, to: str) -> None:
        """A letter that the program sent about this group."""
        self.by_message.setdefault(message_id, group)
        self._by_letter[to.casefold()][group] = None
        group.letters_at.append(at)
        group.kinds.add(Kind.OWN_LETTER)

    def share(self, groups: Sequence[tuple[Open, str]], reading: Reading, numbers: Sequence[str]) -> None:
        """This letter of the user is about these groups, the first of which is its home; each with its number."""
        for place, (group, number) in enumerate(groups):
            group.members.append(Member(reading, Kind.OWN_LETTER, number, tuple(numbers), place > 0))
            self._moved_on(group, reading, Kind.OWN_LETTER)
            group.letters_at.append(reading.received_at)
        home = groups[0][0]
        self.by_identity[reading.identity] = home
        if reading.message_id:
            self.by_message.setdefault(reading.message_id, home)
            self.sharing[reading.message_id] = tuple(group for group, _ in groups)
        for to in reading.to:
            if to.email not in self.own:
                self._by_letter[to.email.casefold()][home] = None

    def copy(self, group: Open, reading: Reading, kind: Kind) -> None:
        """A mail that is in the story of another group, its home, is in this one's too."""
        group.members.append(Member(reading, kind, elsewhere=True))
        self._moved_on(group, reading, kind)

    def _moved_on(self, group: Open, reading: Reading, kind: Kind) -> None:
        group.kinds.add(kind)
        if reading.received_at >= group.last_at:
            group.last_at = reading.received_at
            for index in (self.by_seller, self.by_name, self.by_amount):
                index.moved_on(group)

    def add(self, group: Open, reading: Reading, kind: Kind) -> None:
        """This mail belongs to this group, and is of this kind there."""
        finding, seller = reading.finding, reading.verdict.seller
        group.members.append(Member(reading, kind))
        self._moved_on(group, reading, kind)
        self.by_identity[reading.identity] = group
        if reading.message_id:
            self.by_message.setdefault(reading.message_id, group)
        if kind is Kind.OWN_LETTER:
            group.letters_at.append(reading.received_at)
            for to in reading.to:
                if to.email not in self.own:
                    self._by_letter[to.email.casefold()][group] = None
            return
        if kind in (Kind.BOUNCE, Kind.AUTO_REPLY):
            return
        if seller is not None:
            if group.seller is None or (not group.seller.domain and seller.value.domain):
                group.seller = seller.value
            self.by_seller.add(seller.value.key, group)
            if name := fold_name(seller.value.name):
                self.by_name.add(name, group)
            if seller.value.domain and seller.value.domain not in group.domains:
                group.domains.add(seller.value.domain)
                self._by_domain[seller.value.domain.casefold()][group] = None
        addresses = {c.value.casefold() for c in finding.contacts if c.channel == "email"}
        if finding.case_number is not None:
            self.by_case.setdefault(fold_number(finding.case_number.value), group)
        third = reading.verdict.from_service or (kind is Kind.DISPUTE_UPDATE and seller is None)
        if not third and not reading.own:
            addresses.update(
                a.email.casefold() for a in (reading.sender, reading.reply_to) if a is not None and a.email
            )
        for address in addresses - group.addresses:
            self._by_address[address][group] = None
        group.addresses |= addresses
        group.sender_domains.add(reading.sender.domain)
        if finding.order_number is not None and kind in PURCHASE:
            self._number(group, finding.order_number.value, stands_in=finding.stands_in or kind is Kind.PAYMENT_RECEIPT)
        for tracking in finding.tracking_numbers:
            self.by_tracking[fold_number(tracking.value)][group] = None
        if finding.total is not None and kind in OPENING_KINDS:
            amount = (finding.total.value.amount, finding.total.value.currency)
            group.amounts.add(amount)
            self.by_amount.add(amount, group)

    def _number(self, group: Open, number: str, *, stands_in: bool) -> None:
        """The shop's own number is the order's; that of a receipt or invoice stands in until the shop has written."""
        self.by_number[fold_number(number)][group] = None
        if group.number is None or (group.stands_in and not stands_in):
            group.number, group.stands_in = number, stands_in

    def merge(self, one: str, other: str) -> None:
        """The user says that these two mails belong to one order."""
        first, second = self.by_identity.get(one), self.by_identity.get(other)
        if first is None or second is None or first is second:
            return
        held = {member.reading.identity for member in first.members}
        first.members = [
            replace(member, elsewhere=False) if self.by_identity[member.reading.identity] is second else member
            for member in first.members
        ]
        for member in second.members:
            if not member.elsewhere:
                self.by_identity[member.reading.identity] = first
            if member.reading.identity not in held:
                first.members.append(member)
        first.number = first.number or second.number
        first.seller = first.seller or second.seller
        second.dead = True

    def result(self) -> tuple[Group, ...]:
        """The groups as they stand, in the order in which they were opened."""
        groups = []
        for group in self.groups:
            if group.dead or not group.members:
                continue
            members = sorted(group.members, key=lambda m: (m.reading.received_at, m.reading.identity))
            opener = next((m for m in members if m.kind in OPENING_KINDS), members[0])
            groups.append(
                Group(
                    id=order_id(opener.reading.identity),
                    seller=group.seller or sender_as_seller(opener.reading),
                    number=group.number,
                    members=tuple(members),
                    questions=tuple(sorted(group.questions)),
                )
            )
        return tuple(groups)


def _domains(address: str) -> list[str]:
    """The domain of an address and those that it lies in."""
    found = []
    domain = address.rpartition("@")[2]
    while domain:
        found.append(domain)
        domain = domain.partition(".")[2]
    return found


def _place(group: Open) -> int:
    return group.place
