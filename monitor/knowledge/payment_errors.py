"""How payments fail, and what people call a way of paying: the loader of `payment_errors.toml`.

In charge of giving the phrases in the order of the file, folded once. It reads no mail: `case` does.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.knowledge.words import KnowledgeError

FILE = Path(__file__).with_name("payment_errors.toml")


@dataclass(frozen=True, slots=True)
class Method:
    """A way of paying. `payment`: a value of the rights table, "" where the words leave it open. `asks`: card, carrier
    or account: by what a customer centre finds such a payment."""

    payment: str
    asks: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaymentErrors:
    """The causes with their phrases (folded), the labels of error codes as one pattern, the ways of paying, and the
    names of phone companies."""

    causes: tuple[tuple[str, tuple[str, ...]], ...]
    code: re.Pattern[str]
    methods: tuple[Method, ...]
    carriers: tuple[str, ...]

    def method(self, text: str) -> Method | None:
        """The way of paying that a text names: the first of the file's order; None where it names none."""
        folded = fold(text)
        return next((one for one in self.methods if any(fold(word) in folded for word in one.words)), None)

    def carrier(self, text: str) -> str:
        """The phone company that a text names, "" where it names none."""
        for name in sorted(self.carriers, key=len, reverse=True):
            if re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text, re.IGNORECASE):
                return name
        return ""


def fold(text: str) -> str:
    """A text as phrases are compared: without blanks, in one case."""
    return "".join(text.split()).casefold()


@cache
def load() -> PaymentErrors:
    """The file, parsed once. Raises KnowledgeError where it cannot be read as such."""
    try:
        data = tomllib.loads(FILE.read_text("utf-8"))
        labels = sorted({label for spoken in data["labels"].values() for label in spoken}, key=len, reverse=True)
        # a code has a digit or is written in capitals: "error code: please" is none
        code = r"[A-Z0-9][A-Z0-9_.\-]{1,29}(?![A-Za-z0-9])"
        pattern = rf"(?i:{'|'.join(re.escape(label) for label in labels)})[\s:：#=(\[]{{0,6}}({code})"
        return PaymentErrors(
            causes=tuple(
                (cause["id"], tuple(fold(phrase) for key, spoken in cause.items() if key != "id" for phrase in spoken))
                for cause in data["cause"]
            ),
            code=re.compile(pattern),
            methods=tuple(Method(one["payment"], one["asks"], tuple(one["words"])) for one in data["method"]),
            carriers=tuple(data["carriers"]["names"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as wrong:
        raise KnowledgeError(f"{FILE.name}: cannot be read: {wrong}") from None
