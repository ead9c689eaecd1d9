"""Bytes to text, and text to clean text. In charge of: which charset a run of bytes is really in (labels lie, or are
missing), RFC 2047 encoded-words, and removing what a reader cannot see. Does not know about MIME or HTML.

Labels are believed only as far as the bytes allow it: Korean mail is labelled euc-kr but written in cp949 (a
superset), latin-1 labels stand on Korean, UTF-8 labels on cp949 and the reverse.
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from functools import lru_cache

# The label on the left is what mails say; the codec on the right is a superset that also reads what they mean.
_ALIASES = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ks_c_5601-1992": "cp949",
    "ks_x_1001": "cp949",
    "ksx1001": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "ksc5601-1987": "cp949",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "euckr": "cp949",
    "x-euc-kr": "cp949",
    "korean": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "ms949": "cp949",
    "uhc": "cp949",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "euc-cn": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "unicode": "utf-16",
}
# Names that mailers write when they do not know; and Python codecs that are no charsets (some of them quadratic).
_NO_CHARSET = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "charmap", "x-unknown"}
)
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}\Z")
_STATEFUL = frozenset({"iso2022_kr", "iso2022_jp", "hz", "utf-7"})
_EAST_ASIAN = ("cp949", "gb18030", "cp932", "euc_jp", "big5hkscs")
_KANA = ("cp932",)  # whose second bytes may be ASCII, which breaks the runs of 8-bit bytes


@lru_cache(maxsize=512)
def codec(label: str) -> str | None:
    """The Python codec that reads what this charset label stands for; None for a label that means nothing to us."""
    name = label.strip().strip("\"'").lower()
    if name in _ALIASES:
        return _ALIASES[name]
    if not _LABEL.match(name) or name in _NO_CHARSET:
        return None
    if name.startswith("iso-2022-jp") or name in {"csiso2022jp", "cp50220", "cp50221"}:
        return "iso2022_jp"
    try:
        info = codecs.lookup(name)
        b"x".decode(info.name)  # raises LookupError for transforms such as rot13, base64, zlib
    except Exception:  # noqa: BLE001 - a codec may raise anything at all on a hostile name
        return None
    found = {"latin-1": "cp1252", "iso8859-1": "cp1252", "ascii": "utf-8", "euc_kr": "cp949"}.get(info.name, info.name)
    return None if found in _NO_CHARSET else found


def decode(data: bytes, label: str | None = None, defects: list[str] | None = None) -> str:
    """Text of `data`, whose sender called its charset `label` (None: said nothing). Never raises.

    What had to be guessed or replaced is named in `defects`.
    """
    if label is None or (declared := codec(label)) is None:
        if label and defects is not None:
            defects.append("unknown charset")
        declared = None
    if data[:3] == b"\xef\xbb\xbf":
        data, declared = data[3:], "utf-8"
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        declared = "utf-16"
    if declared in _STATEFUL:
        return _stateful(data, declared, defects)
    if declared is not None and declared.startswith(("utf-16", "utf-32")):
        return _wide(data, declared, defects)
    if data.isascii():
        return _seven_bit(data, defects)
    if declared is None and data.count(b"\0", 0, 400) > min(len(data), 400) // 4:
        return _wide(data, "utf-16", defects)
    if declared not in (None, "utf-8", "cp1252"):
        assert declared is not None  # for the type checker
        return _labelled(data, declared, defects)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _unlabelled(data, declared, defects)


def _note(defects: list[str] | None, words: str) -> None:
    if defects is not None and words not in defects:
        defects.append(words)


def _seven_bit(data: bytes, defects: list[str] | None) -> str:
    """ASCII bytes may still be ISO-2022, whatever the label (Korean and Japanese mailers forget it)."""
    if b"\x1b$" in data:
        _note(defects, "charset label missing or wrong")
        return _stateful(data, "iso2022_kr" if b"\x1b$)C" in data else "iso2022_jp", defects)
    return data.decode("ascii")


def _stateful(data: bytes, name: str, defects: list[str] | None) -> str:
    if not data.isascii():  # a 7-bit charset cannot hold these bytes: the label is wrong
        _note(defects, "charset label missing or wrong")
        return decode(data, None, defects)
    if name == "iso2022_kr" and b"\x1b$)C" not in data and b"\x0e" in data:
        data = b"\x1b$)C" + data
    try:
        return data.decode(name)
    except (UnicodeDecodeError, ValueError):
        pass
    if name == "iso2022_jp":
        return _iso2022_jp(data, defects)
    _note(defects, "bytes that are no text in the declared charset")
    return data.decode(name, "replace")


def _iso2022_jp(data: bytes, defects: list[str] | None) -> str:
    """ISO-2022-JP as Windows writes it (CP50221: row 13, half-width kana), by way of cp932."""
    out: list[str] = []
    mode = "ascii"
    position = 0
    for escape in re.finditer(rb"\x1b(?:\$[@B]|\$\([A-Z]|\([A-Z])", data):
        out.append(_jis_run(data[position : escape.start()], mode, defects))
        code = escape.group()
        mode = "kanji" if code[1:2] == b"$" else "kana" if code == b"\x1b(I" else "ascii"
        position = escape.end()
    out.append(_jis_run(data[position:], mode, defects))
    return "".join(out)


def _jis_run(run: bytes, mode: str, defects: list[str] | None) -> str:
    if mode == "ascii":
        return run.decode("ascii", "replace")
    if mode == "kana":
        return bytes(b | 0x80 for b in run).decode("cp932", "replace")
    pairs = bytearray()
    index = 0
    while index < len(run):
        first = run[index]
        if first < 0x21 or index + 1 >= len(run):  # line ends inside a kanji run
            pairs.append(first)
            index += 1
            continue
        second = run[index + 1]
        lead = ((first - 0x21) >> 1) + 0x81
        if lead > 0x9F:
            lead += 0x40
        if first & 1:
            trail = second + 0x1F
            trail += trail > 0x7E
        else:
            trail = second + 0x7E
        pairs += bytes((min(lead, 255), min(trail, 255)))
        index += 2
    try:
        return pairs.decode("cp932")
    except UnicodeDecodeError:
        _note(defects, "bytes that are no text in the declared charset")
        return pairs.decode("cp932", "replace")


def _wide(data: bytes, name: str, defects: list[str] | None) -> str:
    """UTF-16/32; without a byte order mark the place of the zero bytes tells the order (RFC 2781 would say big)."""
    if name == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        head = data[:2000]
        name = "utf-16-be" if head[::2].count(0) >= head[1::2].count(0) else "utf-16-le"
        if not head.count(0) and data.isascii():  # the label is wrong: these are single bytes
            _note(defects, "charset label missing or wrong")
            return data.decode("ascii")
    try:
        return data.decode(name)
    except (UnicodeDecodeError, ValueError):
        _note(defects, "bytes that are no text in the declared charset")
        return data.decode(name, "replace")


def _labelled(data: bytes, name: str, defects: list[str] | None) -> str:
    """Bytes with a label that is neither UTF-8 nor Latin-1."""
    try:
        as_utf8: str | None = data.decode("utf-8")
    except UnicodeDecodeError:
        as_utf8 = None
    if as_utf8 is not None and (name not in _EAST_ASIAN or max(as_utf8) >= "\u0800"):
        # Three-byte sequences do not come out right by chance; two-byte ones do in short Korean words.
        _note(defects, "charset label missing or wrong")
        return as_utf8
    try:
        return data.decode(name)
    except (UnicodeDecodeError, ValueError):
        pass
    replaced = data.decode(name, "replace")
    if replaced.count("\ufffd") * 20 <= sum(c > "\x7f" for c in replaced):  # a few broken characters, not a wrong label
        _note(defects, "bytes that are no text in the declared charset")
        return replaced
    return _unlabelled(data, None, defects)


def _unlabelled(data: bytes, declared: str | None, defects: list[str] | None) -> str:
    """8-bit bytes that are not UTF-8: the most plausible charset."""
    _note(defects, "charset label missing or wrong")
    as_utf8 = data.decode("utf-8", "replace")
    replaced = as_utf8.count("\ufffd")
    good = len(as_utf8) - replaced - len(data.translate(None, _EIGHT_BIT))
    if good and not as_utf8[:-3].count("\ufffd") and as_utf8.endswith("\ufffd"):  # cut inside its last character
        return as_utf8.rstrip("\ufffd")
    if good and replaced * 10 <= good:  # UTF-8 that was cut or scratched
        return as_utf8
    long = _long_share(data) >= 0.5
    best, best_score = "", 0.0
    for name in _EAST_ASIAN if long else _KANA:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        score = _plausible(text, name)
        if score > best_score:
            best, best_score = text, score
    if best_score > (0.5 if long else 0.8):
        return best
    if long and declared in (None, "utf-8"):
        korean = data.decode("cp949", "replace")
        if _plausible(korean, "cp949") > 0.7:
            return korean
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


_EIGHT_BIT = bytes(range(128, 256))


def _long_share(data: bytes) -> float:
    """Share of the 8-bit bytes in runs of four or more: Western text has one or two in a row, East Asian has words."""
    runs = re.findall(rb"[\x80-\xff]+", data[:20000])
    total = sum(map(len, runs))
    return sum(len(run) for run in runs if len(run) >= 4) / total if total else 0.0


@lru_cache(maxsize=1)
def _common_hangul() -> frozenset[str]:
    """The 2,350 syllables of KS X 1001; the other 8,822 of cp949 hardly occur in running text."""
    rows = (bytes((a, b)) for a in range(0xB0, 0xC9) for b in range(0xA1, 0xFF))
    return frozenset(row.decode("cp949") for row in rows)


def _plausible(text: str, name: str) -> float:
    """How much of the non-ASCII text is what people write in that charset, 0 to 1."""
    hangul = _common_hangul()
    total = good = kana = 0
    for c in text[:5000]:
        if c <= "\x7f":
            continue
        total += 1
        if "가" <= c <= "힣":
            good += name == "cp949" and c in hangul
        elif "\u3041" <= c <= "\u30fe":
            kana += 1
            good += name in ("cp932", "euc_jp")
        elif "\u4e00" <= c <= "\u9fff":
            good += name != "cp949"
        elif "\u3000" <= c <= "\u303f" or "\uff01" <= c <= "\uff5e" or "\u2010" <= c <= "\u25ff":
            good += 1
    if not total:
        return 0.0
    score = good / total
    if name in ("cp932", "euc_jp"):  # Japanese without kana is not Japanese
        return score if kana * 10 >= total else score * 0.5
    if name == "cp949":
        return score * 1.1  # this program's users
    return score * (0.9 if name == "gb18030" else 0.85)


# --- RFC 2047 ---------------------------------------------------------------------------------------------------

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,4000}(?:\?(?!=)[^?]{0,200}){0,4})\?=")


def decode_words(text: str) -> str:
    """`text` with its RFC 2047 encoded-words decoded.

    Neighbouring words of one charset are joined as bytes first: mailers split inside a Hangul byte pair.
    """
    out: list[str] = []
    pending: list[tuple[str, str]] = []  # (encoding, payload) of neighbouring words of one charset
    charset = ""
    position = 0
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        label = word[1].lower()
        if pending and (label != charset or between.strip()):
            out.append(decode(_word_bytes(pending), charset))
            pending = []
            if not between.strip():
                between = ""
        elif pending:
            between = ""
        out.append(between)
        charset = label
        pending.append((word[2].lower(), word[3]))
        position = word.end()
    if pending:
        out.append(decode(_word_bytes(pending), charset))
    out.append(text[position:])
    return "".join(out)


def _word_bytes(words: list[tuple[str, str]]) -> bytes:
    out = bytearray()
    base64 = ""
    for encoding, payload in words:
        if encoding == "b":
            base64 += payload
            if base64.endswith("=") or len(base64) % 4 == 0:
                out += from_base64(base64.encode("utf-8", "replace"))
                base64 = ""
            continue
        out += from_base64(base64.encode("utf-8", "replace"))
        base64 = ""
        out += binascii.a2b_qp(payload.encode("utf-8", "replace"), header=True)
    return bytes(out + from_base64(base64.encode("utf-8", "replace")))


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


def from_base64(data: bytes) -> bytes:
    """Base64 decoded as far as it goes: foreign characters skipped, missing padding added, several streams joined."""
    if not data:
        return b""
    end = data.find(b"=")
    if end < 0 or (len(data) - end <= 1000 and not data[end:].strip(b"=\r\n\t ")):
        try:  # one stream: decoded without a copy, line ends and foreign characters are skipped
            return binascii.a2b_base64(data)
        except binascii.Error:
            pass
    data = data.translate(None, _NOT_BASE64)
    out = bytearray()
    for stream in data.split(b"="):
        if len(stream) % 4 == 1:
            stream = stream[:-1]
        if stream:
            out += binascii.a2b_base64(stream + b"=" * (-len(stream) % 4))
    return bytes(out)


def unknown_bytes(data: bytes) -> str:
    """A header value that should have been ASCII."""
    return data.decode("ascii") if data.isascii() and b"\x1b" not in data else decode(data)


# --- what nobody sees -------------------------------------------------------------------------------------------

# Format characters (Cf), combining grapheme joiner, Hangul fillers, variation selectors, lone surrogates,
# noncharacters, and control characters except tab and line feed (`html` uses some as marks). Written out, because
# asking `unicodedata` for a million characters takes a third of a second at every start; a test compares the two.
INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u115f-\u1160"
    r"\u17b4-\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e01ef]+"
)
UNSEEN_BUT_PRINTABLE = re.compile("[\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_ENDS = re.compile("[\u2028\u2029\u0085\x0b\x0c]")
_PLAIN_ASCII = bytes(range(32, 127)) + b"\t\n"


def clean(text: str) -> str:
    """NFC text with LF line ends, plain spaces, and without characters that no reader sees."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        if not text.encode("ascii").translate(None, _PLAIN_ASCII):
            return text
    else:
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        flat = text.replace("\n", "").replace("\t", "")
        if flat.isprintable() and not UNSEEN_BUT_PRINTABLE.search(flat):  # five times as fast as the three patterns
            return text
        if _SPACES.search(text):
            text = _SPACES.sub(" ", text)
    if _LINE_ENDS.search(text):
        text = _LINE_ENDS.sub("\n", text)
    return INVISIBLE.sub("", text) if INVISIBLE.search(text) else text


def one_line(text: str) -> str:
    """Cleaned text of a header field: runs of white space are one space."""
    if text.isprintable() and (
        text.isascii() or (unicodedata.is_normalized("NFC", text) and not UNSEEN_BUT_PRINTABLE.search(text))
    ):
        return " ".join(text.split())
    return " ".join(clean(text).split())
