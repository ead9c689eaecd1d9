"""Evidence: what is taken as a file; a pack whose PDF tells the facts and whose ZIP holds the mails as they came."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import draft as drafting
from monitor import knowledge as knowledges
from monitor import render
from monitor.config import Config
from monitor.evidence import FileRefused, Member, NoTypst, files, fonts, kind_of, paper, safe_name, zipped
from monitor.run import cases, evidence, orders, saying
from monitor.run.intake import files as intake
from monitor.store import Store, StoreError
from monitor.store.words import AttachedFile
from monitor.types import Draft, Step
from tests.test_case import Command, command

__all__ = ["command"]  # a fixture that the tests below ask for
typst = pytest.importorskip("typst") if not __import__("os").environ.get("REFUND_MONITOR_NO_SKIP") else None

NOW = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)  # noon in Seoul
PNG = b"\x89PNG\r\n\x1a\n"
CARD = "4111 1111 1111 1111"  # passes the check digit of cards, belongs to nobody
REAL_PNG = PNG + bytes.fromhex(
    "0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8cfc0f01f0005000201a2a1b1c10000000049454e44ae426082"
)


# -- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG + b"rest", "image/png"), (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"), (b"GIF89a...", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\0\0\0\x18ftypheic", "image/heic"), (b"\0\0\0\x18ftypM4A ", "audio/mp4"), (b"ID3\x04", "audio/mpeg"),
        (b"OggS\0", "audio/ogg"), (b"fLaC\0", "audio/flac"), (b"#!AMR\n", "audio/amr"),
        ("상담원: 확인 후 연락드리겠습니다.\n".encode(), "text/plain"),
    ],
)  # fmt: skip
def test_what_a_file_is_its_content_tells(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!DOCTYPE html><script>", b"<?xml version='1.0'?><svg/>",
        b"PK\x03\x04word/document.xml", b"MZ\x90\0", b"\x7fELF", b"\0\1\2\3", "텍스트".encode("cp949") + b"\xff",
        b"text with a \0 in it", b"\xd0\xcf\x11\xe0",
    ],
)  # fmt: skip
def test_what_can_carry_a_script_or_is_unknown_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(FileRefused, match="kind"):
        kind_of(content)


def test_empty_and_too_large_files_are_refused() -> None:
    with pytest.raises(FileRefused, match="empty"):
        kind_of(b"")
    with pytest.raises(FileRefused, match="too_large"):
        kind_of(PNG + bytes(files.MAX_BYTES))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("screen.png", "screen.png"), ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\a\\화면 캡처.PNG", "화면 캡처.png"),
        (".bashrc", "bashrc.png"), ("", "file.png"), ("con.png", "file.png"), ("a\0b\n.png", "a_b.png"),
        ("x.exe", "x.png"), ("a:b*c?.png", "a_b_c.png"), ("\u202egnp.exe", "gnp.png"),
        ("가" * 300, "가" * 80 + ".png"),
    ],
)  # fmt: skip
def test_a_name_is_made_harmless_and_stays_readable(name: str, safe: str) -> None:
    assert safe_name(name, "image/png") == safe


@given(st.text(max_size=120))
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = safe_name(name, "image/png")
    assert safe.endswith(".png") and "/" not in safe and "\\" not in safe and not safe.startswith(".")
    assert len(safe) > 4 and safe == safe.strip() and safe.isprintable()


# -- the store ------------------------------------------------------------------------------------------------------


def test_an_attached_file_comes_back_byte_by_byte_and_cannot_be_changed(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.sqlite3") as store:
        content = PNG + bytes(range(256)) * 40
        kept = evidence.keep(store, "../화면.png", content, now=NOW)
        assert (kept.name, kept.content_type, kept.size) == ("화면.png", "image/png", len(content))
        assert kept.sha256 == hashlib.sha256(content).hexdigest()
        assert store.attachment(kept.id) == content
        assert store.attachments() == {
            kept.id: AttachedFile(kept.id, NOW, "화면.png", "image/png", len(content), kept.sha256)
        }
        with pytest.raises(StoreError):
            store.add_attachment(kept, b"other")
        with pytest.raises(StoreError), store.transaction() as connection:
            connection.exec_driver_sql("UPDATE attachment SET name = 'x'")
        assert store.drop_attachment(kept.id)
        assert store.attachment(kept.id) is None
    assert (tmp_path / "s.sqlite3").stat().st_mode & 0o777 == 0o600


# -- the ZIP --------------------------------------------------------------------------------------------------------


def test_a_zip_is_the_same_for_the_same_members_and_carries_its_checksums() -> None:
    members = [Member("mails/001.eml", b"From: a\r\n\r\nb"), Member("files/01-x.png", PNG)]
    made = zipped(members, NOW)
    assert made == zipped(members, NOW)
    archive = zipfile.ZipFile(io.BytesIO(made))
    sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert sums == {member.path: hashlib.sha256(member.content).hexdigest() for member in members}
    assert all(info.external_attr >> 16 & 0o777 == 0o600 for info in archive.infolist())


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/../b", "a\\b", ""])
def test_no_member_of_a_zip_leaves_it(path: str) -> None:
    with pytest.raises(ValueError):
        zipped([Member(path, b"")], NOW)


# -- the fonts ------------------------------------------------------------------------------------------------------


def test_the_fonts_draw_all_hangul_latin_kana_and_the_characters_of_the_national_sets() -> None:
    known = fonts.covered()

    def encodable(encoding: str) -> Iterator[int]:
        for code in range(0x4E00, 0xA000):
            try:
                chr(code).encode(encoding)
            except UnicodeEncodeError:
                continue
            yield code

    assert known >= set(range(0xAC00, 0xD7A4))
    assert known >= {*range(0x20, 0x7F), *range(0xA1, 0xAD), *map(ord, "₩€£¥…–—“”‘’·•①②③")}
    assert known >= set(range(0x3041, 0x3097)) | set(range(0x30A1, 0x30FB))
    for encoding in ("euc_kr", "shift_jis", "gb2312"):
        assert known >= set(encodable(encoding)), encoding


def test_the_character_map_is_read_as_typst_reads_it() -> None:
    """Whatever the map calls drawable is drawn without an empty box, and what it does not know would be one."""
    known = sorted(fonts.covered())
    sample = "".join(map(chr, known[::97])) + "주문번호"
    assert not _boxes(_print_text(sample))
    unknown = chr(next(code for code in range(0x1F600, 0x1F700) if code not in fonts.covered()))
    assert _boxes(_print_text(unknown, as_it_is=True))  # else the test above could not fail
    assert not _boxes(_print_text(unknown))


def test_what_no_font_has_is_written_by_its_code() -> None:
    assert fonts.drawable("주문 😀", "[이모지]") == "주문 [이모지]"
    assert fonts.drawable("주문 \u1200") == "주문 [U+1200]"
    assert fonts.drawable("ﬁn 가") == "fin 가"
    assert fonts.drawable("a\ufe0fb") == "ab"  # a variation selector shows nothing


def test_the_licences_lie_beside_the_fonts() -> None:
    for name in ("Pretendard-LICENSE.txt", "NotoSansSC-LICENSE.txt"):
        assert "SIL Open Font License, Version 1.1" in (fonts.folder() / name).read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in fonts.folder().iterdir()) < 12_000_000


def _print_text(text: str, *, as_it_is: bool = False) -> bytes:
    import typst as printer

    shown = text if as_it_is else fonts.drawable(text)
    source = f"#set text(font: {tuple(fonts.FAMILIES)!r})\n".replace("'", '"') + '#json("data.json")'
    data = __import__("json").dumps(shown).encode()
    return bytes(
        printer.compile(
            {"main.typ": source.encode(), "data.json": data}, font_paths=[str(fonts.folder())], format="pdf",
            ignore_system_fonts=True,
        )
    )  # fmt: skip


def _boxes(pdf: bytes) -> int:
    """How often a PDF draws glyph 0, the empty box: shown by its two-byte code in a text operator."""
    count = 0
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            content = zlib.decompress(match[1])
        except zlib.error:
            continue
        if b" Tf" not in content:
            continue
        for shown in re.finditer(rb"\((?:\\.|[^\\()])*\)|<([0-9A-Fa-f]+)>", content, re.DOTALL):
            raw = bytes.fromhex(shown[1].decode()) if shown[1] else _unescaped(shown[0][1:-1])
            count += sum(raw[at : at + 2] == b"\0\0" for at in range(0, len(raw) - 1, 2))
    return count


def _unescaped(text: bytes) -> bytes:
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def one(match: re.Match[bytes]) -> bytes:
        return bytes([int(match[1], 8)]) if match[1][:1].isdigit() else named.get(match[1], match[1])

    return re.sub(rb"\\([0-7]{1,3}|.)", one, text, flags=re.DOTALL)


# -- the pack -------------------------------------------------------------------------------------------------------


def settings(folder: Path, language: str) -> Config:
    config = Config.model_validate(
        {
            "user": {"addresses": ["me@example.com"], "name": "김민지", "language": language, "country": "KR",
                     "timezone": "Asia/Seoul"},
            "store": {"path": str(folder / "store.sqlite3")},
        }
    )  # fmt: skip
    config._data_home = folder
    return config


ORDER = """고객님, 주문이 접수되었습니다.
주문번호: 20260907-0001
상품명: 무선 이어폰 (日本語版 简体)
결제금액: 30,000원
결제수단: 신용카드 4111-1111-1111-1111
배송 예정일: 2026년 9월 11일

상호: (주)한빛상회 | 대표: 홍길동 | 사업자등록번호: 220-81-62517
통신판매업신고번호: 제2020-서울강남-01234호 | 전화: 02-555-0100
주소: 서울특별시 강남구 테헤란로 1
"""
LETTER = "주문번호 20260907-0001 상품을 아직 받지 못했습니다. 배송 현황을 알려 주십시오."


def mail(folder: Path, name: str, subject: str, body: str, at: datetime, *, own: bool = False) -> Path:
    made = EmailMessage()
    made["Received"] = f"from out.example by mx.example.com with ESMTPS; {format_datetime(at)}"
    if not own:
        made["Authentication-Results"] = (
            "mx.example.com; spf=pass smtp.mailfrom=hanbit.co.kr; dkim=pass header.d=hanbit.co.kr; "
            "dmarc=pass header.from=hanbit.co.kr"
        )
    made["From"] = "me@example.com" if own else '"한빛상회" <order@hanbit.co.kr>'
    made["To"] = "order@hanbit.co.kr" if own else "me@example.com"
    made["Subject"] = subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{name}@{'example.com' if own else 'hanbit.co.kr'}>"
    made.set_content(body)
    path = folder / f"{name}.eml"
    path.write_bytes(made.as_bytes())
    return path


@pytest.fixture(params=["ko", "en"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Config, str]]:
    """A store with an order that never came, a letter without an answer, a picture, a note and a call."""
    config = settings(tmp_path, request.param)
    placed = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    mail(inbox, "order", "[한빛상회] 주문이 접수되었습니다", ORDER, placed)
    mail(inbox, "letter", "주문번호 20260907-0001 문의", LETTER, placed + timedelta(days=9), own=True)
    with Store.open(config.store_path()) as store:
        intake.import_paths(store, config, knowledges.load(None), [inbox], now=NOW, heard_until=NOW)
        order = orders.orders(store, config, None, NOW)[0].order
        evidence.attach(store, order, "화면 캡처.png", REAL_PNG, now=NOW, note="배송 조회 화면")
        evidence.add_note(store, order, f"상담원이 기다리라고 함. 카드 {CARD}", now=NOW)
        yield store, config, request.param


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    return "\n".join(pages).replace("\r\n", "\n")


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def view_of(store: Store, config: Config) -> orders.OrderView:
    return orders.orders(store, config, None, NOW)[0]


def test_the_pdf_tells_the_facts_in_the_addressees_language_without_an_empty_box(
    shop: tuple[Store, Config, str],
) -> None:
    store, config, language = shop
    made = evidence.pack(store, config, view_of(store, config), now=NOW, language=language)
    told = flat(text_of(made.pdf))
    for fact in ("한빛상회", "20260907-0001", "무선 이어폰 (日本語版 简体)", "220-81-62517", "제2020-서울강남-01234호",
                 "김민지", "화면 캡처.png", "배송 조회 화면", "상담원이 기다리라고 함"):  # fmt: skip
        assert flat(fact) in told, fact
    words = render.catalog(language)
    for key in ("pack.title", "pack.facts", "pack.amounts", "pack.timeline", "pack.letters", "pack.mails", "pack.files",
                "pack.authentication.pass", "pack.amount.outstanding"):  # fmt: skip
        assert flat(words[key]) in told, key
    assert flat("30,000원" if language == "ko" else "₩30,000") in told
    assert flat("14일" if language == "ko" else "14 days") in told  # the letter of 16 September, unanswered on the 30th
    for content in (
        REAL_PNG,
        *(store.raw(event.mail) or b"" for event in view_of(store, config).order.events if event.mail),
    ):
        assert hashlib.sha256(content).hexdigest() in told or content == b""
    assert "[U+" not in told
    assert not _boxes(made.pdf)


def test_the_pdf_says_whose_time_it_tells_and_keeps_the_users_own_words(shop: tuple[Store, Config, str]) -> None:
    store, config, language = shop
    evidence.add_note(store, view_of(store, config).order, "화면에 <b>끝</b> 이라고 나옴 😀", now=NOW)
    told = flat(text_of(evidence.pack(store, config, view_of(store, config), now=NOW, language=language).pdf))
    assert f"{config.user.timezone}" in told and "UTC+09:00" in told
    assert flat("화면에 <b>끝</b> 이라고 나옴 " + {"ko": "[이모지]", "en": "[emoji]"}[language]) in told


def test_a_long_result_of_authentication_stays_within_its_column() -> None:
    detail = "dmarc=pass header.from=orders.bomnalfurniture.shop.example"
    rows = [["when", "what", {"text": "ok", "small": detail, "narrow": True}]]
    table = {"widths": [3.4, 0, 3], "head": ["a", "b", "c"], "rows": rows}
    values = {"lang": "ko", "title": "t", "author": "", "subtitle": "", "made": "", "footer": "",
              "sections": [{"heading": "h", "table": table}], "pictures_heading": "", "pictures": []}  # fmt: skip
    page = pypdfium2.PdfDocument(paper.printed("pack", values, at=NOW))[0]
    text = page.get_textpage()
    right = max(text.get_charbox(place)[2] for place in range(text.count_chars()))
    assert right <= page.get_width() - 1.9 / 2.54 * 72


def test_no_whole_card_number_stands_in_the_pdf(shop: tuple[Store, Config, str]) -> None:
    store, config, language = shop
    told = flat(text_of(evidence.pack(store, config, view_of(store, config), now=NOW, language=language).pdf))
    assert "4111" not in told
    assert "1111" in told


def test_the_zip_holds_the_mails_as_they_came_and_the_files(shop: tuple[Store, Config, str], tmp_path: Path) -> None:
    store, config, _ = shop
    made = evidence.pack(store, config, view_of(store, config), now=NOW)
    archive = zipfile.ZipFile(io.BytesIO(made.archive))
    names = archive.namelist()
    assert names[0] == "evidence-20260907-0001.pdf"
    originals = {(tmp_path / "inbox" / f"{name}.eml").read_bytes() for name in ("order", "letter")}
    assert {archive.read(name) for name in names if name.startswith("mails/")} == originals
    assert archive.read("files/01-화면 캡처.png") == REAL_PNG
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_the_same_pack_is_made_twice(shop: tuple[Store, Config, str]) -> None:
    store, config, _ = shop
    view = view_of(store, config)
    assert evidence.pack(store, config, view, now=NOW).archive == evidence.pack(store, config, view, now=NOW).archive


def test_what_was_attached_and_noted_outlives_a_rebuild(shop: tuple[Store, Config, str]) -> None:
    from monitor.run.rebuild import rebuild

    store, config, _ = shop
    before = [file.id for file in evidence.files_of(store, view_of(store, config).order)]
    rebuild(store, config, knowledges.load(None), now=NOW)
    order = view_of(store, config).order
    assert [file.id for file in evidence.files_of(store, order)] == before
    assert [event.payload["said"] for event in order.events if event.kind == "note"] == [
        "상담원이 기다리라고 함. 카드 ****1111"
    ]


def test_a_file_can_be_taken_back_and_is_then_gone(shop: tuple[Store, Config, str]) -> None:
    store, config, _ = shop
    order = view_of(store, config).order
    (file,) = evidence.files_of(store, order)
    assert not evidence.detach(store, order, "nothing", now=NOW)
    assert evidence.detach(store, order, file.id, now=NOW)
    assert evidence.files_of(store, view_of(store, config).order) == []
    assert store.attachment(file.id) is None
    assert evidence.pack(store, config, view_of(store, config), now=NOW).files == 0


def test_a_picture_that_only_begins_like_one_does_not_keep_the_paper_from_being_made(
    shop: tuple[Store, Config, str],
) -> None:
    store, config, _ = shop
    evidence.attach(store, view_of(store, config).order, "broken.png", PNG + b"not a picture", now=NOW)
    made = evidence.pack(store, config, view_of(store, config), now=NOW)
    assert made.files == 2
    assert "broken.png" in text_of(made.pdf)


def test_the_certified_letter_names_both_sides_the_text_the_day_and_the_copies(
    shop: tuple[Store, Config, str],
) -> None:
    store, config, _ = shop
    view = view_of(store, config)
    body = f"귀사의 무궁한 발전을 기원합니다.\n\n카드 {CARD}"
    letter = Draft("d1", view.order.id, "kr-naeyong", "letter", None, "청약철회 통지", body, "ko", "ready", (), ())
    told = flat(text_of(evidence.certified(view, letter, config, now=NOW, address="서울시 마포구 1")))
    for fact in ("내용증명", "수신인", "발신인", "한빛상회", "서울특별시 강남구 테헤란로 1", "02-555-0100", "김민지",
                 "서울시 마포구 1", "청약철회 통지", "귀사의 무궁한 발전을", "2026년 9월 30일", "3부"):  # fmt: skip
        assert flat(fact) in told, fact
    assert "4111" not in told


def test_a_letter_drafted_as_certified_is_printed_with_each_thing_once_and_in_its_language(
    shop: tuple[Store, Config, str],
) -> None:
    store, config, _ = shop
    user = config.user.model_copy(update={"postal_address": "서울시 마포구 양화로 1", "phone": "010-0000-0000"})
    config = config.model_copy(update={"user": user})
    view = view_of(store, config)
    step = Step("o", "kr-naeyong", "seller", "letter", NOW.date(), evidence=("order_confirmation", "withdrawal_notice"))
    letter = drafting.draft(step, view.order, view.judgement, user=user, today=NOW.date(), language="ko")
    letter = replace(letter, attachments=("order_confirmation", "withdrawal_notice", "contact_log"))
    told = flat(text_of(evidence.certified(view, letter, config, now=NOW)))
    parties = ("서울특별시 강남구 테헤란로 1", "서울시 마포구 양화로 1", "010-0000-0000")
    for once in ("내용증명", "3부", *parties, "주문 확인 메일", "취소(청약철회) 통지", "판매자와 연락한 기록"):
        assert told.count(flat(once)) == 1, once
    assert "order confirmation" not in told and flat("withdrawal notice") not in told and "____" not in told


def test_nothing_in_a_mail_acts_in_the_paper(tmp_path: Path) -> None:
    hostile = '#panic("x") $1/0$ `raw` *bold* \\ #import "/etc/passwd" ]] #read("data.json")'
    sections = [{"heading": hostile, "facts": [[hostile, hostile]]}]
    values = {"lang": "en", "sections": sections, "pictures": [], "pictures_heading": ""}
    values |= dict.fromkeys(("title", "author", "subtitle", "made", "footer"), hostile)
    told = flat(text_of(paper.printed("pack", values, at=NOW)))
    assert told.count(flat('#panic("x")')) >= 4


def test_without_typst_the_reason_is_said(shop: tuple[Store, Config, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    store, config, _ = shop
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(NoTypst):
        evidence.pack(store, config, view_of(store, config), now=NOW)
    for language in render.LANGUAGES:
        assert "refund-monitor[pdf]" in render.message("pack.no_typst", language)


def test_attaching_is_no_news_for_a_draft(shop: tuple[Store, Config, str]) -> None:
    store, config, _ = shop
    before = view_of(store, config).draft
    assert before is not None
    evidence.attach(store, view_of(store, config).order, "b.png", REAL_PNG, now=NOW)
    evidence.add_note(store, view_of(store, config).order, "note", now=NOW)
    after = view_of(store, config).draft
    assert after is not None
    assert after.id == before.id


def test_the_files_of_a_case_belong_to_the_evidence_of_its_order(shop: tuple[Store, Config, str]) -> None:
    store, config, _ = shop
    key = cases.open_case(store, config, {"seller": "한빛상회", "at": "2026-09-07T10:00", "amount": "30000"}, now=NOW)
    file = evidence.keep(store, "error.png", REAL_PNG, now=NOW)
    cases.attached(store, key, file.id, now=NOW)
    order = view_of(store, config).order
    assert [one.id for one in cases.files_for(store, config, order.id, now=NOW)] == [file.id]


def test_a_statement_about_the_order_is_told_as_the_buyers_own_word(shop: tuple[Store, Config, str]) -> None:
    store, config, language = shop
    view = view_of(store, config)
    saying.say(store, config, view.order.id, "not-arrived", None, now=NOW)
    told = flat(text_of(evidence.pack(store, config, view_of(store, config), now=NOW, language=language).pdf))
    word = render.word("event", "not_arrived", language)
    assert flat(render.message("pack.user_said", language, what=word)) in told


# -- the command line -------------------------------------------------------------------------------------------------


def test_the_commands_attach_and_evidence_write_private_files_and_never_over_others(
    command: Command, tmp_path: Path
) -> None:
    placed = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
    command("import", mail(tmp_path, "order", "[한빛상회] 주문이 접수되었습니다", ORDER, placed))
    picture, out = tmp_path / "화면.png", tmp_path / "out"
    picture.write_bytes(REAL_PNG)
    assert hashlib.sha256(REAL_PNG).hexdigest() in command("attach", "20260907-0001", picture, "--note", "화면").out
    assert command("attach", "20260907-0001", "--note", "전화함").status == 0
    assert command("attach", "20260907-0001").status == 2
    script = tmp_path / "x.png"
    script.write_bytes(b"<svg/>")
    assert command("attach", "20260907-0001", script).status == 1
    assert command("attach", "nothing", picture).status == 1
    made = command("evidence", "20260907-0001", "--out", out, "--language", "ko")
    assert made.status == 0, made.err
    names = sorted(path.name for path in out.iterdir())
    assert names == ["evidence-20260907-0001.pdf", "evidence-20260907-0001.zip"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in out.iterdir())
    assert "전화함" in flat(text_of((out / names[0]).read_bytes()))
    assert command("evidence", "20260907-0001", "--out", out).status == 1  # never over a file that is there
    assert command("evidence", "20260907-0001", "--language", "xx").status == 2
    assert command("evidence", "20260907-0001", "--letter", "--out", tmp_path / "letter").status == 0


def test_the_command_says_what_to_install(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    placed = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
    command("import", mail(tmp_path, "order", "[한빛상회] 주문이 접수되었습니다", ORDER, placed))
    monkeypatch.setitem(sys.modules, "typst", None)
    done = command("evidence", "20260907-0001", "--out", tmp_path / "out")
    assert done.status == 1
    assert "refund-monitor[pdf]" in done.err
