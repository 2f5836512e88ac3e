"""Columns are found by name, and their types are checked before any row is read."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnspec.spec.model import Input
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.columns import check_types, match_columns
from nnspec.tables.errors import Place, RequestError, TableError

HOUSE = (Input("area"), Input("bedrooms", type="integer"), Input("age", column="years"))


def test_r66_all_missing_columns_are_listed_each_with_the_nearest():
    with pytest.raises(TableError) as caught:
        match_columns(HOUSE, ["Area", "bed rooms", "id"], place=Place("homes.csv"))
    text = str(caught.value)
    assert text.startswith("homes.csv: the table lacks 3 columns: ")
    assert "'area', did you mean 'Area'?" in text
    assert "'bedrooms', did you mean 'bed rooms'?" in text
    assert "'years' (input 'age')" in text
    assert "--column area=COLUMN" in caught.value.help
    assert "'Area', 'bed rooms', 'id'" in caught.value.help


@pytest.mark.parametrize("name", ["Area", "AREA", " area", "area ", "are", "aréa"])
def test_r66_variants_of_a_name_are_suggested_and_never_taken(name):
    with pytest.raises(TableError, match="no column 'area'"):
        match_columns(HOUSE[:1], [name])


def test_r66_ten_thousand_missing_columns_are_counted():
    inputs = [Input(f"x{index}") for index in range(10_000)]
    with pytest.raises(TableError, match=r"lacks 10,000 columns: .* and 9,980 more"):
        match_columns(inputs, ["y"])


def test_a_column_can_be_rebound():
    header = ["area", "bedrooms", "old"]
    assert match_columns(HOUSE, header, {"age": "old"})["age"] == "old"
    with pytest.raises(TableError, match=r"no column 'odl' \(input 'age'\), did you mean 'old'"):
        match_columns(HOUSE, header, {"age": "odl"})
    with pytest.raises(RequestError, match="no input 'agee'") as caught:
        match_columns(HOUSE, header, {"agee": "old"})
    assert "'age'" in caught.value.help


def test_two_inputs_may_read_one_column():
    inputs = (Input("x", column="c"), Input("y", type="category", categories=(1, 2), column="c"))
    bound = bind(inputs, pl.DataFrame({"c": ["2"]}), match_columns(inputs, ["c"]))
    assert bound.values["x"].tolist() == [2.0]
    assert bound.values["y"].tolist() == [1.0]


@given(st.permutations(["area", "bedrooms", "years", "id", "town"]))
def test_r67_order_and_extra_columns_change_nothing(order):
    frame = pl.DataFrame(
        {
            "area": [1.1, 2.2],
            "bedrooms": [1, 2],
            "years": [3.3, 4.4],
            "id": ["a", "b"],
            "town": [0, 0],
        }
    )
    bound = bind(HOUSE, frame.select(order), match_columns(HOUSE, order))
    assert {name: values.tobytes() for name, values in bound.values.items()} == {
        "area": frame["area"].to_numpy().tobytes(),
        "bedrooms": frame["bedrooms"].cast(pl.Float64).to_numpy().tobytes(),
        "age": frame["years"].to_numpy().tobytes(),
    }


NUMERIC = (pl.Int8, pl.UInt64, pl.Int128, pl.Float32, pl.Float64, pl.Decimal(10, 2))
OTHER = (pl.Date, pl.Datetime("us"), pl.Duration, pl.Time, pl.Binary, pl.List(pl.Int8),
         pl.Array(pl.Int8, 2), pl.Struct({"a": pl.Int8}))  # fmt: skip
TEXTS = (pl.String, pl.Categorical(), pl.Enum(["a"]))

LEGAL = {
    "number": (*NUMERIC, pl.Null),
    "integer": (*NUMERIC, pl.Null),
    "boolean": (*NUMERIC, pl.Null, pl.Boolean),
    "category": (*NUMERIC[:-1], *TEXTS, pl.Null, pl.Boolean),
}


@pytest.mark.parametrize("kind", LEGAL)
@pytest.mark.parametrize("dtype", [*NUMERIC, *OTHER, *TEXTS, pl.Null, pl.Boolean], ids=str)
def test_r86_the_table_of_types(kind, dtype):
    one = Input("x", type=kind, categories=("a",) if kind == "category" else ())
    schema = pl.DataFrame(schema={"x": dtype}).schema
    if dtype in LEGAL[kind]:
        check_types([one], {"x": "x"}, schema)
        return
    with pytest.raises(TableError) as caught:
        check_types([one], {"x": "x"}, schema, Place("t.parquet"))
    assert f"t.parquet: column 'x' is of type {schema['x']}" in str(caught.value)
    assert f"the {kind} input 'x' reads" in str(caught.value)


def test_r86_all_columns_of_a_wrong_type_are_one_error():
    inputs = [Input(f"x{index}") for index in range(12)]
    mapping = {one.name: one.name for one in inputs}
    with pytest.raises(TableError, match=r"column 'x0'.*; column 'x9'.*; and 2 more"):
        check_types(inputs, mapping, {one.name: pl.String() for one in inputs})
