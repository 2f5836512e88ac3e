"""Numbers as people read them: thousands apart, and no more digits than tell them apart."""

from __future__ import annotations

DIGITS = 10
"""Significant digits, unless more are needed."""


def number_text(value: float) -> str:
    """A number in at most ten digits.

    Examples
    --------
    >>> number_text(401220.0), number_text(0.1 + 0.2), number_text(1e-7), number_text(1e22)
    ('401,220', '0.3', '1e-07', '1e+22')
    """
    return f"{float(value) + 0.0:,.{DIGITS}g}"


def exact_text(value: object) -> str:
    """A cell of a row so that reading it gives the same value again.

    Examples
    --------
    >>> exact_text(2000.0), exact_text(31.00000012), exact_text("good"), exact_text(3)
    ('2000', '31.00000012', 'good', '3')
    """
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def pair_texts(first: float, second: float) -> tuple[str, str]:
    """Two numbers in as many digits as it takes to see that they differ.

    Examples
    --------
    >>> pair_texts(401220.0, 401250.0)
    ('401,220', '401,250')
    >>> pair_texts(1.0, 1.0000000000002)
    ('1', '1.0000000000002')
    """
    for digits in range(DIGITS, 18):
        texts = tuple(f"{float(value) + 0.0:,.{digits}g}" for value in (first, second))
        if texts[0] != texts[1]:
            break
    return texts[0], texts[1]
