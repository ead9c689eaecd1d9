"""`orders`, `show`, `say` and `digest` for people, and as JSON lines where asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import render
from monitor.cli import screen
from monitor.cli.failures import Refusal
from monitor.cli.mails import identity_rows, quoted, value_lines
from monitor.cli.words import language, say_if_known
from monitor.cli.words import say as sentence
from monitor.types import Authentication, Event, Order, Source

if TYPE_CHECKING:
    from rich.table import Table

    from monitor.config import Config
    from monitor.run.orders import OrderView
    from monitor.store import Store

WITHOUT_VALUE = (
    "arrived", "not-arrived", "paid", "returned", "not-refunded", "not-an-order", "closed", "reopen", "undo",
)  # fmt: skip
WITH_VALUE = ("snooze", "same-as", "did")
WITH_DETAILS = ("did", "refused")
VERBS = (*WITHOUT_VALUE, "refunded", "refused", *WITH_VALUE)
UNKNOWN = "–"
WIDE = 100  # columns of a terminal that has room for everything
NARROW = 76  # columns below which a table loses some of its own


# -- orders -------------------------------------------------------------------------------------------------------


def orders(store: Store, config: Config, at: datetime | None, now: datetime, *, as_json: bool) -> None:
    """Every order: as JSON lines, or as a table with a line of reason for each that wants attention."""
    from monitor.run import orders as ordering
    from monitor.run import output, pages

    views = pages.listed(store, config, now=now) if at is None else None
    if views is None:
        views = ordering.orders(store, config, at, now, texts=not as_json)
    if as_json:
        zone, spoken = config.user.timezone, config.user.language
        for view in views:
            screen.put_json(output.order_json(view.order, view.judgement, view.step, timezone=zone, language=spoken))
        return
    if not views:
        screen.put(sentence("orders.none"))
        return
    table(views, config, at or now)


def table(views: list[OrderView], config: Config, moment: datetime) -> None:
    """The orders as a table, those that want attention first, each of these with its reason below the table."""
    views = sorted(views, key=lambda view: (not view.judgement.flagged, not _wants_attention(view)))
    console = screen.console()
    if console.width < NARROW:
        _lines(views, moment)
    else:
        console.print(_grid(views, config, moment, wide=console.width >= WIDE))
    for view in views:
        if _wants_attention(view):
            screen.put(f"{reference(view.order)}  {screen.clean(view.order.seller.name)}")
            for line in _why(view, config):
                screen.put("  " + line)
    screen.put()
    flagged = sum(view.judgement.flagged for view in views)
    screen.put(sentence("orders.sum", count=len(views), flagged=flagged))
    if any(_wants_attention(view) for view in views):
        screen.put(sentence("orders.marks"))


def _grid(views: list[OrderView], config: Config, moment: datetime, *, wide: bool) -> Table:
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD if wide else None, pad_edge=False)
    grid.add_column("", no_wrap=True)
    for name, narrowest in (
        ("order", 12),
        ("seller", 10),
        ("amount", None),
        ("state", 8),
        ("waits_for", 8),
        ("due", 6),
    ):
        grid.add_column(
            sentence(f"column.{name}"), justify="right" if name == "amount" else "left", min_width=narrowest,
            overflow="fold", no_wrap=name == "amount",
        )  # fmt: skip
    if wide:
        grid.add_column(sentence("column.silent"), no_wrap=True)
    for view, cells in zip(views, _cells(views, moment), strict=True):
        judgement = view.judgement
        if wide:
            cells.append(_silent(view, config, moment) if judgement.waits_for != "nothing" else "")
        style = "bold red" if judgement.flagged else "yellow" if _wants_attention(view) else None
        grid.add_row(*cells, style=style)
    return grid


def _lines(views: list[OrderView], moment: datetime) -> None:
    """The same for a terminal without room for a table, where columns would be cut off: two lines an order."""
    for mark, order, seller, amount, state, waits, due in _cells(views, moment):
        screen.put("  ".join(filter(None, (mark, order, seller, amount))))
        waiting = ": ".join(filter(None, (waits, due)))
        screen.put("    " + ", ".join(filter(None, (state, waiting))))
    screen.put()


def _cells(views: list[OrderView], moment: datetime) -> Iterator[list[str]]:
    """Mark, name, seller, amount, state, what it waits for, and until when, of each order."""
    named = Counter(view.order.number for view in views)
    for view in views:
        order, judgement = view.order, view.judgement
        # a number that two orders bear names neither of them: then the id is shown as well
        twice = order.number is not None and named[order.number] > 1
        waits = judgement.waits_for != "nothing"
        yield [
            _mark(view),
            f"{reference(order)} ({order.id})" if twice else reference(order),
            screen.clean(order.seller.name) or UNKNOWN,
            render.money(order.total, language()) if order.total else UNKNOWN,
            render.word("state", judgement.state, language()),
            render.word("waits_for", judgement.waits_for, language()) if waits else "",
            render.day(judgement.due_on, language(), "short", moment.date()) if judgement.due_on else "",
        ]


def _wants_attention(view: OrderView) -> bool:
    return view.judgement.flagged or view.judgement.urgent or view.judgement.asks is not None


def reference(order: Order) -> str:
    """What to call an order by on the command line: its number, else its id."""
    return screen.clean(order.number) if order.number else order.id


def _silent(view: OrderView, config: Config, moment: datetime) -> str:
    since = view.judgement.silent_since
    if since is None:
        return ""
    days = (render.local_day(moment, config.user.timezone) - render.local_day(since, config.user.timezone)).days
    return render.days(days, language())


def _mark(view: OrderView) -> str:
    urgent, flagged, asks = view.judgement.urgent, view.judgement.flagged, view.judgement.asks is not None
    return ("!!" if urgent else "!" if flagged else "") + ("?" if asks else "")


def _why(view: OrderView, config: Config) -> list[str]:
    judgement, step = view.judgement, view.step
    lines = [render.reason(judgement, language(), config.user.timezone)]
    question = render.word("asks", judgement.asks, language()) if judgement.asks else None
    if question and question not in lines:
        lines.append(question)
    if step is not None:
        lines.append(_step(view))
    if view.draft is not None and view.draft.status == "ready":
        lines.append(sentence("orders.draft", id=view.draft.id))
    return lines


def _step(view: OrderView) -> str:
    step = view.step
    assert step is not None
    today = view.judgement.judged_at.date()
    values = {
        "rung": render.word("rung", step.rung, language()),
        "addressee": render.word("addressee", step.addressee, language()),
        "channel": render.word("channel", step.channel, language()),
        "day": render.day(step.not_before, language(), "short", today),
    }
    text = sentence("step.next", **values)
    if step.before_bill:
        text += " " + render.message("ladder.before_bill", language())
    elif step.last_safe_day is not None:
        text += " " + sentence("step.until", day=render.day(step.last_safe_day, language(), "short", today))
    return text


# -- one order ----------------------------------------------------------------------------------------------------


def show(store: Store, config: Config, name: str, at: datetime | None, now: datetime) -> None:
    """The story of one order: each mail with its values and the words that prove them, and what was said and done."""
    from monitor.run import orders as ordering
    from monitor.run import single

    if at is None:
        with refused(name):
            view = single.found(store, config, name, now=now)
        views = single.beside(store, config, view, now=now)
    else:
        views = ordering.orders(store, config, at, now)
        view = found(views, name)
    order = view.order
    title = [screen.clean(order.seller.name), screen.clean(order.number or "")]
    if order.total:
        title.append(render.money(order.total, language()))
    screen.put(" · ".join(part for part in title if part))
    placed = render.moment(order.placed_at, language(), config.user.timezone)
    screen.put(f"  {sentence('show.id', id=order.id, placed=placed)}")
    for item in order.items:
        screen.put(f"  - {screen.clean(item)}")
    screen.put(f"  {_state_line(view)}")
    for name_ in ("paid", "promised_back", "given_back"):
        amount = getattr(order, name_)
        if amount is not None:
            screen.put(f"  {sentence(f'show.{name_}', amount=render.money(amount, language()))}")
    for line in _why(view, config):
        screen.put(f"  {line}")
    _ladder(view, config)
    if order.identity is not None:
        screen.put(f"  {sentence('show.identity')}")
        for name_, value, _ in identity_rows(order.identity):
            screen.put(f"    {say_if_known(f'field.identity.{name_}', name_)}: {value}")
    _cases(store, view, None if at is None else views, config, now)
    _seller_check(view, views, config)
    _calmly(view, views, config, now)
    screen.put()
    for event in order.events:
        _event(event, config)
    if view.draft is not None:
        screen.put(sentence("show.draft", id=view.draft.id, subject=screen.clean(view.draft.subject)))


def _cases(store: Store, view: OrderView, views: list[OrderView] | None, config: Config, now: datetime) -> None:
    """The failed payments that belong to an order. `views`: all orders, where they are at hand."""
    from monitor.run import cases

    known = cases.quick(store, config, now=now) if views is None else cases.cases(store, config, now=now, views=views)
    for one in known:
        if one.order_id == view.order.id:
            status = render.word("case.status", one.status, language())
            screen.put(f"  {sentence('show.case', id=one.id, status=status)}")


def _calmly(view: OrderView, views: list[OrderView], config: Config, now: datetime) -> None:
    """A word of calm where there is a step to take, with the odds so far: how such letters fared in this mailbox."""
    from monitor.run import statistics

    if view.step is None:
        return
    so_far = statistics.odds(views, config, view.step.rung, now=now)
    screen.put()
    screen.put(f"  {render.message('calm.step', language())}")
    if so_far is not None and so_far.median_days is not None:
        days = render.days(max(1, round(so_far.median_days)), language())
        text = render.message("calm.odds", language(), tried=so_far.tried, answered=so_far.answered, days=days)
        screen.put(f"  {text}")
    elif so_far is not None:
        screen.put(f"  {render.message('calm.no_answer', language(), tried=so_far.tried)}")


def _seller_check(view: OrderView, views: list[OrderView], config: Config) -> None:
    """What is known of the seller, and where to look up the rest."""
    from monitor import sellercheck
    from monitor.run import sellers

    found = sellers.seller_check(view, views, config)
    marks = {"good": "+", "bad": "!", "unknown": "?", "note": "-"}
    screen.put()
    screen.put(f"  {render.message('seller.title', language())}")
    for point in found.points:
        screen.put(f"    {marks[point.says]} {screen.clean(sellercheck.said(point, language()))}")
    if found.fraud_signals:
        screen.put(f"    {render.message('seller.signals', language(), count=len(found.fraud_signals))}")
    if found.links:
        screen.put(f"    {render.message('seller.lookup', language())}")
        for link in found.links:
            screen.put(f"      {link.name[language()]}: {link.url} ({link.what[language()]})")
    if found.searches:
        screen.put(f"    {render.message('seller.search', language())} {', '.join(map(screen.clean, found.searches))}")


def _ladder(view: OrderView, config: Config) -> None:
    """Which ladder the order climbs, or the several that are possible, and the days by which something must be done."""
    from monitor.cli import ladder
    from monitor.run import ladders

    way = ladders.of_view(view, config)
    if not way.ways or view.judgement.waits_for == "nothing":
        return
    if len(way.ways) > 1:
        ladder.branches(view, way.ways)
    else:
        screen.put(f"  {sentence('ladder.which', ladder=ladder.ladder_name(way.ways[0]))}")
    today = view.judgement.judged_at.date()
    for step in way.steps:
        if step.last_safe_day is not None and step.status in ("open", "waiting"):
            day = render.day(step.last_safe_day, language(), "short", today)
            rung = render.word("rung", step.rung, language())
            key = "show.last_safe.assumed" if step.assumed else "show.last_safe"
            said = f"{rung}: {render.message('ladder.before_bill', language())}" if step.before_bill else ""
            screen.put(f"  {said or sentence(key, rung=rung, day=day)}")


def _state_line(view: OrderView) -> str:
    judgement = view.judgement
    state = render.word("state", judgement.state, language())
    if judgement.waits_for == "nothing" or judgement.due_on is None:
        return sentence("show.state", state=state)
    return sentence(
        "show.waits",
        state=state,
        thing=render.word("waits_for", judgement.waits_for, language()),
        day=render.day(judgement.due_on, language(), "short", judgement.judged_at.date()),
    )


def _event(event: Event, config: Config) -> None:
    when = render.moment(event.at, language(), config.user.timezone)
    family = "kind" if event.source is Source.MAIL else "event"
    line = f"{when}  {render.word(family, event.kind, language())}"
    value = event.payload.get("value")
    if event.payload.get("field"):
        line += f": {screen.clean(event.payload['field'])} = {screen.clean(value or '')}"
    elif value:
        line += f": {screen.clean(value)}"
    reading = event.reading
    if reading is None:
        screen.put(line)
        return
    sender = screen.clean(reading.sender.email)
    doubtful = reading.authentication is not Authentication.PASS and not reading.own
    doubt = f"  ({render.word('authentication', reading.authentication, language())})" if doubtful else ""
    screen.put(f"{line}  {sender}{doubt}")
    screen.put(f"    {screen.clean(reading.subject)}")
    if reading.own:
        return  # it says what the user wanted; nothing in it is a fact about the order
    for words in reading.verdict.quotes[:2]:
        screen.put(f"    {quoted(words)}")
    for value_line in value_lines(reading.verdict, reading.finding):
        screen.put(f"    {value_line}")


def found(views: list[OrderView], name: str) -> OrderView:
    """The order of that name among these. Raises Refusal where none or several have it."""
    from monitor.run import orders as ordering

    with refused(name):
        return ordering.find(views, name)


def order_named(store: Store, config: Config, name: str, now: datetime, at: datetime | None = None) -> OrderView:
    """The order of that name as of `at` (default `now`; then no others are looked at). Raises Refusal."""
    from monitor.run import orders as ordering
    from monitor.run import single

    if at is not None:
        return found(ordering.orders(store, config, at, now), name)
    with refused(name):
        return single.found(store, config, name, now=now)


@contextmanager
def refused(name: str) -> Iterator[None]:
    """Says in plain words that a name means no order, or several."""
    from monitor.run import orders as ordering

    try:
        yield
    except ordering.OrderAmbiguous as several:
        raise Refusal(ambiguous(name, several.views)) from None
    except ordering.OrderNotFound:
        raise Refusal(sentence("order.unknown", name=screen.clean(name))) from None


def ambiguous(name: str, views: tuple[OrderView, ...]) -> str:
    """Which orders a name could mean."""
    lines = [sentence("order.which", name=screen.clean(name))]
    for view in views:
        total = render.money(view.order.total, language()) if view.order.total else UNKNOWN
        lines.append(f"  {view.order.id}  {screen.clean(view.order.seller.name)}  {total}")
    return "\n".join(lines)


# -- saying -------------------------------------------------------------------------------------------------------


def check_statement(what: str, value: str | None, details: Mapping[str, str]) -> None:
    """Refuse (status 2) what no order could be told: an unknown word, a missing or superfluous value."""
    if details and what not in WITH_DETAILS:
        option = f"--{next(iter(details))}"
        raise Refusal(sentence("say.no_details", option=option, verbs=", ".join(WITH_DETAILS)), 2)
    if "=" in what and value is None:
        return
    if what not in VERBS:
        import difflib

        near = difflib.get_close_matches(what, VERBS, n=1)
        hint = " " + sentence("say.near", verb=near[0]) if near else ""
        raise Refusal(sentence("say.unknown", what=screen.clean(what), verbs=", ".join(VERBS)) + hint, 2)
    if what in WITHOUT_VALUE and value is not None:
        raise Refusal(sentence("say.no_value", verb=what), 2)
    if what in WITH_VALUE and value is None:
        raise Refusal(sentence(f"say.wants.{what}", verb=what), 2)


def say(
    store: Store, config: Config, name: str, what: str, value: str | None, now: datetime, details: Mapping[str, str]
) -> None:
    """Record what the user says of an order, and show what it means now."""
    from monitor.run import orders as ordering
    from monitor.run import saying, single, texts

    verb, content = ("set", what) if "=" in what else (what, value)
    sellers: tuple[str, ...] = ()
    try:
        one = other = None
        if verb == "same-as":
            one, other = (single.found(store, config, named or "", now=now) for named in (name, content))
            if one.order.seller.key != other.order.seller.key:
                sellers = tuple(screen.clean(view.order.seller.name) for view in (one, other))
        event = saying.say(store, config, name, verb, content, now=now, details=details, view=one, other=other)
    except ordering.StatementRefused as refusal:
        text = sentence(f"say.refused.{refusal.key}", **refusal.values)
        if near := refusal.values.get("near"):
            text += " " + sentence("say.near", verb=near)
        raise Refusal(text, 2) from None
    except ordering.OrderAmbiguous as several:
        raise Refusal(ambiguous(str(several), several.views)) from None
    except ordering.OrderNotFound as unknown:
        raise Refusal(sentence("order.unknown", name=screen.clean(str(unknown)))) from None
    home = store.page_home(event.mail) if event.mail is not None else None  # two orders may have become one
    view = single.one(store, config, home or event.order_id, now=now)
    # a letter that rests on what was just refuted is locked
    views = [view] if view is not None else []
    texts.refresh_drafts(store, config, now=now, views=views, only={event.order_id, *(v.order.id for v in views)})
    screen.put(sentence("say.noted", what=render.word("event", event.kind, language())))
    if view is not None:
        screen.put(f"{reference(view.order)}  {screen.clean(view.order.seller.name)}: {_state_line(view)}")
        if sellers:
            screen.put(sentence("say.two_sellers", one=sellers[0], other=sellers[1], id=view.order.id))


# -- the digest ---------------------------------------------------------------------------------------------------


def digest(store: Store, config: Config, now: datetime, *, write: bool) -> None:
    """Print today's digest as text, or write it as HTML and as a mail file; neither counts as having gone out."""
    from monitor.run import digests

    made = digests.preview(store, config, now=now)
    if not write:
        screen.put(screen.clean(made.text, lines=True))
        return
    try:
        day = render.local_day(now, config.user.timezone)
        delivered = digests.write(made, config, config.digest_to() or "digest@localhost", day)
    except digests.NotSent as error:
        raise Refusal(str(error)) from None
    screen.put(sentence("digest.written", paths=", ".join(map(str, delivered.files))))
