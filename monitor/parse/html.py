"""HTML as the lines that a reader sees. In charge of: what is hidden, which cells stand on one line, where a quoted
mail begins. Does not decode bytes and keeps no links, colours or sizes.

One line per table row, cells joined by a tab; but tables also lay out pages: a cell with several lines yields several
lines. Label and value stay on one line, whatever the shop built them from (cells, dt/dd, flex boxes, columns).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.parse.charsets import INVISIBLE, UNSEEN_BUT_PRINTABLE

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_CHARS = 2_000_000
MAX_TAGS = 20_000
CAREFUL_TAGS = 3_000  # a page with more tags is checked for depth before it is parsed
MAX_DEPTH = 200

# Marks inside the text while it is built; `clean` has removed these characters from anything a mail brings along. They
# are ASCII, so that the text of an English mail stays so, of which much is asked faster.
CELL = "\x01"
QUOTE_BEGIN = "\x02"
QUOTE_END = "\x03"
_BLANK = "\x04"  # a line of its own: an empty line is wanted here
_BREAK = "\x05"  # ends a line that a <br> ended
_EDGE = "\n"
_PARAGRAPH_EDGE = f"\n{_BLANK}\n"

_DROPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "template",
        "title",
        "meta",
        "link",
        "object",
        "embed",
        "applet",
        "iframe",
        "svg",
        "math",
        "audio",
        "video",
        "canvas",
        "map",
        "select",
        "datalist",
        "textarea",
        "xml",
    ]
)
_PARAGRAPH = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "pre", "ul", "ol", "dl", "table"])
_BLOCK = frozenset(
    [
        "div",
        "tr",
        "li",
        "address",
        "article",
        "aside",
        "section",
        "header",
        "footer",
        "main",
        "nav",
        "form",
        "fieldset",
        "legend",
        "figure",
        "figcaption",
        "center",
        "details",
        "summary",
        "dt",
        "dd",
        "caption",
        "tbody",
        "thead",
        "tfoot",
        "td",
        "th",
        "body",
        "html",
        "option",
        "menu",
        "dir",
    ]
)
_EDGES = dict.fromkeys(_PARAGRAPH, _PARAGRAPH_EDGE) | dict.fromkeys(_BLOCK, _EDGE)
_UNSEEN = _DROPPED | {"-comment", "!doctype", "input", "-undef", "-document", "-document-fragment"}
_BOXES = frozenset(("div", "table"))  # what may stand beside another
_SPECIAL = frozenset(("div", "blockquote", "dl", "pre"))
# What a style attribute says of where and whether its element is seen, as bits.
_HIDDEN, _ZERO_SIZE, _BESIDE, _ROW_OF_BOXES = 1, 2, 4, 8
_HIDES = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|max-height:0(?![\d.])|(?<![\w-])opacity:0(?:\.0{1,3})?(?![\d.])"
)
_NO_SIZE = re.compile(r"(?<![\w-])font-size:0(?:\.0{1,3})?(?![\d.])")
_STANDS_BESIDE = re.compile(r"display:(?:inline-block|inline-table|table-cell)|(?<![\w-])float:(?:left|right)")
_BOXES_INSIDE = re.compile(
    r"display:(?:inline-)?(?:flex|table-row)(?![\w-])"
    r"|display:(?:inline-)?grid(?=.{0,200}?grid-template-columns:(?!(?:1fr|none|auto|100%|inherit|initial)(?:;|$)))"
)


@lru_cache(maxsize=2048)
def _style(written: str) -> int:
    """The bits of a style attribute. Cached: a page repeats a few styles in all its cells."""
    style = "".join(written.lower().split())
    bits = 0
    if _HIDES.search(style):
        bits |= _HIDDEN
    elif _NO_SIZE.search(style):
        bits |= _HIDDEN | _ZERO_SIZE
    if _STANDS_BESIDE.search(style):
        bits |= _BESIDE
    if _BOXES_INSIDE.search(style) and "flex-direction:col" not in style:
        bits |= _ROW_OF_BOXES
    return bits


_QUOTE_CLASS = frozenset(
    {"gmail_quote", "yahoo_quoted", "moz-cite-prefix", "gmail_extra", "tutanota_quote", "protonmail_quote"}
)
# Outlook marks only where the quotation begins: all that follows belongs to it.
_QUOTE_REST_ID = frozenset({"divrplyfwdmsg", "appendonsend", "replysplit", "mail-editor-reference-message-container"})


def text(html: str) -> str:
    """The visible text, with the marks CELL, QUOTE_BEGIN and QUOTE_END still in it. Never raises."""
    from selectolax.lexbor import LexborHTMLParser  # late: a run over headers alone needs no HTML parser

    tree = LexborHTMLParser(bounded(html))
    root = tree.body or tree.root
    if root is None:
        return ""
    out: list[str] = []
    _children(root, out, 0)
    return "\n".join(_lines(out)).replace(_BLANK, "")


_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "th",
        "tr",
        "option",
        "dt",
        "dd",
    ]
)


def bounded(html: str) -> str:
    """HTML of a size and depth that can be parsed in bounded time: the parser's cost grows with depth times tags."""
    html = html[:MAX_CHARS]
    tags = html.count("<")
    if tags <= CAREFUL_TAGS:
        return html
    if tags > MAX_TAGS:
        at = -1
        for index, found in enumerate(_TAG.finditer(html)):
            if index >= MAX_TAGS:
                at = found.start()
                break
        if at >= 0:
            html = html[:at]
    depth = 0
    for found in _TAG.finditer(html):
        if found[2].lower() in _VOID:
            continue
        depth = max(0, depth + (-1 if found[1] else 1))
        if depth > 3 * MAX_DEPTH:  # nobody lays out a page like this
            return html[: found.start()]
    return html


def _children(node: LexborNode, out: list[str], depth: int, *, block: bool = False) -> None:
    """What is in a node, one after the other; in a `block` whose first box stands beside the next one, as columns."""
    begin = len(out)
    beside = False  # right behind an element
    child = node.child
    while child is not None:
        tag = child.tag
        if tag == "-text":
            text = child.text_content or ""
            out.append(" " if text.isspace() else _run(text))
            beside = False
        elif tag == "br":
            out.append(_BREAK + "\n")
            block = beside = False
        elif tag is not None:
            if block and tag[0] not in "-!":
                if tag in _BOXES and _is_column(child):
                    del out[begin:]
                    _columns(node, out, depth)
                    return
                block = False
            if tag == "img" and not child.attrs.get("alt"):
                beside = True  # as most have none: they show nothing, and cost no more than this
            elif tag not in _UNSEEN:
                at = len(out)
                _element(child, tag, out, depth + 1)
                if beside and 0 < at < len(out) and out[at - 1][-1:].isalpha() and _AMOUNT.match(out[at]):
                    out.insert(at, " ")  # <span>Total</span><span>$45.00</span>, which a style sheet holds apart
                beside = True
        child = child.next


_AMOUNT = re.compile(r"[-−]?\s?[€$£₩¥\d]")


def _run(text: str) -> str:
    """White space of a text node collapsed, as a browser does; a space at either end stays."""
    if text.isprintable() and (text.isascii() or UNSEEN_BUT_PRINTABLE.search(text) is None):
        return _SPACES.sub(" ", text) if "  " in text else text  # as most are: no other space is printable
    words = " ".join(text.split())
    if not words.isprintable() or not (words.isascii() or UNSEEN_BUT_PRINTABLE.search(words) is None):
        text = INVISIBLE.sub("", text)
        words = INVISIBLE.sub("", " ".join(text.split()))
    if not words:
        return " " if text else ""
    if text[0].isspace():
        words = " " + words
    return words + " " if text[-1].isspace() else words


def _element(node: LexborNode, tag: str, out: list[str], depth: int) -> None:
    attributes = node.attributes
    style = 0
    if attributes:
        if "hidden" in attributes:
            return
        if written := attributes.get("style"):
            style = _style(written[:1000])
            if style & _HIDDEN and not (style & _ZERO_SIZE and _sets_size_itself(node)):
                return
    if tag == "img":
        if alt := attributes.get("alt"):
            out.append(f" {_run(alt).strip()} ")
    elif depth > MAX_DEPTH:
        out.append(_run(node.text(deep=True, separator=" ")[:20_000]))
    elif tag == "tr":
        cells = []
        child = node.child
        while child is not None:
            inner = child.tag
            if inner == "td" or inner == "th":
                cells.append(_cell(child, inner, depth))
            child = child.next
        _row(cells, out)
    elif style & _ROW_OF_BOXES or tag in _SPECIAL:
        _special(node, tag, attributes, style, out, depth)
    elif edge := _EDGES.get(tag):
        out.append(edge)
        _children(node, out, depth, block=True)
        out.append(edge)
    else:
        _children(node, out, depth)


def _special(
    node: LexborNode, tag: str, attributes: dict[str, str | None], style: int, out: list[str], depth: int
) -> None:
    """An element that may be a quotation, or whose children have a layout of their own."""
    quote = bool(attributes) and tag in ("blockquote", "div") and _is_quote(tag, attributes)
    if attributes and tag == "div" and (attributes.get("id") or "").lower() in _QUOTE_REST_ID:
        out.append("\n" + QUOTE_BEGIN + "\n")
    if quote:
        out.append("\n" + QUOTE_BEGIN + "\n")
    if tag == "dl":
        _definitions(node, out, depth)
    elif tag == "pre":
        out.append(_PARAGRAPH_EDGE + _preformatted(node.text(deep=True)) + _PARAGRAPH_EDGE)
    elif style & _ROW_OF_BOXES:
        _row([_cell(box, box.tag or "", depth) for box in _boxes(node)], out)
    else:
        edge = _EDGES.get(tag, "")
        out.append(edge)
        _children(node, out, depth, block=bool(edge))
        out.append(edge)
    if quote:
        out.append("\n" + QUOTE_END + "\n")


def _sets_size_itself(node: LexborNode) -> bool:
    """font-size:0 on a container closes the gaps between its columns; what sets a size of its own inside is seen."""
    return "font-size" in (node.inner_html or "")[:20_000]


def _is_quote(tag: str, attributes: dict[str, str | None]) -> bool:
    if tag == "blockquote":
        return (attributes.get("type") or "").lower() == "cite" or "gmail_quote" in (attributes.get("class") or "")
    names = attributes.get("class")
    return names is not None and not _QUOTE_CLASS.isdisjoint(names.lower().split())


def _boxes(node: LexborNode) -> list[LexborNode]:
    """The children that stand side by side."""
    found = []
    child = node.child
    while child is not None:
        tag = child.tag
        if tag == "-text":
            if (child.text_content or "").strip():
                found.append(child)
        elif tag is not None and tag not in _UNSEEN:
            found.append(child)
        child = child.next
    return found


def _row(cells: list[list[str]], out: list[str]) -> None:
    out.append("\n" + "\n".join(_joined(cells)) + "\n")


def _cell(node: LexborNode, tag: str, depth: int) -> list[str]:
    if tag == "-text":
        return _line(_run(node.text_content or ""))
    inner: list[str] = []
    attributes = node.attributes if tag in ("td", "th") and depth < MAX_DEPTH else None
    if attributes is None or (
        attributes and ("hidden" in attributes or ((style := attributes.get("style")) and _style(style[:1000])))
    ):
        _element(node, tag, inner, depth + 1)
        return _lines(inner)
    only = node.child  # a cell and nothing else, as most are
    if only is not None and only.next is None and only.tag == "-text":
        return _line(_run(only.text_content or ""))
    _children(node, inner, depth + 1, block=True)
    return _lines(inner)


def _joined(cells: list[list[str]]) -> list[str]:
    """The lines of a row: one where the cells are short; below each other where several cells have several lines."""
    cells = [cell for cell in cells if cell]
    if len(cells) < 2:
        return cells[0] if cells else []
    if sum(len(cell) > 1 for cell in cells) > 1:
        if len(cells) > 2 and (row := _row_of_items(cells)):
            return row
        if len(cells) == 2 and len(cells[0]) == len(cells[1]) and all(line[-1] in ":：" for line in cells[0]):
            return [f"{label}{CELL}{value}" for label, value in zip(*cells, strict=True)]  # a column of labels
        lines: list[str] = []
        for cell in cells:
            lines += [_BLANK, *cell] if lines else cell
        return lines
    first = CELL.join(cell[0] for cell in cells)
    return [first, *(line for cell in cells for line in cell[1:])]


def _row_of_items(cells: list[list[str]]) -> list[str]:
    """A row of a table of goods: some cell has one line, others an option or a second value below the first. They stay
    in one line, but what stands below the name of the goods, the longest cell, follows it; [] for anything else."""
    sizes = [sum(map(len, cell)) for cell in cells]
    longest = sizes.index(max(sizes[:-1]))  # the goods; what stands last is what is said of them
    rest = cells[longest][1:]
    if all(len(cell) > 1 for cell in cells) or len(rest) > 6 or len(cells) > 8:
        return []
    if any(size > 60 and at != longest for at, size in enumerate(sizes)) or any(_BLANK in cell for cell in cells):
        return []
    first = (cell[0] if at == longest else " ".join(cell) for at, cell in enumerate(cells))
    return [CELL.join(first).replace(_BREAK, ""), *rest]


def _definitions(node: LexborNode, out: list[str], depth: int) -> None:
    out.append(_PARAGRAPH_EDGE)
    row: list[list[str]] = []
    stack = [node.child]
    while stack:
        child = stack.pop()
        if child is None:
            continue
        stack.append(child.next)
        if child.tag == "div":
            stack.append(child.child)
        elif child.tag in ("dt", "dd"):
            if child.tag == "dt" and row:
                out.append("\n" + "\n".join(_joined(row)) + "\n")
                row = []
            row.append(_cell(child, child.tag, depth))
    if row:
        out.append("\n" + "\n".join(_joined(row)))
    out.append(_PARAGRAPH_EDGE)


def _is_column(node: LexborNode) -> bool:
    if node.tag not in _BOXES:
        return False
    attributes = node.attributes
    if _style((attributes.get("style") or "")[:1000]) & _BESIDE:
        return True
    return node.tag == "table" and (attributes.get("align") or "") in ("left", "right")


def _columns(node: LexborNode, out: list[str], depth: int) -> None:
    """Boxes side by side (inline-block, float): a row; anything else between them: as it comes."""
    row: list[list[str]] = []
    child = node.child
    while child is not None:
        tag = child.tag or "-"
        if tag[0] not in "-!" and _is_column(child):
            row.append(_cell(child, tag, depth))
        elif tag == "-text":
            run = _run(child.text_content or "")
            if run.strip():
                out.append("\n" + "\n".join(_joined(row)) + "\n" + run)
                row = []
        elif tag[0] not in "-!" and tag not in _DROPPED:
            out.append("\n" + "\n".join(_joined(row)) + "\n")
            row = []
            if tag == "br":
                out.append(_BREAK + "\n")
            else:
                _element(child, tag, out, depth + 1)
        child = child.next
    out.append("\n" + "\n".join(_joined(row)) + "\n")


def _preformatted(text: str) -> str:
    return "".join(f"{_run(line).strip()}{_BREAK}\n" for line in text.split("\n"))


def _line(run: str) -> list[str]:
    """`_lines` of a single `_run`."""
    run = run.strip(" ")
    return [run] if run else []


_MARGIN = " " + CELL + _BREAK
_AROUND = _MARGIN + "\n" + _BLANK
_SPACES = re.compile(" {2,}")


def _lines(out: list[str]) -> list[str]:
    """The pieces as lines: trimmed, empty ones at the edges gone, several in a row made one."""
    lines: list[str] = []
    whole = "".join(out).strip(_AROUND)
    if "\n" not in whole:  # as most are: a single line, or none
        return [_SPACES.sub(" ", whole) if "  " in whole else whole] if whole else lines
    for line in filter(None, whole.split("\n")):
        stripped = line.strip(_MARGIN)
        if "  " in stripped:
            stripped = _SPACES.sub(" ", stripped)
        if stripped and stripped != _BLANK:
            lines.append(stripped)
        elif lines and lines[-1] != _BLANK and not line.isspace():
            lines.append(_BLANK)  # asked for, by a paragraph or by a second <br>
    if lines and lines[-1] == _BLANK:
        lines.pop()
    return lines
