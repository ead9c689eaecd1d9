"""What the page shows of all orders: a summary of each, made once and kept, so that no page has to judge anew.

`summing` makes one, `renewal` says when they no longer hold and makes those anew, `asking` searches and sorts them.
"""

from __future__ import annotations

from monitor.run.pages.asking import Waiting, accounts, find, listed, one, telling, waiting
from monitor.run.pages.renewal import changed, current, ensure, read_words, refresh, renew
from monitor.run.pages.summing import MOODS, STAKE, NextStep, Summary, clean, folded, load, read, summary

__all__ = [
    "MOODS", "STAKE", "NextStep", "Summary", "Waiting", "accounts", "changed", "clean", "current", "ensure", "find",
    "folded", "listed", "load", "one", "read", "read_words", "refresh", "renew", "summary", "telling", "waiting",
]  # fmt: skip
