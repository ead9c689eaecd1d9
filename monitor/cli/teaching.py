"""`teach` and `anonymize` for people: what was learnt from a mail and how it did, what was replaced in a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import mails, screen
from monitor.cli.failures import Refusal
from monitor.cli.words import say, say_if_known
from monitor.types import Finding, Kind, Mail, RawMail, Verdict

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store

OPTION = {
    "order_number": "--order-number",
    "total": "--total",
    "items": "--items",
    "tracking_numbers": "--tracking-number",
    "carrier": "--carrier",
    "payment_method": "--payment-method",
    "placed_at": "--placed-at",
    "promised_by": "--promised-by",
    "seller": "--seller",
}


def one_mail(path: Path, max_body: int) -> RawMail:
    """The one mail in a file. Refuses folders and files with several."""
    from monitor import mailfiles

    found = list(islice(mailfiles.walk([path], max_body=max_body), 2))
    if len(found) != 1:
        raise Refusal(say("teach.one_mail", path=path))
    return found[0]


def teach(
    store: Store, config: Config, path: Path, marks: Mapping[str, Sequence[str]], kind: str | None, now: datetime,
    *, dry_run: bool,
) -> None:  # fmt: skip
    """Learn a layout from one mail and what was marked; without marks, show what could be marked."""
    from monitor import knowledge
    from monitor.run import teaching

    if kind is not None and kind not in {each.value for each in Kind}:
        raise Refusal(say("teach.no_kind", kind=kind, kinds=", ".join(each.value for each in Kind)), 2)
    known = knowledge.load(config.knowledge_folder())
    mail = teaching.mail_of(one_mail(path, config.reading.max_body_mb * 1_000_000).content, now)
    if not marks and kind is None:
        show(path, mail, *teaching.read_now(mail, known))
        return
    own = [config.user.name or "", *sorted(config.own_addresses())]
    try:
        lesson = teaching.learn(
            mail, marks, Kind(kind) if kind else None, known, folder=config.knowledge_folder(), own=own
        )
    except teaching.NotTaught as why:
        values = {key: screen.clean(value) for key, value in why.values.items()}
        raise Refusal(say(f"teach.why.{why.key}", **values)) from None
    lesson = teaching.tried(lesson, store, known, besides=mail.header.identity, now=now)
    for name, place in lesson.found.items():
        screen.put(say("teach.found", field=_field(name), place=screen.clean(place)))
    trial = lesson.trial
    if trial.agree + trial.disagree + trial.nothing:
        screen.put(say("teach.tried", agree=trial.agree, disagree=trial.disagree, nothing=trial.nothing))
        for day, field in trial.differing[:10]:
            screen.put("  " + say("teach.differs", day=day.date().isoformat(), field=_field(field)))
    else:
        screen.put(say("teach.untried"))
    if trial.not_kept:
        screen.put(say("teach.not_kept", count=trial.not_kept))
    if dry_run:
        screen.put(say("teach.dry"))
        screen.put(lesson.text.rstrip())
        return
    screen.put(say("teach.kept", path=teaching.keep(lesson, config.knowledge_folder())))
    knowledge.load.cache_clear()


def anonymize(config: Config, path: Path, out: Path | None, now: datetime) -> None:
    """Write a sample of a mail that can be shared; refuses where something of the user's would be left in it."""
    from monitor import knowledge
    from monitor.run import anonymize as making

    target = out or path.with_name(f"{path.stem}.anonymized.eml")
    known = knowledge.load(config.knowledge_folder())
    raw = one_mail(path, config.reading.max_body_mb * 1_000_000)
    own = [config.user.name or "", *sorted(config.own_addresses())]
    sample = making.sample(raw.content, known, now=now, own=own)
    if sample.left:
        raise Refusal(say("anonymize.left", count=len(sample.left)))
    try:
        with target.open("xb") as file:
            file.write(sample.content)
    except FileExistsError:
        raise Refusal(say("failure.exists", path=target)) from None
    target.chmod(0o600)  # until he has looked at it
    screen.put(say("anonymize.done", path=target, count=sample.replaced))
    if sample.changed:
        screen.put(say("anonymize.changed", fields=", ".join(map(_field, sample.changed))))
    screen.put(say("anonymize.look"))


def _field(name: str) -> str:
    key = {"items": "item", "tracking_numbers": "tracking_number"}.get(name, name)
    return say_if_known(f"field.{key}", key.replace("_", " "))


def show(path: Path, mail: Mail, verdict: Verdict, finding: Finding) -> None:
    """What is read of the mail now, and with which options its parts can be marked."""
    from monitor.run.reading import Read

    mails.explain(Read(str(path), mail.header, mail, verdict, finding))
    screen.put(say("teach.could"))
    for name, option in OPTION.items():
        stated = verdict.seller if name == "seller" else getattr(finding, name)
        state = say("teach.is_read") if stated else say("teach.is_not_read")
        screen.put(f"  {option}  {_field(name)}: {state}")
    screen.put(f"  --kind  {say('teach.kind_is', kind=verdict.kind.value)}")
    screen.put(say("teach.as_it_stands"))
    for line in [line for line in mail.text.splitlines() if line.strip()][:60]:
        screen.put("  | " + screen.clean(line.replace("\t", " | ")))
