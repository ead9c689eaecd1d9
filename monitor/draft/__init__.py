"""The text for one step: a letter, a form's text or a call script, in the addressee's language and the user's.

In charge of choosing family, language and form for a step, of the draft's id, and of locking a draft whose facts are no
longer those of its order. `facts` takes what a text may state, `clean` makes it fit to stand there, `writing` turns it
into sentences, `filling` into a form's fields, `thread` into a mail. It chooses no recipient (`escalate` does) and
sends nothing: a text states facts, asks, and names a day. It cites an article only where the rule may be cited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from monitor import render
from monitor.draft.clean import typed_secret
from monitor.draft.facts import Card, Claim, Facts, Writer, facts, named_day, situation
from monitor.draft.filling import filled, refilled
from monitor.draft.story import PLAIN_RUNGS, TO_SELLER, Earlier, Moment, withdrawn
from monitor.draft.thread import answered_mail, message, references
from monitor.draft.writing import Written, languages, write
from monitor.knowledge.forms import Form, load_forms
from monitor.types import Draft, Event, Expectation, Judgement, Order, Source, Step

if TYPE_CHECKING:
    from monitor.knowledge.rights.model import Rights, Rule

__all__ = [
    "Card",
    "Claim",
    "Earlier",
    "Facts",
    "Moment",
    "NoText",
    "Unsure",
    "Writer",
    "draft",
    "family",
    "has_text",
    "in_doubt",
    "is_news",
    "languages",
    "lock",
    "message",
    "named_day",
    "news",
    "refilled",
    "situation",
    "typed_secret",
    "withdrawn",
    "write",
]

# Events by which the program notes its own doings; no news on the order, so they lock no draft.
_NO_NEWS = frozenset({"drafted", "digest", "notified", "exported", "discarded"})
_BESIDE = frozenset({"attached", "detached", "note"})  # evidence that the user adds changes no fact of the order
# The language that the offices of a country read, where we have it; elsewhere the user's own.
_OFFICE_LANGUAGE: Mapping[str, str] = {"KR": "ko", "US": "en", "UK": "en", "GB": "en", "AU": "en", "CA": "en"}
_CARDS = frozenset({"credit_card", "debit_card", "charge_card", "check_card", "visa", "mastercard", "amex"})
_BANK_STATEMENT = {"ko": "계좌 거래 내역", "en": "account statement"}
_ASKS_MONEY = frozenset({"withdrawal", "refund_demand", "refund_reminder"})
_CITED = ("statute", "network", "provider")  # an office need not be told what it is founded on

_ON_PAPER = frozenset({"certified_letter", "police_report", "payment_order"})  # nothing of this is said in a chat


class NoText(LookupError):
    """The step is one to wait or to look something up: there is nothing to write."""


class Unsure(NoText):
    """A mail may belong to this order or to another: what a letter to the seller would say, only the user can tell."""


def family(rung: str, rights: Rights | None = None) -> str:
    """The family of texts for a rung: itself for inquiry, demand and dispute; else what its rule says.

    "" where there is none.
    """
    if rung in PLAIN_RUNGS:
        return rung
    rule = _rights(rights).rules.get(rung)
    return rule.text if rule is not None and languages(rule.text) else ""


def has_text(rung: str, rights: Rights | None = None) -> bool:
    """Whether there is anything to write at this rung."""
    return bool(family(rung, rights))


def draft(
    step: Step,
    order: Order,
    judgement: Judgement,
    *,
    user: Writer,
    today: date,
    language: str | None = None,
    rights: Rights | None = None,
    claim: Claim | None = None,
    card: Card | None = None,
    payment_day: date | None = None,
    issuer: Mapping[str, str] | None = None,
    private_seller: bool = False,
) -> Draft:
    """The text for `step`, ready for the user's eyes; nothing leaves by itself.

    To the seller it is written in the seller's language where there are letters in it, else in English; to an office or
    a card issuer in the language of its country where there are texts in it; to all others in the user's; `language`
    overrides. `gloss` is the same text in the user's language where that is another. A day that a deadline has
    `pressed` cites no law that gives the seller longer. The id is made from order, rung and the events it rests on: the
    same facts give the same draft. The day that a letter names counts from `today` (in the user's zone), so the text of
    one id moves with the day until the user approves it. A step whose `not_before` lies ahead can be drafted; whether
    it may be shown as ready is the caller's question.

    `rights`: the rule base (None: as the program ships it); of `step.rules` and the rung's own rule only the citable
    ones are cited, and `Draft.rules` holds the ids of those. `issuer`: who issued the card, language -> name, as far as
    the mails tell; that of `card` goes before. `private_seller`: a private person sold. Raises NoText where there is no
    text for the rung, Unsure where the seller would be written to while it is open to which order a mail belongs.
    """
    if judgement.waits_for == Expectation.PAYMENT and judgement.given_up:  # whoever lent the price waits for it
        judgement = replace(judgement, waits_for=judgement.given_up[0].expectation.value)
    plain = rights is None and step.rung in PLAIN_RUNGS and not _past_rules(order)
    known = {} if plain else _rights(rights).rules
    kind = family(step.rung, rights)
    if not kind:
        raise NoText(step.rung)
    if step.addressee.startswith("seller") and in_doubt(order):
        raise Unsure(step.rung)
    if step.addressee == "self":  # a step of waiting after which the seller is asked
        step = replace(step, addressee="seller")
    rule = known.get(step.rung)
    step = _turned(step, order, user.timezone, known, kind)
    cited = [one for one in _citable(step, known) if not (step.pressed and one.refund_period is not None)]
    if order.shipped_at is not None:
        cited = [one for one in cited if one.id not in load_forms().before_dispatch]
    kind, further = _kind(kind, step, order, judgement), step.rung in load_forms().further_period
    if kind != family(step.rung, rights) and kind == "demand":  # what the rule says is not what is asked for
        paid_back = judgement.waits_for == Expectation.CREDIT
        cited = [] if paid_back else [one for one in cited if one.id != step.rung]
        further = step.rung in load_forms().after_delivery
    desk = _desk(step, known)
    form = load_forms().of(desk) or load_forms().of(step.rung)
    mine = render.supported(user.language)
    wanted = rule.evidence if rule is not None else step.evidence
    stated = replace(
        facts(
            step,
            order,
            judgement,
            user=user,
            today=today,
            rules=known,
            claim=claim or Claim(),
            card=card,
            payment_day=payment_day,
            issuer=issuer or {},
        ),
        citations=tuple(one.cite for one in cited),
        to_name=form.name if form else {},
        asks=form.asks if form else {},
        subject=form.subject if form else {},
        opening=form.opening if form else {},
        private_seller=private_seller,
        further_period=further,
        ends_contract=step.rung in load_forms().ends_contract,
        cancel_until=step.last_safe_day if rule is not None and rule.clock_start == "payment_month_end" else None,
    )
    if kind == "demand" and step.rung in load_forms().after_delivery and stated.lapsed is not None:
        # the last day that he set himself has passed: the contract is at an end, and the money is asked for
        kind, stated = "refund_demand", replace(stated, further_period=False, ends_contract=True)
    wanted = (*wanted, *(key for key in _proofs(stated) if key not in wanted))
    wanted = tuple(key for key in wanted if stated.has(load_forms().papers_if.get(key, "always")))
    stated = replace(stated, evidence=_papers(wanted, order.payment or ""))
    if form is not None and (known_way := _asks_by_payment(form, order)):
        stated = replace(stated, asks=known_way)
    elif form is not None and form.asks_money and stated.about_money:
        # before the money is due nobody can say that it has not come: then the family's own words ask
        stated = replace(stated, asks=form.asks_money if stated.overdue or stated.refund_due is None else {})
    if not stated.phone and rule is not None and stated.role != "seller":
        stated = replace(stated, phone=render.one_line(known.get(desk, rule).phone, 60))
    written_in = _language(language or _theirs(stated, order, rule, form.language if form else "", mine), kind)
    text = write(kind, written_in, stated)
    speech = text if text.script or text.chat else write(kind, "en", stated)
    body = _body(step.channel, text, speech)
    private = speech.private or None if kind not in _ON_PAPER else None
    chat = speech.chat or None if kind not in _ON_PAPER else None
    gloss = chat_gloss = private_gloss = None
    if written_in != mine:
        same = write(kind, _language(mine, kind), stated)
        gloss = f"{same.subject}\n\n{_body(step.channel, same, same)}"
        chat_gloss = same.chat if chat and same.chat != chat else None
        private_gloss = same.private if private and same.private != private else None
    last = answered_mail(order) if stated.role == "seller" else None
    to, warning = _recipient(step, user)
    based_on = news(order)
    return Draft(
        id=_draft_id(order.id, step.rung, based_on),
        order_id=order.id,
        rung=step.rung,
        channel=step.channel,
        to=to,
        subject=text.subject,
        body=body,
        language=written_in,
        status="ready",
        rules=tuple(one.id for one in cited) if text.cited and body == text.letter else (),
        based_on=based_on,
        gloss=gloss,
        warning=warning,
        in_reply_to=last.message_id if last else None,
        references=references(last) if last else (),
        mode=_mode(step, rule),
        link=form.link if form else "",
        fields=filled(form, stated, written_in, text.letter, mine) if form else (),
        attachments=wanted,
        script=speech.script or None if _speaks(step, rule) else None,
        chat=chat,
        private_message=private,
        chat_gloss=chat_gloss,
        private_gloss=private_gloss,
        hints=_hints(step, kind, form.hints if form else (), private, foreign=speech is not text),
        answer_by=stated.answer_by,
        addressee=step.addressee,
    )


def in_doubt(order: Order) -> bool:
    """Whether the user has to say first to which order a mail, or a letter of his own, belongs."""
    return any(question.partition(":")[0] == "which_order" for question in order.questions)


def news(order: Order) -> tuple[str, ...]:
    """The ids of the events on which a draft for this order rests: all but the program's own notes, sorted."""
    return tuple(sorted({event.id for event in order.events if is_news(event)}))


def is_news(event: Event) -> bool:
    """Whether a letter could be worded otherwise because of this event: not for the program's notes, nor for files."""
    return event.kind not in _BESIDE and not (event.source is Source.MONITOR and event.kind in _NO_NEWS)


def lock(draft: Draft, order: Order) -> Draft:
    """The draft, with status `locked` where it was ready and the order's events are no longer those it rests on.

    Nor is a letter to the seller ready while it is open to which order a mail belongs.
    """
    unsure = draft.addressee.startswith("seller") and in_doubt(order)
    if draft.status == "ready" and (unsure or set(draft.based_on) != set(news(order))):
        return replace(draft, status="locked")
    return draft


def _rights(rights: Rights | None) -> Rights:
    """The rule base given, else that of the program: read only where a rung needs it."""
    if rights is not None:
        return rights
    from monitor.knowledge.rights import load_rights

    return load_rights()


def _past_rules(order: Order) -> bool:
    """Whether an earlier letter or contact was a step of a ladder, so that naming it needs its rule."""
    rungs = (event.payload.get("rung", "") for event in order.events if event.kind in ("letter", "contact"))
    return any(rung and rung not in PLAIN_RUNGS for rung in rungs)


def _desk(step: Step, rules: Mapping[str, Rule]) -> str:
    """The desk that a general step goes to, where its rules name one ("the marketplace": Coupang); else the rung."""
    own = rules.get(step.rung)
    for rung in step.rules:
        rule = rules.get(rung)
        if own is not None and rule is not None and rule.sellers and rule.text == own.text and load_forms().of(rung):
            return rung
    return step.rung


def _asks_by_payment(form: Form, order: Order) -> Mapping[str, str]:
    """What a form for several ways of paying asks for, where it is known in which way the order was paid."""
    if order.payment == "sepa_direct_debit":
        return form.asks_debit
    return form.asks_card if order.payment in _CARDS else {}


def _turned(step: Step, order: Order, zone: str, rules: Mapping[str, Rule], kind: str) -> Step:
    """The step, to whom it goes by now: once the seller was told, a rule that names both is for the card issuer."""
    first, _, second = step.addressee.partition("+")
    if first == "seller" and second and kind in TO_SELLER and withdrawn(order, zone, rules) is not None:
        return replace(step, addressee=second, to=None, answer_by=None)
    return step


def _kind(kind: str, step: Step, order: Order, judgement: Judgement) -> str:
    """The family of texts that fits what has happened: a rule may be about goods that are still to be sent, or came."""
    to_seller = step.addressee.startswith("seller")
    if to_seller and judgement.waits_for == Expectation.CREDIT and kind in _ASKS_MONEY:
        return "demand"  # the seller says that he has paid: what is asked for is the proof
    if kind == "progress" and order.shipped_at is not None and judgement.waits_for == Expectation.DELIVERY:
        return "demand"  # not whether it will be sent is the question, but where it is
    if step.rung in load_forms().after_delivery and order.delivered_at is None:
        return "demand"
    kind = TO_SELLER.get(kind, kind) if to_seller else kind
    if kind == "withdrawal" and judgement.waits_for in (Expectation.REFUND, Expectation.CREDIT):
        return "refund_demand"  # the order is cancelled already: nothing is left to declare
    return kind


def _proofs(facts: Facts) -> tuple[str, ...]:
    """What proves the ground of a text to somebody else than the seller, whatever else its rule wants."""
    if facts.role in ("seller", "court", "police"):
        return ()
    told = (("order_confirmation", True), ("withdrawal_notice", facts.withdrawn is not None),
            ("credit_document", facts.refund_promised is not None))  # fmt: skip
    return tuple(key for key, there in told if there)


def _papers(wanted: Sequence[str], payment: str) -> tuple[Mapping[str, str], ...]:
    """How a letter names the papers among the evidence that a step wants, each once; a debit stands on no card's."""
    named = dict(load_forms().enclosures)
    if payment == "sepa_direct_debit":
        named["statement_line"] = _BANK_STATEMENT
    return tuple({named[key]["en"]: named[key] for key in wanted if key in named}.values())


def _citable(step: Step, rules: Mapping[str, Rule]) -> list[Rule]:
    """The rules whose articles this text may name: looked up, certain enough, and grounds, not offices."""
    named = [rules[rung] for rung in dict.fromkeys((step.rung, *step.rules)) if rung in rules]
    return [rule for rule in named if rule.citable and rule.category in _CITED and rule.cite.get("en")]


def _theirs(stated: Facts, order: Order, rule: Rule | None, form_language: str, mine: str) -> str:
    """The language of whom the text goes to."""
    if stated.role == "seller":
        return render.letter_language(order.language)
    country = rule.jurisdiction.partition("-")[0] if rule is not None else ""
    if country == "INTL" and stated.role in ("provider", "marketplace") and not form_language:
        # what is written to a service that works everywhere is handed on to the seller
        return mine if render.letter_language(order.language) == mine else "en"
    return form_language or _OFFICE_LANGUAGE.get(country, mine)


def _language(wanted: str, kind: str) -> str:
    known = languages(kind)
    short = render.letter_language(wanted)
    return short if short in known else "en"


def _body(channel: str, text: Written, speech: Written) -> str:
    """What the user sends, pastes, prints or says, as the channel wants it."""
    if channel == "phone" and speech.script:
        return speech.script
    if channel == "chat" and text.chat:
        return text.chat
    return text.letter  # in a language that we have no chat text in, the letter itself is what the seller can read


def _mode(step: Step, rule: Rule | None) -> str:
    """What the user does with the text: by the channel, and by the rule where the channel leaves it open."""
    if step.channel in ("phone", "visit"):
        return "call_script"
    if step.channel in ("letter", "fax"):
        return "letter"
    if step.channel in ("web_form", "app", "chat"):
        return "prepared_form"
    first = rule.draft_mode[0] if rule is not None and rule.draft_mode else "email"
    return first if first in ("prepared_form", "call_script", "letter") and step.channel != "email" else "email"


def _speaks(step: Step, rule: Rule | None) -> bool:
    """Whether a call is one of the ways to take this step."""
    if step.channel == "phone" or rule is None:
        return True
    return "phone" in rule.channel or "call_script" in rule.draft_mode


def _hints(step: Step, kind: str, of_form: Sequence[str], private: str | None, *, foreign: bool) -> tuple[str, ...]:
    """What the user should know before he uses the text; never part of it.

    `foreign`: chat text and call script are in English, though the letter is in the seller's own language.
    """
    found = [*load_forms().hints.get(kind, ()), *of_form]
    if foreign:
        found.append("draft.hint.english_speech")
    if private:
        found.append("draft.hint.defamation")
    if step.rules_out:
        found.append("draft.hint.rules_out")
    return tuple(dict.fromkeys(found))


def _draft_id(order_id: str, rung: str, based_on: Sequence[str]) -> str:
    return hashlib.sha256("\n".join((order_id, rung, *based_on)).encode()).hexdigest()[:12]


def _recipient(step: Step, user: Writer) -> tuple[str | None, str | None]:
    """The address for the To header: only for mail, and never the user's own, whatever the step says."""
    if step.channel != "email":
        return None, step.warning
    own = {address.lower() for address in user.addresses}
    if not step.to or step.to.lower() in own:
        return None, "draft.warning.no_address"
    return step.to, step.warning
