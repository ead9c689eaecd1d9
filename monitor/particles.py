"""Korean particles that change with the sound before them: "신한카드를", "페이팔로", "'12'는", "CJ와".

In charge of the notations "을(를)", "(으)로" and the like, which stand in our texts behind a name that is only put in
later. How Latin letters and digits are read aloud is a rule of thumb; what nobody can read keeps its notation.
"""

from __future__ import annotations

import re
import unicodedata

# notation -> what follows a consonant, what follows a vowel; 로 also follows ㄹ
_FORMS = {
    "을(를)": ("을", "를"), "를(을)": ("을", "를"), "은(는)": ("은", "는"), "는(은)": ("은", "는"),
    "이(가)": ("이", "가"), "가(이)": ("이", "가"), "과(와)": ("과", "와"), "와(과)": ("과", "와"),
    "(으)로": ("으로", "로"), "(이)라": ("이라", "라"), "(이)며": ("이며", "며"), "(이)나": ("이나", "나"),
}  # fmt: skip
_NOTATION = re.compile("|".join(map(re.escape, _FORMS)))
_CLOSING = "\"'”’`」』>»"
_RIEUL = 8  # place of ㄹ among the final consonants of a Hangul syllable
_DIGITS = {"0": 21, "1": _RIEUL, "2": 0, "3": 16, "4": 0, "5": 0, "6": 1, "7": _RIEUL, "8": _RIEUL, "9": 0}
_LETTERS = {"l": _RIEUL, "r": _RIEUL, "m": 16, "n": 4}  # read one by one: 엘, 알, 엠, 엔; all others end in a vowel
_VOWELS = "aeiouy"


def resolved(text: str) -> str:
    """`text` with each notation replaced by the particle that fits the word before it."""
    if "(" not in text:
        return text
    made = ""
    start = 0
    for found in _NOTATION.finditer(text):
        made += text[start : found.start()]
        final = final_sound(made)
        if final is None:
            made += found[0]
        else:
            consonant, vowel = _FORMS[found[0]]
            soft = final == 0 or (final == _RIEUL and found[0] == "(으)로")
            made += vowel if soft else consonant
        start = found.end()
    return made + text[start:]


def final_sound(text: str) -> int | None:
    """The final consonant with which the last word is read: its place in Unicode's list, 0 for none, None if unknown.

    Quotation marks do not count, nor does what stands in brackets behind the word.
    """
    word = _bare(text)
    last = word[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if last in _DIGITS:
        return _DIGITS[last]
    if last.isascii() and last.isalpha():
        return _latin(re.split(r"[^A-Za-z]", word)[-1])
    if unicodedata.name(last, "").startswith(("HIRAGANA", "KATAKANA")) if last else False:
        return 4 if last in "んン" else 0
    return None


def _bare(text: str) -> str:
    text = text.rstrip(_CLOSING + " ")
    while text.endswith(")") and "(" in text:
        before = text[: text.rindex("(")].rstrip(_CLOSING + " ")
        if not before:
            break
        text = before
    return text.rstrip(")")


def _latin(word: str) -> int:
    """How a Latin word ends when it is said in Korean: "KT" by its letters, "PayPal" 페이팔, "Amazon" 아마존."""
    low = word.lower()
    if word.isupper() or len(word) == 1:
        return _LETTERS.get(low[-1], 0)
    if low.endswith("le") and len(low) > 2 and low[-3] not in _VOWELS:
        return _RIEUL  # Apple, Google
    if low.endswith("ng"):
        return 21
    if low[-1] in ("l", "m", "n"):
        return {"l": _RIEUL, "m": 16, "n": 4}[low[-1]]
    if low.endswith("ck"):
        return 1  # Slack
    if low[-1] in "bckpt" and len(low) > 1 and low[-2] in _VOWELS:
        return {"b": 17, "c": 1, "k": 1, "p": 17, "t": 19}[low[-1]]  # Market, shop
    return 0
