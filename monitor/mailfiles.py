"""Mails in files: mbox (Google Takeout's too), Maildir, .eml, and folders of them, recognised by content.

In charge of walking paths and handing out one `RawMail` after the other in bounded memory, whatever the size of a
file. It only reads: no flag is set, nothing is moved from new/ to cur/, no access is locked. It knows nothing of
purchases and stores nothing. The moment of arrival is left open (`received_at=None`): files do not hold it.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from monitor.types import RawMail

ACCOUNT = "import"
MAX_BODY = 10_000_000  # bytes of one mail; what is longer is named in `left_out`
BEGINNING = 16_384  # bytes of a mail file that hold its header
_BLOCK = 1 << 20
_FROM_LINE_MAX = 600

# "From " + envelope sender + asctime date; Thunderbird writes "-" for the sender, Takeout a thread number and a zone
_FROM_LINE = re.compile(rb"From (?: ?\S{1,320})? {1,8}[A-Z][a-z]{2},? [A-Z]?[a-z0-9]{1,3} {1,2}\S{1,4} \d{1,2}:\d\d")
_FROM_LOOSE = re.compile(rb"From [^\r\n]{0,400}\d{1,2}:\d\d[^\r\n]{0,60}\d{4}")
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_LABELS = re.compile(rb"(?im)^X-Gmail-Labels:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")


class MailFilesError(Exception):
    """A path cannot be used; the message says which and why, in plain words."""


@dataclass(slots=True)  # not frozen, which makes it cost thrice as much: there is one per mail
class _File:
    path: str
    named: bool  # given by the user himself, not found by walking
    draft: bool = False


def walk(
    paths: Iterable[Path], *, max_body: int = MAX_BODY, on_problem: Callable[[str], None] | None = None,
    on_bytes: Callable[[int], None] | None = None, beginnings: bool = False,
) -> Iterator[RawMail]:  # fmt: skip
    """Every mail below these paths, in a stable order; drafts and deleted mails are passed over.

    With `beginnings` a long mail that has a file of its own comes with its beginning only, which holds its header:
    `content` is then shorter than `size`, and `read` gives the whole. Most mails are decided by their header, and
    most bytes of a mailbox are attachments.

    Raises `MailFilesError` before the first mail if one of `paths` itself cannot be used; a file found on the way
    that cannot be read goes to `on_problem` as a plain sentence. `on_bytes` hears how far reading has come.
    """
    given = [Path(path) for path in paths]
    for path in given:
        _check(path)
    for file in _files(given, on_problem):
        try:
            for mail in _mails(file, max_body, beginnings):
                yield mail
                if on_bytes is not None:
                    on_bytes(mail.size)
        except OSError as error:
            if file.named:
                raise MailFilesError(_why(Path(file.path), error)) from None
            if on_problem is not None:
                on_problem(_why(Path(file.path), error))


def total_bytes(paths: Iterable[Path]) -> int:
    """How many bytes `walk` will go through; for a progress bar."""
    total = 0
    for file in _files([Path(path) for path in paths], None):
        try:
            total += Path(file.path).stat().st_size
        except OSError:
            continue
    return total


def read(folder: str, uid: int, *, max_body: int = MAX_BODY) -> RawMail | None:
    """One mail again, by the place that `walk` gave it; None if file or mail are gone."""
    try:
        opened = os.open(folder, os.O_RDONLY)
        try:
            start = os.read(opened, BEGINNING)
            if _kind(start[:4096]) != "mbox":
                return _whole(folder, opened, start, max_body, beginning=False)
        finally:
            os.close(opened)
        return next((mail for mail in _mbox(Path(folder), max_body, start=uid) if mail.uid == uid), None)
    except (OSError, ValueError):
        return None


def _check(path: Path) -> None:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            next(os.scandir(path), None)
        elif stat.S_ISREG(mode):
            with path.open("rb") as file:
                file.read(1)
        else:
            raise MailFilesError(f"{path} is neither a file nor a folder.")
    except OSError as error:
        raise MailFilesError(_why(path, error)) from None


def _why(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path} does not exist."
    if isinstance(error, PermissionError):
        return f"{path} may not be read by this user."
    return f"{path} cannot be read: {error.strerror or error}."


def _files(paths: Iterable[Path], on_problem: Callable[[str], None] | None) -> Iterator[_File]:
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path.is_dir():
            yield from _below(path.absolute(), on_problem, seen)
        else:
            yield _File(str(path.absolute()), named=True)


def _below(folder: Path, on_problem: Callable[[str], None] | None, seen: set[tuple[int, int]]) -> Iterator[_File]:
    """Files of a folder and its subfolders; of a Maildir only cur/ and new/, without its bookkeeping files."""
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return  # a link that leads back
        seen.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        if on_problem is not None:
            on_problem(_why(folder, error))
        return
    names = {entry.name for entry in entries if entry.is_dir()}
    maildir = "cur" in names and ("new" in names or "tmp" in names)
    flagged = folder.name == "cur"
    for entry in entries:
        name = entry.name
        if flagged and ":2," in name:  # a mail of a Maildir; its info says with a D that it is a draft
            if entry.is_file():
                yield _File(entry.path, named=False, draft="D" in name.rpartition(":2,")[2])
            continue
        if maildir and name in ("cur", "new") and name in names:  # as they are called whatever they hold
            yield from _below(folder / name, on_problem, seen)
            continue
        if (maildir and name == "tmp") or _is_put_away(name):
            continue
        if entry.is_dir():
            yield from _below(folder / name, on_problem, seen)
        elif entry.is_file() and not maildir:
            yield _File(entry.path, named=False)


@cache
def _put_away_names() -> frozenset[str]:
    names = {"drafts", "draft", "trash", "deleted", "bin", "deleted messages", "deleted items", "임시보관함", "휴지통"}
    from monitor.knowledge import hosts  # late: a Maildir has its own signs for what was put away

    for host in hosts.load().by_id.values():
        for role in ("drafts", "trash"):
            names.update(name.removeprefix("[Gmail]/").casefold() for name in host.folders.get(role, ()))
    return frozenset(names)


def _is_put_away(name: str) -> bool:
    """Whether a file or folder of this name holds drafts or deleted mails (Maildir++: `.Trash`, `.INBOX.Trash`)."""
    bare = unicodedata.normalize("NFC", name).casefold().removesuffix(".mbox").removesuffix(".mbx")
    return bare.lstrip(".").removeprefix("inbox.") in _put_away_names()


def _kind(start: bytes) -> str:
    """mbox, eml or "" by the first bytes of a file."""
    if _HEADER_LINE.match(start):
        return "eml"
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if start.startswith(b"From ") and (_FROM_LINE.match(start) or _FROM_LOOSE.match(start)):
        return "mbox"
    if _HEADER_LINE.match(start):
        return "eml"
    lines = start.splitlines()[:4]
    return "eml" if any(_HEADER_LINE.match(line) for line in lines) else ""


def _mails(file: _File, max_body: int, beginnings: bool) -> Iterable[RawMail]:
    if file.draft:
        return ()
    opened = os.open(file.path, os.O_RDONLY)  # a file object, and a Path even more, cost as much as the reading
    try:
        start = os.read(opened, BEGINNING)
        kind = "eml" if _HEADER_LINE.match(start, 0, 4096) else _kind(start[:4096])
        if kind == "eml" or (kind != "mbox" and (file.named or file.path.lower().endswith(".eml"))):
            return (_whole(file.path, opened, start, max_body, beginnings),)
    finally:
        os.close(opened)
    return _mbox(Path(file.path), max_body) if kind == "mbox" else ()


def _has_header(start: bytes) -> bool:
    """Whether the empty line below a header is there."""
    # that of the mail's own line ends first: the other one would be looked for through the whole
    first, second = (b"\n\r\n", b"\n\n") if b"\r\n" in start[:1000] else (b"\n\n", b"\n\r\n")
    return first in start or second in start


def _whole(path: str, file: int, start: bytes, max_body: int, beginning: bool) -> RawMail:
    """The mail of a file that begins with `start`; of a long one, if wanted, no more than that."""
    content, size = start, len(start)
    if size == BEGINNING:
        size = os.lseek(file, 0, os.SEEK_END)  # `fstat` tells more, in six times the time
        if not (beginning and size <= max_body and _has_header(start)):
            os.lseek(file, len(start), os.SEEK_SET)
            content = start + _rest(file, max_body + 1 - len(start))
    if content[:1] in _BEFORE_A_HEADER:
        content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if len(content) <= max_body:
        return RawMail(ACCOUNT, path, 0, 0, None, content, size)
    return _raw(path, 0, content, size, max_body)


def _rest(file: int, most: int) -> bytes:
    blocks: list[bytes] = []
    while most > 0 and (block := os.read(file, most)):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks) if len(blocks) != 1 else blocks[0]


_BEFORE_A_HEADER = frozenset((b"\xef", b"\r", b"\n"))  # of a byte order mark, of empty lines


def _raw(path: str, uid: int, content: bytes, size: int, max_body: int) -> RawMail:
    left_out: tuple[str, ...] = ()
    if len(content) > max_body:
        content = content[:max_body]
        left_out = (f"everything beyond the first {max_body:,} bytes (of {size:,})",)
    return RawMail(ACCOUNT, path, 0, uid, None, content, size, left_out)


def _mbox(path: Path, max_body: int, start: int = 0) -> Iterator[RawMail]:
    """Mails of an mbox; `uid` is the offset of the mail's "From " line, so that it can be found again at once."""
    with path.open("rb") as scanned, path.open("rb") as file:
        begin = -1
        for end in _boundaries(scanned, start):
            if begin >= 0:
                mail = _message(path, file, begin, end, max_body)
                if mail is not None:
                    yield mail
            begin = end


def _message(path: Path, file: BinaryIO, begin: int, end: int, max_body: int) -> RawMail | None:
    file.seek(begin)
    file.readline()
    at = file.tell()
    content = file.read(min(end - at, max_body + 1))
    if len(content) == end - at:
        # the empty line before the next "From " belongs to the mbox, not to the mail
        content = content.removesuffix(b"\r\n") if content.endswith(b"\n\r\n") else content.removesuffix(b"\n")
        content = content if content.endswith(b"\n") else content + b"\n"
    header_end = re.search(rb"\n\r?\n", content[:65536])
    labels = _LABELS.search(content, 0, header_end.start() if header_end else 65536)
    if labels is not None and _label_put_away(labels[1]):
        return None
    if b"\n>" in content:
        content = _QUOTED_FROM.sub(rb"\1", content)
    return _raw(str(path), begin, content, end - at, max_body)


def _label_put_away(value: bytes) -> bool:
    """Whether Takeout's labels call the mail a draft, deleted, or a chat."""
    text = value.decode("utf-8", "replace")
    if "=?" in text:
        import email.header  # late: few folders are mboxes with labels

        try:
            pairs = email.header.decode_header(" ".join(text.split()))
            text = "".join(p if isinstance(p, str) else p.decode(charset or "ascii", "replace") for p, charset in pairs)
        except (ValueError, LookupError):
            return False
    labels = {unicodedata.normalize("NFC", label).strip(' "').casefold() for label in text.split(",")}
    return bool(labels & (_put_away_names() | {"chat"}))


def _boundaries(file: BinaryIO, start: int) -> Iterator[int]:
    """Offsets of the "From " lines from `start` (itself one) on, and at last the end of the file."""
    file.seek(start)
    base = start
    buffer = file.read(_BLOCK)
    lead = 3 if buffer.startswith(b"\xef\xbb\xbf") else 0
    lead += len(buffer[lead:]) - len(buffer[lead:].lstrip(b"\r\n"))
    yield start + lead
    position = lead
    while True:
        block = file.read(_BLOCK)
        # a "From " line may lie across two blocks: the last bytes are looked at together with the next block
        limit = len(buffer) - (_FROM_LINE_MAX if block else 0)
        while (found := buffer.find(b"\nFrom ", position, max(limit, position))) >= 0:
            position = found + 1
            line = buffer[found + 1 : found + _FROM_LINE_MAX]
            after_empty = buffer[max(found - 2, 0) : found].replace(b"\r", b"").endswith(b"\n")
            if _FROM_LINE.match(line) or (after_empty and _FROM_LOOSE.match(line)):
                yield base + found + 1
        if not block:
            yield base + len(buffer)
            return
        keep = max(position, limit - 8)
        base += keep
        # two bytes more than the search needs tell whether the line before is empty
        buffer = buffer[keep:] + block
        position = 0
