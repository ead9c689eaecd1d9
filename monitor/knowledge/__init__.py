"""What the program knows of the world: words of languages, shops and senders, mail domains, as data files beside this.

In charge of loading and checking them; deciding is up to the stages. `load` gives the part that `classify` works
with; mail providers (`hosts`), label tables (`values`) and tracking numbers (`tracking`) have loaders of their own.

    words       languages/*.toml: the words of each kind of mail
    sellers     shops/*.toml: who mails a buyer
    layout      layouts/*.toml: where the values stand in the mails of a shop system or seller
    domains     shared mail domains, registrable domains
    phrases     how many phrases are found in a text at once
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from monitor.knowledge import layout, sellers, words
from monitor.knowledge.layout import Layout, Layouts
from monitor.knowledge.sellers import Shop, Shops
from monitor.knowledge.words import KnowledgeError, Language

__all__ = ["Knowledge", "KnowledgeError", "Language", "Layout", "Layouts", "Shop", "Shops", "load"]


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that reading needs to know. Compared by identity: there is one per set of folders."""

    languages: Mapping[str, Language]
    shops: Shops
    layouts: Layouts = field(default_factory=Layouts)


@cache
def load(user_folder: Path | None = None, *, generic_only: bool = False) -> Knowledge:
    """The knowledge of the package and, from `user_folder`, the shops and layouts that the user described himself.

    `generic_only`: without any layout. Cached per folder. Raises `KnowledgeError`, which names file and key of every
    fault; a layout of the user's is parsed at once, so that a fault in it is told and not met in every mail.
    """
    folders = [sellers.FOLDER]
    if user_folder is not None and (user_folder / "shops").is_dir():
        folders.append(user_folder / "shops")
    taught = user_folder / "layouts" if user_folder is not None else None
    if generic_only:
        layouts = layout.NONE
    else:
        layouts = Layouts(taught=(taught,) if taught is not None and taught.is_dir() else ())
        if layouts.taught:
            layouts.all  # noqa: B018 - parses
    return Knowledge(words.load(), Shops(tuple(folders)), layouts)
