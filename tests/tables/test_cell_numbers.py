"""The grammar of numbers, which every reader of text shares."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_helpers import bind_csv, faults, values

from nnspec.spec.model import Input
from nnspec.tables.cells.numbers import Refusal, is_number, numbers_of, read_number

ACCEPTED = {
    "0": 0.0,
    "007": 7.0,
    "+1": 1.0,
    ".5": 0.5,
    "1.": 1.0,
    "1E3": 1000.0,
    "1e+03": 1000.0,
    "-.5e-3": -0.0005,
    " 1 ": 1.0,
    "\t1\t": 1.0,
    "9007199254740993": 9007199254740992.0,
    "1e-400": 0.0,
    "0.1000000000000000055511151231257827021181583404541015625": 0.1,
    "179769313486231570" + "0" * 291: 1.7976931348623157e308,
}

REFUSED = {
    "": ("missing", "fill the cell in"),
    "  ": ("blank", "empty"),
    "NA": ("not-a-number", "--null-values"),
    "null": ("not-a-number", "--null-values"),
    "None": ("not-a-number", "--null-values"),
    "-": ("not-a-number", "--null-values"),
    "nan": ("nan", "empty"),
    "-NaN": ("nan", "empty"),
    "inf": ("infinite", "finite"),
    "-Infinity": ("infinite", "finite"),
    "1e400": ("overflow", "1.8e308"),
    "-1e309": ("overflow", "1.8e308"),
    "1_000": ("not-a-number", "thousands"),
    "1,000": ("not-a-number", "thousands"),
    "1'000.5": ("not-a-number", "thousands"),
    "1,5": ("not-a-number", "decimal comma"),
    "1.000,5": ("not-a-number", "decimal comma"),
    "\uff11\uff12": ("not-a-number", "ASCII"),
    "\u0663": ("not-a-number", "ASCII"),
    "\u00a01": ("not-a-number", "ASCII"),
    "0x10": ("not-a-number", "decimal digits"),
    "0b1": ("not-a-number", "decimal digits"),
    "1d3": ("not-a-number", "exponent"),
    "5%": ("not-a-number", "percent"),
    "$3": ("not-a-number", "currency"),
    "3 \u20ac": ("not-a-number", "currency"),
    "\u22121": ("not-a-number", "hyphen"),
    "TRUE": ("not-a-number", "1 or 0"),
    "12 ft": ("not-a-number", "unit"),
    "twelve": ("not-a-number", "decimal digits"),
    "1e": ("not-a-number", ""),
    "+-1": ("not-a-number", "decimal digits"),
    "1.2.3": ("not-a-number", "decimal digits"),
    "1 2": ("not-a-number", ""),
    "1\n": ("not-a-number", ""),
    "=1": ("not-a-number", ""),
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_r73_documented_spellings_are_accepted(text):
    assert read_number(text) == ACCEPTED[text]
    assert numbers_of(pl.Series([text])).tolist() == [ACCEPTED[text]]


def test_r73_minus_zero_keeps_its_sign():
    assert math.copysign(1, read_number("-0")) == -1
    assert math.copysign(1, numbers_of(pl.Series(["-0"]))[0]) == -1


@pytest.mark.parametrize("text", REFUSED)
def test_r70_r72_other_spellings_are_refused_with_a_hint(text):
    code, hint = REFUSED[text]
    refusal = read_number(text)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert hint in refusal.help
    assert math.isnan(numbers_of(pl.Series([text]))[0])


def test_a_long_cell_is_refused_at_once():
    assert read_number("9" * 50 + "x" * 1_000_000).code == "not-a-number"
    assert read_number("1" * 100_000) == read_number("1e400")


ALPHABET = "00112233456789..+-eE_ \t\u00a0\uff11\u0663xXdDinfINFatyNA%$"


@given(st.lists(st.text(ALPHABET, max_size=8), min_size=50, max_size=200))
def test_numbers_of_agrees_with_read_number(texts):
    """Whole columns are read as single cells are, bit for bit."""
    for text, value in zip(texts, numbers_of(pl.Series(texts)).tolist(), strict=True):
        expected = read_number(text)
        if isinstance(expected, Refusal):
            assert math.isnan(value), text
        else:
            assert struct.pack("<d", value) == struct.pack("<d", expected), text


@settings(max_examples=15)
@given(st.lists(st.text(ALPHABET, max_size=8), min_size=100, max_size=200), st.booleans())
def test_columns_that_polars_parses_obey_the_grammar(texts, quoted):
    """A block is first parsed as doubles by polars, which must accept nothing of its own."""
    # Each text is a column of its own: one bad cell sends its whole column to the grammar.
    inputs = [Input(f"c{index}") for index in range(len(texts))]
    header = ",".join(one.name for one in inputs)
    row = ",".join([f'"{text}"' if quoted else text for text in texts])
    bound = bind_csv(f"{header}\n{row}\n".encode(), *inputs)
    refused = {column: (value, code) for _, column, value, code in faults(bound)}
    for one, text in zip(inputs, texts, strict=True):
        expected = read_number(text)
        if isinstance(expected, Refusal):
            assert refused.pop(one.name) == (text, expected.code)
        else:
            value = values(bound, one.name)[0]
            assert struct.pack("<d", value) == struct.pack("<d", expected), text
    assert not refused


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_r97_shortest_text_reads_back_bit_identical(floats):
    texts = pl.Series([repr(value) for value in floats])
    assert struct.pack(f"<{len(floats)}d", *numbers_of(texts)) == struct.pack(
        f"<{len(floats)}d", *floats
    )


@given(st.integers(1, 10**40), st.integers(0, 60))
def test_many_digits_read_as_the_nearest_double(digits, places):
    """Halfway cases included: no double is nearer to the decimal than the one read."""
    value = numbers_of(pl.Series([f"{digits}e-{places}"]))[0]
    exact = Fraction(digits, 10**places)
    distance = abs(Fraction(value) - exact)
    for neighbour in (math.nextafter(value, math.inf), math.nextafter(value, 0)):
        assert distance <= abs(Fraction(neighbour) - exact)


def test_is_number_takes_what_overflows_for_a_number():
    assert is_number("1e400")
    assert not is_number("=1e4")
