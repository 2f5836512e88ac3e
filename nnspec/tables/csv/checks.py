"""Whether a block of CSV is well formed, judged all at once.

A block is when its separators, taken in order, repeat those of one record: that is found by a few
passes of NumPy and polars over the whole block. What does not pass, or might not, is left to
:mod:`nnspec.tables.csv.records`.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.tables.csv.records import CR, FIELD_BYTES, LF, QUOTE, RECORD_BYTES, Syntax


def count_records(data: bytes, syntax: Syntax) -> int | None:
    """How many records whole and well-formed bytes hold; None if they may have a fault."""
    if len(data) > RECORD_BYTES or b"\0" in data or not _is_utf8(data):
        return None
    if len(syntax.header) == 1 and _has_blank_line(data):
        return None
    array = np.frombuffer(data, np.uint8)
    # polars compares and selects bytes several times as fast as NumPy does.
    series = pl.Series(array)
    separates = (series == syntax.delimiter) | (series == LF)
    returns = np.flatnonzero(array == CR) if b"\r" in data else np.empty(0, np.intp)
    if b'"' in data:
        if not _quotes_are_sound(array, syntax.delimiter):
            return None
        outside = ~within_quotes(array)
        separates &= pl.Series(outside)
        returns = returns[outside[returns]]
    if not (array[returns + 1] == LF).all() or _may_be_too_long(separates):
        return None
    return _count_repeats(series.filter(separates), syntax)


def _count_repeats(separators: pl.Series, syntax: Syntax) -> int | None:
    """How often the separators of one record repeat; None if they do not."""
    record = syntax.separator * (len(syntax.header) - 1) + b"\n"
    n_rows, left = divmod(len(separators), len(record))
    if left:
        return None
    expected = np.frombuffer(record * n_rows, np.uint8)
    return n_rows if np.array_equal(separators.to_numpy(), expected) else None


def _has_blank_line(data: bytes) -> bool:
    return data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _may_be_too_long(separates: pl.Series) -> bool:
    """Whether some window of half the longest cell holds no separator at all."""
    window = FIELD_BYTES // 2
    starts = range(0, len(separates) - window + 1, window)
    return not all(separates.slice(start, window).any() for start in starts)


def within_quotes(array: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which bytes stand behind an odd number of quotes, their own included."""
    # Eight bytes at a time: the parity of the quotes before each, by table within an octet and
    # by accumulation from octet to octet.
    octets = np.packbits(array == QUOTE)
    parities = _RUNNING_PARITY[octets]
    ends = np.bitwise_xor.accumulate(parities & 1)
    parities[1:] ^= ends[:-1] * np.uint8(0xFF)
    return np.unpackbits(parities, count=len(array)).view(np.bool_)


def _running_parity() -> NDArray[np.uint8]:
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return np.packbits(np.bitwise_xor.accumulate(bits, axis=1), axis=1)[:, 0]


_RUNNING_PARITY = _running_parity()


def _quotes_are_sound(array: NDArray[np.uint8], delimiter: int) -> bool:
    """Whether cells begin and end where quotes open and close."""
    quotes = np.flatnonzero(array == QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[opening[opening > 0] - 1]
    after = array[closing + 1]
    opens = (before == delimiter) | (before == LF) | (before == QUOTE)
    closes = (after == delimiter) | (after == LF) | (after == CR) | (after == QUOTE)
    return bool(opens.all() and closes.all())
