"""A mailbox over IMAP, read-only: EXAMINE and BODY.PEEK, headers first, everything in bounded batches.

In charge of connecting (imapclient does the talking), of finding folders, of fetching headers, bodies and single
parts in bulk, and of saying in plain words what is wrong with a mailbox. The only write is `Connection.append`,
for texts that the user approved. It keeps no state between passes, decides nothing about mails, and stores nothing.

    errors.py      MailboxError: kinds of failure with words and set-up steps
    folders.py     roles of folders, decoded names, what is read
    line.py        the bytes of a connection, within limits
    wire.py        the fast reader of FETCH answers
    login.py       connect: server, TLS, log-in
    connection.py  Connection: examine, uids, headers, bodies, append
    parts.py       large mails: which parts to fetch, and an honest mail made of them
"""

from monitor.imap.connection import Connection, Examined
from monitor.imap.errors import TRANSIENT, Failure, MailboxError
from monitor.imap.folders import Folder, watched
from monitor.imap.login import SECONDS_TO_ANSWER, connect
from monitor.imap.parts import Body
from monitor.imap.wire import Fetched

__all__ = [
    "SECONDS_TO_ANSWER",
    "TRANSIENT",
    "Body",
    "Connection",
    "Examined",
    "Failure",
    "Fetched",
    "Folder",
    "MailboxError",
    "connect",
    "watched",
]
