"""Real arithmetic for the expected values: exact rationals, and functions to 80 digits.

Nothing of nnspec is used here. A double stands for the rational number that it is; a result is
rounded to the nearest double once, where the format says that a rounding happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

DIGITS = 80
TINIEST = Decimal(10) ** -(DIGITS + 10)
WIDE = Context(prec=2 * DIGITS, Emax=10**9, Emin=-(10**9))
"""Twice the digits, so that what cancels leaves enough of them."""

FAR = 10**5

PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534"
    "2117067982148086513282306647093844609550582231725359408128481117450284102701938521105559644622"
)


class UndefinedError(Exception):
    """The function has no value there."""


def nearest(value: Fraction | Decimal) -> float:
    """The double nearest to a number, ties to even; an infinity beyond the largest."""
    try:
        return float(Fraction(value))  # a division of whole numbers, which Python rounds once
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def decimal(x: Fraction) -> Decimal:
    if x.denominator == 1:
        return Decimal(x.numerator)  # all of its digits
    return WIDE.divide(Decimal(x.numerator), Decimal(x.denominator))


def exp(x: Decimal) -> Decimal:
    """eˣ; far beyond a double's range, a number that is as far beyond it."""
    if abs(x) > FAR:
        return Decimal("1e43000") if x > 0 else Decimal("1e-43000")
    return WIDE.exp(x)


def log(x: Decimal) -> Decimal:
    if x <= 0:
        raise UndefinedError
    return WIDE.ln(x)


def sqrt(x: Decimal) -> Decimal:
    if x < 0:
        raise UndefinedError
    return WIDE.sqrt(x)


def minus(x: Decimal) -> Decimal:
    """The number with the other sign; a bare minus would round it to 28 digits."""
    return x.copy_negate()


def divide(x: Decimal, y: Decimal) -> Decimal:
    if y == 0:
        raise UndefinedError
    return WIDE.divide(x, y)


def mul(*factors: Decimal) -> Decimal:
    product = Decimal(1)
    for factor in factors:
        product = WIDE.multiply(product, factor)
    return product


def add(*terms: Decimal) -> Decimal:
    total = Decimal(0)
    for term in terms:
        total = WIDE.add(total, term)
    return total


def series(first: Decimal, ratio: Callable[[int], Decimal]) -> Decimal:
    """The sum of terms, each the one before it times ``ratio(n)``, until they are nothing."""
    total, term, n = first, first, 0
    while abs(term) > TINIEST:
        n += 1
        term = mul(term, ratio(n))
        total = add(total, term)
    return total


def pi(digits: int) -> Decimal:
    """Machin's 4 (4 arctan 1/5 - arctan 1/239), in whole numbers."""
    one = 10 ** (digits + 10)

    def arctan_of_one_by(n: int) -> int:
        power = total = one // n
        k, sign = 3, -1
        while power:
            power //= n * n
            total += sign * (power // k)
            k, sign = k + 2, -sign
        return total

    four = 4 * (4 * arctan_of_one_by(5) - arctan_of_one_by(239))
    return Decimal(four).scaleb(-(digits + 10), Context(prec=digits + 20))


def within_a_turn(x: Decimal) -> Decimal:
    """The angle less whole turns, with as many digits more as x has before its point."""
    wide = Context(prec=2 * DIGITS + max(0, x.adjusted()), Emax=10**9, Emin=-(10**9))
    return wide.remainder_near(x, wide.multiply(2, pi(wide.prec)))


def sin(x: Decimal) -> Decimal:
    y = within_a_turn(x)
    return series(y, lambda n: divide(minus(mul(y, y)), Decimal(2 * n * (2 * n + 1))))


def cos(x: Decimal) -> Decimal:
    return sin(add(within_a_turn(x), divide(PI, Decimal(2))))


def tanh(x: Decimal) -> Decimal:
    if abs(x) > 1000:  # nearer to 1 than any double
        return Decimal(1).copy_sign(x)
    e = exp(mul(Decimal(2), x))
    return divide(add(e, Decimal(-1)), add(e, Decimal(1)))


def erf(x: Decimal) -> Decimal:
    """2/√π Σ (-1)ⁿ x^(2n+1) / (n! (2n+1)); far out, 1 less the tail's continued fraction.

    Far out the terms cancel to the last digit. The tail is e^(-x²) / (√π (x + 1/2 / (x + 1 / (x +
    3/2 / (x + …))))) (Abramowitz, Stegun 7.1.14).
    """
    size = abs(x)
    if size > 100:  # nearer to 1 than any double
        return Decimal(1).copy_sign(x)
    if size > 10:
        tail = size
        for n in range(400, 0, -1):
            tail = add(size, divide(divide(Decimal(n), Decimal(2)), tail))
        tail = divide(exp(minus(mul(x, x))), mul(sqrt(PI), tail))
        every_digit = Context(prec=2 * DIGITS + int(size * size), Emax=10**9, Emin=-(10**9))
        return every_digit.subtract(Decimal(1), tail).copy_sign(x)
    square, total, term, n = mul(x, x), Decimal(0), x, 0
    while abs(term) > TINIEST:
        total = add(total, divide(term, Decimal(2 * n + 1)))
        n += 1
        term = divide(mul(minus(term), square), Decimal(n))
    return divide(mul(Decimal(2), total), sqrt(PI))


def power(x: Fraction, w: Fraction) -> Fraction | Decimal:
    """The power x^w over the real numbers."""
    if x == 0 and w < 0:
        raise UndefinedError
    if w.denominator == 1 and abs(w) < 100:
        return x ** int(w)
    if x < 0 and w.denominator != 1:
        raise UndefinedError
    if x == 0:
        return Fraction(0)
    size = exp(mul(decimal(w), log(decimal(abs(x)))))
    return minus(size) if x < 0 and w % 2 == 1 else size
