"""Bounds of a chain's units over a box, rounded outward; importing it imports numba.

Linear bounds are carried backwards from a unit to the inputs (CROWN: Zhang et al. 2018, Efficient
neural network robustness certification with general activation functions, arXiv:1811.00866). A
rectifier that may be silent or not over the box, with z in [l, u] and l < 0 < u, lies between

    alpha z  <=  max(0, z)  <=  s z + t,     0 <= alpha <= 1,  s = u / (u - l),  t = -s l.

Whatever lines are chosen, they hold as long as t is rounded up. What rounding does to a bound on
its way is added up: where the computed coefficients a of c W differ from the true ones by d, then
|d| <= gamma |c| |W|, and the bound by at most gamma |c| (|W| |x|), of which the last factor is
computed once for each box (Higham 2002, Accuracy and stability of numerical algorithms, 3.1).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

UNIT = 2.0**-53
"""The unit roundoff of doubles."""


def compiled(function: Any) -> Any:
    """The function as machine code, kept in numba's cache; it holds no lock while it runs."""
    return numba.njit(cache=True, error_model="numpy", nogil=True)(function)


@compiled
def _lost_in_sum(x, y, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """What rounding took from ``x + y``, exactly (Knuth, Seminumerical algorithms, 4.2.2)."""
    other = total - x
    return (x - (total - other)) + (y - other)


@compiled
def _lost_in_product(x, y, product):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """What rounding took from ``x * y``, exactly (Dekker 1971, doi:10.1007/BF01397083)."""
    split = 134217729.0 * x
    x_high = split - (split - x)
    x_low = x - x_high
    split = 134217729.0 * y
    y_high = split - (split - y)
    y_low = y - y_high
    if abs(product) < 1e-290 and x != 0.0 and y != 0.0:
        return 1e-290  # parts of it may have underflowed
    return x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)


@compiled
def lower_bound(net, k, row, box, state, work, alpha, form):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """A number that ``row . z`` of layer ``k`` never falls below over a box.

    Parameters
    ----------
    net
        The arrays of a :class:`nnspec.proving.chains.FlatChain`.
    k
        The layer.
    row
        Shape (n_units of the layer,).
    box
        The inputs' units' least and greatest values, and the greatest size of either.
    state
        Of each unit: bounds of z, the lines above and below it, the sizes of a and of z.
    work
        Room for two rows.
    alpha
        0 or 1 for the line under every undecided rectifier; below 0 for the better of the two by
        the area between the lines.
    form
        Filled in with the linear function of the inputs that is never above the sum, its constant
        last.
    """
    weights, biases, sizes, firsts, starts, bends, exact = net
    low, high, _ = box
    z_low, z_high, slope_above, above, below, size, z_size = state
    c, a = work
    for i in range(sizes[k + 1]):
        c[i] = row[i]
    constant, error = 0.0, 0.0
    while True:
        n, m, at, first = sizes[k + 1], sizes[k], starts[k], firsts[k]
        for j in range(m):
            a[j] = 0.0
        spread, unwritten, terms, single = 0.0, 0.0, 0, True
        for i in range(n):
            ci = c[i]
            if ci == 0.0:
                continue
            terms += 1
            single &= abs(ci) == 1.0
            term, before = ci * biases[first + i], constant
            constant = before + term
            error += abs(_lost_in_product(ci, biases[first + i], term))
            error += abs(_lost_in_sum(before, term, constant))
            spread += abs(ci) * z_size[first + i]
            if not exact[first + i]:
                unwritten += abs(ci) * z_size[first + i]
            for j in range(m):
                a[j] += ci * weights[at + i * m + j]
        # One neuron with a factor of 1 or -1 is copied, and nothing is rounded.
        if not (single and terms <= 1):
            error += spread * (2 * terms + 4) * UNIT
        error += unwritten * 3 * UNIT
        if k == 0:
            break
        k -= 1
        first = firsts[k]
        for j in range(m):
            v = a[j]
            if v == 0.0 or not bends[first + j] or z_low[first + j] >= 0.0:
                c[j] = v
            elif z_high[first + j] <= 0.0:
                c[j] = 0.0
            elif v > 0.0:
                c[j] = v * (alpha if alpha >= 0.0 else below[first + j])
            else:
                c[j] = v * slope_above[first + j]
                constant += v * above[first + j]
                error += UNIT * (
                    abs(constant) + 2 * abs(v) * above[first + j] + 2 * abs(c[j]) * size[first + j]
                )
    form[sizes[0]] = constant
    if error != 0.0:
        form[sizes[0]] = constant - error * 1.001 - 1e-300 - 2 * UNIT * abs(constant)
    total = constant
    for j in range(sizes[0]):
        v = a[j]
        form[j] = v
        if v != 0.0:
            end = low[j] if v > 0 else high[j]
            term, before = v * end, total
            total = before + term
            error += abs(_lost_in_product(v, end, term)) + abs(_lost_in_sum(before, term, total))
    if error != 0.0:  # not a number, too, where something overflowed
        # 0.1 % more than adding up the errors can have lost, and what may have underflowed.
        return total - error * 1.001 - 1e-300 - 2 * UNIT * abs(total)
    return total


@compiled
def _sizes(net, k, state, most, z_size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How great the sizes of a layer's terms are in sum: |W| |a| + |b|."""
    weights, biases, sizes, firsts, starts, _, _ = net
    n, m, at, first = sizes[k + 1], sizes[k], starts[k], firsts[k]
    size = state[5]
    for i in range(n):
        total = abs(biases[first + i])
        for j in range(m):
            before = most[j] if k == 0 else size[firsts[k - 1] + j]
            total += abs(weights[at + i * m + j]) * before
        z_size[first + i] = total * (1 + 4 * (m + 2) * UNIT)


@compiled
def _lines(first, n, bends, state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The lines above and below each rectifier of a layer, and the sizes of what units give."""
    z_low, z_high, slope_above, above, below, size, _ = state
    for j in range(first, first + n):
        low, high = z_low[j], z_high[j]
        if not bends[j]:
            size[j] = max(abs(low), abs(high))
        elif high <= 0.0:
            size[j] = 0.0
        elif low >= 0.0:
            size[j] = high
        else:
            size[j] = max(high, -low)
            slope = high / (high - low)
            slope_above[j] = slope
            at_ends = max(-slope * low, high - slope * high)
            above[j] = at_ends + 8 * UNIT * (abs(slope * low) + high)
            below[j] = 1.0 if high > -low else 0.0


@compiled
def tighten(net, box, state, work, row, form, whole):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Bring the bounds of every unit, which hold already, nearer to each other; layer by layer.

    Without ``whole`` only rectifiers are looked at that may still be silent or not. Returns how
    many of these remain.
    """
    _, _, sizes, firsts, _, bends, _ = net
    z_low, z_high = state[0], state[1]
    n_open = 0
    n_layers = len(sizes) - 1
    for k in range(n_layers):
        n, first = sizes[k + 1], firsts[k]
        _sizes(net, k, state, box[2], state[6])
        if k == n_layers - 1:
            break  # the results themselves
        for i in range(n):
            row[i] = 0.0
        for i in range(n):
            unit = first + i
            is_open = bends[unit] and z_low[unit] < 0.0 and z_high[unit] > 0.0
            if whole or is_open:
                row[i] = 1.0
                z_low[unit] = max(
                    z_low[unit], lower_bound(net, k, row, box, state, work, -1.0, form)
                )
                row[i] = -1.0
                if whole or z_low[unit] < 0.0:
                    z_high[unit] = min(
                        z_high[unit], -lower_bound(net, k, row, box, state, work, -1.0, form)
                    )
                row[i] = 0.0
                n_open += bends[unit] and z_low[unit] < 0.0 and z_high[unit] > 0.0
        _lines(first, n, bends, state)
    return n_open


@compiled
def slope_bounds(net, result, state, low, high, next_low, next_high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Where the slopes of one result by each input's unit lie over a box: in ``low`` and ``high``.

    An undecided rectifier passes on any share of a slope between none and all of it. A sum of terms
    that are all of one sign is of that sign, however it is rounded.
    """
    weights, _, sizes, firsts, starts, bends, exact = net
    z_low, z_high = state[0], state[1]
    k = len(sizes) - 2
    for i in range(sizes[k + 1]):
        low[i] = high[i] = 1.0 if i == result else 0.0
    while True:
        n, m, at, first = sizes[k + 1], sizes[k], starts[k], firsts[k]
        for j in range(m):
            down, up, sure, spread, terms = 0.0, 0.0, 0.0, 0.0, 0
            falls, rises, rounded = False, False, False
            for i in range(n):
                w = weights[at + i * m + j]
                if w == 0.0 or (low[i] == 0.0 and high[i] == 0.0):
                    continue
                x, y = w * low[i], w * high[i]
                x, y = min(x, y), max(x, y)
                falls |= x < 0.0
                rises |= y > 0.0
                terms += 1
                rounded |= not exact[first + i] or not (abs(w) == 1.0 or abs(high[i]) == 1.0)
                down += x
                up += y
                spread += max(abs(x), abs(y))
            sure = spread * (terms + 4) * UNIT if terms > 1 or rounded else 0.0
            next_low[j] = down - sure if falls else max(0.0, down - sure)
            next_high[j] = up + sure if rises else min(0.0, up + sure)
        if k > 0:
            k -= 1
            first = firsts[k]
            for j in range(m):
                unit = first + j
                if bends[unit] and z_high[unit] <= 0.0:
                    next_low[j] = next_high[j] = 0.0
                elif bends[unit] and z_low[unit] < 0.0:
                    next_low[j] = min(0.0, next_low[j])
                    next_high[j] = max(0.0, next_high[j])
            for j in range(m):
                low[j], high[j] = next_low[j], next_high[j]
        else:
            for j in range(m):
                low[j], high[j] = next_low[j], next_high[j]
            break


@compiled
def room(n_units, widest, n_inputs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Arrays for a box, the state of all units, and rows on their way."""
    box = (np.zeros(n_inputs), np.zeros(n_inputs), np.zeros(n_inputs))
    state = (
        np.full(n_units, -np.inf), np.full(n_units, np.inf), np.zeros(n_units), np.zeros(n_units),
        np.zeros(n_units), np.zeros(n_units), np.zeros(n_units),
    )  # fmt: skip
    return box, state, (np.zeros(widest), np.zeros(widest))
