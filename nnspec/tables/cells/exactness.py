"""Whole numbers that are the very ones written: what a double rounds away, for whole columns.

A double holds no integer beyond 2^53 for sure, and text or a decimal may say a number that is only
near a whole one: 1e-400, or 2.00000000000000000001.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.spec.model import Input
from nnspec.tables.cells.cell import EXACT, TRUTHS, kind_of, read_cell
from nnspec.tables.cells.numbers import BLANKS, Refusal

_PLAIN = r"^[ \t]*[+-]?[0-9]+\.?0*[ \t]*$"
_PARTS = (
    r"^[ \t]*[+-]?(?<whole>[0-9]*)\.?(?<decimals>[0-9]*)(?:[eE](?<exponent>[+-]?[0-9]+))?[ \t]*$"
)
_FARTHEST = 2**62


def are_exact(one: Input, cells: pl.Series, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which cells say exactly the whole numbers that they were read as, and no others.

    Parameters
    ----------
    one
        The input.
    cells
        A column of integers, decimals or text without missing cells.
    numbers
        The doubles nearest to them, all whole.
    """
    text = isinstance(cells.dtype, pl.String | pl.Decimal)
    exact = _are_whole(cells.cast(pl.String)) if text else np.ones(len(cells), np.bool_)
    large = np.flatnonzero(exact & (np.abs(numbers) >= EXACT))
    if len(large):
        exact[large] = _are_held(one, cells.gather(large), numbers[large])
    return exact


def _are_whole(cells: pl.Series) -> NDArray[np.bool_]:
    """Which cells of text, being numbers or words of a boolean, are whole numbers, unrounded."""
    plain = cells.str.contains(_PLAIN) | cells.is_in(list(TRUTHS))
    whole = np.array(plain.to_numpy())
    rows = np.flatnonzero(~whole)
    if len(rows):
        parts = cells.gather(rows).str.extract_groups(_PARTS).struct
        decimals = parts.field("decimals").fill_null("").str.strip_chars_end("0")
        digits = parts.field("whole").fill_null("") + decimals
        exponents = parts.field("exponent").fill_null("0")
        # An exponent that takes more than 64 bits leaves a number only where the digits are 0.
        exponent = exponents.cast(pl.Int64, strict=False).fill_null(-_FARTHEST)
        exponent = exponent.clip(-_FARTHEST, _FARTHEST)
        zeros = digits.str.len_bytes() - digits.str.strip_chars_end("0").str.len_bytes()
        places = exponent - decimals.str.len_bytes().cast(pl.Int64) + zeros.cast(pl.Int64)
        whole[rows] = ((places >= 0) | (digits.str.strip_chars("0") == "")).to_numpy()
    return whole


def _are_held(one: Input, cells: pl.Series, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which whole numbers are held by their doubles; what 128 bits do not hold, cell by cell."""
    plain = cells.str.strip_chars(BLANKS) if cells.dtype == pl.String else cells
    same = plain.cast(pl.Int128, strict=False) == pl.Series(numbers).cast(pl.Int128, strict=False)
    held = np.array(same.fill_null(value=False).to_numpy())
    for row in np.flatnonzero(same.is_null().to_numpy()).tolist():
        held[row] = not isinstance(read_cell(one, cells[row], kind_of(cells)), Refusal)
    return held
