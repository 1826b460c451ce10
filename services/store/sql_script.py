"""Cuts an SQL script into its statements, as psql and the Supabase CLI do."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<line_comment> --[^\n]* )
    | (?P<block_comment> /\* )
    | (?P<literal> [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z) | '[^']*(?:'|\Z) | "[^"]*(?:"|\Z) )
    | (?P<dollar_quote> \$(?:[^\W\d]\w*)?\$ )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<mark> \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_OUTSIDE_TRANSACTION = re.compile(
    r"(create (unique )?index|drop index) concurrently\b"
    r"|reindex\b.* concurrently\b"
    r"|alter table\b.* detach partition\b.* concurrently\b"
    r"|vacuum\b|alter system\b|(create|drop) (database|tablespace)\b"
)
_TRANSACTION_CONTROL = re.compile(r"(begin|start transaction|commit|end)( work| transaction)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon, with the comments before it.

    `line` is where `text` begins in the script, counted from 1; `code_at` is the offset in `text`
    of what is no comment (None if it is all comment); `words` are its bare words in lower case.
    """

    text: str
    line: int
    code_at: int | None
    words: str

    @property
    def outside_transaction(self) -> bool:
        """Whether PostgreSQL refuses it inside a transaction block."""
        return _OUTSIDE_TRANSACTION.match(self.words) is not None

    @property
    def runs(self) -> bool:
        """Whether it does anything, given that the transaction is the caller's business."""
        return self.code_at is not None and _TRANSACTION_CONTROL.fullmatch(self.words) is None

    def line_of(self, position: int | None) -> int:
        """The script's line of a server's error position (counted from 1), or of the start."""
        offset = self.code_at or 0 if position is None else position - 1
        return self.line + self.text.count("\n", 0, offset)


def split(script: str) -> list[Statement]:
    """The statements of `script` in order; empty ones are left out.

    Semicolons inside quotes, dollar quotes, comments, parentheses (rules) and `begin atomic`
    bodies do not count. What is left open at the end is left for the server to refuse.
    """
    return [statement for statement in _cut(script) if statement.text]


def _cut(script: str) -> Iterator[Statement]:
    start, code_at, words, nesting = 0, None, list[str](), _Nesting()
    for lexeme, at in _code(script):
        if lexeme == ";" and nesting.depth == 0:
            yield _statement(script, start, at, code_at, words)
            start, code_at, words, nesting = at + 1, None, [], _Nesting()
            continue
        code_at = at if code_at is None else code_at
        nesting.step(lexeme, words[-1] if words else "")
        if lexeme[0].isalpha() or lexeme[0] == "_":
            words.append(lexeme)
    yield _statement(script, start, len(script), code_at, words)


def _statement(
    script: str, start: int, end: int, code_at: int | None, words: Sequence[str]
) -> Statement:
    piece = script[start:end]
    start += len(piece) - len(piece.lstrip())
    return Statement(
        text=piece.strip(),
        line=script.count("\n", 0, start) + 1,
        code_at=None if code_at is None else code_at - start,
        words=" ".join(words),
    )


class _Nesting:
    """How deep we are in parentheses and in a function body of the form `begin atomic … end`."""

    def __init__(self) -> None:
        self.depth = 0
        self._atomic = 0

    def step(self, lexeme: str, previous_word: str) -> None:
        if lexeme == "(":
            self.depth += 1
        elif lexeme == ")":
            self.depth = max(self.depth - 1, self._atomic)
        elif (lexeme == "atomic" and previous_word == "begin") or (
            self._atomic and lexeme == "case"
        ):
            self._atomic += 1
            self.depth += 1
        elif self._atomic and lexeme == "end":
            self._atomic -= 1
            self.depth -= 1


def _code(script: str) -> Iterator[tuple[str, int]]:
    """Words in lower case, marks, and `'` for anything quoted, each with its offset."""
    at = 0
    while match := _TOKEN.search(script, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "block_comment":
            at = _comment_end(script, at)
        elif kind == "dollar_quote":
            closing = script.find(match.group(), at)
            at = len(script) if closing < 0 else closing + len(match.group())
            yield "'", match.start()
        elif kind == "literal":
            yield "'", match.start()
        elif kind != "line_comment":
            yield match.group().lower(), match.start()


def _comment_end(script: str, at: int) -> int:
    """Where the block comment ends whose opening ends at `at`; comments nest."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(script, at)):
        depth += 1 if edge.group() == "/*" else -1
        at = edge.end()
    return len(script) if depth else at
