"""Who may come in: the password, sessions, tokens for other programs, and the tokens that every form carries.

Secrets are random and 256 bits long; the store keeps their SHA-256 only, the password as Argon2id (RFC 9106) with the
parameters that OWASP's Password Storage Cheat Sheet names for little memory. The first password needs a code that
stands in the terminal or the log of the service, so that no stranger in the network can claim a fresh page.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.store.words import PageKey

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from monitor.store import Store
    from monitor.web.site import Site

PASSWORD = "page.password"  # noqa: S105 - the name of a setting
SETUP = "page.setup"
"""Settings: the password's hash; the SHA-256 of the code with which the first one may be set."""

SESSION, API, CALENDAR = "session", "api", "calendar"
SHORTEST = 10  # characters of a password (NIST SP 800-63B asks for 8 with a second factor)
LONGEST = 200
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # without letters that are read for one another
_one_at_a_time = threading.Lock()  # a hash takes 19 MB: a flood of log-ins must not take many times that


def hashed(secret: str) -> str:
    """What the store keeps of a secret: its SHA-256 in hex. Enough, since secrets are random and long."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


# -- the password ---------------------------------------------------------------------------------------------------


def has_password(store: Store) -> bool:
    """Whether a password was set."""
    return store.get_setting(PASSWORD) is not None


def new_code(store: Store) -> str:
    """A new one-time code to set the first password with; earlier ones are void."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    code = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    store.set_setting(SETUP, hashed(code))
    return code


def code_fits(store: Store, code: str) -> bool:
    """Whether this is the set-up code; blanks, case and dashes don't matter."""
    letters = "".join(sign for sign in code.upper() if sign in _ALPHABET)[:12]
    kept = store.get_setting(SETUP)
    given = hashed(f"{letters[:4]}-{letters[4:8]}-{letters[8:]}")
    return kept is not None and hmac.compare_digest(kept, given)


def set_password(store: Store, password: str) -> None:
    """Keep a password; the set-up code is used up, and whoever is logged in has to log in again."""
    with _one_at_a_time:
        made = _hasher().hash(password)
    with store.transaction(durable=True):
        store.set_setting(PASSWORD, made)
        store.set_setting(SETUP, None)
        store.drop_keys(SESSION)


_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgbyhnujmikolp")
_COMMON = (
    "password", "passw0rd", "p@ssword", "passwort", "qwerty", "iloveyou", "letmein", "welcome", "admin", "dragon",
    "monkey", "football", "sunshine", "princess", "changeme", "default", "secret", "refund", "monitor", "samsung",
    "korea", "love", "test", "비밀번호", "사랑해", "tkfkdgo", "dkssud", "qlalfqjsgh",
)  # fmt: skip
"""Words at the head of the published lists of common passwords, and Korean ones as a Latin keyboard types them."""
FEWEST = 5  # signs of a password that do not follow from those before them


def easily_guessed(password: str) -> bool:
    """Whether a password is little but a row of the keyboard, a count, a repetition or a common word.

    NIST SP 800-63B 5.1.1.2 asks for no more than this and a length: no rules about kinds of signs.
    """
    text = password.casefold()
    for word in _COMMON:
        text = text.replace(word, word[0])
    surprises = 0
    for place, sign in enumerate(text):
        counted = place > 0 and _follows(text[place - 1], sign)
        woven = place > 2 and _follows(text[place - 2], sign) and _follows(text[place - 3], text[place - 1])
        again = any(
            place > length and sign == text[place - length] and text[place - 1] == text[place - 1 - length]
            for length in range(2, 7)
        )
        surprises += not (counted or woven or again)
    return surprises < FEWEST


def _follows(one: str, other: str) -> bool:
    """Whether two signs are the same, or stand beside each other in a count, the alphabet or a row of the keyboard."""
    return abs(ord(one) - ord(other)) <= 1 or any(one + other in row or other + one in row for row in _ROWS)


def forget_password(store: Store) -> str:
    """Forget the password and all sessions; returns the code with which a new one may be set."""
    with store.transaction(durable=True):
        store.set_setting(PASSWORD, None)
        store.drop_keys(SESSION)
        return new_code(store)


def password_fits(store: Store, password: str) -> bool:
    """Whether this is the password."""
    from argon2.exceptions import InvalidHashError, VerificationError

    kept = store.get_setting(PASSWORD)
    if kept is None or len(password) > LONGEST:
        return False
    with _one_at_a_time:
        try:
            return _hasher().verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


# -- keys -------------------------------------------------------------------------------------------------------------


def open_session(site: Site, name: str) -> str:
    """A new session; returns the secret for the cookie."""
    now = site.now()
    site.store.drop_keys(SESSION, expired_at=now)
    return _new(site, SESSION, name, timedelta(days=site.config.web.session_days))


def new_token(site: Site, kind: str, name: str) -> str:
    """A new token for another program (`API`) or a calendar (`CALENDAR`); it is shown once and never again."""
    return ("rm_" if kind == API else "") + _new(site, kind, name, None, "rm_" if kind == API else "")


def _new(site: Site, kind: str, name: str, life: timedelta | None, prefix: str = "") -> str:
    secret, now = secrets.token_urlsafe(32), site.now()
    site.store.add_key(PageKey(hashed(prefix + secret), kind, name[:80], now, None if life is None else now + life))
    return secret


def known(site: Site, secret: str, kind: str) -> PageKey | None:
    """The key with this secret, if it opens `kind` and is still good."""
    if not 20 <= len(secret) <= 200:
        return None
    return site.store.key(hashed(secret), kind, site.now())


# -- forms ------------------------------------------------------------------------------------------------------------


def csrf_token(site: Site, of: str) -> str:
    """What a form must carry to be believed: made from the cookie `of` that the browser holds (a signed double submit).

    See OWASP's Cross-Site Request Forgery Prevention Cheat Sheet.
    """
    return sign(site, "csrf", of)


def csrf_fits(site: Site, of: str, token: str) -> bool:
    """Whether a form carries the token that belongs to the cookie."""
    return bool(of) and hmac.compare_digest(csrf_token(site, of).encode(), token.encode("utf-8", "replace"))


def sign(site: Site, purpose: str, value: str) -> str:
    """HMAC-SHA256 (hex) of `value` for one purpose."""
    return hmac.new(site.secret, f"{purpose}\0{value}".encode(), "sha256").hexdigest()
