"""Writes a one-page PDF 1.4 of plain lines of text, by hand."""

_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
_MOST_LINES = 46
_LINE_POINTS = 16
_LONGEST = 88


def document(title: str, lines: list[str]) -> bytes:
    """An A4 page with a title and the lines below it, as many as fit.

    Set in Helvetica, which every reader has; characters outside Windows-1252 become `?`.
    """
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
            b"/Resources << /Font << /F1 4 0 R >> >> >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            _stream(_drawn(title, lines[:_MOST_LINES])),
            b"<< /Title (" + _text(title) + b") >>",
        ]
    )


def _drawn(title: str, lines: list[str]) -> bytes:
    drawn = [b"BT", b"/F1 20 Tf", b"56 770 Td", b"(" + _text(title) + b") Tj", b"/F1 10 Tf"]
    drawn += [f"{_LINE_POINTS} TL".encode(), f"0 -{_LINE_POINTS} Td".encode()]
    drawn += [b"(" + _text(line) + b") '" for line in lines]
    return b"\n".join([*drawn, b"ET"])


def _text(text: str) -> bytes:
    return " ".join(text.split())[:_LONGEST].translate(_ESCAPED).encode("cp1252", "replace")


def _stream(content: bytes) -> bytes:
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _file(objects: list[bytes]) -> bytes:
    """The objects, numbered from 1, with the table of their places; the last one is the info."""
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n"
    return written + table.encode() + f"{trailer}startxref\n{len(written)}\n%%EOF\n".encode()
