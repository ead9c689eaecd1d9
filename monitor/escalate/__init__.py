"""Whom to turn to next, by which channel, from which day, until which day.

In charge of the way from a late order to the user's money: the ladder of rights and programmes of his country and his
way of paying, with the state of each step, or the plain rungs where no ladder applies. It does not judge, writes no
text, and sends nothing.
"""

from monitor.escalate.contact import seller_contact, unread, usable
from monitor.escalate.plain import DISPUTE_ADDRESSEE, NOT_PREPAID, RUNGS, next_step

__all__ = ["DISPUTE_ADDRESSEE", "NOT_PREPAID", "RUNGS", "next_step", "seller_contact", "unread", "usable"]
