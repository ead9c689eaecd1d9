"""Mail domains: which are shared by many senders, and which part of one its owner registered.

In charge of `mail_domains.toml` and of the public suffix list, which is loaded when first asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "mail_domains.toml"


@cache
def _shared() -> tuple[frozenset[str], frozenset[str]]:
    data = tomllib.loads(_FILE.read_text("utf-8"))
    return frozenset(data["free_mail"]), frozenset(data["platforms"])


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # late: its list takes 60 ms and 4 MB

    return PublicSuffixList()


@lru_cache(4096)
def is_free_mail(domain: str) -> bool:
    """Whether everybody can have an address there."""
    return not _shared()[0].isdisjoint(within(domain))


def is_given_out(domain: str) -> bool:
    """Whether everybody can have an address right at this domain: at naver.com, but not at booking.naver.com, which
    is the house's own."""
    return domain in _shared()[0]


@lru_cache(4096)
def is_platform(domain: str) -> bool:
    """Whether mails from there are written in the name of the platform's customers."""
    return not _shared()[1].isdisjoint(within(domain))


def is_shared(domain: str) -> bool:
    """Whether the domain tells nothing of who writes."""
    return is_free_mail(domain) or is_platform(domain)


def within(domain: str) -> Iterator[str]:
    """The domain, and all above it: "a.b.example", "b.example", "example"."""
    while domain:
        yield domain
        domain = domain.partition(".")[2]


_SECOND = frozenset({
    "co", "com", "or", "ne", "go", "ac", "org", "net", "gov", "edu", "gr", "ad", "ed", "lg", "re", "pe", "ltd", "plc",
    "me", "nom", "asso", "gouv", "gen", "ind", "firm", "info", "biz", "web", "store", "shop", "in", "id",
})  # fmt: skip
"""Labels that stand before a country's own ending in public suffixes: enough to see that a domain needs the list."""


_GENERIC = frozenset({"co", "io", "ai", "tv", "me", "cc", "eu", "app", "gg", "to", "ly"})


def country(domain: str) -> str:
    """ISO 3166-1 by the ending of a domain; "" for endings that are used everywhere."""
    ending = domain.rpartition(".")[2].lower()
    if len(ending) != 2 or ending in _GENERIC or not ending.isascii() or not ending.isalpha():
        return ""
    return "GB" if ending == "uk" else ending.upper()


@lru_cache(4096)
def registrable(domain: str) -> str:
    """The part that its owner registered ("mail.shop.co.kr" -> "shop.co.kr"); "" where there is none."""
    domain = domain.strip(".").lower()
    if not domain or "." not in domain or len(domain) > 253 or " " in domain:
        return ""
    name, _, ending = domain.partition(".")
    if "." not in ending and not (len(ending) == 2 and name in _SECOND) and name and ending:
        return domain
    try:
        return str(_suffixes().privatesuffix(domain) or "")
    except (UnicodeError, ValueError, TypeError):
        return ""


def likely_label(domain: str) -> str:
    """`label` without the public suffix list: right for all domains whose ending has one label, or a usual second."""
    labels = domain.split(".")
    at = -3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND else -2
    return labels[at] if len(labels) >= -at else ""


def label(domain: str) -> str:
    """The name in a domain: what stands before its public suffix ("mail.shop.co.kr" -> "shop")."""
    return registrable(domain).partition(".")[0]
