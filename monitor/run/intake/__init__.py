"""Taking mails in: from mailboxes (`scan`) and from files (`import_paths`), over one path from bytes to stored rows.

In charge of losing nothing and counting nothing twice: a mail's identity is stored once, its places beside it, and the
cursor of a folder moves in the transaction that stores the mails. Also in charge of knowing up to when each folder
was heard. It links nothing itself (`orders.relink` does, at the end of a pass) and judges nothing.

    reader.py     one mail: header -> is the body wanted?; body -> the rows that are kept of it
    bodies.py     who reads bodies: this process, or in a long pass a second one
    batch.py      rows of many mails, stored together with the cursor
    ahead.py      the first mailbox, opened while the program is still loading
    sessions.py   one account and one folder in a pass: connection, cursor, what a server still owes
    mailboxes.py  one pass over all accounts: folders, windows, batches, gaps
    files.py      mbox, Maildir, .eml
    settle.py     the end of a pass: linking, and a second look at mails of sellers that are only now known
    summary.py    what a pass did
"""

from monitor.run.intake.ahead import Ahead
from monitor.run.intake.files import import_paths
from monitor.run.intake.mailboxes import scan
from monitor.run.intake.summary import AccountSummary, ImportSummary, Progress, ScanSummary

__all__ = ["AccountSummary", "Ahead", "ImportSummary", "Progress", "ScanSummary", "import_paths", "scan"]
