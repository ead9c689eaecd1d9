"""Evidence -> verdict. In charge of weighing: is it about a purchase at all, and which kind wins, and why.

A mail is about a purchase when the words of its best kind, and what ties it to a purchase (order number, amount,
tracking number, "your order", markup, a known sender), outweigh what speaks against it (adverts, lists, lures,
private senders, the words of other mails). One threshold for all; no rule for a single sender.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from monitor.classify import evidence as gathering
from monitor.classify import lookalikes, owners, promised, quoting
from monitor.classify import seller as sellers
from monitor.classify.evidence import Evidence
from monitor.knowledge import Knowledge, domains, names, periods, refusals
from monitor.knowledge.patterns import Worded
from monitor.knowledge.phrases import folded
from monitor.types import Address, Authentication, Header, Kind, Mail, Verdict

WORDS = 3.0  # the least that the words of a kind must weigh
SURE = 8.0  # points of a kind that leave no doubt of it
CAME_IN = 9.0  # of a bank's notice that money came to the account of the reader
ENOUGH = 5.0  # the least of words and ties together, less what speaks against

_ANSWERS = frozenset({Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE})
_GIVES_BACK = frozenset({Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.RETURNED})
_NAMES = {Kind.SELLER_REPLY: "an answer of the seller", Kind.DISPUTE_UPDATE: "news of a dispute"}
_FAILED = re.compile(r"^\s{0,3}(?:action\s{0,3}:\s{0,3}failed|status\s{0,3}:\s{0,3}5\.)", re.I | re.MULTILINE)
# "Visa ••••4242  14,92 €": a card with its last digits, and what it was charged with
_CHARGED = re.compile(
    r"\b(visa|mastercard|amex|american express|maestro|discover|jcb|apple pay|google pay)\b[^\n\d]{0,24}"
    r"[•*x.·-]{2,12}\s?\d{4}[^\n]{0,60}\d[.,]\d\d",
    re.IGNORECASE,
)
_TAG = re.compile(r"^\s{0,3}(?:\w{1,4}:\s?){0,2}\[[^\]]{2,40}\]", re.I)
_OWN_CODE = re.compile(r"(?<![\w\[-])[A-Z]{1,5}-\d{3,9}(?![\w\]-])")
_BOUNCERS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})


@dataclass(slots=True)
class _Balance:
    """What speaks for and against a purchase, with the reasons in plain words."""

    ties: float = 0.0
    against: float = 0.0
    tied_by: list[str] | None = None
    spoilt_by: list[str] | None = None

    def tie(self, points: float, why: str) -> None:
        self.ties += points
        self.tied_by = [*(self.tied_by or []), why]

    def spoil(self, points: float, why: str) -> None:
        self.against += points
        self.spoilt_by = [*(self.spoilt_by or []), why]


def classify(mail: Mail, knowledge: Knowledge) -> Verdict:
    """What a mail says of a purchase of the user. Never raises; linear in the length of the text."""
    header = mail.forwarded or mail.header
    found = gathering.collect(mail, header, knowledge)
    if plain := _no_purchase(mail, header, found, knowledge):
        return plain
    promising = _promising(found, knowledge)
    _assume(mail, header, found, knowledge)
    ranked = gathering.ranked(found)
    if not ranked:
        return Verdict(Kind.OTHER, None, found.language, "it has no words of a purchase")
    score, kind = ranked[0]
    if kind is Kind.PAYMENT_RECEIPT and _confirms_in_subject(found, score):
        kind = Kind.ORDER_CONFIRMATION
    if kind is Kind.RETURNED and (given := _given_back(mail, found)):
        kind = given
    kind = _came_or_will_come(kind, promising, header, found, knowledge)
    if kind in _GIVES_BACK and refusals.refusal(mail.text[:_NEWS], found.language):
        kind = Kind.SELLER_REPLY  # "your refund request has been declined"
    if automatic := _automatic(mail, found, kind):
        return Verdict(Kind.AUTO_REPLY, None, found.language, automatic, quotes=_answer_words(mail, found))
    balance = _balance(mail, header, found, kind, knowledge)
    other = found.score.get(Kind.OTHER, 0.0)
    words = tuple(quoting.quotes(mail, header, found, kind))
    name = _NAMES.get(kind, kind.value.replace("_", " "))
    if reason := _too_little(found, kind, score, other, balance, header.bulk):
        return Verdict(Kind.OTHER, None, found.language, reason, quotes=words, rivals=((kind, "outweighed"),))
    seller, service = sellers.find(mail, header, found, knowledge)
    return Verdict(
        kind, seller, found.language,
        f"its words say {name}" + (f"; {', '.join(balance.tied_by)}" if balance.tied_by else ""),
        quotes=words,
        rivals=tuple((rival, "fewer or weaker words for it") for points, rival in ranked[1:4] if points >= 1),
        from_service=service,
    )  # fmt: skip


_CLOSE = 2.5  # points between two kinds that a mail's words say both


def _confirms_in_subject(found: Evidence, score: float) -> bool:
    """Whether a mail confirms the order by its subject; that it is paid as well stands in the text alone."""
    subject = found.in_subject
    return (
        Kind.ORDER_CONFIRMATION in subject and Kind.PAYMENT_RECEIPT not in subject
        and found.score.get(Kind.ORDER_CONFIRMATION, 0.0) >= score - _CLOSE
    )  # fmt: skip


def _given_back(mail: Mail, found: Evidence) -> Kind | None:
    """Of a mail that says both that goods came back and what is paid for them: the money is the news."""
    kinds = [kind for kind in (Kind.REFUND, Kind.REFUND_PROMISED) if found.score.get(kind, 0.0) >= 1.0]
    said = Kind.REFUND in found.said and found.amount and found.score.get(Kind.REFUND, 0.0) >= WORDS
    if not kinds or not (said or gathering.states_refund(mail, found.language)):
        return None
    return max(kinds, key=lambda kind: found.score[kind])


def _promising(found: Evidence, knowledge: Knowledge) -> str:
    """The sentence that promises money back; where nothing else says what happened, that is what the mail says."""
    chosen = promised.words(knowledge, found.language)
    promising = promised.sentence(found.text, chosen, found.written) if chosen is not None else ""
    if promising and max(found.score.values(), default=0.0) < WORDS:
        found.add(Kind.REFUND_PROMISED, WORDS, folded(promising, found.language))
    return promising


def _came_or_will_come(kind: Kind, promising: str, header: Header, found: Evidence, knowledge: Knowledge) -> Kind:
    """The kind, where money is spoken of, by whether it came: see `promised`."""
    chosen = promised.words(knowledge, found.language)
    if chosen is None:
        return kind
    done = chosen.is_done(chosen.fold(header.subject[:500]))
    settled = promised.kind_of(
        kind, found.said, promising, subject_done=done, weak=kind not in found.definite, tracked=found.tracking
    )
    if settled is not kind:
        if promising:
            found.words.setdefault(settled, []).append(folded(promising, found.language))
        if kind in found.in_subject:
            found.in_subject.setdefault(settled, found.in_subject[kind])
    return settled


def _assume(mail: Mail, header: Header, found: Evidence, knowledge: Knowledge) -> None:
    """An order number and an amount by their labels make an order mail, where no words say what happened; an amount
    and the card that it was taken from, or with whom it was spent, a receipt; a carrier's number a parcel."""
    best = max(found.score.values(), default=0.0)
    bank = _is_bank(header.sender, knowledge)
    if bank and not (header.bulk or gathering.is_answer(header)) and (spent := _spent(mail.text[: gathering.READ])):
        if best < WORDS:
            found.add(Kind.PAYMENT_RECEIPT, WORDS, folded(spent, found.language))
        found.amount = found.amount or found.score.get(Kind.PAYMENT_RECEIPT, 0.0) >= max(WORDS, best)
    elif bank and Kind.REFUND not in found.said and (came := _came_in(found.text)):
        found.add(Kind.OTHER, CAME_IN, folded(came, found.language))
    personal = not (header.bulk or gathering.is_answer(header))
    own = found.order_number or found.count("own")
    if found.tracking and own and personal and not found.amount and found.definite <= {Kind.OTHER}:
        # "your order 5501" and a tracking number: what has one is under way
        found.add(Kind.SHIPPED, WORDS, found.extra["tracking"][0])
        return
    if best >= WORDS:
        return
    if found.tracking and sellers.is_carrier(header) and not (header.bulk or gathering.is_answer(header)):
        found.add(Kind.SHIPPED, WORDS)
        return
    if not found.amount:
        return
    if not found.order_number and found.count("merchant") and not (header.bulk or gathering.is_answer(header)):
        named = sellers.at_whom(mail, header, found, knowledge)
        if named and (bank or names.load().bought.search(mail.text[: gathering.READ])):
            found.add(Kind.PAYMENT_RECEIPT, WORDS, folded(named, found.language))
            return
    if not found.order_number:
        charged = _CHARGED.search(mail.text[: gathering.READ])
        if charged and not (header.bulk or gathering.is_answer(header) or found.count("advert.bills")):
            found.add(Kind.PAYMENT_RECEIPT, WORDS, folded(charged[1], found.language))
        return
    if not (header.bulk or gathering.is_answer(header) or mail.header.auto_submitted):
        found.add(Kind.PAYMENT_RECEIPT if bank else Kind.ORDER_CONFIRMATION, WORDS)
        for phrase in found.extra.get("total", ())[:2]:
            found.add(Kind.ORDER_CONFIRMATION, 0.0, phrase)


def _came_in(text: str) -> str:
    """With what words a bank tells that money came to the reader's account; else ""."""
    lowered = text[:_NEWS].casefold()
    return next((phrase for phrase in names.load().came_in if phrase in lowered), "")


_NEWS = 2_000  # signs of a mail in which its news stand; behind them come terms and advice


_CARD = Worded(r"[*•xX.#]{1,12}\s?\d{3,4}\b|<\bcard\b>", re.I)


def _spent(text: str) -> str:
    """With what words a bank tells of a purchase by card and of its amount, in a mail of a few lines; else ""."""
    found = names.load().spent.search(text) if _CARD.re.search(text) else None
    return found[0] if found else ""


def _no_purchase(mail: Mail, header: Header, found: Evidence, knowledge: Knowledge) -> Verdict | None:
    """Mails that are something else whatever their words: delivery reports, adverts, impostors."""
    local = mail.header.sender.email.partition("@")[0]
    report, bouncer = mail.header.content_type == "multipart/report", local in _BOUNCERS
    if report or bouncer:
        bounced = bool(found.extra.get("auto_reply.bounce"))
        failed = bounced or _FAILED.search(mail.text[: gathering.READ]) is not None
        if failed or (report and bouncer):
            return Verdict(Kind.BOUNCE, None, found.language, "a report that a letter could not be delivered")
        if report:
            return Verdict(Kind.OTHER, None, found.language, "a delivery report that reports no failure")
    if header.advert:
        return Verdict(Kind.OTHER, None, found.language, "marked as an advert")
    if header.sender.email and (why := lookalikes.by_domain(header, knowledge)):
        return Verdict(Kind.OTHER, None, found.language, f"suspicious: {why}")
    return None


def _automatic(mail: Mail, found: Evidence, kind: Kind) -> str | None:
    """Why the mail is an automatic answer (RFC 3834 or by its words); None if it is none."""
    strong = found.in_subject.get(kind, 0.0) >= 5 and kind not in _ANSWERS
    if mail.header.auto_replied and not strong:
        return "it says itself that it was sent automatically, as an answer"
    marked = found.count("auto_reply.marker") or found.count("auto_reply.out_of_office")
    subject = found.subject_extra.get("auto_reply.subject", ())
    receipt = found.count("auto_reply.receipt_of_inquiry")
    if strong or (found.order_number and found.amount):
        return None
    if found.in_subject.get(Kind.SELLER_REPLY, 0.0) >= 5 and not subject:
        return None  # "an answer to your message": what sent it was a program, what it says was a person's
    if marked and (subject or receipt or (kind in _ANSWERS and not found.count("auto_reply.send_only"))):
        return "its words are those of an automatic answer"
    if subject and receipt:
        return "its words acknowledge that a message was received, and say no more"
    if receipt >= 2 and kind in _ANSWERS and (mail.header.auto_submitted or found.count("auto_reply.send_only")):
        return "its words acknowledge that a message was received, and say no more"
    return None


def _answer_words(mail: Mail, found: Evidence) -> tuple[str, ...]:
    names = ("auto_reply.marker", "auto_reply.out_of_office", "auto_reply.receipt_of_inquiry")
    phrases = [phrase for name in names for phrase in found.extra.get(name, ())]
    return tuple(quoting.lines(mail, phrases, found))


@lru_cache(4096)
def _is_bank(sender: Address, knowledge: Knowledge) -> bool:
    """Whether a bank or an issuer of cards writes, by its own file or by the words of its name."""
    if names.is_bank(sender.name, domains.likely_label(sender.domain)):
        return True
    known = knowledge.shops.for_sender(sender)
    return known is not None and known.role in ("bank", "card_issuer")


def _balance(mail: Mail, header: Header, found: Evidence, kind: Kind, knowledge: Knowledge) -> _Balance:
    balance = _Balance()
    if found.order_number:
        balance.tie(2.5, "it has an order number")
    elif kind in (*_GIVES_BACK, *_ANSWERS) and _OWN_CODE.search(header.subject) and not header.bulk:
        balance.tie(2.0, "its subject has a number")  # "Retoure R-1188"
    if found.amount:
        balance.tie(2.0, "it states an amount")
    if found.tracking:
        balance.tie(2.0, "it has a tracking number")
    if found.count("own"):
        balance.tie(1.5, "it speaks of the reader's own order")
    if kind in _ANSWERS and not balance.ties and gathering.answers_about_an_order(mail, knowledge, found.language):
        balance.tie(2.5, "the letter that it answers names an order")
    if kind is Kind.DISPUTE_UPDATE and periods.case_number(header.subject, mail.text) is not None:
        balance.tie(2.5, "it names the number of a case")
    if found.markup is not None:
        balance.tie(4.0, "it carries order markup")
    known = knowledge.shops.for_sender(header.sender)
    if known is not None and mail.header.authentication is not Authentication.FAIL:
        balance.tie(1.5, "its sender is known")
    elif why := lookalikes.by_name(header, knowledge):
        lures = found.count("advert.lures")
        balance.spoil((14.0 if why == lookalikes.IN_DOMAIN else 6.0) if lures else 3.0, why)
    _weigh_against(mail, header, found, kind, balance, known is not None)
    if kind not in _ANSWERS and (whose := owners.told_of(found, knowledge)):
        balance.spoil(owners.WEIGHTS[whose] + _surplus(found, kind), whose)
    return balance


def _surplus(found: Evidence, kind: Kind) -> float:
    """Points beyond what it takes to be sure of a kind: they say what became of an order, and not whose it is."""
    return max(0.0, found.score.get(kind, 0.0) - SURE)


def _weigh_against(
    mail: Mail, header: Header, found: Evidence, kind: Kind, balance: _Balance, known: bool,
) -> None:  # fmt: skip
    anchored = found.order_number or found.tracking or found.markup is not None
    if header.bulk:
        balance.spoil(0.5 if anchored else 2.0, "it comes from a list or newsletter")
        if not (anchored or found.amount or found.in_subject.get(kind)):
            balance.spoil(5.0, "its subject says nothing of it")
    selling = len(found.subject_extra.get("advert.subject", ()))
    if selling and header.bulk and not (anchored or found.amount):
        balance.spoil(8.0, "its subject advertises, and it comes from a list")
    elif selling:
        balance.spoil(min(4.0, (0.7 if anchored else 1.5) * selling), "its subject advertises")
    if selling := found.count("advert.body"):
        balance.spoil(min(3.0 if anchored else 4.5, (0.25 if anchored else 0.7) * selling), "it advertises")
    lures = found.count("advert.lures")
    trusted = known and mail.header.authentication is not Authentication.FAIL
    if lures and not trusted:
        failed = mail.header.authentication is Authentication.FAIL
        weight = 10.0 if failed else 7.0 if domains.is_free_mail(header.sender.domain) else 1.5
        balance.spoil(min(12.0, weight * lures), "it asks for what phishing asks for")
    if mail.header.authentication is Authentication.FAIL and not known:
        balance.spoil(3.5, "its sender could not be proved")
    bills = found.count("advert.bills")
    if bills and kind is Kind.PAYMENT_RECEIPT and not (found.amount and found.count("merchant")):
        why = "it is a bill or a statement, and speaks of no order"
        if not (found.amount or anchored or Kind.ORDER_CONFIRMATION in found.definite):
            balance.spoil(12.0, why)  # it only tells that there is a statement to look at
        elif not found.score.get(Kind.ORDER_CONFIRMATION):
            balance.spoil(min(12.0, 5.0 * bills), why)
        if found.subject_extra.get("advert.bills") and not anchored and not found.score.get(Kind.ORDER_CONFIRMATION):
            balance.spoil(6.0, "its subject is that of a bill")
    if offices := found.count("advert.offices"):
        balance.spoil((2.0 if anchored else 9.0) * min(2, offices), "it tells of money of an office or insurer")
    if work := found.count("advert.work"):
        # trackers and forums write as lists do
        listed = work > 2 or (work > 1 and (header.bulk or _TAG.search(header.subject) is not None))
        balance.spoil(min(15.0, 5.0 * work) if listed else min(9.0, 3.0 * work), "it tells of work on something")
    if sales := found.count("advert.sales"):
        balance.spoil(min(14.0, 9.0 * sales) + _surplus(found, kind), "it is written to those who sell")
    elif not known and header.sender.email and any(to.email == header.sender.email for to in header.to):
        balance.spoil(9.0, "it goes to its own sender")  # a shop's page tells its owner of an order in his own name
    if not known and domains.is_free_mail(header.sender.domain):
        balance.spoil(2.0 if kind in _ANSWERS and anchored else 4.0, "its sender writes from a private address")
    done = kind is Kind.CANCELLATION and found.order_number  # what answers promise, and what they say was done
    if gathering.is_answer(header) and kind not in (*_ANSWERS, Kind.REFUND_PROMISED) and not done:
        balance.spoil(2.0, "it answers another mail")
    if gathering.is_answer(header) and header.bulk:
        tagged = _TAG.search(header.subject) is not None  # "[shop-dev] Re: order numbers"
        balance.spoil(10.0 if tagged and kind not in _ANSWERS else 4.0, "it is part of a discussion")


def _too_little(found: Evidence, kind: Kind, score: float, other: float, balance: _Balance, bulk: bool) -> str | None:
    """Why a mail with words of a purchase is about none all the same; None if it is about one."""
    elsewhere = found.in_subject.get(Kind.OTHER, 0.0)
    if elsewhere and elsewhere >= found.in_subject.get(kind, 0.0) + (balance.ties if balance.ties >= 4 else 0) / 2:
        return "its subject speaks of something other than a purchase"
    if other > score + balance.ties:
        return "most of its words speak of something other than a purchase"
    if score < WORDS:
        return "too few words say what happened to a purchase"
    if score + balance.ties - balance.against < ENOUGH:
        spoilt = f": {', '.join(balance.spoilt_by)}" if balance.spoilt_by else ""
        return f"too little ties its words to a purchase of the reader's{spoilt}"
    if not balance.ties and (bulk or not found.in_subject.get(kind)):
        return "nothing ties its words to a purchase of the reader's"
    return None
