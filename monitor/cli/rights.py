"""`rights`: the table of rules and programmes, each with its source and date, for people and as JSON lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from monitor import render
from monitor.cli import screen
from monitor.cli.failures import Refusal
from monitor.cli.words import language
from monitor.cli.words import say as sentence
from monitor.types import Money

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.knowledge.rights import Period, Rights, Rule

_PERIODS = (
    "window", "window_alt", "window_first", "window_overseas", "window_after", "window_cap", "safe_window",
    "alarm_before", "wait",
)  # fmt: skip
_KINDS = {"looked up": "looked_up", "mixed": "mixed", "general knowledge, verify": "general"}
_DATE = re.compile(r"\b(?:19|20)\d\d(?:-\d\d){0,2}\b")
WIDE = 100  # columns of a terminal that has room for a table
_LINK = re.compile(r"https?://[^\s;,)]+")


def show(config: Config, country: str | None, payment: str | None, day: date, *, as_json: bool) -> None:
    """The rules in force on `day`: all, or those of one country (and what holds everywhere) and one way to pay."""
    from monitor.knowledge.rights import RightsError, load_rights, stale_packs

    try:
        rights = load_rights(config.knowledge_folder())
    except RightsError as wrong:
        raise Refusal(f"{sentence('rights.broken')}\n{wrong}") from None
    code = _country(country, rights)
    if payment is not None and payment not in rights.payments:
        raise Refusal(sentence("rights.payment", payment=payment, known=", ".join(sorted(rights.payments))), 2)
    rules = list(chosen(rights, code, payment, day))
    if as_json:
        for rule in rules:
            screen.put_json(as_object(rule, rights))
        return
    if not rules:
        screen.put(sentence("rights.none"))
        return
    _table(rules)
    screen.put()
    screen.put(sentence("rights.sum", count=len(rules), citable=sum(rule.citable for rule in rules)))
    screen.put(sentence("rights.advice"))
    for pack in stale_packs(rights, day):
        screen.put(sentence("rights.stale", pack=pack.name, day=render.day(pack.compiled, language())))


def chosen(rights: Rights, country: str | None, payment: str | None, day: date) -> Iterator[Rule]:
    """The rules in force on this day: of the country first, then what holds across borders; `None` is no choice."""
    found = [rule for rule in rights.rules.values() if rule.in_force(day)]
    if country is not None:
        found = [rule for rule in found if rule.concerns(country)]
        found.sort(
            key=lambda rule: (rule.country != country, rule.jurisdiction != "EU", rule.jurisdiction != "NETWORK")
        )
    for rule in found:
        if payment is None or rule.takes(payment):
            yield rule


def as_object(rule: Rule, rights: Rights) -> dict[str, Any]:
    """A rule as one flat object; absent values null, amounts and rates decimal strings, dates ISO."""
    found: dict[str, Any] = {
        "id": rule.id,
        "jurisdiction": rule.jurisdiction,
        "country": rule.country or None,
        "category": rule.category,
        "title": dict(rule.title),
        "demand": dict(rule.demand),
        "note": dict(rule.note),
        "ground": rule.ground,
        "cite": dict(rule.cite),
        "citable": rule.citable,
        "text": rule.text,
    }
    for name in ("payment", "order", "addressee", "channel", "draft_mode", "evidence", "needs", "rules_out", "sellers"):
        found[name] = list(getattr(rule, name))
    for name in ("clock_start", "clock_alt", "clock_rule", "window_kind", "window_end", "on_day_off", "agreed_date"):
        found[name] = getattr(rule, name) or None
    for name in _PERIODS:
        period: Period | None = getattr(rule, name)
        found[name] = period.count if period else None
        found[f"{name}_unit"] = period.unit if period else None
    found["window_cap_from"] = rule.window_cap_from or None
    found["wait_from"] = rule.wait_from or None
    found["first_day_counts"] = rule.first_day_counts
    found["must_arrive"] = rule.must_arrive
    for name in ("amount_min", "amount_max", "interest_percent", "interest_over_base"):
        value = getattr(rule, name)
        found[name] = None if value is None else str(value)
    found["amount_currency"] = rule.amount_currency or None
    found["min_installment_months"] = rule.min_installment_months
    for name in ("link", "phone", "email"):
        found[name] = getattr(rule, name) or None
    found["phone_confirmed"] = bool(rule.phone) and not rule.phone_recalled
    found["ladders"] = [ladder.id for ladder in rights.ladders if any(step.rule == rule.id for step in ladder.steps)]
    found["source"] = rule.source
    found["source_kind"] = rule.source_kind
    found["source_date"] = rule.source_date
    found["uncertainty"] = rule.uncertainty
    for name in ("checked_on", "valid_from", "valid_until"):
        value = getattr(rule, name)
        found[name] = None if value is None else value.isoformat()
    found["pack"] = rule.pack
    return found


def _country(given: str | None, rights: Rights) -> str | None:
    from monitor.workdays import country_code

    if given is None:
        return None
    code = country_code(given)
    known = sorted({rule.country for rule in rights.rules.values()} - {""})
    if not re.fullmatch("[A-Z]{2}", code):
        raise Refusal(sentence("rights.country", country=given, known=", ".join(known)), 2)
    return code


def _table(rules: Iterable[Rule]) -> None:
    from rich import box
    from rich.table import Table

    spoken = render.supported(language())
    console = screen.console()
    if console.width < WIDE:
        for rule in rules:
            screen.put(f"{rule.id}  {screen.clean(rule.title[spoken])}")
            for line in [*_times(rule, spoken), *_bounds(rule), *_law(rule, spoken), *_sources(rule, spoken)]:
                screen.put(f"  {line}")
        return
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=True)
    for name, share in (("rule", 5), ("time", 4), ("law", 4), ("source", 6)):
        grid.add_column(sentence(f"rights.column.{name}"), overflow="fold", ratio=share)
    for rule in rules:
        grid.add_row(
            f"{screen.clean(rule.title[spoken])}\n{rule.id}",
            "\n".join([*_times(rule, spoken), *_bounds(rule)]),
            "\n".join(_law(rule, spoken)),
            "\n".join(_sources(rule, spoken)),
        )
    console.print(grid)


def _law(rule: Rule, spoken: str) -> Iterator[str]:
    yield screen.clean(rule.cite.get(spoken, rule.ground))
    if not rule.citable:
        yield sentence("rights.not_cited")


def _sources(rule: Rule, spoken: str) -> Iterator[str]:
    yield from (screen.clean(unquote(source)) for source in _LINK.findall(rule.source)[:2])
    dates = " / ".join(_DATE.findall(rule.source_date)) or sentence("rights.undated")
    yield f"{sentence(f'rights.kind.{_KINDS[rule.source_kind]}')}; {sentence('rights.dated', day=dates)}"
    checked = sentence("rights.unchecked")
    if rule.checked_on is not None:
        checked = sentence("rights.checked", day=render.day(rule.checked_on, spoken, "plain"))
    yield f"{checked}; {sentence(f'rights.certainty.{rule.uncertainty}')}"


def _times(rule: Rule, spoken: str) -> Iterator[str]:
    whose = "yours" if rule.users_time else "info" if rule.window_kind == "info" else "theirs"

    def span(period: Period, event: str) -> str:
        return sentence(f"rights.time.{whose}", period=_length(period, spoken), event=event)

    if rule.window is not None and rule.window.count == 0:
        yield sentence("rights.time.day", event=_event(rule.clock_start))
    elif rule.window is not None:
        first = _event(rule.clock_start)
        other = _event(rule.clock_alt) if rule.clock_alt else ""
        match rule.clock_rule:
            case "earlier_of":
                yield span(rule.window, first)
                yield span(rule.window_alt or rule.window, other)
                yield sentence("rights.time.earlier")
            case "later_of" | "either":
                yield span(rule.window, sentence("rights.time.later", first=first, other=other))
            case "goods_supplied":
                yield span(rule.window, sentence("rights.time.goods", first=first, other=other))
            case _:
                yield span(rule.window, first)
        if rule.window_after is not None:
            yield sentence("rights.time.after", period=_length(rule.window_after, spoken))
        if rule.window_overseas is not None:
            yield sentence("rights.time.overseas", period=_length(rule.window_overseas, spoken))
        if rule.window_cap is not None:
            period = _length(rule.window_cap, spoken)
            yield sentence("rights.time.cap", period=period, event=_event(rule.window_cap_from))
        if rule.must_arrive:
            yield sentence("rights.time.arrive")
    elif rule.window_end:
        yield sentence("rights.time.payment_day")
    if rule.wait is not None and rule.wait.count and rule.wait_from:
        yield sentence("rights.time.wait", period=_length(rule.wait, spoken), event=_event(rule.wait_from))
    if rule.valid_from is not None:
        yield sentence("rights.time.from", day=render.day(rule.valid_from, spoken, "plain"))
    if rule.interest_percent is not None:
        yield sentence("rights.time.interest", percent=f"{rule.interest_percent.normalize():f}")


def _bounds(rule: Rule) -> Iterator[str]:
    """From which sum, up to which, and from how many instalments."""
    for bound, key in ((rule.amount_min, "min"), (rule.amount_max, f"max_{rule.amount_max_is}")):
        if bound is not None:
            yield sentence(f"rights.amount.{key}", amount=render.money(Money(bound, rule.amount_currency), language()))
    if rule.min_installment_months is not None:
        yield sentence("rights.amount.months", count=rule.min_installment_months)


def _event(event: str) -> str:
    return sentence(f"rights.event.{event}")


def _length(period: Period, spoken: str) -> str:
    unit = {"calendar_days": "days"}.get(period.unit, period.unit)
    if unit in ("hours", "years"):
        return sentence(f"rights.unit.{unit}", count=period.count)
    return render.counted(f"unit.{unit}", period.count, spoken)
