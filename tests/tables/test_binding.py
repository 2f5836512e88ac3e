"""What inputs read of a batch, and the cells that they cannot use."""

from __future__ import annotations

import math
import re
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from table_helpers import bind_csv, faults, values

from nnspec.network import loads
from nnspec.spec.model import Input
from nnspec.tables.cells import binding, exactness
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound, shown
from nnspec.tables.cells.cell import category_index, kind_of, read_cell
from nnspec.tables.cells.numbers import Refusal
from nnspec.tables.errors import TableError

CONDITION = Input("condition", type="category", categories=("good", "fair", "bad"))


def bound_of(one: Input, cells: pl.Series) -> Bound:
    return bind([one], cells.alias("x").to_frame(), {one.name: "x"})


def codes(one: Input, cells: pl.Series) -> list[str]:
    return [fault.code for fault in bound_of(one, cells).faults()]


def test_all_four_types_of_a_csv():
    bound = bind_csv(
        b"n,i,b,c\n1.5,2,true,good\n2,3.0,0,bad\n",
        Input("n"),
        Input("i", type="integer"),
        Input("b", type="boolean"),
        Input("c", type="category", categories=("good", "fair", "bad")),
    )
    assert {name: array.tolist() for name, array in bound[0].values.items()} == {
        "n": [1.5, 2.0],
        "i": [2.0, 3.0],
        "b": [1.0, 0.0],
        "c": [0.0, 2.0],
    }
    assert not bound[0].bad.any()
    assert all(array.dtype == np.float64 for array in bound[0].values.values())


def test_every_kind_of_bad_cell_has_its_row_column_value_and_reason():
    data = b"n,i,b,c\n1_0,1,1,good\n1,2.5,1,good\n1,1,2,good\n1,1,TRUE,godo\n1,1,,\n"
    inputs = (
        Input("n"),
        Input("i", type="integer"),
        Input("b", type="boolean"),
        Input("c", type="category", categories=("good", "bad")),
    )
    bound = bind_csv(data, *inputs)
    assert faults(bound) == [
        (1, "n", "1_0", "not-a-number"),
        (2, "i", "2.5", "not-an-integer"),
        (3, "b", "2", "not-a-boolean"),
        (4, "b", "TRUE", "not-a-boolean"),
        (4, "c", "godo", "unknown-category"),
        (5, "b", "", "missing"),
        (5, "c", "", "missing"),
    ]
    assert bound[0].bad.tolist() == [True] * 5
    texts = [str(fault) for fault in bound[0].faults()]
    assert texts[1] == "row 2, column 'i': '2.5' is not an integer"
    assert texts[6] == "row 5, column 'c': the cell is a missing value"
    assert list(bound[0].faults())[4].help == "did you mean 'good'?"
    assert bound[0].n_faults == 7


def test_the_value_of_a_fault_is_shown_as_written_and_cut():
    data = "n,m\n2.50,1\n2,{}\n".format("9" * 100 + "x").encode()
    found = faults(bind_csv(data, Input("n", type="integer"), Input("m")))
    assert found[0][2] == "2.50"
    assert found[1][2] == "9" * 39 + "…"
    assert shown(2.0) == "2"
    assert shown(True) == "true"


def test_rows_count_on_over_batches():
    data = b"n,m\n" + b"1,1\n" * 9 + b"x,1\n" + b"1,1\n" * 9 + b",1\n"
    for block_bytes in (1, 10, 1000):
        assert faults(bind_csv(data, Input("n"), block_bytes=block_bytes)) == [
            (10, "n", "x", "not-a-number"),
            (20, "n", "", "missing"),
        ]


def test_stand_ins_fill_in_for_missing_values():
    data = b"n,i,b,c\n,,,\n1,2,1,fair\n"
    bound = bind_csv(
        data,
        Input("n", missing=0.5),
        Input("i", type="integer", missing=7),
        Input("b", type="boolean", missing=True),
        Input("c", type="category", categories=("good", "fair"), missing="fair"),
    )
    assert {name: array.tolist() for name, array in bound[0].values.items()} == {
        "n": [0.5, 1.0],
        "i": [7.0, 2.0],
        "b": [1.0, 1.0],
        "c": [1.0, 1.0],
    }
    assert not bound[0].bad.any()


def test_a_bad_row_keeps_a_value_that_evaluators_survive():
    bound = bind_csv(b"n,c\nx,y\n", Input("n"), Input("c", type="category", categories=("a",)))
    assert math.isnan(bound[0].values["n"][0])
    assert bound[0].values["c"][0] == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [("9007199254740992", 2.0**53), ("9007199254740994", 2.0**53 + 2), ("1e3", 1e3)],
)
def test_r86_large_integers_in_text_are_exact_or_refused(text, value):
    one = Input("i", type="integer")
    assert values(bind_csv(f"i,j\n{text},\n".encode(), one), "i") == [value]


@pytest.mark.parametrize(
    "text", ["9007199254740993", "-9007199254740993", "1e300", "9007199254740993.0"]
)
def test_r86_integers_that_no_double_holds_are_refused_in_text(text):
    one = Input("i", type="integer")
    assert faults(bind_csv(f"i,j\n{text},\n".encode(), one)) == [(1, "i", text, "inexact")]
    assert faults(bind_csv(f"n,j\n{text},\n".encode(), Input("n"))) == []


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_r86_integers_that_no_double_holds_are_refused_in_columns_of_integers(kind):
    cells = pl.Series([2**53, 2**53 + 1, -(2**53) - 1, 2**60, None], dtype=pl.Int64)
    bound = bound_of(Input("x", type=kind, missing=0), cells)
    assert [fault.row for fault in bound.faults()] == [2, 3]
    assert {fault.code for fault in bound.faults()} == {"inexact"}
    assert bound.values["x"].tolist()[3:] == [2.0**60, 0.0]
    unsigned = pl.Series([2**64 - 1, 2**63], dtype=pl.UInt64)
    assert codes(Input("x", type=kind), unsigned) == ["inexact"]


def test_r86_decimals_read_as_the_nearest_double():
    cells = pl.Series([Decimal("0.10"), Decimal("12345678901234567.89"), None])
    bound = bound_of(Input("x", missing=1), cells)
    assert bound.values["x"].tolist() == [0.1, float("12345678901234567.89"), 1.0]


def test_r86_nulls_nan_and_infinities_of_columns_of_floats():
    cells = pl.Series([1.0, None, math.nan, math.inf, -math.inf])
    assert codes(Input("x"), cells) == ["missing", "nan", "infinite", "infinite"]
    assert codes(Input("x", missing=0), cells) == ["nan", "infinite", "infinite"]


def test_float32_reads_as_itself():
    bound = bound_of(Input("x"), pl.Series([0.1], dtype=pl.Float32))
    assert bound.values["x"].tolist() == [float(np.float32(0.1))]


@pytest.mark.parametrize(
    ("categories", "cells", "indices"),
    [
        (("good", "bad"), pl.Series(["bad", "good"]), [1, 0]),
        (("good", "bad"), pl.Series(["bad", "good"], dtype=pl.Categorical), [1, 0]),
        (("good", "bad"), pl.Series(["bad", "good"], dtype=pl.Enum(["good", "bad"])), [1, 0]),
        ((1, 2), pl.Series([2, 1], dtype=pl.Int16), [1, 0]),
        ((1, 2), pl.Series([2.0, 1.0]), [1, 0]),
        ((1, 2), pl.Series(["2", "1.0"]), [1, 0]),
        ((0.5, 2), pl.Series(["2.00", ".5"]), [1, 0]),
        ((True, False), pl.Series([False, True]), [1, 0]),
        ((True, False), pl.Series(["false", "true"]), [1, 0]),
        (("007", "7"), pl.Series(["7", "007"]), [1, 0]),
    ],
)
def test_categories_match_by_their_text_and_numbers_by_their_value(categories, cells, indices):
    one = Input("x", type="category", categories=categories)
    assert bound_of(one, cells).values["x"].tolist() == indices


@pytest.mark.parametrize(
    ("categories", "cells"),
    [
        (("good",), pl.Series(["Good"])),
        (("good",), pl.Series([" good"])),
        (("007",), pl.Series(["7"])),
        ((True,), pl.Series(["True"])),
        ((True,), pl.Series([1])),
        ((1,), pl.Series([1.5])),
    ],
)
def test_categories_are_never_guessed(categories, cells):
    one = Input("x", type="category", categories=categories)
    assert codes(one, cells) == ["unknown-category"]


def test_words_that_read_as_floats_are_no_floats():
    one = Input("x", type="category", categories=("nan", "inf"))
    assert bound_of(one, pl.Series(["inf", "nan"])).values["x"].tolist() == [1, 0]
    assert codes(one, pl.Series([math.nan, math.inf])) == ["nan", "infinite"]


def test_a_column_of_other_things_is_judged_in_short_time():
    """A hundred thousand texts that are no category; only faults that are shown are explained."""
    cells = pl.Series([f"thing {n}" for n in range(100_000)])
    began = time.process_time()
    bound = bound_of(CONDITION, cells)
    assert bound.n_faults == 100_000
    assert next(bound.faults()).code == "unknown-category"
    assert time.process_time() - began < 2


def test_values_out_of_range_are_a_list_of_their_own():
    inputs = (Input("a", range=(0, 10)), Input("b", range=(None, 5)), Input("c", range=(1, None)))
    bound = bind_csv(b"a,b,c\n-1,5,1\n10,6,0.5\n0,-99,99\nx,7,1\n", *inputs)[0]
    assert [(f.row, f.column, f.value, f.code) for f in bound.range_faults()] == [
        (1, "a", "-1", "out-of-range"),
        (2, "b", "6", "out-of-range"),
        (2, "c", "0.5", "out-of-range"),
        (4, "b", "7", "out-of-range"),
    ]
    reasons = [fault.reason for fault in bound.range_faults()]
    assert reasons[0] == "is outside the declared range, from 0 to 10"
    assert reasons[1] == "is outside the declared range, at most 5"
    assert reasons[2] == "is outside the declared range, at least 1"
    assert bound.outside.tolist() == [True, True, False, True]
    assert bound.bad.tolist() == [False, False, False, True]
    assert bound.n_outside == 4


def test_clipping_moves_values_into_the_range_and_leaves_the_rest():
    inputs = (Input("a", range=(0, 10)), Input("b", range=(None, 5)))
    bound = bind_csv(b"a,b\n-1,5\n11,6\n3,-99\n", *inputs)[0]
    clipped = bound.clipped()
    assert clipped.values["a"].tolist() == [0, 10, 3]
    assert clipped.values["b"].tolist() == [5, 5, -99]
    assert clipped.n_outside == 0
    assert bound.values["a"].tolist() == [-1, 11, 3]


def test_some_rows_only():
    bound = bind_csv(b"a,b\n1,1\nx,1\n3,1\n", Input("a"))[0]
    assert bound.where(~bound.bad)["a"].tolist() == [1, 3]
    assert bound.where(np.ones(3, bool)) is bound.values


def test_nothing_is_asked_of_cells_one_by_one_when_all_is_well(monkeypatch):
    """The cost of a good batch does not grow in Python with its rows."""
    inputs = (
        Input("a", range=(0, 1e9)),
        Input("b", type="integer"),
        Input("c", type="boolean"),
        CONDITION,
    )
    n = 1000
    frame = pl.DataFrame(
        {
            "a": np.arange(n) / 2,
            "b": np.arange(n),
            "c": np.arange(n) % 2 == 0,
            "condition": ["good", "bad"] * (n // 2),
        }
    )
    asked = []
    for name, function in (("read_cell", read_cell), ("category_index", category_index)):
        monkeypatch.setattr(binding, name, lambda *a, f=function: asked.append(a) or f(*a))
    bound = bind(inputs, frame, {one.name: one.name for one in inputs})
    assert not bound.bad.any()
    assert len(asked) == 2, "one question for each distinct category"


BAD = {
    "missing": ("number", [None] * 300),
    "NaN": ("number", [math.nan] * 300),
    "text that is no number": ("number", [f"{i} EUR" for i in range(300)]),
    "halves": ("integer", [i + 0.5 for i in range(300)]),
    "integers beyond doubles": ("integer", [2**53 + 1 + 2 * i for i in range(300)]),
    "the same in text": ("integer", [f"{2**64 + 1 + 2 * i}" for i in range(300)]),
    "what would be rounded": ("integer", [f"{i}." + "0" * 30 + "1" for i in range(300)]),
    "exponents": ("integer", [f"{i}e-400" for i in range(1, 301)]),
    "decimals": ("integer", [Decimal(i) + Decimal("0.5") for i in range(300)]),
    "no boolean": ("boolean", list(range(2, 302))),
    "categories unknown": ("category", [f"good {i}" for i in range(300)]),
    "numbers as categories": ("category", [i + 0.25 for i in range(300)]),
}


@pytest.mark.parametrize("name", BAD)
def test_nothing_is_asked_of_bad_cells_one_by_one(name, monkeypatch):
    """So that a million of them cost what as many good ones do."""
    kind, cells = BAD[name]
    one = Input("x", type=kind, categories=("good", 1, 0.5) if kind == "category" else ())
    asked = []
    for module in (binding, exactness):
        for function in {"read_cell", "category_index"}.intersection(vars(module)):
            own = getattr(module, function)
            monkeypatch.setattr(module, function, lambda *a, f=own: asked.append(a) or f(*a))
    bound = bound_of(one, pl.Series(cells, dtype=pl.Float64 if cells[0] is None else None))
    assert bound.bad.all()
    assert len(asked) < 5


@pytest.mark.parametrize("table", [{"x": [1, 2]}, pl.DataFrame({"x": [1.0]})], ids=type)
def test_a_panic_of_polars_is_an_exception_in_python(table, monkeypatch):
    network = loads(
        "nnspec: 1\nname: n\ninputs: {x: {}}\n"
        "layers: [{name: o, neurons: {y: {synapses: {x: 1}}}}]\n"
    )

    def panic(*_):
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(binding, "_column", panic)
    with pytest.raises(TableError, match="index out of bounds"):
        network.evaluate(table)


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(2**53 - 3, 2**53 + 3),
    st.integers(10**400, 10**400),
    st.floats(),
    st.sampled_from(["good", "bad", "1", "0", "true", "", "x", " 2 "]),
)
COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), st.floats())).map(lambda c: pl.Series(c, dtype=pl.Float64)),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 1))).map(
        lambda c: pl.Series(c, dtype=pl.Int64)
    ),
    st.lists(st.one_of(st.none(), st.booleans())).map(lambda c: pl.Series(c, dtype=pl.Boolean)),
    st.lists(st.one_of(st.none(), st.text("01.5e-gdo ax_", max_size=5), st.just("good"))).map(
        lambda c: pl.Series(c, dtype=pl.String)
    ),
    st.lists(st.one_of(st.none(), st.decimals(-99, 99, places=2))).map(
        lambda c: pl.Series(c, dtype=pl.Decimal(20, 2))
    ),
    # So long that a double rounds them, to whole numbers too.
    st.lists(st.one_of(st.none(), st.decimals(-(10**17), 10**17, places=20))).map(
        lambda c: pl.Series(c, dtype=pl.Decimal(38, 20))
    ),
    st.lists(st.decimals(-(10**25), 10**25, places=0)).map(
        lambda c: pl.Series(c, dtype=pl.Decimal(38, 0))
    ),
    st.lists(st.dates()).map(lambda c: pl.Series(c, dtype=pl.Date)),
    st.lists(CELL).map(lambda c: pl.Series(c, dtype=pl.Object)),
)
INPUT = st.sampled_from(
    [
        Input("x"),
        Input("x", missing=2),
        Input("x", type="integer"),
        Input("x", type="boolean", missing=False),
        Input("x", type="category", categories=("good", "bad", 1, 0.5, True)),
        Input("x", type="category", categories=(1, 2), missing=2),
    ]
)


WRITTEN_NUMBER = st.one_of(
    st.from_regex(
        r"[ \t]?[-+]?[0-9]{1,20}(\.0{0,25}[0-9]{0,2})?(e[-+]?[0-9]{1,4})?", fullmatch=True
    ),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["0", "1", "2", "9007199254740992", "9007199254740993", "-3", "true"]),
        st.sampled_from(["", ".", ".0", "." + "0" * 30 + "1"]),
        st.sampled_from(["", "e0", "e-400", "e-4009", "e-" + "9" * 30]),
    ),
)


def exact(text: str) -> Fraction | None:
    """The number that a text is, unrounded; none if it is none, or out of all bounds."""
    parts = re.fullmatch(r"([-+]?[0-9]*)(?:\.([0-9]*))?(?:e([-+]?[0-9]+))?", text.strip(" \t"))
    if parts is None:
        return None
    digits, decimals, exponent = parts[1], parts[2] or "", parts[3] or "0"
    if len(exponent) > 5:
        return Fraction(0) if int(digits + decimals) == 0 else Fraction(1, 3)
    return int(digits + decimals) * Fraction(10) ** (int(exponent) - len(decimals))


@given(st.sampled_from(["integer", "boolean"]), st.lists(WRITTEN_NUMBER, min_size=1, max_size=6))
@example("integer", ["1e-4009"])
@example("boolean", ["1e-4009", "1." + "0" * 30 + "1"])
@example("integer", ["-0", "007", "+1", "2.0", "1e3"])
def test_whole_numbers_in_text_are_the_very_numbers_or_refused(kind, texts):
    (bound,) = bind_csv(
        ("x,y\n" + "".join(f"{t},\n" for t in texts)).encode(), Input("x", type=kind)
    )
    for row, text in enumerate(texts):
        number = Fraction(1) if (text, kind) == ("true", "boolean") else exact(text)
        whole = number is not None and number.denominator == 1 and abs(number) < 2**1023
        legal = whole and (number in (0, 1) if kind == "boolean" else float(number) == number)
        assert bound.bad[row] == (not legal), text
        if legal:
            assert bound.values["x"][row] == number


@given(INPUT, COLUMN)
def test_columns_read_as_their_cells_do(one, cells):
    """Reading a column at once is reading each cell by the definition, faults included."""
    bound = bound_of(one, cells)
    expected = [read_cell(one, cell, kind_of(cells)) for cell in cells]
    refused = [row for row, read in enumerate(expected) if isinstance(read, Refusal)]
    assert np.flatnonzero(bound.bad).tolist() == refused
    assert [(f.row - 1, f.code) for f in bound.faults()] == [
        (row, expected[row].code) for row in refused
    ]
    for row, read in enumerate(expected):
        if not isinstance(read, Refusal):
            assert bound.values["x"][row] == read
