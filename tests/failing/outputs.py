"""Write outputs while each system call in turn fails; run with ``nth_call.c`` loaded before."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import polars as pl

from nnspec.tables.errors import OutputError
from nnspec.tables.opening import open_source
from nnspec.tables.source import Selection
from nnspec.tables.write.output import open_writer

FRAME = pl.DataFrame({"x": [1.5, 2.5, None]})
LIBRARY = ctypes.CDLL(None)


def attempt(path: Path, fail_at: int) -> tuple[int, bool]:
    """Write the table; how many calls that took, and whether it was said to be written."""
    LIBRARY.fail_at(fail_at, os.fsencode(path.parent))
    try:
        with open_writer(path, {"x": pl.Float64()}) as writer:
            writer.write(FRAME)
        done = True
    except OutputError:
        done = False
    n_calls = LIBRARY.calls_seen()
    LIBRARY.fail_at(-1, b"")
    return n_calls, done


def prepare(path: Path, old: bytes | None) -> None:
    path.unlink(missing_ok=True)
    if old is not None:
        path.write_bytes(old)
        path.chmod(0o640)


def read(path: Path) -> list[float | None]:
    with open_source(path) as source:
        cells = [cell for b in source.batches(Selection(("x",))) for cell in b.columns["x"]]
    return [None if cell is None else float(cell) for cell in cells]


def main(folder: Path) -> None:
    for kind in ("csv", "ndjson", "parquet", "arrow"):
        for old in (None, b"old"):
            path = folder / f"o.{kind}"
            prepare(path, old)
            total, _ = attempt(path, -1)
            for n in range(1, total + 1):
                prepare(path, old)
                _, done = attempt(path, n)
                left = [other.name for other in folder.iterdir()]
                assert left == ([path.name] if done or old is not None else []), (kind, n, left)
                if not path.exists() or path.read_bytes() == b"old":
                    assert not done, (kind, n)
                else:
                    assert read(path) == FRAME["x"].to_list(), (kind, n)
                if old is not None:
                    assert path.stat().st_mode & 0o777 == 0o640, (kind, n)
            assert total >= 6, (kind, total, "the calls were not seen")
            path.unlink(missing_ok=True)
            print(kind, "over an old file" if old else "anew", total, "calls")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
