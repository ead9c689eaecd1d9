"""The header alone: is the body worth fetching?

In charge of losing no mail about a purchase at a cost of microseconds; a wrong yes costs one body, a wrong no an
order. Judges nothing: that is `verdict`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from monitor.classify.evidence import is_answer
from monitor.knowledge import Knowledge, domains, names, patterns
from monitor.knowledge.phrases import SPACELESS, Beginnings, PhraseIndex, fold, squeeze
from monitor.types import Header, Triage


@dataclass(frozen=True, slots=True)
class Known:
    """Sellers with open orders and threads that belong to them."""

    domains: frozenset[str] = frozenset()
    message_ids: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    numbers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # registrable domain -> its order numbers
    case_numbers: frozenset[str] = frozenset()  # that somebody gave to a complaint of the user


NOBODY = Known()

_THREAD = Triage(True, "an answer in a known thread")
_SELLER = Triage(True, "from a seller with an open order")
_TO_SELLER = Triage(True, "to a seller with an open order")
_CASE = Triage(True, "its subject has a case number of yours")
_BOUNCE = Triage(True, "a delivery report")
_FORWARD = Triage(True, "a forwarded mail")
_SUBJECT = Triage(True, "its subject has a word of purchases")
_SHOP = Triage(True, "from a known shop or service, and no advert")
_SENDER = Triage(True, "from an address such as shops use")
_NAMED = Triage(True, "its sender's name has a word of purchases")
_BANK = Triage(True, "its sender bears the name of a bank")
_NO_SUBJECT = Triage(True, "no subject to judge by, and not from a list")
_UNRELATED = Triage(False, "its subject speaks of something other than a purchase")
_ADVERT = Triage(False, "marked as an advert")
_LIST = Triage(False, "from a list or newsletter, and no word of purchases in its header")
_NOTHING = Triage(False, "no word of purchases in its header")

BULK_REASONS = frozenset({_ADVERT.reason, _LIST.reason})
"""Why adverts and newsletters were not fetched."""

_BOUNCERS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})
_SPLIT = re.compile(r"[^a-z0-9]+")
MAX_REMEMBERED = 1_000  # characters of a header whose decision is remembered


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    beginnings: Beginnings
    pieces: PhraseIndex
    senders: frozenset[str]
    sender_pieces: PhraseIndex
    forwards: tuple[str, ...]
    unrelated: PhraseIndex  # subjects of mails about something else, in scripts with spaces: two words at least
    unrelated_pieces: PhraseIndex  # in scripts without; both with the phrases that take them back, as number 1


@cache
def _words(knowledge: Knowledge) -> _Words:
    spoken = [language.triage for language in knowledge.languages.values()]
    forwards = {phrase for language in knowledge.languages.values() for phrase in language.forwards}
    return _Words(
        Beginnings(word for one in spoken if one.code not in SPACELESS for word in one.subject),
        PhraseIndex(((word, 0) for one in spoken if one.code in SPACELESS for word in one.subject), spaceless=True),
        frozenset(word.replace(" ", "") for one in spoken for word in one.sender if one.code not in SPACELESS),
        PhraseIndex(((word, 0) for one in spoken if one.code in SPACELESS for word in one.sender), spaceless=True),
        tuple(forwards),
        _unrelated(knowledge, spaceless=False),
        _unrelated(knowledge, spaceless=True),
    )


def _unrelated(knowledge: Knowledge, *, spaceless: bool) -> PhraseIndex:
    phrases: list[tuple[str, int]] = []
    for language in knowledge.languages.values():
        if language.spaceless is spaceless:
            words = language.unrelated
            phrases += [(phrase, 0) for phrase in words.subject if spaceless or " " in phrase]
            phrases += [(phrase, 1) for phrase in words.excluded]
    return PhraseIndex(phrases, spaceless=spaceless)


def triage(header: Header, knowledge: Knowledge, known: Known = NOBODY) -> Triage:
    """Whether the mail is worth reading whole, and why; no I/O, some ten microseconds."""
    sender = header.sender
    if known is not NOBODY:
        if known.message_ids and not known.message_ids.isdisjoint(header.references):
            return _THREAD
        if _is_known(sender.email, known) or (header.reply_to and _is_known(header.reply_to.email, known)):
            return _SELLER
        if any(_is_known(to.email, known) for to in header.to):
            return _TO_SELLER
        if known.case_numbers and any(number in header.subject for number in known.case_numbers):
            return _CASE
    if header.content_type == "multipart/report" or sender.email.rpartition("@")[0] in _BOUNCERS:
        return _BOUNCE
    if header.advert:
        return _ADVERT
    # what programs send repeats its subjects and senders; but no mailbox is to fill the memory
    short = len(header.subject) + len(sender.name) + len(sender.email) <= MAX_REMEMBERED
    said = (_remembered_subject if short else _subject_says)(header.subject, _words(knowledge))
    if said is not None:
        return _SUBJECT if said is _UNRELATED and is_answer(header) else said  # the subject of an answer is another's
    if header.content_type == "message/rfc822":
        return _FORWARD
    decide = _remembered_sender if short else _sender_says
    return decide(sender.email, sender.name, header.bulk, not header.subject.strip(), knowledge)


def _subject_says(subject: str, words: _Words) -> Triage | None:
    """What the subject alone decides."""
    forwarded = subject.lstrip()[:12].casefold().startswith(words.forwards)
    if words.beginnings.find(fold(subject)) is not None or (
        not subject.isascii() and any(words.pieces.find(squeeze(subject)))
    ):
        return _UNRELATED if not forwarded and _only_within_another_phrase(subject, words) else _SUBJECT
    return _FORWARD if forwarded else None


def _only_within_another_phrase(subject: str, words: _Words) -> bool:
    """Whether what speaks of purchases stands only within a phrase that speaks of something else.

    "이용대금 명세서" is the bill of a card, "condiciones de uso" are terms of use, and no purchase. What answers or
    forwards another mail is read all the same: its subject is that of another.
    """
    folded = f" {fold(subject)} "
    found = sorted(words.unrelated.find(folded), key=_longest_first)  # they may overlap
    for phrase, _ in found:
        folded = folded.replace(phrase, " \n ")
    tight = squeeze(subject)
    pieces = sorted(words.unrelated_pieces.find(tight), key=_longest_first) if not subject.isascii() else []
    for phrase, _ in pieces:
        tight = tight.replace(phrase, "\n")
    found += pieces
    return (
        bool(found)
        and not any(1 in numbers for _, numbers in found)
        and words.beginnings.find(folded.strip()) is None
        and not any(words.pieces.find(tight))
    )


def _longest_first(found: tuple[str, tuple[int, ...]]) -> tuple[int, str]:
    return -len(found[0]), found[0]


def _sender_says(email: str, name: str, bulk: bool, without_subject: bool, knowledge: Knowledge) -> Triage:
    """What the sender decides where the subject speaks of nothing."""
    local, _, domain = email.rpartition("@")
    if bulk:  # many put a List-Unsubscribe into everything they send
        return _SHOP if knowledge.shops.ids_for_domain(domain) and not _is_newsletter(email) else _LIST
    if knowledge.shops.ids_for_domain(domain):
        return _SHOP
    words = _words(knowledge)
    shared = domains.is_free_mail(domain)
    if not words.senders.isdisjoint(_SPLIT.split(local)) and not shared:
        return _SENDER
    if not name.isascii() and any(words.sender_pieces.find(squeeze(name))):
        return _NAMED
    if not words.senders.isdisjoint(_SPLIT.split(name.casefold())) and not shared:
        return _NAMED
    if names.is_bank(name, domains.likely_label(domain)):
        return _BANK
    return _NO_SUBJECT if without_subject and not shared else _NOTHING


_remembered_subject = lru_cache(4096)(_subject_says)
_remembered_sender = lru_cache(4096)(_sender_says)


def _is_newsletter(email: str) -> bool:
    """Whether the address says that adverts come from it: news@shop.example, hello@offers.shop.example."""
    return not _advertisers().isdisjoint(_SPLIT.split(email.casefold()))


@cache
def _advertisers() -> frozenset[str]:
    """What the addresses of adverts have in them, in whatever language the mail is."""
    return frozenset(patterns.words("advertiser"))


def _is_known(email: str, known: Known) -> bool:
    if email in known.addresses:
        return True
    domain = email.rpartition("@")[2]
    while domain:
        if domain in known.domains:
            return True
        domain = domain.partition(".")[2]
    return False
