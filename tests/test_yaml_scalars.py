"""How plain scalars are read: YAML 1.2's core schema, more narrowly."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnspec.text.scalars import NumberError, looks_numeric, resolve_plain

TABLE = {
    "": None, "~": None, "null": None, "true": True, "false": False,
    "0": 0, "1": 1, "-1": -1, "+1": 1, "-0": 0, "12345": 12345, "9007199254740992": 2**53,
    "9007199254740994": 2**53 + 2, "1.5": 1.5, "1.": 1.0, ".5": 0.5, "-.5": -0.5, "+.5": 0.5,
    "1e3": 1e3, "1E3": 1e3, "1e+3": 1e3, "1e-3": 1e-3, ".5e1": 5.0, "1.e2": 100.0, "0.0": 0.0,
    "5e-324": 5e-324, "1.7976931348623157e308": 1.7976931348623157e308, "0e999": 0.0,
}  # fmt: skip
"""Plain scalars that are no text, each with its value."""

TEXT = [
    "no", "yes", "on", "off", "y", "n", "True", "TRUE", "False", "Null", "NULL", "None", "nil",
    "1:30", "2024-01-01", "2024-13-45", "010", "-010", "00", "0o10", "0x1F", "0b11", "1_000",
    "1,000", "1 000", "1.2.3", "1e", "e1", "1e1.5", ".", "-", "+", "..", "+-1", "1-", "--1", "1f",
    "inf", "nan", "infinity", "-inf", ".infinity", "½", "１２", "٣", "1\u00a0", "a1", "0x", "1.5.",
    ".e1", "5%", "$3", "−1", "=", "<<", "!", "1d3", "0xG",
]  # fmt: skip
"""Plain scalars that are text."""


@pytest.mark.parametrize(("text", "value"), TABLE.items())
def test_what_is_no_text(text: str, value: object) -> None:
    found = resolve_plain(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", TEXT)
def test_what_is_text(text: str) -> None:
    assert resolve_plain(text) is text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[(text, "NS108") for text in (".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN", ".NAN")],
        *[(text, "NS108") for text in ("1e309", "-1e999", "1" + "0" * 309, "9" * 5000)],
        *[(text, "NS109") for text in ("9007199254740993", "-9007199254740993", "1" + "1" * 30)],
        *[(text, "NS110") for text in ("1e-324", "-1e-400", ".00001e-320", "1e-99999")],
    ],
)
def test_numbers_that_a_double_cannot_hold(text: str, code: str) -> None:
    with pytest.raises(NumberError) as raised:
        resolve_plain(text)
    assert raised.value.code == code
    assert text[:20] in raised.value.message


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-0.0)
@example(5e-324)
def test_every_double_is_read_as_itself(value: float) -> None:
    """resolve(repr(x)) is x, to the last bit."""
    found = resolve_plain(repr(value))
    assert isinstance(found, float)
    assert found == value
    assert math.copysign(1, found) == math.copysign(1, value)


@given(st.integers())
def test_an_integer_is_read_exactly_or_refused(value: int) -> None:
    try:
        found = resolve_plain(str(value))
    except NumberError as error:
        assert abs(value) > 2**53
        assert error.code in ("NS108", "NS109")
        assert int(float(value)) != value
    else:
        assert found == value == int(float(value))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes anything but a value or a NumberError; what is text stays as it is."""
    try:
        found = resolve_plain(text)
    except NumberError:
        return
    assert found is text or not isinstance(found, str)


@given(st.from_regex(r"[-+]?[0-9_.,:xobeE]{1,12}", fullmatch=True))
def test_what_looks_numeric_is_never_also_a_number(text: str) -> None:
    """A number is read; what only looks like one is text that a check refuses; never both."""
    try:
        found = resolve_plain(text)
    except NumberError:
        assert not looks_numeric(text)
    else:
        assert isinstance(found, str) or not looks_numeric(text)


AMBIGUOUS = (
    "010 -010 00 08 0777 0o17 0O17 0x1F 0XfF 0b11 0B1 1_000 1_ 1,000 1,5 1,000,000 1:30 190:20:30 "
    "1_000.5 01.5 01e5"
)


@pytest.mark.parametrize("text", AMBIGUOUS.split())
def test_what_readers_disagree_about_looks_numeric(text: str) -> None:
    assert looks_numeric(text)
    assert resolve_plain(text) == text


@pytest.mark.parametrize("text", ["", "a", "rate", "2024-01-01", "1.2.3", "1-2", "0xG", "v1", "1a"])
def test_what_is_plainly_text_does_not(text: str) -> None:
    assert not looks_numeric(text)


def test_long_text_is_not_searched_for_numbers() -> None:
    assert not looks_numeric("1:30" * 100_000)
