"""Numbers as people read them, each in one wording wherever it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from nnspec.spec.model import Interval, Value, category_text

DIGITS = 10
"""Significant digits, unless more are needed."""


def finite(value: float | None) -> float | None:
    """A number where it is one: JSON has no infinity, and None stands for what is not finite.

    Examples
    --------
    >>> finite(1.5), finite(float("inf")), finite(None)
    (1.5, None, None)
    """
    return value if value is not None and math.isfinite(value) else None


def exact_text(value: object) -> str:
    """A cell of a row, or a weight as its spec writes it, so that it reads back as itself.

    Examples
    --------
    >>> exact_text(2000.0), exact_text(31.00000012), exact_text("good"), exact_text(True)
    ('2000', '31.00000012', 'good', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def number_text(value: float, digits: int = DIGITS) -> str:
    """A number in at most ten digits, thousands apart.

    Examples
    --------
    >>> number_text(401220.0), number_text(0.1 + 0.2), number_text(1e-7), number_text(1e22)
    ('401,220', '0.3', '1e-07', '1e+22')
    """
    return f"{float(value) + 0.0:,.{digits}g}"


def fixed_text(value: float, digits: int = 7) -> str:
    """A number in so many digits, without an exponent where a reader can do without.

    Examples
    --------
    >>> fixed_text(5796491.7), fixed_text(0.000123456789), fixed_text(-0.5)
    ('5,796,492', '0.0001234568', '-0.5')
    """
    if value == 0 or not 1e-4 <= abs(value) < 1e15:
        return f"{value:.{digits}g}"
    before = int(f"{abs(value):e}".rpartition("e")[2]) + 1
    text = f"{value:,.{max(0, digits - before)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pair_texts(
    first: float,
    second: float,
    text: Callable[[float, int], str] = number_text,
    digits: Iterable[int] = range(DIGITS, 18),
) -> tuple[str, str]:
    """Two numbers in as many digits as it takes to see that they differ.

    Examples
    --------
    >>> pair_texts(401220.0, 401250.0)
    ('401,220', '401,250')
    >>> pair_texts(1.0, 1.0000000000002)
    ('1', '1.0000000000002')
    """
    texts = ("", "")
    for n in digits:
        texts = text(first, n), text(second, n)
        if texts[0] != texts[1]:
            break
    return texts


def amount_text(value: float) -> str:
    """A number as a colleague would say it: six digits, and whole from ten thousand on.

    Examples
    --------
    >>> amount_text(1008960.4), amount_text(0.123456789), amount_text(-20.0), amount_text(3e20)
    ('1,008,960', '0.123457', '-20', '3e+20')
    """
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else number_text(value, 6)


def signed_text(value: float, text: Callable[[float], str] = amount_text) -> str:
    """A number with its sign; 0 has none.

    Examples
    --------
    >>> signed_text(36800.0), signed_text(-2.5), signed_text(0.0)
    ('+36,800', '-2.5', '0')
    """
    return f"+{text(value)}" if value > 0 else text(value)


def value_text(value: Value) -> str:
    """A cell of a table as a colleague would say it."""
    if isinstance(value, str | bool):
        return category_text(value)
    return amount_text(float(value))


def with_unit(text: str, unit: str | None) -> str:
    """A number with its unit, if it has one.

    Examples
    --------
    >>> with_unit("20", "year"), with_unit("20", None)
    ('20 year', '20')
    """
    return f"{text} {unit}" if unit else text


def interval_text(span: Interval) -> str:
    """A closed interval in words.

    Examples
    --------
    >>> interval_text((0, None)), interval_text((None, 1)), interval_text((0, 1))
    ('at least 0', 'at most 1', '0 to 1')
    >>> interval_text((None, None))
    'any'
    """
    low, high = ("" if side is None else exact_text(float(side)) for side in span)
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else "any"
