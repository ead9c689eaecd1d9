"""What a letter that the user wrote by hand was, by its own words: a withdrawal, a demand for money, or neither.

In charge of these words in every language that letters are written in. A question about a withdrawal, or the wish to
know where the parcel is, declares nothing: only words that declare count, and where they are unclear nothing is said.
"""

from __future__ import annotations

import re

_WITHDRAWAL = re.compile(
    r"청약\s?철회|철회(?:합니다|하오니|하고자|를\s?(?:통지|요청))"
    r"|(?:주문|구매|결제|계약)\s?(?:을|를)?\s?(?:취소|해제|해지)(?:\s?(?:및|와|하고)|\s?(?:요청|통지|합니다|하오니|해\s?주))"
    r"|취소\s?(?:및|와|/|,)?\s?환불|계약\s?해제"
    r"|\bwider(?:ruf|rufe|rufen)\b|\brücktritt\b|\btrete\b.{0,40}\bzurück\b|\bstornier(?:e|ung|en)\b"
    r"|\b(?:i\s+(?:hereby\s+|now\s+)?(?:cancel|withdraw|rescind)|notice\s+of\s+(?:cancellation|withdrawal)"
    r"|cancel(?:lation)?\s+(?:of\s+)?(?:my|the|this)?\s*order|cancel\s+and\s+refund|please\s+cancel)\b"
    r"|\bcancell?ation\s+(?:and|request)|\brétractation\b|\brésolution\b|\b(?:j[’']annule|annulation)\b"
    r"|\bdesistimiento\b|\bcancelo\b|\bcancelación\b|\bresolución\s+del\s+contrato\b"
    r"|キャンセル(?:いたします|します|のお願い|および|及び)|契約(?:を|の)解除|取消订单|解除合同",
    re.IGNORECASE,
)
_REFUND = re.compile(
    r"환불\s?(?:을\s?)?(?:요청|요구|해\s?주|바랍|부탁)|\b(?:request|demand)\s+(?:for|of)\s+(?:a|my|the|full)?\s*refund\b"
    r"|\brefund\s+(?:request|demand)\b|\berstattung\b|\bremboursement\b|\breembolso\b|返金の?(?:お願い|請求)|请求退款",
    re.IGNORECASE,
)
# The law's further period: goods wanted by a day.
_DEMAND = re.compile(
    r"이행\s?(?:최고|청구)|최고서|\bnachfrist\b|\bfristsetzung\b|\bmise\s+en\s+demeure\b|\bfinal\s+(?:notice|demand)\b"
    r"|\brequerimiento\b|催告",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"취소\s?(?:가능|되나|될까|여부)|환불\s?(?:가능|되나|여부|규정)|\bhow\s+(?:do|can)\s+i\b|\bcan\s+i\b", re.IGNORECASE
)


def meant(words: str) -> str:
    """The family of texts that `words` (a subject, or a whole letter) belong to: withdrawal, refund_demand, demand.

    "" where the words declare none of them.
    """
    if _QUESTION.search(words):
        return ""
    for family, pattern in (("withdrawal", _WITHDRAWAL), ("demand", _DEMAND), ("refund_demand", _REFUND)):
        if pattern.search(words):
            return family
    return ""
