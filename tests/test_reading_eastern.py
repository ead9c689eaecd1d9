"""Reading of Korean, Japanese and Chinese mails from end to end: habits of their shops, in words of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

from monitor import knowledge
from monitor.run import reading
from monitor.types import Kind, RawMail

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(
    subject: str, text: str = "", *, html: str = "", sender: str = "달빛상점 <help@dalbit-store.example>"
) -> reading.Read:
    """A mail as a shop sends it, read whole."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "me@example.com", subject
    mail["Date"], mail["Message-ID"] = "Mon, 16 Nov 2026 09:00:00 +0900", "<1@dalbit-store.example>"
    mail.set_content(html or text, subtype="html" if html else "plain")
    raw = RawMail("file", "", 0, 0, NOW, mail.as_bytes(), len(mail.as_bytes()))
    return reading.read(raw, "1.eml", knowledge.load(), now=NOW)


def number(one: reading.Read) -> str | None:
    assert one.finding is not None
    return one.finding.order_number.value if one.finding.order_number else None


def total(one: reading.Read) -> str | None:
    assert one.finding is not None
    return f"{one.finding.total.value.amount} {one.finding.total.value.currency}" if one.finding.total else None


def parcels(one: reading.Read) -> list[str]:
    assert one.finding is not None
    return [stated.value for stated in one.finding.tracking_numbers]


def seller(one: reading.Read) -> str:
    return one.verdict.seller.value.name if one.verdict.seller else ""


def test_a_row_of_goods_with_options_below_their_names_stays_one_row() -> None:
    one = read(
        "[달빛상점] 상품이 발송되었습니다",
        html="<p>주문하신 상품이 발송되었습니다.</p>"
        "<table><tr><th>주문번호</th><th>상품명</th><th>수량</th><th>배송정보</th></tr>"
        "<tr><td>2611160900112</td><td>면 담요<br>색상 : 회색</td><td>1</td>"
        "<td>한진택배<br><a href='#'>512233445566</a></td></tr></table>",
    )
    assert (one.verdict.kind, number(one), parcels(one)) == (Kind.SHIPPED, "2611160900112", ["512233445566"])


def test_a_remark_below_a_name_of_a_column_does_not_part_the_head_from_its_row() -> None:
    one = read(
        "[달빛상점] 주문이 접수되었습니다",
        html="<p>주문번호 88213377</p>"
        "<table><tr><td>주문금액</td><td>배송비</td><td>총 결제금액<p>(계좌이체)</p></td></tr>"
        "<tr><td>41,000원</td><td>3,000원</td><td>44,000원</td></tr></table>",
    )
    assert (number(one), total(one)) == ("88213377", "44000 KRW")


def test_a_japanese_card_notice_names_the_shop_beside_the_word_for_buying() -> None:
    one = read(
        "ご利用のお知らせ【三井住友カード】",
        "いつもご利用いただきありがとうございます。\n\nご利用日時：2026/11/15 12:30\nTSUKI BAKERY（買物）\n1,240円\n",
        sender="三井住友カード <statement@vpass.ne.jp>",
    )
    assert (one.verdict.kind, seller(one), total(one)) == (Kind.PAYMENT_RECEIPT, "TSUKI BAKERY", "1240 JPY")


def test_the_money_back_for_a_ticket_that_is_under_way_is_a_promised_refund() -> None:
    one = read(
        "払戻予約完了のお知らせ（秋の演奏会）",
        "「秋の演奏会」の払戻手続きが予約完了しました。\n\n払戻理由\n公演中止のため\n\n"
        "受付番号 TK00412233\n合計金額 ￥7,300\n",
        sender="月夜チケット <info@tsukiyo-ticket.example>",
    )
    assert (one.verdict.kind, number(one), total(one)) == (Kind.REFUND_PROMISED, "TK00412233", "7300 JPY")


def test_chinese_shops_number_dispatches_and_orders_in_their_own_words() -> None:
    shipped = read(
        "发货通知", "亲爱的李先生：您的订单2026111522071已发货。发货单号是SF1399001122334。\n月光小店\n",
        sender="月光小店 <service@yueguang-shop.example>",
    )  # fmt: skip
    assert (shipped.verdict.kind, number(shipped)) == (Kind.SHIPPED, "2026111522071")
    assert parcels(shipped) == ["SF1399001122334"]
    ordered = read(
        "[月光小店] 这是您的订购明细", "订购号\t2611150912\n付款金额\t¥ 318.00\n付款方式\t支付宝\n",
        sender="月光小店 <service@yueguang-shop.example>",
    )  # fmt: skip
    assert (ordered.verdict.kind, number(ordered), total(ordered)) == (
        Kind.ORDER_CONFIRMATION, "2611150912", "318.00 CNY",
    )  # fmt: skip


def test_what_is_written_to_the_shop_owner_is_no_purchase() -> None:
    chinese = read(
        "新订单通知", "亲爱的店长，您好：\n又有新订单了。订单金额为￥75.00，收货人是王女士，电话是13900000000。\n",
        sender="月光小店 <service@yueguang-shop.example>",
    )  # fmt: skip
    japanese = read(
        "新規注文受付のお知らせ",
        "ご注文を承りました。\n注文番号: TM-00451\n支払金額: ¥3,300\n"
        "商品を確保できましたら、発送準備中に切り替えてください。\n",
        sender="ツキモール <info@tsuki-mall.example>",
    )
    assert (chinese.verdict.kind, japanese.verdict.kind) == (Kind.OTHER, Kind.OTHER)
