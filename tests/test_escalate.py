"""Whom to turn to next: the rungs, their days, and the choice of the seller's address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import escalate, ledger
from monitor.escalate import next_step, seller_contact, unread, usable
from monitor.types import (
    Address,
    Authentication,
    Contact,
    Due,
    Event,
    Expectation,
    Judgement,
    Kind,
    Order,
    Reading,
    Rules,
    Source,
    Span,
    Unit,
)
from tests.cast import HANBIT, ME, add_days, mail_event, reading, said
from tests.cast import SEOUL as SEOUL_ZONE

SEOUL = "Asia/Seoul"
RULES = Rules(country="KR", timezone=SEOUL)
PLACED = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # Tuesday noon in Seoul
PASS, FAIL, NONE = Authentication.PASS, Authentication.FAIL, Authentication.NONE


def folded(*events: Event) -> Order:
    return ledger.fold("order", HANBIT, "2026-1", events, zone=SEOUL_ZONE, add=add_days)


def bought(**values: object) -> Event:
    return mail_event(reading(Kind.ORDER_CONFIRMATION, at=PLACED, **values))


def wrote(days: float, *, to: str = "cs@hanbit.example", name: str = "") -> Event:
    return mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=days, own=True, to=(to,), name=name))


def answered(days: float, **values: object) -> Event:
    return mail_event(reading(Kind.SELLER_REPLY, at=PLACED, days=days, **values))


def sent_by_program(days: float, rung: str, answer_by: date | None = None, to: str = "cs@hanbit.example") -> Event:
    payload = {"rung": rung, "to": to} | ({"answer_by": answer_by.isoformat()} if answer_by else {})
    return Event(f"letter{days}", "order", PLACED + timedelta(days=days), "letter", Source.MONITOR, payload=payload)


def judged(
    days: float, *, flagged: bool = True, due: date = date(2026, 3, 6), answer_due: date | None = None
) -> Judgement:
    """The order's judgement `days` after it was placed; dispatch was due on Friday 6 March."""
    at = PLACED + timedelta(days=days)
    dues = [Due(Expectation.DISPATCH, PLACED, due, flagged, (), "table", "due.dispatch.table")]
    if answer_due:
        dues.append(Due(Expectation.ANSWER, PLACED, answer_due, False, (), "table", "wait.answer.table"))
    return Judgement(
        "order", at, "paid", "dispatch", due, 3, PLACED, flagged, False, None, tuple(dues), "due.dispatch.table"
    )


# -- rungs ------------------------------------------------------------------------------------------------------------


def test_nothing_happens_unless_the_judge_flagged() -> None:
    assert next_step(folded(bought()), judged(10, flagged=False), RULES) is None


def test_a_flagged_order_asks_the_seller_first() -> None:
    step = next_step(folded(bought()), judged(6), RULES)
    assert step is not None
    assert (step.rung, step.addressee, step.assumed) == ("inquiry", "seller", False)
    assert step.not_before == date(2026, 3, 7)  # the day after the due date: nobody at the seller's ever wrote


def test_an_inquiry_waits_until_the_sellers_last_word_has_grown_old() -> None:
    order = folded(bought(), answered(2))  # Thursday 5 March: old on Tuesday 10 March, flagged on the 11th
    step = next_step(order, judged(8), RULES)
    assert step is not None and step.not_before == date(2026, 3, 11)
    patient = replace(RULES, threshold_by_seller={"hanbit.example": 1})
    step = next_step(order, judged(8), patient)
    assert step is not None and step.not_before == date(2026, 3, 7)


def test_an_inquiry_names_the_day_on_which_an_answer_is_expected() -> None:
    step = next_step(folded(bought()), judged(6), RULES)  # Monday 9 March
    assert step is not None and step.answer_by == date(2026, 3, 12)
    own = replace(RULES, expect={"answer": Span(10, Unit.DAYS)})
    step = next_step(folded(bought()), judged(6), own)
    assert step is not None and step.answer_by == date(2026, 3, 19)


def test_while_an_answer_may_still_come_the_demand_shows_its_day() -> None:
    step = next_step(folded(bought(), wrote(6)), judged(7, answer_due=date(2026, 3, 12)), RULES)
    assert step is not None
    assert (step.rung, step.addressee, step.not_before) == ("demand", "seller", date(2026, 3, 13))


def test_a_demand_gives_a_week_that_never_ends_on_a_day_off() -> None:
    step = next_step(folded(bought(), wrote(6)), judged(11, answer_due=date(2026, 3, 12)), RULES)
    assert step is not None and step.answer_by == date(2026, 3, 23)  # Saturday 14 March + 7 = Saturday 21 -> Monday


def test_a_demand_never_ends_on_a_public_holiday() -> None:
    order = folded(bought(), wrote(6))
    # Monday 27 April + 7 = Monday 4 May; Tuesday 28 April + 7 = 5 May, Children's Day -> the 6th.
    step = next_step(
        order, replace(judged(0, answer_due=date(2026, 3, 12)), judged_at=datetime(2026, 4, 28, tzinfo=UTC)), RULES
    )
    assert step is not None and step.answer_by == date(2026, 5, 6)


def test_two_letters_of_one_week_are_one_inquiry() -> None:
    order = folded(bought(), wrote(6), wrote(7, name="again"))
    step = next_step(order, judged(8), RULES)
    assert step is not None and step.rung == "demand"


def test_a_second_letter_after_the_answer_was_overdue_is_the_demand() -> None:
    order = folded(bought(), wrote(6), wrote(13, name="again"))  # 9 March (answer by the 12th), 16 March
    step = next_step(order, judged(14), RULES)
    assert step is not None
    assert step.rung == "dispute" and step.not_before == date(2026, 3, 24)  # 16 March + 7, and the day after


def test_a_letter_of_the_program_says_its_rung_and_its_day() -> None:
    order = folded(bought(), sent_by_program(6, "inquiry"), sent_by_program(7, "demand", date(2026, 3, 20)))
    step = next_step(order, judged(8), RULES)
    assert step is not None and (step.rung, step.not_before) == ("dispute", date(2026, 3, 21))


def test_an_answer_that_led_nowhere_is_followed_by_a_demand_and_not_by_a_second_inquiry() -> None:
    order = folded(bought(), wrote(6), answered(7))
    step = next_step(order, judged(20), RULES)
    assert step is not None and (step.rung, step.not_before) == ("demand", date(2026, 3, 23))


def test_after_a_dispute_there_is_no_further_rung() -> None:
    letters = (sent_by_program(6, "inquiry"), sent_by_program(13, "demand"), sent_by_program(25, "dispute"))
    assert next_step(folded(bought(), *letters), judged(40), RULES) is None


def test_a_letter_that_came_back_was_never_asked() -> None:
    bounce = mail_event(
        reading(Kind.BOUNCE, at=PLACED, days=6.1, failed=("cs@hanbit.example",), sender="mailer-daemon@x.example")
    )
    order = folded(bought(contacts=(Contact("email", "help@hanbit.example", "q"),)), wrote(6), bounce)
    step = next_step(order, judged(8), RULES)
    assert step is not None and (step.rung, step.to) == ("inquiry", "help@hanbit.example")


def test_a_closed_or_suspicious_order_has_no_step() -> None:
    assert next_step(folded(bought(), said("closed", at=PLACED, days=5)), judged(8), RULES) is None
    assert next_step(folded(bought(authentication=FAIL)), judged(8), RULES) is None


@pytest.mark.parametrize(
    ("payment", "addressee", "channel", "assumed"),
    [
        ("paypal", "provider", "web_form", False),
        ("easy_pay", "provider", "web_form", False),
        ("bnpl_klarna", "provider", "app", False),
        ("app_store", "provider", "web_form", False),
        ("mobile_carrier", "provider", "phone", False),
        ("virtual_account", "provider", "web_form", False),
        ("credit_card", "card_issuer", "web_form", False),
        ("check_card", "card_issuer", "web_form", False),
        ("debit_card", "card_issuer", "web_form", False),
        ("credit_card_installment", "card_issuer", "web_form", False),
        ("bank_transfer", "bank", "phone", False),
        (None, "provider", "web_form", True),
    ],
)
def test_the_payment_decides_who_takes_the_dispute(
    payment: str | None, addressee: str, channel: str, assumed: bool
) -> None:
    # An unpaid transfer is never flagged by the judge; here only the addressee is asked for.
    order = folded(bought(payment=payment), wrote(6), wrote(13, name="again"))
    step = next_step(order, judged(30), RULES)
    assert step is not None
    assert (step.rung, step.addressee, step.channel, step.assumed) == ("dispute", addressee, channel, assumed)
    assert (step.warning == "draft.warning.payment_unknown") is assumed


def test_cash_on_delivery_leaves_nobody_to_dispute_with() -> None:
    order = folded(bought(payment="cod"), wrote(6), wrote(13, name="again"))
    assert next_step(order, judged(30), RULES) is None


# The values of the rights table (as of 2026-11-22); the ladders that come with it use the same words.
ADDRESSEES = {"seller", "card_issuer", "regulator", "provider", "marketplace", "bank", "police", "court", "self"}
CHANNELS = {"email", "web_form", "app", "chat", "phone", "letter", "fax", "visit", "info"}
PAYMENTS = {
    *("alipay", "amex", "app_store", "apple_pay", "ars", "bank_transfer", "bank_transfer_toss", "bnpl_klarna"),
    *("card_via_stripe", "charge_card", "check_card", "check_card_overseas", "cod", "credit_card"),
    *("credit_card_installment", "credit_card_overseas", "crypto", "debit_card", "diners", "discover", "easy_pay"),
    *("easy_pay_balance", "easy_pay_card", "google_pay", "jcb", "mastercard", "mobile_carrier", "paypal", "pos_loan"),
    *("postpaid", "revolving", "samsung_pay", "sepa_direct_debit", "shop_pay", "unionpay", "virtual_account", "visa"),
    *("wechat_pay", "wise_transfer", "zelle"),
}


@pytest.mark.parametrize("payment", [*sorted(PAYMENTS), "something_new", None])
def test_every_addressee_and_channel_is_a_word_of_the_rights_table(payment: str | None) -> None:
    assert {*escalate.takers(), *escalate.NOT_PREPAID} == PAYMENTS
    order = folded(bought(), wrote(6), wrote(13, name="again"))
    step = next_step(replace(order, payment=payment), judged(30), RULES)
    if payment in escalate.NOT_PREPAID:
        assert step is None
        return
    assert step is not None
    assert step.addressee in ADDRESSEES and step.channel in CHANNELS
    assert step.assumed is (payment not in PAYMENTS)


# -- the address ------------------------------------------------------------------------------------------------------


def contact(value: str, channel: str = "email") -> Contact:
    return Contact(channel, value, f"문의: {value}")


def with_reply_to(made: Reading, address: str) -> Event:
    return mail_event(replace(made, reply_to=Address("", address)))


@pytest.mark.parametrize(
    "local",
    [
        *("noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "NoReply"),
        *("naverpayadmin_noreply", "noreply-order", "notification", "notifications", "order-notification", "notify"),
        *("mailer-daemon", "postmaster", "bounce", "bounces+12", "ne-pas-repondre", "easypay_noreturn", "auto-confirm"),
        *("sendonly", "plznoreply", "noti", "nicht-antworten", "newsletter", "발신전용"),
    ],
)
def test_an_address_that_nobody_reads_is_never_written_to(local: str) -> None:
    assert unread(Address("", f"{local}@shop.example".lower()))
    assert not usable(Address("", f"{local}@shop.example".lower()))


@pytest.mark.parametrize("local", ["cs", "help", "support", "order", "shop", "kim.noah", "reply", "noel", "hello+shop"])
def test_an_address_that_somebody_reads_may_be_written_to(local: str) -> None:
    assert usable(Address("", f"{local}@shop.example"))


@pytest.mark.parametrize(
    "email",
    [
        "",
        "shop",
        "shop@",
        "@shop.example",
        "a b@shop.example",
        "shop@localhost",
        "x@y.example\nbcc:z@y.example",
        "<x@y.example>",
    ],
)
def test_what_is_no_address_is_never_written_to(email: str) -> None:
    assert not usable(Address("", email))


def test_a_send_only_display_name_makes_an_address_unread() -> None:
    assert unread(Address("NHN 발신전용", "pay@shop.example"))


def test_the_address_from_which_a_person_answered_goes_before_all_others() -> None:
    order = folded(
        bought(authentication=PASS, contacts=(contact("cs@hanbit.example"),)),
        with_reply_to(reading(Kind.SELLER_REPLY, at=PLACED, days=1, authentication=PASS), "kim@hanbit.example"),
    )
    assert seller_contact(order) == ("email", "kim@hanbit.example", None)


def test_an_address_at_the_sellers_domain_goes_before_one_elsewhere() -> None:
    contacts = (contact("shop@naver.example"), contact("cs@mail.hanbit.example"))
    order = folded(bought(authentication=PASS, sender="noreply@hanbit.example", contacts=contacts))
    assert seller_contact(order) == ("email", "cs@mail.hanbit.example", None)


def test_a_help_desk_goes_before_the_privacy_office() -> None:
    contacts = (contact("privacy@hanbit.example"), contact("help@hanbit.example"))
    assert seller_contact(folded(bought(authentication=PASS, contacts=contacts)))[1] == "help@hanbit.example"


def test_no_address_comes_from_a_mail_whose_authentication_failed() -> None:
    fake = mail_event(
        reading(
            Kind.SHIPPED,
            at=PLACED,
            days=1,
            authentication=FAIL,
            sender="cs@hanbit.example",
            contacts=(contact("cs@evil.example"),),
        )
    )
    order = folded(bought(authentication=PASS, sender="noreply@hanbit.example"), fake)
    order = replace(order, contacts=((contact("cs@evil.example"), FAIL),))
    assert seller_contact(order) == ("web_form", None, "draft.warning.no_address")


def test_an_address_from_an_unauthenticated_mail_carries_a_warning() -> None:
    order = folded(bought(authentication=NONE, contacts=(contact("cs@hanbit.example"),)))
    assert seller_contact(order) == ("email", "cs@hanbit.example", "draft.warning.unauthenticated")


def test_an_address_that_an_authenticated_mail_confirms_carries_none() -> None:
    order = folded(
        bought(authentication=NONE, contacts=(contact("cs@hanbit.example"),)),
        mail_event(reading(Kind.SHIPPED, at=PLACED, days=1, authentication=PASS, sender="cs@hanbit.example")),
    )
    assert seller_contact(order) == ("email", "cs@hanbit.example", None)


def test_the_users_own_address_is_never_chosen() -> None:
    order = folded(
        bought(
            authentication=PASS, sender="noreply@hanbit.example", contacts=(contact(ME), contact("me@alias.example"))
        )
    )
    assert seller_contact(order, own=("me@alias.example",)) == ("web_form", None, "draft.warning.no_address")


def test_the_address_of_a_payment_service_is_not_the_sellers() -> None:
    receipt = reading(
        Kind.PAYMENT_RECEIPT,
        at=PLACED,
        days=0.1,
        authentication=PASS,
        sender="help@pay.example",
        service="pay",
        contacts=(contact("cs@pay.example"),),
    )
    order = folded(bought(authentication=PASS, sender="noreply@hanbit.example"), mail_event(receipt))
    assert seller_contact(order) == ("web_form", None, "draft.warning.no_address")


def test_without_an_address_the_mails_own_form_or_number_is_used() -> None:
    order = folded(
        bought(authentication=PASS, sender="noreply@hanbit.example", contacts=(contact("1588-1234", "phone"),))
    )
    assert seller_contact(order) == ("phone", "1588-1234", "draft.warning.no_address")
    contacts = (contact("1588-1234", "phone"), contact("https://hanbit.example/qna", "web_form"))
    order = folded(bought(authentication=NONE, sender="noreply@hanbit.example", contacts=contacts))
    assert seller_contact(order) == (
        "web_form",
        "https://hanbit.example/qna",
        "draft.warning.no_address_unauthenticated",
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["noreply", "cs", "privacy", "postmaster", "kim", "notification"]),
            st.sampled_from(["hanbit.example", "evil.example", "naver.example"]),
            st.sampled_from([PASS, FAIL, NONE]),
        ),
        max_size=5,
    ),
    st.sampled_from([PASS, NONE]),
)
def test_whatever_the_mails_say_no_unread_failed_or_own_address_is_chosen(
    stated: list[tuple[str, str, Authentication]], opener: Authentication
) -> None:
    order = folded(bought(authentication=opener))
    contacts = tuple((contact(f"{local}@{domain}"), proof) for local, domain, proof in stated)
    order = replace(order, contacts=(*contacts, (contact(ME), PASS)))
    channel, to, warning = seller_contact(order, own=(ME,))
    allowed = {c.value: proof for c, proof in reversed(contacts) if proof is not FAIL}
    if channel != "email":
        assert to is None
        return
    assert to is not None and to != ME and not unread(Address("", to))
    if to != "shop@hanbit.example":
        assert to in allowed
    proofs = {proof for c, proof in contacts if c.value == to} | ({opener} if to == "shop@hanbit.example" else set())
    assert (warning is None) == (PASS in proofs)
