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


def test_a_cell_of_labels_beside_a_cell_of_as_many_values_is_read_line_by_line() -> None:
    one = read(
        "주문이 확인되었습니다",
        html="<p>주문해 주셔서 감사합니다.</p><table><tr><td>주문 번호:<br>주문 날짜:<br>결제 금액:</td>"
        "<td>DB-26111688<br>16/11/2026<br>45,800원</td></tr></table>",
    )
    assert (number(one), total(one)) == ("DB-26111688", "45800 KRW")


def test_a_korean_card_notice_in_one_line_names_the_shop_behind_its_time() -> None:
    one = read(
        "신한카드 승인 안내",
        "[Web발신]\n신한카드(2210)승인 한*울 31,500원(일시불)11/15 18:02 단풍서점 누적742,300원\n",
        sender="신한카드 <notice@shinhancard.com>",
    )
    assert (one.verdict.kind, seller(one), total(one)) == (Kind.PAYMENT_RECEIPT, "단풍서점", "31500 KRW")


def test_states_said_in_a_sentence_of_a_translated_shop_system_are_read() -> None:
    one = read(
        "주문 상태 업데이트",
        "안녕하세요!\n\n귀하의 주문 2026111612345 의 상태가 다음과 같이 업데이트되었습니다: 배송됨\n\n달빛상점",
    )
    assert (one.verdict.kind, number(one)) == (Kind.SHIPPED, "2026111612345")


def test_the_misspelt_word_for_paying_is_a_label_too() -> None:
    one = read(
        "[달빛상점] 주문 확인",
        "주문해 주셔서 감사합니다.\n주문번호: KQWPTR\n상품\t단가\t수량\t합계\n비누\t9,900원\t2\t19,800원\n"
        "총 결재금액: 22,800원\n결재방법: 무통장 입금\n",
    )
    assert one.finding is not None
    assert one.finding.payment_method is not None
    assert (total(one), one.finding.payment_method.value) == ("22800 KRW", "무통장 입금")


def test_new_orders_to_be_checked_are_the_shop_owners() -> None:
    for subject, text in (
        ("新しい注文の確認依頼", "こんにちは 管理者 さん\n新しい注文が確認待ちです。\n注文コード: 552\n注文を見る"),
        ("[多多坊] 買家已付款", "尊敬的山嵐茶行:\n買家林小姐已完成了訂單1763200112的付款，請核實並盡快安排發貨。"),
        ("新订单等待处理!", "尊敬的管理员：\n客户购买的商品：【年卡】 已支付成功，请及时处理。\n订单号：Q81B"),
    ):
        assert read(subject, text).verdict.kind is Kind.OTHER, subject


def test_sums_of_trips_and_courses_have_labels_of_their_own() -> None:
    for label in ("体験総額", "参加費", "宿泊料金", "注文合計額"):
        text = f"ご予約ありがとうございます。\n予約番号：YM-20261116\n【{label}】13,200円\n"
        assert total(read("ご予約が完了しました", text)) == "13200 JPY", label


def test_a_state_in_quotes_or_behind_its_verb_counts_like_a_labelled_one() -> None:
    for subject, text in (
        ("ご注文のステータス変更", "ご注文 88231 のステータスが「発送済み」に変更されました。"),
        ("[달빛상점] 주문 안내", "안녕하세요\n주문번호: RWKTPQ - 발송중\n고객님의 주문을 준비하여 알려 드립니다."),
        ("订单状态更新", "您的订单 2026111688231 的订单状态已更新为已发货\n感谢您的支持"),
    ):
        assert read(subject, text).verdict.kind is Kind.SHIPPED, subject


def test_what_was_paid_for_shipping_alone_is_not_the_total() -> None:
    one = read(
        "반품신청이 접수되었습니다.",
        html="<p>반품신청이 접수되었습니다.</p><table><tr><td>주문번호</td><td>OD26111600112</td></tr>"
        "<tr><td>배송비결제</td><td>2,500원</td></tr></table>",
    )
    assert (number(one), total(one)) == ("OD26111600112", None)


def test_the_reason_of_a_failed_payment_is_no_way_of_paying() -> None:
    one = read(
        "[달빛상점] 결제 정보 확인이 필요해요",
        "구독 갱신을 위한 결제에 실패했어요.\n결제 실패 사유: 카드 한도 부족\n",
    )
    assert one.verdict.kind is Kind.PAYMENT_FAILED
    assert one.finding is not None
    assert one.finding.payment_method is None


def test_a_sum_of_pieces_is_no_label_of_the_line_below() -> None:
    one = read(
        "ご注文ありがとうございます",
        "【ご注文番号】 5512008834\n【ご注文金額】今回のお買い物合計金額　　　　      3,180 円\n"
        "【ご注文商品】\n・「竹かご」\n　　合計 1 点　   2,300 円\n・「布巾」\n　　合計 2 点　   880 円\n"
        "・配達料金：　　0 円\n",
    )
    assert (number(one), total(one)) == ("5512008834", "3180 JPY")


def test_yuan_without_a_name_is_that_of_the_senders_country_or_of_the_script() -> None:
    text = "感謝您的訂購！\n訂單編號：T8812\n總金額：{}\n"
    here, elsewhere = "山嵐坊 <a@shanlan.com.tw>", "山嵐坊 <a@shanlan-tea.com>"
    assert total(read("訂單成立", text.format("2,360元"), sender=here)) == "2360 TWD"
    assert total(read("訂單成立", text.format("2360"), sender=here)) == "2360 TWD"
    assert total(read("訂單成立", text.format("2,360元"), sender=elsewhere)) == "2360 TWD"
    mainland = read("订单确认", "感谢您的订购！\n订单编号：T8812\n总金额：2,360元\n", sender=elsewhere)
    assert total(mainland) == "2360 CNY"


def test_the_number_of_a_card_slip_is_no_parcel() -> None:
    one = read(
        "お支払い完了のお知らせ",
        "お支払いが完了しました。\nご利用日時　2026/11/15 08:14\n伝票番号　5512-77120-0031\nお支払金額　¥920\n",
    )
    assert (one.verdict.kind, parcels(one), total(one)) == (Kind.PAYMENT_RECEIPT, [], "920 JPY")


def test_a_long_number_right_before_the_word_for_order_is_its_number() -> None:
    one = read(
        "[달빛상점] 주문이 완료되었습니다", "한울님, 2611160002000017 주문이 완료되었습니다.\n총 결제금액: 49,000원\n"
    )
    assert (number(one), total(one)) == ("2611160002000017", "49000 KRW")


def test_the_account_to_pay_into_is_no_part_of_the_way_of_paying() -> None:
    one = read(
        "ご注文ありがとうございます", "ご注文番号 : 3318\nお支払情報 : 銀行振込 みやこ銀行 下京支店 普通 7654321\n"
    )
    assert one.finding is not None
    assert one.finding.payment_method is not None
    assert one.finding.payment_method.value == "銀行振込"


def test_of_two_spellings_of_a_shop_the_eastern_one_in_front_is_its_name() -> None:
    one = read(
        "주문이 접수되었습니다", "주문번호: 88120", sender="달빛공방소 (DalbitGongbang) <a@dalbit-gongbang.example>"
    )
    assert seller(one) == "달빛공방소"
    person = read(
        "주문이 접수되었습니다", "주문번호: 88120", sender="한울 (DalbitGongbang) <a@dalbit-gongbang.example>"
    )
    assert seller(person) == "DalbitGongbang"


def test_seats_registrations_and_trains_are_bookings() -> None:
    booked = (
        ("您在「鳥居食堂」預訂 2026-12-03 18:30 4 人", "您的訂位已成立\n訂位代號：K7731P", "K7731P"),
        ("【山居】活動報名成功 #731，請完成匯款", "感謝您報名「染布體驗」\n報名編號：#731\n總金額：NT$ 1,600", "731"),
        ("网上购票系统-用户改签通知", "您于2026年11月10日成功改签了1张车票，订单号码 EC20881733 。", "EC20881733"),
        (
            "[달빛상점] 입금 확인 안내",
            "연수비 입금이 확인되었습니다.\n■ 신청번호: B-2611-0077\n■ 확인금액: 210,000원",
            "B-2611-0077",
        ),
    )
    for subject, text, its_number in booked:
        one = read(subject, text)
        assert (one.verdict.kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT), number(one)) == (True, its_number)
    returned = read(
        "网上购票系统-用户退票通知",
        "您于2026年11月12日成功办理了退票业务，订单号码 EC20881733 。\n票价547.5元，退票费27.5元，应退票款520.0元。",
    )
    assert (returned.verdict.kind, total(returned)) == (Kind.REFUND_PROMISED, "520.0 CNY")


def test_statements_sent_and_answers_to_a_review_are_no_purchases() -> None:
    for subject, text in (
        ("[2026-10] 정산서가 발송되었습니다.", "이번 달 정산서가 발송되었습니다. 앱에서 확인해 주세요."),
        (
            "【レビューへの返信】たけのこ園から返信が届きました",
            "お寄せいただいたレビューに、返信が届きました。\n返信を読む",
        ),
    ):
        assert read(subject, text).verdict.kind is Kind.OTHER, subject


def test_meals_on_their_way_and_bookings_moved_or_given_up_are_told_apart() -> None:
    for subject, text, kind in (
        (
            "訂單 #K7712 狀態更新 - 外送中",
            "訂單 #K7712\n外送中\n您的訂單已由外送員取走，正在前往您的地址！",
            Kind.SHIPPED,
        ),
        ("訂單 #K7712 狀態更新 - 已送達", "訂單 #K7712\n已送達\n您的餐點已送達，祝您用餐愉快！", Kind.DELIVERED),
        ("【日時変更完了】きもの処", "ご予約の日時変更を承りました。\n予約番号：WEB-261116", Kind.ORDER_CONFIRMATION),
        ("[달빛상점] 구독 해지가 예약되었습니다", "구독 해지가 정상 접수되었습니다.", Kind.CANCELLATION),
        (
            "[月光] 解約の予約を受け付けました",
            "解約を受け付けました。12月1日までご利用いただけます。",
            Kind.CANCELLATION,
        ),
        ("[달빛상점] 회원탈퇴가 취소되었습니다", "예약되어 있던 회원탈퇴가 취소되었습니다.", Kind.OTHER),
    ):
        assert read(subject, text).verdict.kind is kind, subject


def test_notices_with_a_link_for_the_shops_staff_are_not_the_buyers() -> None:
    for subject, text in (
        (
            "나무상점 - 주문 알림 메일",
            "주문이 접수되었습니다.\n주문번호 2611161234567890\n주문합계\t35,000원\n관리자 모드에서 주문 확인",
        ),
        (
            "【新規ウェブ予約】2026年12月6日 様",
            "ウェブサイトから新規予約が入りました。\n合計金額　：¥9,900\n予約番号　：WEB-1",
        ),
        (
            "【キャンセル通知】2026年11月20日",
            "予約がキャンセルされました。\n■ 予約ID：r77\n【管理画面】\nhttps://example.jp/admin",
        ),
    ):
        assert read(subject, text).verdict.kind is Kind.OTHER, subject


def test_a_letter_that_names_its_order_is_read_by_what_it_says_happened() -> None:
    for subject, text, kind in (
        (
            "[달빛상점] 주문번호 20261112-0031 관련 안내드립니다",
            "주문하신 소반(주문번호 20261112-0031)는 제작이 늦어져 당초 안내드린 날보다 늦은 "
            "11월 27일에 출고될 예정입니다.\n불편을 드려 죄송합니다.",
            Kind.DELAYED,
        ),
        (
            "ご注文商品の欠品についてのお詫び（注文番号7730）",
            "ご注文いただきました便箋ですが、在庫を切らしており、次回入荷は12月上旬の予定です。",
            Kind.DELAYED,
        ),
        ("[青茶] 您的订单退货状态已经改变", "您的退货编号 12 的状态已更改：\n包裹已收到", Kind.RETURNED),
        ("[青茶] 关于您订单的新收据", "我们已经为您的订单，编号为 KXTRPLQ 用您的名字生成了代金券。", Kind.REFUND),
        ("沐蛙 訂單 MW2611-08 對帳成功", "沐蛙 已確認收到訂單 MW2611-08 的款項。", Kind.PAYMENT_RECEIPT),
        ("有料講座の受講登録が完了しました", "申込番号: #MN-20261111\nお支払い金額: ¥5,500", Kind.ORDER_CONFIRMATION),
    ):
        assert read(subject, text).verdict.kind is kind, subject


def test_a_word_in_an_address_is_no_way_of_paying() -> None:
    one = read("[青茶] 付款收据", "您的付款已收到。\n订单编号：KXTRPLQ\n查看 https://qingcha.example/paypal/credit\n")
    assert one.finding is not None
    assert one.finding.payment_method is None


def test_subscriptions_and_auctions_tell_what_happened_to_them() -> None:
    for subject, text, kind in (
        ("定期便のお支払いをご確認ください", "定期便のお支払いを確認できませんでした。", Kind.PAYMENT_FAILED),
        ("【月光】お支払い方法を変更しました。", "ご登録のカードを変更しました。", Kind.OTHER),
        ("【市場】出品商品が落札されました", "落札価格: ¥3,200\n買受者様からの入金をお待ちください", Kind.OTHER),
    ):
        assert read(subject, text).verdict.kind is kind, subject
    won = read("【市場】落札おめでとうございます", "落札番号: L-20261116-08\n落札価格: ¥3,200\nお支払い合計: ¥4,400")
    assert (won.verdict.kind, number(won), total(won)) == (Kind.ORDER_CONFIRMATION, "L-20261116-08", "4400 JPY")


def test_a_request_the_shop_refuses_is_an_answer_and_one_it_grants_a_return() -> None:
    for subject, text, kind in (
        ("[달빛상점] 취소요청이 거절되었습니다", "주문번호 : 20261112-0031\n사유 : 이미 출고", Kind.SELLER_REPLY),
        ("[달빛상점] 반품 신청 안내", "주문번호 : 20261112-0031\n반품 신청이 반려되었습니다.", Kind.SELLER_REPLY),
        (
            "[달빛상점] 교환 신청이 승인되었습니다",
            "주문번호 : 20261112-0031\n교환 신청이 승인되었습니다.",
            Kind.RETURNED,
        ),
        ("您的取消訂單申請被拒絕", "很抱歉，您就訂單 10231 提交的取消申請被拒絕。", Kind.SELLER_REPLY),
        ("您的退款申请未通过", "订单编号：20261112003\n您提交的退款申请未通过审核。", Kind.SELLER_REPLY),
        ("キャンセル申請が却下されました", "ご注文番号：7730\n理由：すでに発送済みのため", Kind.SELLER_REPLY),
    ):
        assert read(subject, text).verdict.kind is kind, subject


def test_a_small_shops_notices_name_the_order_behind_what_was_done_with_it() -> None:
    sent = read("小麥手作 訂單更新：出貨通知", "你購買的商品已送出 #261103H7K2\n\n物流公司：順豐速運\n")
    assert (sent.verdict.kind, number(sent)) == (Kind.SHIPPED, "261103H7K2")
    fetched = read("小麥手作 訂單更新：成功取貨", "你已成功領取訂單 #261103H7K9 的商品，多謝惠顧！")
    assert (fetched.verdict.kind, number(fetched)) == (Kind.DELIVERED, "261103H7K9")


def test_the_subject_order_notice_says_nothing_of_what_happened() -> None:
    for subject, text, kind in (
        ("青茶 訂單通知", "您好：\n\n您的訂單 10231 已經出貨，請耐心等候。", Kind.SHIPPED),
        ("通知", "您好：\n\n您的訂單已送達。\n\n感謝您", Kind.DELIVERED),
        ("青茶 訂單通知", "您好：\n\n已收到您的訂單。\n訂單編號：10231\n總計：NT$ 690", Kind.ORDER_CONFIRMATION),
        (
            "お支払い状況の変更 - 10045",
            "ご注文（注文番号: 10045）のお支払い状況が更新されました。\n新しいステータス: 返金済み",
            Kind.REFUND,
        ),
        (
            "お支払い状況の変更 - 10046",
            "ご注文（注文番号: 10046）のお支払い状況が更新されました。\n新しいステータス: リマインド済み",
            Kind.OTHER,
        ),
    ):
        assert read(subject, text).verdict.kind is kind, (subject, text)


def test_a_number_in_corner_brackets_behind_its_label_is_read() -> None:
    one = read("青茶 訂單資訊", "您訂購的商品已經出貨。\n訂單編號：【25111507731】\n訂購日期：【2026-11-15】")
    assert number(one) == "25111507731"


def test_a_sentence_or_two_under_a_subject_that_says_nothing_is_read() -> None:
    for subject, text, kind in (
        ("订单通知", "您的订单 QC-8813 因超时未支付已被系统关闭。", Kind.CANCELLATION),
        ("订单通知", "我们已收到您订单 QC-8812 的付款，金额 ¥128.00。", Kind.PAYMENT_RECEIPT),
        ("訂單通知", "您的訂單 SW2611-32 已送達門市，請於 11/25 前取貨。", Kind.SHIPPED),
    ):
        assert read(subject, text).verdict.kind is kind, text
    paid = read("お知らせ", "ご注文 HG-5514 のご入金 2,200円 を確認いたしました。")
    assert (paid.verdict.kind, number(paid), total(paid)) == (Kind.PAYMENT_RECEIPT, "HG-5514", "2200 JPY")
    paid = read("알림", "주문 SB-3302의 입금 27,000원이 확인되었습니다.")
    assert (paid.verdict.kind, number(paid), total(paid)) == (Kind.PAYMENT_RECEIPT, "SB-3302", "27000 KRW")


def test_the_matter_of_a_korean_order_is_no_count_of_orders() -> None:
    assert number(read("알림", "주문 SB-3301 건은 품절로 인해 취소되었습니다.")) == "SB-3301"
    assert number(read("알림", "주문번호 20261116003\n오늘 주문 1204 건이 발송되었습니다.")) == "20261116003"


def test_fees_and_confirmed_sums_are_totals_where_nothing_better_is_named() -> None:
    lesson = read("[달빛상담] 예약이 확정되었습니다", "예약이 확정되었습니다.\n상담사\t이서진\n상담 비용\t70,000원")
    ticket = read("[달빛모임] 예약이 확정되었습니다", "예약이 확정되었습니다.\n예약 번호\tDM-3312\n확정 금액\t25,000원")
    offer = read("【月夜清掃】ご予約が確定しました", "ご予約が確定しました。\n受付ID: TY-5510\nお見積り\t¥18,700")
    parcel = read("【月光選物】訂單已成立", "訂單編號: YG-931\n訂單金額: TWD 900.00\n貨到付款金額: TWD 930.00")
    assert (total(lesson), total(ticket), number(ticket)) == ("70000 KRW", "25000 KRW", "DM-3312")
    assert (total(offer), number(offer), total(parcel)) == ("18700 JPY", "TY-5510", "930.00 TWD")


def test_a_card_notice_names_the_shop_in_columns_brackets_or_behind_a_day() -> None:
    card = "楽天カード <info@mail.rakuten-card.co.jp>"
    columns = (
        "ご利用日    ご利用先    ご利用金額\n\n2026/11/02    ｶｴﾃﾞ ｼﾖｳﾃﾝ    1,240円｜ 支払月：2026/12 ｜ 利用者：本人\n"
    )
    assert seller(read("カード利用のお知らせ", columns, sender=card)) == "ｶｴﾃﾞ ｼﾖｳﾃﾝ"
    bracketed = "【ご利用日時】2026/11/02 15:32\n【ご利用金額】1,240円\n【ご利用店舗名】ローソンかえで坂店\n"
    store = read("【MUFGカード】ご利用速報", bracketed, sender="三菱UFJニコス <info@cr.mufg.jp>")
    assert seller(store) == "ローソンかえで坂店"
    assert store.finding is not None
    assert store.finding.payment_method is None  # the store is where it was paid, not how
    line = "ご利用日時：2026/11/02 15:30 かえで商店 1,240円\n"
    assert (
        seller(read("三井住友カードのご利用のお知らせ", line, sender="三井住友カード <a@vpass.ne.jp>")) == "かえで商店"
    )
    abroad = "[Web발신] 삼성카드 해외승인 65,000원 11/02 14:30 MAPLE STORE 1234** 환율에 따라 금액이 변경될 수 있음\n"
    assert seller(read("해외승인 안내", abroad, sender="삼성카드 <a@samsungcard.com>")) == "MAPLE STORE"
    undone = "삼성카드 승인취소 12,000원 11/02 단풍서점\n"
    assert seller(read("승인취소 안내", undone, sender="삼성카드 <a@samsungcard.com>")) == "단풍서점"


def test_the_houses_own_hosts_below_a_domain_of_private_addresses_are_the_houses() -> None:
    paid = "カードご利用のお知らせ\nご利用金額: 1,240円\n詳細はWEB明細でご確認ください。\n"
    assert (
        read("【ご利用速報】金額のみ", paid, sender="dカード <a@dcard.docomo.ne.jp>").verdict.kind
        is Kind.PAYMENT_RECEIPT
    )
    assert read("【ご利用速報】金額のみ", paid, sender="dカード <a@docomo.ne.jp>").verdict.kind is Kind.OTHER


def test_a_sentence_behind_a_label_and_what_follows_a_dot_are_no_sellers_name() -> None:
    said = "購入された商品について\n\n出品者 大野 様が商品を発送しました。\n\n追跡番号\t390099887711\n"
    assert (
        seller(read("【もりの市】商品が発送されました", said, sender="もりの市 <a@morinoichi.example>")) == "もりの市"
    )
    foot = "환불이 완료되었습니다.\n환불 금액\t₩9,900\n\n상호 달무비 · 대표자 문가람 · 사업자등록번호 107-00-00000\n"
    assert seller(read("[DALMOVIE] 환불이 완료되었습니다", foot, sender="<a@dalmovie.example>")) == "달무비"


def test_the_number_of_a_request_to_return_is_not_the_orders() -> None:
    one = read("【青茶】退換貨申請 #RT-00081 已受理", "申請編號：RT-00081\n您的退換貨申請已受理，請寄回商品。\n")
    assert one.finding is None or one.finding.order_number is None


def test_short_notices_of_korean_shops_are_read_without_labels() -> None:
    asked = read(
        "[달빛상점] 입금요청", "[달빛상점] 문가람님의 주문이 입금전입니다-주문번호:20261116-A0007 (31,500원)\n"
    )
    assert (number(asked), total(asked)) == ("20261116-A0007", "31500 KRW")
    sent = read("[달빛상점] 상품발송", "[달빛상점] 문가람님의 상품이 발송되었습니다-CJ대한통운:690077001122\n")
    assert (sent.verdict.kind, parcels(sent)) == (Kind.SHIPPED, ["690077001122"])
    back = read("[달빛상점] 환불 완료", "환불 처리가 완료되었습니다.\n\n주문번호 : 20261116-A0007\n환불금액 : 31,500\n")
    assert (back.verdict.kind, total(back)) == (Kind.REFUND, "31500 KRW")
    schedule = "환불금액: 31,500원\n\n- 신용카드: 2-3영업일 내 승인취소\n- 계좌이체: 3-5영업일 내 입금\n"
    told = read("[달빛상점] 환불이 완료되었습니다", f"환불이 완료되었습니다.\n주문번호: 20261116-A0007\n{schedule}")
    assert told.finding is not None
    assert told.finding.payment_method is None
    pass_ = read(
        "[별점풀이] 구매하신 이용권 안내",
        "이용권 구매가 완료되었습니다.\n결제 금액\t7,900원\n결제 영수증 보기(토스페이먼츠 제공)\n",
    )
    assert total(pass_) == "7900 KRW"
    assert pass_.finding is not None
    assert pass_.finding.payment_method is None


def test_a_total_with_its_sum_behind_it_in_brackets_is_the_total() -> None:
    text = "주문번호 20261116-7K2M\n총 결제금액 31,500원 (상품 29,000원 + 배송비 2,500원)\n"
    assert total(read("[달빛상점] 주문이 접수되었습니다", text)) == "31500 KRW"
    one = read("【青茶】訂單成立通知 A10231", "您好，您的訂單 A10231 已成立，金額 NT$ 690。我們將盡快為您出貨。")
    assert total(one) == "690 TWD"


def test_a_chinese_mail_with_signs_and_letters_of_japanese_is_chinese() -> None:
    text = (
        "您好：\n\n我們已收到您的付款，將盡快為您安排出貨。\n\n訂單編號：QC20261116-0007\n"
        "\n訂購商品：\n・手工陶杯（森の色） × 2\n\n訂單總額：NT$ 690\n配送方式：宅配到府\n收件地址：台北市大安區2號\n"
    )
    one = read("【青茶小舖】付款完成通知 QC20261116-0007", text, sender="青茶小舖 <a@qingcha.example>")
    assert (one.verdict.language, one.verdict.kind) == ("zh", Kind.PAYMENT_RECEIPT)
    assert (number(one), total(one)) == ("QC20261116-0007", "690 TWD")


def test_numbers_of_small_letters_and_numbers_before_the_korean_word_for_order_are_read() -> None:
    hotel = "■ご予約内容\n・予約番号                 ：RYa0kx7tmq\n■差引支払額               ：消費税込: 12400円"
    one = read("「楽天トラベル」予約完了メール", hotel, sender="楽天トラベル <a@mail.travel.rakuten.co.jp>")
    assert (seller(one), number(one), total(one)) == ("楽天トラベル", "RYa0kx7tmq", "12400 JPY")
    gone = read("[달빛상점] 미입금 주문 자동취소", "문가람님 입금기한 만료로 20261116-A0007 주문이 취소되었습니다.")
    assert (gone.verdict.kind, number(gone)) == (Kind.CANCELLATION, "20261116-A0007")


def test_a_forward_whose_text_follows_its_fields_without_a_blank_line_is_a_forward() -> None:
    text = (
        '\n\n-------- 转发邮件信息 --------\n发件人："青茶家居" <service@qingcha.example>\n发送日期：2026-11-15\n'
        "收件人：me <me@example.com>\n主题：【青茶家居】发货通知\n您好，您的订单 QC2026111508 已发货。\n"
        "快递公司：中通快递\n运单号：78900112230077\n"
    )
    one = read("Fw:【青茶家居】发货通知", text, sender="me <me@163.com>")
    assert (one.verdict.kind, seller(one)) == (Kind.SHIPPED, "青茶家居")
    assert (number(one), parcels(one)) == ("QC2026111508", ["78900112230077"])
