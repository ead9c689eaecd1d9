"""The command line: one door to everything that `run` can do.

In charge of arguments, of what is printed where (results on stdout, everything else on stderr) and of the exit status:
0 done, 1 something that a path, the store, the settings or a server did not allow, 2 wrong usage. It computes nothing:
each command calls `run` and shows what comes back. Heavy libraries are imported by the command that needs them.

    app.py        the whole: its commands by subject
    commands/     arguments and help of each command: about the program, about mails, about orders
    context.py    what commands share: options, settings, store, moments
    quick.py      `read --json` where nothing but reading is needed
    words.py      the sentences, in the user's language
    screen.py     lines of JSON, plain text, progress bars, questions
    failures.py   what can go wrong, in plain words, and the exit status
    mails.py      `read`, `scan`, `import` and `rebuild` for people
    mailbook.py   `mails`; teaching.py: `teach`, `anonymize`
    stories.py    `orders`, `show`, `say` and `digest`; ladder.py, letters.py, evidence.py: what their names say
    case.py       `case`, arguments and all
    setup.py      `init`; checks.py: `check`; showing.py: `demo`; page.py, rights.py: what their names say
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """The command `refund-monitor`; ends the process."""
    try:
        sys.exit(_run())
    except KeyboardInterrupt:  # while libraries are loaded: before there is anything to say in any language
        sys.exit(130)


def _run() -> int:
    _open_what_is_closed()
    # A start creates some 100,000 objects that stay. Looked through for garbage every 700, they cost a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    # We have no plugins for pydantic; to look for some, it would read what is written about all installed packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from monitor.cli.failures import run

    status = run()
    gc.freeze()  # nobody needs what is left to be looked through once more: after 20,000 mails it took 0.1 s
    return status


def _open_what_is_closed() -> None:
    """Put the null device where stdin, stdout or stderr was closed (`>&-`).

    Else the next file to be opened would take its number, and what is printed would end up in the store.
    """
    for number, name, mode in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_WRONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, mode)  # the lowest free number: this one, since those below are open by now
            setattr(sys, name, os.fdopen(opened, "r" if number == 0 else "w", encoding="utf-8"))
