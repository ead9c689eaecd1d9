"""What can go wrong, said in plain words, and the exit status that goes with it. Never a traceback for a user."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from monitor.cli import screen
from monitor.cli.words import language, say, speak

# errors whose text is written for the user
_PLAIN = frozenset(
    {
        "monitor.store.words.StoreError",
        "monitor.config.logins.SecretError",
        "monitor.mailfiles.MailFilesError",
        "monitor.smtp.SmtpError",
        "monitor.run.digests.NotSent",
        "monitor.knowledge.hosts.HostDataError",
        "monitor.knowledge.words.KnowledgeError",
    }
)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a write can fail with, which names no file."""

DEBUG = "REFUND_MONITOR_DEBUG"


class Refusal(Exception):
    """A command that cannot be done, already in plain words. `status`: 1, or 2 for wrong usage."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments (by default the process'); returns the exit status."""
    from monitor.cli import quick

    given = sys.argv[1:] if arguments is None else list(arguments)
    speak(None)
    try:
        if (paths := quick.paths(given, os.environ)) is not None:
            return _flushed(0 if quick.read(paths) else 1)
        from monitor.cli.app import app

        app(given, prog_name="refund-monitor", standalone_mode=True)  # ends with SystemExit, also for wrong usage (2)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # the library has caught it, and would end with 1
            return _deaf()
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.__context__ and end.__context__.__cause__, KeyboardInterrupt):
            screen.remark(say("failure.interrupted"))
        return _flushed(status)
    except KeyboardInterrupt:
        screen.remark(say("failure.interrupted"))
        return 130
    except BrokenPipeError:
        return _deaf()
    except Exception as error:  # noqa: BLE001 - the last loop: what is not known is named, logged and ends with 1
        return _flushed(failed(error))
    return _flushed(0)


def failed(error: BaseException) -> int:
    """Say what went wrong and return the exit status."""
    show_if_debugging(error)
    plain = in_plain_words(error)
    if plain is not None:
        for line in plain:
            screen.remark(line)
        return error.status if isinstance(error, Refusal) else 1
    log = _log(error)
    screen.remark(say("failure.unexpected", kind=type(error).__name__))
    screen.remark(say("failure.log", log=log) if log else say("failure.no_log"))
    return 1


def show_if_debugging(error: BaseException) -> None:
    """Show where an error happened, for those who asked for it with REFUND_MONITOR_DEBUG."""
    if os.environ.get(DEBUG):
        import traceback  # late: nothing went wrong yet

        traceback.print_exception(error)


def in_plain_words(error: BaseException) -> list[str] | None:
    """The lines for an error that a user can act on; None for one that only a programmer can."""
    # each library is asked by name, so that saying what went wrong loads nothing that did not go wrong
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if isinstance(error, Refusal):
        return [str(error)]
    if "monitor.config.explain.ConfigError" in kinds:
        problems: list[str] = getattr(error, "problems", [str(error)])
        return [say("failure.config"), *(f"  {problem}" for problem in problems)]
    if "monitor.imap.errors.MailboxError" in kinds:
        message = getattr(error, "message", None)
        steps = getattr(error, "steps", None)
        lines = [str(message(language())) if callable(message) else str(error)]
        return lines + [f"  - {step}" for step in steps(language())] if callable(steps) else lines
    if kinds & _PLAIN:
        return [str(error)]
    if isinstance(error, OSError) and error.filename is not None:
        return [
            say("failure.file", path=screen.clean(str(error.filename)), what=error.strerror or type(error).__name__)
        ]
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return [say("failure.write", what=error.strerror or "")]
    return None


def _flushed(status: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _deaf()
    except OSError as error:  # a full disk behind a redirection
        if not status:  # else that was said already
            screen.remark(say("failure.write", what=error.strerror or ""))
        _silence()
        return status or 1
    return status


def _deaf() -> int:
    """Whoever read our output has stopped (`| head`): the status of a program that SIGPIPE ended."""
    _silence()
    return 141


def _silence() -> None:
    """No more output, and no complaint at exit about what was not written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log(error: BaseException) -> Path | None:
    """Write down where it happened: places in the program and kinds of errors, no values, which may hold mail texts."""
    import traceback

    from monitor.config.places import data_home

    lines: list[str] = []
    link: BaseException | None = error
    while link is not None and len(lines) < 500:
        lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(link.__traceback__)]
        lines.append(f"-> {type(link).__module__}.{type(link).__qualname__}")
        link = link.__cause__ or link.__context__
    path = data_home(os.environ) / "error.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join([" ".join(["refund-monitor", *sys.argv[1:2]]), *lines, ""]))
    except OSError:
        return None
    return path
