"""A calendar to subscribe to: last safe days, those of payment errors too, and when a next step is possible (RFC 5545).

Calendar programs cannot log in, so the address itself is the key: made in the settings, shown once, kept as a hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from monitor import render
from monitor.case import Case
from monitor.run import cases, pages
from monitor.web import forms, keys, wording
from monitor.web.forms import TheSite

router = APIRouter()

MOST = 500


@router.get("/calendar/{secret}.ics")
def calendar(request: Request, site: TheSite, secret: str) -> Response:
    """The feed for who knows its address."""
    address = forms.visitor(request).address
    if site.throttle.wait(address) > 0:
        raise HTTPException(429)
    if keys.known(site, secret, keys.CALENDAR) is None:
        site.throttle.failed(address)
        raise HTTPException(404)
    pages.ensure(site.store, site.config, now=site.now())
    language = site.config.user.language
    found, _ = pages.find(site.store, moods=("act", "ask", "wait", "old"), sort="safe", limit=MOST)
    failed = [one for one in cases.near(site.store, site.config, now=site.now()) if one.open]
    body = write(found, language, site.now(), site.config.web.address(), failed)
    return Response(body, media_type="text/calendar; charset=utf-8")


def write(
    orders: Iterable[pages.Summary], language: str, now: datetime, address: str, failed: Iterable[Case] = ()
) -> str:
    """The whole feed. An order keeps its UID, so that a day that moves moves in the calendar too."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//refund-monitor//page//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(render.message('web.calendar.name', language))}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for one in orders:
        step = one.step
        if step is None:
            continue
        rung, name = wording.rung_name(step.rung, language), wording.name(one, language)
        safe = None if step.before_bill else step.last_safe_day  # a stand-in for a day that nobody told
        days = [("safe", safe), ("step", step.not_before if step.not_before > one_day(now) else None)]
        for key, day in days:
            if day is not None:
                text = render.message(f"web.calendar.{key}", language, order=name, rung=rung)
                lines += event(f"{one.id}-{key}", day, text, f"{address}/orders/{one.id}", now)
        if one.closing is not None and not one.closing.before_bill:
            rung = wording.rung_name(one.closing.rung, language)
            text = render.message("web.calendar.safe", language, order=name, rung=rung)
            lines += event(f"{one.id}-closing", one.closing.last_safe_day, text, f"{address}/orders/{one.id}", now)
    for case in failed:
        if case.last_safe_day is not None:
            text = render.message("web.calendar.case", language, seller=render.one_line(case.seller.name))
            lines += event(f"{case.id}-case", case.last_safe_day, text, f"{address}/cases/{case.id}", now)
    lines.append("END:VCALENDAR")
    return "".join(line + "\r\n" for content in lines for line in fold(content))


def one_day(moment: datetime) -> date:
    """The day before a moment's: what becomes possible later than that is still worth a line."""
    return moment.date() - timedelta(days=1)


def event(uid: str, day: date, text: str, url: str, now: datetime) -> list[str]:
    """A whole-day event (RFC 5545, section 3.6.1): DTEND is the day after, which does not belong to it."""
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@refund-monitor.invalid",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escape(text)}",
        f"URL:{url}",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def escape(text: str) -> str:
    """TEXT as RFC 5545, section 3.3.11, wants it."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return "".join(sign for sign in text if ord(sign) >= 32 or sign == "\t")


def fold(line: str) -> Iterator[str]:
    """Lines of at most 75 octets (section 3.1); no letter is cut in two."""
    room, part = 75, ""
    for sign in line:
        size = len(sign.encode("utf-8"))
        if size > room:
            yield part
            part, room = " ", 74
        part += sign
        room -= size
    yield part
