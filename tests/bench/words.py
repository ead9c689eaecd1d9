"""The texts of the generated mails, all written for this purpose: sentences to fill mails with, subjects, labels.

Invented shops and people; nothing here was taken from a mail that someone received.
"""

# ruff: noqa: E501 - the texts are easier to compare in long lines

from __future__ import annotations

from dataclasses import dataclass

SENTENCES = {
    "en": (
        "The new season has arrived and so have the jackets that everybody asked us about.",
        "We walked along the river for an hour and talked about the summer.",
        "Members get early access to every sale, and a small gift on their birthday.",
        "Could you send me the notes of the meeting before Thursday?",
        "This week only: three pairs of socks for the price of two.",
        "The build failed again on the second machine, the log is below.",
        "Our editors picked ten books that are worth a rainy weekend.",
        "I will be on the late train, so do not wait for me with dinner.",
        "You receive this message because you signed up in one of our stores.",
        "The committee agreed to move the vote to the first week of next month.",
        "Free delivery on everything above fifty, no code needed.",
        "Please have a look at the second paragraph, I think the figure is wrong.",
        "Someone signed in from a new device; if that was you, there is nothing to do.",
        "The recipe needs two onions, a spoon of cumin and rather more patience than you expect.",
        "A patch for the parser follows; it adds a test for empty lines.",
        "Your monthly statement is ready and waits for you in the online bank.",
    ),
    "ko": (
        "새 계절을 맞아 많은 분들이 찾으시던 겉옷이 들어왔습니다.",
        "이번 주말에 시간이 되면 같이 산에 가지 않을래?",
        "회원님께만 먼저 알려 드리는 특별한 할인 소식입니다.",
        "회의록은 목요일 전까지 보내 주시면 감사하겠습니다.",
        "오만 원 이상 구매하시면 배송비가 없습니다.",
        "어제 말씀하신 자료를 정리해서 첨부합니다.",
        "따뜻한 차 한 잔과 함께 읽기 좋은 책 열 권을 골랐습니다.",
        "오늘 저녁은 늦을 것 같으니 먼저 먹어.",
        "이 메일은 수신에 동의하신 분들께 보내 드립니다.",
        "새로운 기기에서 로그인이 있었습니다. 본인이라면 하실 일이 없습니다.",
        "다음 달 모임은 둘째 주 토요일 오전 열 시에 시작합니다.",
        "양파 두 개와 고춧가루 한 숟갈이면 충분합니다.",
        "이번 달 이용 내역을 홈페이지에서 확인하실 수 있습니다.",
        "수신을 원하지 않으시면 아래의 수신거부를 눌러 주세요.",
    ),
    "ja": (
        "新しい季節の上着が入荷しました。",
        "週末に時間があれば一緒に山へ行きませんか。",
        "会員の皆様に一足早くお知らせいたします。",
        "議事録は木曜日までにお送りください。",
        "五千円以上のお買い上げで送料が無料になります。",
        "雨の週末に読みたい十冊を選びました。",
        "今月のご利用明細をご確認いただけます。",
        "配信停止をご希望の方は下記よりお手続きください。",
    ),
    "de": (
        "Die neue Kollektion ist da, und mit ihr die Jacken, nach denen alle gefragt haben.",
        "Wir sind eine Stunde am Fluss entlang gelaufen und haben über den Sommer geredet.",
        "Könntest du mir das Protokoll bis Donnerstag schicken?",
        "Nur diese Woche: drei Paar Socken zum Preis von zweien.",
        "Ihre Monatsübersicht liegt für Sie im Online-Banking bereit.",
        "Sie erhalten diese Nachricht, weil Sie sich in einer unserer Filialen angemeldet haben.",
    ),
    "fr": (
        "La nouvelle collection est arrivée, et avec elle les vestes que tout le monde attendait.",
        "Nous avons marché une heure le long de la rivière en parlant de l'été.",
        "Pourrais-tu m'envoyer le compte rendu avant jeudi ?",
        "Cette semaine seulement : trois paires de chaussettes pour le prix de deux.",
        "Votre relevé du mois est disponible dans votre espace client.",
    ),
    "es": (
        "Ha llegado la nueva temporada, y con ella las chaquetas por las que todos preguntaban.",
        "Caminamos una hora junto al río y hablamos del verano.",
        "¿Podrías enviarme el acta antes del jueves?",
        "Solo esta semana: tres pares de calcetines al precio de dos.",
        "Su resumen mensual está disponible en la banca en línea.",
    ),
}

LETTERS = {
    "en": ("The jackets are here", "Weekend?", "Minutes of the meeting", "Re: dinner on Friday", "Ten books for a rainy day",
           "Up to 40% off until Sunday", "New sign-in to your account", "[parser] patch for empty lines",
           "Your statement is ready", "Order early, pay later: our spring sale", "Last chance", "Photos from Sunday",
           "What we are reading this week", "Re: the leaking tap", "Five walks within an hour of town", "Your weekly summary",
           "Choir practice moved to Tuesday", "Three people liked your photo", "Notes on the new tram line", "Good morning",
           "Re: [parser] empty lines again", "A quieter kitchen", "Happy birthday!", "The autumn programme"),
    "ko": ("새로 들어온 겉옷을 만나 보세요", "주말에 시간 있어?", "회의록 부탁드립니다", "(광고) 이번 주말까지 최대 40% 할인",
           "새로운 기기에서 로그인했습니다", "이용대금 명세서 안내", "(광고) 회원님, 쿠폰이 곧 사라져요", "Re: 저녁 약속",
           "다음 달 모임 안내", "비 오는 날 읽기 좋은 책", "(광고) 주문하신 분들이 함께 본 상품", "이번 주의 이야기",
           "합창 연습이 화요일로 바뀌었습니다", "사진 보냅니다", "서비스 이용약관 개정 안내", "생일 축하해!", "오늘의 뉴스 다섯 가지",
           "Re: Re: 수도꼭지 수리", "걷기 좋은 길 다섯 곳", "개인정보 이용내역 통지", "(광고) 가을맞이 특별전", "안부 인사",
           "세 분이 회원님의 글을 좋아합니다", "가을 강좌 안내"),
    "ja": ("新しい上着が届きました", "週末の予定", "議事録のお願い", "日曜日まで最大40%オフ", "ご利用明細のお知らせ",
           "今週の読みもの", "合唱の練習は火曜日になりました", "写真を送ります", "利用規約の改定について", "お誕生日おめでとう",
           "今日のニュース", "Re: 水道の修理", "歩きたくなる道", "秋の講座のご案内", "お元気ですか", "三人があなたの写真に反応しました"),
    "de": ("Die Jacken sind da", "Wochenende?", "Protokoll der Sitzung", "Bis zu 40 % bis Sonntag", "Ihre Monatsübersicht",
           "Was wir diese Woche lesen", "Chorprobe am Dienstag", "Fotos vom Sonntag", "Änderung der Nutzungsbedingungen",
           "Alles Gute zum Geburtstag", "Die Nachrichten des Tages", "Re: der tropfende Hahn", "Fünf Wanderungen vor der Stadt",
           "Das Herbstprogramm", "Grüße aus den Bergen", "Neue Anmeldung in Ihrem Konto"),
    "fr": ("Les vestes sont arrivées", "Ce week-end ?", "Compte rendu", "Jusqu'à -40 % jusqu'à dimanche", "Votre relevé",
           "À lire cette semaine", "La répétition passe au mardi", "Photos de dimanche", "Nouvelles conditions d'utilisation",
           "Joyeux anniversaire", "L'actualité du jour", "Re: le robinet qui fuit", "Cinq balades près de la ville",
           "Le programme d'automne", "Des nouvelles", "Nouvelle connexion à votre compte"),
    "es": ("Han llegado las chaquetas", "¿El fin de semana?", "Acta de la reunión", "Hasta el 40 % hasta el domingo", "Su resumen",
           "Lo que leemos esta semana", "El ensayo pasa al martes", "Fotos del domingo", "Cambios en las condiciones de uso",
           "Feliz cumpleaños", "Las noticias del día", "Re: el grifo que gotea", "Cinco paseos cerca de la ciudad",
           "El programa de otoño", "Saludos", "Nuevo inicio de sesión en su cuenta"),
}  # fmt: skip

NAMES = {
    "en": ("Harriet Cole", "Tom Weaver", "Priya Nair", "Owen Marsh"),
    "ko": ("김하늘", "이도윤", "박서연", "최지우"),
    "ja": ("田中美咲", "佐藤健"),
    "de": ("Jana Vogt", "Lukas Brandt"),
    "fr": ("Claire Morel", "Hugo Petit"),
    "es": ("Lucía Romero", "Diego Vidal"),
}

# Who sends newsletters and notices without ever having sold anything; shops send them too.
BULK_SENDERS = {
    "en": (("Harbour Bank", "harbourbank.example"), ("Quillpost", "quillpost.example"), ("Evening Ledger", "eveningledger.example")),
    "ko": (("한빛카드", "hanbit-card.example"), ("모두의소식", "everynews.example"), ("하루편지", "harupost.example")),
    "ja": (("本の小舟", "kobune-books.example"), ("朝の便り", "asanotayori.example")),
    "de": (("Lesezeichen", "lesezeichen.example"), ("Stadtblatt", "stadtblatt.example")),
    "fr": (("Pages & Co", "pages-et-co.example"), ("Le Quai", "lequai.example")),
    "es": (("La Página", "lapagina.example"), ("El Faro", "elfaro.example")),
}  # fmt: skip

# Shops and senders come in so many varieties, each with a domain of its own: a mailbox has hundreds of senders.
TAGS = ("", "abbey", "birch", "cove", "delta", "elm", "field", "gate", "hill", "isle", "jetty", "knoll")


@dataclass(frozen=True)
class Shop:
    """How a shop of one language words its mails: per kind a subject and a first sentence, and its labels."""

    name: str
    domain: str
    currency: str
    money: str  # a format of the amount in whole units
    number: str  # a format of a running number
    labels: tuple[str, str, str, str, str, str]  # order number, order date, item, total, payment, tracking number
    payment: str
    carrier: str
    kinds: dict[str, tuple[str, str]]


SHOPS = {
    "ko": (
        Shop("푸른들상회", "greenfield-mall.example", "KRW", "{:,}원", "2026{:08d}",
             ("주문번호", "주문일자", "상품명", "총 결제금액", "결제수단", "운송장번호"), "신용카드", "한결택배",
             {"order": ("[푸른들상회] 주문이 완료되었습니다", "주문해 주셔서 감사합니다. 아래와 같이 주문이 접수되었습니다."),
              "shipped": ("[푸른들상회] 상품이 발송되었습니다", "주문하신 상품이 발송되어 고객님께 가고 있습니다."),
              "delivered": ("[푸른들상회] 배송이 완료되었습니다", "주문하신 상품의 배송이 완료되었습니다."),
              "refund": ("[푸른들상회] 환불이 완료되었습니다", "요청하신 환불이 완료되었습니다.")}),
        Shop("책방온기", "ongi-books.example", "KRW", "{:,} 원", "OB-{:07d}",
             ("주문 번호", "주문 일시", "주문 상품", "결제 금액", "결제 방법", "송장 번호"), "계좌이체", "바른택배",
             {"order": ("책방온기 주문 확인", "고객님의 주문 내역을 알려 드립니다."),
              "shipped": ("책방온기 출고 안내", "주문하신 책이 출고되었습니다."),
              "delivered": ("책방온기 배송완료 안내", "책이 잘 도착했나요? 배송이 완료되었습니다."),
              "refund": ("책방온기 환불 처리 안내", "취소하신 주문의 환불이 처리되었습니다.")}),
    ),
    "en": (
        Shop("Moorland Outdoor", "moorland-outdoor.example", "GBP", "£{:,}.00", "MO-{:07d}",
             ("Order number", "Order date", "Item", "Order total", "Payment method", "Tracking number"), "Visa", "Hillpost",
             {"order": ("Your Moorland Outdoor order {number}", "Thank you for your order. We have received it and are packing it."),
              "shipped": ("Your order {number} has been shipped", "Good news: your parcel is on its way to you."),
              "delivered": ("Your order {number} was delivered", "Your parcel has been delivered."),
              "refund": ("Refund for order {number}", "We have refunded your order to your original payment method.")}),
        Shop("The Paper Lantern", "paperlantern.example", "USD", "${:,}.00", "{:09d}",
             ("Order #", "Placed on", "Product", "Total", "Paid with", "Tracking #"), "PayPal", "Swiftline",
             {"order": ("Order confirmation #{number}", "Thanks for shopping with us! Here is a summary of your order."),
              "shipped": ("Shipping confirmation for order #{number}", "Your order has left our warehouse."),
              "delivered": ("Delivered: order #{number}", "Your package was delivered today."),
              "refund": ("Your refund has been issued (#{number})", "A refund has been issued for your order.")}),
    ),
    "ja": (
        Shop("みどり衣料", "midori-wear.example", "JPY", "{:,}円", "MW{:08d}",
             ("ご注文番号", "ご注文日", "商品名", "合計金額", "お支払い方法", "お問い合わせ番号"), "クレジットカード", "はやて便",
             {"order": ("ご注文ありがとうございます", "ご注文を承りました。内容をご確認ください。"),
              "shipped": ("商品発送のお知らせ", "ご注文の商品を発送いたしました。"),
              "delivered": ("配達完了のお知らせ", "ご注文の商品の配達が完了しました。"),
              "refund": ("返金手続き完了のお知らせ", "ご注文の返金手続きが完了いたしました。")}),
    ),
    "de": (
        Shop("Bergwind", "bergwind.example", "EUR", "{:,},00 €", "BW{:07d}",
             ("Bestellnummer", "Bestelldatum", "Artikel", "Gesamtsumme", "Zahlungsart", "Sendungsnummer"), "Kreditkarte", "Eilbote",
             {"order": ("Ihre Bestellung {number}", "vielen Dank für Ihre Bestellung bei Bergwind."),
              "shipped": ("Ihre Bestellung {number} wurde versandt", "Ihre Sendung ist unterwegs zu Ihnen."),
              "delivered": ("Ihre Bestellung {number} wurde zugestellt", "Ihre Sendung wurde zugestellt."),
              "refund": ("Erstattung zu Ihrer Bestellung {number}", "wir haben Ihnen den Betrag erstattet.")}),
    ),
    "fr": (
        Shop("Rive Douce", "rivedouce.example", "EUR", "{:,},00 €", "RD{:07d}",
             ("Numéro de commande", "Date de commande", "Article", "Total", "Mode de paiement", "Numéro de suivi"), "Carte bancaire",
             "Colibri",
             {"order": ("Confirmation de votre commande {number}", "Merci pour votre commande chez Rive Douce."),
              "shipped": ("Votre commande {number} a été expédiée", "Votre colis est en route."),
              "delivered": ("Votre commande {number} a été livrée", "Votre colis a été livré."),
              "refund": ("Remboursement de votre commande {number}", "Nous avons procédé au remboursement de votre commande.")}),
    ),
    "es": (
        Shop("Monte Claro", "monteclaro.example", "EUR", "{:,},00 €", "MC{:07d}",
             ("Número de pedido", "Fecha del pedido", "Artículo", "Total", "Forma de pago", "Número de seguimiento"), "Tarjeta de crédito",
             "Vuelo",
             {"order": ("Confirmación de tu pedido {number}", "Gracias por tu pedido en Monte Claro."),
              "shipped": ("Tu pedido {number} ha sido enviado", "Tu paquete está en camino."),
              "delivered": ("Tu pedido {number} ha sido entregado", "Tu paquete ha sido entregado."),
              "refund": ("Reembolso de tu pedido {number}", "Hemos realizado el reembolso de tu pedido.")}),
    ),
}  # fmt: skip

ITEMS = {
    "en": ("Wool socks, grey", "Rain jacket, size M", "Notebook, ruled", "Enamel mug"),
    "ko": ("양모 양말 회색", "방수 재킷 M", "줄노트", "법랑 머그컵"),
    "ja": ("ウールの靴下", "レインジャケット M", "横罫ノート"),
    "de": ("Wollsocken, grau", "Regenjacke Gr. M", "Notizbuch, liniert"),
    "fr": ("Chaussettes en laine", "Veste de pluie, taille M", "Carnet ligné"),
    "es": ("Calcetines de lana", "Chaqueta impermeable, talla M", "Cuaderno rayado"),
}
