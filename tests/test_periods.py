"""Days in mails on which the user's own rights hang, and how a claim ended."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.knowledge import periods

NEAR = date(2026, 11, 6)


@pytest.mark.parametrize(
    ("line", "language", "day"),
    [
        ("Buyer Protection ends on Nov 25, 2026", "en", date(2026, 11, 25)),
        ("Buyer Protection now ends on Dec 5, 2026.", "en", date(2026, 12, 5)),
        ("Your Buyer Protection period will expire on 25 November 2026.", "en", date(2026, 11, 25)),
        ("Buyer protection end date\nNovember 25, 2026", "en", date(2026, 11, 25)),
        ("You can open a dispute until November 25.", "en", date(2026, 11, 25)),
        ("구매자 보호 종료일: 2026년 11월 25일", "ko", date(2026, 11, 25)),
        ("구매자 보호 기간이 2026-11-25에 종료됩니다.", "ko", date(2026, 11, 25)),
        ("2026년 11월 25일까지 분쟁 제기 가능 기간입니다.", "ko", date(2026, 11, 25)),
        ("Ihr Käuferschutz endet am 25.11.2026.", "de", date(2026, 11, 25)),
        ("La protection de l’acheteur se termine le 25 novembre 2026.", "fr", date(2026, 11, 25)),
        ("La protección del comprador finaliza el 25 de noviembre de 2026.", "es", date(2026, 11, 25)),
        ("購入者保護期間の終了 2026年11月25日", "ja", date(2026, 11, 25)),
        ("买家保障期将于2026年11月25日结束", "zh", date(2026, 11, 25)),
        ("You are covered by Buyer Protection. Order date: Nov 2, 2026", "en", None),
        ("구매자 보호 정책을 확인하세요.", "ko", None),
    ],
)
def test_the_end_of_a_buyers_protection_is_read(line: str, language: str, day: date | None) -> None:
    found = periods.day(periods.PROTECTED_UNTIL, f"Hello\n{line}\nBye", language, NEAR)
    assert (found[0] if found else None) == day


@pytest.mark.parametrize(
    ("line", "language", "day"),
    [
        ("Der Betrag wird am 12.11.2026 von Ihrem Konto abgebucht.", "de", date(2026, 11, 12)),
        ("Sie zahlen per Lastschrift; die Abbuchung erfolgt am 12. November 2026.", "de", date(2026, 11, 12)),
        ("€129.00 will be debited on 12 November 2026.", "en", date(2026, 11, 12)),
        ("Direct debit date: 12 November 2026", "en", date(2026, 11, 12)),
        ("Le montant sera prélevé le 12 novembre 2026.", "fr", date(2026, 11, 12)),
        ("El importe se cargará en su cuenta el 12 de noviembre de 2026.", "es", date(2026, 11, 12)),
        ("Zahlungsart: SEPA-Lastschrift", "de", None),
    ],
)
def test_the_day_of_a_debit_is_read(line: str, language: str, day: date | None) -> None:
    found = periods.day(periods.DEBIT_ON, line, language, NEAR)
    assert (found[0] if found else None) == day


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("We have decided this case in the seller's favor.", "refused"),
        ("Your claim has been denied.", "refused"),
        ("We've denied your claim because the tracking shows delivery.", "refused"),
        ("Your dispute was closed in the seller’s favour.", "refused"),
        ("We decided the case in your favor and refunded $120.00.", "granted"),
        ("Your claim has been approved.", "granted"),
        ("If your claim is denied, you can appeal within 10 days.", None),
        ("You opened a dispute. The seller has been asked to respond.", None),
        ("이의제기 신청이 기각되었습니다.", "refused"),
        ("신청하신 이의신청(접수번호 20261110-3345)은 가맹점 확인 결과 정상 거래로 확인되어 거절되었음.", "refused"),
        ("분쟁이 판매자에게 유리하게 종결되었습니다.", "refused"),
        ("분쟁 신청이 승인되었습니다. 환불이 진행됩니다.", "granted"),
        ("Ihr Antrag auf Käuferschutz wurde abgelehnt.", "refused"),
        ("Der Fall wurde zu Ihren Gunsten entschieden.", "granted"),
        ("Le litige a été clos en faveur du vendeur.", "refused"),
        ("El caso se ha cerrado a favor del vendedor.", "refused"),
        ("異議申し立ては却下されました。", "refused"),
        ("纠纷被驳回。", "refused"),
    ],
)
def test_how_a_claim_ended_is_read(text: str, ended: str | None) -> None:
    found = periods.outcome("Update on your case", text)
    assert (found[0] if found else None) == ended


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (name, words)
        for name in (periods.PROTECTED_UNTIL, periods.DEBIT_ON)
        for several in tomllib.loads(periods.FILE.read_text(encoding="utf-8"))[name].values()
        for words in several
    ],
)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_whatever_the_words_for_a_day_match_contains_one_of_its_signs(
    name: str, words: str, data: st.DataObject
) -> None:
    signs = tomllib.loads(periods.FILE.read_text(encoding="utf-8"))["signs"][name]
    matched = data.draw(st.from_regex(re.compile(words, re.IGNORECASE), fullmatch=True))
    # what lower() and the search without regard to case see differently: no mail writes these
    assume(not set(matched) & set("\u0130\u0131\u017f\u212a"))
    assert any(sign in matched.lower() for sign in signs), matched


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("We received your case PP-R-QXZ-402938475", "You opened a dispute.", "PP-R-QXZ-402938475"),
        ("Your dispute", "Case ID\tPP-D-1234567\nSeller\tMaple Tools", "PP-D-1234567"),
        ("Update on your case", "Case ID: 5340021987\nItem: mug", "5340021987"),
        ("Your claim", "Your claim number is CLM-2026-00431.", "CLM-2026-00431"),
        ("Disput", "Fallnummer: K-20931-77", "K-20931-77"),
        ("Votre litige", "Numéro de dossier :\n784512", "784512"),
        ("Tu reclamación", "Número de caso: 99120-A", "99120-A"),
        ("[은행] 이의제기 접수", "이의제기 접수번호: 2026-1103-0042", "2026-1103-0042"),
        ("異議申し立て", "ケース番号：77120-33", "77120-33"),
        ("争议处理", "争议编号：202611030087", "202611030087"),
        ("Your dispute", "You opened a dispute about 3 items. Case of the month: 12.", None),
    ],
)  # fmt: skip
def test_the_number_of_a_case_is_read(subject: str, text: str, number: str | None) -> None:
    found = periods.case_number(subject, text)
    assert (found[0] if found else None) == number


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("You opened this case on November 2, 2026.", "en", date(2026, 11, 2)),
        ("Dispute opened: 2 Nov 2026\nTransaction date: 1 Oct 2026", "en", date(2026, 11, 2)),
        ("Ihr Fall wurde eröffnet am 02.11.2026.", "de", date(2026, 11, 2)),
        ("이의제기 접수일: 2026년 11월 2일", "ko", date(2026, 11, 2)),
        ("Litige ouvert le 2 novembre 2026", "fr", date(2026, 11, 2)),
        ("You opened a dispute about a transaction of October 8, 2026.", "en", None),
    ],
)
def test_the_day_on_which_a_case_was_opened_is_read(text: str, language: str, day: date | None) -> None:
    found = periods.case_opened(text, language, date(2026, 11, 9))
    assert (found[0] if found else None) == day


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("Your order has been refunded in full.", True),
        ("We have issued a full refund for your order.", True),
        ("결제 금액 전액이 환불되었습니다.", True),
        ("Ihre Bestellung wurde vollständig erstattet.", True),
        ("Votre commande a été intégralement remboursée.", True),
        ("Hemos realizado el reembolso completo.", True),
        ("全額を返金いたしました。", True),
        ("全额已退款", True),
        ("배송비를 제외한 금액 전액이 환불되었습니다.", False),
        ("This is not a full refund.", False),
        ("If the full refund does not arrive, please write to us.", False),
        ("A full refund of one item was made.", False),
        ("The full amount less shipping was refunded.", False),
        ("Your refund has been issued.", False),
    ],
)
def test_that_a_refund_is_the_whole_sum_is_read_from_a_sentence_that_says_so(line: str, whole: bool) -> None:
    assert bool(periods.whole_refund("Refund", f"Hello,\n{line}\nBye")) is whole
