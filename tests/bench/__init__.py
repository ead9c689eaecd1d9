"""The bench: how fast the program reads, against the standard library and the tools that others use for the like.

    python -m tests.bench                    all of it: 20,000 mails, three repetitions
    python -m tests.bench --mails 2000       a quick look
    python -m tests.bench --only read,scan   only these

The mailbox is generated, always the same for the same number of mails, from texts written for it (`words`). Every
contender works on the same mails; repetitions are interleaved, and each figure is the median of its repetitions, so
that what else the machine does falls on all of them. Ratios within one run are what counts; absolute figures change
with the machine. Tools that are not installed are named and left out.

    words.py     the texts of the generated mails
    mailbox.py   the generated mailbox, as a Maildir
    measure.py   one command: how long it took and how much memory it needed
    runs.py      each contender: what is prepared, what is measured, what is cleaned up
    __main__.py  the command line and the report
"""
