"""The user's own letters as mails: what stands in them himself counts, not what they quote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from monitor import parse
from monitor.extract import extract
from monitor.knowledge import letters
from monitor.knowledge.letters import QUESTION, WITHDRAWAL
from monitor.types import Event, Kind, RawMail, Source, Verdict
from tests.cast import reading


def test_what_a_letter_quotes_is_not_what_it_says() -> None:
    content = (
        "From: me@example.com\nTo: cs@shop.example\nSubject: Re: Order 1\nDate: Fri, 06 Nov 2026 10:00:00 +0000\n"
        "In-Reply-To: <a@shop.example>\nMessage-ID: <b@example.com>\n\n"
        "I am still waiting. Please reply by 20 November.\n\n"
        "On Thu, 5 Nov 2026 at 09:00, Shop <cs@shop.example> wrote:\n"
        "> I hereby cancel my order. Please cancel it by 30 November.\n"
    )
    mail = parse.mail(RawMail("home", "Sent", 1, 1, None, content.encode()), now=datetime(2026, 11, 7, tzinfo=UTC))
    finding = extract(mail, Verdict(Kind.OWN_LETTER, None, "en", ""))
    assert finding.says is not None and finding.says.value == QUESTION
    assert finding.answer_by is not None and finding.answer_by.value == date(2026, 11, 20)


def test_what_one_letter_says_of_two_orders_is_told_apart_under_the_number_of_each() -> None:
    content = (
        "From: me@example.com\nTo: cs@shop.example\nSubject: Orders\nDate: Fri, 06 Nov 2026 10:00:00 +0000\n"
        "Message-ID: <c@example.com>\n\n"
        "Order number: A-1001\nPlease cancel this order and refund me.\n\n"
        "Order number: A-1002\nWhen will it ship?\n"
    )
    mail = parse.mail(RawMail("home", "Sent", 1, 1, None, content.encode()), now=datetime(2026, 11, 7, tzinfo=UTC))
    finding = extract(mail, Verdict(Kind.OWN_LETTER, None, "en", ""))
    assert finding.says is not None and finding.says.value != QUESTION
    stored = replace(reading(Kind.OWN_LETTER, own=True), finding=finding)

    def said_of(number: str) -> str:
        payload = {letters.ABOUT: number, letters.SHARED_BY: "a1001 a1002"}
        event = Event("m1", "o", stored.received_at, "letter", Source.MAIL, reading=stored, payload=payload)
        return letters.of(event).family

    assert (said_of("a1001"), said_of("a1002")) == (WITHDRAWAL, QUESTION)


def test_a_card_number_in_a_letter_does_not_stay_among_the_sentences_that_are_kept() -> None:
    content = (
        "From: me@example.com\nTo: cs@shop.example\nSubject: Orders A-1001 and A-1002\n"
        "Date: Fri, 06 Nov 2026 10:00:00 +0000\nMessage-ID: <d@example.com>\n\n"
        "I paid both with my card 4111 1111 1111 1111. Please cancel A-1001.\n"
    )
    mail = parse.mail(RawMail("home", "Sent", 1, 1, None, content.encode()), now=datetime(2026, 11, 7, tzinfo=UTC))
    finding = extract(mail, Verdict(Kind.OWN_LETTER, None, "en", ""))
    assert finding.passages and "4111 1111" not in " ".join(finding.passages)


def test_a_german_delay_with_its_day_in_one_sentence_is_a_promise_of_that_day() -> None:
    content = (
        "From: shop@shop.example\nTo: me@example.com\nSubject: Ihre Bestellung\nDate: Fri, 06 Nov 2026 10:00:00 +0000\n"
        "Message-ID: <e@shop.example>\n\n"
        "die Lieferung Ihrer Bestellung WL-370147 verzögert sich bis zum 16. November 2026.\n"
    )
    mail = parse.mail(RawMail("home", "INBOX", 1, 1, None, content.encode()), now=datetime(2026, 11, 7, tzinfo=UTC))
    finding = extract(mail, Verdict(Kind.DELAYED, None, "de", ""))
    assert finding.promised_by is not None and finding.promised_by.value == date(2026, 11, 16)
