"""The safetensors format: 8 bytes that say how long the header is, the header in JSON, the numbers.

Read strictly, as the format's own definition has it: the tensors fill the file without a gap, an
overlap or a byte left over, and no name comes twice. A file that says anything else was made by
mistake or on purpose to be read differently by different readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from itertools import accumulate
from operator import mul
from typing import IO, Any, NamedTuple, TypeGuard

from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import quote
from nnspec.weights.errors import WeightFileError

SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1, "I16": 2, "U16": 2,
    "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8, "C64": 8,
}  # fmt: skip
"""Bytes of a number of each type. Of a type that is not known only the place is checked."""

MOST_DIMENSIONS = 64

AGAIN = "write the file again; copying may have cut it"


class Entry(NamedTuple):
    """One array of a weight file: what its numbers are, and where they stand in the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int
    by_columns: bool = False


def read_header(data: Any, limits: Limits) -> dict[str, Entry]:
    """The tensors of a file, by name.

    Parameters
    ----------
    data
        The whole file's bytes: anything that gives bytes for a slice and has a length.
    limits
        Of which ``header_bytes`` is obeyed.

    Raises
    ------
    WeightFileError
        If the file is not exactly what the format says.
    """
    if len(data) < 8:
        raise _bad(f"has {len(data)} bytes, too few for a header", AGAIN)
    length = int.from_bytes(data[:8], "little")
    if length > limits.header_bytes:
        mend = "raise the limit with --limit header-bytes=…, if the file holds so many tensors"
        raise _bad(f"has a header of {length:,} bytes; {limits.header_bytes:,} are allowed", mend)
    if 8 + length > len(data):
        raise _bad(f"ends within its header of {length:,} bytes", AGAIN)
    header = _parsed(bytes(data[8 : 8 + length]))
    _check_metadata(header.pop("__metadata__", None))
    entries = {name: _entry(name, given, 8 + length) for name, given in header.items()}
    _check_places(entries.values(), 8 + length, len(data))
    return entries


def _bad(
    fault: str, mend: str = "write the file again with a safetensors library"
) -> WeightFileError:
    return WeightFileError("NS605", f"the file {fault}", mend)


def _parsed(header: bytes) -> dict[str, Any]:
    if not header.startswith(b"{"):
        raise _bad("is no safetensors file: its header does not begin with '{'")
    try:
        parsed = json.loads(
            header.decode("utf-8"), object_pairs_hook=_without_duplicates,
            parse_int=_integer, parse_constant=_refuse,
        )  # fmt: skip
        # Half a character, escaped (\\ud800), is text to Python alone.
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise _bad("has a header that is not JSON") from None
    if not isinstance(parsed, dict):
        raise _bad("has a header that is not JSON")
    return parsed


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _bad(f"names {quote(twice)} twice in its header")
    return found


def _check_metadata(given: Any) -> None:
    """Free words about the file: a map of text to text."""
    is_map = given is None or isinstance(given, dict)
    if not is_map or not all(isinstance(value, str) for value in (given or {}).values()):
        raise _bad("has '__metadata__' that is no map of text to text")


def _integer(text: str) -> int:
    if text == "-0":  # no whole number to other readers
        raise ValueError(text)
    return int(text)


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _entry(name: str, given: Any, base: int) -> Entry:
    """One tensor of the header, its place counted from the start of the file."""
    fields = given if isinstance(given, dict) else {}
    dtype, shape = fields.get("dtype"), fields.get("shape")
    places = fields.get("data_offsets")
    if not isinstance(dtype, str) or len(fields) != 3:
        raise _bad(f"must give tensor {quote(name)} a dtype, a shape and data_offsets only")
    if not _whole(shape) or not _whole(places) or len(places) != 2 or len(shape) > MOST_DIMENSIONS:
        raise _bad(f"gives tensor {quote(name)} a shape or data_offsets that are no whole numbers")
    start, end = places
    if any(size >= 2**61 for size in accumulate(shape, mul)):
        raise _bad(f"gives tensor {quote(name)} a shape of more numbers than there can be")
    wanted = math.prod(shape) * SIZES.get(dtype, 0)
    if start > end or (dtype in SIZES and wanted != end - start):
        shown = " × ".join(map(str, shape)) or "1"
        raise _bad(f"says {shown} {quote(dtype)} for {quote(name)}, and another number of bytes")
    return Entry(dtype, tuple(shape), base + start, base + end)


def _whole(numbers: Any) -> TypeGuard[list[int]]:
    return isinstance(numbers, list) and all(
        type(n) is int and 0 <= n < 2**53 for n in numbers
    )  # a bool is an int to isinstance


def _check_places(entries: Iterable[Entry], base: int, size: int) -> None:
    """The tensors, in the order of their places, must follow each other to the file's end."""
    at = base
    for entry in sorted(entries, key=lambda entry: (entry.start, entry.end)):
        if entry.start != at:
            fault = "has bytes that belong to no tensor" if entry.start > at else (
                "has tensors that overlap"
            )  # fmt: skip
            raise _bad(fault)
        at = entry.end
    if at > size:
        raise _bad(f"is cut short: it should have {at:,} bytes and has {size:,}", AGAIN)
    if at < size:
        raise _bad(f"is too long: it should have {at:,} bytes and has {size:,}", AGAIN)


def write_safetensors(file: IO[bytes], tensors: Mapping[str, Any]) -> None:
    """Write NumPy arrays of float64 and int64; the same arrays give the same bytes.

    Parameters
    ----------
    file
        Where the bytes go.
    tensors
        Arrays by name.

    Raises
    ------
    ValueError
        If an array is of another dtype.
    """
    header: dict[str, Any] = {}
    at = 0
    for name, array in tensors.items():
        dtype = {"f8": "F64", "i8": "I64"}.get(array.dtype.str[1:])
        if dtype is None:
            raise ValueError(f"{quote(name)} must be float64 or int64; given {array.dtype}")
        places = [at, at + array.nbytes]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": places}
        at = places[1]
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers stand where the processor likes them
    file.write(len(text).to_bytes(8, "little") + text)
    for array in tensors.values():
        file.write(array.astype(array.dtype.newbyteorder("<")).tobytes())
