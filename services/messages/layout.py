"""How pieces of text become lines, sentences and paragraphs; a missing piece leaves no gap."""


def one_line(name: str) -> str:
    """Names are free text, but a line end in one would break a heading or start a paragraph."""
    return " ".join(name.split())


def lines(*pieces: str | None) -> str:
    return "\n".join(piece for piece in pieces if piece)


def sentences(*pieces: str | None) -> str:
    return " ".join(piece for piece in pieces if piece)


def paragraphs(*pieces: str | None) -> str:
    return "\n\n".join(piece for piece in pieces if piece)
