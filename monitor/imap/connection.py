"""One connection to one mailbox.

Bulk reading goes past imapclient's lexer and imaplib's reader (see `wire` and `line`) to `client._imap`, the imaplib
connection beneath: that attribute is private, so the version is pinned and a test holds both ways of reading against
each other.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.response_parser import parse_response
from imapclient.response_types import BodyData

from monitor.imap import parts, wire
from monitor.imap.errors import Failure, MailboxError, clean, translate
from monitor.imap.folders import Folder, assign
from monitor.imap.line import Line
from monitor.imap.wire import Fetched, uid_set
from monitor.knowledge.hosts import MailHost

BYTES_PER_ROUND = 1_000_000  # bodies asked for at once: keeps memory flat at any mailbox size
MOST_AHEAD = 2  # questions that are sent before their answers are wanted: a batch of headers, a round of bodies
BYTES_OF_A_HEADER = 8_000  # of a long one: how much time an answer with many may take
UIDS_PER_SEARCH = 200_000  # their answer is one line of at most 11 bytes each, below LINE_LIMIT (see `line`)
SLOWEST_LINE = 50_000.0  # bytes a second that an upload must make at least
HEADER_LIMIT = 64_000_000  # bytes of one header: no server that delivers mail lets a tenth of that in
_ITEMS = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[%s])"
# strftime would follow the locale
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MESSAGE_ID = re.compile(r"[!#-;=?-\[\]-~]{1,250}")  # printable ASCII without blank, quotes, backslash, brackets
WIRE_ERRORS = (imaplib.IMAP4.error, OSError, ValueError, IndexError, KeyError, UnicodeError)


@dataclass(slots=True)
class _Ahead:
    """A FETCH that was sent before its answer is wanted."""

    question: tuple[str, str]
    tag: bytes
    size: int
    literal_limit: int
    answer: list[Fetched] | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What EXAMINE said of a folder. `uidnext` is None where the server does not tell."""

    uidvalidity: int
    uidnext: int | None
    exists: int


def drop(client: IMAPClient) -> None:
    """Let go of a connection without a word to the server."""
    with suppress(OSError, imaplib.IMAP4.error):  # it was gone already
        client.shutdown()


class Connection:
    """A logged-in connection. Use as a context manager; every method raises only `MailboxError`."""

    def __init__(
        self, client: IMAPClient, line: Line, host: str, user: str, account: str, provider: MailHost | None
    ) -> None:
        self.host, self.account, self.provider = host, account, provider
        self._client, self._user = client, user
        self._folder: Folder | None = None
        self._examined = Examined(0, None, 0)
        self._capabilities: frozenset[bytes] = frozenset()
        self._ahead: list[_Ahead] = []  # in the order in which they were sent, and will be answered
        self._searched: dict[tuple[str, int, str], list[int]] = {}  # ahead, by folder, UIDVALIDITY and criteria
        self._line = line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def gmail(self) -> bool:
        """Whether folders are labels, and all mail (own letters too) lies in one of them."""
        return b"X-GM-EXT-1" in self._capabilities

    def introduce(self) -> None:
        """ID (RFC 2971): Google asks for it, NetEase lets nobody read without it."""
        self._capabilities = frozenset(self._client.capabilities())
        if b"ID" in self._capabilities:
            try:
                self._client.id_({"name": "refund-monitor"})
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                pass  # a courtesy

    def close(self) -> None:
        """Log out if the server still listens; never raises."""
        try:
            self._client.logout()
        except WIRE_ERRORS:
            drop(self._client)

    def folders(self) -> list[Folder]:
        """Every folder of the user's own namespace, with its role."""
        self._forget_ahead()
        try:
            listing = self._list()
            foreign = self._foreign_prefixes()
        except WIRE_ERRORS as error:
            raise self._translated(error) from error
        own = [entry for entry in listing if not any(entry[2].startswith(prefix) for prefix in foreign)]
        return assign(own, self.provider)

    def examine(self, folder: Folder) -> Examined:
        """Open a folder read-only. A folder that cannot be opened is a `MailboxError` that is not fatal."""
        self._forget_ahead()
        imap = self._client._imap
        try:
            # not imapclient's: it encodes the name anew, and no two programs encode odd names the same way
            typ, data = imap.select(_quoted(folder.wire), readonly=True)
            if typ != "OK":
                raise self._error(Failure.FOLDER_MISSING, f"{folder.name} ({clean(data[0])})")
            numbers = {name: imap.response(name)[1][-1] for name in ("UIDVALIDITY", "UIDNEXT")}
            self._folder = folder
            uidnext = numbers["UIDNEXT"]
            validity, exists = int(numbers["UIDVALIDITY"] or 0), int(data[0] or 0)
            self._examined = Examined(validity, int(uidnext) if uidnext else None, exists)
        except imaplib.IMAP4.abort as error:
            raise self._translated(error) from error
        except imaplib.IMAP4.error as error:
            raise self._error(Failure.FOLDER_MISSING, f"{folder.name} ({clean(error)})") from error
        except WIRE_ERRORS as error:
            raise self._translated(error) from error
        return self._examined

    def search_ahead(self, since: date) -> None:
        """Ask for the first window of UIDs of the open folder now; `uids` takes the answer, if it asks the same."""
        if self._examined.exists:
            criteria, _ = self._window(1, since)
            found = self._search(criteria)
            self._searched[self._key(criteria)] = found

    def uids(self, first: int, since: date | None = None) -> Iterator[tuple[list[int], int]]:
        """The UIDs of the open folder from `first` on, in windows: (ascending UIDs, the UID that comes next).

        `since` asks the server for a day more than that, because SINCE is a date without a zone (RFC 3501 6.4.4):
        the caller filters on INTERNALDATE. The mails of one window never exceed UIDS_PER_SEARCH.
        """
        end = self._examined.uidnext
        if self._examined.exists == 0:
            yield [], max(first, end or 1)
            return
        start = first
        while end is None or start < end:
            criteria, following = self._window(start, since)
            found = [uid for uid in self._search(criteria) if uid >= start]
            if end is None:
                yield found, (found[-1] + 1 if found else start)
                return
            start = following
            yield [uid for uid in found if uid < start], start

    def headers(self, uids: Sequence[int]) -> tuple[list[Fetched], list[int]]:
        """Header, flags, size and INTERNALDATE of these mails, and the UIDs that gave an empty answer twice.

        Mails that are gone are in neither. Ask for one batch at a time: the answer is held in memory.
        """
        return self._fetch(uids, "HEADER", HEADER_LIMIT, len(uids) * BYTES_OF_A_HEADER)

    def sizes(self, uids: Sequence[int]) -> list[tuple[int, int]]:
        """(UID, size in bytes) of those of these mails that are still there, as `bodies` takes them."""
        sizes: dict[int, int] = {}
        for uid_text, asked in uid_set(sorted(uids)):
            for mail in self._mails(uid_text.decode("ascii"), "(UID RFC822.SIZE)", 100 * len(asked)):
                sizes[mail.uid] = mail.size
        return [(uid, sizes[uid]) for uid in uids if uid in sizes]

    def bodies(self, sizes: Sequence[tuple[int, int]], max_body: int) -> Iterator[tuple[list[parts.Body], list[int]]]:
        """The mails of these (UID, size in bytes), in rounds of bounded bytes, and the UIDs that came back empty twice.

        Of a mail above `max_body` bytes only the text parts and small PDFs are fetched; `Body.left_out` names the rest.
        """
        small = [(uid, size) for uid, size in sizes if size <= max_body]
        limit = 4 * max_body + BYTES_PER_ROUND
        rounds = list(_rounds(small))
        for (uids, together), ahead in zip_longest(rounds, rounds[1:]):
            got, empty = self._fetch(uids, "", limit, together)
            if ahead is not None:  # the server reads them while this round is worked on
                self._ask_ahead(ahead[0], "", limit, ahead[1])
            yield [parts.Body(mail, mail.sections[b""], ()) for mail in got], empty
        for uid, size in sizes:
            if size > max_body:
                body = self._large(uid, max_body)
                yield ([body] if body else []), []

    def holds(self, role: str, message_id: str) -> bool | None:
        """Whether a mail with this Message-ID (without brackets) lies in the folder of this role (sent, drafts).

        None where no such folder is. Asked by SEARCH HEADER (RFC 3501 6.4.4) in a folder opened read-only; every mail
        that the server names is looked at, since the search is for a part of the header.
        """
        if not _MESSAGE_ID.fullmatch(message_id):
            return False
        folder = next((f for f in self.folders() if f.role == role and f.selectable), None)
        if folder is None:
            return None
        self.examine(folder)
        found = self._search(f'HEADER Message-ID "<{message_id}>"')
        wanted = f"<{message_id}>".encode("ascii")
        return any(wanted in mail.sections.get(b"HEADER", b"") for mail in self.headers(found[-20:])[0])

    def append(self, role: str, message: bytes, flags: Sequence[str] = ()) -> str:
        """File a text that the user approved into the folder of this role (drafts, sent); the folder's name.

        The only command of this program that changes a mailbox.
        """
        folder = next((f for f in self.folders() if f.role == role and f.selectable), None)
        if folder is None:
            raise self._error(Failure.NO_FOLDER_FOR_ROLE, role)
        content = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        sock = self._client._imap.sock
        patience = sock.gettimeout()
        try:
            if patience is not None:  # it counts for the whole literal, and a letter with files is large
                sock.settimeout(patience + len(content) / SLOWEST_LINE)
            typ, data = self._client._imap.append(_quoted(folder.wire), f"({' '.join(flags)})", None, content)
            if typ != "OK":
                raise self._error(Failure.OTHER, str(data[0]))
        except WIRE_ERRORS as error:
            raise self._translated(error) from error
        finally:
            with suppress(OSError):  # it may be closed by now
                sock.settimeout(patience)
        return folder.name

    def _list(self) -> list[tuple[Sequence[bytes], bytes | None, bytes]]:
        imap = self._client._imap
        # RFC 6154 lets a server keep the attributes out of a plain LIST
        extended = {b"SPECIAL-USE", b"LIST-EXTENDED"} <= self._capabilities
        arguments = ['""', '"*"'] + (["RETURN (SPECIAL-USE)"] if extended else [])
        typ, data = imap._simple_command("LIST", *arguments)
        if typ != "OK" and extended:
            typ, data = imap._simple_command("LIST", '""', '"*"')
        if typ != "OK":
            raise imaplib.IMAP4.error(f"LIST: {clean(data[0] if data else '')}")
        typ, data = imap._untagged_response(typ, data, "LIST")
        listing: list[tuple[Sequence[bytes], bytes | None, bytes]] = []
        for flags, delimiter, name in _triples([piece for piece in data if piece]):
            listing.append((flags, delimiter, name if isinstance(name, bytes) else str(name).encode()))
        return listing

    def _foreign_prefixes(self) -> list[bytes]:
        """Prefixes of shared and other users' folders (RFC 2342); their mail is not the user's."""
        if b"NAMESPACE" not in self._capabilities:
            return []
        try:
            spaces = self._client.namespace()
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, ValueError):
            return []
        found = [prefix for space in (spaces.other, spaces.shared) for prefix, _ in space or ()]
        return [prefix.encode("utf-8") if isinstance(prefix, str) else prefix for prefix in found if prefix]

    def _window(self, start: int, since: date | None) -> tuple[str, int]:
        """What to search for to get the next window of UIDs, and the UID behind it (if the server told the last)."""
        end = self._examined.uidnext
        following = start if end is None else min(start + UIDS_PER_SEARCH, end)
        # with `*` a server gives its last mail even if that is older than `start` (RFC 3501 6.4.8)
        criteria = f"UID {start}:{'*' if end is None else following - 1}"
        if since is not None:
            day = since - timedelta(days=1)
            criteria += f" SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        return criteria, following

    def _search(self, criteria: str) -> list[int]:
        """The UIDs of the mails of which this is true, ascending."""
        if (known := self._searched.pop(self._key(criteria), None)) is not None:
            return known
        found = self._uid("SEARCH", criteria, size=11 * UIDS_PER_SEARCH)
        lines = [line for line in found if isinstance(line, bytes)]
        return sorted({int(word) for line in lines for word in line.split() if word.isdigit()})

    def _key(self, criteria: str) -> tuple[str, int, str]:
        return self._folder.name if self._folder else "", self._examined.uidvalidity, criteria

    def _fetch(
        self, uids: Sequence[int], section: str, literal_limit: int, size: int
    ) -> tuple[list[Fetched], list[int]]:
        """The section of these mails, together about `size` bytes, and the UIDs that gave an empty answer twice."""
        wanted = set(uids)
        key = section.encode("ascii")
        got: dict[int, Fetched] = {}
        failed: set[int] = set()
        self._line.literal_limit = literal_limit
        try:
            for _ in (1, 2):
                for uid_text, asked in uid_set(sorted(wanted - got.keys())):
                    answers, refused = self._ask(uid_text, asked, section, size)
                    failed |= refused
                    for mail in answers:
                        if mail.uid not in wanted:
                            continue
                        if mail.sections.get(key) or (key in mail.sections and mail.size == 0):
                            got[mail.uid] = mail
                        elif mail.sections or mail.size:
                            failed.add(mail.uid)
                if got.keys() >= wanted:
                    break
        finally:
            self._line.literal_limit = 0
        return [got[uid] for uid in uids if uid in got], sorted(failed - got.keys())

    def _ask(self, uid_text: bytes, asked: list[int], section: str, size: int) -> tuple[list[Fetched], set[int]]:
        """The answers to one FETCH. One mail that a server cannot give must not cost the others: halve until found."""
        try:
            return self._mails(uid_text.decode("ascii"), _ITEMS % section, size), set()
        except MailboxError as error:
            if error.fatal:
                raise
        if len(asked) == 1:
            return [], set(asked)
        answers: list[Fetched] = []
        refused: set[int] = set()
        middle = len(asked) // 2
        for half in (asked[:middle], asked[middle:]):
            for half_text, half_asked in uid_set(half):
                more, bad = self._ask(half_text, half_asked, section, size)
                answers += more
                refused |= bad
        return answers, refused

    def _large(self, uid: int, max_body: int) -> parts.Body | None:
        """A mail too large to fetch whole, made of its header and the parts worth reading; None if it is gone."""
        got, _ = self.headers([uid])
        if not got:
            return None
        header = got[0]
        structure = self._structure(uid)
        plan = parts.plan(structure, max_body)
        sections: dict[str, bytes] = {}
        for wanted in plan.sections:
            partial = f"<0.{wanted.limit}>" if wanted.limit else ""
            self._line.literal_limit = 4 * max_body + BYTES_PER_ROUND
            try:
                mails = self._mails(str(uid), f"(UID BODY.PEEK[{wanted.section}]{partial})", max_body)
            finally:
                self._line.literal_limit = 0
            for mail in mails:
                if mail.uid == uid:
                    sections[wanted.section] = mail.sections.get(wanted.section.encode("ascii"), b"")
        return parts.assemble(header, plan, sections)

    def _structure(self, uid: int) -> Any:
        data = self._uid("FETCH", str(uid), "(UID BODYSTRUCTURE)")
        try:
            for line in parse_response([piece for piece in data if piece]):
                if isinstance(line, tuple):
                    pairs = dict(zip(line[::2], line[1::2], strict=False))
                    if pairs.get(b"UID") == uid and b"BODYSTRUCTURE" in pairs:
                        return BodyData.create(pairs[b"BODYSTRUCTURE"])
        except WIRE_ERRORS:
            return None  # a structure that nobody can read: the header and the beginning of the text must do
        return None

    def ask_ahead(self, uids: Sequence[int]) -> None:
        """Send the question for the next batch of headers and don't wait: the server works while we read this batch.

        The next call of `headers` with the same UIDs takes the answer; any other command first waits for it.
        """
        self._ask_ahead(uids, "HEADER", HEADER_LIMIT, len(uids) * BYTES_OF_A_HEADER)

    def _ask_ahead(self, uids: Sequence[int], section: str, literal_limit: int, size: int) -> None:
        sets = list(uid_set(uids))
        if len(sets) == 1 and len(self._ahead) < MOST_AHEAD:
            question = (sets[0][0].decode("ascii"), _ITEMS % section)
            self._ahead.append(_Ahead(question, self._send("FETCH", *question), size, literal_limit))

    def _send(self, command: str, *arguments: str) -> bytes:
        try:
            tag: bytes = self._client._imap._command("UID", command, *arguments)
        except WIRE_ERRORS as error:
            raise self._translated(error) from error
        return tag

    def _mails(self, uid_text: str, items: str, size: int) -> list[Fetched]:
        """The answer to a FETCH of about `size` bytes."""
        for ahead in self._ahead:
            self._wait_for(ahead)
            if ahead.question == (uid_text, items):
                self._ahead.remove(ahead)
                return ahead.answer or []
        return self._fetched(self._send("FETCH", uid_text, items), size)

    def _fetched(self, tag: bytes, size: int) -> list[Fetched]:
        self._line.allow(size)
        try:
            mails, status, said = wire.answer(self._line, tag)
            self._client._imap.tagged_commands.pop(tag, None)
            # NO means "some mails could not be fetched": what came before still counts
            if status == "BAD" or (status != "OK" and not mails):
                raise imaplib.IMAP4.error(f"FETCH refused: {clean(said)}")
        except WIRE_ERRORS as error:
            raise self._translated(error) from error
        return mails

    def _uid(self, command: str, *arguments: str, size: int = 0) -> list[wire.Piece]:
        """The answer to any other command with UIDs, as imaplib gives it."""
        for ahead in self._ahead:
            self._wait_for(ahead)
        tag = self._send(command, *arguments)
        self._line.allow(size)
        imap = self._client._imap
        try:
            typ, data = imap._command_complete("UID", tag)
            typ, data = imap._untagged_response(typ, data, command)
            if typ == "NO":
                raise imaplib.IMAP4.error(f"{command} refused")
        except WIRE_ERRORS as error:
            raise self._translated(error) from error
        return list(data)

    def _wait_for(self, ahead: _Ahead) -> None:
        """Take the answer off the wire, whatever is asked next; those sent before it were taken."""
        if ahead.answer is not None:
            return
        limit, self._line.literal_limit = self._line.literal_limit, ahead.literal_limit
        try:
            ahead.answer = self._fetched(ahead.tag, ahead.size)
        except MailboxError:
            self._ahead.remove(ahead)
            raise
        finally:
            self._line.literal_limit = limit

    def _forget_ahead(self) -> None:
        for ahead in self._ahead:
            self._wait_for(ahead)
        self._ahead.clear()

    def _translated(self, error: BaseException) -> MailboxError:
        made = translate(error, host=self.host, user=self._user, provider=self.provider)
        made.fatal = not isinstance(error, imaplib.IMAP4.error) or isinstance(error, imaplib.IMAP4.abort)
        return made

    def _error(self, kind: Failure, detail: str) -> MailboxError:
        """A failure that leaves the connection usable."""
        return MailboxError(kind, host=self.host, user=self._user, detail=detail, provider=self.provider, fatal=False)


def _quoted(wire_name: bytes) -> bytes:
    """A folder's name as a quoted string, byte for byte as the server spelled it."""
    return b'"' + wire_name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _triples(pieces: list[Any]) -> Iterator[tuple[Any, Any, Any]]:
    parsed = iter(parse_response(pieces))
    return zip(parsed, parsed, parsed, strict=False)


def _rounds(sizes: Sequence[tuple[int, int]]) -> Iterator[tuple[list[int], int]]:
    """UIDs in groups whose sizes stay within BYTES_PER_ROUND (one mail may exceed it alone), each with their sum."""
    group: list[int] = []
    total = 0
    for uid, size in sizes:
        if group and total + size > BYTES_PER_ROUND:
            yield group, total
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group, total
