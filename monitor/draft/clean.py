"""Values from mails and from the user made fit to stand in a text: one line, no card data, no secrets.

In charge of what may never leave in a letter, whatever a mail says: full card numbers, expiry dates and check codes,
passwords and one-time codes, resident registration numbers. It changes values, never our own sentences.
"""

from __future__ import annotations

import re

from monitor import render

# A word for a secret and what follows it. Latin words want a sign or a digit after them, so that a "pin badge" and a
# "password manager" keep their names; Korean ones want a Latin letter or a digit in the next word, so that a
# 비밀번호 도어락 keeps its.
_SECRETS = (
    re.compile(
        r"(?i)(?:카드\s?)?(?:유효\s?기간|만료일?|\bexp(?:iry|ires|iration)?\b(?:\s*date)?|\bvalid\s*(?:thru|until|to)\b"
        r"|gültig\s+bis|expire\s+le|caduca|有効期限|有效期)\s*[:：.]?\s*[0-9]{2}\s*[/\-.]\s*[0-9]{2,4}(?![0-9])"
    ),
    re.compile(
        r"(?i)(?:비밀\s?번호|비번|암호|인증\s?번호|보안\s?코드|暗証番号|パスワード|密码)"
        r"\s*(?:는|은|이|가|を|は|是)?\s*[:：=]?\s*[^\s,;]*[0-9A-Za-z][^\s,;]*"
    ),
    re.compile(r"(?i)\b(?:pass(?:word|wort|code|phrase)|mot de passe|contraseña)\s*(?:is|ist|est|es|[:=])\s*\S+"),
    re.compile(r"(?i)\b(?:cv[cvn]2?|pin(?:\s?code)?|otp|one[- ]time\s+(?:code|password))\s*[:=#]?\s*[0-9]{3,8}\b"),
)


def said(value: str, limit: int) -> str:
    """A value from a mail, or words of the user, as a text may repeat them: one line of at most `limit` characters."""
    text = render.mask_cards(render.one_line(value, limit * 2))
    for secret in _SECRETS:
        text = secret.sub(" ", text)
    text = render.RESIDENT.sub(render.HIDDEN_RESIDENT, text)
    text = re.sub(r"\(\s*[,;:]?\s*\)", " ", text)  # brackets that held nothing but a secret
    text = " ".join(text.split()).strip(" ,;:")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def number(value: str, limit: int = 60) -> str:
    """An order or tracking number. Only what has a card's or, with its check digit, a resident's shape is hidden.

    Order numbers made of a date and a counter look like resident numbers; a wrong check digit tells most of them apart.
    """
    text = render.code(value, limit)
    return render.RESIDENT.sub(lambda found: render.HIDDEN_RESIDENT if _checks(found.group()) else found.group(), text)


# Issuers' numbers begin with 2 to 6 (ISO/IEC 7812; domestic Korean cards with 9) and have 14 to 16 digits, rarely 19.
_CARD = re.compile(r"(?<![\w-])[2-69](?:[ \-]?[0-9]){13,15}(?:[ \-]?[0-9]{3})?(?![\w-])")


def typed_secret(text: str, known: str) -> bool:
    """Whether a text that the user typed holds a whole card number or a resident number.

    What stands in `known` (the text as it was drafted) is none: order numbers can look like either.
    """
    there = re.sub(r"[ \-]", "", known)
    cards = (found for found in _CARD.findall(text) if render.mask_cards(found) != found)
    return any(re.sub(r"[ \-]", "", found) not in there for found in (*cards, *render.RESIDENT.findall(text)))


def _checks(value: str) -> bool:
    """The check digit of resident registration numbers given out before October 2020 (later ones have none)."""
    digits = [int(sign) for sign in value if sign.isdigit()]
    if len(digits) != 13:
        return False
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    return (11 - sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11) % 10 == digits[12]
