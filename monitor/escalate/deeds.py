"""What the user has done about an order so far: letters, calls, forms, each as the rung of the ladder that it was.

In charge of reading letters and contacts out of an order's events, and of taking letters that he wrote by hand for the
rungs that their own words make them (`knowledge.letters`). Whether a deed leads anywhere is decided by the walk.

What a letter by hand is

- A question, or words that declare nothing clearly, is the first rung where that is a question too; else it is no
  rung, only word that the seller was asked (`ASKED`).
- A demand for the goods is the rung that sets a last day. A withdrawal is the rung of that name, or, where the ladder
  has none, the one that asks for the money. A demand for money is the withdrawal while none was declared, afterwards,
  when its answer is overdue, the refund demand.
- Whoever declares more has asked, too: the rungs to the seller before it are done with it.
- A withdrawal that a later letter takes back was no step; nor is one of which only the user can say whether it still
  stands (he sets a day for the goods, or says that he may want them). Such a letter asks the seller for them.
- The day that the letter sets is the one until which it waits for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitor.escalate.contact import came_back, recipients
from monitor.knowledge import letters
from monitor.knowledge.forms import load_forms
from monitor.knowledge.rights import Rule
from monitor.render import local_day
from monitor.types import Event, Order, Source, Span
from monitor.workdays import Calendar

CONTACT = "contact"
REFUSED = "refused"
ASKED = ""
"""The rung of a letter that asked the seller something and was no step of the ladder."""

_QUESTIONS = frozenset({"progress", "inquiry"})
# Which text of a rule a letter is, the likeliest first.
_WITHDRAWS = ("withdrawal", "refund_demand", "chargeback", "demand")
_WANTS_MONEY = ("refund_demand", "chargeback", "demand")
_GIVES_UP = frozenset({"withdrawal", "refund_demand", "chargeback"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that the user did, as a rung: when, by what, and until when it waits for an answer.

    `answer_due`: the day that the letter named, else None (the ladder decides). `refused`: the other side said no, and
    when he learned of it. `by_hand`: a letter that he wrote himself; `implied`: done with a later rung;
    `gives_up`: its own words declare a withdrawal or ask for the money.
    """

    rung: str
    day: date
    at: datetime
    channel: str = ""
    answer_due: date | None = None
    case_number: str = ""
    refused: date | None = None
    by_hand: bool = False
    implied: bool = False
    gives_up: bool = False


def deeds(
    order: Order,
    timezone: str,
    rungs: Callable[[date], Sequence[str]],
    period: Callable[[str, date], date],
    rules: Mapping[str, Rule],
    calendar: Calendar,
) -> list[Deed]:
    """Everything done, oldest first. Letters that came back count for nothing.

    `rungs(day)` are the ids of the rungs that write to the seller, in the order of the ladder, as they stood on that
    day; `period(rung, day)` is the last day for an answer. A letter that the program sent says its rung; those sent as
    `inquiry` or `demand`, before a ladder applied, are taken as if by hand.
    """
    told = _contacts(order, timezone)
    found: list[Deed] = []
    for event in _letters(order):
        day = local_day(event.at, timezone)
        rung = event.payload.get("rung", "")
        named = _iso(event.payload.get("answer_by"))
        deed = Deed(rung, day, event.at, "email", named, event.payload.get("case_number", ""))
        if rung in rules or rung == "dispute":  # the plain dispute went to whoever carried the payment
            found.append(deed)
            continue
        before = [done for done in (*told, *found) if done.refused is None and done.day <= day]
        letter = letters.of(event)
        if letter.family == letters.THANKS and rung not in ("inquiry", "demand"):
            continue  # it asks for nothing
        if letter.family in (letters.TAKEN_BACK, letters.WAVERS, letters.DEMAND) and rung not in ("inquiry", "demand"):
            void = {done.at for done in found if _gives_up(done.rung, rules)}
            found = [done for done in found if done.at not in void]
            told = [done for done in told if done.at > event.at or not _gives_up(done.rung, rules)]
            before = [done for done in before if done in told or not _gives_up(done.rung, rules)]
        if letter.until is not None and named is None:
            named = calendar.add(day, letter.until) if isinstance(letter.until, Span) else letter.until
        family = "demand" if rung == "demand" else letter.family
        was = _by_hand(family, day, rungs(day), before, period, rules)
        money = family in (letters.WITHDRAWAL, letters.REFUND_DEMAND)
        deed = replace(deed, rung=was[-1] if was else ASKED, answer_due=named, by_hand=True, gives_up=money)
        known = {done.rung for done in before}
        found += [replace(deed, rung=one, implied=True) for one in was[:-1] if one not in known]
        found.append(deed)
    refusals = {deed.rung: deed.refused for deed in told if deed.refused is not None}
    done = [*found, *(deed for deed in told if deed.refused is None)]
    return sorted((replace(deed, refused=refusals.get(deed.rung)) for deed in done), key=lambda deed: deed.at)


def _gives_up(rung: str, rules: Mapping[str, Rule]) -> bool:
    """Whether a rung gives the order up to the seller, or asks its money back from him."""
    rule = rules.get(rung)
    return rule is not None and rule.addressee[0] == "seller" and rule.text in _GIVES_UP


def refusals(order: Order, timezone: str) -> list[tuple[str, date]]:
    """What the user said of refusals: the rung (or "") and the day that he named, else the day on which he said it."""
    return [
        (event.payload.get("rung", ""), _iso(event.payload.get("day")) or local_day(event.at, timezone))
        for event in order.events
        if event.kind == CONTACT and event.payload.get("result") == REFUSED
    ]


def _letters(order: Order) -> list[Event]:
    failed = came_back(order)
    letters = sorted(order.letters, key=lambda event: event.at)
    if order.bounced:
        letters = letters[:-1]
    told = any(event.source is Source.MONITOR for event in letters)
    kept = []
    for event in letters:
        to = recipients(event)
        if to and to <= failed:
            continue
        if told and event.reading is not None and event.reading.program:
            continue  # the mailbox' own copy of a letter that the program noted when it sent it
        kept.append(event)
    return kept


def _by_hand(
    family: str,
    day: date,
    rungs: Sequence[str],
    before: Sequence[Deed],
    period: Callable[[str, date], date],
    rules: Mapping[str, Rule],
) -> Sequence[str]:
    """The rungs that a letter of `day` was, in order, the last by its own words; () where it was none.

    `family`: what the letter says (`letters.FAMILIES`); `before`: what was done until then.
    """

    def first(texts: Sequence[str]) -> str:
        found = (rung for text in texts for rung in rungs if rules[rung].text == text)
        return next(found, "")

    if family == letters.DEMAND:
        rung = next((one for one in rungs if _sets_last_day(one, rules)), "") or _question(rungs, rules)
    elif family == letters.WITHDRAWAL or (family == letters.REFUND_DEMAND and first(("withdrawal",))):
        rung = first(_WITHDRAWS)
        withdrawn = next((deed for deed in before if deed.rung == rung), None)
        money = first(("refund_demand",))
        if withdrawn is not None and money and day > (withdrawn.answer_due or period(rung, withdrawn.day)):
            rung = money
    elif family == letters.REFUND_DEMAND:
        rung = first(_WANTS_MONEY)
    else:
        rung = _question(rungs, rules)
    return rungs[: rungs.index(rung) + 1] if rung else ()


def _sets_last_day(rung: str, rules: Mapping[str, Rule]) -> bool:
    """Whether a rung gives the seller a last day for the goods."""
    return rules[rung].text == "demand" or rung in load_forms().after_delivery


def _question(rungs: Sequence[str], rules: Mapping[str, Rule]) -> str:
    """The first rung to the seller, where it is but a question; "" where it declares or sets a last day by law."""
    if not rungs:
        return ""
    asks = rules[rungs[0]].text in _QUESTIONS
    plain_demand = rules[rungs[0]].text == "demand" and rungs[0] not in load_forms().further_period
    return rungs[0] if asks or plain_demand else ""


def _contacts(order: Order, timezone: str) -> list[Deed]:
    found = []
    for event in order.events:
        if event.kind != CONTACT or not event.payload.get("rung"):
            continue
        said = local_day(event.at, timezone)
        day = _iso(event.payload.get("day")) or said
        refused = day if event.payload.get("result") == REFUSED else None
        found.append(
            Deed(
                event.payload["rung"], day, event.at, event.payload.get("channel", ""),
                _iso(event.payload.get("answer_by")), event.payload.get("case_number", ""), refused,
            )
        )  # fmt: skip
    return found


def _iso(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
