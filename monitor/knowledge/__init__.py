"""What the program knows of the world: words of languages, shops and senders, mail domains, as data files beside this.

In charge of loading and checking them; deciding is up to the stages. `load` gives the part that `classify` works
with; mail providers (`hosts`), label tables (`values`) and tracking numbers (`tracking`) have loaders of their own.

    words       languages/*.toml: the words of each kind of mail
    sellers     shops/*.toml: who mails a buyer
    domains     shared mail domains, registrable domains
    phrases     how many phrases are found in a text at once
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.knowledge import sellers, words
from monitor.knowledge.sellers import Shop, Shops
from monitor.knowledge.words import KnowledgeError, Language

__all__ = ["Knowledge", "KnowledgeError", "Language", "Shop", "Shops", "load"]


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that reading needs to know. Compared by identity: there is one per set of folders."""

    languages: Mapping[str, Language]
    shops: Shops


@cache
def load(user_folder: Path | None = None) -> Knowledge:
    """The knowledge of the package and, from `user_folder`/shops, the shops that the user described himself.

    Cached per folder. Raises `KnowledgeError`, which names file and key of every fault.
    """
    folders = [sellers.FOLDER]
    if user_folder is not None and (user_folder / "shops").is_dir():
        folders.append(user_folder / "shops")
    return Knowledge(words.load(), Shops(tuple(folders)))
