"""A form, filled in: field by field, each value ready to be copied.

In charge of which fact goes into which field and of shortening a text to a stated limit. Which fields a form has is
data (`monitor.knowledge.forms`); a field that only the user can fill stays empty and says so by that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from monitor import render
from monitor.draft.facts import Facts
from monitor.knowledge.forms import Field, Form, load_forms
from monitor.types import Draft, FormField

_LAST_FOUR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_CARD = re.compile(r"카드|カード|card|karte|carte|tarjeta|visa|master|amex|jcb", re.IGNORECASE)


def _which_card_is_open(facts: Facts) -> bool:
    """Whether the mails say that a card paid and not which: "신용카드" names no issuer and no digits."""
    named = facts.issuer or _LAST_FOUR.search(facts.method)
    return not named and _CARD.search(facts.method) is not None


def filled(form: Form, facts: Facts, language: str, letter: str, labels: str) -> tuple[FormField, ...]:
    """The fields of `form`: values in `language` (the one the form wants), labels in `labels` (the user's).

    `letter` is the whole text, for the field that takes it.
    """
    values = _values(facts, language, letter)
    return tuple(_filled(field, facts, language, values, labels) for field in form.fields)


def _filled(field: Field, facts: Facts, language: str, values: Mapping[str, str], labels: str) -> FormField:
    if field.choices:
        kind = "money" if facts.about_money else "other" if facts.situation in ("answer", "open") else "goods"
        choice = field.choices.get(kind) or field.choices.get("goods") or next(iter(field.choices.values()))
        value = choice.get(language) or choice["en"]
    else:
        value = values[field.value] if field.value else ""
    limit = field.max_length
    if limit is None and facts.role == "card_issuer":
        limit = load_forms().limit(values["method"], field.key)
    if limit is not None:
        value = shortened(value, limit)
    return FormField(
        key=field.key,
        label=field.label[render.supported(labels)],
        value=value,
        required=field.required,
        max_length=limit,
        choice=bool(field.choices),
    )


def refilled(draft: Draft, body: str) -> tuple[FormField, ...]:
    """The fields of a draft whose text the user has changed to `body`: the one that took the old text takes the new."""

    def took(field: FormField) -> bool:
        return bool(field.value) and field.value == (
            draft.body if field.max_length is None else shortened(draft.body, field.max_length)
        )

    return tuple(
        replace(field, value=body if field.max_length is None else shortened(body, field.max_length))
        if took(field) and not field.choice
        else field
        for field in draft.fields
    )


def shortened(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: whole paragraphs from the front, then whole lines, then cut and marked."""
    if len(text) <= limit:
        return text
    for mark in ("\n\n", "\n"):
        kept = ""
        for piece in text.split(mark):
            longer = f"{kept}{mark}{piece}" if kept else piece
            if len(longer) > limit:
                break
            kept = longer
        if len(kept) >= limit // 2:
            return kept
    return text[: limit - 1].rstrip() + "…"


def _values(facts: Facts, language: str, letter: str) -> dict[str, str]:
    """The facts as a form takes them, by the names that the data use; "" for what is not known."""

    def money(value: object) -> str:
        return render.money(value, language) if value is not None else ""  # type: ignore[arg-type] # Money or None

    def day(value: object) -> str:
        return render.day(value, language, "plain") if value is not None else ""  # type: ignore[arg-type] # date or None

    items = list(facts.items)
    if facts.more_items:
        items.append({"ko": f"외 {facts.more_items}건"}.get(language, f"and {facts.more_items} more"))
    parcels = [" ".join(filter(None, parcel)) for parcel in facts.parcels]
    return {
        "text": letter,
        "asks": facts.asks.get(language) or facts.asks.get("en", ""),
        "writer": facts.writer,
        "writer_address": facts.writer_address,
        "writer_phone": facts.writer_phone,
        "account": facts.account,
        "seller": f"{facts.seller} ({facts.marketplace})" if facts.marketplace else facts.seller,
        "seller_address": facts.seller_address,
        "seller_phone": facts.seller_phone,
        "seller_email": facts.seller_email,
        "registration": facts.registration,
        "representative": facts.representative,
        "number": facts.number,
        "items": ", ".join(items),
        "placed": day(facts.placed),
        "paid_on": day(facts.paid_on or (facts.placed if facts.paid else None)),
        "amount": money(facts.amount),
        "asked_back": money(facts.asked_back),
        "unpaid": money(facts.unpaid),
        "method": facts.card or facts.method,
        "card": facts.card,
        "card_named": facts.card or ("" if _which_card_is_open(facts) else facts.method),
        "instalments": str(facts.instalments) if facts.instalments else "",
        "promised": day(facts.promised),
        "withdrawn": day(facts.withdrawn or facts.cancelled),
        "first_contact": day(facts.asked[0] if facts.asked else None),
        "contacts": ", ".join(day(one) for one in facts.asked),
        "tracking": ", ".join(parcels),
        "case_number": facts.case_number,
        "total": money(facts.total),
    }


VALUES = frozenset(_values(Facts("open", "seller", False, date(2000, 1, 1)), "en", ""))
"""The names of facts that a form's data may use."""
