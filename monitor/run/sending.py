"""Approved texts leave, each at most once; and what became of each is found out, never guessed.

In charge of the outbox: one worker at a time over all processes; a row is `sending` in the store before the first byte
leaves; what broke off while the text went out is `outcome_unknown` and is never sent again, only looked for (in the
Sent folder, among the answers and bounces) or settled by the user's word. Also of the copy in the Sent folder, of
drafts put into the mailbox, and of the event `letter` by which the ladder moves on. It approves nothing (`approving`)
and chooses no words.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from monitor import imap, render, smtp
from monitor.config import Config, SecretError
from monitor.imap import MailboxError
from monitor.knowledge import hosts
from monitor.run import approving, digests
from monitor.run.intake.sessions import Session
from monitor.run.intake.summary import AccountSummary
from monitor.store.words import Outgoing, StoreError
from monitor.types import Event, Source

if TYPE_CHECKING:
    from monitor.store import Store

T = TypeVar("T")

log = logging.getLogger("refund-monitor")

FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=2)
GIVE_UP = timedelta(hours=24)
"""A text that could not go out for so long names days that no longer hold: it fails, and can be approved anew."""

COPY_GIVE_UP = timedelta(days=3)
SERVER_FILES_WITHIN = 3.0  # seconds that a server of unknown habits gets to file the copy itself

LOST = "approval.answer.lost"
NEWS = "approval.answer.news"
TOO_LATE = "approval.answer.too_late"
NO_MAILBOX = "approval.answer.no_mailbox"
USER_SAID = "approval.answer.user_said"
SEEN_IN_SENT = "approval.answer.seen_in_sent"
ANSWERED = "approval.answer.answered"
TAKEN = "approval.answer.taken"
REFUSED = "approval.answer.refused"
LATER = "approval.answer.later"
UNREACHABLE = "approval.answer.unreachable"
BROKE = "approval.answer.broke"
SETTINGS = "approval.answer.settings"
"""Keys of the catalog: the first line of `answer`; what a server said stands on the next, as it said it."""


@dataclass(slots=True)
class Work:
    """What a pass over the outbox did: ids of rows by what became of them. `busy`: another worker was at it."""

    done: dict[str, str] = field(default_factory=dict)
    busy: bool = False


def work(
    store: Store,
    config: Config,
    *,
    now: datetime,
    environ: Mapping[str, str] | None = None,
    only: str | None = None,
    patience: float = SERVER_FILES_WITHIN,
) -> Work:
    """Carry out what is due in the outbox (`only`: that one row), and look after what became of the rest.

    Never raises for what a server does; raises StoreError where the store cannot be used. `patience`: seconds that a
    server of unknown habits gets to file a sent letter itself before the program does.
    """
    outcome = Work()
    surroundings = os.environ if environ is None else environ
    with store.sending() as alone:
        if not alone:
            outcome.busy = True
            return outcome
        before = {row.id: row.status for row in store.outbox()}
        _left_behind(store, now)
        for row in store.outbox(status=("queued",)):
            if (only is None or row.id == only) and (row.next_try_at is None or row.next_try_at <= now or only):
                _attempt(store, config, row, now, surroundings)
        mailbox = _Mailbox(config, surroundings)
        try:
            for row in store.outbox(status=("outcome_unknown", "filed", "sent")):
                if only is None or row.id == only:
                    _look_after(store, config, row, mailbox, now, patience)
        finally:
            mailbox.close()
        _tell(store, config, before, now)
        outcome.done = {row.id: row.status for row in store.outbox() if only is None or row.id == only}
    return outcome


def pending(store: Store) -> bool:
    """Whether the outbox holds anything that a pass should look after."""
    return bool(store.outbox(status=("queued", "sending", "outcome_unknown", "filed"))) or any(
        row.copy_state == "pending" for row in store.outbox(status=("sent",))
    )


def start(
    store: Store,
    config: Config,
    outgoing_id: str,
    *,
    clock: Callable[[], datetime],
    wait: float,
    environ: Mapping[str, str],
) -> None:
    """Carry out one row in a thread of its own and wait for it so many seconds: a page must not hang on a server.

    What is not done by then goes on; if this process dies, the next pass finds the row as it was left.
    """

    def run() -> None:
        try:
            for _ in range(20):
                if not work(store, config, now=clock(), environ=environ, only=outgoing_id).busy:
                    return
                time.sleep(0.5)
        except StoreError as error:
            log.error("A letter waits for the next pass: %s", error)  # its row is in the store
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end in a bare traceback; the row waits
            log.error("A letter waits for the next pass: %s", type(error).__name__)

    # No daemon thread: a service that is told to stop finishes the letter that is just going out.
    worker = threading.Thread(target=run, name="sending")
    worker.start()
    worker.join(wait)


def settle(store: Store, row: Outgoing, word: str, *, now: datetime) -> bool:
    """The user's word on a row: `sent` or `not_sent`; False where it does not fit what the row is by now.

    `not_sent` of one that still waits takes it back. Of an unknown outcome only he can say so, and the text may then
    be approved anew, as another letter.
    """
    store.resolve_problems(now, stage=approving.stage_of(row))
    if word == "sent" and row.status in ("outcome_unknown", "filed"):
        return _went_out(store, row, USER_SAID, at=now if row.status == "filed" else row.updated_at, now=now)
    if word == "not_sent" and row.status in ("queued", "outcome_unknown", "filed"):
        status = "failed" if row.status == "outcome_unknown" else "withdrawn"
        return _not_out(store, row, status, USER_SAID, now, when=(row.status,))
    return False


def _tell(store: Store, config: Config, before: Mapping[str, str], now: datetime) -> None:
    """What went wrong while nobody was looking becomes a problem, which the digest and the first page name."""
    for row in store.outbox():
        if before.get(row.id, "queued") == row.status:
            continue
        if row.status in ("failed", "outcome_unknown"):
            text = render.message(f"approval.problem.{row.status}", config.user.language, to=row.recipient)
            store.add_problem(approving.stage_of(row), text, now=now)
        else:
            store.resolve_problems(now, stage=approving.stage_of(row))


# -- one row ------------------------------------------------------------------------------------------------------


def _left_behind(store: Store, now: datetime) -> None:
    """Whoever was sending died at it (we hold the lock): nobody knows how far he came."""
    for row in store.outbox(status=("sending",)):
        store.move_outgoing(row.id, "outcome_unknown", now, when=("sending",), answer=LOST)


def _attempt(store: Store, config: Config, row: Outgoing, now: datetime, environ: Mapping[str, str]) -> None:
    draft = approving.find_or_none(store, row.draft_id)
    if draft is None or approving.news(store, draft):
        _not_out(store, row, "failed", NEWS, now, when=("queued",))
    elif now - row.approved_at > GIVE_UP:
        last = row.answer.rpartition("\n")[2]
        _not_out(store, row, "failed", f"{TOO_LATE}\n{last}".strip(), now, when=("queued",))
    elif row.way == "smtp":
        _send(store, config, row, now, environ)
    elif row.way == "drafts":
        _put_into_drafts(store, config, row, now, environ)


def _send(store: Store, config: Config, row: Outgoing, now: datetime, environ: Mapping[str, str]) -> None:
    try:
        server = digests.sending_server(config, environ)
    except (digests.NotSent, SecretError) as error:
        _not_out(store, row, "failed", f"{SETTINGS}\n{error}", now, when=("queued",))
        return
    if not store.move_outgoing(row.id, "sending", now, when=("queued",), attempt=True):
        return
    try:
        outcome = smtp.send_content(server, _content(store, row), row.sender, [row.recipient])
    except smtp.SmtpError as error:  # the settings are at fault; nothing was begun
        reason = f"{SETTINGS}\n{error.message(config.user.language)}"
        _insist(lambda: _not_out(store, row, "failed", reason, now, when=("sending",)))
        return
    said = outcome.said or outcome.detail or outcome.reason
    if outcome.status is smtp.Status.SENT:
        _insist(lambda: _went_out(store, row, f"{TAKEN}\n{said}", at=now, now=now, when=("sending",)))
    elif outcome.status is smtp.Status.REFUSED:
        _insist(lambda: _not_out(store, row, "failed", f"{REFUSED}\n{said}", now, when=("sending",)))
    elif outcome.status is smtp.Status.TRY_LATER:
        key = LATER if outcome.said else UNREACHABLE
        _insist(lambda: _wait(store, row, f"{key}\n{said}", now, "sending"))
    else:
        _insist(lambda: store.move_outgoing(row.id, "outcome_unknown", now, when=("sending",), answer=BROKE))


def _content(store: Store, row: Outgoing) -> bytes:
    """The approved bytes: with files they are large, and wanted by nobody but whoever hands them over."""
    whole = store.outgoing(row.id)
    if whole is None:
        raise StoreError(f"The outbox has no row {row.id}.")
    return whole.content


def _wait(store: Store, row: Outgoing, reason: str, now: datetime, status: str, *, attempt: bool = False) -> bool:
    """Nothing was taken: try again, later each time. An attempt that is not counted yet is counted here."""
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
    return store.move_outgoing(
        row.id, "queued", now, when=(status,), answer=reason, next_try_at=now + pause, attempt=attempt
    )


def _put_into_drafts(store: Store, config: Config, row: Outgoing, now: datetime, environ: Mapping[str, str]) -> None:
    """May be tried as often as one likes: what lies there already is not put there again."""
    mailbox = _Mailbox(config, environ)
    try:
        connection = mailbox.connection(row.sender)
        if connection is None:
            _not_out(store, row, "failed", NO_MAILBOX, now, when=("queued",))
            return
        if not connection.holds("drafts", row.message_id):
            connection.append("drafts", _content(store, row), ("\\Draft", "\\Seen"))
    except MailboxError as error:
        if error.kind is imap.Failure.NO_FOLDER_FOR_ROLE:
            _not_out(store, row, "failed", error.message(config.user.language), now, when=("queued",))
        else:
            _wait(store, row, error.message(config.user.language), now, "queued", attempt=True)
        return
    except SecretError as error:
        _not_out(store, row, "failed", str(error), now, when=("queued",))
        return
    finally:
        mailbox.close()
    with store.transaction(durable=True):
        if store.move_outgoing(row.id, "filed", now, when=("queued",), answer="", attempt=True):
            store.set_draft_status(row.draft_id, "exported", now)


def _went_out(
    store: Store,
    row: Outgoing,
    answer: str,
    *,
    at: datetime,
    now: datetime,
    when: tuple[str, ...] = ("sending", "outcome_unknown", "filed"),
) -> bool:
    """The letter is out: row, draft, and the event by which the order knows, in one write."""
    with store.transaction(durable=True):
        if not store.move_outgoing(row.id, "sent", now, when=when, answer=answer, sent_at=at):
            return False
        payload = {name: value for name, value in row.payload.items() if name != "mail" and value}
        if row.way != "copied":  # what the user copied has the Message-ID that his mail program gave it
            payload["message_id"] = row.message_id
        store.append_event(
            Event(
                id="letter-" + row.id,
                order_id=row.order_id,
                at=at,
                kind="letter",
                source=Source.MONITOR,
                mail=row.payload.get("mail") or None,
                payload=payload,
            )
        )
        if approving.find_or_none(store, row.draft_id) is not None:
            store.set_draft_status(row.draft_id, "sent", now)
    return True


def _not_out(store: Store, row: Outgoing, status: str, answer: str, now: datetime, *, when: tuple[str, ...]) -> bool:
    """The letter did not go out: the draft can be changed and approved anew, or is locked where there is news."""
    with store.transaction(durable=True):
        if not store.move_outgoing(row.id, status, now, when=when, answer=answer):
            return False
        draft = approving.find_or_none(store, row.draft_id)
        if draft is not None and draft.status not in ("sent", "discarded"):
            store.set_draft_status(draft.id, "locked" if approving.news(store, draft) else "ready", now)
    return True


def _insist(write: Callable[[], T]) -> T:
    """A server has spoken: what it said must get into the store, even if somebody else is writing for a while."""
    for _ in range(5):
        try:
            return write()
        except StoreError:
            time.sleep(0.5)
    return write()


# -- what became of it --------------------------------------------------------------------------------------------


def _look_after(store: Store, config: Config, row: Outgoing, mailbox: _Mailbox, now: datetime, patience: float) -> None:
    if row.status == "outcome_unknown":
        if store.is_answered(row.message_id):
            _went_out(store, row, ANSWERED, at=row.updated_at, now=now)
        elif store.lies_in_mailbox(row.message_id) or _holds(mailbox, row, "sent"):
            _went_out(store, row, SEEN_IN_SENT, at=row.updated_at, now=now)
    elif row.status == "filed" and row.way == "drafts":
        seen = store.lies_in_mailbox(row.message_id)
        if seen is not None:
            _went_out(store, row, SEEN_IN_SENT, at=seen, now=now)
    elif row.status == "sent" and row.copy_state == "pending":
        state = _copy(store, config, row, mailbox, patience)
        if state is None and row.sent_at is not None and now - row.sent_at > COPY_GIVE_UP:
            state = "given_up"
        if state is not None:
            store.note_copy(row.id, state, now)


def _holds(mailbox: _Mailbox, row: Outgoing, role: str) -> bool:
    try:
        connection = mailbox.connection(row.sender)
        return connection is not None and bool(connection.holds(role, row.message_id))
    except (MailboxError, SecretError):
        mailbox.close()
        return False


def _copy(store: Store, config: Config, row: Outgoing, mailbox: _Mailbox, patience: float) -> str | None:
    """See to the copy in the Sent folder: what is known of it then, None where it has to be tried again."""
    try:
        connection = mailbox.connection(row.sender)
        if connection is None:
            return "none"
        habit = _who_files(config, connection)
        if habit == "server":
            return "server"
        held = connection.holds("sent", row.message_id)
        if held is False and habit == "unknown" and patience:
            time.sleep(patience)
            held = connection.holds("sent", row.message_id)
        if held is None:
            return "none"
        if held:
            return "found"
        connection.append("sent", _content(store, row), ("\\Seen",))
    except (MailboxError, SecretError):
        mailbox.close()
        return None
    return "filed"


def _who_files(config: Config, connection: imap.Connection) -> str:
    """Whether this provider's sending server files a copy itself: server, client or unknown (also: another server)."""
    provider = connection.provider
    if provider is None:
        return "unknown"
    ours = (config.smtp.host, config.smtp.port)
    known = [server for server in (provider.smtp, *provider.smtp_alt) if server is not None]
    same = any(ours[0] in (None, server.host) and ours[1] in (None, server.port) for server in known)
    return provider.sent_copy if same else "unknown"


class _Mailbox:
    """The connection to the mailbox of the sender, opened when it is first needed."""

    def __init__(self, config: Config, environ: Mapping[str, str]) -> None:
        self._config, self._environ = config, environ
        self._session: Session | None = None

    def connection(self, sender: str) -> imap.Connection | None:
        """None where no mailbox is set up for this sender. Raises MailboxError, SecretError."""
        if self._session is None:
            name = account_of(self._config, sender)
            if name is None:
                return None
            self._session = Session(name, self._config.accounts[name], AccountSummary(name))
        return self._session.connect(self._config, self._environ, imap.SECONDS_TO_ANSWER)

    def close(self) -> None:
        """Let go of the connection, if there is one."""
        if self._session is not None:
            self._session.drop()


def account_of(config: Config, sender: str) -> str | None:
    """The account whose Sent and Drafts folders belong to letters of `sender`."""
    enabled = {name: account for name, account in config.accounts.items() if account.enabled}
    if config.smtp.account in enabled:
        return config.smtp.account
    mine = [name for name, account in enabled.items() if account.own_address == sender]
    return next(iter(mine or enabled), None)


def keeps_copies(config: Config, sender: str) -> str:
    """Who files what is sent, as far as the provider's data say, without asking anybody: server, client, unknown."""
    name = account_of(config, sender)
    if name is None:
        return "unknown"
    account, known = config.accounts[name], hosts.load()
    provider = known.get(account.preset) or known.for_address(account.own_address or "")
    return provider.sent_copy if provider is not None and not account.host else "unknown"
