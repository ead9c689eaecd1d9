"""Own words, quoted mail, forwarded mail. In charge of cutting a text into what its writer wrote and what he quotes,
and of reading the header that an inline forward carries. Works on lines; knows the phrases of mail programs, which
are few, and nothing of shops.

Nothing is cut when there is nothing above it: a mail that is all quotation is a forward, or has no other content.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timezone

from monitor.parse.charsets import one_line
from monitor.parse.headers import addresses
from monitor.parse.html import CELL, QUOTE_BEGIN, QUOTE_END
from monitor.parse.moments import spoken
from monitor.types import Address, Authentication, Header

MAX_LINES = 20_000

# "---------- Forwarded message ---------" and its kin, without the dashes, stars and colons around them.
_FORWARD_WORDS = (
    r"begin forwarded message|forwarded message|forwarded by|forwarded mail|start of forwarded message"
    r"|전달된? ?(?:메시지|메세지|메일|이메일)|전달 ?메일|전달받은 ?메일"
    r"|weitergeleitete nachricht|anfang der weitergeleiteten (?:nachricht|e-?mail)|message transféré|message transmis"
    r"|début du message (?:transféré|réexpédié)|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato"
    r"|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|転送(?:された)?メッセージ|転送メール"
    r"|wiadomość przekazana(?: dalej)?|przekazana wiadomość|początek przekazywanej wiadomości"
    r"|mensagem (?:encaminhada|reencaminhada)|início da mensagem (?:encaminhada|reencaminhada)"
    r"|转发的?(?:邮件|消息|信息)|轉寄(?:的)?(?:郵件|訊息)|以下是转发的邮件|开始转发的邮件"
)
_ORIGINAL_WORDS = (
    r"original message|original mail|원본 ?(?:메시지|메세지|메일|이메일)|원문 ?메시지|ursprüngliche (?:nachricht|mail)"
    r"|originalnachricht|message d['’]origine|message original|mensaje original|messaggio originale"
    r"|oryginalna wiadomość|wiadomość oryginalna|mensagem original"
    r"|oorspronkelijk bericht|original-nachricht|元のメッセージ|原始(?:邮件|郵件|訊息)|邮件原件"
)
_FORWARD_LINE = re.compile(rf"[\s>*_=-]{{0,60}}(?:{_FORWARD_WORDS})[\s*_=:.：-]{{0,60}}\Z", re.IGNORECASE)
_ORIGINAL_LINE = re.compile(rf"[\s>*_=-]{{1,60}}(?:{_ORIGINAL_WORDS})[\s*_=:：-]{{1,60}}\Z", re.IGNORECASE)
# Begins either; the letters with which one can begin (and those of their inner choices) pass over most lines at once.
_LETTERS = "".join(sorted(set(re.findall(r"[|(:](\w)", f"|{_FORWARD_WORDS}|{_ORIGINAL_WORDS}"))))
_MARK = re.compile(rf"[\s>*_=-]{{0,60}}(?=[{_LETTERS}])(?:{_FORWARD_WORDS}|{_ORIGINAL_WORDS})", re.IGNORECASE)
_FORWARD_SUBJECT = re.compile(
    r"\s{0,3}[\[(]?(?:fwd?|전달|wg|tr|rv|i|doorst|enc|pd|転送|转发|轉寄)\s?(?:\[\d{1,3}\])?[\])]?\s{0,2}[:：]|\s{0,3}\[전달\]",
    re.IGNORECASE,
)
_REPLY_SUBJECT = re.compile(
    r"\s{0,3}(?:re|회신|답장|aw|sv|antw?|réf|ref|rif|odp|res|回复|回覆|答复|返信)\s?(?:\[\d{1,3}\])?\s{0,2}[:：]",
    re.IGNORECASE,
)

# The line above a quotation. Each alternative ends the line (or the two or three lines it was wrapped to).
_ATTRIBUTION = re.compile(
    r"(?:on\s.{6,300}\s?wrote|.{3,200}\s(?:wrote|writes)|am\s.{6,300}\s?schrieb(?:\s.{1,200})?|.{3,200}\sschrieb"
    r"|le\s.{6,300}\s?a écrit|el\s.{6,300}\s?escribió|il\s.{6,300}\s?ha scritto|op\s.{6,300}\s?schreef(?:\s.{1,200})?"
    r"|.{6,300}\s(?:napisał(?:a|\(a\))?|pisze)|(?:em|a|no dia|on)\s.{6,300}\s?escreveu"
    r"|.{2,300}님이\s?(?:.{0,120}에\s?)?(?:작성|작성함|작성하신 글|작성한 메일|쓰신 글|쓴 글|썼습니다"
    r"|보낸 메일|보내신 메일)"
    r"|.{6,300}(?:さん)?(?:は|が)(?:次のように)?書きました|.{6,300}のメール|.{6,300}\s?写道|.{6,300}\s?寫道|.{6,300}\s?于.{3,80}写道)"
    r"\s?[:：]?\Z",
    re.IGNORECASE,
)
_ENDS_LIKE_ATTRIBUTION = re.compile(
    r"(?:wrote|writes|schrieb.{0,200}|a écrit|escribió|ha scritto|schreef.{0,200}|napisał(?:a|\(a\))?|pisze|escreveu"
    r"|작성|작성함|글|썼습니다|메일|書きました|メール|写道|寫道)\s?[:：]\Z",
    re.IGNORECASE,
)
_HAS_DATE_OR_ADDRESS = re.compile(r"\d{1,4}.{0,120}\d{1,2}|@")

_FIELD_NAMES = {
    "from": "from|보낸 ?사람|보낸 ?이|발신자?|발신인|von|de|da|van|od|nadawca|差出人|送信者|发件人|寄件者",
    "date": "date|sent|날짜|보낸 ?날짜|보낸 ?시간|일시|발송일시?|전송"
    "|gesendet(?: am)?|datum|envoyé(?: le)?|date d['’]envoi|enviad[oa](?: e[lm])?|fecha|data|inviato|verzonden|wysłano"
    "|日時|送信日時|送信|日付|发送时间|发送日期|日期|时间|寄件日期",
    "to": "to|받는 ?사람|받는 ?이|수신자?|수신인|an|à|para|a|aan|do|adresat|宛先|受信者|收件人|收件者",
    "subject": "subject|제목|betreff|objet|asunto|oggetto|onderwerp|temat|assunto|件名|主题|主旨",
    "cc": "cc|kopie|참조|copie|dw|kopia|抄送|副本",
    "reply-to": "reply-to|회신 ?주소|antwort an",
}
_FIELD = re.compile(
    r"[\s>*|]{0,12}(?:"
    + "|".join(f"(?P<{name.replace('-', '_')}>{words})" for name, words in _FIELD_NAMES.items())
    + rf")\s{{0,3}}\*{{0,2}}\s{{0,2}}(?:[:：]\*{{0,2}}|{CELL}|\t)\s{{0,3}}(?P<value>.{{0,500}})\Z",
    re.IGNORECASE,
)


DEEPEST = 3  # forwards within a forward that are looked into


@dataclass(slots=True)
class Split:
    """`own`: what the mail itself says (of a forward: what it passes on). `quoted`: the rest."""

    own: str
    quoted: str
    forwarded: Header | None = None


def split(text: str, subject: str, where: timezone | None = None, *, answers: bool = False) -> Split:
    """Cuts a text (with the marks of `html.text`, or plain) as the module says. `where` is the writer's time zone.

    `answers`: its header says that it answers another mail. Only then, or below an "On ... wrote:", are lines that
    begin with ">" a quotation; elsewhere shops point with them at links.
    """
    answers = answers or _REPLY_SUBJECT.match(subject) is not None
    # What a quotation can begin with: a line with a mark, one that ends in a colon, a header block whose From has an
    # address. Most mails of shops have none of it, and their lines need not be looked at one by one.
    lines = text.split("\n")[:MAX_LINES]
    marks, blocks = any(map(_MARK.match, lines)), "@" in text
    colons = ":\n" in text or "：\n" in text or text.endswith(_COLONS)
    if not (marks or blocks or colons or answers or QUOTE_BEGIN in text or QUOTE_END in text):
        return Split(_tidy(lines), "")
    if (marks or blocks) and (forward := _forward(lines, subject, where, marks=marks, blocks=blocks)):
        return forward
    own: list[str] = []
    quoted: list[str] = []
    depth = 0
    index = 0
    ends = frozenset(at for at, line in enumerate(lines) if line.endswith(_COLONS)) if colons else frozenset()
    while index < len(lines):
        line = lines[index]
        if line == QUOTE_BEGIN:
            depth += 1
        elif line == QUOTE_END:
            depth = max(0, depth - 1)
        elif depth:
            quoted.append(line)
        elif answers and line.startswith(">"):
            quoted.append(line.lstrip("> "))
        elif (index in ends or index + 1 in ends or index + 2 in ends) and (taken := _attribution(lines, index)):
            quoted += lines[index : index + taken]
            index += taken
            answers = True
            if not _quote_follows(lines, index):  # no marks: all below it is the quotation
                quoted += [line for line in lines[index:] if line not in (QUOTE_BEGIN, QUOTE_END)]
                break
            continue
        elif (marks and _ORIGINAL_LINE.match(line)) or (blocks and _starts_block(lines, index)):
            quoted += [line for line in lines[index:] if line not in (QUOTE_BEGIN, QUOTE_END)]
            break
        else:
            own.append(line)
        index += 1
    if not any(line.strip() for line in own):
        return Split(_tidy(_unmarked(lines)), "")
    return Split(_tidy(own), _tidy(quoted))


def _unmarked(lines: list[str]) -> list[str]:
    return [
        line.lstrip("> ") if line.startswith(">") else line for line in lines if line not in (QUOTE_BEGIN, QUOTE_END)
    ]


def _tidy(lines: list[str]) -> str:
    """Lines as text: cells apart by tabs, no blank line at either end, none after another."""
    out: list[str] = []
    for line in lines:
        line = line.replace(CELL, "\t").rstrip()
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip("\n")


_COLONS = (":", "：")


def _attribution(lines: list[str], index: int) -> int:
    """How many lines the "On ... wrote:" here takes; 0 if there is none. One of the next three ends in a colon."""
    line = lines[index].strip()
    if len(line) < 6 or len(line) > 400:
        return 0
    joined = line
    for taken in (1, 2, 3):
        if taken > 1:
            if index + taken > len(lines):
                return 0
            following = lines[index + taken - 1].strip()
            if not following or len(following) > 300:
                return 0
            joined += " " + following
        if _ENDS_LIKE_ATTRIBUTION.search(joined) and _HAS_DATE_OR_ADDRESS.search(joined) and _ATTRIBUTION.match(joined):
            if taken > 1 and not _begins_attribution(line):
                return 0
            return taken
    return 0


def _begins_attribution(line: str) -> bool:
    return (
        re.match(r"(?:on|am|le|el|il|op|在|于)\s|\d{4}[년年./-]|.{0,40}<[^<>\s]{3,80}@", line, re.IGNORECASE)
        is not None
    )


def _quote_follows(lines: list[str], index: int) -> bool:
    for line in lines[index : index + 4]:
        if line.strip():
            return line.startswith(">") or line == QUOTE_BEGIN
    return False


def _starts_block(lines: list[str], index: int) -> bool:
    """Whether a header block of a quoted mail begins here: From with an address, and two more fields right below."""
    line = lines[index]
    if ":" not in line and CELL not in line and "：" not in line and "\t" not in line:
        return False
    first = _FIELD.match(line)
    if first is None or not (first["from"] or first["date"]):
        return False
    found = _block(lines, index)
    return found is not None and len(found[0]) >= 3 and "@" in found[0].get("from", "")


def _block(lines: list[str], index: int) -> tuple[dict[str, str], int] | None:
    """The fields of the header block here, and the line behind it."""
    found: dict[str, str] = {}
    last = ""
    at = index
    blank = 0
    while at < len(lines) and at < index + 30:
        line = lines[at]
        bare = line.strip(" >*|" + CELL)
        if not bare or line in (QUOTE_BEGIN, QUOTE_END):
            blank += 1
            if len(found) >= 3 or blank > (2 if found else 4):
                break
            at += 1
            continue
        field = _FIELD.match(line)
        if field is None:
            if (
                found
                and last
                and not blank
                and at == index + len(found)
                and len(bare) < 300
                and last in ("to", "cc", "subject", "from")
            ):
                found[last] += " " + bare  # a long value, wrapped
                at += 1
                index += 1
                continue
            break
        name = next(name for name in _FIELD_NAMES if field[name.replace("-", "_")])
        if name in found:
            break
        found[name] = field["value"].replace(CELL, " ").strip(" *")
        last = name
        if not found[name] and at + 1 < len(lines) and not _FIELD.match(lines[at + 1]):
            found[name] = lines[at + 1].strip(" >*|" + CELL)  # the value stands on the next line
            at += 1
            index += 1
        if blank:
            index += blank
            blank = 0
        at += 1
    return (found, at) if "from" in found and len(found) >= 2 else None


def _forward(
    lines: list[str], subject: str, where: timezone | None, *, marks: bool, blocks: bool, depth: int = 0
) -> Split | None:  # fmt: skip
    """The forwarded mail that these lines pass on, if they do; of one that was passed on twice the innermost.

    `marks`, `blocks`: whether any line has a mark of a forwarded mail, or an address.
    """
    wants = _FORWARD_SUBJECT.match(subject) is not None
    replies = _REPLY_SUBJECT.match(subject) is not None
    nothing_above = True
    for index, line in enumerate(lines[:400]):
        bare = line.strip()
        if not bare or bare in (QUOTE_BEGIN, QUOTE_END):
            continue
        if not (marks or wants or nothing_above):
            return None
        marked = marks and _FORWARD_LINE.match(line) is not None
        original = marks and not marked and _ORIGINAL_LINE.match(line) is not None
        if marked or (original and (wants or (nothing_above and not replies))):
            begin = index + 1
        elif blocks and (wants or (nothing_above and not replies)) and _starts_block(lines, index):
            begin = index
        else:
            nothing_above = False
            continue
        while begin < len(lines) and (not lines[begin].strip(" >") or lines[begin] in (QUOTE_BEGIN, QUOTE_END)):
            begin += 1
        if begin >= len(lines) or (found := _block(lines, begin)) is None:
            if original:
                nothing_above = False
                continue
            return None
        named, end = found
        inner = _unmarked(lines[end:])
        if not any(line.strip() for line in inner):
            return None
        body = _tidy(inner)
        if depth < DEEPEST and _FORWARD_SUBJECT.match(named.get("subject", "")):
            marks, blocks = any(map(_MARK.match, inner)), "@" in body
            if deeper := _forward(inner, named["subject"], where, marks=marks, blocks=blocks, depth=depth + 1):
                return deeper
        return Split(body, "", _inner_header(named, body, where))
    return None


def _inner_header(named: dict[str, str], body: str, where: timezone | None) -> Header:
    """The header that a forward states in its text. Nobody vouches for it."""
    sender = _address(named.get("from", ""))
    sent = spoken(named.get("date", ""), where)
    subject = one_line(named.get("subject", ""))
    words = "\n".join((named.get("from", ""), named.get("date", ""), subject, body[:2000]))
    return Header(
        identity=hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32],
        message_id=None,
        references=(),
        sender=sender,
        reply_to=_address(named["reply-to"]) if named.get("reply-to") else None,
        to=tuple(a for a in addresses(named.get("to", "").encode("utf-8", "replace")) if a.email),
        subject=subject,
        sent_at=sent,
        received_at=None,
        content_type="",
        bulk=False,
        auto_submitted=False,
        advert=False,
        authentication=Authentication.NONE,
        authentication_detail="forwarded: nobody vouches for its sender",
    )


def _address(value: str) -> Address:
    value = re.sub(r"\[?mailto:([^\]\s>]{1,200})\]?", r"\1", value)
    found = addresses(value.encode("utf-8", "replace"))
    return next((a for a in found if a.email), found[0] if found else Address("", ""))
