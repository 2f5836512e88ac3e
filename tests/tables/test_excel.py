"""Excel workbooks, read and written: exact cells, nothing lost, damage refused."""

from __future__ import annotations

import datetime
import io
import math
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import nnspec

from nnspec.tables.errors import RequestError, TableError
from nnspec.tables.opening import open_source
from nnspec.tables.source import Selection
from nnspec.tables.write.output import open_writer

SPEC = """\
nnspec: 1
name: homes
inputs:
  area: {range: [0, 9000]}
  rooms: {type: integer, missing: 3}
  sold: {type: boolean}
  state: {type: category, categories: [poor, good]}
layers:
  - name: output
    neurons:
      price: {bias: 1, synapses: {area: 0.1, rooms: 2, sold: 5, state.good: 7}}
"""

ROWS = "xl/worksheets/sheet1.xml"


def read_back(path: Path, sheet: str | None = None) -> dict[str, list[object]]:
    with open_source(path, sheet=sheet) as source:
        found: dict[str, list[object]] = {name: [] for name in source.header}
        for batch in source.batches(Selection(kept=source.header)):
            for column in batch.kept:
                found[column.name] += column.to_list()
    return found


def workbook(path: Path, *rows: list[object], title: str = "S") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def with_sheet(path: Path, cells: str) -> Path:
    """A workbook whose sheet holds these elements."""
    whole = io.BytesIO()
    workbook(path, ["a", "b"])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == ROWS:
                head, _, rest = text.partition(b"<sheetData>")
                tail = rest.partition(b"</sheetData>")[2]
                text = head + b"<sheetData>" + cells.encode() + b"</sheetData>" + tail
            new.writestr(name, text)
    path.write_bytes(whole.getvalue())
    return path


HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'

TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("_x0041Dd=+-@\r\n\t #'")),
    min_size=1, max_size=12,
)  # fmt: skip
CELLS = {
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "whole": st.integers(-(2**53), 2**53),
    "yes": st.booleans(),
    "text": TEXTS,
}
TYPES: dict[str, pl.DataType] = {
    "number": pl.Float64(), "whole": pl.Int64(), "yes": pl.Boolean(), "text": pl.String(),
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({name: st.none() | cells for name, cells in CELLS.items()}),
        min_size=1, max_size=6,
    ).filter(lambda rows: any(value is not None for value in rows[-1].values())),
)  # fmt: skip
def test_what_is_written_reads_back_the_same(tmp_path_factory, rows):
    """Bits of numbers, every letter of texts, types of cells, and which cells are empty."""
    path = tmp_path_factory.mktemp("excel") / "t.xlsx"
    frame = pl.DataFrame(rows, schema=TYPES, orient="row")
    with open_writer(path, TYPES) as writer:
        writer.write(frame)
    found = read_back(path)
    assert list(found) == list(TYPES)
    for name, cells in found.items():
        for cell, row in zip(cells, rows, strict=True):
            assert type(cell) is type(row[name])
            assert cell == row[name]
            if isinstance(cell, float):
                assert math.copysign(1, cell) == math.copysign(1, row[name])


@given(name=TEXTS)
@settings(max_examples=30, deadline=None)
def test_names_of_columns_read_back_the_same(tmp_path_factory, name):
    path = tmp_path_factory.mktemp("excel") / "t.xlsx"
    with open_writer(path, {name: pl.Float64()}) as writer:
        writer.write(pl.DataFrame({name: [1.5]}))
    assert read_back(path) == {name: [1.5]}


def test_a_text_is_never_a_formula(tmp_path):
    path = tmp_path / "t.xlsx"
    with open_writer(path, {"=a": pl.String()}) as writer:
        writer.write(pl.DataFrame({"=a": ["=1+1", "#N/A", "@x", "2024-01-01"]}))
    cells = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows()]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == ["=a", "=1+1", "#N/A", "@x", "2024-01-01"]


def test_dates_are_written_as_excels_own_and_read_as_their_text(tmp_path):
    path = tmp_path / "t.xlsx"
    days = [datetime.date(1900, 3, 1), datetime.date(9999, 12, 31)]
    moments = [datetime.datetime(2024, 2, 29, 23, 59, 59, 999_000), datetime.datetime(2000, 1, 1)]
    frame = pl.DataFrame({"day": days, "at": moments})
    with open_writer(path, frame.schema) as writer:
        writer.write(frame)
    sheet = openpyxl.load_workbook(path).active
    assert [sheet["A2"].value.date(), sheet["A3"].value.date()] == days
    assert [sheet["B2"].value, sheet["B3"].value] == moments
    assert read_back(path) == {
        "day": ["1900-03-01", "9999-12-31"],
        "at": ["2024-02-29T23:59:59.999000", "2000-01-01"],
    }


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2**53 + 1, "an integer that no double holds"),
        (datetime.date(1900, 2, 28), "a date before March 1900"),
        (datetime.datetime(2024, 1, 1, 0, 0, 0, 1), "a time finer than milliseconds"),
        ("x" * 32_768, "a text of more than 32,767 letters"),
    ],
)
def test_a_value_that_excel_would_change_is_refused_by_its_row(tmp_path, value, said):
    frame = pl.DataFrame({"kept": [None, value]})
    with (
        pytest.raises(TableError, match=f"row 2: column 'kept' holds {said}"),
        open_writer(tmp_path / "t.xlsx", frame.schema) as writer,
    ):
        writer.write(frame)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "dtype",
    [pl.Duration(), pl.Time(), pl.Datetime("us", "UTC"), pl.List(pl.Int8), pl.Decimal(9, 2)],
)
def test_a_type_that_excel_does_not_have_is_refused_before_there_are_rows(tmp_path, dtype):
    with pytest.raises(RequestError, match=r"column 'k' is of type .*, which Excel cannot hold"):
        open_writer(tmp_path / "t.xlsx", {"k": dtype})


def run(*arguments: object) -> tuple[int, str]:
    done = nnspec(*[str(argument) for argument in arguments])
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "homes.yaml"
    path.write_text(SPEC)
    return path


def test_eval_reads_and_writes_workbooks_with_the_bits_of_csv(tmp_path, spec):
    rows = [["id", "area", "rooms", "sold", "state"],
            ["a", 0.1, 2, True, "good"], ["b", 1850.3, None, False, "poor"]]  # fmt: skip
    workbook(tmp_path / "in.xlsx", *rows)
    (tmp_path / "in.csv").write_text(
        "id,area,rooms,sold,state\na,0.1,2,true,good\nb,1850.3,,false,poor\n"
    )
    for form in ("xlsx", "csv"):
        status, said = run("eval", spec, tmp_path / f"in.{form}", "--keep", "all",
                           "-o", tmp_path / f"out-{form}.xlsx")  # fmt: skip
        assert (status, said) == (0, "")
    found = read_back(tmp_path / "out-xlsx.xlsx")
    assert found["price"] == read_back(tmp_path / "out-csv.xlsx")["price"]
    assert {name: cells for name, cells in found.items() if name != "price"} \
        == {"id": ["a", "b"], "area": [0.1, 1850.3], "rooms": [2, None], "sold": [True, False],
            "state": ["good", "poor"]}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["1850", 2, True, "good"], "column 'area': '1850' is text, where a number is expected"),
        ([True, 2, True, "good"], "column 'area'"),
        ([1.0, 2.5, True, "good"], "column 'rooms': '2.5' is not an integer"),
        ([1.0, 2, "yes", "good"], "column 'sold'"),
        ([1.0, 2, True, "Good"], "did you mean 'good'"),
        ([datetime.date(2024, 1, 1), 2, True, "good"], "'2024-01-01'"),
        ([None, 2, True, "good"], "column 'area': the cell is a missing value"),
    ],
)
def test_each_cell_is_judged_by_its_own_type(tmp_path, spec, row, said):
    table = workbook(tmp_path / "t.xlsx", ["area", "rooms", "sold", "state"], row)
    status, output = run("eval", spec, table)
    assert status == 1
    assert said in output


def test_a_sheet_is_named_where_several_are_shown(tmp_path, spec):
    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("homes 2024")
    sheet.append(["area", "rooms", "sold", "state"])
    sheet.append([10, 2, False, "poor"])
    table = tmp_path / "t.xlsx"
    book.save(table)
    status, output = run("eval", spec, table)
    assert status == 1
    assert "shows 2 sheets: 'notes', 'homes 2024'" in output
    assert "--sheet NAME" in output
    assert run("eval", spec, table, "--sheet", "homes 2024") == (0, "price\n6.0\n")
    status, output = run("eval", spec, table, "--sheet", "homes 2042")
    assert status == 1
    assert "did you mean 'homes 2024'" in output
    book["notes"].sheet_state = "hidden"
    book.active = 1
    book.save(table)
    assert run("eval", spec, table) == (0, "price\n6.0\n")
    (tmp_path / "t.csv").write_text("area\n1\n")
    status, output = run("eval", spec, tmp_path / "t.csv", "--sheet", "x")
    assert status == 2
    assert "--sheet is of an Excel workbook" in output


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ('<row r="2"><c r="A2"><f>1+1</f></c></row>', "A2 holds a formula without its value"),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="C2"><v>7</v></c></row>', "C2 holds a value below"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>',
         "row 2 stands after row 2"),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', "do not stand in order"),
        ('<row r="2"><c r="A3"><v>1</v></c></row>', "a cell of row 2 is named 'A3'"),
        ('<row r="2"><c r="A2"><v>x</v></c></row>', "cannot be read"),
        ('<row r="2"><c r="A2"><v>1</v></c>', "cannot be read"),
    ],
)  # fmt: skip
def test_what_a_library_would_pass_over_is_refused(tmp_path, cells, said):
    with pytest.raises(TableError, match=said):
        read_back(with_sheet(tmp_path / "t.xlsx", HEAD + cells))


def test_rows_that_a_sheet_leaves_out_are_empty_and_those_at_its_end_none(tmp_path):
    whole, error = "<v>9007199254740993</v>", "<v>#DIV/0!</v>"
    cells = f'<row r="3"><c r="A3">{whole}</c></row><row r="4"><c r="A4" t="e">{error}</c></row>'
    cells += '<row r="9"><c r="A9" s="0"/></row>'
    found = read_back(with_sheet(tmp_path / "t.xlsx", HEAD + cells))
    assert found == {"a": [None, 2**53 + 1, "#DIV/0!"]}


def test_a_formula_with_its_value_is_its_value(tmp_path):
    cells = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
    assert read_back(with_sheet(tmp_path / "t.xlsx", HEAD + cells)) == {"a": [2]}


@pytest.mark.parametrize(
    ("header", "said"),
    [([None, None], "first row is empty"), (["a", "a"], "two columns are named 'a'")],
)
def test_the_first_row_names_the_columns(tmp_path, header, said):
    with pytest.raises(TableError, match=said):
        read_back(workbook(tmp_path / "t.xlsx", header, [1, 2]))


def test_damage_is_refused_or_changes_nothing(tmp_path):
    """One byte of a workbook changed: an error, or the very same cells."""
    path = workbook(tmp_path / "t.xlsx", ["a", "b"], [1.5, "one"], [2.25, "two"])
    whole, expected = path.read_bytes(), read_back(path)
    refused = 0
    for place in range(0, len(whole), 23):
        damaged = bytearray(whole)
        damaged[place] ^= 1 + place % 255
        path.write_bytes(damaged)
        try:
            assert read_back(path) == expected, place
        except TableError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("kept", [0, 4, 30, -1, -40])
def test_a_file_that_is_no_workbook_is_refused(tmp_path, kept):
    path = workbook(tmp_path / "t.xlsx", ["a"], [1])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TableError):
        read_back(path)
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(TableError, match="this is not an Excel workbook"):
        read_back(path)


def test_without_the_library_it_is_named(tmp_path, spec, monkeypatch):
    table = workbook(tmp_path / "t.xlsx", ["area"], [1])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(RequestError, match="openpyxl, which is not installed") as refused:
        open_source(table)
    assert refused.value.help == "pip install 'nnspec[excel]'"
    with pytest.raises(RequestError, match="openpyxl, which is not installed"):
        open_writer(tmp_path / "o.xlsx", {"a": pl.Float64()})
    assert {*tmp_path.iterdir()} == {table, spec}


def test_the_library_is_loaded_for_workbooks_alone(tmp_path, spec):
    (tmp_path / "t.csv").write_text("area,rooms,sold,state\n1,1,1,good\n")
    run_it = (
        f"cli.main(['eval', {str(spec)!r}, {str(tmp_path / 't.csv')!r}], standalone_mode=False)"
    )
    code = f"import sys; from nnspec.cli import cli; {run_it}; assert 'openpyxl' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
