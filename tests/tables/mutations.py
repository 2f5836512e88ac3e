"""Small tables with one byte changed: refused, or read as an independent reader reads them.

``python tests/tables/mutations.py 5000`` tries so many of each format, and prints what came out.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from nnspec.tables.errors import TableError
from nnspec.tables.opening import open_source
from nnspec.tables.source import Selection

FRAME = pl.DataFrame({
    "a": [1.5, None, -3.25, 4e300, 0.1], "i": [1, 2, None, 4, 2**40],
    "s": ["one", "", "t,w\"o", None, "drei é"], "b": [True, None, False, True, True],
})  # fmt: skip
NAMES = tuple(FRAME.columns)
Columns = dict[str, list[Any]]


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def _arrow(compression: str | None, **options: Any) -> bytes:
    table = pa.table(FRAME.to_arrow()).cast(pa.schema(
        [("a", pa.float64()), ("i", pa.int64()), ("s", pa.string()), ("b", pa.bool_())]
    ))  # fmt: skip
    if options.get("dictionary"):
        table = table.set_column(2, "s", table["s"].combine_chunks().dictionary_encode())
    settings = pa.ipc.IpcWriteOptions(compression=compression)

    def write(buffer: io.BytesIO) -> None:
        with pa.ipc.new_file(buffer, table.schema, options=settings) as writer:
            writer.write_table(table, max_chunksize=3)

    return _written(write)


def _parquet(**options: Any) -> bytes:
    return _written(lambda b: pq.write_table(FRAME.to_arrow(), b, row_group_size=3, **options))


SEEDS: dict[str, list[Callable[[], bytes]]] = {
    "arrow": [
        lambda: _arrow(None), lambda: _arrow("lz4"), lambda: _arrow("zstd"),
        lambda: _arrow(None, dictionary=True), lambda: _written(FRAME.write_ipc),
    ],
    "parquet": [
        lambda: _parquet(compression="NONE"), lambda: _parquet(write_page_checksum=True),
        lambda: _parquet(compression="zstd", data_page_version="2.0"),
        lambda: _parquet(use_dictionary=False, compression="gzip"),
        lambda: _written(FRAME.write_parquet),
    ],
    "csv": [lambda: _written(FRAME.write_csv), lambda: b'a,i,s,b\r\n1,2,"x\r\ny",\r\n,,"",t\r\n'],
    "ndjson": [lambda: _written(FRAME.write_ndjson)],
}  # fmt: skip


def read(path: Path) -> Columns | None:
    """What nnspec reads; None if it refuses."""
    try:
        with open_source(path) as source:
            columns: Columns = {name: [] for name in NAMES}
            if not set(NAMES) <= set(source.header):
                return None
            for batch in source.batches(Selection(kept=NAMES)):
                for name in NAMES:
                    columns[name] += batch.kept[name].to_list()
            return columns
    except TableError:
        return None


def strict(kind: str, data: bytes) -> Columns | None:
    """What another reader reads; None if it refuses."""
    try:
        return _STRICT[kind](data)
    except (ValueError, OSError, pa.ArrowException, csv.Error, KeyError, StopIteration,
            MemoryError, OverflowError, NotImplementedError, RecursionError):  # fmt: skip
        return None


def _strict_arrow(data: bytes) -> Columns:
    table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
    table.validate(full=True)
    return {name: table[name].to_pylist() for name in NAMES}


def _strict_parquet(data: bytes) -> Columns:
    table = pq.read_table(io.BytesIO(data), page_checksum_verification=True)
    table.validate(full=True)
    return {name: table[name].to_pylist() for name in NAMES}


def _strict_csv(data: bytes) -> Columns:
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    rows = [row for row in rows if row]
    if any(len(row) != len(header) for row in rows):
        raise ValueError("a row of another length")
    return {name: [row[header.index(name)] for row in rows] for name in NAMES}


def _strict_ndjson(data: bytes) -> Columns:
    lines = data.decode("utf-8-sig").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    return {name: [row.get(name) for row in rows] for name in NAMES}


_STRICT: dict[str, Callable[[bytes], Columns]] = {
    "arrow": _strict_arrow, "parquet": _strict_parquet, "csv": _strict_csv,
    "ndjson": _strict_ndjson,
}  # fmt: skip


def same(one: Columns | None, other: Columns | None) -> bool:
    """Whether both read the same, bit by bit; in CSV an empty cell is an empty text or null."""
    if one is None or other is None or one.keys() != other.keys():
        return one is None and other is None
    return all(list(map(_bits, one[name])) == list(map(_bits, other[name])) for name in one)


def _bits(cell: Any) -> Any:
    if isinstance(cell, float):
        return "nan" if math.isnan(cell) else cell.hex()
    return None if cell == "" else cell


def changed(data: bytes, random_: random.Random) -> bytes:
    """The bytes with one of them changed, inserted or left out."""
    at = random_.randrange(len(data))
    way = random_.choice(["bit", "byte", "byte", "insert", "drop"])
    new = bytes([random_.choice([data[at] ^ 1 << random_.randrange(8), random_.randrange(256)])])
    if way == "insert":
        return data[:at] + new + data[at:]
    return data[:at] + (b"" if way == "drop" else new) + data[at + 1 :]


def attempts(kind: str, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """What came of so many changed files: refused, same, or wrong, with the file."""
    random_ = random.Random(f"{kind} {seed}")
    wholes = [make() for make in SEEDS[kind]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{kind}"
        originals = []
        for whole in wholes:
            path.write_bytes(whole)
            originals.append(read(path))
            assert same(originals[-1], strict(kind, whole)), kind
        for _ in range(count):
            which = random_.randrange(len(wholes))
            data = changed(wholes[which], random_)
            path.write_bytes(data)
            found = read(path)
            if found is None:
                yield "refused", data
            elif same(found, strict(kind, data)):
                yield "same as the other reader", data
            elif same(found, originals[which]):
                yield "same as before the change", data
            elif kind == "parquet" and strict(kind, data) is None:
                # Damage in a page without a checksum, which only its decoder could notice.
                yield "taken, where the other reader refuses", data
            else:
                yield "WRONG", data


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for kind in sys.argv[3:] or SEEDS:
        counts: Counter[str] = Counter()
        for n, (outcome, data) in enumerate(attempts(kind, number, seed)):
            counts[outcome] += 1
            if outcome == "WRONG":
                Path(f"/tmp/wrong-{n}.{kind}").write_bytes(data)
        print(kind, number, dict(counts), flush=True)
