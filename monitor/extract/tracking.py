"""Parcels: tracking numbers and the carrier that a mail names.

In charge of numbers behind a label, numbers in running text that pass a carrier's check digit beside that carrier's
name, and numbers in links to carriers. The shapes and names stand in `knowledge/tracking.toml`; here are the check
digit rules. Opens no link, asks no carrier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from monitor import money
from monitor.extract.context import Context, quoted
from monitor.extract.pairs import Pair
from monitor.extract.phrases import Phrases, lower
from monitor.extract.words import fold
from monitor.knowledge import patterns
from monitor.knowledge import tracking as known
from monitor.knowledge.patterns import Worded
from monitor.types import Kind, Mail, Stated


class Parcels(NamedTuple):
    """What a mail says of its parcels."""

    numbers: tuple[Stated[str], ...] = ()
    carrier: Stated[str] | None = None
    parcels: Stated[int] | None = None


# --- check digits ----------------------------------------------------------------------------------------------------


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]


def _mod7_last(number: str) -> bool:
    return number.isdigit() and int(number[:-1]) % 7 == int(number[-1])


def _s10(number: str) -> bool:
    digits = _digits(number)
    check = 11 - sum(d * w for d, w in zip(digits[:8], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(check, check) == digits[8]


def _ups(number: str) -> bool:
    values = [int(c) if c.isdigit() else (ord(c) - 3) % 10 for c in number[2:]]
    total = sum(v * 2 if i % 2 else v for i, v in enumerate(values[:-1]))
    return (10 - total % 10) % 10 == values[-1]


def _weighted(even: int, odd: int) -> Callable[[str], bool]:
    """Mod 10 with weights by position, counted from 0 at the first digit."""

    def check(number: str) -> bool:
        digits = _digits(number)
        total = sum(d * (odd if i % 2 else even) for i, d in enumerate(digits[:-1]))
        return (10 - total % 10) % 10 == digits[-1]

    return check


def _reversed_3_1(number: str) -> bool:
    """USPS IMpb: mod 10, weights 3 and 1 from the right; the routing prefix 420 + ZIP is no part of it."""
    if number.startswith("420") and len(number) > 26:
        number = number[-22:]
    digits = _digits(number)
    total = sum(d * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == digits[-1]


def _fedex(weights: tuple[int, ...]) -> Callable[[list[int], int], bool]:
    def check(serial: list[int], last: int) -> bool:
        total = sum(d * weights[i % len(weights)] for i, d in enumerate(serial))
        return total % 11 % 10 == last

    return check


def _fedex12(number: str) -> bool:
    digits = _digits(number)
    return _fedex((3, 1, 7))(digits[:11], digits[11])


def _fedex34(number: str) -> bool:
    digits = _digits(number)
    return _fedex((1, 7, 3))(digits[20:33], digits[33])


def _fedex96(number: str) -> bool:
    digits = _digits(number)[-15:]
    total = sum(d * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == digits[-1]


def _mod37_36(number: str) -> bool:
    """ISO 7064 MOD 37,36."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    product = 36
    for character in number[:-1]:
        total = (product + alphabet.index(character)) % 36 or 36
        product = total * 2 % 37
    return (product + alphabet.index(number[-1])) % 36 == 1


def _ontrac(number: str) -> bool:
    digits = [4, *_digits(number)]
    total = sum(d * 2 if i % 2 else d for i, d in enumerate(digits[:-1]))
    return (10 - total % 10) % 10 == digits[-1]


ALGORITHMS: Mapping[str, Callable[[str], bool]] = {
    "mod7_last": _mod7_last,
    "s10": _s10,
    "ups": _ups,
    "mod10_1_2": _weighted(1, 2),
    "mod10_1_3": _weighted(1, 3),
    "mod10_3_1": _weighted(3, 1),
    "mod10_rev_3_1": _reversed_3_1,
    "fedex12": _fedex12,
    "fedex34": _fedex34,
    "fedex96": _fedex96,
    "luhn": money.passes_luhn,
    "mod37_36": _mod37_36,
    "ontrac_c": _ontrac,
}


def passes(number: str, shape: known.Format) -> bool:
    """Whether a number (no spaces, capitals) has the shape and passes its check digit, where there is one."""
    if not shape.regex.fullmatch(number):
        return False
    return not shape.algorithm or ALGORITHMS[shape.algorithm](number)


# --- reading ---------------------------------------------------------------------------------------------------------

# Swiss Post sets dots: 99.00.123456.12345678
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.])\d{2}\.\d{2}\.\d{6}\.\d{8}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[A-Za-z0-9]{2,40}(?:[- ][A-Za-z0-9]{2,10}){0,9}(?![A-Za-z0-9])"
)
_WHOLE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z0-9]{8,40}|\d{2,6}(?:[- ]\d{2,6}){2,7}"
    r"|[A-Z]{2} \d{3,4} \d{3,4} \d{1,3} ?[A-Z]{2})(?![A-Za-z0-9])"  # "KV 1234 5678 5GB", as posts write it
)
_URL = re.compile(r"https?://([A-Za-z0-9.-]{3,100})(?::\d{1,5})?(/[^\s<>\"'|()]{0,400})?")
_IN_URL = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]{8,40}(?![A-Za-z0-9])")
_TRACK = Worded("<track>", re.IGNORECASE)
_GOING = (Kind.SHIPPED, Kind.DELIVERED, Kind.DELAYED)


@cache
def _by_name() -> Mapping[str, known.Carrier]:
    return {lower(name): carrier for carrier in known.formats().carriers.values() for name in carrier.names}


@cache
def _names() -> Phrases:
    return Phrases({"carrier": _by_name()})


@cache
def _by_domain() -> Mapping[str, known.Carrier]:
    return {domain: carrier for carrier in known.formats().carriers.values() for domain in carrier.domains}


def carrier_in(text: str) -> tuple[known.Carrier, str] | None:
    """The first carrier that a text names, and its name as written there."""
    for hit in _names().search(text):
        return _by_name()[lower(text[hit.start : hit.end])], text[hit.start : hit.end]
    return None


def read(mail: Mail, context: Context, order_number: str | None) -> Parcels:
    """Tracking numbers and carrier of a mail; () and None where it names none."""
    found: dict[str, Stated[str]] = {}
    order = fold(order_number or "")
    labelled = context.text.by_field.get("tracking_number", [])
    if context.kind is Kind.PAYMENT_RECEIPT and any(fold(pair.label) in patterns.words("slip") for pair in labelled):
        return Parcels()
    ranks = [rank for pair in labelled for name, rank in pair.fields if name == "tracking_number"]
    if ranks and min(ranks) < max(ranks):  # the shop's own number of a delivery, beside that of the carrier
        labelled = [pair for pair in labelled if ("tracking_number", min(ranks)) in pair.fields]
    for pair in labelled:
        for number in _numbers(pair):
            if fold(number) != order and not _of_the_shop(number, pair.quote, context):
                found.setdefault(fold(number), Stated(number, quoted(pair.quote, number), "generic"))
    beside = ""
    for reader in (_in_sentences, _listed, _unlabelled, _linked, _beside_carrier):
        if found:
            break
        for number, quote in reader(mail, context):
            if fold(number) != order and not _of_the_shop(number, quote, context):
                found.setdefault(fold(number), Stated(number, quoted(quote, number), "generic"))
                beside = quote
    carrier = _carrier(context, [p.quote for p in labelled] + [beside], bool(found))
    return Parcels(tuple(found.values())[:20], carrier)


_AND_ORDER = re.compile(r"\s{1,2}([^\d#№:]{2,40}?)\s?(?:[#№]|\b[Nn](?:o|r|°|º|úm)?\.?\s?)?\s?[A-Z]{0,4}\d")


def _of_the_shop(number: str, quote: str, context: Context) -> bool:
    """Whether a number is the shop's own of a shipment: "your shipment 100000512 for order 100000633"."""
    if len(number) > 12 or not number.isdigit():
        return False
    _, _, behind = quote.partition(number)
    match = _AND_ORDER.match(behind)
    return match is not None and any(
        "order" in hit.lists or "order_label" in hit.lists for hit in context.words.phrases.search(match[1])
    )


def _numbers(pair: Pair) -> Iterator[str]:
    """The tracking numbers of a labelled value; a carrier's name may stand before them."""
    value = pair.value[:300]
    for match in _NUMBER.finditer(value):
        parts = list(_parts(match[0]))
        yield from parts
        if parts and pair.how == "space":
            return


_PREFIXED = re.compile(r"[A-Z]{2} \d{8,12}")  # "MI 123456789": two letters of the carrier's, apart


def _parts(text: str) -> Iterator[str]:
    """One number written in groups, or several beside one another."""
    tight = re.sub(r"[ -]", "", text)
    groups = re.split(r"[ -]", text)
    if _PREFIXED.fullmatch(text):
        yield tight
        return
    if len(groups) > 1 and not (tight.isdigit() and len(tight) <= 34 and max(map(len, groups)) <= 6):
        known_whole = any(passes(tight.upper(), shape) for shape in known.formats().formats if shape.algorithm)
        if not known_whole:
            if "-" in text and " " not in text and _like(tight) and not tight.isdigit():
                yield text
                return
            for group in groups:
                if _like(group):
                    yield group
            return
    if _like(tight):
        yield tight


def _like(number: str) -> bool:
    digits = sum(map(str.isdigit, number))
    return (8 <= len(number) <= 40 and digits >= 6 and digits * 2 >= len(number)) or (
        len(number) >= 10 and digits >= 5 and number.upper() == number
    )


_LETTERED = re.compile(r"[0-9]?[A-Z]{1,4}\d{8,20}[A-Z]{0,3}")  # as carriers number: QM123456785GB, MI123456789
_AFTER = Worded(r"[^0-9A-Za-z\n]{0,4}(?:(?:<is>|<number_word>|code)\b[^0-9A-Za-z\n]{0,4})?")


def _in_sentences(mail: Mail, context: Context) -> Iterator[tuple[str, str]]:
    """ "mit dem Tracking-Code 00340...", "with the 7752... tracking code": a number on either side of its name."""
    places = context.text.places
    parcels = places("parcel_word") if context.kind in _GOING else []  # "your DPD parcel 15501234567890"
    for line, hit in (*places("tracking"), *parcels):
        text = line.text
        if not any(map(str.isdigit, text)):
            continue
        gap = _AFTER.re.match(text, hit.end)
        match = _NUMBER.match(text, gap.end() if gap else hit.end)
        if match is None:
            before = text[max(0, hit.start - 45) : hit.start].rstrip(" \"')")
            match = next((m for m in _NUMBER.finditer(before) if m.end() == len(before)), None)
            if match is not None:
                match = re.search(r"[A-Za-z0-9]{8,40}$", match[0])
        text = _without_words(match[0]) if match is not None else ""
        for number in _parts(text) if text else ():
            grouped = _GROUPED.fullmatch(text) is not None  # "parcel 4471-9920 left us"
            if "tracking" in hit.lists or sum(map(str.isdigit, number)) >= 10 or _LETTERED.fullmatch(number) or grouped:
                yield text if grouped and "tracking" not in hit.lists else number, line.raw
            break


_ALONE = re.compile(r"[-*•·\s]{0,4}(?:\d[.)]\s)?([A-Z0-9]{10,34})[,;.]?\s*")


def _listed(mail: Mail, context: Context) -> Iterator[tuple[str, str]]:
    """Several numbers, each alone on its line, right behind a line that speaks of parcels: "two parcels from X:"."""
    if context.kind not in _GOING:
        return
    lines = context.text.lines
    at = {line.number: index for index, line in enumerate(lines)}
    for line, _ in context.text.places("parcel_word"):
        found = []
        for below in lines[at.get(line.number, len(lines)) + 1 :]:
            match = _ALONE.fullmatch(below.text)
            if match is None or not _like(match[1]):
                break
            found.append((match[1], below.raw))
        if len(found) > 1:
            yield from found
            return


_GROUPED = re.compile(r"(?!(?:19|20)\d\d-\d\d-\d\d)\d{3,6}(?:-\d{3,6}){1,4}")


def _without_words(text: str) -> str:
    """A number in groups without the words of the sentence on either side: "1234 5678 9012 is"."""
    groups = re.split(r"([ -])", text)
    while len(groups) > 2 and not any(map(str.isdigit, groups[-1])):
        groups = groups[:-2]
    while len(groups) > 2 and not any(map(str.isdigit, groups[0])):
        groups = groups[2:]
    return "".join(groups)


def _unlabelled(mail: Mail, context: Context) -> Iterator[tuple[str, str]]:
    """ "Chronopost XY770340046FR": a number that passes the check digit of a format, beside a carrier's name; one
    in a shape with letters of its own right behind the carrier's name needs no check digit, nor does in a notice of
    dispatch a number of a carrier who is not known to have any."""
    lines = context.text.lines
    near = {line.number for line, _ in context.text.places("carrier")}
    if not near:
        return
    for at, line in enumerate(lines):
        around = [context.text.all_lines[0], *lines[:2]] if at == 0 else lines[at - 1 : at + 2]
        if len(line.text) > 600 or not any(each.number in near for each in around):
            continue
        if sum(map(str.isdigit, line.text)) < 8:
            continue
        for match in _WHOLE.finditer(line.text):
            number = re.sub(r"[ -]", "", match[0])
            shapes = [s for s in known.formats().formats if s.regex.fullmatch(number)]
            beside = carrier_in(line.text[max(0, match.start() - 30) : match.start()])
            right_before = line.text[max(0, match.start() - 24) : match.start()].rstrip(" :#-")
            named_with_it = (
                context.kind in _GOING
                and len(number) >= 10
                and beside is not None
                and lower(right_before).endswith(lower(beside[1]))
                and [s for s in shapes if s.carrier == beside[0].id and not s.algorithm]
            )
            if named_with_it:  # "CJ대한통운 6412...": a carrier who is not known to use check digits
                shapes = named_with_it
            elif beside is None or not number[:2].isalnum() or number.isdigit():
                shapes = [s for s in shapes if s.algorithm and ALGORITHMS[s.algorithm](number)]
            if not shapes:
                continue
            named = carrier_in(" ".join(each.text for each in around))
            if named is None:
                continue
            if any(s.carrier in ("", named[0].id) for s in shapes):
                yield number, line.raw


_LONG = re.compile(r"(?<![A-Za-z0-9./@-])(?=[A-Z0-9]{0,12}\d{6})[A-Z0-9]{10,34}(?![A-Za-z0-9@/-])")


def _beside_carrier(mail: Mail, context: Context) -> Iterator[tuple[str, str]]:
    """Of a notice of dispatch or delivery that labels nothing: the one long number in a line that names a carrier, or
    the one behind a word for parcels or tracking ("交给顺丰：SF12...", "suivi 6A12...")."""
    if context.kind not in _GOING:
        return
    seen: dict[str, str] = {}
    for line in dict.fromkeys(
        line for name in ("carrier", "tracking", "parcel_word") for line, _ in context.text.places(name)
    ):
        if len(line.text) > 400 or "http" in line.text:
            continue
        named = carrier_in(line.text)
        for match in _LONG.finditer(line.text):
            checked = [
                s for s in known.formats().formats if s.algorithm and s.regex.fullmatch(match[0])
                and (named is None or s.carrier in ("", named[0].id))
            ]  # fmt: skip
            if checked and not any(ALGORITHMS[shape.algorithm](match[0]) for shape in checked):
                continue  # a carrier's number by its shape, and a wrong one
            if _like(match[0]) and not (match[0].isdigit() and match[0][0] == "0" and len(match[0]) < 12):
                seen.setdefault(match[0], line.raw)
    if len(seen) == 1:
        yield from seen.items()


def _linked(mail: Mail, context: Context) -> Iterator[tuple[str, str]]:
    """Numbers in links: to a carrier's own pages, or shown in a line that speaks of tracking."""
    for line in context.text.lines:
        if "http" not in line.text:
            continue
        for match in _URL.finditer(line.text):
            host, path = match[1].casefold(), match[2] or ""
            if _carrier_of(host) or _TRACK.re.search(host) or (context.kind in _GOING and _TRACK.re.search(line.text)):
                yield from ((number, line.raw) for number in _in_url(path))
    for link in context.text.links:
        shown = _URL.match(link)
        if shown and _carrier_of(shown[1].casefold()):
            url = link.split()[0].replace("&amp;", "&")
            path = _URL.match(url)
            yield from ((number, url) for number in _in_url((path and path[2]) or ""))


def _in_url(path: str) -> Iterator[str]:
    for match in _IN_URL.finditer(path.replace("%20", "")):
        if _like(match[0]):
            yield match[0]
            return


@lru_cache(1024)
def _carrier_of(host: str) -> known.Carrier | None:
    """The carrier whose domain a host is or lies under."""
    parts = host.split(".")
    for start in range(max(0, len(parts) - 4), len(parts) - 1):
        if carrier := _by_domain().get(".".join(parts[start:])):
            return carrier
    return None


def _carrier(context: Context, quotes: list[str], tracked: bool) -> Stated[str] | None:
    """The carrier by its label, else the one named where the tracking number stands."""
    for pair in context.text.by_field.get("carrier", ()):
        if len(pair.value) < 120 and (named := carrier_in(pair.value)):
            return Stated(named[1], quoted(pair.quote), "generic")
    for quote in quotes:
        if quote and (named := carrier_in(quote)):
            return Stated(named[1], quoted(quote), "generic")
    if tracked or context.kind in _GOING:
        for line, hit in context.text.places("carrier"):
            if len(line.text) < 300 and hit.end - hit.start > 2:
                return Stated(line.text[hit.start : hit.end], quoted(line.raw), "generic")
    return None
