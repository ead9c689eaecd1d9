"""Who the seller says that he is: the feet of mails, however their parts are set apart. All companies are invented."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import ledger, parse
from monitor.cli import failures
from monitor.extract import extract, identity
from monitor.extract.identity import valid_registration
from monitor.knowledge import values
from monitor.store.codec import dump_reading, load_reading
from monitor.types import Authentication, Finding, Kind, RawMail, SellerIdentity, Verdict
from tests import cast, post

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RIGHT, WRONG = "999-99-99997", "999-99-99992"  # invented


def finding(text: str, language: str = "ko", *, html: bool = False, service: str = "") -> Finding:
    message = EmailMessage()
    message["From"] = "shop <order@shop.example>"
    message["To"] = "mina@home.example"
    message["Subject"] = "주문"
    message.set_content(text, subtype="html" if html else "plain")
    mail = parse.mail(RawMail("a", "", 0, 0, None, message.as_bytes()), now=NOW)
    return extract(mail, Verdict(Kind.ORDER_CONFIRMATION, None, language, "test", from_service=service))


def foot(text: str, language: str = "ko", *, html: bool = False) -> dict[str, object]:
    found = finding(text, language, html=html).identity
    if found is None:
        return {}
    got = {name: getattr(found, name) for name in SellerIdentity.__dataclass_fields__}
    return {name: getattr(one, "value", one) for name, one in got.items() if one is not None}


WHOLE = {
    "name": "(주)한빛상회", "representative": "홍길동", "registration": RIGHT, "checksum_ok": True,
    "permit": "제2020-서울강남-01234호", "address": "서울특별시 강남구 한빛로 1, 3층", "phone": "1588-0000",
    "email": "help@shop.example",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "상호 : (주)한빛상회 | 대표 : 홍길동 | 사업자등록번호 : {n} | 통신판매업신고 : {p}\n"
        "주소: {a} | 고객센터 : 1588-0000 | 이메일: help@shop.example",
        "(주)한빛상회 대표이사 홍길동 사업자등록번호 {n} 통신판매업신고번호 {p}\n"
        "사업장 소재지 {a}\n고객센터 1588-0000 (평일 10:00~17:00) 이메일 help@shop.example\nCopyright © 한빛상회",
        "회사명:(주)한빛상회/대표자:홍길동/사업자번호:{n}/통신판매신고번호:{p}/주소:{a}/전화:1588-0000/메일:help@shop.example",
        "상호\n(주)한빛상회\n대표자명\n홍길동\n사업자 등록번호\n{n}\n통신판매업신고번호\n{p}\n소재지\n{a}\n"
        "대표전화\n1588-0000\n이메일\nHelp@shop.example",
    ],
    ids=["bars", "running", "slashes", "below"],
)
def test_a_korean_foot_is_read_however_it_is_set(text: str) -> None:
    filled = text.format(n=RIGHT, p=WHOLE["permit"], a=WHOLE["address"])
    assert foot(f"주문번호: 20260101-1\n총 결제금액: 12,000원\n\n{filled}\n") == WHOLE


def test_a_korean_foot_is_read_from_a_table() -> None:
    rows = [
        ("상호명", "㈜도담"), ("대표자", "김민수, 이영희"), ("사업자 등록 번호", WRONG),
        ("통신판매업신고", "2019-경기성남-1234"), ("사업장주소", "경기도 성남시 도담로 1"),
        ("대표전화", "031-123-4567"),
    ]  # fmt: skip
    cells = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in rows)
    assert foot(f"<table>{cells}</table>", html=True) == {
        "name": "㈜도담", "representative": "김민수, 이영희", "registration": WRONG, "checksum_ok": False,
        "permit": "2019-경기성남-1234", "address": "경기도 성남시 도담로 1", "phone": "031-123-4567",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("de", "Lindner GmbH\nMusterstr. 1, 12345 Berlin\nGeschäftsführer: Hans Lindner\n"
               "Amtsgericht Berlin, HRB 123456 B\nUSt-IdNr.: DE999999999\nTel.: 030 1234567\nE-Mail: info@shop.example",
         {"name": "Lindner GmbH", "representative": "Hans Lindner", "registration": "123456 B", "vat": "DE999999999",
          "phone": "030 1234567", "email": "info@shop.example"}),
        ("en", "Northwind Ltd. Registered in England and Wales No. 09999999. Registered office: 1 High Street, London. "
               "VAT No. GB 999 9999 99",
         {"name": "Northwind Ltd.", "registration": "09999999", "vat": "GB 999 9999 99",
          "address": "1 High Street, London."}),
        ("fr", "Boutique Claire SARL - SIRET : 999 999 999 00099 - TVA intracommunautaire : FR99999999999",
         {"name": "Boutique Claire SARL", "registration": "999 999 999 00099", "vat": "FR99999999999"}),
        ("it", "Bottega Rossa S.r.l. | Sede legale: Via Roma 1, Milano | P. IVA 99999999999 | REA MI-999999",
         {"name": "Bottega Rossa S.r.l.", "address": "Via Roma 1, Milano", "vat": "99999999999",
          "registration": "MI-999999"}),
        ("nl", "De Winkel B.V. | KvK: 99999999 | Btw-nummer: NL999999999B99",
         {"name": "De Winkel B.V.", "registration": "99999999", "vat": "NL999999999B99"}),
        ("es", "Tienda Sol S.L. | CIF: B99999999 | Domicilio social: Calle Mayor 1, Madrid",
         {"name": "Tienda Sol S.L.", "vat": "B99999999", "address": "Calle Mayor 1, Madrid"}),
        ("ja", "会社名：株式会社つばめ\n代表者：山田太郎\n所在地：東京都千代田区1-1-1\n"
               "電話番号：03-1234-5678\n法人番号：9999999999999",
         {"name": "株式会社つばめ", "representative": "山田太郎", "registration": "9999999999999",
          "address": "東京都千代田区1-1-1", "phone": "03-1234-5678"}),
        ("zh", "公司名称：晴天贸易有限公司\n统一社会信用代码：99999999MA9999999X\n客服电话：400-000-0000",
         {"name": "晴天贸易有限公司", "registration": "99999999MA9999999X", "phone": "400-000-0000"}),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) == 2 else "",
)  # fmt: skip
def test_the_feet_of_other_countries_are_read(language: str, text: str, wanted: dict[str, object]) -> None:
    assert foot(text, language) == wanted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ko", "주문번호: 2020-1234\n받는 분\n주소: 서울시 강남구 1\n전화번호: 010-1234-5678"),
        ("en", "Total 45.99\nVAT 20% 4550.00\nVAT: $3.40\nPhone: 020 7946 0000"),
        ("en", "VAT 1 234 567.50\nAddress: 1 High Street, London"),
        ("de", "Enthaltene USt-ID folgt. Telefon: 030 1234567"),
    ],
)
def test_without_an_official_number_there_is_no_foot(language: str, text: str) -> None:
    assert foot(text, language) == {}


def test_the_buyers_address_above_is_not_the_sellers() -> None:
    above = "주소: 부산시 사는 사람의 집 1\n전화번호: 010-1234-5678\n\n\n\n\n감사합니다.\n\n\n"
    assert foot(f"{above}상호: 한빛\n사업자등록번호: {RIGHT}") == {
        "name": "한빛",
        "registration": RIGHT,
        "checksum_ok": True,
    }


def test_the_last_foot_is_the_senders() -> None:
    above = f"상호: 남의가게\n사업자등록번호: {WRONG}\n" + "\n이어지는 말.\n" * 20
    assert foot(f"{above}상호: 한빛\n사업자등록번호: {RIGHT}")["name"] == "한빛"


def test_the_foot_of_a_payment_service_is_not_the_sellers() -> None:
    assert finding(f"상호: 결제회사\n사업자등록번호: {RIGHT}", service="kcp").identity is None


def test_each_value_has_the_words_that_prove_it() -> None:
    text = f"상호 : (주)한빛상회 | 대표 : 홍길동 | 사업자등록번호 : {RIGHT}"
    found = finding(text).identity
    assert found is not None
    assert found.registration is not None
    assert found.registration.quote == f"사업자등록번호 : {RIGHT}"
    assert found.name is not None
    assert found.name.quote == "상호 : (주)한빛상회"


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_exactly_one_last_digit_is_right(nine: str) -> None:
    assert sum(valid_registration(nine + last) for last in "0123456789") == 1


def test_the_check_digit_is_that_of_the_published_rule() -> None:
    # 1*1+2*3+3*7+4*1+5*3+6*7+7*1+8*3+9*5 = 165, tens of 45 added: 169; 1 makes it a multiple of ten
    assert valid_registration("123-45-67891")
    assert not valid_registration("123-45-67890")
    assert not valid_registration("123-45-6789")


def test_the_tables_hold_the_same_in_every_language() -> None:
    wanted = set(identity.LABELS) | {"forms"}
    for language in values.LANGUAGES:
        assert set(values.tables(language)["identity"]) == wanted, language


def test_hostile_text_is_read_in_linear_time() -> None:
    began = time.process_time()
    for text in (
        "사업자등록번호 " * 20_000,
        "상호:" * 40_000,
        "사업자등록번호: " + "1 " * 50_000,
        "대표 " * 400 + "\n" * 5000,
    ):
        foot(text)
    assert time.process_time() - began < 5


# -- in the order and on the screen -------------------------------------------------------------------------------


def test_the_order_has_the_newest_identity_of_a_mail_that_can_be_trusted() -> None:
    mails = []
    for days, name, authentication in ((0, "old", "none"), (1, "new", "pass"), (2, "forged", "fail")):
        made = cast.reading(Kind.SHIPPED if days else Kind.ORDER_CONFIRMATION, days=days, number="1",
                            authentication=Authentication(authentication))  # fmt: skip
        said = SellerIdentity(name=cast.stated(name), registration=cast.stated(RIGHT), checksum_ok=True)
        mails.append(cast.mail_event(replace(made, finding=replace(made.finding, identity=said))))
    order = ledger.fold("order", cast.HANBIT, "1", mails, zone=cast.SEOUL, add=cast.add_days)
    assert order.identity is not None
    assert order.identity.name == cast.stated("new")


def test_a_stored_reading_keeps_the_identity_and_an_older_one_has_none() -> None:
    made = cast.reading(Kind.ORDER_CONFIRMATION)
    with_identity = replace(made, finding=replace(made.finding, identity=SellerIdentity(permit=cast.stated("2020-1"))))
    assert load_reading(dump_reading(with_identity)) == with_identity
    older = json.loads(dump_reading(made))
    del older["finding"]["identity"]
    assert load_reading(json.dumps(older)) == made


def test_show_tells_who_the_seller_is_and_marks_a_wrong_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in list(os.environ):
        if name.startswith(("REFUND_MONITOR", "XDG_", "LC_", "LANG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    text = (
        "주문해 주셔서 감사합니다.\n주문번호: 20261102-0009\n총 결제금액: 9,000원\n\n"
        f"상호: 한빛상점 | 대표: 홍길동 | 사업자등록번호: {WRONG}\n"
    )
    path = tmp_path / "one.eml"
    path.write_bytes(
        post.mail("한빛상점 <order@hanbit-shop.co.kr>", "[한빛상점] 주문이 접수되었습니다", text, post.at(2))
    )
    assert failures.run(["import", str(path)]) == 0
    capsys.readouterr()
    assert failures.run(["show", "20261102-0009"]) == 0
    shown = capsys.readouterr().out
    assert "Who the seller says that he is:" in shown
    assert f"register number: {WRONG} (checksum ok: no)" in shown
    assert failures.run(["read", str(path)]) == 0
    assert f"← “사업자등록번호: {WRONG}” (text)" in capsys.readouterr().out
