"""Mail + Verdict -> Finding: every value that a purchase mail states, each with the quote that proves it.

In charge of the order of the readers and of what happens when they disagree: structured markup, then the layout of a
known shop system or seller, then the words of the mail's language, then, for a number or an amount that is still
missing, attached PDFs. Two readers that give one field different values give none: the Finding names both under
`disagreements`, which becomes a question to the user (never a choice). Nothing is guessed, nothing is defaulted. Does
not decide what a mail is about (`classify`), nor which order it belongs to (`link`).
"""

from __future__ import annotations

from monitor.extract.finding import extract

__all__ = ["extract"]
