"""Hostile mails through the whole reading: header, triage, MIME, text, verdict, values, output.

What the fuzz target (tests/fuzz) found stands here as small mails. Times are of the processor, memory is the peak of a
process that reads nothing else.
"""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import mutations, seeds, target

ROOT = Path(__file__).parent.parent
HEAD = b"From: Shop <order@shop.example>\r\nSubject: Order confirmation\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nYour order number: 100234\r\n"
PAGE = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Your order number: 100234</p>"
MULTI = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYour order number: 100234\r\n"
SECONDS = 4.0  # of processor time, for a mail of any size
MEMORY = 150  # MB that the worst mail may make a process need, the program itself included
SAMPLES = list(seeds.seeds())


def seconds(content: bytes) -> float:
    started = time.process_time()
    target.read(content)
    return time.process_time() - started


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What is compiled or loaded once is no cost of a mail."""
    for content in SAMPLES[:40]:
        target.read(content)


# --- what the fuzz target found ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b'From: "Shop \x00\x00a@stationery.example>\n\n',
        b"From: a@b.example\nDate: Mon, 1 Nov 2026 10:00:99999999999999999999 +0900\n\n",
        b"From: a@b.example\nDate: 1 Nov 2026 99999999999999999999:00\n\n",
        b"From: a@b.example\nDate: Thu, 06 Nov 2025 :43:40 +0000\n\n",
        b"From: a@b.example\nDate: Thu, " + b"9" * 5000 + b" Nov 2025 10:43:40 +0000\n\n",
        b"From: mailer-daemon@b.example\nContent-Type: multipart/report; boundary=b\n\n"
        b"--b\nContent-Type: message/rfc822\n\nMime-V\x00e\x00r: 1\nSubject: x\x00\n\nhello\n--b--\n",
        b"From: a@b.example\nContent-Type: text/html\n\n<p>a\x08b<img alt='c\x01d'><pre>e\x02f</pre>",
        b"From: a@b.example\nContent-Type: text/html\n\n<table><tr><td>a<td><blockquote type=cite>b</blockquote><td>c",
    ],
    ids=lambda content: repr(content[-40:]),
)
def test_a_finding_of_the_fuzz_target_stays_mended(content: bytes) -> None:
    mail, _, _ = target.read(content)
    for text in (mail.text, mail.header.sender.email, mail.header.subject):
        assert not [c for c in text if ord(c) < 32 and c not in "\t\n"]


# --- properties -------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.integers(min_value=0, max_value=len(SAMPLES) - 1))
def test_a_mail_changed_in_any_way_is_read_within_its_bounds(seed: int, number: int) -> None:
    chance = random.Random(seed)
    target.one(mutations.change(SAMPLES[number], chance, SAMPLES, 400_000))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=600), st.sampled_from(["plain", "html"]))
def test_any_text_behind_words_of_a_purchase_is_read(text: str, kind: str) -> None:
    head = HEAD + b"Content-Type: text/" + kind.encode() + b"; charset=utf-8\r\n\r\n"
    target.one(head + b"Your order number: " + text.encode("utf-8", "replace") + b"\r\nTotal: " + text.encode()[:50])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(mutations.VALUES + mutations.vocabulary()), min_size=1, max_size=30))
def test_any_words_of_the_trade_in_any_order_are_read(words: list[str]) -> None:
    target.one(PLAIN + " ".join(words).encode("utf-8", "replace"))
    target.one(PAGE + "<tr><td>".join(words).encode("utf-8", "replace"))


# --- bombs ------------------------------------------------------------------------------------------------------------

ATTACHMENT = (
    b"--b\r\nContent-Type: %s; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"%s" + b"\r\n"
)  # fmt: skip


def nested(depth: int) -> bytes:
    raw = PLAIN
    for _ in range(depth):
        raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + raw
    return raw


BOMBS = {
    "a million nested tags": lambda: PAGE + b"<div>" * 1_000_000,
    "5 MB of cells": lambda: PAGE + b"<table><tr>" + b"<td>" * 1_250_000,
    "an attribute of 5 MB": lambda: PAGE + b'<p style="' + b"color:red;" * 500_000 + b'">x</p>',
    "5 MB of CSS": lambda: PAGE + b"<style>" + b".a{color:red}" * 400_000 + b"</style>",
    "a million links": lambda: PAGE + b'<a href="https://t.example/track?no=123456789012">x</a>' * 100_000,
    "markup without end": lambda: PAGE + b'<script type="application/ld+json">{"@context":"http://schema.org",'
    + b'"a":[' * 200_000,
    "a million things of markup": lambda: PAGE + b'<i itemscope itemtype="http://schema.org/Order">' * 20_000,
    "50 MB of base64": lambda: MULTI + ATTACHMENT % (b"application/pdf", (b"QUJD" * 19 + b"\r\n") * 650_000) + b"--b--",
    "50 MB of base64 that is called text": lambda: MULTI
    + ATTACHMENT % (b"text/html", (b"QUJD" * 19 + b"\r\n") * 650_000) + b"--b--",
    "a small PDF that is none": lambda: MULTI
    + ATTACHMENT % (b"application/pdf", base64.encodebytes(b"%PDF-1.7\n" + b"1 0 obj<<" * 200_000)) + b"--b--",
    "10,000 parts": lambda: MULTI + b"--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n" * 10_000 + b"--b--",
    "a mail of 60 MB": lambda: PLAIN + b"Order number 100234 Total $45.00\r\n" * 1_800_000,
    "mails in mails, 20 deep": lambda: nested(20),
    "mails in mails, 2,000 deep": lambda: nested(2_000),
    "a zip of nothing": lambda: MULTI
    + ATTACHMENT % (b"application/zip", base64.encodebytes(b"PK\x05\x06" + bytes(18))) + b"--b--",
    "a header of 1 MB": lambda: b"X-Long: " + b"x " * 500_000 + b"\r\n" + PLAIN,
    "100,000 references": lambda: b"References: " + b"<a@b.example> " * 100_000 + b"\r\n" + PLAIN,
    "a bomb of encoded-words": lambda: b"Subject: " + b"=?utf-8?b?7KO866y4?= " * 50_000 + b"\r\n" + PLAIN,
    "encoded-words without end": lambda: b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\r\n" + PLAIN,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_a_bounded_time(name: str) -> None:
    assert seconds(BOMBS[name]()) < SECONDS


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")
@pytest.mark.parametrize(
    "name", ["5 MB of cells", "50 MB of base64 that is called text", "a small PDF that is none", "a mail of 60 MB"]
)
def test_a_bomb_needs_a_bounded_memory(name: str, tmp_path: Path) -> None:
    (tmp_path / "bomb.eml").write_bytes(BOMBS[name]())
    (tmp_path / "home").mkdir()
    # VmHWM, because the peak that getrusage tells begins with that of the process it was forked from
    code = (
        "import sys; from pathlib import Path; from monitor.cli.failures import run; s = run(sys.argv[1:]); "
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0], file=sys.stderr); sys.exit(s)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "read", "--json", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, env={"HOME": str(tmp_path / "home"), "PATH": os.defpath, "TZ": "UTC"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "order_confirmation" in done.stdout or name != "a mail of 60 MB"
    assert int(done.stderr.split()[-1]) / 1024 < MEMORY


# --- patterns ---------------------------------------------------------------------------------------------------------

RUNS = (
    "1", "1.", "1-", "1 ", " ", "\t", ".", "-", "a", "가", "a@", "a@a@", "₩", "$", "₩1,", "1,000", ":", "주문번호", "(",
    "<", '"', "=", "https://t.example/", "Total ", "order number ", "1월 ", "12:", "A1-", "4111 ", "\u200b", "\u00a0", "·",  # noqa: E501
)  # fmt: skip


@pytest.mark.parametrize("run", RUNS, ids=repr)
@pytest.mark.parametrize("start", [PLAIN, PAGE], ids=["text", "html"])
def test_a_long_run_of_one_thing_costs_time_in_proportion(start: bytes, run: str) -> None:
    """Four times as long a line takes at most about four times as long: nothing in the reading is quadratic."""
    lines = [
        start + (run * (size // len(run.encode()))).encode() + b"!\r\nTotal: $45.00\r\n" for size in (50_000, 200_000)
    ]
    short, long = (min(seconds(content) for _ in range(2)) for content in lines)
    assert long < 10 * short + 0.1
