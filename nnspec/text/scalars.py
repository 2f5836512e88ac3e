"""How nnspec reads a plain YAML scalar: YAML 1.2's core schema, read narrowly.

YAML 1.1 readers turn ``no`` into false, ``1:30`` into 90 and ``010`` into 8. Here a number is
decimal, ``true``, ``false``, ``null``, ``~`` and nothing are themselves, and everything else is
text. What *looks* like a number but reads differently elsewhere stays text, and
:func:`looks_numeric` tells the schema check to refuse it as ambiguous where a number belongs.
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = str | float | int | bool | None

CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "": None}

NUMBER = re.compile(
    r"[-+]?(?:(?P<whole>0|[1-9][0-9]*)(?P<point>\.[0-9]*)?|\.[0-9]+)(?P<exponent>[eE][-+]?[0-9]+)?"
)

NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# Numbers to somebody: octal, hexadecimal, binary, grouped, sexagesimal, or with a comma.
AMBIGUOUS = re.compile(
    r"[-+]?(?:0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"
    r"|[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?|[0-9]+(?:,[0-9]+)+(?:\.[0-9]*)?"
    r"|[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?)"
)

LARGEST_EXACT = 2**53

MAX_NUMBER_LENGTH = 1_000
"""Longer text is not taken for a number that was written in another way."""


class NumberError(ValueError):
    """A number that a double cannot hold; ``code`` is the diagnostic's."""

    def __init__(self, code: str, message: str, help: str) -> None:  # noqa: A002
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


def resolve_plain(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar.

    Raises
    ------
    NumberError
        If it is a number that a double cannot hold: not finite, too small, or an integer beyond
        2^53 that would be rounded.

    Examples
    --------
    >>> [resolve_plain(t) for t in ("1", "-0.5", "1e7", "true", "~", "no", "1:30", "010")]
    [1, -0.5, 10000000.0, True, None, 'no', '1:30', '010']
    """
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    match = NUMBER.fullmatch(text)
    if match is not None:
        is_integer = match["whole"] and match["point"] is None and match["exponent"] is None
        return _integer(text) if is_integer else _real(text)
    if NOT_FINITE.fullmatch(text):
        raise NumberError(
            "NS108", f"'{text}' is not a finite number", "every number in a spec must be finite"
        )
    return text


def _integer(text: str) -> int:
    if len(text) > 310:
        raise _beyond_double(text)
    value = int(text)
    if abs(value) <= LARGEST_EXACT:
        return value
    try:
        nearest = int(float(value))
    except OverflowError:
        raise _beyond_double(text) from None
    if nearest != value:
        raise NumberError(
            "NS109",
            f"the integer {_short(text)} is beyond 2^53 and a double would round it to {nearest}",
            f"write the nearest number a double holds ({nearest}), or quote it if it is text",
        )
    return value


def _real(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _beyond_double(text)
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise NumberError(
            "NS110",
            f"{_short(text)} is so small that a double reads it as 0",
            "the smallest positive double is 5e-324; write 0 or a larger number",
        )
    return value


def _beyond_double(text: str) -> NumberError:
    return NumberError(
        "NS108",
        f"{_short(text)} is beyond the largest double, 1.8e308, and would read as infinity",
        "every number in a spec must be finite",
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def looks_numeric(text: str) -> bool:
    """Whether text reads as a number somewhere, but not (or not the same) everywhere.

    Examples
    --------
    >>> [t for t in ("010", "0x1F", "1_000", "1,000", "1:30", "rate", "2024-01-01")
    ...  if looks_numeric(t)]
    ['010', '0x1F', '1_000', '1,000', '1:30']
    """
    return len(text) <= MAX_NUMBER_LENGTH and AMBIGUOUS.fullmatch(text) is not None
