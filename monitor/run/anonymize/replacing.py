"""What an original is replaced with: of the same length, of the same kinds of characters, always the same.

In charge of the replacements and of putting them into a text. Parcel numbers keep their shape and their check digit
where the format is known. Nothing is derived from the original: from a replacement no way leads back.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from monitor.extract.tracking import passes
from monitor.knowledge import tracking
from monitor.run.anonymize.originals import Original

# Characters that every usual charset of their script can write.
_HANGUL = "가나다라마바사아자차카타파하거너더러머버서어저고노도로모보소오조초코토포호구누두루무부수우주"
_KANJI = "山川田中林森木石水火土金大小上下東西南北天地日月"
_HAN = frozenset(_KANJI)
_HIRAGANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほ"
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
_WIDE = "０１２３４５６７８９"
_KEPT_WORDS = re.compile(r"[A-Za-z]{1,3}(?=[-_]?\d)")


class Replacements:
    """The replacements of one mail."""

    def __init__(self, found: Sequence[Original], source: random.Random) -> None:
        self._source = source
        self._made: dict[str, str] = {}
        self._tight: dict[str, str] = {}  # numbers without the spaces and hyphens that group them
        self._parcels = {_tight(original.text) for original in found if original.form == "tracking"}
        for original in found:
            self._make(original)
        # links write other scripts and signs in their own way
        forms = {**self._made, **{quote(text, safe=""): quote(made, safe="") for text, made in self._made.items()}}
        self._pattern = _pattern(forms)
        self._folded = {text.casefold(): made for text, made in forms.items()}

    def __len__(self) -> int:
        return len(self._made)

    @property
    def originals(self) -> Mapping[str, str]:
        """original -> replacement."""
        return self._made

    def apply(self, text: str) -> str:
        """A text with every original in it replaced, the longest first, none twice."""
        return self._pattern.sub(self._of, text) if self._pattern is not None else text

    def _of(self, match: re.Match[str]) -> str:
        made = self._made.get(match[0])
        return made if made is not None else _in_case_of(match[0], self._folded.get(match[0].casefold(), match[0]))

    def _make(self, original: Original) -> None:
        text = original.text
        maker: Callable[[str], str] = self._characters
        if original.form in ("tracking", "number"):
            maker = self._grouped
        elif original.form == "email":
            maker = self._email
        for _ in range(40):
            made = self._inside(text) or maker(text)
            if made.casefold() != text.casefold():
                self._made[text] = made
                return
            maker = self._characters

    def _inside(self, text: str) -> str:
        """A name's word as it was replaced within the whole name ("Mina" of "Mina Park")."""
        for known, made in self._made.items():
            words, new = known.split(), made.split()
            if len(words) == len(new) and text in words:
                return new[words.index(text)]
        return ""

    def _characters(self, text: str) -> str:
        return "".join(map(self._character, text))

    def _character(self, sign: str) -> str:
        choose = self._source.choice
        if sign.isascii():
            if sign.isdigit():
                return choose("123456789")
            if sign.isupper():
                return choose("ABCDEFGHJKLMNPRSTUVWXYZ")
            return choose("abcdefghijklmnoprstuvwxyz") if sign.islower() else sign
        if "\uac00" <= sign <= "\ud7a3":
            return choose(_HANGUL)
        if "\u4e00" <= sign <= "\u9fff":
            return choose(_KANJI)
        if "\u3041" <= sign <= "\u3096":
            return choose(_HIRAGANA)
        if "\u30a1" <= sign <= "\u30fa":
            return choose(_KATAKANA)
        if sign in _WIDE:
            return choose(_WIDE[1:])
        if sign.isalpha():
            return choose("AEIMNORST") if sign.isupper() else choose("aeimnorst")
        return sign

    def _grouped(self, text: str) -> str:
        """A number written with or without hyphens and spaces is the same number."""
        tight = _tight(text)
        if tight not in self._tight:
            self._tight[tight] = self._parcel(tight) if tight in self._parcels else self._number(text)
        signs = iter(_tight(self._tight[tight]))
        return "".join(sign if sign in " -" else next(signs) for sign in text)

    def _number(self, text: str) -> str:
        """Digits anew, a short prefix of letters kept: it is the shop's; all else anew."""
        if any(map(str.isdigit, text)) and (prefix := _KEPT_WORDS.match(text)):
            return prefix[0] + self._characters(text[prefix.end() :])
        return self._characters(text)

    def _email(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        name, _, ending = domain.rpartition(".")
        return f"{self._characters(local)}@{self._characters(name)}.{ending}"

    def _parcel(self, text: str) -> str:
        """A parcel number of the same formats: the letters and the first two digits stay, the check digit fits."""
        shapes = [shape for shape in tracking.formats().formats if shape.algorithm and passes(text, shape)]
        kept = 0
        digits = [at for at, sign in enumerate(text) if sign.isdigit()]
        for _ in range(20_000 if shapes else 1):
            signs = list(text)
            for at in digits[2 if len(digits) > 6 else kept :]:
                signs[at] = self._source.choice("0123456789")
            made = "".join(signs)
            if made != text and all(passes(made, shape) for shape in shapes):
                return made
        return self._characters(text)


def _tight(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _in_case_of(like: str, text: str) -> str:
    return text.upper() if like.isupper() else text.lower() if like.islower() else text


def _pattern(made: Mapping[str, str]) -> re.Pattern[str] | None:
    """All originals in one pattern, the longest first: words only where they stand as words."""
    if not made:
        return None
    pieces = []
    for text in sorted(made, key=len, reverse=True):
        start = r"(?<![A-Za-z0-9])" if text[0].isascii() and text[0].isalnum() else ""
        end = r"(?![A-Za-z0-9])" if text[-1].isascii() and text[-1].isalnum() else ""
        flexible = r"\s{1,20}".join(re.escape(word) for word in text.split(" "))
        pieces.append(f"{start}{flexible if len(text) < 80 else re.escape(text)}{end}")
    return re.compile("|".join(pieces), re.IGNORECASE)
