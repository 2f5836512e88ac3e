"""CSV: what is read, and what is refused and where."""

from __future__ import annotations

import csv
import io
import itertools
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from table_helpers import bind_csv, faults, read_csv, values

from nnspec.spec.model import Input
from nnspec.tables.csv.checks import count_records, within_quotes
from nnspec.tables.csv.records import Origin, RecordScanner, Syntax
from nnspec.tables.csv.source import CsvOptions, CsvSource
from nnspec.tables.errors import RequestError, TableError
from nnspec.tables.opening import open_source
from nnspec.tables.source import Selection

BLOCKS = (1, 2, 7, 64, 4 * 2**20)


def refusal(data: bytes, **options) -> TableError:
    """The refusal of a table, which must be the same for any size of block."""
    found = []
    for block_bytes in BLOCKS:
        with pytest.raises(TableError) as caught:
            read_csv(data, block_bytes=block_bytes, **options)
        found.append(caught.value)
    assert {(str(error), error.place, error.help) for error in found} == {
        (str(found[0]), found[0].place, found[0].help)
    }
    return found[0]


def test_columns_are_read_as_asked_for():
    table = read_csv(b"id,area,kind\n007,1.50,a\n008,2,b\n", "area", "kind", "id area")
    assert table.numbers == [{"area": 1.5, "kind": "a"}, {"area": 2.0, "kind": "b"}]
    assert table.kept == [{"id": "007", "area": "1.50"}, {"id": "008", "area": "2"}]


def test_r61_bom_is_no_part_of_the_first_name():
    assert read_csv(b"\xef\xbb\xbfarea\n1\n", "area").numbers == [{"area": 1.0}]
    assert read_csv("area\n1\n".encode("utf-16"), "area", encoding="utf-16").numbers


def test_one_column_may_have_no_name():
    """As pandas writes its index."""
    with CsvSource(io.BytesIO(b",area\n0,1.5\n"), "t.csv") as source:
        batch = next(iter(source.batches(Selection(("area", ""), (), ("", "area")))))
    assert batch.columns.rows(named=True) == [{"area": 1.5, "": 0.0}]
    assert batch.kept.rows(named=True) == [{"": "0", "area": "1.5"}]


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_r62_latin1_is_refused_with_its_offset(block_bytes):
    data = b"area,town\n" + b"1,x\n" * 50 + b"2,Z\xfcrich\n"
    error = refusal(data)
    offset = data.index(b"\xfc")
    assert f"not UTF-8 at byte {offset}: fc 72 69 63" in str(error)
    assert (error.place.row, error.place.line, error.place.offset) == (51, 52, offset)
    assert "--encoding cp1252" in error.help
    read = read_csv(data, "area", kept="town", encoding="latin-1", block_bytes=block_bytes)
    assert read.kept[-1] == {"town": "Zürich"}


def test_r62_utf16_is_named():
    data = "area\n1\n".encode("utf-16")
    assert "--encoding utf-16" in refusal(data).help
    without_mark = refusal("area,b\n1,2\n".encode("utf-16-le"))
    assert "NUL" in str(without_mark)
    assert "--encoding utf-16" in without_mark.help


def test_r62_bytes_that_another_encoding_lacks_are_refused():
    with pytest.raises(TableError, match="not ascii at byte 2: e9 0a") as caught:
        read_csv(b"a\n\xe9\n", encoding="ascii")
    assert caught.value.place.offset == 2
    with pytest.raises(TableError, match="not utf-16-le at byte 6: d8"):
        read_csv("a\n1".encode("utf-16-le") + b"\xd8", encoding="utf-16-le")
    with pytest.raises(RequestError, match="'utf-99'"):
        CsvOptions(encoding="utf-99")
    with pytest.raises(RequestError, match="'zip'"):
        CsvOptions(encoding="zip")


def test_r63_short_row_is_rejected():
    error = refusal(b"a,b,c\n1,2,3\n4,5\n6,7,8\n")
    assert str(error) == "t.csv:3: row 2 has 2 cells where the header has 3"
    assert error.place.row == 2


def test_r64_long_row_is_rejected():
    error = refusal(b"a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n")
    assert str(error) == "t.csv:3: row 2 has 4 cells where the header has 3"


def test_r64_a_long_row_does_not_make_up_for_a_short_one():
    assert "row 2 has 1 cells" in str(refusal(b"a,b\n1,2\n3\n4,5,6\n"))
    assert "row 2 has 3 cells" in str(refusal(b"a,b\n1,2\n3,4,5\n6\n"))


def test_r65_duplicate_names_are_refused():
    error = refusal(b"area,age,area\n1,2,3\n")
    assert str(error) == "t.csv:1: columns 1 and 3 have the same name, 'area'"


@pytest.mark.parametrize("text", ["NA", "null", "None"])
def test_r68_words_for_a_missing_value_are_refused_unless_listed(text):
    data = f"a,b\n1,2\n{text},3\n".encode()
    assert faults(bind_csv(data, Input("a"))) == [(2, "a", text, "not-a-number")]
    assert faults(bind_csv(data, Input("a"), null_values=(text,))) == [(2, "a", text, "missing")]
    stand_in = Input("a", missing=9.0)
    assert values(bind_csv(data, stand_in, null_values=(text,)), "a") == [1, 9]


def test_r68_the_empty_cell_is_a_missing_value():
    data = b'a,b\n,1\n"",2\n3,3\n'
    assert faults(bind_csv(data, Input("a"))) == [(1, "a", "", "missing"), (2, "a", "", "missing")]
    assert values(bind_csv(data, Input("a", missing=0.5)), "a") == [0.5, 0.5, 3]


def test_a_null_value_that_is_a_number_is_no_number():
    data = b"a,b\n-999,1\n 2,-999\n"
    assert values(bind_csv(data, Input("a", missing=0), null_values=("-999",)), "a") == [0, 2]
    assert read_csv(data, "a", kept="b", null_values=("-999",)).kept[1] == {"b": "-999"}


@pytest.mark.parametrize(
    ("text", "code"), [("nan", "nan"), ("inf", "infinite"), ("1e400", "overflow")]
)
def test_r69_what_is_not_finite_is_refused(text, code):
    assert faults(bind_csv(f"a,b\n{text},1\n".encode(), Input("a"))) == [(1, "a", text, code)]


def test_r71_decimal_comma_is_refused_with_a_hint():
    bound = bind_csv(b"a;b\n1,5;2\n", Input("a"), delimiter=";")
    fault = next(bound[0].faults())
    assert (fault.value, fault.code) == ("1,5", "not-a-number")
    assert "decimal comma" in fault.help


@pytest.mark.parametrize(("delimiter", "shown"), [(";", "';'"), ("\t", "tab"), ("|", "'|'")])
def test_r71_delimiters_are_asked_for_and_never_guessed(delimiter, shown):
    data = f"a{delimiter}b\n1{delimiter}2\n".encode()
    assert f"--delimiter {shown}" in refusal(data).help
    assert read_csv(data, "a b", delimiter=delimiter).numbers == [{"a": 1.0, "b": 2.0}]


def test_one_column_may_have_a_delimiter_in_its_quoted_name():
    assert read_csv(b'"a;b"\n1\n').header == ("a;b",)


@pytest.mark.parametrize("delimiter", ["", ",,", "a", "1", '"', "\n", "é", "-", "."])
def test_what_cannot_separate_cells_is_refused(delimiter):
    with pytest.raises(RequestError, match="cannot separate"):
        CsvOptions(delimiter=delimiter)


def test_tab_has_a_name_and_an_extension(tmp_path):
    assert CsvOptions(delimiter="tab").delimiter == "\t"
    (tmp_path / "t.tsv").write_bytes(b"a\tb\n1\t2\n")
    with open_source(tmp_path / "t.tsv") as source:
        assert source.header == ("a", "b")


def test_r74_quotes_hold_line_ends_delimiters_and_quotes():
    table = read_csv(b'a,b\n1,"x\ny, ""z"""\n2,"\r\n"\n"3",w\n', "a", kept="b")
    assert table.numbers == [{"a": 1.0}, {"a": 2.0}, {"a": 3.0}]
    assert [row["b"] for row in table.kept] == ['x\ny, "z"', "\r\n", "w"]


def test_r74_an_unclosed_quote_is_named_with_its_opening_line():
    error = refusal(b'a,b\n1,x\n2,"y\n3,z\n4,w\n')
    assert "the quoted cell 2 of row 2 (column 'b'), opened in line 3, never closes" in str(error)
    assert error.place.line == 3


def test_r74_a_quote_that_closes_too_late_is_named_with_its_opening_line():
    error = refusal(b'a,b\n1,"y\n2,"z"\n')
    assert "'z' follows the closing quote of cell 2 of row 1 (column 'b')" in str(error)
    assert "opened in line 2" in str(error)


@pytest.mark.parametrize("row", [b'5" pipe,1', b' "x",1', b'"x" ,1', b'x"",1', b'1,a"'])
def test_quotes_within_bare_cells_are_refused(row):
    assert refusal(b"a,b\n" + row + b"\n").place.row == 1


def test_r75_nul_is_refused():
    error = refusal(b"a,b\n1,2\n3,\x004\n")
    assert "NUL" in str(error)
    assert (error.place.row, error.place.offset) == (2, 10)


def test_r75_carriage_returns_alone_end_no_line():
    assert "a carriage return without a line feed" in str(refusal(b"a,b\r1,2\r3,4\r"))
    assert refusal(b"a,b\n1,2\n3,\r4\n").place.row == 2


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b"\n\r\n\n"])
@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_r75_line_ends_may_be_mixed_and_the_last_may_lack(end, block_bytes):
    data = b"a,b\r\n1,x\n2,y\r\n3,z" + end
    table = read_csv(data, "a", kept="b", block_bytes=block_bytes)
    assert table.numbers == [{"a": 1.0}, {"a": 2.0}, {"a": 3.0}]
    assert [row["b"] for row in table.kept] == ["x", "y", "z"]


def test_r75_a_blank_line_between_rows_is_refused():
    error = refusal(b"a,b\n1,2\n\r\n\n3,4\n")
    assert str(error) == "t.csv:3: line 3 is blank, before row 2"
    assert refusal(b"a,b\n\n3,4\n").place.line == 2


def test_r75_in_a_table_of_one_column_too_only_the_end_may_be_blank():
    """A missing value is written as quotes there; what is written is read back."""
    data = b'a\n1\n""\n3\n""\n\n\r\n'
    assert values(bind_csv(data, Input("a", missing=0)), "a") == [1, 0, 3, 0]
    assert str(refusal(b"a\n1\n\n3\n")) == "t.csv:3: line 3 is blank, before row 2"
    assert refusal(b"a\n\n3\n").place.line == 2
    assert refusal(b"a\n1\n3\r").place.row == 2, "a lone carriage return ends no line"


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
def test_r76_an_empty_file_is_refused(data):
    assert "header" in str(refusal(data))


def test_r76_a_header_alone_gives_no_row():
    for data in (b"a,b", b"a,b\n", b"a,b\r\n", b"a,b\n\n\n", b"a\n"):
        table = read_csv(data, "a")
        assert table.numbers == []
        assert table.header[0] == "a"


def test_a_blank_first_line_is_refused():
    assert "the first line is blank" in str(refusal(b"\na,b\n1,2\n"))


def test_r77_a_comment_or_sep_is_no_header():
    assert "remove it" in refusal(b"# made by hand\na,b\n1,2\n").help
    assert "--delimiter ';'" in refusal(b"sep=;\na;b\n1;2\n").help
    assert read_csv(b'"#a",b\n1,2\n').header == ("#a", "b")


class Endless:
    """A stream that goes on and on, and counts what was read of it."""

    def __init__(self, start: bytes, chunk: bytes) -> None:
        self._start = start
        self._chunk = chunk
        self.n_read = 0

    def read(self, size: int) -> bytes:
        endless = self._chunk * (size // len(self._chunk) + 1)
        data = self._start if self._start else endless[:size]
        self._start = b""
        self.n_read += len(data)
        if self.n_read > 2**30:
            pytest.fail("a gigabyte was read")
        return data

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("start", "chunk", "message"),
    [
        (b"a,b\n1,", b"x", "cell 2 of row 1 (column 'b') is longer than 1 MiB"),
        (b'a,b\n1,"', b"x\n", "the quoted cell 2 of row 1 (column 'b'), opened in line 2, exceeds"),
        (b"a,b\n", b"1,", "row 1 has more than 100,000 cells"),
        (b"a,b\n", b"x" * 10_000 + b",", "row 1 is longer than 16 MiB"),
        (b"a,", b"b,", "the header has more than 100,000 cells"),
        (b"", b"x", "cell 1 of the header is longer than 1 MiB"),
        (b"a,b\n", b"\0", "NUL"),
    ],
)
def test_r78_an_endless_line_is_refused_in_bounded_memory(start, chunk, message):
    stream = Endless(start, chunk)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(TableError) as caught:
        list(CsvSource(stream, "t.csv").batches(Selection(("a",))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message in str(caught.value)
    assert time.process_time() - began < 10
    assert peak < 150 * 2**20
    assert stream.n_read <= 2**25


def test_r78_a_cell_of_one_mebibyte_is_the_longest():
    longest = b"x" * 2**20
    for cell in (longest, b'"' + longest + b'"'):
        data = b"a,b\n1," + cell + b"\n2,y\n"
        for block_bytes in (2**16, 2**22):
            table = read_csv(data, "a", kept="b", block_bytes=block_bytes)
            assert [len(row["b"]) for row in table.kept] == [2**20, 1]
    for cell in (longest + b"x", b'"' + longest + b'x"'):
        for block_bytes in (2**16, 2**22):
            with pytest.raises(TableError, match="1 MiB"):
                read_csv(b"a,b\n1," + cell + b"\n2,y\n", block_bytes=block_bytes)


def test_r79_a_million_columns_are_bounded():
    header = b",".join(b"c%d" % index for index in range(1_000_000))
    began = time.process_time()
    with pytest.raises(TableError, match="the header has more than 100,000 cells"):
        CsvSource(io.BytesIO(header + b"\n"), "t.csv")
    assert time.process_time() - began < 10


def test_r80_a_late_fault_is_the_same_fault():
    early = faults(bind_csv(b"a,b\nx,1\n", Input("a")))
    late = faults(bind_csv(b"a,b\n" + b"1,1\n" * 200_000 + b"x,1\n", Input("a"), block_bytes=2**16))
    assert [fault[1:] for fault in late] == [fault[1:] for fault in early]
    assert late[0][0] == 200_001


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PK\x03\x04\0", ".xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"ARROW1\0\0", "Arrow"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
    ],
)
def test_r81_other_formats_named_csv_are_told_by_their_first_bytes(start, kind):
    error = refusal(start + b"\0\1\2\n")
    assert kind in str(error)
    assert "not CSV" in str(error)
    assert error.help


SMALL = b"area,age\n" + b"".join(b"%d,%d\n" % (n, n % 90) for n in range(5000))


def read_in_a_process(arguments: list[str], **options) -> subprocess.CompletedProcess:
    program = (
        "import sys\n"
        "from nnspec.tables.opening import open_source\n"
        "from nnspec.tables.source import Selection\n"
        "total = 0\n"
        "try:\n"
        "    with open_source(sys.argv[1], 'csv') as source:\n"
        "        for batch in source.batches(Selection(('area', 'age'))):\n"
        "            total += batch.columns['area'].sum() + batch.n_rows\n"
        "except Exception as error:\n"
        "    sys.exit(f'{type(error).__name__}: {error}')\n"
        "print(total)\n"
    )
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=root, capture_output=True, timeout=60,
        check=False, **options,
    )  # fmt: skip


def test_r82_standard_input_gives_what_the_file_gives(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(SMALL)
    from_file = read_in_a_process([str(path)], stdin=subprocess.DEVNULL)
    from_pipe = read_in_a_process(["-"], input=SMALL)
    assert from_file.stdout == from_pipe.stdout == b"12502500.0\n"


def test_r82_empty_standard_input_is_refused():
    done = read_in_a_process(["-"], stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert b"TableError: <stdin>: the table is empty" in done.stderr


def test_r82_a_terminal_is_refused_at_once():
    leader, follower = os.openpty()
    try:
        done = read_in_a_process(["-"], stdin=follower)
    finally:
        os.close(leader)
        os.close(follower)
    assert b"RequestError: the table is to come from standard input" in done.stderr


def test_r82_closed_standard_input_is_refused():
    root = Path(__file__).parents[2]
    program = "from nnspec.tables.opening import open_source; open_source('-')"
    done = subprocess.run(
        f"{sys.executable} -c \"{program}\" <&-", shell=True, cwd=root, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert b"RequestError: standard input is closed" in done.stderr


def test_r88_a_folder_is_no_table(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_source(tmp_path, "csv")


def test_r117_files_are_closed(tmp_path):
    """Many tables, whole ones and refused ones, leave no file open."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(b"a,b\n1,2\n")
    bad.write_bytes(b"a,a\n1,2\n")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        with open_source(good) as source:
            assert [batch.n_rows for batch in source.batches(Selection(("a",)))] == [1]
        with pytest.raises(TableError):
            open_source(bad)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


CELLS = st.text('ab1,;"\n\r\t -+.é', max_size=4)


@st.composite
def csv_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], bytes]:
    """A header, rows, and one way to write them."""
    width = draw(st.integers(1, 3))
    header = [f"c{index}" for index in range(width)]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    end = st.sampled_from(["\n", "\r\n"])
    text = "".join(
        ",".join(_written(cell, quoted=draw(st.booleans()) or row == [""]) for cell in row)
        + draw(end)
        for row in [header, *rows]
    )
    blank_ends = draw(st.booleans())
    return header, rows, (text + ("\n\r\n" if blank_ends else "")).encode()


def _written(cell: str, *, quoted: bool) -> str:
    if quoted or set(cell) & set(',"\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@given(csv_tables(), st.sampled_from([1, 2, 3, 5, 16, 100, 2**22]))
def test_cells_are_read_as_they_were_written(table, block_bytes):
    """Whatever the quoting, the line ends and the size of blocks; also as Python's reader does."""
    header, rows, data = table
    read = read_csv(data, kept=" ".join(header), block_bytes=block_bytes)
    assert [["" if c is None else c for c in row.values()] for row in read.kept] == rows
    reader = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    assert [row for row in reader if row] == [header, *rows]


@given(csv_tables())
def test_well_formed_blocks_pass_at_once(table):
    """No sound table, whatever it quotes, is left to the slow reading record by record."""
    header, rows, data = table
    whole = data.removesuffix(b"\n\r\n")
    syntax = Syntax(ord(","), tuple(header))
    assert count_records(whole, syntax) == len(rows) + 1


@st.composite
def damaged_tables(draw: st.DrawFn) -> bytes:
    """A table of which a few bytes were changed."""
    damaged = bytearray(draw(csv_tables())[2])
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, max(len(damaged) - 1, 0)))
        damaged[place : place + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"x", b"", b"\n\n"])
        )
    return bytes(damaged)


@given(damaged_tables())
def test_the_size_of_blocks_changes_nothing(damaged):
    """Neither rows nor the refusal of a damaged table, to the letter."""
    outcomes = []
    for block_bytes in (1, 3, 10, 2**22):
        try:
            read = read_csv(damaged, kept="", block_bytes=block_bytes)
            kept = read_csv(damaged, block_bytes=block_bytes, **_whole(read.header)).kept
            outcomes.append((read.header, kept))
        except TableError as error:
            outcomes.append((str(error), error.place, error.help))
    assert all(outcome == outcomes[0] for outcome in outcomes)


@given(
    st.one_of(
        damaged_tables(),
        # Lines that may have too few cells or too many, as often in sum as not.
        st.lists(st.sampled_from(["1", "1,2", "1,2,3", "", ",", ",2", "1,"]), max_size=6).map(
            lambda lines: "".join(f"{line}\n" for line in ["a,b", *lines]).encode()
        ),
    )
)
@example(b"a,b\n1,2\n3\n4,5,6\n")
@example(b"a,b\n1\n2,3,4\n")
def test_whichever_columns_are_read_a_table_is_the_same(data):
    """Its rows and its refusals."""
    outcomes = []
    for chosen in ((), (0,), (-1,), (0, -1)):
        for kind in ("numbers", "texts", "kept"):
            try:
                with CsvSource(io.BytesIO(data), "t.csv") as source:
                    names = tuple(dict.fromkeys(source.header[at] for at in chosen))
                    batches = source.batches(Selection(**{kind: names}))
                    outcomes.append(sum(batch.n_rows for batch in batches))
            except TableError as error:
                outcomes.append((str(error), error.place, error.help))
    assert all(outcome == outcomes[0] for outcome in outcomes)


def _whole(header: tuple[str, ...]) -> dict[str, str]:
    return {"kept": " ".join(header)} if all(name.split() == [name] for name in header) else {}


@given(st.lists(st.sampled_from(list(b'"",\n\n\r\nx\xc3\xa9\0')), max_size=30), st.integers(1, 3))
def test_what_passes_at_once_passes_record_by_record(choice, width):
    """The quick judgement of a block accepts nothing that the definition refuses."""
    data = bytes(choice) + b"\n"
    syntax = Syntax(ord(","), tuple("abc"[:width]))
    counted = count_records(data, syntax)
    try:
        scanner = RecordScanner(data, syntax, Origin("t.csv", 1, 2, 0), ended=True)
        defined = sum(1 for _ in scanner.records())
    except TableError:
        defined = None
    assert counted is None or counted == defined


@given(st.binary(max_size=40).map(lambda data: data.replace(b"q", b'"')))
def test_within_quotes_counts_the_quotes_so_far(data):
    import numpy as np

    running = itertools.accumulate((byte == ord('"') for byte in data), lambda a, b: a ^ b)
    if data:
        found = within_quotes(np.frombuffer(data, np.uint8))
        assert found.tolist() == [bool(parity) for parity in running]


def test_a_disagreement_with_polars_is_no_silent_loss(monkeypatch):
    source = CsvSource(io.BytesIO(b"a,b\n1,2\n3,4\n"), "t.csv")
    monkeypatch.setattr("nnspec.tables.csv.blocks.count_records", lambda *_: 3)
    with pytest.raises(TableError, match="read 2 rows where 3 stand"):
        list(source.batches(Selection(("a",))))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"], ids=["unended", "ended"])
@pytest.mark.parametrize("text", ["word", '"two\nlines, ""quoted"""', "x" * 70_000])
def test_a_file_gives_what_the_same_bytes_in_memory_give(tmp_path, end, last, text):
    """Reads of a file end with a line where they can; wherever they end, nothing is lost."""
    rows = [f"{i},{text if i % 500 == 7 else 'cell' * (i % 9)}" for i in range(5_000)]
    data = (end.join(["a,b", *rows]) + last.replace("\n", end)).encode()
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    for block_bytes in (2**16 + 1, 100_000, 2**18):
        options = CsvOptions(block_bytes=block_bytes)
        found = []
        for stream in (path.open("rb", buffering=0), io.BytesIO(data)):
            with CsvSource(stream, "t.csv", options) as source:
                batches = list(source.batches(Selection(("a",), (), ("b",))))
            found.append(
                pl.concat([pl.concat([b.columns, b.kept], how="horizontal") for b in batches])
            )
        assert found[0].equals(found[1])
        assert found[0]["a"].to_list() == list(range(5_000))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_a_decimal_comma_is_a_point_elsewhere(numbers):
    """Any number reads back to its bits, and what has a point is no number then."""
    text = "".join(f"{str(number).replace('.', ',')};{number}\n" for number in numbers)
    bounds = bind_csv(b"a;b\n" + text.encode(), Input("a"), decimal=",", delimiter=";")
    assert values(bounds, "a") == numbers
    codes = {code for _, _, _, code in faults(bind_csv(
        b"a;b\n" + text.encode(), Input("b"), decimal=",", delimiter=";"))}  # fmt: skip
    pointed = any("." in str(number) for number in numbers)
    assert codes == ({"not-a-number"} if pointed else set())


@pytest.mark.parametrize("cell", ["1.850,5", "1.5", "1,5,0", "1'5"])
def test_beside_a_decimal_comma_nothing_is_guessed(cell):
    bounds = bind_csv(f"a;b\n{cell};1\n".encode(), Input("a"), decimal=",", delimiter=";")
    assert faults(bounds) == [(1, "a", cell, "not-a-number")]


def test_one_sign_cannot_separate_both():
    with pytest.raises(RequestError, match="cannot separate cells and decimals"):
        CsvOptions(delimiter=",", decimal=",")
