"""Attached PDFs: the text of receipts and invoices, for mails that leave number or amount to their attachment.

In charge of which attachments are looked at, and of getting their text without harm: a PDF is a program's input of its
own kind, so it is read in a process of its own with bounds on time, memory, pages and characters. What the text says
is up to the readers of values. A PDF that is broken, encrypted or too large costs a note and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from monitor.types import Attachment, Kind, Mail

READER = "pdf"
MAX_BYTES = 3 * 1024 * 1024
MAX_PAGES = 5
MAX_FILES = 2
MAX_CHARACTERS = 60_000
SECONDS = 3  # of computing per PDF; an ordinary receipt takes a fifth of one, most of it to start
WAIT = 10  # seconds that a PDF may take on a busy machine
MEMORY = 200 * 1024 * 1024  # bytes of address space; a receipt needs less than 128 MB, most of it the interpreter

KINDS = frozenset(
    {
        Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED, Kind.SHIPPED, Kind.DELIVERED,
        Kind.CANCELLATION, Kind.RETURNED, Kind.REFUND_PROMISED, Kind.REFUND,
    }
)  # fmt: skip
"""Kinds of mails whose attached papers are about the order itself."""

# Sees nothing but stdin: no settings of the environment, no module of this program, no file but its own libraries.
_SCRIPT = f"""
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
    resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass
import pypdfium2
try:
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
except pypdfium2.PdfiumError as error:
    sys.exit(3 if "assword" in str(error) else 4)
left = {MAX_CHARACTERS}
for number in range(min(len(document), {MAX_PAGES})):
    try:
        text = document[number].get_textpage().get_text_bounded()[:left]
    except pypdfium2.PdfiumError:
        continue
    left -= len(text)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\\n")
    if left <= 0:
        break
sys.stdout.buffer.flush()
"""
_ENCRYPTED = 3


class Paper(NamedTuple):
    """The text of one attached PDF, or why there is none (a plain sentence that names no file)."""

    text: str = ""
    note: str = ""


def papers(mail: Mail, kind: Kind) -> Iterator[Paper]:
    """The attached PDFs of a mail of this kind, in their order, at most two."""
    if kind in KINDS:
        for attachment in [one for one in mail.attachments if is_pdf(one)][:MAX_FILES]:
            yield text(attachment)


def is_pdf(attachment: Attachment) -> bool:
    """Whether a file says by its type or its name that it is a PDF."""
    return attachment.content_type in ("application/pdf", "application/x-pdf") or attachment.name.lower().endswith(
        ".pdf"
    )


def text(attachment: Attachment) -> Paper:
    """The text of the first five pages, lines as they stand. Never raises."""
    content = attachment.content
    if content is None or len(content) > MAX_BYTES:
        return Paper(note="an attached PDF was too large to be read")
    if b"%PDF-" not in content[:1024]:
        return Paper(note="an attached PDF is broken and was not read")
    import subprocess  # only here: few mails have a PDF that is needed
    import sys

    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and script; the PDF goes to stdin only
            [sys.executable, "-I", "-c", _SCRIPT], input=content, capture_output=True, timeout=WAIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Paper(note="an attached PDF took too long and was not read")
    except OSError:
        return Paper(note="an attached PDF could not be read: no further process could be started")
    if done.returncode == _ENCRYPTED:
        return Paper(note="an attached PDF is encrypted and was not read")
    if done.returncode != 0:
        return Paper(note="an attached PDF is broken and was not read")
    found = done.stdout.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-")
    if not found.strip():
        return Paper(note="an attached PDF holds pictures only; its text could not be read")
    return Paper(found[:MAX_CHARACTERS])
