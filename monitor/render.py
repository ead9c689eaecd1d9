"""Turns values into words: the one Jinja environment, the message catalogs, Babel's formats.

In charge of finding templates (a checkout's `templates/`, or `monitor/_templates` of an installed wheel), of the texts
of `catalog/<language>.toml`, and of how money, days, moments and lists are written in a language. It decides nothing:
what is said is chosen by the stages, and every value from a mail reaches it cleaned by them (`one_line` is here for
that). Babel costs 55 ms to import and Jinja as much again: both are imported when first needed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor import particles
from monitor.money import CARD_GROUPS, passes_luhn
from monitor.types import Address, Judgement, Money, Span, Unit

if TYPE_CHECKING:
    from email.headerregistry import Address as MailAddress
    from email.policy import EmailPolicy

    from jinja2 import Environment

LANGUAGES: tuple[str, ...] = ("ko", "en")
"""Languages that have a catalog and every text, as ISO 639-1."""

LETTER_LANGUAGES: tuple[str, ...] = (*LANGUAGES, "ja", "de", "fr", "es", "zh")
"""Languages in which there are letters to sellers; money and days are written in each of them."""

# British English: "US$29.99" says which dollar it is, and "22 November 2026" cannot be read the other way round.
_LOCALE: Mapping[str, str] = {
    "ko": "ko_KR",
    "en": "en_GB",
    "ja": "ja_JP",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "zh": "zh_Hans_CN",
}
_DAY: Mapping[str, Mapping[str, str]] = {
    "long": {
        "ko": "y년 M월 d일 (E)",
        "en": "EEEE, d MMMM y",
        "ja": "y年M月d日(E)",
        "de": "EEEE, d. MMMM y",
        "fr": "EEEE d MMMM y",
        "es": "EEEE, d 'de' MMMM 'de' y",
        "zh": "y年M月d日（EEEE）",
    },
    "plain": {
        "ko": "y년 M월 d일",
        "en": "d MMMM y",
        "ja": "y年M月d日",
        "de": "d. MMMM y",
        "fr": "d MMMM y",
        "es": "d 'de' MMMM 'de' y",
        "zh": "y年M月d日",
    },
    "short": {
        "ko": "M월 d일 (E)",
        "en": "EEE d MMM",
        "ja": "M月d日(E)",
        "de": "EEE d. MMM",
        "fr": "EEE d MMM",
        "es": "EEE d MMM",
        "zh": "M月d日（EEE）",
    },
    "dated": {
        "ko": "y년 M월 d일 (E)",
        "en": "EEE d MMM y",
        "ja": "y年M月d日(E)",
        "de": "EEE d. MMM y",
        "fr": "EEE d MMM y",
        "es": "EEE d MMM y",
        "zh": "y年M月d日（EEE）",
    },
}
# The currency that readers of a language take for their own; all others are written with their code, after the number.
_OWN_MONEY: Mapping[str, tuple[str, str]] = {
    "ja": ("JPY", "円"),
    "de": ("EUR", " €"),
    "fr": ("EUR", " €"),
    "es": ("EUR", " €"),
    "zh": ("CNY", "元"),
}
_MOMENT: Mapping[str, str] = {"ko": "y년 M월 d일 (E) HH:mm", "en": "EEE d MMM y, HH:mm"}
_LIST: Mapping[str, str] = {"ko": ", ", "en": ", "}


class MissingMessage(KeyError):
    """A catalog has no such key, or the text wants a value that was not given: a mistake of ours, not of a mail."""


@lru_cache(maxsize=64)
def supported(language: str | None, default: str = "en") -> str:
    """The language to speak to someone who asked for `language` (any case, "ko-KR" too): itself, else `default`."""
    short = (language or "").replace("_", "-").partition("-")[0].lower()
    return short if short in LANGUAGES else default


def letter_language(language: str | None, default: str = "en") -> str:
    """`supported`, but with the languages in which there are letters to sellers."""
    short = (language or "").replace("_", "-").partition("-")[0].lower()
    return short if short in LETTER_LANGUAGES else default


@cache
def template_root() -> Traversable:
    """The folder of templates: `monitor/_templates` of an installed wheel, else `templates` beside the package."""
    package = resources.files("monitor")
    installed = package.joinpath("_templates")
    if installed.is_dir():
        return installed
    with resources.as_file(package) as folder:
        checkout: Traversable = folder.parent / "templates"
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"no templates: neither {installed} nor {checkout} is there")


@cache
def catalog(language: str) -> Mapping[str, str]:
    """All messages of a language: key -> text with named placeholders in braces."""
    text = template_root().joinpath("catalog", f"{language}.toml").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for key, value in tomllib.loads(text).items():
        if not isinstance(value, str):
            raise MissingMessage(f"{language}.toml: {key} is not a text; keys with dots stand in quotes")
        found[key] = value
    return found


def message(key: str, language: str, /, **values: object) -> str:
    """The text of `key` in `language` with its placeholders filled.

    Values are put in as they are: format money and days with the functions below first.
    Raises MissingMessage for a key or value that is not there, so that no half-filled text ever leaves.
    """
    try:
        text = catalog(supported(language))[key]
    except KeyError:
        raise MissingMessage(f"{language}: no message {key!r}") from None
    try:
        return particles.resolved(text.format_map(values))
    except KeyError as missing:
        raise MissingMessage(f"{language}: message {key!r} wants {missing}") from None


def has_message(key: str, language: str = "en") -> bool:
    """Whether the catalog knows `key`."""
    return key in catalog(supported(language))


def counted(key: str, count: int, language: str, /, **values: object) -> str:
    """The text of `key.one` or `key.other` with `{count}` filled: "1 order", "2 orders"."""
    form = "one" if count == 1 else "other"
    return message(f"{key}.{form}", language, count=count, **values)


def word(family: str, value: str, language: str) -> str:
    """The name of a coded value ("state", "paid"). One that no catalog knows is shown as it is, underscores opened."""
    key = f"{family}.{value}"
    if has_message(key, language):
        return message(key, language)
    if family == "rung" and (title := _rung_title(value, language)):
        return title
    return one_line(value.replace("_", " "))


def _rung_title(rung: str, language: str) -> str:
    """What a step of a ladder is called: what it does, else the title of its rule; "" for one that no rule knows."""
    from monitor.knowledge.rights import load_rights  # late: most texts name no step

    rule = load_rights().rules.get(rung)
    if rule is None:
        return ""
    act = f"act.{rule.text}"
    return (
        message(act, language) if has_message(act, language) else rule.title.get(language) or rule.title.get("en", "")
    )


def reason(judgement: Judgement, language: str, timezone: str) -> str:
    """Why an order is judged as it is, in one sentence: the text of `judgement.reason` with its values.

    Reason texts may use {due_on}, {overdue_days} and {silent_since}; where a judgement has no such value the key's
    plain form (`<key>.plain`, else "reason.plain") is taken, so a sentence never has a hole.
    """
    values: dict[str, object] = {"overdue_days": judgement.overdue_days}
    today = local_day(judgement.judged_at, timezone)
    if judgement.due_on is not None:
        values["due_on"] = day(judgement.due_on, language, "short", today)
    if judgement.silent_since is not None:
        values["silent_since"] = day(local_day(judgement.silent_since, timezone), language, "short", today)
    for key in (judgement.reason, f"{judgement.reason}.plain"):
        try:
            return message(key, language, **values)
        except MissingMessage:
            continue
    return message("reason.plain", language)


def local_day(moment_: datetime, timezone: str) -> date:
    """The calendar day of a moment in the user's time zone."""
    return moment_.astimezone(ZoneInfo(timezone)).date()


_BEYOND_FORMAT = Decimal(10) ** 18  # more digits than Babel's numbers hold; nobody pays such a sum


def money(value: Money, language: str) -> str:
    """An amount as a reader of the language expects it: "126,800원", "₩126,800", "US$29.99".

    No digit is rounded away: where the mail stated more decimals than the currency has, they are shown.
    """
    return _written_money(value, letter_language(language))


@lru_cache(4096)  # a text names the same few sums and days again and again; Babel takes 0.1 ms for each
def _written_money(value: Money, language: str) -> str:
    from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

    if abs(value.amount) >= _BEYOND_FORMAT or not value.amount.is_finite():
        return f"{value.amount:f} {value.currency}"
    exponent = value.amount.normalize().as_tuple().exponent
    stated = max(-exponent, 0) if isinstance(exponent, int) else 0
    decimals = max(get_currency_precision(value.currency), stated)
    number = "#,##0" + ("." + "0" * decimals if decimals else "")
    locale = _LOCALE[language]
    if language == "ko" and value.currency == "KRW":
        return str(format_currency(value.amount, "KRW", format=number, locale=locale, currency_digits=False)) + "원"
    if language in _OWN_MONEY:
        currency, sign = _OWN_MONEY[language]
        plain = str(format_currency(value.amount, value.currency, format=number, locale=locale, currency_digits=False))
        text = plain + (sign if value.currency == currency else f" {value.currency}")
        return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    symbol = get_currency_symbol(value.currency, locale=locale)
    sign = "¤ " if symbol[-1:].isalpha() else "¤"  # "CHF 12.00", but "US$12.00"
    text = format_currency(value.amount, value.currency, format=sign + number, locale=locale, currency_digits=False)
    return str(text).replace("\N{NO-BREAK SPACE}", " ")


def sums(values: Iterable[Money]) -> tuple[Money, ...]:
    """One sum per currency, in the order of the currency codes. Amounts of different currencies are never added up."""
    totals: dict[str, Decimal] = {}
    for value in values:
        totals[value.currency] = totals.get(value.currency, Decimal(0)) + value.amount
    return tuple(Money(totals[currency], currency) for currency in sorted(totals))


def day(value: date, language: str, style: str = "long", today: date | None = None) -> str:
    """A day: "long" (year and weekday), "plain" (year, no weekday), "short" (weekday, no year).

    A short day of another year than `today` (where that is given) says its year.
    """
    if style == "short" and today is not None and value.year != today.year:
        style = "dated"
    return _written_day(value, letter_language(language), style)


@lru_cache(4096)
def _written_day(value: date, language: str, style: str) -> str:
    from babel.dates import format_date

    text = str(format_date(value, _DAY[style][language], locale=_LOCALE[language]))
    return re.sub(r"(^|\s)1 (?=\D)", r"\g<1>1er ", text, count=1) if language == "fr" else text


def month(first: date, language: str) -> str:
    """A month with its year: "2026년 11월", "November 2026"."""
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMMM", first, locale=_LOCALE[supported(language)]))


def month_short(first: date, language: str) -> str:
    """A month's name as it stands below a bar: "11월", "Nov"."""
    from babel.dates import format_skeleton

    return str(format_skeleton("MMM", first, locale=_LOCALE[supported(language)]))


def moment(value: datetime, language: str, timezone: str) -> str:
    """A moment on the user's clock, with weekday and year; seconds are left out."""
    from babel.dates import format_datetime

    language = supported(language)
    return str(format_datetime(value, _MOMENT[language], tzinfo=ZoneInfo(timezone), locale=_LOCALE[language]))


def days(count: int, language: str) -> str:
    """A number of calendar days: "1 day", "9 days", "9일"."""
    return counted("unit.days", count, language)


def span(value: Span, language: str) -> str:
    """A length of time as a law or a seller states it: "3 business days", "3영업일"."""
    return counted(f"unit.{Unit(value.unit).value}", value.count, language)


def instalments(months: int, language: str) -> str:
    """The number of monthly payments: "6개월", "6 months"; 1 is one payment: "일시불", "in one payment"."""
    return counted("value.instalments", months, language)


def joined(values: Sequence[str], language: str, limit: int = 5) -> str:
    """Values in one line; more than `limit` are counted, not listed."""
    text = _LIST[supported(language)].join(values[:limit])
    return text if len(values) <= limit else message("list.more", language, listed=text, count=len(values) - limit)


_TAG = re.compile(r"<[^<>]{0,300}>")
_LINK = re.compile(r"(?i)\b(?:https?|ftp|javascript|data):\S+")
# Half hidden numbers. Hangul may stand right beside them ("카드1234-****-****-5678로"), Latin letters may not.
_HALF_HIDDEN = re.compile(r"(?<![A-Za-z0-9_*])[0-9*xX•●][0-9*xX•● \-]{10,28}[0-9](?![A-Za-z0-9_*])")
_BETWEEN_DIGITS = r"[ \t\u00a0\u2007\u202f\-\u2010-\u2015._/,:·]{0,3}"
_LONG_RUN = re.compile(rf"\d(?:{_BETWEEN_DIGITS}\d){{12,}}")
_GROUP = re.compile(r"\d+")


def one_line(value: str, limit: int = 120) -> str:
    """A value from a mail made fit for a letter, a header or a page: one line, no controls, no markup, no link.

    Tags and angle brackets go; a link becomes "[…]" so that no mail program makes it clickable. Else as `own_line`.
    """
    text = _TAG.sub(" ", _seen(value, limit)).replace("<", " ").replace(">", " ")
    return _cut(" ".join(_LINK.sub("[…]", text).split()), limit)


def own_line(value: str, limit: int = 120) -> str:
    """Words of the user's own in one line, as he wrote them: for pages and papers, which escape what they show.

    Unicode is composed (NFC); line breaks, control, format (direction marks, zero-width signs), private and unassigned
    characters become a blank or nothing; what is longer than `limit` characters is cut and marked.
    """
    return _cut(" ".join(_seen(value, limit).split()), limit)


def _seen(value: str, limit: int) -> str:
    text = unicodedata.normalize("NFC", value[: limit * 20])
    if text.isprintable():  # then none of these is in it
        return text
    return "".join(
        " " if character.isspace() or category in ("Cc", "Zl", "Zp") else "" if category[0] == "C" else character
        for character in text
        for category in (unicodedata.category(character),)
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def mask_cards(text: str) -> str:
    """Card numbers in `text`, whole or half hidden, become their last four digits: "****1234".

    A whole number counts as a card's when it passes the Luhn check (ISO/IEC 7812-1 annex B) and either stands by itself
    with 13 to 19 digits, or is written in the groups of a card, whatever other numbers stand before and after it; a
    half hidden one when stars, crosses or dots stand among at least 12 signs.
    """

    def hidden(match: re.Match[str]) -> str:
        signs = re.sub(r"[ \-]", "", match.group())
        digits = "".join(sign for sign in signs if sign.isdigit())
        if len(signs) == len(digits) or len(signs) < 12 or len(digits) < 4:
            return match.group()
        return f"****{digits[-4:]}"

    return _LONG_RUN.sub(_without_cards, _HALF_HIDDEN.sub(hidden, text))


def _without_cards(match: re.Match[str]) -> str:
    """A run of digits and what stands between them, with the card numbers in it masked."""
    run = match.group()
    groups = [(found.start(), found.end()) for found in _GROUP.finditer(run)]
    beside = match.string[max(0, match.start() - 1) : match.start()] + match.string[match.end() : match.end() + 1]
    alone = not re.search(r"[A-Za-z_*]", beside)  # else a part of some code
    if alone and not re.search(r"[^\d \-]", run) and _is_card(run):
        return f"****{_last_four(run)}"
    made, place, done = [], 0, 0
    while place < len(groups):
        size = _card_at(run, groups, place, alone)
        if size:
            start, end = groups[place][0], groups[place + size - 1][1]
            made += [run[done:start], "****", _last_four(run[start:end])]
            done = end
        place += size or 1
    return "".join([*made, run[done:]])


def _card_at(run: str, groups: list[tuple[int, int]], place: int, alone: bool) -> int:
    """Of how many groups the card number is made that begins with this one; 0: none does."""
    sizes = [end - start for start, end in groups[place : place + 5]]
    shapes = [len(shape) for shape in CARD_GROUPS if tuple(sizes[: len(shape)]) == shape]
    shapes += [1] if alone and 13 <= sizes[0] <= 19 else []
    return next((n for n in shapes if _is_card(run[groups[place][0] : groups[place + n - 1][1]])), 0)


def _last_four(number: str) -> str:
    return "".join(str(int(sign)) for sign in number if sign.isdigit())[-4:]


def _is_card(number: str) -> bool:
    return 13 <= sum(map(str.isdecimal, number)) <= 19 and passes_luhn(number)


# YYMMDD-SNNNNNN: 주민등록번호 and the like for foreigners (first digit after the hyphen 1 to 8).
RESIDENT = re.compile(r"(?<![0-9])[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\s?-\s?[1-8][0-9*]{6}(?![0-9])")
HIDDEN_RESIDENT = "******-*******"


def mask_secrets(text: str) -> str:
    """What a person typed, as it may be kept: card numbers as `mask_cards` leaves them, resident numbers hidden."""
    return mask_cards(RESIDENT.sub(HIDDEN_RESIDENT, text))


_CARD_SHAPE = re.compile(r"(?:[0-9*xX]{4}[ \-]){3}[0-9*xX]{1,4}")


def code(value: str, limit: int = 60) -> str:
    """An order or tracking number made fit to be shown.

    Unlike other values it is masked only where it has a card number's shape (4-4-4-4): long numbers pass the check of
    card numbers by chance, one in ten.
    """
    text = one_line(value, limit)
    return mask_cards(text) if _CARD_SHAPE.search(text) else text


@cache
def environment(html: bool = False) -> Environment:
    """The Jinja environment. Undefined names are errors; `html` escapes every value."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def load(name: str) -> str | None:
        file = template_root().joinpath(*[part for part in name.split("/") if part not in ("", ".", "..")])
        return file.read_text(encoding="utf-8") if file.is_file() else None

    jinja = Environment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 - plain text letters must not be escaped; pages ask for html=True
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    jinja.filters.update(money=money, day=day, moment=moment, days=days, span=span, joined=joined)
    jinja.globals.update(message=message, counted=counted, word=word)
    return jinja


def page(name: str, language: str, /, **values: Any) -> str:
    """A template rendered: HTML (escaped) where its name ends in .html.j2, else plain text.

    `t(key, ...)` gives a message in the page's language.
    """

    def t(key: str, **inner: object) -> str:
        return message(key, language, **inner)

    return environment(name.endswith(".html.j2")).get_template(name).render(language=language, t=t, **values)


def blocks(name: str, language: str, /, **values: Any) -> dict[str, str]:
    """The named blocks of a text template, each rendered alone and tidied (`tidy`)."""
    template = environment().get_template(name)
    context = template.new_context({"language": language, **values})
    return {block: tidy("".join(function(context))) for block, function in template.blocks.items()}


def tidy(text: str) -> str:
    """Blanks at line ends go, runs of blanks become one, and never two empty lines follow one another."""
    lines = [re.sub(r"(?<=\S) {2,}", " ", line.rstrip()) for line in text.strip().splitlines()]
    kept = [line for place, line in enumerate(lines) if line or lines[place - 1]]
    return "\n".join(kept)


# -- mails ------------------------------------------------------------------------------------------------------------


_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,255}")


@cache
def mail_policy() -> EmailPolicy:
    """How our own mails are written (RFC 5322 lines, RFC 2047 words). Imports the email package when first called.

    The library's own folding loses or adds blanks between encoded words ("결정할 일" arrives as "결정할일", CPython
    3.11 to 3.13); so a subject or display name beyond ASCII is encoded whole, by the older `email.header`.
    """
    from email.header import Header
    from email.policy import EmailPolicy

    class Policy(EmailPolicy):
        def fold(self, name: str, value: Any) -> str:
            return self._whole(name, value) or str(super().fold(name, value))

        def fold_binary(self, name: str, value: Any) -> bytes:
            return self._whole(name, value).encode("ascii") or bytes(super().fold_binary(name, value))

        def _whole(self, name: str, value: Any) -> str:
            """The header folded by us, "" where the library does it right."""
            if str(value).isascii():
                return ""
            lines = ""
            if name.lower() == "subject":
                lines = Header(str(value), "utf-8", 76, name).encode(linesep=self.linesep)
            elif hasattr(value, "addresses"):
                written = (
                    f"{Header(each.display_name, 'utf-8', 76, name).encode(linesep=self.linesep)}"
                    f"{self.linesep} <{each.addr_spec}>"
                    if each.display_name
                    else str(each.addr_spec)
                    for each in value.addresses
                )
                lines = f",{self.linesep} ".join(written)
            return f"{name}: {lines}{self.linesep}" if lines else ""

    return Policy(linesep="\r\n")


def mail_address(address: Address) -> MailAddress:
    """An address for a header of our own mail. Raises ValueError unless it is local@domain in ASCII."""
    from email.headerregistry import Address as MailAddress

    if not _MAIL_ADDRESS.fullmatch(address.email):
        raise ValueError("an address for a mail header must be local@domain in ASCII")
    return MailAddress(one_line(address.name, 80), addr_spec=address.email)
