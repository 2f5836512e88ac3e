"""A histogram of numbers that come in batches, of unknown range, in little memory."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from nnspec.comparing.effects.data import Bar

MOST_BARS = 12

TAIL = 0.005
"""The share of the numbers on either side that an open bar at the end may take in."""

LEAST, MOST = 1e-300, 9.9e307
"""Sizes beyond these are counted as these, lest a power of ten leave the doubles."""

NICE = (1, 2, 5, 10)


class Histogram:
    """Counts numbers by their sign, their power of ten and two digits.

    Bars of equal width are made of these counts at the end, so that neither the order of the
    numbers nor the size of batches plays a role.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, int]] = Counter()

    def add(self, numbers: NDArray[np.float64]) -> None:
        """Count numbers other than 0."""
        size = np.clip(np.abs(numbers), LEAST, MOST)
        power = np.floor(np.log10(size)).astype(np.int64)
        digits = np.floor(size / 10.0 ** (power - 1.0)).astype(np.int64)
        # The logarithm may be out by a hair beside a power of ten.
        power += (digits >= 100).astype(np.int64) - (digits < 10).astype(np.int64)
        digits = np.clip(np.floor(size / 10.0 ** (power - 1.0)).astype(np.int64), 10, 99)
        keys = np.stack([np.sign(numbers).astype(np.int64) * digits, power])
        found, counts = np.unique(keys, axis=1, return_counts=True)
        for (digit, exponent), count in zip(found.T.tolist(), counts.tolist(), strict=True):
            self._counts[digit, exponent] += count

    def bars(self) -> tuple[Bar, ...]:
        """Bars of one round width that hold all numbers; the two at the ends may be open."""
        if not self._counts:
            return ()
        keys = sorted(self._counts, key=_low)
        low, high = self._ends(keys)
        width = _nice((high - low) / (MOST_BARS - 2))
        first, last = math.floor(low / width + 1e-9), math.ceil(high / width - 1e-9)
        counts: Counter[int] = Counter()
        for key in keys:
            counts[max(first - 1, min(last, _index(key, width)))] += self._counts[key]
        return tuple(self._bar(i, counts[i], (first, last), width) for i in _span(counts))

    @staticmethod
    def _bar(index: int, rows: int, ends: tuple[int, int], width: float) -> Bar:
        first, last = ends
        low = None if index < first else _round(index * width)
        high = None if index >= last else _round((index + 1) * width)
        return Bar(low, high, rows)

    def _ends(self, keys: list[tuple[int, int]]) -> tuple[float, float]:
        """Where all but the tails lie, 0 among it."""
        total = sum(self._counts.values())
        spare = int(total * TAIL)
        low = _low(_after(keys, self._counts, spare))
        high = _high(_after(keys[::-1], self._counts, spare))
        return min(low, 0.0), max(high, 0.0)


def _after(keys: list[tuple[int, int]], counts: Counter[tuple[int, int]], spare: int) -> (
    tuple[int, int]
):  # fmt: skip
    """The first cell that more than the spare numbers reach into."""
    seen = 0
    for key in keys:
        seen += counts[key]
        if seen > spare:
            return key
    return keys[-1]


def _index(key: tuple[int, int], width: float) -> int:
    """Which bar a cell is in: of its two edges, a bar holds the one nearer to 0."""
    digits, power = key
    steps = math.floor(_scaled(abs(digits), power) / width + 1e-9)
    return steps if digits > 0 else -steps - 1


def _low(key: tuple[int, int]) -> float:
    digits, power = key
    return _scaled(digits if digits > 0 else digits - 1, power)


def _high(key: tuple[int, int]) -> float:
    digits, power = key
    return _scaled(digits + 1 if digits > 0 else digits, power)


def _scaled(digits: int, power: int) -> float:
    """A count of tenths of a power of ten, to the nearest double."""
    return float(f"{digits}e{power - 1}")


def _nice(width: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(float(f"{step * power:.1g}") for step in NICE if step * power >= width * (1 - 1e-9))


def _round(edge: float) -> float:
    return float(f"{edge:.12g}") + 0.0


def _span(counts: Counter[int]) -> range:
    """From the first bar with a number to the last, those between without one too."""
    return range(min(counts), max(counts) + 1)
