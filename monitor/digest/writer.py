"""Chooses what a digest says, in which order, and words it row by row.

In charge of which orders are late, due soon, asking or old news, and of the sentence for each. It renders neither text
nor HTML and knows no mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from monitor import render
from monitor.digest.view import AccountState, Bar, DigestInput, OpenCase, Row, Section, Unread, money_open
from monitor.types import Draft, Due, Judgement, Money, Order, Source, Step

HORIZON = timedelta(days=7)  # "coming due"
STALE = timedelta(hours=3)  # a mailbox not read to its end for longer than this holds its orders back
HOLIDAY_WARNING = timedelta(days=60)
MAX_ROWS = 12  # of a section; the rest is counted
CHART_MONTHS = 6
# Questions that a yes or no of the user settles, with the words of `say`; the others are shown as open questions.
_SAYINGS: Mapping[str, tuple[str, ...]] = {
    "arrived": ("arrived", "not-arrived"),
    "refund_arrived": ("refunded", "not-refunded"),
    "paid": ("paid",),
    "payment_method": ("payment=...",),
}


def is_old(order: Order, judgement: Judgement, first_run_at: datetime | None, first_day: date | None) -> bool:
    """Overdue before the program first looked (`first_day`: the same on the user's calendar), and nothing since."""
    if first_run_at is None or first_day is None:
        return True
    if judgement.due_on is not None and judgement.due_on >= first_day:
        return False
    return all(event.source is Source.MONITOR or event.at <= first_run_at for event in order.events)


class Writer:
    """Chooses and words the rows. One per digest; holds nothing that outlives it."""

    def __init__(self, view: DigestInput, language: str, now: datetime) -> None:
        self.view = view
        self.language = language
        self.today = render.local_day(now, view.timezone)
        self.now = now
        self.first_day = render.local_day(view.first_run_at, view.timezone) if view.first_run_at else None
        pairs = [(order, view.judgements[order.id]) for order in view.orders if order.id in view.judgements]
        live = [(o, j) for o, j in pairs if not o.suspicious and o.closed_at is None]
        self.suspicious = [o for o, _ in pairs if o.suspicious]
        self.old = [(o, j) for o, j in live if (j.flagged or j.asks) and self.is_old(o, j)]
        old = {o.id for o, _ in self.old}
        self.late = sorted(
            ((o, j) for o, j in live if j.flagged and o.id not in old),
            key=lambda pair: (not pair[1].urgent, pair[1].due_on or self.today, pair[0].id),
        )
        self.live = [(o, j) for o, j in live if o.id not in old]
        self.asking = [(o, j) for o, j in self.live if j.asks in _SAYINGS]
        self.ready = [(d, o, j) for d, o, j in self.drafts_of(self.live) if self.is_ready(d)]
        self.decisions = [*self.asking, *self.ready, *(case for case in view.cases if case.next != "wait")]
        self.soon = sorted(self.coming(), key=lambda entry: (entry[0], entry[2].id))

    def t(self, key: str, **values: object) -> str:
        return render.message(key, self.language, **values)

    def n(self, key: str, count: int, **values: object) -> str:
        return render.counted(key, count, self.language, **values)

    def short(self, day: date) -> str:
        return render.day(day, self.language, "short", self.today)

    def local(self, moment: datetime) -> date:
        return render.local_day(moment, self.view.timezone)

    # -- choosing

    def is_old(self, order: Order, judgement: Judgement) -> bool:
        return is_old(order, judgement, self.view.first_run_at, self.first_day)

    def drafts_of(self, pairs: list[tuple[Order, Judgement]]) -> Iterator[tuple[Draft, Order, Judgement]]:
        by_id = {order.id: (order, judgement) for order, judgement in pairs}
        for draft in self.view.drafts:
            if draft.order_id in by_id:
                yield draft, *by_id[draft.order_id]

    def is_ready(self, draft: Draft) -> bool:
        step = self.view.steps.get(draft.order_id)
        return draft.status == "ready" and (step is None or step.not_before <= self.today)

    def coming(self) -> Iterator[tuple[date, str, Order, Judgement]]:
        """What falls due within the horizon and is not late: the day, what it is, and whose."""
        for order, judgement in self.live:
            for due in judgement.dues:
                if not due.flagged and self.today <= due.due_on <= self.today + HORIZON:
                    yield due.due_on, self.expected(due), order, judgement
            step = self.view.steps.get(order.id)
            if step is None:
                continue
            last = None if step.before_bill else step.last_safe_day  # a stand-in for a day that nobody told
            if last is not None and self.today <= last <= self.today + HORIZON:
                rung = render.word("rung", step.rung, self.language)
                yield last, self.t("digest.soon.last_safe", rung=rung), order, judgement
            if self.today < step.not_before <= self.today + HORIZON:
                yield step.not_before, self.t("digest.soon.step", **self.step_words(step)), order, judgement

    def expected(self, due: Due) -> str:
        what = render.word("waits_for", due.expectation, self.language)
        return self.t("digest.soon.due", what=what, basis=render.word("basis", due.basis, self.language))

    # -- wording

    def name(self, order: Order) -> str:
        seller = self.clean(order.seller.name or order.seller.domain) or self.t("digest.unnamed_seller")
        number = render.code(order.number or "")
        return f"{seller} · {number}" if number else seller

    def clean(self, value: str, limit: int = 80) -> str:
        return render.mask_cards(render.one_line(value, limit))

    def amount(self, order: Order) -> str:
        value = order.paid or order.total
        return render.money(value, self.language) if value is not None else ""

    def step_words(self, step: Step) -> dict[str, str]:
        return {
            "rung": render.word("rung", step.rung, self.language),
            "addressee": render.word("addressee", step.addressee, self.language),
            "channel": render.word("channel", step.channel, self.language),
        }

    def summary(self) -> str:
        if not (self.decisions or self.late or self.soon):
            return self.t("digest.summary.nothing")
        parts = (
            (self.n("digest.count.decisions", len(self.decisions)), self.decisions),
            (self.n("digest.count.late", len(self.late)), self.late),
            (self.n("digest.count.soon", len(self.soon)), self.soon),
        )
        return self.t("digest.summary", listed=", ".join(text for text, counted in parts if counted))

    def short_summary(self) -> str:
        parts = []
        if self.decisions:
            parts.append(self.n("digest.count.decisions", len(self.decisions)))
        if self.late:
            parts.append(self.n("digest.count.late", len(self.late)))
        return ", ".join(parts) or self.t("digest.subject.nothing")

    # -- sections

    def sections(self) -> Iterator[Section]:
        yield self.section("decide", "act", [*map(self.ask_row, self.asking), *map(self.draft_row, self.ready)])
        yield self.section("late", "late", [self.late_row(o, j) for o, j in self.late])
        yield self.section("cases", "act", list(map(self.case_row, self.cases())))
        yield self.section("soon", "soon", [self.soon_row(*entry) for entry in self.soon])
        yield self.section("questions", "act", list(self.question_rows()))
        yield self.section("bounces", "warn", [self.bounce_row(o) for o, _ in self.live if o.bounced])
        yield self.section("suspicious", "warn", [self.suspicious_row(o) for o in self.suspicious])
        yield self.section("money", "calm", list(self.money_rows()))
        yield self.section("months", "calm", list(self.month_rows()), limit=None)
        yield self.section("old", "calm", [self.old_row(o, j) for o, j in self.old])
        yield self.section(
            "read", "warn" if self.behind() or self.view.unread else "calm", list(self.read_rows()), limit=None
        )

    def section(self, key: str, tone: str, rows: list[Row], limit: int | None = MAX_ROWS) -> Section:
        note = self.t(f"digest.{key}.note") if render.has_message(f"digest.{key}.note") else ""
        shown = rows if limit is None else rows[:limit]
        if len(shown) < len(rows):
            more = self.n("digest.more", len(rows) - len(shown))
            shown = [*shown, self.row(more, "/orders", commands=("refund-monitor orders",))]
        return Section(key, self.t(f"digest.{key}"), tone, tuple(shown), note)

    def row(
        self, title: str, path: str, *, aside: str = "", badges: tuple[str, ...] = (), lines: tuple[str, ...] = (),
        commands: tuple[str, ...] = (),
    ) -> Row:  # fmt: skip
        """A row that leads to a page, where the page can be reached, else names the commands that do the same."""
        if self.view.base_url:
            return Row(title, aside, badges, lines, link=self.view.base_url + path)
        return Row(title, aside, badges, lines, commands)

    def ask_row(self, pair: tuple[Order, Judgement]) -> Row:
        order, judgement = pair
        asks = judgement.asks or ""
        lines = [self.t(f"asks.{asks}")]
        if judgement.due_on is not None:
            lines.append(render.reason(judgement, self.language, self.view.timezone))
        return self.row(
            self.name(order),
            f"/orders/{order.id}",
            aside=self.amount(order),
            lines=tuple(lines),
            commands=tuple(f"refund-monitor say {order.id} {saying}" for saying in _SAYINGS.get(asks, ())),
        )

    def draft_row(self, entry: tuple[Draft, Order, Judgement]) -> Row:
        draft, order, _ = entry
        step = self.view.steps.get(order.id)
        addressee = render.word("addressee", step.addressee if step else "seller", self.language)
        values = {
            "rung": render.word("rung", draft.rung, self.language),
            "channel": render.word("channel", draft.channel, self.language),
            "addressee": addressee,
        }
        lines = [self.t("digest.draft.ready", **values)]
        if draft.to:
            lines.append(self.t("digest.draft.to", to=self.clean(draft.to)))
        lines.append(self.t("digest.draft.subject", subject=self.clean(draft.subject, 120)))
        if draft.warning:
            lines.append(self.t(draft.warning))
        return self.row(
            self.name(order),
            f"/drafts/{draft.id}",
            aside=self.amount(order),
            lines=tuple(lines),
            commands=(f"refund-monitor draft {draft.id}", f"refund-monitor draft {draft.id} --eml letter.eml"),
        )

    def late_row(self, order: Order, judgement: Judgement) -> Row:
        badges = []
        if judgement.urgent:
            badges.append(self.t("digest.badge.urgent"))
        if order.id not in self.view.announced:
            badges.append(self.t("digest.badge.new"))
        lines = [render.reason(judgement, self.language, self.view.timezone)]
        waits = render.word("waits_for", judgement.waits_for, self.language)
        if judgement.overdue_days > 0:
            days = render.days(judgement.overdue_days, self.language)
            lines.append(self.t("digest.late.overdue", waits_for=waits, days=days))
        if judgement.silent_since is not None:
            key = "digest.late.silent" if order.last_human_word is not None else "digest.late.never"
            lines.append(self.t(key, since=self.short(self.local(judgement.silent_since))))
        step = self.view.steps.get(order.id)
        if step is not None:
            lines.append(self.step_line(step))
        return self.row(
            self.name(order),
            f"/orders/{order.id}",
            aside=self.amount(order),
            badges=tuple(badges),
            lines=tuple(lines),
            commands=(f"refund-monitor show {order.id}",),
        )

    def step_line(self, step: Step) -> str:
        words = self.step_words(step)
        if step.not_before > self.today:
            return self.t("digest.step.later", day=self.short(step.not_before), **words)
        if step.before_bill:
            return self.t("digest.step.before_bill", **words)
        if step.last_safe_day is not None:
            return self.t("digest.step.until", day=self.short(step.last_safe_day), **words)
        return self.t("digest.step.now", **words)

    def soon_row(self, day: date, what: str, order: Order, judgement: Judgement) -> Row:
        return self.row(self.name(order), f"/orders/{order.id}", aside=self.short(day), lines=(what,))

    def question_rows(self) -> Iterator[Row]:
        for order, judgement in self.live:
            # A question may carry what it is about behind a colon: "which_value:total".
            raised = [question.partition(":")[0] for question in order.questions]
            asked = dict.fromkeys([*raised, *([judgement.asks] if judgement.asks else [])])
            lines = [
                self.t(f"asks.{key}") for key in asked if key not in _SAYINGS and render.has_message(f"asks.{key}")
            ]
            if lines:
                shown = (f"refund-monitor show {order.id}",)
                yield self.row(self.name(order), f"/orders/{order.id}", lines=tuple(lines), commands=shown)

    def bounce_row(self, order: Order) -> Row:
        letter = max(order.letters, key=lambda event: event.at, default=None)
        line = self.t("digest.bounce.line")
        if letter is not None:
            line = self.t("digest.bounce.dated", day=self.short(self.local(letter.at)))
        shown = (f"refund-monitor show {order.id}",)
        return self.row(self.name(order), f"/orders/{order.id}", lines=(line,), commands=shown)

    def suspicious_row(self, order: Order) -> Row:
        day = self.short(self.local(order.placed_at))
        return Row(self.name(order), lines=(self.t("digest.suspicious.line", day=day),))

    def money_rows(self) -> Iterator[Row]:
        orders = [order for order, _ in self.live] + [order for order, _ in self.old]
        late = money_open((o for o, j in [*self.late, *self.old] if j.flagged), self.view.judgements)
        for currency, (total, count) in money_open(orders, self.view.judgements).items():
            lines: tuple[str, ...] = ()
            if currency in late:
                lines = (self.t("digest.money.late", amount=render.money(late[currency][0], self.language)),)
            aside = self.n("digest.money.orders", count)
            yield Row(render.money(total, self.language), aside=aside, lines=lines)

    def cases(self) -> list[OpenCase]:
        """Failed payments, those that want something first; of those that only wait, the nearest day first."""
        return sorted(self.view.cases, key=lambda case: (case.next == "wait", case.next_on or self.today, case.id))

    def case_row(self, case: OpenCase) -> Row:
        name = self.clean(case.seller) or self.t("digest.unnamed_seller")
        day = self.short(case.next_on) if case.next_on is not None else ""
        lines = [self.t(f"case.next.{case.next}", day=day)]
        if case.call_at is not None:
            when = render.moment(case.call_at, self.language, self.view.timezone)
            lines.append(self.t("digest.case.call", when=when))
        if case.last_safe_day is not None and case.last_safe_day >= self.today:
            lines.append(self.t("case.month_end", day=self.short(case.last_safe_day)))
        return Row(
            name,
            aside=render.money(case.amount, self.language) if case.amount is not None else "",
            badges=(render.word("case.status", case.status, self.language),),
            lines=tuple(lines),
            commands=(f"refund-monitor case show {case.id}",),
        )

    def month_rows(self) -> Iterator[Row]:
        """A bar chart in rows: what each month's money did, with the figures in words beside the bars."""
        months = self.view.months[-CHART_MONTHS:]
        longest = max((max(month.spent, month.recovered, month.lost) for month in months), default=Decimal(0))
        if longest <= 0 or not any(month.recovered or month.lost for month in months):
            return
        for month in months:
            sums = [
                (name, value, tone)
                for name, value, tone in (
                    ("spent", month.spent, "calm"),
                    ("recovered", month.recovered, "good"),
                    ("lost", month.lost, "late"),
                )
                if value > 0
            ]
            currency = self.view.months_currency
            said = [
                self.t(f"digest.month.{name}", amount=render.money(Money(value, currency), self.language))
                for name, value, _ in sums
            ]
            yield Row(
                render.month(month.first, self.language),
                lines=(", ".join(said) or self.t("digest.month.nothing"),),
                bars=tuple(Bar(max(1, round(100 * value / longest)), tone) for _, value, tone in sums),
            )

    def old_row(self, order: Order, judgement: Judgement) -> Row:
        line = (
            render.reason(judgement, self.language, self.view.timezone)
            if judgement.flagged or not judgement.asks
            else self.t(f"asks.{judgement.asks}")
        )
        return self.row(self.name(order), f"/orders/{order.id}", aside=self.amount(order), lines=(line,))

    def behind(self) -> list[AccountState]:
        """Mailboxes that were not read to their end lately: nothing is judged past the moment up to which they were."""
        return [
            account
            for account in self.view.accounts
            if account.heard_until is None or self.now - account.heard_until > STALE
        ]

    def read_rows(self) -> Iterator[Row]:
        behind = self.behind()
        lines = [
            self.n("digest.read.mails", self.view.looked_at),
            self.n("digest.read.purchases", self.view.about_purchases),
        ]
        if self.view.not_read:
            lines.append(self.n("digest.read.not_read", self.view.not_read))
        yield Row(self.t("digest.read.title"), lines=tuple(lines))
        for account in self.view.accounts:
            yield self.account_row(account, account in behind)
        yield from map(self.unread_row, self.view.unread[:MAX_ROWS])
        for problem in self.view.problems[:MAX_ROWS]:
            yield Row(self.t("digest.problem"), lines=(self.clean(problem.message, 300),))
        if len(self.view.problems) > MAX_ROWS:
            yield Row(self.n("digest.problems.more", len(self.view.problems) - MAX_ROWS))

    def unread_row(self, sender: Unread) -> Row:
        line = self.t(
            "digest.unread.line",
            read_before=sender.read_before,
            before=sender.before,
            read_lately=sender.read_lately,
            lately=sender.lately,
            days=sender.days,
        )
        title = self.t("digest.unread", sender=self.clean(sender.name))
        return self.row(title, "/mails", lines=(line,), commands=("refund-monitor mails --health",))

    def account_row(self, account: AccountState, behind: bool) -> Row:
        title = self.clean(account.name)
        if account.address:
            title = f"{title} ({self.clean(account.address)})"
        lines = []
        if account.heard_until is None:
            lines.append(self.t("digest.account.never"))
        else:
            when = render.moment(account.heard_until, self.language, self.view.timezone)
            lines.append(self.t("digest.account.heard", when=when))
        if account.problem:
            lines.append(self.clean(account.problem, 300))
        if behind:
            held = [self.name(o) for o, j in [*self.live, *self.old] if account.name in o.accounts and j.dues]
            if held:
                lines.append(self.t("digest.account.held", orders=render.joined(held, self.language, MAX_ROWS)))
            elif account.heard_until is not None:
                lines.append(self.t("digest.account.held_none"))
        return Row(title, badges=(self.t("digest.badge.behind"),) if behind else (), lines=tuple(lines))

    def footer(self) -> Iterator[str]:
        until = self.view.holidays_known_until
        if until is not None:
            key = "digest.holidays.soon" if until - self.today < HOLIDAY_WARNING else "digest.holidays"
            yield self.t(key, day=render.day(until, self.language, "plain"))
        if self.view.stale_packs:
            oldest = min(day for _, day in self.view.stale_packs)
            names = render.joined([name for name, _ in self.view.stale_packs], self.language, MAX_ROWS)
            yield self.t("digest.stale", names=names, day=render.day(oldest, self.language, "plain"))
        yield self.t("digest.footer.promise")
        yield self.t("digest.footer.not_advice")
