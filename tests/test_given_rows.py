"""One row, wherever one is taken: what it lacks is said, and its ranges are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import nnspec as run

import nnspec
from nnspec.cli.arguments.rows import given_cells, given_row
from nnspec.diagnostics import CannotError
from nnspec.spec.model import Input, NetworkSpec
from nnspec.tables.cells.cell import read_row
from nnspec.tables.errors import DataError, RangeWarning

SPEC = str(Path(__file__).parent.parent / "specs/property-valuation.yaml")
VILLA = "area=3000,bedrooms=4,distance=2,age=120"
ANCIENT = "area=3000,bedrooms=4,distance=2,age=999"


def said(*arguments: str) -> tuple[int, str, str]:
    done = run(*arguments)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


NAMES = ("a", "b", "c", "d")


@given(
    have=st.sets(st.sampled_from(NAMES), min_size=1), stand_in=st.sets(st.sampled_from(NAMES)),
    as_json=st.booleans(),
)  # fmt: skip
def test_everything_that_a_row_lacks_is_said_at_once(have, stand_in, as_json):
    spec = NetworkSpec(
        "n", tuple(Input(n, missing=7 if n in stand_in else None) for n in NAMES), ()
    )
    pairs = [f'"{n}": 1' if as_json else f"{n}=1" for n in sorted(have)]
    text = ", ".join(pairs)
    text = f"{{{text}}}" if as_json else text.replace(" ", "")
    lacking = [n for n in NAMES if n not in have | stand_in]
    if lacking:
        with pytest.raises(CannotError, match=f"--given lacks {', '.join(lacking)}: n needs"):
            given_row(spec, text)
    else:
        assert given_row(spec, text) == {n: 1.0 if n in have else 7.0 for n in NAMES}


def test_every_value_that_an_input_cannot_take_is_said_at_once():
    spec = NetworkSpec("n", (Input("a"), Input("b", "integer"), Input("c")), ())
    with pytest.raises(CannotError, match=r"a: 'x' is not a number .*; b: '2.5' is not an integer"):
        given_row(spec, "a=x,b=2.5,c=1")
    with pytest.raises(CannotError, match="names 'a' twice"):
        given_cells(spec, "a=1,a=2,b=1,c=1", "--given")


def test_eval_takes_a_row_by_the_rules_of_tables(tmp_path):
    assert said("eval", SPEC, "--given", VILLA) == (0, "price\n1008960.0\n", "")
    as_json = '{"area": 3000, "bedrooms": 4, "distance": 2, "age": 120}'
    status, output, _ = said("eval", SPEC, "--given", as_json, "--neurons", "historic",
                             "--keep", "age", "--output-format", "ndjson")  # fmt: skip
    assert (status, output) == (0, '{"age":120,"historic":20.0,"price":1008960.0}\n')
    status, _, errors = said("eval", SPEC, "--given", ANCIENT, "--on-range", "fail")
    assert status == 1
    assert "'999' is outside the declared range, from 0 to 250" in errors
    assert said("eval", SPEC, "--given", VILLA.replace("120", "x"))[0] == 1
    for more in (["homes.csv"], ["--column", "age=years"], ["--sheet", "s"]):
        assert said("eval", SPEC, *more, "--given", VILLA)[0] == 2


def test_each_verb_that_takes_a_row_has_a_word_on_its_ranges(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("area,bedrooms,distance,age\n3000,4,2,999\n")
    picture = ["-o", str(tmp_path / "x.svg")]
    for verb, more in (("explain", []), ("draw", picture), ("plot", picture)):
        for row in (["--given", ANCIENT], [str(table), "--row", "1"]):
            status, _, errors = said(verb, SPEC, *row, *more)
            assert status == 0
            assert "age: '999' is outside the declared range, from 0 to 250" in errors
        assert said(verb, SPEC, "--given", VILLA, *more)[2] == ""


def test_explain_treats_ranges_as_it_is_asked():
    assert said("explain", SPEC, "--given", ANCIENT, "--on-range", "ignore")[2] == ""
    assert "age 250 year" in said("explain", SPEC, "--given", ANCIENT, "--on-range", "clip")[1]
    assert said("explain", SPEC, "--given", ANCIENT, "--on-range", "fail")[0] == 1
    assert said("explain", SPEC, "--given", ANCIENT, "--on-range", "null")[0] == 2


def test_a_row_in_python_has_the_policies_of_a_table():
    network = nnspec.load(SPEC)
    row = {"area": 3000, "bedrooms": 4, "distance": 2, "age": 999}
    with pytest.warns(RangeWarning, match="'999' is outside the declared range, from 0 to 250"):
        warned = network.explain(row)
    assert network.explain(row, on_range="ignore") == warned
    clipped = network.explain(row, on_range="clip")
    assert clipped == network.explain({**row, "age": 250})
    with pytest.raises(DataError, match="outside the declared range"):
        network.explain(row, on_range="raise")
    with pytest.raises(ValueError, match="on_range must be one of"):
        network.explain(row, on_range="null")


def test_nan_is_no_category_and_the_message_says_what_a_missing_value_is():
    spec = NetworkSpec("n", (Input("kind", "category", categories=("a", "b")),), ())
    with pytest.raises(DataError, match="column 'kind': 'nan' is no category") as refused:
        read_row(spec.inputs, {"kind": float("nan")})
    assert "None, not NaN" in refused.value.help
