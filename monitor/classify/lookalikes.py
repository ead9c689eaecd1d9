"""Who pretends to be a known shop. In charge of comparing a sender's name and domain with those of the shops in
`knowledge`. What becomes of the mail is up to others: a domain made to be mistaken for another is proof enough, a
shop's name before a foreign address is not, because shops do send through others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from monitor.knowledge import Knowledge, domains, names
from monitor.knowledge.phrases import squeeze
from monitor.types import Header

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
    labels = {domains.label(domain) for domain in knowledge.shops.by_domain} - {""}
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
    domain = header.sender.domain
    if _trusted(domain, knowledge):
        return None
    brands = _brands(knowledge)
    label = domains.label(domain) or domain.partition(".")[0]
    if label in brands.labels:  # the same name under another ending: most shops have several
        return None
    shown = _decoded(label)
    mixed = not shown.isascii() and any("a" <= letter <= "z" for letter in shown) and _skeleton(shown).isascii()
    if shown != label and (mixed or _skeleton(shown) in brands.labels):
        return "its domain is written with letters that look like others"
    plain = _skeleton(label)
    parts = brands.labels & {plain, *plain.split("-")}
    if plain != label and any(len(part) >= SHORTEST and part not in label for part in parts):
        return "its domain is a known shop's with letters replaced by others that look like them"
    if len(label) >= SHORTEST and _one_off(label, brands):
        return "its domain is a known shop's with one letter changed"
    tokens = set(re.split(r"[.-]", domain)) & brands.labels
    written = squeeze(header.sender.name)
    if any(len(token) >= 3 and token in written for token in tokens):
        return "a known shop's name stands in a domain that is not that shop's"
    return None


def by_name(header: Header, knowledge: Knowledge) -> str | None:
    """Why the sender's display name is a known shop's though his address is not; None if it is not."""
    domain = header.sender.domain
    if not domain or _trusted(domain, knowledge) or domains.is_platform(domain):
        return None
    brands = _brands(knowledge)
    name = squeeze(names.own_name(header.sender.name)) or squeeze(header.sender.name)
    for ending in ("com", "cojp", "couk", "kr", "de"):
        if name.removesuffix(ending) in brands.names:
            name = name.removesuffix(ending)
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


def _one_off(label: str, brands: _Brands) -> bool:
    """Whether one letter more, less or other makes the label a known one."""
    if len(label) > 40:
        return False
    if label in brands.without_one:
        return True
    shorter = {label[:at] + label[at + 1 :] for at in range(len(label))}
    if any(len(one) > SHORTEST and one in brands.labels for one in shorter):
        return True
    return len(label) > SHORTEST and (label in brands.near or any(one in brands.near for one in _masked(label)))


def _masked(label: str) -> list[str]:
    return [f"{label[:at]}*{label[at + 1 :]}" for at in range(len(label))]


def _exchanged(label: str) -> list[str]:
    return [
        f"{label[:at]}{label[at + 1]}{label[at]}{label[at + 2 :]}"
        for at in range(len(label) - 1) if label[at] != label[at + 1]
    ]  # fmt: skip
