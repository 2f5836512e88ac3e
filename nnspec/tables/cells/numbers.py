"""What counts as a number in a cell of text: one definition, used by every reader.

A number is written in ASCII digits, with or without a sign, a decimal point and an exponent, and
may be surrounded by spaces or tabs: ``7``, ``007``, ``+1``, ``.5``, ``1.``, ``1E3``, ``-0``. Its
value is the nearest double. What would read as infinity is refused as an overflow; what is smaller
than any double reads as 0, its nearest double. Where whole numbers are asked for, nothing is
rounded: the text must say the very number. Everything else is refused, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

PATTERN = r"[ \t]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t]*"
"""The grammar, in the words that Python's and Rust's regular expressions share."""

BLANKS = " \t"
"""What may surround a number."""

_NUMBER = re.compile(PATTERN)
_NUMBER_IN_FULL = f"^{PATTERN}$"
_LARGEST = float(np.finfo(np.float64).max)
_LONGEST_EXPLAINED = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cell was refused: a stable code, the reason, and what to do."""

    code: str
    reason: str
    help: str = ""


MISSING = Refusal(
    "missing",
    "is a missing value",
    "fill the cell in, or declare the value that stands in for it: 'missing: VALUE'",
)
NAN = Refusal("nan", "is not a number", "leave the cell of a missing value empty")
INFINITE = Refusal("infinite", "is not finite", "an input's value must be a finite number")
OVERFLOW = Refusal(
    "overflow", "is beyond the largest number that a double holds", "the limit is about 1.8e308"
)
_BLANK = Refusal("blank", "holds nothing but spaces", "leave the cell of a missing value empty")


def _not_a_number(help: str) -> Refusal:  # noqa: A002 -- the word of every diagnostic
    return Refusal("not-a-number", "is not a number", help)


_OTHERWISE = _not_a_number("write it in decimal digits: 7, -0.5, 1e3")

# Read from the top; the first pattern that fits the whole cell explains it.
_EXPLANATIONS: tuple[tuple[str, Refusal], ...] = (
    (r"", MISSING),
    (r"\s+", _BLANK),
    (r"[+-]?nan", NAN),
    (r"[+-]?(inf(inity)?|\u221e)", INFINITE),
    (
        r"na|n/a|#n/a|null|none|nil|missing|\\n|[-.?]",
        _not_a_number("if it marks a missing value, say so: --null-values"),
    ),
    (r"true|false|yes|no", _not_a_number("write 1 or 0")),
    (
        r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?",
        _not_a_number("write it without separators of thousands"),
    ),
    (
        r"[+-]?(\d{1,3}([.'\u2019\u00a0\u202f ]\d{3})*|\d+)?,\d+",
        _not_a_number("write the decimal comma as a point"),
    ),
    (
        r"[+-]?\d{1,3}(['\u2019\u00a0\u202f ]\d{3})+(\.\d*)?|[\d.e+-]*_[\d._e+-]*",
        _not_a_number("write it without separators of thousands"),
    ),
    (r"[+-]?0[xbo][\da-f]+", _not_a_number("write it in decimal digits")),
    (r"[+-]?[\d.]+d[+-]?\d+", _not_a_number("write the exponent with e: 1e3")),
    (r"[+-]?[\d.,]+\s*%", _not_a_number("write it without the sign of percent")),
    (
        r"[+-]?\s*[$\u00a3\u00a5\u20ac][+-]?\s*[\d.,]+|[+-]?[\d.,]+\s*[$\u00a3\u00a5\u20ac]",
        _not_a_number("write it without the currency's sign"),
    ),
    (
        r"[\u2010-\u2015\u2212\ufe63\uff0d]\s*[\d.]+(e[+-]?\d+)?",
        _not_a_number("write the minus sign as the hyphen of ASCII: -1"),
    ),
    (
        r"[+-]?[\d.]+(e[+-]?\d+)?\s*[a-z\u00b0\u00b2\u00b3\u00b5/]+",
        _not_a_number("write it without its unit"),
    ),
    (
        r"[\u00a0\u2000-\u200b\u202f\ufeff\d.+-]*[^\x00-\x7f][\u00a0\u2000-\u200b\d.+-]*",
        _not_a_number("write it in the digits 0 to 9 of ASCII"),
    ),
)


def read_number(text: str) -> float | Refusal:
    """The number that a cell's text is, or why it is none.

    Examples
    --------
    >>> read_number(" 007 "), read_number("1E3")
    (7.0, 1000.0)
    >>> read_number("1_000").help
    'write it without separators of thousands'
    """
    if not is_number(text):
        return _explain(text)
    value = float(text)
    return value if abs(value) <= _LARGEST else OVERFLOW


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, if perhaps one that overflows.

    Examples
    --------
    >>> is_number("-1"), is_number("=1")
    (True, False)
    """
    return _NUMBER.fullmatch(text) is not None


def says_exactly(text: str, whole: int) -> bool:
    """Whether a number's text, of which the nearest double is a whole number, is that very number.

    Examples
    --------
    >>> says_exactly("1e3", 1000), says_exactly("1e-4009", 0)
    (True, False)
    """
    if whole:
        return Decimal(text.strip(BLANKS)) == whole
    # By its digits: an exponent may be beyond what a Decimal holds.
    return not re.search("[1-9]", re.split("[eE]", text)[0])


def _explain(text: str) -> Refusal:
    if len(text) > _LONGEST_EXPLAINED:
        return _OTHERWISE
    core = text.strip(BLANKS) if text.strip() else text
    for pattern, refusal in _EXPLANATIONS:
        # Compiled, and kept, by re itself once there is something to explain.
        if re.fullmatch(pattern, core, re.IGNORECASE):
            return refusal
    return _OTHERWISE


def numbers_of(cells: pl.Series) -> NDArray[np.float64]:
    """The numbers that cells of text are, NaN where a cell is missing or is not a finite number.

    It agrees with :func:`read_number` on every cell, and takes no step per cell in Python.
    """
    legal = are_numbers(cells)
    kept = cells if legal.all() else cells.set(~legal, None)
    values = kept.str.strip_chars(BLANKS).cast(pl.Float64, strict=False)
    numbers = values.fill_null(float("nan")).to_numpy()
    finite = np.isfinite(numbers)
    return numbers if finite.all() else np.where(finite, numbers, np.nan)


def are_numbers(cells: pl.Series) -> pl.Series:
    """Whether each cell of text is a number; null where it is missing."""
    return cells.str.contains(_NUMBER_IN_FULL)
