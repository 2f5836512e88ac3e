"""The inequalities of a `linear` claim: text <-> coefficients.

The grammar, in which a name takes in every hyphen that it can::

    inequality = side ("<=" | ">=" | "=" | "==") side
    side       = term {("+" | "-") term}
    term       = factor ["*" factor]         at most one name, at most one number
    factor     = ["+" | "-"] (number | name)
    name       = [A-Za-z_][A-Za-z0-9_-]* {"." unit}
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, NoReturn, TypeAlias, cast

from nnspec.diagnostics import NnspecError
from nnspec.diagnostics.suggestions import quote
from nnspec.text.scalars import LARGEST_EXACT, NumberError, looks_numeric, resolve_plain

Relation: TypeAlias = Literal["<=", ">=", "="]


@dataclass(frozen=True, slots=True)
class LinearInequality:
    """The claim ``sum of coefficient * name + constant RELATION 0``.

    Parameters
    ----------
    terms
        Pairs of a name and its coefficient, each name once, in the order of the text. A name that
        cancels out keeps a coefficient of 0.
    constant
        What is added to the terms.
    relation
        ``<=``, ``>=`` or ``=``, with 0 on its right.
    """

    terms: tuple[tuple[str, float], ...]
    constant: float
    relation: Relation


class LinearSyntaxError(NnspecError, ValueError):
    """Text that is no linear inequality; ``position`` is where in the text, counted from 0."""

    def __init__(self, message: str, help: str, position: int) -> None:  # noqa: A002
        super().__init__(message, help, position)
        self.message = message
        self.help = help
        self.position = position

    def __str__(self) -> str:
        return self.message


def parse_inequality(text: str) -> LinearInequality:
    """The inequality that a text says, with everything moved to the left of its relation.

    Numbers that are to be added are added exactly and rounded once.

    Raises
    ------
    LinearSyntaxError
        If the text is not a linear inequality, or names nothing.

    Examples
    --------
    >>> parse_inequality("2*price >= 3*historic + 5")
    LinearInequality(terms=(('price', 2.0), ('historic', -3.0)), constant=-5.0, relation='>=')
    """
    return _Parser(text).inequality()


def render_inequality(inequality: LinearInequality) -> str:
    """The text of an inequality, from which :func:`parse_inequality` reads the same again.

    Examples
    --------
    >>> render_inequality(parse_inequality("2*price>=3*historic+5"))
    '2*price - 3*historic - 5 >= 0'
    """
    pieces = [_signed(coefficient, name) for name, coefficient in inequality.terms]
    if inequality.constant != 0 or not pieces:
        pieces.append(_signed(inequality.constant, ""))
    sign, first = pieces[0]
    text = "".join([f" {sign} {piece}" for sign, piece in pieces[1:]])
    return f"{'-' if sign == '-' else ''}{first}{text} {inequality.relation} 0"


def _signed(number: float, name: str) -> tuple[str, str]:
    """A term's sign, and the rest of it."""
    size = abs(number)
    digits = str(int(size)) if size.is_integer() and size < LARGEST_EXACT else repr(size)
    sign = "-" if number < 0 else "+"
    if not name:
        return sign, digits
    return sign, name if size == 1 else f"{digits}*{name}"


class _Token(NamedTuple):
    kind: str
    """``number``, ``name``, ``sign``, ``times``, ``relation`` or ``end``."""
    text: str
    start: int


# Each alternative is tried once at each place and none can back up, so that the time is linear.
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*(?:\.[\w-]+)*)"
    r"|(?P<refused>\*\*|<>|!=|=<|=>|[<>](?!=))"
    r"|(?P<relation>[<>]=|==?)|(?P<sign>[-+])|(?P<times>\*)|(?P<end>\Z)|(?P<other>.))",
    re.DOTALL,
)
_WORD = re.compile(r"[\w.]{0,100}")

_REFUSED = {
    "< >": "write <= or >=: inequalities are closed, as intervals are",
    "=< ≤": "write <=",
    "=> ≥": "write >=",
    "<> != ≠": "the relations are <=, >= and =",
    "** ^": "a linear inequality has no powers",
    "( )": "multiply it out: 2*a + 2*b rather than 2*(a + b)",
    "/": "multiply instead: 0.5*price rather than price/2",
    ",": "write a number without separators, with a point: 1000 or 0.5",
    "−": "write the plain minus, -",
    "×": "write the plain times, *",
}
_MENDS = {symbol: mend for symbols, mend in _REFUSED.items() for symbol in symbols.split()}
_OTHERWISE = "it may hold numbers, names, +, -, * and one of <=, >=, ="


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:  # never: the last alternative takes anything
            raise LinearSyntaxError("this is not a linear inequality", _OTHERWISE, position)
        kind, start = match.lastgroup, match.start(match.lastgroup)
        found = match[kind]
        if kind in ("refused", "other"):
            message = f"{quote(found)} is no part of a linear inequality"
            raise LinearSyntaxError(message, _MENDS.get(found, _OTHERWISE), start)
        yield _Token(kind, found, start)
        if kind == "end":
            return
        position = match.end()


class _Parser:
    """Reads one text from left to right, with one token of foresight."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.token = next(self.tokens)
        self.coefficients: dict[str, list[float]] = {}
        self.constants: list[float] = []

    def inequality(self) -> LinearInequality:
        if self.token.kind == "end":
            raise LinearSyntaxError("the inequality is empty", "such as 'price >= 0'", 0)
        self.side(1.0)
        if self.token.kind == "end":
            self.fail("the inequality has no relation", "end it with '>= 0', '<= 0' or '= 0'")
        relation = self.take().text
        self.side(-1.0)
        if self.token.kind != "end":
            self.fail("the inequality has a second relation", "write two: 'a <= b' and 'b <= c'")
        terms = self.totals()
        if not any(coefficient for _, coefficient in terms):
            what = "every name cancels out" if terms else "the inequality names nothing"
            raise LinearSyntaxError(what, "it must be about at least one input or neuron", 0)
        constant = _total("the constants", self.constants)
        return LinearInequality(terms, constant, cast("Relation", relation.replace("==", "=")))

    def totals(self) -> tuple[tuple[str, float], ...]:
        items = self.coefficients.items()
        return tuple([(name, _total(f"the coefficients of {quote(name)}", c)) for name, c in items])

    def side(self, direction: float) -> None:
        """Read terms up to a relation or the end."""
        self.term(direction)
        while self.token.kind == "sign":
            self.term(-direction if self.take().text == "-" else direction)
        if self.token.kind == "times":
            self.fail("a product is of one number and one name", "such as 2*price")

    def term(self, direction: float) -> None:
        start = self.token.start
        number, name = self.factor()
        if self.token.kind == "times":
            self.take()
            second, second_name = self.factor()
            name = _only_name(name, second_name, start)
            number *= second  # exact: one of the two is a name's sign, 1 or -1
        numbers = self.constants if name is None else self.coefficients.setdefault(name, [])
        numbers.append(direction * number)

    def factor(self) -> tuple[float, str | None]:
        """A number and no name, or a name and its sign as 1 or -1."""
        sign = 1.0
        if self.token.kind == "sign":
            sign = -1.0 if self.take().text == "-" else 1.0
        if self.token.kind not in ("number", "name"):
            given = quote(self.token.text) if self.token.text else "the end"
            self.fail(f"a number or a name is missing before {given}", "such as 2*price >= 0")
        token = self.take()
        number = self.number(token) if token.kind == "number" else 1.0
        if self.token.kind in ("number", "name"):
            self.fail_between(token)
        return sign * number, None if token.kind == "number" else token.text

    def number(self, token: _Token) -> float:
        try:
            value = resolve_plain(token.text)
        except NumberError as error:
            help_ = "every number must be one that a double holds"
            raise LinearSyntaxError(error.message, help_, token.start) from None
        rest = _WORD.match(self.text, token.start + len(token.text))
        word = token.text + (rest[0] if rest else "")
        if isinstance(value, str) or value is None or looks_numeric(word):
            what = f"{quote(word)} reads differently to different readers, or not at all"
            help_ = "write it as a plain decimal number, such as 1000 or 0.5"
            raise LinearSyntaxError(what, help_, token.start)
        return float(value)

    def take(self) -> _Token:
        token = self.token
        self.token = next(self.tokens)
        return token

    def fail(self, message: str, help_: str) -> NoReturn:
        raise LinearSyntaxError(message, help_, self.token.start)

    def fail_between(self, first: _Token) -> NoReturn:
        second = self.token
        what = f"nothing stands between {quote(first.text)} and {quote(second.text)}"
        if first.kind == "number" and second.kind == "name":
            help_ = f"write {first.text[:60]}*{second.text[:60]}"
        else:
            help_ = "write +, - or * between them" + _hyphen_hint(first.text)
        self.fail(what, help_)


def _only_name(first: str | None, second: str | None, start: int) -> str:
    """The one name of a product's two factors."""
    if first is not None and second is not None:
        what = f"the product of {quote(first)} and {quote(second)} is not linear"
        help_ = "multiply a name by a number only" + _hyphen_hint(first)
        raise LinearSyntaxError(what, help_, start)
    name = second if first is None else first
    if name is None:
        what = "a product is of one number and one name"
        raise LinearSyntaxError(what, "such as 2*price; work out 2*3 yourself", start)
    return name


def _hyphen_hint(name: str) -> str:
    if "-" not in name:
        return ""
    return "; a '-' that touches a name belongs to it: put spaces around a minus"


def _total(what: str, numbers: list[float]) -> float:
    try:
        return math.fsum(numbers)
    except OverflowError:
        message = f"{what} add up beyond the largest double, 1.8e308"
        raise LinearSyntaxError(message, "every number must be finite", 0) from None
