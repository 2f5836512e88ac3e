"""Parquet and Arrow IPC: read in pieces, and never on trust."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_helpers import drain, faults

from nnspec.spec.model import Input
from nnspec.tables.arrow.source import IpcSource
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.columns import check_types
from nnspec.tables.errors import RequestError, TableError
from nnspec.tables.opening import open_source
from nnspec.tables.parquet.footer import ParquetFile
from nnspec.tables.parquet.source import ParquetSource
from nnspec.tables.parquet.thrift import CompactReader, ThriftError
from nnspec.tables.source import Selection

FRAME = pl.DataFrame(
    {
        "a": [n * 1.5 for n in range(1000)],
        "s": [f"x{n % 50}" for n in range(1000)],
        "i": [None if n % 7 == 0 else n for n in range(1000)],
        "l": [[n, n + 1] for n in range(1000)],
    }
)
SELECTION = Selection(("a", "i"), ("s",), ("l", "a"))


def parquet(**options) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(FRAME.to_arrow(), buffer, **options)
    return buffer.getvalue()


WAYS = {
    "small groups": lambda: parquet(row_group_size=70),
    "checksums": lambda: parquet(row_group_size=400, write_page_checksum=True, compression="zstd"),
    "version 2": lambda: parquet(data_page_version="2.0", write_page_checksum=True),
    "plain": lambda: parquet(compression="NONE", use_dictionary=False),
    "small pages": lambda: parquet(data_page_size=500, use_dictionary=False),
    "page index": lambda: parquet(write_page_index=True, data_page_size=500),
    "polars": lambda: _written(FRAME.write_parquet),
    "no rows": lambda: _written(FRAME.clear().write_parquet),
}


def _written(write) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def write(folder: Path, data: bytes, name: str = "t.parquet") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("way", WAYS)
def test_whatever_wrote_it_a_parquet_file_is_read_whole(way, tmp_path):
    expected = FRAME.clear() if way == "no rows" else FRAME
    source = ParquetSource(write(tmp_path, WAYS[way]()))
    assert source.kept_types(["l", "a"]) == {"l": pl.List(pl.Int64), "a": pl.Float64}
    table = drain(source, SELECTION)
    assert table.header == ("a", "s", "i", "l")
    assert table.numbers == expected.select("a", "i", "s").rows(named=True)
    assert table.kept == expected.select("l", "a").rows(named=True)


@pytest.mark.parametrize("rows", [1, 7, 300])
def test_the_size_of_pieces_changes_nothing(rows, tmp_path, monkeypatch):
    monkeypatch.setattr("nnspec.tables.parquet.source.SLICE_ROWS", rows)
    table = drain(ParquetSource(write(tmp_path, WAYS["small groups"]())), SELECTION)
    assert table.numbers == FRAME.select("a", "i", "s").rows(named=True)
    assert len(table.first_rows) >= 1000 / max(rows, 70)


@pytest.mark.parametrize("compression", ["uncompressed", "zstd", "lz4"])
def test_an_arrow_file_is_read_whole(compression, tmp_path):
    data = _written(lambda b: FRAME.write_ipc(b, compression=compression, record_batch_size=64))
    with open_source(write(tmp_path, data, "t.arrow")) as source:
        table = drain(source, SELECTION)
    assert table.numbers == FRAME.select("a", "i", "s").rows(named=True)
    assert table.kept == FRAME.select("l", "a").rows(named=True)


@pytest.mark.parametrize("by", [-8, 8, 2**25])
def test_the_footer_and_a_batch_say_one_length_of_its_metadata(by, tmp_path):
    data = bytearray(_written(lambda b: FRAME.select("a").write_ipc(b)))
    with IpcSource(write(tmp_path, data, "t.arrow")) as source:
        (batch,) = source._file.batches
    at = slice(batch.start + 4, batch.start + 8)
    data[at] = (int.from_bytes(data[at], "little") + by).to_bytes(4, "little")
    with pytest.raises(TableError, match="metadata of a record batch are not as long"):
        IpcSource(write(tmp_path, data, "t.arrow"))


@pytest.mark.parametrize("change", ["none", "fewer", "twice"])
def test_a_footer_names_every_batch_that_stands_in_the_file_once(change, tmp_path):
    """Rows are not lost with the list of batches, nor counted twice."""
    whole = _written(lambda b: FRAME.select("a").write_ipc(b, record_batch_size=300))
    size = int.from_bytes(whole[-10:-6], "little")
    footer = bytearray(whole[-10 - size : -10])
    (at,) = [
        i
        for i in range(0, size - 100, 4)
        if footer[i : i + 4] == b"\x04\0\0\0" and int.from_bytes(footer[i + 4 : i + 12], "little")
        < len(whole) and footer[i + 28 : i + 36] != footer[i + 4 : i + 12] and footer[i + 12] > 64
    ]  # fmt: skip
    if change == "twice":
        footer[at + 28 : at + 52] = footer[at + 4 : at + 28]
    else:
        footer[at] = 0 if change == "none" else 3
    data = whole[: -10 - size] + bytes(footer) + whole[-10:]
    with pytest.raises(TableError, match="does not name all that stands"):
        IpcSource(write(tmp_path, data, "t.arrow"))


def test_reading_may_stop_early(tmp_path):
    FRAME.write_ipc(tmp_path / "t.arrow", record_batch_size=10)
    with IpcSource(str(tmp_path / "t.arrow")) as source:
        assert next(iter(source.batches(SELECTION))).first_row == 1


@pytest.mark.parametrize(
    "name", ["*.parquet", "[t].parquet", "a=1.parquet", "s3:t.parquet", "~t.parquet"]
)
def test_a_path_is_a_path_and_no_pattern(name, tmp_path, monkeypatch):
    FRAME.write_parquet(tmp_path / "t.parquet")
    FRAME.head(3).write_parquet(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(drain(open_source(name), Selection(("a",))).numbers) == 3


@pytest.mark.parametrize("name", ["^a.*$", "*", "a b", "", "é", "__index_level_0__"])
def test_a_column_name_is_a_name_and_no_pattern(name, tmp_path):
    frame = pl.DataFrame({name: [1.0], "other": [2.0], "abc": [3.0]})
    for path, source in (("t.parquet", ParquetSource), ("t.arrow", IpcSource)):
        (frame.write_parquet if source is ParquetSource else frame.write_ipc)(tmp_path / path)
        table = drain(source(str(tmp_path / path)), Selection((name,), (), (name,)))
        assert table.numbers == table.kept == [{name: 1.0}]


@pytest.mark.parametrize("extension", ["parquet", "arrow"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "it begins with 'a,b"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xff\xff\xff\xff\0\0\0\0", "a stream of Arrow IPC messages"),
    ],
)
def test_r81_another_format_under_this_name_is_told_by_its_bytes(
    extension, data, message, tmp_path
):
    path = write(tmp_path, data, f"t.{extension}")
    with pytest.raises(TableError) as caught:
        open_source(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def test_r81_parquet_and_arrow_are_not_taken_for_each_other(tmp_path):
    arrow = write(tmp_path, _written(FRAME.write_ipc), "t.parquet")
    with pytest.raises(TableError, match="this is an Arrow IPC file, not a Parquet file"):
        open_source(arrow)
    other = write(tmp_path, _written(FRAME.write_parquet), "t.arrow")
    with pytest.raises(TableError, match="this is a Parquet file, not an Arrow IPC file"):
        open_source(other)


@pytest.mark.parametrize("kept", [4, 8, 11, 100, 2000, -1, -8, -9])
def test_r84_a_truncated_parquet_file_is_refused(kept, tmp_path):
    with pytest.raises(TableError):
        drain(ParquetSource(write(tmp_path, parquet()[:kept])), SELECTION)


@pytest.mark.parametrize("kept", [6, 8, 100, -1, -8, -200])
def test_r84_a_truncated_arrow_file_is_refused(kept, tmp_path):
    data = _written(FRAME.write_ipc)[:kept]
    with pytest.raises(TableError):
        drain(IpcSource(write(tmp_path, data, "t.arrow")), SELECTION)


@pytest.mark.parametrize("way", ["checksums", "version 2"])
def test_r84_a_page_whose_checksum_does_not_hold_is_refused(way, tmp_path):
    data = bytearray(WAYS[way]())
    chunk = pq.read_metadata(io.BytesIO(bytes(data))).row_group(0).column(0)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start + chunk.total_compressed_size - 3] ^= 1
    path = write(tmp_path, bytes(data))
    with pytest.raises(TableError, match=r"column 'a' .* the checksum of the page at byte"):
        drain(ParquetSource(path), SELECTION)
    assert len(drain(ParquetSource(path), Selection(("i",))).numbers) == 1000, "not read, no fault"


def test_r84_a_late_damaged_page_is_refused_after_the_rows_before_it(tmp_path, monkeypatch):
    monkeypatch.setattr("nnspec.tables.parquet.source.SLICE_ROWS", 100)
    data = bytearray(parquet(row_group_size=100, write_page_checksum=True))
    chunk = pq.read_metadata(io.BytesIO(bytes(data))).row_group(7).column(0)
    data[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 255
    rows = 0
    with ParquetSource(write(tmp_path, bytes(data))) as source, pytest.raises(TableError):
        for batch in source.batches(SELECTION):
            rows += batch.n_rows
    assert rows == 700


def test_other_files_are_not_read_through_a_parquet_file(tmp_path, monkeypatch):
    original = ParquetFile._footer

    def elsewhere(pages):
        start, footer = original(pages)
        footer[4][0][1][0][1] = b"/etc/passwd"
        return start, footer

    monkeypatch.setattr(ParquetFile, "_footer", elsewhere)
    with pytest.raises(TableError, match="keeps columns in other files"):
        ParquetSource(write(tmp_path, parquet()))


def test_r84_row_groups_that_do_not_add_up_are_refused(tmp_path, monkeypatch):
    original = ParquetFile._footer

    def changed(file):
        start, footer = original(file)
        footer[3] = 999
        return start, footer

    monkeypatch.setattr(ParquetFile, "_footer", changed)
    with pytest.raises(TableError, match="do not add up"):
        ParquetSource(write(tmp_path, parquet()))


def test_r85_a_parquet_bomb_is_read_in_bounded_memory(tmp_path):
    """30 million rows in a few kilobytes: 500 MB once unpacked."""
    n = 30_000_000
    frame = pl.select(a=pl.repeat(1.0, n), s=pl.repeat("x", n), i=pl.repeat(2, n))
    frame.write_parquet(tmp_path / "bomb.parquet", row_group_size=n)
    del frame
    assert (tmp_path / "bomb.parquet").stat().st_size < 1_000_000
    program = (
        "import re, sys\n"
        "from nnspec.tables.opening import open_source\n"
        "from nnspec.tables.source import Selection\n"
        "n = 0\n"
        "with open_source(sys.argv[1]) as source:\n"
        "    for batch in source.batches(Selection(('a', 'i'), ('s',))):\n"
        "        assert batch.columns['a'].sum() == batch.n_rows\n"
        "        n += batch.n_rows\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(n, int(peak) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bomb.parquet")],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    rows, megabytes = map(int, done.stdout.split())
    assert rows == n
    assert megabytes < 300


def test_r85_a_page_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("nnspec.tables.parquet.pages.PAGE_BYTES", 1000)
    with pytest.raises(TableError, match="a page unpacks to"):
        drain(ParquetSource(write(tmp_path, parquet(use_dictionary=False))), SELECTION)


def test_r86_columns_of_the_wrong_type_are_known_before_any_row(tmp_path):
    with ParquetSource(write(tmp_path, parquet())) as source:
        inputs = [Input("s"), Input("l", type="category", categories=("a",))]
        with pytest.raises(
            TableError, match=r"column 's' is of type String.*column 'l' is of type"
        ):
            check_types(inputs, {"s": "s", "l": "l"}, source.types, source.place)


def test_r86_cells_of_typed_columns_are_judged(tmp_path):
    frame = pl.DataFrame({"i": [1, 2**53 + 1, None], "d": ["x", "y", None]})
    frame = frame.with_columns(pl.col("d").cast(pl.Categorical))
    frame.write_parquet(tmp_path / "t.parquet")
    inputs = [Input("i"), Input("d", type="category", categories=("x", "z"))]
    with open_source(tmp_path / "t.parquet") as source:
        selection = Selection.of(inputs, {"i": "i", "d": "d"})
        bounds = [bind(inputs, b.columns, {"i": "i", "d": "d"}) for b in source.batches(selection)]
    assert faults(bounds) == [
        (2, "i", str(2**53 + 1), "inexact"),
        (2, "d", "y", "unknown-category"),
        (3, "i", "", "missing"),
        (3, "d", "", "missing"),
    ]


def test_r87_an_extension_type_imports_nothing(tmp_path):
    """Neither a registered type's name nor its metadata leads to code."""
    field = pa.field("e", pa.int64(), metadata={
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": "cwave\nopen\n(Vnone\ntR.",
    })  # fmt: skip
    table = pa.table([pa.array([1, 2])], schema=pa.schema([field]))
    pq.write_table(table, tmp_path / "t.parquet")
    with pa.ipc.new_file(str(tmp_path / "t.arrow"), table.schema) as writer:
        writer.write_table(table)
    assert "wave" not in sys.modules
    for name in ("t.parquet", "t.arrow"):
        with open_source(tmp_path / name) as source:
            try:
                check_types([Input("e")], {"e": "e"}, source.types)
                assert drain(source, Selection(("e",))).numbers == [{"e": 1}, {"e": 2}]
            except TableError as error:
                assert "column 'e' is of type" in str(error)
    assert "wave" not in sys.modules, "the pickle in the metadata was run"


def test_pipes_are_refused_where_a_file_must_be_sought_in(tmp_path):
    os.mkfifo(tmp_path / "t.parquet")
    for path in ("-", str(tmp_path / "t.parquet")):
        for name in ("parquet", "arrow"):
            with pytest.raises(RequestError, match="cannot be read from"):
                open_source(path, name)
    with pytest.raises(FileNotFoundError):
        open_source(tmp_path / "none.parquet")
    with pytest.raises(IsADirectoryError):
        open_source(tmp_path, "parquet")


def test_damaged_files_are_refused_and_never_end_the_process(tmp_path):
    """Bytes changed at random: each file is read or refused, in a process that survives it."""
    program = f"""
import random, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_arrow_sources import *
from test_arrow_sources import _written
chosen = random.Random(7)
whole = {{".parquet": [make() for make in WAYS.values()],
          ".arrow": [_written(lambda b: FRAME.write_ipc(b, compression="zstd"))]}}
refused = 0
for n in range(400):
    extension = chosen.choice([".parquet", ".parquet", ".arrow"])
    data = bytearray(chosen.choice(whole[extension]))
    for _ in range(chosen.randint(1, 3)):
        first = max(len(data) - 600, 0) if chosen.random() < 0.5 else 0
        data[chosen.randrange(first, len(data))] = chosen.choice([0, 127, 128, 255, 7])
    path = sys.argv[1] + "/t" + extension
    open(path, "wb").write(data)
    try:
        with (ParquetSource if extension == ".parquet" else IpcSource)(path) as source:
            for batch in source.batches(SELECTION):
                pass
    except TableError:
        refused += 1
    except KeyError:
        pass  # a column's name was changed
print(refused)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 50


def compact(value: int) -> bytes:
    zigzag = (value << 1) ^ (value >> 63)
    out = bytearray()
    while zigzag > 127:
        out.append(zigzag & 127 | 128)
        zigzag >>= 7
    return bytes([*out, zigzag])


def test_thrift_structs_are_read():
    data = (
        b"\x15" + compact(-5)  # field 1: i32
        + b"\x11"  # field 2: true
        + b"\x18\x02hi"  # field 3: binary
        + b"\x19\x25" + compact(1) + compact(300)  # field 4: two i32
        + b"\x1c\x12\x00"  # field 5: a struct whose field 1 is false
        + b"\x57" + struct.pack("<d", 2.5)  # field 10: double
        + b"\x05" + compact(100) + compact(7)  # field 100: i32
        + b"\x1b\x01\x58" + compact(3) + b"\x01v"  # field 101: a map of i32 to binary
        + b"\x00"
    )  # fmt: skip
    assert CompactReader(data).struct() == {
        1: -5, 2: True, 3: b"hi", 4: [1, 300], 5: {1: False}, 10: 2.5, 100: 7, 101: [(3, b"v")],
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x15",
        b"\x18\xff\xff\xff\xff\x0f",
        b"\x19\xf5\xff\xff\xff\x7f",
        b"\x1b\xff\xff\x03\x55",
        b"\x1e\x00",
        b"\x15" + b"\xff" * 20,
        b"\x1c" * 100,
        b"\x19\x1c" * 100,
    ],
)
def test_what_is_no_thrift_struct_is_refused_at_once(data):
    with pytest.raises(ThriftError):
        CompactReader(data).struct()


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_thrift_struct_or_refused(data):
    with suppress(ThriftError):
        CompactReader(data).struct()
