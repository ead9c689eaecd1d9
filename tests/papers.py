"""PDFs made by hand: as small as a PDF can be, with the lines that a receipt has."""

from __future__ import annotations

from collections.abc import Sequence


def pdf(*pages: Sequence[str], trailer: str = "") -> bytes:
    """A PDF with these lines on these pages, each line in Latin letters (WinAnsiEncoding) or in any, Hangul too.

    Hangul needs no font file: a composite font that is not embedded, with identity encoding, and a ToUnicode map
    that says which letters its codes are (ISO 32000-1, 9.10.3).
    """
    letters = sorted({letter for lines in pages for line in lines if not _is_latin(line) for letter in line})
    codes = {letter: number for number, letter in enumerate(letters, 1)}
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(content: bytes) -> bytes:
        return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)

    add(b"<< /Type /Catalog /Pages 2 0 R >>")
    add(b"")  # the page tree, when its pages are known
    latin = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    wide = latin
    if codes:
        rows = b"\n".join(b"<%04X> <%04X>" % (code, ord(letter)) for letter, code in codes.items())
        unicode = add(stream(_TO_UNICODE % (len(codes), rows)))
        inner = add(
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Batang /CIDSystemInfo << /Registry (Adobe) "
            b"/Ordering (Identity) /Supplement 0 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor "
            b"/FontName /Batang /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900 /Descent -200 "
            b"/CapHeight 700 /StemV 80 >> >>"
        )
        wide = add(
            b"<< /Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /Identity-H /DescendantFonts [%d 0 R] "
            b"/ToUnicode %d 0 R >>" % (inner, unicode)
        )
    kids = []
    for lines in pages:
        content = add(stream(b"\n".join(_line(line, 780 - 20 * at, codes) for at, line in enumerate(lines))))
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font "
                b"<< /L %d 0 R /W %d 0 R >> >> >>" % (content, latin, wide)
            )
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return _file(objects, trailer.encode())


def _is_latin(line: str) -> bool:
    return all(ord(letter) <= 0xFF for letter in line)


def _line(line: str, height: int, codes: dict[str, int]) -> bytes:
    """One line of text in one font."""
    start = b"BT 1 0 0 1 50 %d Tm " % height
    if not _is_latin(line):
        return start + b"/W 12 Tf <" + b"".join(b"%04X" % codes[letter] for letter in line) + b"> Tj ET"
    plain = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return start + b"/L 12 Tf (" + plain.encode("cp1252") + b") Tj ET"


def _file(objects: Sequence[bytes], trailer: bytes) -> bytes:
    made = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(made)
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, trailer, start)
    )


_TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Here def\n/CMapType 2 def\n"
    b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n%d beginbfchar\n%s\nendbfchar\nendcmap\nend\nend"
)
