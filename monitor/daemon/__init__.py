"""The service: looks into the mailboxes every few minutes, and makes the digest at its hour.

In charge of when things happen, of one instance per store, of pauses for accounts that fail, of stopping, and of
telling systemd. What happens in a pass is `run`'s.

Each pass is a short-lived process (`once.py`) of its own. The libraries that a pass needs (database, holidays, HTML,
templates) take 50 MB beside the 35 MB of the service itself and are idle more than 99 % of the time; memory that a
large first reading took goes back to the system at its end; a pass that hangs or dies can be killed, by us or by
anyone, without taking the service along (every pass is safe to kill: the cursor moves with the mails). It costs a
second of start-up per pass.

The page is served by a thread of the service itself (`monitor.web.server`): it must answer at once, at any time.

    service.py   the schedule, the signals, the child, the page
    once.py      one pass: read, judge, drafts, and the digest where it is due
    systemd.py   READY, WATCHDOG, STOPPING
"""

from monitor.daemon.service import run

__all__ = ["run"]
