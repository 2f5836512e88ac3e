"""Tables are written whole or not at all, in text that reads back as it was."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnspec.tables.cells.numbers import read_number
from nnspec.tables.csv.source import CsvSource
from nnspec.tables.errors import OutputError, RequestError
from nnspec.tables.source import Selection
from nnspec.tables.write.output import make_writer, open_writer
from nnspec.tables.write.targets import FileTarget

TYPES = {"id": pl.String(), "price": pl.Float64()}
FRAME = pl.DataFrame({"id": ["a", "b,c", 'd"', None, ""], "price": [0.1, 1e300, -0.0, None, 2.0]})
FORMATS = ("csv", "parquet", "ndjson", "arrow")
ROOT = Path(__file__).parents[2]
READERS = {"csv": pl.read_csv, "parquet": pl.read_parquet, "ndjson": pl.read_ndjson,
           "arrow": pl.read_ipc}  # fmt: skip


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".nnspec")]


@pytest.mark.parametrize("kind", FORMATS)
def test_r99_rows_come_out_in_order_whatever_the_pieces(kind, tmp_path):
    path = tmp_path / f"t.{kind}"
    with open_writer(path, TYPES) as writer:
        for start in range(len(FRAME)):
            writer.write(FRAME.slice(start, 1).select("price", "id"))
        writer.write(FRAME.clear())
    read = READERS[kind](path)
    assert read.columns == ["id", "price"]
    assert read["price"].to_list() == FRAME["price"].to_list()
    assert [text or None for text in read["id"]] == [text or None for text in FRAME["id"]]
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_table_without_rows_has_its_columns(kind, tmp_path):
    with open_writer(tmp_path / f"t.{kind}", TYPES):
        pass
    if kind == "ndjson":
        assert (tmp_path / "t.ndjson").read_bytes() == b""
    else:
        read = READERS[kind](tmp_path / f"t.{kind}")
        assert (read.columns, read.height) == (["id", "price"], 0)


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_memory_holds_a_few_pieces_whatever_the_length(kind, tmp_path):
    program = (
        "import re, sys, numpy as np, polars as pl\n"
        "from nnspec.tables.write.output import make_writer, open_writer\n"
        "def peak():\n"
        "    status = open('/proc/self/status').read()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024\n"
        "values = np.random.default_rng(1).normal(size=100_000)\n"
        "with open_writer(sys.argv[1], {'x': pl.Float64(), 'y': pl.Float64()}) as writer:\n"
        "    for n in range(60):\n"
        "        writer.write(pl.DataFrame({'x': values + n, 'y': values - n}))\n"
        "        if n == 15:\n"
        "            early = peak()\n"
        "print(early, peak())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / f"t.{kind}")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    early, late = map(int, done.stdout.split())
    assert late - early < 40, "72 MB were written meanwhile"
    assert READERS[kind](tmp_path / f"t.{kind}").height == 6_000_000


def test_pyarrow_reads_what_was_written(tmp_path):
    with open_writer(tmp_path / "t.parquet", TYPES) as writer:
        writer.write(FRAME)
    assert pq.read_table(tmp_path / "t.parquet").to_pylist() == FRAME.rows(named=True)


def test_r83_an_input_is_never_the_output(tmp_path):
    source = tmp_path / "t.csv"
    source.write_text("a\n1\n")
    (tmp_path / "hard.csv").hardlink_to(source)
    (tmp_path / "soft.csv").symlink_to(source)
    (tmp_path / "folder").symlink_to(tmp_path)
    for output in ("t.csv", "./t.csv", "hard.csv", "folder/t.csv"):
        for given_input in (source, tmp_path / "soft.csv", tmp_path / "hard.csv"):
            with pytest.raises(OutputError, match="is the same file"):
                open_writer(tmp_path / output, TYPES, inputs=["-", "none.csv", given_input])
    assert source.read_text() == "a\n1\n"
    assert not leftovers(tmp_path)


FULL = {
    "full device": "/dev/full",
    "full file": "t",
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("way", FULL)
def test_r89_r90_a_full_disk_is_one_error_and_leaves_nothing(kind, way, tmp_path):
    program = (
        "import resource, sys, numpy as np, polars as pl\n"
        "from nnspec.tables.write.output import make_writer, open_writer\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "frame = pl.DataFrame({'x': np.random.default_rng(1).normal(size=100_000)})\n"
        "try:\n"
        "    with open_writer(sys.argv[1], {'x': pl.Float64()}, sys.argv[2]) as writer:\n"
        "        for _ in range(9):\n"
        "            writer.write(frame)\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error, isinstance(error, OSError), error.help, sep='|')\n"
    )
    path = tmp_path / "t"
    path.write_text("what stood there before")
    target = str(path) if FULL[way] == "t" else FULL[way]
    done = subprocess.run(
        [sys.executable, "-c", program, target, kind],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    name, message, is_os_error, help_ = done.stdout.strip().split("|")
    assert name == "OutputError"
    assert message.startswith(f"{target} cannot be written: ")
    assert is_os_error == "True"
    assert help_
    assert done.stderr == ""
    assert path.read_text() == "what stood there before"
    assert not leftovers(tmp_path)


class BrokenError(Exception):
    pass


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("error", [BrokenError, KeyboardInterrupt, SystemExit])
def test_r89_r92_an_exception_leaves_the_old_file_and_no_debris(kind, error, tmp_path):
    path = tmp_path / f"t.{kind}"
    path.write_text("what stood there before")
    with pytest.raises(error), open_writer(path, TYPES) as writer:
        writer.write(FRAME)
        raise error
    assert path.read_text() == "what stood there before"
    assert not leftovers(tmp_path)
    assert not [thread for thread in threading.enumerate() if "writer" in thread.name]


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
@pytest.mark.parametrize("kind", FORMATS)
def test_r89_every_call_that_can_fail_leaves_nothing(call, kind, tmp_path, monkeypatch):
    path = tmp_path / f"t.{kind}"
    path.write_text("what stood there before")

    def fail(*_):
        raise OSError(28, "No space left on device")

    writer = open_writer(path, TYPES)
    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif call == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr("nnspec.tables.write.targets._write_all", fail)
    with pytest.raises(OutputError, match="No space left on device"), writer:
        writer.write(FRAME)
    monkeypatch.undo()
    assert path.read_text() == "what stood there before"
    assert not leftovers(tmp_path)


def test_r91_a_reader_that_goes_away_is_a_broken_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    reader = threading.Thread(target=lambda: (tmp_path / "pipe.csv").open("rb").close())
    reader.start()
    with pytest.raises(BrokenPipeError), open_writer(tmp_path / "pipe.csv", TYPES) as writer:
        for _ in range(10_000):
            writer.write(FRAME)
    reader.join()


@pytest.mark.parametrize("kind", FORMATS)
def test_devices_and_pipes_are_written_directly(kind, tmp_path):
    os.mkfifo(tmp_path / f"pipe.{kind}")
    got = []
    pipe = tmp_path / f"pipe.{kind}"
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with open_writer(pipe, TYPES) as writer:
        writer.write(FRAME)
    reader.join()
    assert READERS[kind](io.BytesIO(got[0])).height == len(FRAME)
    with open_writer("/dev/null", TYPES, kind) as writer:
        writer.write(FRAME)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_has_many_names(path, tmp_path):
    """What was printed before comes first, also where standard output is a file."""
    program = (
        "import sys, polars as pl\n"
        "from nnspec.tables.write.output import make_writer, open_writer\n"
        "print('before', flush=True)\n"
        "with open_writer(sys.argv[1], {'x': pl.Float64()}, 'csv') as writer:\n"
        "    writer.write(pl.DataFrame({'x': [0.5]}))\n"
        "print('after')\n"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run(
            [sys.executable, "-c", program, path], cwd=ROOT, stdout=out, timeout=60, check=True
        )
    assert (tmp_path / "out").read_text() == "before\nx\n0.5\nafter\n"


def test_what_is_binary_is_not_written_to_a_terminal():
    leader, follower = os.openpty()
    try:
        with pytest.raises(RequestError, match="not for a terminal"):
            open_writer(f"/dev/fd/{follower}", TYPES, "parquet")
    finally:
        os.close(leader)
        os.close(follower)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_r93_a_kill_leaves_the_old_file_whole(kind, tmp_path):
    path = tmp_path / f"t.{kind}"
    path.write_text("what stood there before")
    program = (
        "import sys, time, polars as pl\n"
        "from nnspec.tables.write.output import make_writer, open_writer\n"
        "with open_writer(sys.argv[1], {'x': pl.Float64()}) as writer:\n"
        "    writer.write(pl.DataFrame({'x': [0.5]}))\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert path.read_text() == "what stood there before"


def test_r93_bytes_are_on_the_disk_before_the_name(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: calls.append("fsync") or fsync(fd))
    monkeypatch.setattr(Path, "replace", lambda *a: calls.append("rename") or replace(*a))
    with open_writer(tmp_path / "t.csv", TYPES) as writer:
        writer.write(FRAME)
    assert calls == ["fsync", "rename", "fsync"]


def test_r94_what_cannot_be_written_is_known_before_any_row(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    for path, message in {
        "none/t.csv": "there is no folder",
        "folder.csv": "is a folder",
        "new.csv/": "folder's name|no folder|does not tell",
    }.items():
        with pytest.raises((OutputError, RequestError), match=message):
            open_writer(str(tmp_path) + "/" + path, TYPES)
    with pytest.raises(OutputError, match="cannot be written"):
        open_writer("/proc/t.csv", TYPES)


def test_r94_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("kept")
    path.chmod(0o444)
    # The superuser may write anything, and then this file too.
    monkeypatch.setattr(os, "access", lambda place, mode: not (mode & os.W_OK and place == path))
    with pytest.raises(OutputError, match="is read-only"):
        open_writer(path, TYPES)
    assert path.read_text() == "kept"


def test_r94_an_existing_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x" * 10_000)
    path.chmod(0o640)
    with open_writer(path, TYPES) as writer:
        writer.write(FRAME)
    assert path.read_text() == 'id,price\na,0.1\n"b,c",1e+300\n"d""",-0.0\n,\n"",2.0\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_of_any_other(tmp_path):
    previous = os.umask(0o027)
    try:
        with open_writer(tmp_path / "t.csv", TYPES):
            pass
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "t.csv").stat().st_mode) == 0o640


def test_r95_a_symbolic_link_is_refused(tmp_path):
    (tmp_path / "real.csv").write_text("kept")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "none.csv")
    for name in ("link.csv", "dangling.csv"):
        with pytest.raises(OutputError, match="is a symbolic link to") as caught:
            open_writer(tmp_path / name, TYPES)
        assert "name the file itself" in caught.value.help
    assert (tmp_path / "real.csv").read_text() == "kept"
    assert not (tmp_path / "none.csv").exists()


def test_r95_a_link_made_meanwhile_is_not_followed(tmp_path):
    (tmp_path / "real.csv").write_text("kept")
    with open_writer(tmp_path / "t.csv", TYPES) as writer:
        (tmp_path / "t.csv").symlink_to(tmp_path / "real.csv")
        writer.write(FRAME)
    assert (tmp_path / "real.csv").read_text() == "kept"
    assert not (tmp_path / "t.csv").is_symlink()


HOSTILE = ["=1+1", "+cmd", "-x", "@sum", "\tx", "\rx", "=", "-1-1", "+1x", '=HYPERLINK("u")']
HARMLESS = ["-1", "+1.5", "-1e5", "a=b", "1+1", " =1", "", "'=1", "-.5"]


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(HOSTILE + HARMLESS)])
def test_r96_texts_that_spreadsheets_would_run_are_escaped(dtype, tmp_path):
    cells = pl.Series("t", HOSTILE + HARMLESS, dtype=dtype)
    frame = pl.DataFrame({"t": cells, "n": [-1.5] * len(cells)})
    written = {}
    for escape in (True, False):
        with open_writer(tmp_path / "t.csv", dict(frame.schema), escape_formulas=escape) as writer:
            writer.write(frame)
        with CsvSource((tmp_path / "t.csv").open("rb"), "t.csv") as source:
            batch = next(iter(source.batches(Selection(kept=("t", "n")))))
        written[escape] = batch.kept.fill_null("")
    assert written[True]["t"].to_list() == ["'" + text for text in HOSTILE] + HARMLESS
    assert written[False]["t"].to_list() == HOSTILE + HARMLESS
    assert set(written[True]["n"]) == {"-1.5"}


def test_r96_names_of_columns_are_escaped_too(tmp_path):
    names = ["=x", "-1", "@y", "'=x", "plain"]
    with open_writer(tmp_path / "t.csv", dict.fromkeys(names, pl.Float64())) as writer:
        writer.write(pl.DataFrame({name: [1.0] for name in names}))
    assert (tmp_path / "t.csv").read_text().startswith("'=x,-1,'@y,'=x,plain\n1.0,")
    with open_writer(tmp_path / "t.ndjson", {"=x": pl.String()}) as writer:
        writer.write(pl.DataFrame({"=x": ["=1"]}))
    assert json.loads((tmp_path / "t.ndjson").read_text()) == {"=x": "=1"}


class Memory:
    """A target that is a buffer."""

    name = "memory"

    def __init__(self) -> None:
        self.bytes = bytearray()

    def write(self, data: bytes | memoryview, /) -> int:
        self.bytes += data
        return len(data)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
SINGLE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1), st.lists(SINGLE, min_size=1))
def test_r97_numbers_are_the_shortest_text_that_reads_back(doubles, singles):
    """Bit for bit, in both precisions, and in no more digits than repr needs."""
    for values, dtype, kind in (
        (doubles, pl.Float64(), np.float64),
        (singles, pl.Float32(), np.float32),
    ):
        memory = Memory()
        writer = make_writer("csv", memory, {"x": dtype}, ",", escape_formulas=True)
        writer.write(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}))
        for value, text in zip(values, memory.bytes.decode().split()[1:], strict=True):
            assert kind(read_number(text)).tobytes() == kind(value).tobytes()
            shortest = np.format_float_scientific(kind(value))
            assert Decimal(text).normalize() == Decimal(shortest).normalize()


def test_r97_the_locale_changes_nothing(tmp_path):
    program = (
        "import locale, sys, polars as pl\n"
        "for name in ('de_DE.UTF-8', 'fr_FR.UTF-8', ''):\n"
        "    try:\n"
        "        locale.setlocale(locale.LC_ALL, name)\n"
        "        break\n"
        "    except locale.Error:\n"
        "        pass\n"
        "from nnspec.tables.write.output import make_writer, open_writer\n"
        "with open_writer('-', {'x': pl.Float64()}) as writer:\n"
        "    writer.write(pl.DataFrame({'x': [0.5]}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "LC_ALL": "de_DE.UTF-8"},
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == b"x\n0.5\n"


@pytest.mark.parametrize("by_cell", [False, True])
def test_r98_json_is_always_valid(by_cell, tmp_path):
    cells = pl.Series("c", ["\x01\u2028é"] * 5)
    if by_cell:
        mixed = ['x\n"\x01\u2028é', None, True, 2**70, 0.5]
        cells = pl.Series("c", mixed, dtype=pl.Object)
    frame = pl.DataFrame({"c": cells, "x": [1.0, float("nan"), float("inf"), float("-inf"), None]})
    with open_writer(tmp_path / "t.ndjson", dict(frame.schema)) as writer:
        writer.write(frame)

    def refuse(name):
        pytest.fail(f"{name} is no JSON")

    lines = (tmp_path / "t.ndjson").read_text().split("\n")
    rows = [json.loads(line, parse_constant=refuse) for line in lines if line]
    assert [row["x"] for row in rows] == [1.0, None, None, None, None]
    assert [row["c"] for row in rows] == cells.to_list()


def test_values_of_any_type_are_texts_where_columns_have_one_type(tmp_path):
    cells = pl.Series("c", ["=x", None, True, 2**70, 0.5, 3], dtype=pl.Object, strict=False)
    for kind in ("csv", "parquet", "arrow"):
        with open_writer(tmp_path / f"t.{kind}", {"c": pl.Object()}) as writer:
            writer.write(pl.DataFrame({"c": cells}))
    texts = ["=x", None, "true", str(2**70), "0.5", "3"]
    assert pl.read_parquet(tmp_path / "t.parquet")["c"].to_list() == texts
    assert pl.read_ipc(tmp_path / "t.arrow")["c"].to_list() == texts
    assert (tmp_path / "t.csv").read_text().splitlines()[:3] == ["c", "'=x", '""']


@pytest.mark.parametrize(
    ("dtype", "refused"),
    [
        (pl.List(pl.Int8), {"csv"}),
        (pl.Struct({"a": pl.Int8}), {"csv"}),
        (pl.Binary(), {"csv", "ndjson"}),
        (pl.Date(), set()),
        (pl.Decimal(9, 2), set()),
        (pl.Boolean(), set()),
    ],
)
def test_what_a_format_cannot_hold_is_known_before_any_row(dtype, refused, tmp_path):
    for kind in FORMATS:
        path = tmp_path / f"t.{kind}"
        if kind in refused:
            with pytest.raises(RequestError, match="column 'x' is of type"):
                open_writer(path, {"x": dtype})
            assert not path.exists()
            assert not leftovers(tmp_path)
        else:
            with open_writer(path, {"x": dtype}) as writer:
                writer.write(pl.DataFrame(schema={"x": dtype}))


def test_dates_are_written_as_iso_8601(tmp_path):
    with open_writer(tmp_path / "t.csv", {"d": pl.Date()}) as writer:
        writer.write(pl.DataFrame({"d": [date(2024, 1, 31)]}))
    assert (tmp_path / "t.csv").read_text() == "d\n2024-01-31\n"


def test_the_extension_tells_the_format_and_the_delimiter(tmp_path):
    with open_writer(tmp_path / "t.tsv", TYPES) as writer:
        writer.write(FRAME.head(2))
    assert (tmp_path / "t.tsv").read_text() == "id\tprice\na\t0.1\nb,c\t1e+300\n"
    with open_writer(tmp_path / "t.dat", TYPES, "ndjson") as writer:
        writer.write(FRAME.head(1))
    assert (tmp_path / "t.dat").read_text() == '{"id":"a","price":0.1}\n'
    for name, help_ in {"t.ods": "known are", "t": "known are", "t.csv.gz": "packed"}.items():
        with pytest.raises(RequestError, match="does not tell the format") as caught:
            open_writer(tmp_path / name, TYPES)
        assert help_ in caught.value.help
    with pytest.raises(RequestError, match="no format 'cvs'") as caught:
        open_writer(tmp_path / "t.csv", TYPES, "cvs")
    assert "'csv'" in caught.value.help


def test_r113_of_two_writers_of_one_file_one_wins_whole(tmp_path):
    path = tmp_path / "t.csv"
    with open_writer(path, TYPES) as first, open_writer(path, TYPES) as second:
        for n in range(100):
            first.write(pl.DataFrame({"id": ["first"], "price": [float(n)]}))
            second.write(pl.DataFrame({"id": ["second"], "price": [float(n)]}))
    read = pl.read_csv(path)
    assert read.height == 100
    assert read["id"].n_unique() == 1
    assert not leftovers(tmp_path)


def test_r118_odd_names_of_files(tmp_path):
    for name in ("a b.csv", "-t.csv", "a\nb.csv", "é.csv", os.fsdecode(b"\xff.csv")):
        with open_writer(tmp_path / name, TYPES) as writer:
            writer.write(FRAME)
        assert (tmp_path / name).exists()
        with pytest.raises(OutputError) as caught:
            open_writer(tmp_path / "none" / name, TYPES)
        assert str(caught.value).isprintable()


def test_r117_writers_leave_no_file_open(tmp_path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for kind in FORMATS * 3:
        with open_writer(tmp_path / f"t.{kind}", TYPES) as writer:
            writer.write(FRAME)
        with pytest.raises(BrokenError), open_writer(tmp_path / f"t.{kind}", TYPES):
            raise BrokenError
        target = FileTarget(tmp_path / "u", None)
        target.abort()
        target.abort()
    time.sleep(0.05)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
