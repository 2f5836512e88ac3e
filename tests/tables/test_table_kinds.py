"""Tables in memory: each kind is read by name, and results come back as the same kind."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnspec
from nnspec.spec.model import Input
from nnspec.tables.errors import DataError, RangeWarning, TableError
from nnspec.tables.memory.matrices import bind_matrix
from nnspec.tables.memory.series import as_series
from nnspec.tables.memory.table import open_table

INPUTS = (
    Input("area"),
    Input("rooms", type="integer", missing=3),
    Input("state", type="category", categories=("good", "bad"), column="condition"),
)
COLUMNS = {
    "id": ["a", "b", "c"],
    "condition": ["bad", "good", "bad"],
    "area": [1.5, 2.0, 3.0],
    "rooms": [1, None, 3],
}
EXPECTED = {"area": [1.5, 2.0, 3.0], "rooms": [1.0, 3.0, 3.0], "state": [1.0, 0.0, 1.0]}
RESULTS = {"price": np.array([1.0, 2.0, 3.0]), "historic": np.array([0.0, 0.5, 0.25])}
GOOD = np.zeros(3, bool)
SECOND_BAD = np.array([False, True, False])


class Exported:
    """Someone's own table, of which nothing is known but that it exports an Arrow stream."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


KINDS = {
    "dict of lists": lambda: COLUMNS,
    "dict of arrays": lambda: {
        "area": np.array([1.5, 2.0, 3.0], dtype=">f8"),
        "rooms": np.ma.masked_array([1, 99, 3], [0, 1, 0]),
        "condition": np.array(["bad", "good", "bad"]),
    },
    "dict of series": lambda: {
        "area": pl.Series([1.5, 2.0, 3.0]),
        "rooms": pd.Series([1, None, 3]),
        "condition": pa.chunked_array([["bad"], ["good", "bad"]]),
    },
    "dict of objects": lambda: {name: np.array(c, dtype=object) for name, c in COLUMNS.items()},
    "polars": lambda: pl.DataFrame(COLUMNS),
    "pandas": lambda: pd.DataFrame(COLUMNS, index=[7, 8, 9]),
    "pandas, nullable": lambda: pd.DataFrame(COLUMNS).convert_dtypes(),
    "pandas, categorical": lambda: pd.DataFrame(COLUMNS).astype({"condition": "category"}),
    "pandas, objects": lambda: pd.DataFrame(COLUMNS).astype(object),
    "pandas, pyarrow": lambda: pd.DataFrame(COLUMNS).convert_dtypes(dtype_backend="pyarrow"),
    "pyarrow": lambda: pa.table(COLUMNS),
    "record batch": lambda: pa.RecordBatch.from_pydict(COLUMNS),
    "any exporter": lambda: Exported(pa.table(COLUMNS)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_by_name(kind):
    bound = open_table(INPUTS, KINDS[kind]()).bind()
    assert {name: values.tolist() for name, values in bound.values.items()} == EXPECTED
    assert not bound.bad.any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [GOOD, SECOND_BAD], ids=["good", "bad"])
def test_results_come_back_as_the_same_kind(kind, bad):
    table = KINDS[kind]()
    result = open_table(INPUTS, table).wrap(RESULTS, bad)
    second = 2.0 if bad is GOOD else None
    if kind.startswith("dict"):
        assert list(result) == ["price", "historic"]
        assert all(isinstance(values, np.ndarray) for values in result.values())
        prices = [None if np.isnan(price) else price for price in result["price"]]
    elif kind.startswith("pandas"):
        assert isinstance(result, pd.DataFrame)
        assert result.index.equals(table.index)
        prices = [None if np.isnan(price) else price for price in result["price"]]
    elif kind in ("pyarrow", "record batch"):
        assert type(result) is type(table)
        prices = result.column("price").to_pylist()
    else:
        assert isinstance(result, pl.DataFrame)
        prices = result["price"].to_list()
    assert prices == [1.0, second, 3.0]


def test_results_leave_the_evaluators_arrays_alone():
    before = {name: values.copy() for name, values in RESULTS.items()}
    for make in KINDS.values():
        open_table(INPUTS, make()).wrap(RESULTS, SECOND_BAD)
    assert all((before[name] == values).all() for name, values in RESULTS.items())


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_give_no_rows(kind):
    table = KINDS[kind]()
    none = table[:0] if not isinstance(table, dict | Exported) else None
    if isinstance(table, dict):
        none = {name: column[:0] for name, column in table.items()}
    if isinstance(table, Exported):
        none = Exported(pa.table(COLUMNS).slice(0, 0))
    opened = open_table(INPUTS, none)
    bound = opened.bind()
    assert bound.n_rows == 0
    result = opened.wrap({"price": np.empty(0)}, bound.bad)
    assert len(result["price"]) == 0


def test_a_matrix_goes_by_the_order_of_the_inputs():
    inputs = INPUTS[:2]
    table = np.arange(6.0).reshape(3, 2)
    opened = open_table(inputs, table)
    assert opened.bind().values["rooms"].tolist() == [1, 3, 5]
    result = opened.wrap(RESULTS, SECOND_BAD)
    assert result.shape == (3, 2)
    assert result[:, 0].tolist()[::2] == [1.0, 3.0]
    assert np.isnan(result[1]).all()
    mixed = np.array([[1.5, 2, "bad"]], dtype=object)
    assert open_table(INPUTS, mixed).bind().values["state"].tolist() == [1]


CELLS = st.sampled_from([0, -0.0, 1, -2.5, 11, 2.0**53, -(2.0**53), 1e300, math.nan, math.inf])


@given(
    st.lists(st.lists(st.integers(-3, 12) | CELLS, min_size=3, max_size=3), max_size=5),
    st.sampled_from(["f2", "f4", "f8", ">f8", "f16", "i1", "u4", "i8", "u8", "masked", "F"]),
    st.sampled_from(["number", "integer"]),
)
def test_a_matrix_gives_what_its_columns_give(rows, dtype, kind):
    """Whether it is read whole or, where something is amiss in it, column by column."""
    inputs = (Input("a"), Input("b", type=kind, missing=7), Input("c", range=(-2, 10)))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = (
            np.array(rows, float)
            .reshape(-1, 3)
            .astype({"masked": "f8", "F": "f8"}.get(dtype, dtype))
        )
    if dtype == "masked":
        table = np.ma.masked_greater(table, 5)
    if dtype == "F":
        table = np.asfortranarray(table)
    whole = open_table(inputs, table).bind()
    parts = open_table(inputs, {one.name: table[:, i] for i, one in enumerate(inputs)}).bind()
    assert [str(fault) for fault in whole.faults()] == [str(fault) for fault in parts.faults()]
    assert whole.outside.tolist() == parts.outside.tolist()
    assert whole.bad.tolist() == parts.bad.tolist()
    for one in inputs:
        assert whole.values[one.name].tobytes() == parts.values[one.name].tobytes()
        assert whole.values[one.name].flags.c_contiguous


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u1"])
def test_a_sound_matrix_of_numbers_is_read_whole(dtype):
    inputs = (Input("a"), Input("c", range=(0, 10)))
    assert bind_matrix(inputs, np.ones((3, 2), dtype)) is not None
    assert bind_matrix(inputs, np.full((3, 2), 11, dtype)) is None


@pytest.mark.parametrize(
    "table",
    [np.arange(3.0), np.zeros((3, 2)), np.zeros((3, 4)), np.zeros((3, 3, 1)), np.array(1.0),
     np.zeros(3, dtype=[("area", "f8")])],
)  # fmt: skip
def test_a_matrix_of_another_shape_is_refused(table):
    with pytest.raises(TableError, match="an array of shape") as caught:
        open_table(INPUTS, table)
    assert "(n_rows, 3)" in caught.value.help


@pytest.mark.parametrize("table", [[1, 2], "area", None, 3, object()])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(TableError, match="is no table") as caught:
        open_table(INPUTS, table)
    assert "polars" in caught.value.help


def test_a_list_of_numbers_and_texts_stays_what_it_is():
    """NumPy would make a text of the number, and this grammar a number of the text."""
    opened = open_table(INPUTS[:1], {"area": [1, "2", None, True, 2.5]})
    faults = [(fault.row, fault.code) for fault in opened.bind().faults()]
    assert faults == [(2, "wrong-type"), (3, "missing"), (4, "wrong-type")]


def test_r86_text_is_no_number_whatever_it_says():
    for table in ({"area": ["1"]}, pl.DataFrame({"area": ["1"]}), pd.DataFrame({"area": ["1"]}),
                  pa.table({"area": ["1"]}), {"area": np.array(["1"])}):  # fmt: skip
        with pytest.raises(TableError, match="column 'area' is of type String"):
            open_table(INPUTS[:1], table)


def test_r86_integers_that_no_double_holds_are_bad_cells_of_every_kind():
    big = 2**53 + 1
    for table in ({"area": [big]}, {"area": np.array([big])}, pl.DataFrame({"area": [big]}),
                  pd.DataFrame({"area": [big]}), pa.table({"area": [big]}),
                  pd.DataFrame({"area": pd.array([big, None], dtype="Int64")})):  # fmt: skip
        fault = next(open_table(INPUTS[:1], table).bind().faults())
        assert (fault.code, fault.value) == ("inexact", str(big))


def test_nan_is_missing_to_pandas_and_a_fault_elsewhere():
    inputs = (Input("area", missing=0.5),)
    nan = [1.0, float("nan")]
    assert open_table(inputs, pd.DataFrame({"area": nan})).bind().values["area"].tolist()[1] == 0.5
    for table in ({"area": nan}, {"area": np.array(nan)}, pl.DataFrame({"area": nan})):
        assert [fault.code for fault in open_table(inputs, table).bind().faults()] == ["nan"]


def test_decimals_read_as_the_nearest_double_of_every_kind():
    cells = [Decimal("0.10"), Decimal("12345678901234567.89")]
    expected = [0.1, float("12345678901234567.89")]
    for table in ({"area": cells}, pl.DataFrame({"area": cells}), pa.table({"area": cells}),
                  pd.DataFrame({"area": cells})):  # fmt: skip
        assert open_table(INPUTS[:1], table).bind().values["area"].tolist() == expected


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (3, "is a int"),
        ("abc", "is a str"),
        (None, "is a NoneType"),
        ({"a": 1}, "is a dict"),
        (np.zeros((3, 1)), "has shape (3, 1)"),
        (np.array([1j]), "holds values of type complex128"),
        (np.array([b"x"]), "holds values of type |S1"),
    ],
)
def test_what_is_no_column_is_refused(column, message):
    with pytest.raises(TableError) as caught:
        open_table(INPUTS[:1], {"area": column})
    assert message in str(caught.value)
    assert caught.value.place.column == "area"


def test_dates_are_refused_as_a_column():
    day = np.array(["2024-01-01"], dtype="M8[D]")
    for table in ({"area": day}, pd.DataFrame({"area": pd.to_datetime(["2024-01-01"])})):
        with pytest.raises(TableError, match="column 'area' is of type Date"):
            open_table(INPUTS[:1], table)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(TableError, match="'area' has 1, 'rooms' has 2"):
        open_table(INPUTS[:2], {"area": [1.0], "rooms": [1, 2]})


def test_columns_of_the_same_name_are_refused():
    frame = pd.DataFrame([[1.0, 2.0]], columns=["area", "area"])
    with pytest.raises(TableError, match="same name"):
        open_table(INPUTS[:1], frame)
    with pytest.raises(TableError, match="same name"):
        open_table(INPUTS[:1], pa.table([[1.0], [2.0]], names=["area", "area"]))


def test_columns_that_no_input_reads_are_never_in_the_way():
    frame = pd.DataFrame([[1.0, 2.0, 3.0]], columns=["area", "x", "x"])
    table = pa.table([[1.0], [2.0], [3.0]], names=["area", "x", "x"])
    odd = pa.array([None], pa.month_day_nano_interval())
    for held in (frame, table, table.append_column("odd", odd), table.to_batches()[0]):
        assert open_table(INPUTS[:1], held).bind().values["area"].tolist() == [1.0]


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps"])
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64"])
def test_instants_of_every_unit_are_refused_by_their_column(kind, unit):
    with pytest.raises(TableError, match="column 'area' is of type"):
        open_table(INPUTS[:1], {"area": np.array([1, 2]).astype(f"{kind}[{unit}]")})


def test_r66_missing_columns_are_listed_for_every_kind():
    for make in (lambda c: c, pl.DataFrame, pd.DataFrame, pa.table):
        with pytest.raises(TableError, match="'area', did you mean 'Area'"):
            open_table(INPUTS, make({"Area": [1.0], "rooms": [1]}))


def test_columns_can_be_rebound():
    opened = open_table(INPUTS[:1], {"size": [1.0]}, {"area": "size"})
    assert opened.bind().values["area"].tolist() == [1.0]


def test_the_error_lists_cells_and_rows_that_overflow_in_order():
    opened = open_table(INPUTS, {**COLUMNS, "condition": ["bad", "god", "bad"]})
    bound = opened.bind()
    error = bound.error({0: "price", 1: "price", 2: "historic"})
    assert isinstance(error, DataError)
    assert error.total == 3
    assert [(fault.row, fault.code) for fault in error.faults] == [
        (1, "overflow"),
        (2, "unknown-category"),
        (3, "overflow"),
    ]
    assert str(error).splitlines()[1:] == [
        "  row 1: it cannot be evaluated: 'price' is not finite",
        "  row 2, column 'condition': 'god' is no category of 'state'",
        "  row 3: it cannot be evaluated: 'historic' is not finite",
    ]
    import pickle

    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.faults, again.total) == (str(error), error.faults, error.total)


def test_the_error_is_bounded():
    n = 100_000
    opened = open_table(INPUTS[:1], {"area": np.full(n, np.nan)})
    error = opened.bind().error()
    assert error.total == n
    assert len(error.faults) == 100
    assert str(error).endswith("and 99,990 more")
    assert len(str(error)) < 2000


def test_a_single_fault_is_one_line():
    opened = open_table(INPUTS[:1], {"area": [np.inf]})
    assert str(opened.bind().error()) == "row 1, column 'area': 'inf' is not finite"


def test_as_series_keeps_what_the_values_are():
    assert as_series("x", [1, 2.5, None]).dtype == pl.Float64
    assert as_series("x", ["a", None]).dtype == pl.String
    assert as_series("x", (True, None)).dtype == pl.Boolean
    assert as_series("x", [1, True]).dtype == pl.Object
    assert as_series("x", [2**60]).dtype == pl.Object
    assert as_series("x", []).name == "x"
    assert as_series("x", np.array([1.0], dtype=np.longdouble)).to_list() == [1.0]


def test_pandas_and_pyarrow_are_imported_for_their_own_tables_alone():
    program = (
        "import sys, numpy, polars\n"
        "from nnspec.spec.model import Input\n"
        "from nnspec.tables.memory.table import open_table\n"
        "for table in ({'a': [1.0]}, numpy.ones((1, 1)), polars.DataFrame({'a': [1.0]})):\n"
        "    opened = open_table((Input('a'),), table)\n"
        "    opened.wrap({'b': numpy.ones(1)}, opened.bind().bad)\n"
        "sys.exit(sorted({'pandas', 'pyarrow'} & set(sys.modules)) or 0)\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], cwd=root, timeout=60, check=True)


def test_a_row_of_a_pandas_frame_is_a_table_of_one_row():
    frame = pd.DataFrame({**COLUMNS, "unread": ["x"] * 3})
    for at in range(len(frame)):
        bound = open_table(INPUTS, frame.iloc[at]).bind()
        whole = open_table(INPUTS, frame.iloc[at : at + 1]).bind()
        assert {k: v.tolist() for k, v in bound.values.items()} == {
            k: v.tolist() for k, v in whole.values.items()
        }
    network = nnspec.loads(
        "{nnspec: 1, name: n, inputs: {area: {}},"
        " layers: [{name: o, neurons: {y: {synapses: {area: 2}}}}]}"
    )
    valued = network.evaluate(frame.iloc[1])
    assert isinstance(valued, pd.Series)
    assert valued["y"] == 2 * frame["area"][1]


RANGED = """
nnspec: 1
name: n
inputs: {x: {range: [0, 10]}}
layers: [{name: o, neurons: {y: {synapses: {x: 1}}}}]
"""


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, lambda c: c])
def test_values_out_of_range_are_treated_as_python_asks(make):
    """As ``eval --on-range`` treats them; a warning unless another policy is asked for."""
    network = nnspec.loads(RANGED)
    table = make({"x": [5.0, 11.0, -1.0]})

    def y(**options):
        return list(network.evaluate(table, **options)["y"])

    with pytest.warns(RangeWarning, match="2 values outside the declared ranges: row 2, column"):
        assert y() == [5.0, 11.0, -1.0]
    assert y(on_range="ignore") == [5.0, 11.0, -1.0]
    assert y(on_range="clip") == [5.0, 10.0, 0.0]
    assert [None if v is None or v != v else v for v in y(on_range="null")] == [5.0, None, None]
    with pytest.raises(nnspec.DataError, match="outside the declared range, from 0 to 10"):
        y(on_range="raise")
    with pytest.raises(ValueError, match="on_range must be one of warn, raise, null, clip, ignore"):
        y(on_range="fail")


def test_rows_within_their_ranges_are_valued_without_a_word(recwarn):
    nnspec.loads(RANGED).evaluate({"x": [0.0, 10.0]})
    nnspec.loads(RANGED).evaluate(np.array([[0.0], [10.0]]))
    assert not [one for one in recwarn if one.category is RangeWarning]
