"""Which folder is which: roles from SPECIAL-USE (RFC 6154), else XLIST's names for them, else the provider's names.

In charge of decoding folder names (modified UTF-7, NFD Hangul) and of choosing what is read. It asks no server.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from imapclient import imap_utf7

from monitor.knowledge.hosts import MailHost

_ATTRIBUTES: Mapping[bytes, str] = {
    b"\\sent": "sent",
    b"\\drafts": "drafts",
    b"\\trash": "trash",
    b"\\junk": "junk",
    b"\\spam": "junk",  # XLIST
    b"\\archive": "archive",
    b"\\all": "all",
    b"\\allmail": "all",  # XLIST
    b"\\inbox": "inbox",
    b"\\important": "view",
    b"\\flagged": "view",
    b"\\starred": "view",
}
_CANNOT_OPEN = frozenset({b"\\noselect", b"\\nonexistent"})

# for servers that tell nothing and are run by nobody we know: what mail programs themselves create
_COMMON_NAMES: Mapping[str, tuple[str, ...]] = {
    "sent": (
        "Sent", "Sent Messages", "Sent Items", "Sent Mail", "보낸메일함", "보낸편지함", "보낸 편지함", "送信済み",
        "Gesendet",
    ),
    "drafts": ("Drafts", "Draft", "임시보관함", "임시 보관함", "下書き", "Entwürfe"),
    "trash": (
        "Trash", "Deleted Messages", "Deleted Items", "Deleted", "Bin", "휴지통", "지운편지함", "지운 편지함", "ゴミ箱",
        "Papierkorb",
    ),
    "junk": (
        "Junk", "Spam", "Junk E-mail", "Junk Email", "Bulk Mail", "Bulk", "스팸함", "스팸메일함", "스팸편지함",
        "정크 메일", "迷惑メール",
    ),
    "archive": ("Archive", "Archives", "보관함", "보관", "アーカイブ"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a mailbox. `name` is for people and the store (NFC), `wire` what the server calls it.

    `role`: inbox, sent, drafts, trash, junk, archive, all, view (another look at mails that lie elsewhere), other.
    """

    name: str
    wire: bytes
    role: str
    selectable: bool = True


def decode_name(wire: bytes) -> str:
    """A folder's name in NFC; names that are not modified UTF-7 (raw UTF-8, broken base64) as well as it goes."""
    try:
        name = imap_utf7.decode(wire) if wire.isascii() else wire.decode("utf-8")
        name.encode("utf-8")
    except (ValueError, UnicodeError):
        name = wire.decode("utf-8", "replace")
    return unicodedata.normalize("NFC", name)


def assign(
    listing: Iterable[tuple[Sequence[bytes], bytes | None, bytes]], provider: MailHost | None = None
) -> list[Folder]:
    """Folders with their roles from the (flags, delimiter, wire name) triples of LIST answers.

    Attributes win over names; a name stands for a role only where no folder has that role by attribute. Two wire
    names that look the same (NFC and NFD) stay two folders; the second carries its wire name in `name`.
    """
    entries: dict[bytes, tuple[set[bytes], str]] = {}
    for attributes, separator, wire in listing:
        known = entries.setdefault(wire, (set(), (separator or b"/").decode("ascii", "replace")))
        known[0].update(flag.lower() for flag in attributes)
    by_attribute: dict[bytes, str] = {}
    for wire, (flags, _) in entries.items():
        role = "inbox" if wire.upper() == b"INBOX" else next((_ATTRIBUTES[f] for f in flags if f in _ATTRIBUTES), "")
        if role:
            by_attribute[wire] = role
    by_name: dict[bytes, str] = {}
    for role, names in _names(provider).items():
        if role in by_attribute.values():
            continue
        wanted = {unicodedata.normalize("NFC", name).casefold() for name in names}
        for wire, (_, delimiter) in entries.items():
            full = decode_name(wire).casefold()
            # "INBOX.Sent" is Sent where the personal namespace is below INBOX (Courier, Cyrus)
            bare = full.removeprefix("inbox" + delimiter)
            if wire not in by_attribute and wire not in by_name and (full in wanted or bare in wanted):
                by_name[wire] = role
    folders: list[Folder] = []
    seen: set[str] = set()
    for wire, (flags, _) in entries.items():
        name = "INBOX" if wire.upper() == b"INBOX" else decode_name(wire)
        if name in seen:
            name = f"{name} ({wire.decode('ascii', 'replace')})"
        seen.add(name)
        role = by_attribute.get(wire) or by_name.get(wire) or "other"
        folders.append(Folder(name, wire, role, not flags & _CANNOT_OPEN))
    return folders


def _names(provider: MailHost | None) -> Mapping[str, tuple[str, ...]]:
    own = provider.folders if provider else {}
    roles = dict.fromkeys([*own, *_COMMON_NAMES])
    return {role: (*own.get(role, ()), *_COMMON_NAMES.get(role, ())) for role in roles}


_ORDER = {"sent": 0, "inbox": 1, "all": 1, "archive": 2, "other": 3, "junk": 4}


def watched(
    folders: Sequence[Folder], wanted: Sequence[str] = (), *, gmail: bool = False
) -> tuple[list[Folder], list[str]]:
    """The folders to read, Sent first, and the wanted names that the server does not have.

    Without `wanted` (names, or roles such as `sent`): inbox, sent, archive or all mail, junk, and the folders that
    the user made himself, since filters put shop mails there. Trash, drafts and views are not read. Where there is
    a folder with all mail, it stands for inbox, archive and the user's own folders (on Gmail for Sent as well).
    """
    usable = [folder for folder in folders if folder.selectable]
    missing: list[str] = []
    if wanted:
        chosen: list[Folder] = []
        for name in wanted:
            folded = unicodedata.normalize("NFC", name).casefold()
            hits = [f for f in usable if f.name.casefold() == folded] or [f for f in usable if f.role == folded]
            chosen += [folder for folder in hits if folder not in chosen]
            if not hits:
                missing.append(name)
    else:
        roles = {"inbox", "sent", "archive", "junk", "other"}
        if any(folder.role == "all" for folder in usable):
            roles = {"all", "junk"} if gmail else {"all", "junk", "sent"}
        chosen = [folder for folder in usable if folder.role in roles]
    return sorted(chosen, key=lambda folder: _ORDER.get(folder.role, 3)), missing
