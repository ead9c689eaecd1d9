"""HTML as the lines that a reader sees. In charge of: what is hidden, which cells stand on one line, where a quoted
mail begins. Does not decode bytes and keeps no links, colours or sizes.

One line per table row, cells joined by a tab; but tables also lay out pages: a cell with several lines yields several
lines. Label and value stay on one line, whatever the shop built them from (cells, dt/dd, flex boxes, columns).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.parse.charsets import INVISIBLE

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_CHARS = 2_000_000
MAX_TAGS = 20_000
CAREFUL_TAGS = 3_000  # a page with more tags is checked for depth before it is parsed
MAX_DEPTH = 200

# Marks inside the text while it is built; `clean` has removed these characters from anything a mail brings along.
CELL = "\ufdd0"
QUOTE_BEGIN = "\ufdd1"
QUOTE_END = "\ufdd2"

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
_HIDDEN = re.compile(
    r"display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}(?:hidden|collapse)|mso-hide\s{0,5}:\s{0,5}all"
    r"|(?<![\w-])font-size\s{0,5}:\s{0,5}0(?:\.0{1,3})?(?![\d.])|max-height\s{0,5}:\s{0,5}0(?![\d.])"
    r"|(?<![\w-])opacity\s{0,5}:\s{0,5}0(?:\.0{1,3})?(?![\d.])",
    re.IGNORECASE,
)
_ZERO_SIZE = re.compile(r"font-size\s{0,5}:\s{0,5}0|max-height\s{0,5}:\s{0,5}0", re.IGNORECASE)
_BESIDE = re.compile(r"display\s{0,5}:\s{0,5}(?:inline-block|inline-table|table-cell)|(?<![\w-])float\s{0,5}:", re.I)
_ROW_OF_BOXES = re.compile(
    r"display\s{0,5}:\s{0,5}(?:inline-)?(?:flex|table-row)(?!.{0,200}flex-direction\s{0,5}:\s{0,5}col)", re.I
)
_QUOTE_CLASS = frozenset(
    {"gmail_quote", "yahoo_quoted", "moz-cite-prefix", "gmail_extra", "tutanota_quote", "protonmail_quote"}
)
_QUOTE_ID = frozenset(
    {"divrplyfwdmsg", "appendonsend", "olk_src_body_section", "replysplit", "mail-editor-reference-message-container"}
)


def text(html: str) -> str:
    """The visible text, with the marks CELL, QUOTE_BEGIN and QUOTE_END still in it. Never raises."""
    from selectolax.lexbor import LexborHTMLParser  # late: a run over headers alone needs no HTML parser

    tree = LexborHTMLParser(bounded(html))
    root = tree.body or tree.root
    if root is None:
        return ""
    out: list[str] = []
    _children(root, out, 0)
    return "\n".join(_lines(out))


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


def _children(node: LexborNode, out: list[str], depth: int) -> None:
    child = node.child
    while child is not None:
        tag = child.tag
        if tag == "-text":
            out.append(_run(child.text_content or ""))
        elif tag == "br":
            out.append("\n")
        elif tag is not None and tag not in _DROPPED and tag[0] not in "-!":
            _element(child, tag, out, depth + 1)
        child = child.next


def _run(text: str) -> str:
    """White space of a text node collapsed, as a browser does; a space at either end stays."""
    if not text:
        return ""
    if not text.isascii():
        text = INVISIBLE.sub("", text)
        if not text:
            return ""
    words = " ".join(text.split())
    if not words:
        return " "
    if text[0].isspace():
        words = " " + words
    return words + " " if text[-1].isspace() else words


def _element(node: LexborNode, tag: str, out: list[str], depth: int) -> None:
    attributes = node.attributes
    style = attributes.get("style") or ""
    if attributes and ("hidden" in attributes or (style and _is_hidden(style, node))):
        return
    if tag == "img":
        if alt := attributes.get("alt"):
            out.append(f" {' '.join(alt.split())} ")
        return
    if tag == "input":
        return
    if depth > MAX_DEPTH:
        out.append(_run(node.text(deep=True, separator=" ")[:20_000]))
        return
    quote = tag in ("blockquote", "div") and _is_quote(tag, attributes)
    if quote:
        out.append("\n" + QUOTE_BEGIN + "\n")
    if tag == "tr":
        _row(_boxes(node, ("td", "th")), out, depth)
    elif tag == "dl":
        _definitions(node, out, depth)
    elif tag == "pre":
        out.append("\n\n" + "\n".join(" ".join(line.split()) for line in node.text(deep=True).split("\n")) + "\n\n")
    elif style and _ROW_OF_BOXES.search(style):
        _row(_boxes(node, ()), out, depth)
    else:
        edge = "\n\n" if tag in _PARAGRAPH else "\n" if tag in _BLOCK else ""
        out.append(edge)
        if edge and _has_columns(node):
            _columns(node, out, depth)
        else:
            _children(node, out, depth)
        out.append(edge)
    if quote:
        out.append("\n" + QUOTE_END + "\n")


def _is_hidden(style: str, node: LexborNode) -> bool:
    if not _HIDDEN.search(style):
        return False
    if _ZERO_SIZE.search(style) and not re.search(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide", style, re.I):
        # font-size:0 on a container is a way to close gaps between columns: what sets its own size is seen
        inner = node.inner_html or ""
        return "font-size" not in inner[:20_000] or ("max-height" in style and "overflow" in style)
    return True


def _is_quote(tag: str, attributes: dict[str, str | None]) -> bool:
    if tag == "blockquote":
        return (attributes.get("type") or "").lower() == "cite" or "gmail_quote" in (attributes.get("class") or "")
    names = attributes.get("class")
    if names and not _QUOTE_CLASS.isdisjoint(names.lower().split()):
        return True
    return (attributes.get("id") or "").lower() in _QUOTE_ID


def _boxes(node: LexborNode, tags: tuple[str, ...]) -> list[LexborNode]:
    """The children that stand side by side."""
    found = []
    child = node.child
    while child is not None:
        tag = child.tag
        if (tag is not None and tag[0] not in "-!" and tag not in _DROPPED and (not tags or tag in tags)) or (
            tag == "-text" and not tags and (child.text_content or "").strip()
        ):
            found.append(child)
        child = child.next
    return found


def _row(cells: list[LexborNode], out: list[str], depth: int) -> None:
    out.append("\n" + "\n".join(_joined([_cell(cell, depth) for cell in cells])) + "\n")


def _cell(node: LexborNode, depth: int) -> list[str]:
    if node.tag == "-text":
        return _lines([_run(node.text_content or "")])
    inner: list[str] = []
    _element(node, node.tag or "", inner, depth + 1)
    return _lines(inner)


def _joined(cells: list[list[str]]) -> list[str]:
    """The lines of a row: one where the cells are short; below each other where several cells have several lines."""
    cells = [cell for cell in cells if cell]
    if len(cells) < 2:
        return cells[0] if cells else []
    if sum(len(cell) > 1 for cell in cells) > 1:
        lines: list[str] = []
        for cell in cells:
            lines += cell
        return lines
    first = CELL.join(cell[0] for cell in cells)
    return [first, *(line for cell in cells for line in cell[1:])]


def _definitions(node: LexborNode, out: list[str], depth: int) -> None:
    out.append("\n\n")
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
            row.append(_cell(child, depth))
    if row:
        out.append("\n" + "\n".join(_joined(row)))
    out.append("\n\n")


def _has_columns(node: LexborNode) -> bool:
    """Whether the first element inside is a box that stands beside the next one."""
    child = node.child
    while child is not None and (child.tag or "-")[0] in "-!":
        child = child.next
    return child is not None and _is_column(child)


def _is_column(node: LexborNode) -> bool:
    if node.tag not in ("div", "table"):
        return False
    attributes = node.attributes
    style = attributes.get("style") or ""
    return bool(_BESIDE.search(style)) or (node.tag == "table" and (attributes.get("align") or "") in ("left", "right"))


def _columns(node: LexborNode, out: list[str], depth: int) -> None:
    """Boxes side by side (inline-block, float): a row; anything else between them: as it comes."""
    row: list[list[str]] = []
    child = node.child
    while child is not None:
        tag = child.tag or "-"
        if tag[0] not in "-!" and _is_column(child):
            row.append(_cell(child, depth))
        elif tag == "-text":
            run = _run(child.text_content or "")
            if run.strip():
                out.append("\n" + "\n".join(_joined(row)) + "\n" + run)
                row = []
        elif tag[0] not in "-!" and tag not in _DROPPED:
            out.append("\n" + "\n".join(_joined(row)) + "\n")
            row = []
            if tag == "br":
                out.append("\n")
            else:
                _element(child, tag, out, depth + 1)
        child = child.next
    out.append("\n" + "\n".join(_joined(row)) + "\n")


def _lines(out: list[str]) -> list[str]:
    """The pieces as lines: trimmed, empty ones at the edges gone, several in a row made one."""
    lines: list[str] = []
    for line in "".join(out).split("\n"):
        stripped = line.strip(" " + CELL)
        if "  " in stripped:
            stripped = re.sub(" {2,}", " ", stripped)
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    if lines and not lines[-1]:
        lines.pop()
    return lines
