"""NDJSON: one object a line, read strictly."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_helpers import Table, drain, faults

from nnspec.spec.model import Input
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.columns import match_columns
from nnspec.tables.errors import TableError
from nnspec.tables.ndjson import rows as ndjson_rows
from nnspec.tables.ndjson import source as ndjson_source
from nnspec.tables.ndjson.source import NdjsonSource
from nnspec.tables.source import Selection


def read(data: bytes, numbers: str = "", texts: str = "", kept: str = "") -> Table:
    selection = Selection(tuple(numbers.split()), tuple(texts.split()), tuple(kept.split()))
    return drain(NdjsonSource(io.BytesIO(data), "t.ndjson"), selection)


def bound(data: bytes, *inputs: Input) -> list[Bound]:
    with NdjsonSource(io.BytesIO(data), "t.ndjson") as source:
        columns = match_columns(inputs, source.header)
        return [
            bind(inputs, batch.columns, columns, batch.first_row)
            for batch in source.batches(Selection.of(inputs, columns))
        ]


def test_rows_are_read_by_key_whatever_the_order():
    table = read(b'{"a":1,"c":"x"}\n{"c":"y","b":[],"a":2.5}\r\n\n', "a", "c", "c a")
    assert table.header == ("a", "c", "b")
    assert table.numbers == [{"a": 1.0, "c": "x"}, {"a": 2.5, "c": "y"}]
    assert table.kept == [{"c": "x", "a": 1}, {"c": "y", "a": 2.5}]


def test_a_missing_key_is_a_missing_value():
    rows = bound(b'{"a":1,"b":2}\n{"b":null}\n', Input("a"), Input("b", missing=5))
    assert faults(rows) == [(2, "a", "", "missing")]
    assert rows[0].values["b"].tolist() == [2, 5]


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (b'"12"', "12", "wrong-type"),
        (b"true", "true", "wrong-type"),
        (b"[1]", "[1]", "wrong-type"),
        (b'{"x":1}', "{'x': 1}", "wrong-type"),
        (b"1e400", "inf", "infinite"),
        (b"9007199254740993", "9007199254740993", "inexact"),
        (b"9" * 5000, "inf", "infinite"),
    ],
)
def test_r86_what_is_no_number_of_json_is_a_bad_cell(cell, value, code):
    rows = bound(b'{"a":1}\n{"a":' + cell + b"}\n", Input("a"))
    assert faults(rows) == [(2, "a", value, code)]
    assert rows[0].values["a"][0] == 1


def test_r86_a_column_of_strings_is_no_column_of_numbers():
    rows = bound(
        b'{"a":"1","b":"1"}\n{"a":"2","b":"true"}\n', Input("a"), Input("b", type="boolean")
    )
    assert [code for *_, code in faults(rows)] == ["wrong-type"] * 4


def test_booleans_and_categories_have_their_own_types():
    inputs = (Input("b", type="boolean"), Input("c", type="category", categories=("x", 2, True)))
    rows = bound(b'{"b":true,"c":"x"}\n{"b":0,"c":2}\n{"b":"true","c":true}\n', *inputs)
    assert rows[0].values["b"].tolist()[:2] == [1, 0]
    assert rows[0].values["c"].tolist() == [0, 1, 2]
    assert faults(rows) == [(3, "b", "true", "wrong-type")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a":1,"a":2}', "the key 'a' is given twice"),
        (b'{"a":{"b":1,"b":2}}', "the key 'b' is given twice"),
        (b'{"a":NaN}', "NaN is no number of JSON"),
        (b'{"a":-Infinity}', "-Infinity is no number of JSON"),
        (b"[1]", "the line holds no object; it begins with [1]"),
        (b"12", "the line holds no object"),
        (b'{"a":1', "this is no JSON"),
        (b'{"a":1} {"a":2}', "extra data, at character 9"),
        (b"{'a':1}", "this is no JSON"),
        (b'{"a":01}', "this is no JSON"),
        (b'{"a":1_000}', "this is no JSON"),
        (b'{"a":' + b"[" * 100_000, "nested too deep"),
        (b'{"a":"\\ud800"}', "half of a surrogate pair"),
        (b'{"\\udc00":1}', "half of a surrogate pair"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 22: ff 22 7d"),
        (b'{"a":"\0"}', "this is no JSON"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(line, message):
    with pytest.raises(TableError) as caught:
        read(b'{"a":1}\n{"a":2}\n' + line + b'\n{"a":3}\n')
    assert str(caught.value).startswith("t.ndjson:3: ")
    assert message in str(caught.value)
    assert (caught.value.place.row, caught.value.place.line) == (3, 3)


def test_r61_a_bom_is_no_part_of_the_first_line():
    assert read(b'\xef\xbb\xbf{"a":1}\n', "a").numbers == [{"a": 1.0}]


def test_r75_blank_lines_may_stand_at_the_end_alone():
    assert len(read(b'{"a":1}\n\n \r\n', "a").numbers) == 1
    with pytest.raises(TableError, match="line 2 is blank, before row 2"):
        read(b'{"a":1}\n\n{"a":2}\n', "a")


@pytest.mark.parametrize("data", [b"", b"\n", b"\n\n"])
def test_r76_an_empty_table_is_refused(data):
    with pytest.raises(TableError, match="it has no row"):
        read(data)


@pytest.mark.parametrize("data", [b"PAR1xxx", b"\x1f\x8b\x08", '{"a":1}'.encode("utf-16")])
def test_r81_what_is_no_text_is_told(data):
    with pytest.raises(TableError, match=r"not NDJSON|UTF-16"):
        read(data)


def test_r78_an_endless_line_is_refused(monkeypatch):
    monkeypatch.setattr(ndjson_rows, "LINE_BYTES", 1000)
    assert read(b'{"a":"' + b"x" * 990 + b'"}\n').header == ("a",)
    with pytest.raises(TableError, match="the line is longer than"):
        read(b'{"a":1}\n{"a":"' + b"x" * 1000)


@pytest.mark.parametrize("cell", [b"[1]", b'{"b":1}', b"1e999"])
def test_what_cannot_be_carried_through_is_refused(cell):
    with pytest.raises(TableError, match=r"row 2: column 'b', to be kept, holds") as caught:
        read(b'{"a":1,"b":1}\n{"a":1,"b":' + cell + b"}\n", "a", kept="b")
    assert caught.value.place.column == "b"


CELL = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), CELL), min_size=1), st.integers(1, 4))
def test_rows_are_carried_through_as_they_are(rows, at_once):
    """Whatever the size of batches; a key that no line has is no column."""
    data = "\n".join(json.dumps(row) for row in rows).encode()
    previous = ndjson_source.BATCH_ROWS, ndjson_source.HEADER_ROWS
    ndjson_source.BATCH_ROWS, ndjson_source.HEADER_ROWS = at_once, 3
    try:
        header = tuple(dict.fromkeys(key for row in rows[:3] for key in row))
        table = read(data, kept=" ".join(header))
    finally:
        ndjson_source.BATCH_ROWS, ndjson_source.HEADER_ROWS = previous
    assert table.header == header
    if header:
        assert table.kept == [{name: row.get(name) for name in header} for row in rows]
