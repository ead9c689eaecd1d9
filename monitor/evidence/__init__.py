"""Evidence: files that the user attaches, and the pack that he sends with a claim.

In charge of telling what a file is by its first bytes, of names that are harmless as file names, and of turning a story
into a PDF (typst) and a ZIP. What the story is, is decided by `run.evidence`; nothing is stored or sent from here.

    files.py   what kind of file, which name
    fonts.py   the fonts of the package, and which letters they can draw
    paper.py   a template and its values as a PDF or a picture, by typst
    pack.py    the ZIP
"""

from __future__ import annotations

from monitor.evidence.files import MAX_BYTES, FileRefused, kind_of, safe_name
from monitor.evidence.pack import Member, zipped
from monitor.evidence.paper import NoTypst, available, picture, printed

__all__ = [
    "MAX_BYTES",
    "FileRefused",
    "Member",
    "NoTypst",
    "available",
    "kind_of",
    "picture",
    "printed",
    "safe_name",
    "zipped",
]
