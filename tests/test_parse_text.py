"""What a reader sees of a mail: HTML as lines, the choice among parts, quotations, attachments."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest

from monitor.parse import mail
from monitor.types import Authentication, Mail, RawMail

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KST = timezone(timedelta(hours=9))
HEAD = b"From: Shop <a@shop.example>\r\nTo: me@home.example\r\nSubject: Order\r\nMessage-ID: <1@shop.example>\r\n"


def read(content: bytes, received_at: datetime | None = None) -> Mail:
    return mail(RawMail("test", "INBOX", 1, 1, received_at, content), now=NOW)


def html(body: str) -> str:
    return read(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body.encode()).text


def plain(body: str, head: bytes = HEAD) -> Mail:
    return read(head + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body.encode())


# --- HTML -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("a <b>b</b>c\n d", "a bc d"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<img alt='Dalbit Books' src=x> sale", "Dalbit Books sale"),
        ("1&nbsp;234&#8239;kr &amp; &euro;5", "1 234 kr & €5"),
        ("1,&zwnj;250&#8203;,0&shy;00 won", "1,250,000 won"),
        ("<a href='http://x.example/?a=1'>Track</a>", "Track"),
        ("<pre>a   b\n  c</pre>", "a b\nc"),
        ("<table><tr><td>Total</td><td>5.00</td></tr></table>", "Total\t5.00"),
        ("<table><tr><td>Total</td><td> </td><td>5.00</td></tr></table>", "Total\t5.00"),
        ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\nb"),
        ("<table><tr><td>Address</td><td>Street 1<br>Town</td></tr></table>", "Address\tStreet 1\nTown"),
        ("<table><tr><td>To<br>Kim</td><td>From<br>Lee</td></tr></table>", "To\nKim\n\nFrom\nLee"),
        ("<table><tr><td><table><tr><th>No.</th><td>7</td></tr></table></td></tr></table>", "No.\t7"),
        ("<dl><dt>Paid</dt><dd>Card</dd><dt>Sum</dt><dd>5</dd></dl>", "Paid\tCard\nSum\t5"),
        ("<dl><div><dt>Paid</dt><dd>Card</dd></div></dl>", "Paid\tCard"),
        ("<div style='display: flex'><span>Sum</span><span>5</span></div>", "Sum\t5"),
        ("<div style='display:flex;flex-direction:column'><p>Sum</p><p>5</p></div>", "Sum\n\n5"),
        ("<div><div style='float:left'>Sum</div><div style='float:right'>5</div></div>", "Sum\t5"),
        ("<td>loose</td> cells", "loose cells"),
    ],
)
def test_html_reads_as_the_lines_that_a_person_sees(body: str, text: str) -> None:
    assert html(body) == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<div style='display:none'>X</div>",
        "<div style='DISPLAY : NONE !important'>X</div>",
        "<span style='visibility:hidden'>X</span>",
        "<span style='font-size:0'>X</span>",
        "<span style='font-size:0px;line-height:0'>X</span>",
        "<div style='max-height:0;overflow:hidden'>X</div>",
        "<div style='mso-hide:all'>X</div>",
        "<div style='opacity:0'>X</div>",
        "<p hidden>X</p>",
        "<!-- X -->",
        "<!--[if mso]><p>X</p><![endif]-->",
        "<script>X</script>",
        "<style>X</style>",
        "<template>X</template>",
        "<svg><text>X</text></svg>",
        "<select><option>X</option></select>",
    ],
)
def test_what_is_hidden_is_not_read(hidden: str) -> None:
    assert html(f"<p>seen</p>{hidden}") == "seen"


@pytest.mark.parametrize("style", ["font-size:0.9em", "max-height:0.5em", "opacity:0.8", "font-size:10px"])
def test_what_is_small_is_read(style: str) -> None:
    assert html(f"<p style='{style}'>seen</p>") == "seen"


def test_a_container_that_closes_gaps_with_size_zero_shows_what_has_a_size() -> None:
    assert html("<div style='font-size:0'><p style='font-size:14px'>seen</p></div>") == "seen"


def test_the_html_itself_is_kept_for_readers_of_markup() -> None:
    body = '<script type="application/ld+json">{"@type": "Order"}</script><p>x</p>'
    found = read(HEAD + b"Content-Type: text/html\r\n\r\n" + body.encode())
    assert (found.html, found.text) == (body, "x")


def test_the_charset_of_the_meta_tag_counts_when_the_header_names_none() -> None:
    body = '<meta charset="euc-kr"><p>똠방각하</p>'.encode("cp949")
    assert read(HEAD + b"Content-Type: text/html\r\n\r\n" + body).text == "똠방각하"


def test_html_under_a_plain_label_is_read_as_html() -> None:
    assert plain("<!DOCTYPE html><html><body><p>Total</p></body></html>").text == "Total"


# --- which part -------------------------------------------------------------------------------------------------


def alternative(text: str, page: str) -> Mail:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@shop.example", "Order"
    message.set_content(text)
    message.add_alternative(page, subtype="html")
    return read(message.as_bytes())


def test_of_two_versions_the_html_is_read_because_it_keeps_its_rows() -> None:
    assert alternative("Order 7\nTotal\n5", "<table><tr><td>Order</td><td>7</td></tr></table>").text == "Order\t7"


@pytest.mark.parametrize("stub", ["", "   ", "View this mail in your browser: http://x.example/" + "a" * 300])
def test_an_empty_or_stub_plain_version_is_not_read(stub: str) -> None:
    assert alternative(stub, "<p>Order 7 was shipped and will be with you soon</p>").text.startswith("Order 7")


def test_a_stub_html_version_is_not_read() -> None:
    assert alternative("Order 7 was shipped today with Hanjin", "<p>Hi</p>").text.startswith("Order 7")


def test_parts_that_follow_each_other_are_all_read_and_images_are_not() -> None:
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\none\r\n"
        b"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n"
        b"--c\r\nContent-Type: text/html\r\n\r\n<p>two</p>\r\n"
        b"--c\r\nContent-Type: image/png; name=l.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--c--\r\n"
        b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=terms.txt\r\n\r\nthree\r\n--b--"
    )
    found = read(raw)
    assert found.text == "one\n\ntwo"
    assert [(a.name, a.size, a.content) for a in found.attachments] == [("l.png", 6, None), ("terms.txt", 5, None)]


def test_a_text_that_calls_itself_an_attachment_is_read_when_there_is_no_other() -> None:
    raw = HEAD + b"Content-Type: text/plain; name=order.txt\r\nContent-Disposition: attachment\r\n\r\nOrder 7"
    assert read(raw).text == "Order 7"


def test_a_pdf_is_kept_and_other_attachments_are_only_named() -> None:
    pdf = base64.encodebytes(b"%PDF-1.4 receipt")
    parts = b"".join(
        b'--b\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename="%s"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n" % (kind, name, pdf)
        for kind, name in (
            (b"application/pdf", b"=?utf-8?B?7JiB7IiY7KadLnBkZg==?="),
            (b"application/octet-stream", b"receipt.PDF"),
            (b"application/zip", b"x.zip"),
        )
    )
    found = read(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--")
    assert [a.name for a in found.attachments] == ["영수증.pdf", "receipt.PDF", "x.zip"]
    assert [a.content for a in found.attachments] == [b"%PDF-1.4 receipt", b"%PDF-1.4 receipt", None]
    assert [a.size for a in found.attachments] == [16, 16, 16]


def test_flowed_lines_are_joined_within_their_quote_depth() -> None:
    raw = HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nlong \r\nword\r\n-- \r\nsig"
    assert read(raw).text == "longword\n--\nsig"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "8bit", "7bit", "x-unknown"])
def test_a_transfer_encoding_that_lies_costs_no_text(encoding: str) -> None:
    raw = HEAD + f"Content-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    text = "Your order no. 7 was shipped. It's on its way, really!"
    if encoding == "x-uuencode":
        import binascii

        lines = [binascii.b2a_uu(text.encode()[i : i + 45]) for i in range(0, len(text), 45)]
        assert read(raw + b"begin 644 x\n" + b"".join(lines) + b"`\nend\n").text == text
    else:
        assert read(raw + text.encode()).text == text


def test_the_moment_of_arrival_is_the_servers_else_received_else_date_else_now() -> None:
    date, received = (
        b"Date: Sun, 22 Nov 2026 18:02:00 +0900\r\n",
        b"Received: by x; Sun, 22 Nov 2026 19:02:00 +0900\r\n",
    )
    server = datetime(2026, 11, 22, 20, 2, tzinfo=KST)
    assert read(received + date + HEAD + b"\r\nx", server).received_at == server
    assert read(received + date + HEAD + b"\r\nx").received_at == datetime(2026, 11, 22, 19, 2, tzinfo=KST)
    assert read(date + HEAD + b"\r\nx").received_at == datetime(2026, 11, 22, 18, 2, tzinfo=KST)
    assert read(HEAD + b"\r\nx").received_at == NOW


# --- quotations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, Nov 9, 2026 at 3:10 PM Kim <kim@home.example> wrote:",
        "On Mon, Nov 9, 2026 at 3:10 PM Kim\n<kim@home.example> wrote:",
        "2026년 11월 9일 (월) 오후 3:10, 김 <kim@home.example>님이 작성:",
        "2026년 11월 9일 (월) 오후 3:10,\n김 <kim@home.example>님이 작성:",
        "Am 09.11.2026 um 15:10 schrieb Kim <kim@home.example>:",
        "Le lun. 9 nov. 2026 à 15:10, Kim <kim@home.example> a écrit :",
        "El lun, 9 nov 2026 a las 15:10, Kim (<kim@home.example>) escribió:",
        "pon., 9 lis 2026 o 15:10 Kim <kim@home.example> napisał(a):",
        "W dniu 9.11.2026 o 15:10, Kim pisze:",
        "Em seg., 9 de nov. de 2026 às 15:10, Kim <kim@home.example> escreveu:",
        "Il giorno lun 9 nov 2026 alle ore 15:10 Kim <kim@home.example> ha scritto:",
        "Op ma 9 nov. 2026 om 15:10 schreef Kim <kim@home.example>:",
        "2026年11月9日(月) 15:10 Kim <kim@home.example>:\n> 2026年11月9日 Kim さんは書きました:",
        "在 2026年11月9日 15:10，Kim <kim@home.example> 写道：",
        "-----Original Message-----",
        "-----원본 메시지-----",
        "----- Ursprüngliche Nachricht -----",
        "From: Kim <kim@home.example>\nSent: 9 November 2026 15:10\nTo: Shop <a@shop.example>\nSubject: Order",
        "보낸사람: 김 <kim@home.example>\n받는사람: <a@shop.example>\n날짜: 2026-11-09 (월) 15:10:00\n제목: 주문",
        "Von: Kim <kim@home.example>\nGesendet: Montag, 9. November 2026 15:10\nAn: Shop\nBetreff: Bestellung",
        "差出人: Kim <kim@home.example>\n日時: 2026年11月9日 15:10\n宛先: a@shop.example\n件名: 注文",
    ],
)
def test_what_stands_below_the_line_of_a_mail_program_is_a_quotation(line: str) -> None:
    found = plain(f"It was sent today.\n\n{line}\n\n> Where is my order 7?\n", HEAD.replace(b"Order", b"Re: Order"))
    assert found.text == "It was sent today."
    assert found.quoted.endswith("Where is my order 7?")
    assert found.forwarded is None


def test_words_below_a_marked_quotation_are_the_writers_own() -> None:
    found = plain("On Mon, 9 Nov 2026, Kim <k@h.example> wrote:\n> Where is it?\n\nSent today.\n> Thanks\nBye")
    assert (found.text, found.quoted.splitlines()[-1]) == ("Sent today.\nBye", "Thanks")


def test_a_mail_that_is_all_quotation_keeps_it_as_its_text() -> None:
    found = plain("> Where is it?\n> Kim", HEAD.replace(b"Order", b"Re: Order"))
    assert (found.text, found.quoted) == ("Where is it?\nKim", "")


def test_lines_that_point_with_an_angle_bracket_are_no_quotation_in_a_shops_mail() -> None:
    body = "주문이 접수되었습니다\n> 주문 조회하기\n> 배송 조회하기"
    assert plain(body).text == body


def test_a_seller_who_writes_from_and_to_is_not_cut() -> None:
    body = "Gift card\nFrom: Kim\nTo: Lee\nValue: 50,000\nDear customer, our driver wrote:\nnobody home"
    assert plain(body).text == body


@pytest.mark.parametrize(
    "quotation",
    [
        '<div class="gmail_quote"><div>On Mon, 9 Nov 2026 Kim &lt;k@h.example&gt; wrote:</div><p>Where?</p></div>',
        '<blockquote type="cite"><p>Where?</p></blockquote>',
        '<div id="divRplyFwdMsg"><b>From:</b> Kim &lt;k@h.example&gt;<br><b>Sent:</b> x</div>Where?',
        "<p>On Mon, 9 Nov 2026, Kim &lt;k@h.example&gt; wrote:</p><blockquote>Where?</blockquote>",
    ],
)
def test_quotations_in_html_are_cut(quotation: str) -> None:
    raw = (
        HEAD.replace(b"Order", b"Re: Order") + b"Content-Type: text/html\r\n\r\n<p>Sent today.</p>" + quotation.encode()
    )
    found = read(raw)
    assert found.text == "Sent today."
    assert "Where?" in found.quoted


@pytest.mark.parametrize(
    ("marker", "subject"),
    [
        ("---------- Forwarded message ---------", "Fwd: x"),
        ("Begin forwarded message:", "Fwd: x"),
        ("-------- 전달된 메시지 --------", "전달: x"),
        ("---------- 전달된 메일 ----------", "Fwd: x"),
        ("-----Original Message-----", "FW: x"),
        ("-----원본 메시지-----", "FW: x"),
        ("----- 원본 메일 -----", "Fw: x"),
        ("-------- Weitergeleitete Nachricht --------", "WG: x"),
        ("---------- Message transféré ---------", "TR: x"),
        ("", "FW: x"),
        ("", "x"),
    ],
)
@pytest.mark.parametrize(
    "fields",
    [
        "From: Shop <a@shop.example>\nDate: Thu, Nov 12, 2026 at 5:02 PM\nSubject: Order 7\nTo: <kim@home.example>",
        "From: Shop <a@shop.example>\nSent: 12 November 2026 17:02\nTo: kim@home.example\nSubject: Order 7",
        "보낸 사람: Shop <a@shop.example>\n날짜: 2026년 11월 12일 (목) 오후 5:02\n제목: Order 7\n받는사람: 김",
        "*From:* Shop <a@shop.example>\n*Date:* 2026-11-12 17:02:00\n*To:* kim@home.example\n*Subject:* Order 7",
        "Von: Shop <a@shop.example>\nGesendet: Donnerstag, 12. November 2026 17:02\nAn: Kim\nBetreff: Order 7",
    ],
)
def test_a_forwarded_mail_is_read_instead_of_the_one_that_carries_it(marker: str, subject: str, fields: str) -> None:
    head = (
        HEAD.replace(b"Order", subject.encode()).replace(b"a@shop", b"kim@home")
        + b"Date: Fri, 13 Nov 2026 08:00:00 +0900\r\n"
    )
    found = plain(f"{marker}\n{fields}\n\nOrder number: 7\nTotal: 5\n", head)
    assert found.text == "Order number: 7\nTotal: 5"
    assert found.forwarded is not None
    assert (found.forwarded.sender.name, found.forwarded.sender.email) == ("Shop", "a@shop.example")
    assert found.forwarded.subject == "Order 7"
    assert found.forwarded.sent_at == datetime(2026, 11, 12, 17, 2, tzinfo=KST)
    assert found.forwarded.authentication is Authentication.NONE


def test_a_mail_forwarded_twenty_times_as_an_attachment_is_read_to_its_core() -> None:
    raw = HEAD + b"\r\nOrder number: 7"
    for _ in range(20):
        raw = b"From: me@home.example\r\nSubject: Fwd: x\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    found = read(raw)
    assert found.text == "Order number: 7"
    assert found.forwarded is not None
    assert found.forwarded.sender.email == "a@shop.example"


def test_what_a_mailbox_left_out_is_passed_on() -> None:
    raw = RawMail("a", "INBOX", 1, 1, None, HEAD + b"\r\nx", 99, ("big.zip",))
    assert mail(raw, now=NOW).left_out == ("big.zip",)
