"""What the receiving server said of the sender (RFC 8601, Authentication-Results), reduced to pass, fail or none.

In charge of: whose results are believed, and whether they speak for the domain in From. Signatures are not checked
here (that needs the network); look-alike domains and display names are the business of `classify`, which knows shops.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from monitor.knowledge.domains import registrable
from monitor.types import Authentication

_MAX = 8 * 1024
_METHOD = re.compile(r"\s*([a-z0-9-]{2,30})(?:\s*/\s*\d{1,4})?\s*=\s*([a-z]{1,20})")
_PROPERTY = re.compile(r"\b(header\.(?:d|i|from)|smtp\.(?:mailfrom|mail|helo))\s*=\s*([^\s;,]{1,300})")
_DMARC_SAYS = frozenset({"pass", "bestguesspass", "fail", "reject", "quarantine"})
_PASSES = frozenset({"pass", "bestguesspass"})  # the latter: Microsoft, for domains without a DMARC record


def judge(results: Sequence[tuple[int, bytes]], domain: str, authserv_id: str | None) -> tuple[Authentication, str]:
    """The authentication of a mail whose From has `domain`, and the words that decided.

    `results` are the Authentication-Results values from the top, each with the number of Received headers above it:
    those of the trusted server stand together, what lies below a further Received came with the mail.
    """
    return _judged(tuple(results), domain, authserv_id) if results else (Authentication.NONE, "")


@lru_cache(maxsize=512)
def _judged(results: tuple[tuple[int, bytes], ...], domain: str, authserv_id: str | None) -> tuple[Authentication, str]:
    """Remembered: what a server says of a sender who writes often is the same each time."""
    trusted = authserv_id.strip().lower() if authserv_id else None
    hop: int | None = None
    told: list[tuple[str, str, str]] = []
    for above, value in results[:20]:
        server, findings = _read(value[:_MAX])
        if trusted is None:
            trusted = server
        if server != trusted:
            continue
        if hop is None:
            hop = above
        if above != hop:
            break
        told += findings
    for method, result, words in told:
        if method != "dmarc" or result not in _DMARC_SAYS:
            continue  # none, temperror, permerror: no DMARC result
        if result not in _PASSES:
            return Authentication.FAIL, _short(words)
        claimed = _properties(words).get("header.from")
        if domain and (claimed is None or aligned(claimed, domain)):
            return Authentication.PASS, _short(words)
        return Authentication.FAIL, f"{_short(words)} (another domain than that of From)"
    told = [finding for finding in told if finding[0] in ("spf", "dkim")]
    for method, result, words in told:
        if result == "pass" and domain and any(aligned(d, domain) for d in _domains(method, words)):
            return Authentication.PASS, _short(words)
    if not told:  # the server checked nothing ("mx.example.org; none", or only how its own user logged in)
        return Authentication.NONE, ""
    return Authentication.FAIL, _short("; ".join(finding[2].strip() for finding in told))


def _short(words: str) -> str:
    return " ".join(words.split())[:200]


def _read(value: bytes) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """The server's name and its findings: method, result, words. Microsoft leaves the name out."""
    text = _without_comments(value.decode("utf-8", "replace").lower())
    segments = text.split(";", 60)
    server = ""
    if not _METHOD.match(segments[0]):
        server = (segments[0].split() or [""])[0].strip('"')
        del segments[0]
    found = []
    for segment in segments:
        if method := _METHOD.match(segment):
            found.append((method[1], method[2], segment))
    return server, tuple(found)


def _properties(words: str) -> dict[str, str]:
    return {name: raw.strip("\"'<>") for name, raw in _PROPERTY.findall(words)}


def _domains(method: str, words: str) -> list[str]:
    properties = _properties(words)
    names = ("header.d", "header.i") if method == "dkim" else ("smtp.mailfrom", "smtp.mail")
    given = [properties[name] for name in names if name in properties]
    if method == "spf" and not given and "smtp.helo" in properties:
        given = [properties["smtp.helo"]]
    return given


_COMMENT = re.compile(r"\([^()]*\)")
_QUIET = re.compile(r'[^()"\\;]+')


def _without_comments(text: str) -> str:
    """`text` without (nested (comments)); semicolons inside quoted strings become spaces, so that `;` separates."""
    if '"' not in text and "\\" not in text:
        if "(" not in text:
            return text
        once = _COMMENT.sub(" ", text)
        if "(" not in once and ")" not in once:
            return once
    out: list[str] = []
    depth = 0
    quoted = False
    index = 0
    while index < len(text):
        if run := _QUIET.match(text, index):
            if not depth:
                out.append(run[0])
            index = run.end()
            continue
        c = text[index]
        index += 1
        if c == "\\":
            index += 1
        elif c == '"' and not depth:
            quoted = not quoted
            out.append(c)
        elif c == "(" and not quoted:
            depth += 1
            out.append(" ")
        elif c == ")" and not quoted:
            depth = max(0, depth - 1)
        elif not depth:
            out.append(" " if quoted and c == ";" else c)
    return "".join(out)


def aligned(claimed: str, domain: str) -> bool:
    """Relaxed alignment (RFC 7489 section 3.1): both lie in one organisational domain. `claimed` may be an address."""
    claimed = claimed.rpartition("@")[2].strip(".").lower()
    domain = domain.strip(".").lower()
    if not claimed or not domain:
        return False
    return claimed == domain or registrable(claimed) == registrable(domain) != ""
