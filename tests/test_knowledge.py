"""The data files hold together: languages alike, shops well formed, lookups by address, domain and name."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import knowledge
from monitor.knowledge import KnowledgeError, domains, lists, memo, names, sellers, words
from monitor.knowledge.phrases import Beginnings, PhraseIndex, fold, fold_lines, latin_words, pairs, squeeze
from monitor.types import Address

LANGUAGES = sorted(words.FOLDER.glob("*.toml"))
TABLES = ("triage", "kinds", "advert", "auto_reply", "reply", "conditional")
REFERENCE = tomllib.loads((words.FOLDER / "en.toml").read_text("utf-8"))


def keys(table: object, name: str = "") -> set[str]:
    """Every dotted key below a table."""
    if not isinstance(table, dict):
        return {name}
    return {key for inner, value in table.items() for key in keys(value, f"{name}.{inner}")}


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_every_language_has_the_tables_of_english_and_no_empty_list(path: Path) -> None:
    data = tomllib.loads(path.read_text("utf-8"))
    for table in TABLES:
        assert keys(data.get(table, {})) == keys(REFERENCE[table]), table
    language = words.Language(path)
    assert language.triage.name
    assert set(language.kinds) == set(words.KINDS)
    assert all(kind.subject and kind.status and kind.body and kind.weak for kind in language.kinds.values()
               if kind is not language.kinds.get(words.Kind.OTHER))  # fmt: skip


def test_the_nine_languages_are_there() -> None:
    assert {path.stem for path in LANGUAGES} >= {"ko", "en", "ja", "de", "fr", "it", "es", "zh", "nl"}


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_file_cut_at_its_tables_says_the_same_as_the_whole(path: Path) -> None:
    whole = tomllib.loads(path.read_text("utf-8"))
    language = words.Language(path)
    for key in ("stop_words", "subject", "sender"):
        assert set(getattr(language.triage, key)) == set(language.fold(whole["triage"][key]))
    assert len(language.forwards) == len(whole["reply"]["forwards"])
    for name in ("advert", "auto_reply", "reply", "conditional"):
        for key, phrases in whole[name].items():
            assert language.table(name, key) == language.fold(phrases)


def test_faults_of_a_language_file_are_named_with_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('code = "xx"\nname = ""\nscript = "runes"\n[triage]\nsubject = []\nof = ["x"]\n')
    with pytest.raises(KnowledgeError) as wrong:
        words.load(tmp_path)
    told = str(wrong.value)
    for part in ("en.toml: missing key name", "script: 'runes'", "triage.subject", "triage.of: unknown key", "code:"):
        assert part in told
    (tmp_path / "en.toml").write_text("code = [")
    with pytest.raises(KnowledgeError, match=r"en\.toml: is not TOML"):
        words.load(tmp_path)


def test_a_folder_without_english_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"no en\.toml"):
        words.load(tmp_path)


# -- shops ---------------------------------------------------------------------------------------------------------

SHOPS = knowledge.load().shops


def test_every_shop_file_is_well_formed() -> None:
    SHOPS.validate()
    assert len(SHOPS.paths) > 300
    for shop in SHOPS:
        assert shop.names
        assert shop.source
        assert shop.certainty
        assert all(domain == domain.lower().strip() and "." in domain for domain in shop.domains), shop.id
        assert all(address.count("@") == 1 for address in shop.addresses), shop.id


def test_a_scan_sees_what_parsing_sees() -> None:
    for shop_id, path in SHOPS.paths.items():
        lines, shop = sellers._lines(path), sellers.parse(path)
        assert (*lines.names,) == shop.names, shop_id
        assert (*lines.domains,) == shop.domains
        assert (*lines.addresses,) == shop.addresses
        assert lines.role == shop.role


@pytest.mark.parametrize(
    ("sender", "shop_id"),
    [
        (Address("", "auto-confirm@amazon.com"), "amazon"), (Address("", "x@mail.musinsa.com"), "musinsa"),
        (Address("네이버페이", "someone@navercorp.com"), "naver_pay"), (Address("쿠팡", "x@coupang.com"), "coupang"),
        (Address("", "friend@naver.com"), None), (Address("", "a@notamazon.com"), None), (Address("x", ""), None),
    ],
)  # fmt: skip
def test_a_sender_is_known_by_address_domain_and_name(sender: Address, shop_id: str | None) -> None:
    shop = SHOPS.for_sender(sender)
    assert (shop.id if shop else None) == shop_id


def test_the_user_can_describe_a_shop_of_his_own(tmp_path: Path) -> None:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / "corner.toml").write_text(
        'names = [\n  "Corner Shop",\n]\nrole = "shop"\ndomains = [ "corner.example" ]\n'
        'source = ["me"]\ncertainty = "mine"\n'
    )
    known = knowledge.load(tmp_path)
    shop = known.shops.for_sender(Address("", "a@mail.corner.example"))
    assert shop is not None
    assert shop.names == ("Corner Shop",)
    assert known.shops.for_name("corner shop") == shop
    assert knowledge.load(tmp_path) is known


def test_faults_of_a_shop_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('names = []\nrole = "baker"\ndomains = []\nsource = []\norder_number_format = "("\ncolour = 1\n')
    with pytest.raises(KnowledgeError) as wrong:
        sellers.parse(path)
    for part in ("bad.toml: colour", "missing key certainty", "role: 'baker'", "at least one", "order_number_format"):
        assert part in str(wrong.value)


# -- domains and names ---------------------------------------------------------------------------------------------


def test_shared_domains_are_nobody_s() -> None:
    assert domains.is_free_mail("gmail.com")
    assert domains.is_platform("t.shopifyemail.com")
    assert not domains.is_shared("shop.example")
    assert not domains.is_shared("notgmail.com")
    assert not domains.is_shared("")


@pytest.mark.parametrize(
    ("domain", "own"),
    [("mail.shop.co.kr", "shop.co.kr"), ("SHOP.example.", "shop.example"), ("kr", ""), ("", ""), ("a b.c d", "")],
)
def test_the_registered_part_of_a_domain(domain: str, own: str) -> None:
    assert domains.registrable(domain) == own


@pytest.mark.parametrize(
    ("display", "own"),
    [
        ("Maple Tools Customer Service", "Maple Tools"), ("소담문구 고객센터", "소담문구"), ("no-reply", ""),
        ("The Home Depot", "The Home Depot"), ("[무신사] 주문알림", "무신사"), ("(주)한빛상회", "한빛상회"),
        ("Shop X via Shopify", "Shop X"), ("楽天市場 注文確認", "楽天市場"), ("Joan at Maple Tools", "Maple Tools"),
        ("Order Confirmation - Harbor & Pine", "Harbor & Pine"), ("a@b.example", ""), ("", ""), ("고객센터", ""),
    ],
)  # fmt: skip
def test_noise_is_taken_off_a_display_name(display: str, own: str) -> None:
    assert names.own_name(display) == own


# -- phrases -------------------------------------------------------------------------------------------------------


def test_width_case_accents_and_punctuation_do_not_count() -> None:
    assert fold("Bestätigung:  Ihre\tBESTELLUNG!") == "bestatigung ihre\nbestellung"
    assert fold("ZŁOŻONE zamówienie") == fold("zlozone zamowienie")
    assert squeeze("주문 번호 ： １２３\n배송　완료") == "주문번호:123\n배송완료"


def test_phrases_are_whole_words_where_there_are_spaces_and_anything_where_there_are_none() -> None:
    spaced = PhraseIndex([("order", 1), ("your order", 2)], spaceless=False)
    assert {phrase for phrase, _ in spaced.find(" in your order now ")} == {" order ", " your order "}
    assert list(spaced.find(" border ")) == []
    packed = PhraseIndex([("배송", 1), ("배송완료", 2), ("환", 3)], spaceless=True)
    assert {phrase for phrase, _ in packed.find("오늘배송완료")} == {"배송", "배송완료"}
    assert {phrase for phrase, _ in packed.find("환")} == {"환"}


@given(st.text(max_size=40))
def test_a_pair_of_letters_is_found_in_a_text_exactly_where_it_stands_in_it(text: str) -> None:
    found = pairs(text)
    units = text.encode("utf-16-le", "surrogatepass")
    assert found == {int.from_bytes(units[at : at + 4], sys.byteorder) for at in range(0, len(units) - 2, 2)}


@given(st.text(max_size=60))
def test_folded_lines_are_the_folded_text_with_its_empty_lines(text: str) -> None:
    assert "\n".join(filter(None, fold_lines(text, spaceless=False))) == fold(text)
    assert "\n".join(fold_lines(text, spaceless=True)).strip("\n") == squeeze(text)


@given(st.text(alphabet="abcde주문ÀéößłŁ1 \u0301\n", max_size=60))
def test_accents_go_whatever_stands_beside_them(text: str) -> None:
    """Texts without Hangul are folded another way, and to the same."""
    words = fold(text)
    assert fold(f"{text} 가").removesuffix("가").strip() == words.strip()


def test_signs_that_are_folded_one_by_one_come_out_as_in_a_run() -> None:
    """What one sign is folded to is never a sign that another is folded from: their order does not matter."""
    signs = [chr(code) for code in range(0x80, 0x2000)]
    folded_signs = {sign: fold(f"x{sign}x")[1:-1] for sign in signs}
    assert all(fold(f"x{folded}x")[1:-1].strip() == folded.strip() for folded in folded_signs.values())
    few, many = "".join(signs[0x60:0x70]), "".join(signs[0x60:0xA0])  # below and above what is replaced one by one
    assert fold(many).startswith(fold(few))


EASTERN = "주문완료번호ㅋ注文番号の済ーＡ。、「」！（）％￥・…·→■㈜①㎏é\u0301\u3099\u00a0orderUPS 1\t\n-'"


@given(st.text(alphabet=EASTERN, max_size=40) | st.text(max_size=20))
def test_words_in_latin_letters_are_seen_in_an_eastern_text_without_folding_it(text: str) -> None:
    known = latin_words(text)
    assert known is None or {word for word in fold(text).split() if word.isascii()} <= known


def test_no_letter_of_an_eastern_text_folds_to_a_latin_one_unseen() -> None:
    for sign in map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x20000))):
        text = f"ab{sign}cd"
        known = latin_words(text)
        assert known is None or {word for word in fold(text).split() if word.isascii()} <= known, hex(ord(sign))
    assert latin_words("주문번호 ORDER-12 확인。") == {"order", "12"}
    assert latin_words("ｏｒｄｅｒ 주문") is None
    assert latin_words("café 주문") is None


def test_english_words_are_found_between_korean_ones() -> None:
    index = PhraseIndex([("order shipped", 1)], spaceless=False)
    assert {phrase for phrase, _ in index.find(" 고객님의 order shipped 안내 ")} == {" order shipped "}
    assert list(index.find(" order 안내 shipped ")) == []


@pytest.mark.parametrize(
    ("shop", "domain", "country"),
    [
        ("amazon", "amazon.de", "DE"), ("amazon", "amazon.co.uk", "GB"), ("amazon", "amazon.com", "US"),
        ("amazon", "", ""), ("aliexpress", "aliexpress.com", "CN"), ("aliexpress", "", "CN"), ("iherb", "", "US"),
    ],
)  # fmt: skip
def test_a_marketplace_states_the_country_of_its_sellers(shop: str, domain: str, country: str) -> None:
    known = knowledge.load().shops.get(shop)
    assert known is not None
    assert known.country_at(domain) == country


def test_beginnings_of_words() -> None:
    beginnings = Beginnings(["order", "credit memo"])
    assert beginnings.find("your orders") == "orders"
    assert beginnings.find("a credit memorandum") == "credit memorandum"
    assert beginnings.find("the border") is None
    assert beginnings.find("") is None


def test_a_mail_domain_for_everybody_is_not_the_payment_service_of_its_owner() -> None:
    services = knowledge.load().shops.services_by_label
    assert "naver" not in services
    assert "kakao" not in services
    assert services["paypal"] == "paypal"


def test_a_memo_finds_out_once_keeps_no_long_text_and_forgets_all_when_it_is_full() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    lengths = memo.Memo(length)
    assert (lengths["label"], lengths["label"]) == (5, 5)
    assert asked == ["label"]
    assert lengths["x" * (memo.LONGEST + 1)] == memo.LONGEST + 1
    assert list(lengths) == ["label"]
    for number in range(memo.MOST):
        assert lengths[f"{number:05}"] == 5
    assert len(lengths) <= memo.MOST
    assert "label" not in lengths


def test_the_language_files_are_read_as_toml() -> None:
    for path in sorted(words.FOLDER.glob("*.toml")):
        text = path.read_text("utf-8")
        assert lists.loads(text) == tomllib.loads(text), path.name


@pytest.mark.parametrize(
    "text",
    [
        'words = ["a", "b"]\n\n# more\n[kinds.x]\nwords = ["c"]\n[kinds]\nname = "n"\nsigns = { "$" = "USD" }\n',
        'words = [\n  "a",\n  "b",\n]\n', 'words = ["a", "b",]', 'words = ["\\u00e9"]', 'words = ["a", 1]',
        "words = []", 'words = ["]"] # why', "[a.b]\n[a]\nc = 1", "a.b = 1\na.c = 2", "[a]\n\n[[a.b]]\nc = 1",
        'words = ["a" , "b" ]',
    ],
)  # fmt: skip
def test_toml_that_is_written_otherwise_is_read_all_the_same(text: str) -> None:
    assert lists.loads(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = ["x" "y"]',
        'a = ["x"]\na = ["y"]',
        "[a]\n[a]",
        'a = ["x"]\n[a]',
        'a = ["x", null]',
        "a = [",
        "[a]b",
        "a = {}\n[a.b]",
    ],
)
def test_what_is_no_toml_is_refused_with_the_words_of_its_parser(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        lists.loads(text)
