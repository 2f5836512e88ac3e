"""The header of NumPy's .npy format, read without evaluating it."""

from __future__ import annotations

import math
import re
from typing import Any

from nnspec.diagnostics.suggestions import quote
from nnspec.weights.errors import WeightFileError
from nnspec.weights.safetensors import AGAIN, MOST_DIMENSIONS, SIZES, Entry

MAGIC = b"\x93NUMPY"

MOST_HEADER = 10_000
"""NumPy's own limit: a longer header is refused by numpy.load too."""

_SIZE = "(?:0|[1-9][0-9]{0,14})"

HEADER = re.compile(
    r"\{ *(?:(?:'descr' *: *'(?P<descr>[^'\\\x00-\x1f]{1,40})'"
    r"|'fortran_order' *: *(?P<fortran>True|False)"
    rf"|'shape' *: *\((?P<shape>|{_SIZE} *,|{_SIZE}(?: *, *{_SIZE})+ *,?) *\)"
    r") *(?:, *|(?=\}))){3}\} *\n?"
)
"""The dictionary that NumPy writes, with the spaces that other writers put or leave out."""

DTYPES = {"<f8": "F64", "<f4": "F32", "<f2": "F16", "<i4": "I32", "<i8": "I64"}
"""NumPy's words for the types that weights and indices may have, and safetensors'."""

SAVE = "save a plain array: numpy.save('w.npy', weights.astype('float64'))"


def read_npy(data: Any) -> Entry:
    """The one array of a file; the numbers are not looked at.

    Parameters
    ----------
    data
        The whole file's bytes: anything that gives bytes for a slice and has a length.

    Raises
    ------
    WeightFileError
        If the file is not exactly what the format says, or its array holds no plain numbers.
    """
    text, at = _header(data)
    found = HEADER.fullmatch(text)
    if found is None or None in found.groupdict().values():
        raise _bad("has a header that describes no plain array", SAVE)
    descr = found["descr"]
    if descr[1:2] == "O":
        raise _bad(
            "holds Python objects, which nnspec never loads: loading them can run code", SAVE
        )
    shape = _shape(found["shape"])
    dtype = DTYPES.get(descr, descr)
    end = at + math.prod(shape) * SIZES.get(dtype, 0)
    if dtype in SIZES and end != len(data):
        fault = "is cut short" if end > len(data) else "is too long"
        raise _bad(f"{fault}: it should have {end:,} bytes and has {len(data):,}", AGAIN)
    return Entry(dtype, shape, at, end, found["fortran"] == "True")


def _bad(fault: str, mend: str) -> WeightFileError:
    return WeightFileError("NS605", f"the file {fault}", mend)


def _header(data: Any) -> tuple[str, int]:
    """The header's text, and where the numbers begin."""
    start = bytes(data[:12])
    if not start.startswith(MAGIC):
        raise _bad("is no .npy file, whatever its name says", SAVE)
    if start[6:8] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00") or len(start) < 12:
        raise _bad("is of a version of .npy that does not exist, or cut short", SAVE)
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(start[8 : 8 + width], "little")
    at = 8 + width + length
    if length > MOST_HEADER or at > len(data):
        raise _bad(f"has a header of {length:,} bytes, and {len(data):,} bytes in all", AGAIN)
    return bytes(data[8 + width : at]).decode("latin-1"), at


def _shape(text: str) -> tuple[int, ...]:
    sizes = [part.strip() for part in text.split(",") if part.strip()]
    if len(sizes) > MOST_DIMENSIONS:
        raise _bad(f"gives the shape ({quote(text)}), which no array has", SAVE)
    return tuple([int(size) for size in sizes])
