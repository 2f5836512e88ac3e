"""Sine, cosine and the error function of a decimal, by their series: Python's decimal has none."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, getcontext, localcontext

PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803"
    "48253421170679821480865132823066470938446095505822317253594081284811174502841027019385"
)
"""Abramowitz, Stegun (1964), Handbook of mathematical functions, table 1.1; 171 decimals."""

FARTHEST = Decimal(10) ** 60
"""Beyond it, this many digits of pi say nothing about the phase."""


def sine(z: Decimal) -> Decimal:
    """Sine of z, in radians.

    Examples
    --------
    >>> round(sine(Decimal(1)), 20)
    Decimal('0.84147098480789650665')
    """
    return _shifted(z, Decimal(0))


def cosine(z: Decimal) -> Decimal:
    """Cosine of z, in radians.

    Examples
    --------
    >>> round(cosine(Decimal(1)), 20)
    Decimal('0.54030230586813971740')
    """
    return _shifted(z, PI / 2)


def _shifted(z: Decimal, shift: Decimal) -> Decimal:
    if abs(z) > FARTHEST:
        raise InvalidOperation("the phase of so great a number is not known")
    with localcontext() as context:
        context.prec = getcontext().prec + 70
        x = (z + shift) % (2 * PI)
        total = term = x
        n = 1
        while abs(term) > Decimal(10) ** -(context.prec):
            term = -term * x * x / ((n + 1) * (n + 2))
            total += term
            n += 2
    return +total


def error_function(z: Decimal) -> Decimal:
    """Error function, ``2/sqrt(pi) * integral of exp(-t^2) from 0 to z``.

    Notes
    -----
    Kummer's series, whose terms are all of one sign (NIST DLMF, eq. 7.6.2); beyond 16 the function
    is 1 within 1e-112.

    Examples
    --------
    >>> round(error_function(Decimal("0.5")), 20)
    Decimal('0.52049987781304653768')
    """
    if abs(z) > 16:
        return Decimal(1).copy_sign(z)
    with localcontext() as context:
        context.prec = getcontext().prec + 10
        total = term = z
        n = 0
        while abs(term) > abs(total) * Decimal(10) ** -context.prec:
            n += 1
            term = term * 2 * z * z / (2 * n + 1)
            total += term
        value = 2 / PI.sqrt() * (-z * z).exp() * total
    return +value
