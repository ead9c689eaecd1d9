"""Mails too large to fetch whole: which parts are worth fetching, and an honest mail made of header and parts.

Works on the BODYSTRUCTURE (RFC 3501 7.4.2) as imapclient parses it. The header block stays byte for byte (it is the
mail's identity); a part that was not fetched keeps its place and says so in its own MIME header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.imap.errors import clean
from monitor.imap.wire import Fetched

TEXT_LIMIT = 1_000_000  # bytes of one text part: a mail for people is never longer
MARK = "X-Refund-Monitor-Left-Out"


@dataclass(frozen=True, slots=True)
class Body:
    """A mail with its content; `left_out` names the parts that were not fetched."""

    fetched: Fetched
    content: bytes
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section to fetch (`1.2`, `1.MIME`, `TEXT`); `limit` bytes of it, 0 for all."""

    section: str
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the structure: a multipart with children, or a leaf that is fetched, cut or left out."""

    section: str
    children: tuple[Part, ...] = ()
    boundary: str = ""
    content_type: str = ""
    name: str = ""
    size: int = 0
    fetch: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch of a large mail."""

    root: Part
    sections: tuple[Section, ...] = ()
    left_out: tuple[str, ...] = field(default=())


def plan(structure: Any, max_body: int) -> Plan:
    """Text parts (up to TEXT_LIMIT each), PDFs and attached mails that fit, together at most `max_body` bytes."""
    budget = [max_body]
    sections: list[Section] = []
    left_out: list[str] = []
    root = _part(structure, "", budget, sections, left_out, 0)
    if not root.children:
        # no multipart, or no structure that makes sense: the beginning of the text
        return Plan(root, (Section("TEXT", TEXT_LIMIT),), (f"all of the text beyond {TEXT_LIMIT:,} bytes",))
    return Plan(root, tuple(sections), tuple(left_out))


def _part(node: Any, section: str, budget: list[int], sections: list[Section], left_out: list[str], depth: int) -> Part:
    if not isinstance(node, tuple) or not node:
        return Part(section)
    if isinstance(node[0], list):
        if depth > 20:
            return Part(section)
        prefix = f"{section}." if section else ""
        children = tuple(
            _part(child, f"{prefix}{number}", budget, sections, left_out, depth + 1)
            for number, child in enumerate(node[0], 1)
        )
        parameters = _parameters(node[2] if len(node) > 2 else None)
        return Part(section, children, parameters.get("boundary", ""), f"multipart/{_text(node[1])}")
    kind = f"{_text(node[0])}/{_text(node[1] if len(node) > 1 else b'')}".lower()
    size = node[6] if len(node) > 6 and isinstance(node[6], int) else 0
    name = _parameters(node[2] if len(node) > 2 else None).get("name", "") or _file_name(node)
    is_text = kind.startswith("text/")
    wanted = min(size, TEXT_LIMIT) if is_text else size
    worth = is_text or kind in ("application/pdf", "message/rfc822", "message/delivery-status")
    leaf = Part(section, (), "", kind, name, size, worth and 0 < wanted <= budget[0])
    if section:
        sections.append(Section(f"{section}.MIME"))
    if leaf.fetch:
        budget[0] -= wanted
        sections.append(Section(section, TEXT_LIMIT if is_text and size > TEXT_LIMIT else 0))
    if not leaf.fetch or wanted < size:
        left_out.append(_label(leaf))
    return leaf


def _label(part: Part) -> str:
    return f"{part.name or part.content_type or 'a part'} ({part.content_type}, {part.size:,} bytes)"


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")


def _parameters(value: Any) -> dict[str, str]:
    if not isinstance(value, tuple):
        return {}
    return {
        _text(key).lower(): (content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content))
        for key, content in zip(value[::2], value[1::2], strict=False)
    }


def _file_name(node: tuple[Any, ...]) -> str:
    for item in node[7:]:
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], tuple):
            name = _parameters(item[1]).get("filename")
            if name:
                return name
    return ""


def assemble(header: Fetched, made: Plan, sections: Mapping[str, bytes]) -> Body:
    """The header block as it came, then the fetched parts in their places; left-out parts are empty and marked."""
    head = header.sections[b"HEADER"].rstrip(b"\r\n") + b"\r\n\r\n"
    if not made.root.children:
        return Body(header, head + sections.get("TEXT", b""), made.left_out)
    return Body(header, head + _multipart(made.root, sections), made.left_out)


def _multipart(part: Part, sections: Mapping[str, bytes]) -> bytes:
    boundary = part.boundary.encode("utf-8", "replace")
    pieces: list[bytes] = []
    for child in part.children:
        if child.children:
            # the inner multipart's own header was not asked for: its type and boundary are all it says
            head = b"Content-Type: %s; boundary=\"%s\"\r\n" % (
                child.content_type.encode("ascii", "replace"), child.boundary.encode("utf-8", "replace"),
            )  # fmt: skip
            content = _multipart(child, sections)
        else:
            head = sections.get(f"{child.section}.MIME", b"").strip(b"\r\n") + b"\r\n"
            content = sections.get(child.section, b"") if child.fetch else b""
            if not child.fetch or len(content) < child.size:
                head += f"{MARK}: {clean(_label(child))}\r\n".encode()
        pieces.append(b"--" + boundary + b"\r\n" + head.lstrip(b"\r\n") + b"\r\n" + content + b"\r\n")
    return b"".join(pieces) + b"--" + boundary + b"--\r\n"
