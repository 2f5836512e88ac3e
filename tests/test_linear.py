from __future__ import annotations

import pickle
import time
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnspec.spec.linear import (
    LinearInequality,
    LinearSyntaxError,
    Relation,
    parse_inequality,
    render_inequality,
)

RELATIONS: st.SearchStrategy[Relation] = st.sampled_from(["<=", ">=", "="])
PLAIN_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,12}", fullmatch=True)
UNIT_NAMES = st.builds("{}.{}".format, PLAIN_NAMES, st.from_regex(r"[\w-]{1,8}", fullmatch=True))
NAMES = PLAIN_NAMES | UNIT_NAMES
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def inequalities(draw: st.DrawFn) -> LinearInequality:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    terms = tuple([(name, draw(NUMBERS)) for name in names])
    assume(any(coefficient for _, coefficient in terms))
    return LinearInequality(terms, draw(NUMBERS), draw(RELATIONS))


@given(inequalities())
def test_what_is_rendered_is_read_again(inequality: LinearInequality) -> None:
    """The law parse(render(x)) == x, for every finite coefficient."""
    assert parse_inequality(render_inequality(inequality)) == inequality


@given(inequalities(), st.sampled_from([" ", "  ", "\t", "\n "]))
def test_the_width_of_spaces_is_of_no_account(inequality: LinearInequality, space: str) -> None:
    text = render_inequality(inequality)
    assert parse_inequality(space + text.replace(" ", space) + space) == inequality


DECIMALS = st.decimals(min_value=-1000, max_value=1000, places=3)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), DECIMALS, st.booleans()), min_size=1, max_size=9),
    st.lists(st.tuples(st.sampled_from("abc"), DECIMALS, st.booleans()), min_size=1, max_size=9),
    RELATIONS,
)
def test_both_sides_add_up_as_exact_fractions_do(left, right, relation) -> None:  # type: ignore[no-untyped-def]
    """Each name's coefficient is the exact sum of its numbers, left less right, rounded once."""
    expected: dict[str, Fraction] = {}
    for sign, side in ((1, left), (-1, right)):
        for name, number, _ in side:
            expected[name] = expected.get(name, Fraction(0)) + sign * Fraction(float(number))
    assume(any(float(total) for total in expected.values()))
    sides = [
        " + ".join(f"{n}*{name}" if first else f"{name}*{n}" for name, n, first in side)
        for side in (left, right)
    ]
    read = parse_inequality(f"{sides[0]} {relation} {sides[1]}")
    assert dict(read.terms) == {name: float(total) for name, total in expected.items()}
    assert read.constant == 0
    assert read.relation == relation


@given(st.text(alphabet="ab-_.*+<>=()0123e5 ,é\n", max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    try:
        read = parse_inequality(text)
    except LinearSyntaxError as fault:
        assert 0 <= fault.position <= len(text)
        assert fault.message.isprintable()
        assert fault.help
    else:
        assert parse_inequality(render_inequality(read)) == read


READ = [
    ("2*price - 3*historic >= 0", (("price", 2), ("historic", -3)), 0, ">="),
    ("price*2>=historic*3", (("price", 2), ("historic", -3)), 0, ">="),
    ("price <= 1e7", (("price", 1),), -1e7, "<="),
    ("0 == price", (("price", -1),), 0, "="),
    ("-price + .5 = 1.", (("price", -1),), -0.5, "="),
    ("- 2*price >= +3", (("price", -2),), -3, ">="),
    ("2*-price >= 1 - -3", (("price", -2),), -4, ">="),
    ("price + price + price <= 2*price + 1", (("price", 1),), -1, "<="),
    ("price - price + historic >= 0", (("price", 0), ("historic", 1)), 0, ">="),
    ("0.1*a + 0.2*a + 0.3*a <= 0", (("a", 0.6),), 0, "<="),
    ("price-historic >= 0", (("price-historic", 1),), 0, ">="),
    ("price -historic >= 0", (("price", 1), ("historic", -1)), 0, ">="),
    ("large-near-city>=-1", (("large-near-city", 1),), 1, ">="),
    (
        "condition.good + dense.17 <= c.-1 + c.2.5",
        (("condition.good", 1), ("dense.17", 1), ("c.-1", -1), ("c.2.5", -1)),
        0,
        "<=",
    ),
    ("zustand.schön >= 0", (("zustand.schön", 1),), 0, ">="),
    ("e5 >= 5e-1", (("e5", 1),), -0.5, ">="),
]


@pytest.mark.parametrize(("text", "terms", "constant", "relation"), READ)
def test_what_is_read(text: str, terms: object, constant: float, relation: str) -> None:
    read = parse_inequality(text)
    assert (read.terms, read.constant, read.relation) == (terms, constant, relation)


REFUSED = [
    ("", 0, "is empty", "price >= 0"),
    (" \n ", 0, "is empty", "price >= 0"),
    ("2 price >= 0", 2, "nothing stands between '2' and 'price'", "write 2*price"),
    ("2price >= 0", 1, "nothing stands between '2' and 'price'", "write 2*price"),
    ("price 2 >= 0", 6, "nothing stands between 'price' and '2'", "write +, - or *"),
    ("price- 3 >= 0", 7, "nothing stands between 'price-' and '3'", "spaces around a minus"),
    ("a*b >= 0", 0, "product of 'a' and 'b' is not linear", "by a number only"),
    ("a-2*b >= 0", 0, "product of 'a-2' and 'b'", "spaces around a minus"),
    ("1 + 2*3*a >= 0", 4, "one number and one name", "work out 2*3"),
    ("a*2*3 >= 0", 3, "one number and one name", "2*price"),
    ("a/2 >= 0", 1, "'/' is no part", "0.5*price"),
    ("2*(a + b) >= 0", 2, "'(' is no part", "multiply it out"),
    ("a^2 >= 0", 1, "'^' is no part", "no powers"),
    ("a**2 >= 0", 1, "'**' is no part", "no powers"),
    ("a > 0", 2, "'>' is no part", "<= or >="),
    ("a < 0", 2, "'<' is no part", "<= or >="),
    ("a => 0", 2, "'=>' is no part", "write >="),
    ("a =< 0", 2, "'=<' is no part", "write <="),
    ("a ≥ 0", 2, "'≥' is no part", "write >="),
    ("a != 0", 2, "'!=' is no part", "<=, >= and ="),
    ("a − b >= 0", 2, "'−' is no part", "plain minus"),
    ("prix_é >= 0", 5, "'é' is no part", "numbers, names"),
    ("a. >= 0", 1, "'.' is no part", "numbers, names"),
    ("\x1b[31m >= 0", 0, "'\\x1b' is no part", "numbers, names"),
    ("a", 1, "no relation", ">= 0"),
    ("0 <= a <= 1", 7, "second relation", "write two"),
    ("a >=", 4, "missing before the end", "price >= 0"),
    (">= 0", 0, "missing before '>='", "price >= 0"),
    ("a >== 0", 4, "missing before '='", "price >= 0"),
    ("a + >= 0", 4, "missing before '>='", "price >= 0"),
    ("--a >= 0", 1, "missing before '-'", "price >= 0"),
    ("3 >= 2", 0, "names nothing", "at least one input or neuron"),
    ("a - a >= 1", 0, "every name cancels out", "at least one input or neuron"),
    ("0*a >= 1", 0, "every name cancels out", "at least one input or neuron"),
    ("a + 1e999 >= 0", 4, "beyond the largest double", "a double holds"),
    ("a + 1e-999 >= 0", 4, "a double reads it as 0", "a double holds"),
    ("9007199254740993*a >= 0", 0, "beyond 2^53", "a double holds"),
    ("1e308*a + 1e308*a >= 0", 0, "coefficients of 'a' add up beyond", "finite"),
    ("a >= 1e308 + 1e308", 0, "the constants add up beyond", "finite"),
    ("010*a >= 0", 0, "'010' reads differently", "plain decimal number"),
    ("a + 0x1F >= 0", 4, "'0x1F' reads differently", "plain decimal number"),
    ("1_000*a >= 0", 0, "'1_000' reads differently", "plain decimal number"),
    ("1,000*a >= 0", 1, "',' is no part", "without separators"),
]


@pytest.mark.parametrize(("text", "position", "message", "mend"), REFUSED)
def test_what_is_refused(text: str, position: int, message: str, mend: str) -> None:
    with pytest.raises(LinearSyntaxError) as caught:
        parse_inequality(text)
    fault = caught.value
    assert fault.position == position
    assert message in fault.message
    assert mend in fault.help
    assert str(fault) == fault.message


def test_a_fault_survives_the_way_between_processes() -> None:
    fault = pickle.loads(pickle.dumps(LinearSyntaxError("what", "help", 3)))
    assert (fault.message, fault.help, fault.position) == ("what", "help", 3)


HOSTILE = ["9", "-", "a-", "a.", "a.b", "1*", " ", "(", "a+", "1e", ".1", "2*a", "-1*a+2", "1_"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_a_text_and_no_faster(piece: str) -> None:
    """A megabyte takes seconds at worst; a regular expression that backs up would take years."""
    text = piece * (1_000_000 // len(piece))
    start = time.perf_counter()
    with pytest.raises(LinearSyntaxError) as caught:
        parse_inequality(text)
    assert len(caught.value.message) + len(caught.value.help) < 400
    assert time.perf_counter() - start < 20
