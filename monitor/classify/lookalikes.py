"""Who pretends to be a known shop. In charge of comparing a sender's name and domain with those of the shops in
`knowledge`. What becomes of the mail is up to others: a domain made to be mistaken for another is proof enough, a
shop's name before a foreign address is not, because shops do send through others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from monitor.knowledge import Knowledge, domains, names
from monitor.knowledge.phrases import squeeze
from monitor.types import Address, Header

# endings that cost next to nothing, under which far more cheats than shops are found
_SELDOM = frozenset({
    "xyz", "top", "click", "work", "tk", "ml", "ga", "cf", "gq", "icu", "cyou", "buzz", "rest", "bond", "sbs", "cfd",
    "monster", "loan", "quest", "cam",
})  # fmt: skip
IN_DOMAIN = "a known shop's name stands in a domain that is not that shop's"
SHORTEST = 5  # letters of a name that one wrong letter can imitate without being a name of its own

# letters that look like Latin ones (UTS #39, the ones met in domain names), and digits that stand for letters
_CONFUSABLE = str.maketrans(
    "аеорсухіјѕԁһӏԛԝьαεορτυνικ0135789",
    "aeopcyxijsdhlqwbaeoptuvikolestbg",
)


@dataclass(frozen=True)
class _Brands:
    labels: frozenset[str]  # names in the domains of known shops
    names: frozenset[str]  # folded names of known shops
    without_one: frozenset[str]  # the labels with one letter left out
    near: frozenset[str]  # with one letter masked, or two neighbours exchanged


@cache
def _brands(knowledge: Knowledge) -> _Brands:
    labels = {domains.likely_label(domain) for domain in knowledge.shops.by_domain} - {""}
    long = {label for label in labels if len(label) > SHORTEST}
    return _Brands(
        frozenset(labels),
        frozenset(name for name in knowledge.shops.by_name if len(name) >= (2 if not name.isascii() else 4)),
        frozenset(label[:at] + label[at + 1 :] for label in long for at in range(len(label))),
        frozenset(one for label in long for one in (*_masked(label), *_exchanged(label))),
    )


def lookalike(header: Header, knowledge: Knowledge) -> str | None:
    """Why the sender seems to imitate a known shop, as a plain English sentence; None if he does not."""
    return by_domain(header, knowledge) or by_name(header, knowledge)


def by_domain(header: Header, knowledge: Knowledge) -> str | None:
    """Why the sender's domain seems made to be mistaken for that of a known shop; None if it does not."""
    return _by_domain(header.sender, knowledge)


@lru_cache(4096)
def _by_domain(sender: Address, knowledge: Knowledge) -> str | None:
    domain = sender.domain
    if _trusted(domain, knowledge):
        return None
    brands = _brands(knowledge)
    label = domains.label(domain) or domain.partition(".")[0]
    if label in brands.labels:  # the same name under another ending: most shops have several
        if len(label) >= SHORTEST and domain.rpartition(".")[2] in _SELDOM:
            return "its domain is a known shop's name under an ending that shops seldom have"
        return None
    shown = _decoded(label)
    mixed = not shown.isascii() and any("a" <= letter <= "z" for letter in shown) and _skeleton(shown).isascii()
    if shown != label and (mixed or _skeleton(shown) in brands.labels):
        return "its domain is written with letters that look like others"
    plain = _skeleton(label)
    parts = brands.labels & {plain, *plain.split("-")}
    if plain != label and any(len(part) >= SHORTEST and part not in label for part in parts):
        return "its domain is a known shop's with letters replaced by others that look like them"
    imitated = _one_off(label, brands) if len(label) >= SHORTEST else ""
    shown_name = squeeze(sender.name)
    if imitated and label.replace("-", "") in shown_name and imitated not in shown_name:
        return None  # he signs with the name that is his domain's: a name of its own that happens to be near
    if imitated and (len(imitated) == len(label) or imitated in shown_name):
        return "its domain is a known shop's with one letter changed"
    return None


def by_name(header: Header, knowledge: Knowledge) -> str | None:
    """Why the sender's display name is a known shop's though his address is not; None if it is not."""
    return _by_name(header.sender, knowledge)


@lru_cache(4096)
def _by_name(sender: Address, knowledge: Knowledge) -> str | None:
    domain = sender.domain
    if not domain or _trusted(domain, knowledge) or domains.is_platform(domain):
        return None
    brands = _brands(knowledge)
    name = squeeze(names.own_name(sender.name)) or squeeze(sender.name)
    for ending in ("com", "cojp", "couk", "kr", "de"):
        if name.removesuffix(ending) in brands.names:
            name = name.removesuffix(ending)
    tokens = set(re.split(r"[.-]", domain)) & brands.labels
    named = [token for token in tokens if len(token) >= 3 and (token in name or not name)]
    if named and domains.label(domain) not in brands.labels:
        return IN_DOMAIN
    if name in brands.names:
        label = domains.label(domain) or domain.partition(".")[0]
        if name in label.replace("-", "") or label in brands.labels:
            return None
        return "it bears a known shop's name, and its address is not that shop's"
    return None


def _trusted(domain: str, knowledge: Knowledge) -> bool:
    return not domain or bool(knowledge.shops.ids_for_domain(domain))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, IndexError, OverflowError):
        return label


def _skeleton(label: str) -> str:
    return label.casefold().translate(_CONFUSABLE).replace("rn", "m").replace("vv", "w")


def _one_off(label: str, brands: _Brands) -> str:
    """The known label from which this one differs by one letter more, less or other; "" if there is none."""
    if len(label) > 40:
        return ""
    shorter = {label[:at] + label[at + 1 :] for at in range(len(label))}
    if found := next((one for one in shorter if len(one) > SHORTEST and one in brands.labels), ""):
        return found
    if label not in brands.near and label not in brands.without_one and brands.near.isdisjoint(_masked(label)):
        return ""
    return next((known for known in brands.labels if len(known) > SHORTEST and _differ_by_one(label, known)), "")


def _differ_by_one(label: str, known: str) -> bool:
    if len(known) == len(label) + 1:
        return any(known[:at] + known[at + 1 :] == label for at in range(len(known)))
    return len(known) == len(label) and (
        label in _exchanged(known) or sum(a != b for a, b in zip(label, known, strict=True)) == 1
    )


def _masked(label: str) -> list[str]:
    return [f"{label[:at]}*{label[at + 1 :]}" for at in range(len(label))]


def _exchanged(label: str) -> list[str]:
    return [
        f"{label[:at]}{label[at + 1]}{label[at]}{label[at + 2 :]}"
        for at in range(len(label) - 1) if label[at] != label[at + 1]
    ]  # fmt: skip
