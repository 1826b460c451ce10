"""Why a booking ended: every reason that the product writes is told in every language."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from services.domain.policy import Party
from services.messages.languages import Language
from services.messages.reasons import WHO, called_off_by, explain
from services.messages.translations import TRANSLATIONS
from tests.services.messages_rig import of_booking

EN, UK = Language.ENGLISH, Language.UKRAINIAN
PRODUCT = Path(__file__).parents[2] / "services"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("The payment was returned by the seller.", "Продавець повернув платіж."),
        (
            "The host's calendar did not take it: This time has passed.",
            "Календар не прийняв бронювання: Цей час уже минув.",
        ),
        (
            "The host's calendar did not take it: Gone fishing: back soon.",
            "Календар не прийняв бронювання: Gone fishing: back soon.",
        ),
        ("Gone fishing.", "Gone fishing."),
        ("Note: gone fishing.", "Note: gone fishing."),
        ("Unfinished: ", "Unfinished: "),
        ("", ""),
    ],
)
def test_a_reason_is_translated_as_far_as_it_is_known(reason: str, said: str) -> None:
    assert explain(reason, TRANSLATIONS[UK]) == said


Names: TypeAlias = Mapping[str, Sequence[ast.expr]]
"""What is assigned to a name."""


def given_names(statements: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    given: dict[str, list[ast.expr]] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        given.setdefault(node.id, []).append(statement.value)
    return given


def names_in(function: ast.AST, around: Names) -> Names:
    """What a function's names stand for; of its parameters nothing is known."""
    parameters = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return {**around, **dict.fromkeys(parameters, ()), **given_names(ast.walk(function))}


FILES = [path for path in sorted(PRODUCT.rglob("*.py")) if path.parent.name != "messages"]
MODULES = {path: ast.parse(path.read_text()) for path in FILES}
CONSTANTS: Mapping[str, Names] = {
    path.stem: given_names(module.body)
    for path, module in MODULES.items()
    if path.parent == PRODUCT
}
ENDING = {"SlotRefused", "refuse", "reject", "advance"}
"""The calls whose text becomes the reason why a booking ended."""
CALLING_OFF = {"call_off", "leave_to_human"}
"""Likewise, with the reason by its name."""


def sentences_of(node: ast.AST, names: Names) -> Iterator[str]:
    """The texts that an expression can come to; what an f-string puts in is the detail."""
    match node:
        case ast.Constant(str() as text):
            yield text
        case ast.JoinedStr(values):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{detail}" for part in values
            )
        case ast.Name(name):
            others = {**names, name: ()}
            for value in names.get(name, ()):
                yield from sentences_of(value, others)
        case ast.Attribute(ast.Name(module), name):
            constants = CONSTANTS.get(module, {})
            yield from sentences_of(ast.Name(name), constants)
        case ast.Call():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                yield from sentences_of(child, names)


def told_in(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments that may hold a reason."""
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if name in ENDING:
        yield from call.args
    if name in ENDING | CALLING_OFF:
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "reason")


def reasons_written() -> set[str]:
    """The sentences in every call that ends a booking."""
    return {
        reason
        for module in MODULES.values()
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        for given in told_in(call)
        for reason in sentences_of(given, names_in(function, given_names(module.body)))
    }


def test_every_reason_that_is_translated_is_one_that_the_product_writes() -> None:
    written = {
        node.value
        for module in MODULES.values()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reasons = {reason.removesuffix("{detail}") for reason in TRANSLATIONS[EN].reasons} | set(WHO)
    assert reasons <= written, reasons - written


def test_every_reason_that_the_product_writes_is_translated() -> None:
    reasons = reasons_written()
    assert set(WHO) <= reasons, set(WHO) - reasons
    assert "The host's calendar did not take the new time: {detail}" in reasons
    known = set(TRANSLATIONS[EN].reasons) | set(WHO)
    assert reasons <= known, reasons - known


def test_what_says_only_who_has_no_translation_of_its_own() -> None:
    assert not set(WHO) & set(TRANSLATIONS[EN].reasons)


@pytest.mark.parametrize(
    ("by", "reason", "party"),
    [
        (Party.OPERATOR, "The payment was returned by the seller.", Party.OPERATOR),
        (Party.HOST, None, Party.HOST),
        (None, "Called off by the client.", Party.CLIENT),
        (None, "The host called it off in their Calendly.", Party.HOST),
        (None, "No time was chosen by the day set for it.", None),
        (None, None, None),
    ],
)
def test_who_called_a_session_off_is_in_its_row_or_in_the_reason(
    by: Party | None, reason: str | None, party: Party | None
) -> None:
    assert called_off_by(of_booking(called_off_by=by, status_reason=reason).booking) is party
