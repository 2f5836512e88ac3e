"""Branch and bound over boxes of inputs, compiled; importing it imports numba.

A claim holds where each row of a chain's last layer is at least 0 somewhere among the rows: a
violation is a point at which *all* rows are below 0. Boxes are cut where the halves' bounds look
best, and each is first narrowed to what its linear bounds leave open.
"""

from __future__ import annotations

import numpy as np

from nnspec.proving.bounds import compiled, lower_bound, room, slope_bounds, tighten

PROVED, REFUTED, OUT_OF_NODES, OUT_OF_ROOM, TOO_SMALL = 0, 1, 2, 3, 4
"""What :func:`split_boxes` ends with."""


@compiled
def values(net, x, z, a, b):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Every unit's z at a point, in doubles; and the least and greatest of the last layer."""
    weights, biases, sizes, firsts, starts, bends, _ = net
    for j in range(sizes[0]):
        a[j] = x[j]
    for k in range(len(sizes) - 1):
        n, m, at, first = sizes[k + 1], sizes[k], starts[k], firsts[k]
        for i in range(n):
            total = biases[first + i]
            for j in range(m):
                total += weights[at + i * m + j] * a[j]
            z[first + i] = total
            b[i] = max(total, 0.0) if bends[first + i] else total
        for i in range(n):
            a[i] = b[i]


@compiled
def descend(net, low, high, whole, x, n_steps, z, a, b, at, best_x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Walk from ``x`` to where the greatest row is least; its value, and the place in ``best_x``.

    Steps go against the slope, each input by its share of the box, and grow shorter where they
    stop paying. Where only whole numbers are values, the nearest ones are tried, in ``at``.
    """
    weights, _, sizes, firsts, starts, bends, _ = net
    last = len(sizes) - 2
    n_rows, first = sizes[last + 1], firsts[last]
    best, step = np.inf, 0.25
    for _ in range(n_steps):
        for j in range(sizes[0]):
            at[j] = np.rint(x[j]) if whole[j] else x[j]
        values(net, at, z, a, b)
        worst, at_row = -np.inf, 0
        for i in range(n_rows):
            if z[first + i] > worst:
                worst, at_row = z[first + i], i
        if worst < best:
            best = worst
            best_x[:] = at
            if best < 0.0:
                return best
        else:
            step *= 0.9
            if step < 1e-5:
                return best
        for i in range(n_rows):
            a[i] = 1.0 if i == at_row else 0.0
        for k in range(last, -1, -1):
            n, m, begin = sizes[k + 1], sizes[k], starts[k]
            for j in range(m):
                b[j] = 0.0
            for i in range(n):
                if a[i] != 0.0:
                    for j in range(m):
                        b[j] += a[i] * weights[begin + i * m + j]
            for j in range(m):
                silent = k > 0 and bends[firsts[k - 1] + j] and z[firsts[k - 1] + j] <= 0.0
                a[j] = 0.0 if silent else b[j]
        most = 0.0
        for j in range(sizes[0]):
            most = max(most, abs(a[j]) * (high[j] - low[j]))
        if most == 0.0:
            return best
        for j in range(sizes[0]):
            width = high[j] - low[j]
            x[j] = min(high[j], max(low[j], x[j] - step * width * (a[j] * width / most)))
    return best


@compiled
def _narrow(forms, n_forms, low, high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Cut off what a row's linear bound keeps at 0 or above; the share of the volume that is left.

    0 where nothing is left. A violation lies where ``form . x + constant < 0`` for each form.
    """
    share = 1.0
    n = len(low)
    for _ in range(2):
        for i in range(n_forms):
            form = forms[i]
            least = form[n]
            spread = abs(form[n])
            for j in range(n):
                end = low[j] if form[j] > 0.0 else high[j]
                least += form[j] * end
                spread += abs(form[j] * end)
            least -= spread * (2 * n + 4) * 2.0**-53
            for j in range(n):
                v, width = form[j], high[j] - low[j]
                if v == 0.0 or width <= 0.0:
                    continue
                reach = -least / abs(v) * (1 + 1e-15)
                reach += 1e-15 * (abs(low[j]) + abs(high[j]))
                if reach < 0.0:
                    return 0.0
                if reach < width:
                    share *= reach / width
                    if v > 0.0:
                        high[j] = low[j] + reach
                    else:
                        low[j] = high[j] - reach
                    # The corner moves with none of its own ends: `least` holds for the others.
    return share


@compiled
def _forward_bound(net, low, high, state, lower, upper, next_lower, next_upper):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The best row's lower bound, by linear bounds carried forwards: quick, and not rounded.

    It only chooses where to cut. ``state`` are the bounds of a box around this one.
    """
    weights, biases, sizes, firsts, starts, bends, _ = net
    z_low, z_high = state[0], state[1]
    n_in, last = sizes[0], len(sizes) - 2
    for k in range(last + 1):
        n, m, at, first = sizes[k + 1], sizes[k], starts[k], firsts[k]
        for i in range(n):
            unit = first + i
            for q in range(n_in + 1):
                next_lower[i, q] = next_upper[i, q] = 0.0
            if k < last and bends[unit] and z_high[unit] <= 0.0:
                continue
            if k == 0:
                for q in range(n_in):
                    next_lower[i, q] = next_upper[i, q] = weights[at + i * m + q]
            else:
                before = firsts[k - 1]
                for j in range(m):
                    w = weights[at + i * m + j]
                    if w == 0.0 or (bends[before + j] and z_high[before + j] <= 0.0):
                        continue
                    if w > 0.0:
                        for q in range(n_in + 1):
                            next_lower[i, q] += w * lower[j, q]
                            next_upper[i, q] += w * upper[j, q]
                    else:
                        for q in range(n_in + 1):
                            next_lower[i, q] += w * upper[j, q]
                            next_upper[i, q] += w * lower[j, q]
            next_lower[i, n_in] += biases[unit]
            next_upper[i, n_in] += biases[unit]
        if k == last:
            break
        for i in range(n):
            unit = first + i
            for q in range(n_in + 1):
                lower[i, q], upper[i, q] = next_lower[i, q], next_upper[i, q]
            if not bends[unit] or z_low[unit] >= 0.0 or z_high[unit] <= 0.0:
                continue
            least = most_of_lower = next_lower[i, n_in]
            most = least_of_upper = next_upper[i, n_in]
            for q in range(n_in):
                v = next_lower[i, q]
                least += v * low[q] if v > 0.0 else v * high[q]
                most_of_lower += v * high[q] if v > 0.0 else v * low[q]
                v = next_upper[i, q]
                most += v * high[q] if v > 0.0 else v * low[q]
                least_of_upper += v * low[q] if v > 0.0 else v * high[q]
            least, most = max(least, z_low[unit]), min(most, z_high[unit])
            above = below = 1.0
            if most <= 0.0:
                above = below = 0.0
            elif least < 0.0:
                if least_of_upper < 0.0:
                    above = most / (most - least_of_upper)
                if most_of_lower <= 0.0:
                    below = 0.0
                elif most <= -least:
                    below = most_of_lower / (most_of_lower - least)
            for q in range(n_in + 1):
                upper[i, q] *= above
                lower[i, q] *= below
            if 0.0 < above < 1.0:
                upper[i, n_in] -= above * least_of_upper
    best = -np.inf
    for i in range(sizes[last + 1]):
        total = next_lower[i, n_in]
        for q in range(n_in):
            v = next_lower[i, q]
            total += v * low[q] if v > 0.0 else v * high[q]
        best = max(best, total)
    return best


@compiled
def _shares(forms, n_rows, low, high, shares, kept, gaps):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Shares of the rows, summing to 1, whose sum has a great lower bound.

    Multiplicative weights (Arora, Hazan, Kale 2012, doi:10.4086/toc.2012.v008a006) against the
    point of the box at which the sum of the rows' linear bounds is least.
    """
    n = len(low)
    for i in range(n_rows):
        shares[i] = 1.0 / n_rows
    best = -np.inf
    for turn in range(30):
        for i in range(n_rows):
            gaps[i] = forms[i, n]
        total = 0.0
        for j in range(n):
            v = 0.0
            for i in range(n_rows):
                v += shares[i] * forms[i, j]
            end = low[j] if v > 0.0 else high[j]
            for i in range(n_rows):
                gaps[i] += forms[i, j] * end
        most = 0.0
        for i in range(n_rows):
            total += shares[i] * gaps[i]
            most = max(most, abs(gaps[i]))
        if total > best:
            best = total
            kept[:n_rows] = shares[:n_rows]
        if most == 0.0:
            break
        total = 0.0
        for i in range(n_rows):
            shares[i] *= np.exp(1.5 / np.sqrt(turn + 1.0) * gaps[i] / most)
            total += shares[i]
        for i in range(n_rows):
            shares[i] /= total
    for i in range(n_rows):  # short dyadic numbers: their products are the claim's own
        kept[i] = np.round(kept[i] * 1048576.0) / 1048576.0


@compiled
def start(low, high, stack_low, stack_high, stack_z_low, stack_z_high, shares):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Put the whole box on the stack."""
    stack_low[0], stack_high[0] = low, high
    stack_z_low[0, :] = -np.inf
    stack_z_high[0, :] = np.inf
    shares[0] = 1.0


@compiled
def attack(net, low, high, whole, n_starts, seed, witness):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Descend from random points; the least value of the greatest row, its place in ``witness``."""
    np.random.seed(seed)
    widest = net[2].max()
    z, a, b = np.zeros(len(net[1])), np.zeros(widest), np.zeros(widest)
    x, at, place = np.zeros(len(low)), np.zeros(len(low)), np.zeros(len(low))
    best = np.inf
    for _ in range(n_starts):
        for j in range(len(low)):
            x[j] = low[j] + np.random.random() * (high[j] - low[j])
        found = descend(net, low, high, whole, x, 60, z, a, b, place, at)
        if found < best:
            best = found
            witness[:] = at
            if best < 0.0:
                break
    return best


@compiled
def split_boxes(net, count, n_nodes, whole, stack, scores, witness, seeks):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Work off boxes until none is left, one is refuted, or ``n_nodes`` were looked at.

    Parameters
    ----------
    net
        The arrays of a chain that ends in the rows of a claim.
    count
        How many boxes are on the stack.
    whole
        By input: whether only whole numbers are values.
    stack
        The boxes' ends, the bounds of all units in them, their shares of the whole box, their
        rows' best lower bounds.
    scores
        Filled in: how many boxes were looked at, the least bound with which one was discharged, and
        the share of the whole box that was.
    witness
        Filled in with a point at which all rows are below 0, in doubles.
    seeks
        Whether to look for such points.

    Returns
    -------
    tuple of int
        How it ended, and how many boxes are left.
    """
    sizes = net[2]
    n_in, last = sizes[0], len(sizes) - 2
    n_rows, n_units, widest = sizes[last + 1], len(net[1]), sizes.max()
    box, state, work = room(n_units, widest, n_in)
    low, high, most = box
    row, form = np.zeros(widest), np.zeros(n_in + 1)
    forms = np.zeros((n_rows + 1, n_in + 1))
    rows, kept, gaps = np.zeros(n_rows), np.zeros(n_rows), np.zeros(n_rows)
    z, a, b = np.zeros(n_units), np.zeros(widest), np.zeros(widest)
    x, at = np.zeros(n_in), np.zeros(n_in)
    other_low, other_high = np.zeros(n_in), np.zeros(n_in)
    lines = (
        np.zeros((widest, n_in + 1)), np.zeros((widest, n_in + 1)),
        np.zeros((widest, n_in + 1)), np.zeros((widest, n_in + 1)),
    )  # fmt: skip
    lows, highs, z_lows, z_highs, shares, bests = stack
    looked = 0
    while count > 0:
        if looked >= n_nodes:
            return OUT_OF_NODES, count
        looked += 1
        scores[0] += 1
        count -= 1
        low[:], high[:] = lows[count], highs[count]
        state[0][:], state[1][:] = z_lows[count], z_highs[count]
        share = shares[count]
        first_time = np.isinf(state[0][0])
        discharged = False
        best = -np.inf
        for _ in range(3):
            for j in range(n_in):
                if whole[j]:
                    low[j], high[j] = np.ceil(low[j]), np.floor(high[j])
                if low[j] > high[j]:
                    discharged = True
                most[j] = max(abs(low[j]), abs(high[j]))
            if discharged:
                break
            tighten(net, box, state, work, row, form, first_time)
            first_time = False
            for i in range(n_rows):
                row[:n_rows] = 0.0
                row[i] = 1.0
                bound = lower_bound(net, last, row, box, state, work, -1.0, forms[i])
                if bound < 0.0:
                    bound = max(bound, lower_bound(net, last, row, box, state, work, 0.0, form))
                best = max(best, bound)
                if best >= 0.0:
                    break
            n_forms = n_rows
            if best < 0.0 and n_rows > 1:
                _shares(forms, n_rows, low, high, rows, kept, gaps)
                row[:n_rows] = kept
                n_forms = n_rows + 1
                best = max(best, lower_bound(net, last, row, box, state, work, -1.0, forms[n_rows]))
            if best >= 0.0:
                discharged = True
                break
            left = _narrow(forms, n_forms, low, high)
            discharged = left == 0.0
            if discharged or left > 0.5:
                break
        if discharged:
            scores[1] = min(scores[1], max(best, 0.0))
            scores[2] += share
            continue
        for j in range(n_in):
            x[j] = 0.5 * (low[j] + high[j])
        if seeks and descend(net, low, high, whole, x, 40, z, a, b, at, witness) < 0.0:
            lows[count], highs[count] = low, high
            return REFUTED, count + 1
        cut, best_score, left_bound, right_bound = -1, -np.inf, 0.0, 0.0
        for j in range(n_in):
            middle = 0.5 * (low[j] + high[j])
            if whole[j]:
                middle = np.floor(middle)
            if (middle <= low[j] and not (whole[j] and high[j] > low[j])) or middle >= high[j]:
                continue
            other_high[:] = high
            other_high[j] = middle
            one = _forward_bound(net, low, other_high, state, *lines)
            other_low[:] = low
            other_low[j] = middle
            two = _forward_bound(net, other_low, high, state, *lines)
            score = min(one, 0.0) + min(two, 0.0)
            if score > best_score or cut < 0:
                cut, best_score, left_bound, right_bound = j, score, one, two
        if cut < 0:
            return TOO_SMALL, count + 1
        if count + 2 > len(shares):
            return OUT_OF_ROOM, count + 1
        middle = 0.5 * (low[cut] + high[cut])
        beyond = middle
        if whole[cut]:
            middle = np.floor(middle)
            beyond = middle + 1
        for half in range(2):
            lows[count], highs[count] = low, high
            z_lows[count], z_highs[count] = state[0], state[1]
            shares[count], bests[count] = 0.5 * share, best
            # The half that looks worse is looked at first: it is where a violation may be.
            if (half == 0) == (left_bound > right_bound):
                highs[count, cut] = middle
            else:
                lows[count, cut] = beyond
            count += 1
    return PROVED, 0


@compiled
def split_for_slopes(net, count, n_nodes, unit, limits, stack, scores):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The same for a claim that the result's slope by one input keeps between two limits."""
    sizes, bends = net[2], net[5]
    n_in, n_units, widest = sizes[0], len(net[1]), sizes.max()
    box, state, work = room(n_units, widest, n_in)
    low, high, most = box
    row, form = np.zeros(widest), np.zeros(n_in + 1)
    slopes = (np.zeros(widest), np.zeros(widest), np.zeros(widest), np.zeros(widest))
    lows, highs, z_lows, z_highs, shares, _ = stack
    root = highs[0] - lows[0]
    looked = 0
    while count > 0:
        if looked >= n_nodes:
            return OUT_OF_NODES, count
        looked += 1
        scores[0] += 1
        count -= 1
        low[:], high[:] = lows[count], highs[count]
        state[0][:], state[1][:] = z_lows[count], z_highs[count]
        for j in range(n_in):
            most[j] = max(abs(low[j]), abs(high[j]))
        tighten(net, box, state, work, row, form, np.isinf(state[0][0]))
        slope_bounds(net, 0, state, *slopes)
        if slopes[0][unit] >= limits[0] and slopes[1][unit] <= limits[1]:
            scores[2] += shares[count]
            continue
        # Cut the input that moves the undecided rectifiers of the first layers most.
        cut, best_score = -1, -1.0
        for j in range(n_in):
            score = 0.0
            for i in range(sizes[1]):
                if bends[i] and state[0][i] < 0.0 and state[1][i] > 0.0:
                    score += (
                        abs(net[0][i * n_in + j]) * (high[j] - low[j]) / (state[1][i] - state[0][i])
                    )
            if root[j] > 0.0:
                score += 0.01 * (high[j] - low[j]) / root[j]
            middle = 0.5 * (low[j] + high[j])
            if low[j] < middle < high[j] and score > best_score:
                cut, best_score = j, score
        if cut < 0:
            return TOO_SMALL, count + 1
        if count + 2 > len(shares):
            return OUT_OF_ROOM, count + 1
        middle, share = 0.5 * (low[cut] + high[cut]), 0.5 * shares[count]
        for half in range(2):
            lows[count], highs[count] = low, high
            z_lows[count], z_highs[count] = state[0], state[1]
            shares[count] = share
            if half == 0:
                highs[count, cut] = middle
            else:
                lows[count, cut] = middle
            count += 1
    return PROVED, 0
