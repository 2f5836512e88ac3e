"""Laws of the activation functions, over the whole table and over drawn parameters."""

from __future__ import annotations

import copy
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnspec.functions.activations import (
    ACTIVATIONS,
    ALIASES,
    DEFAULT_ACTIVATION,
    ActivationFunction,
    Traits,
    check_parameters,
    find,
    with_defaults,
)

NAMES = list(ACTIVATIONS)

LARGEST = sys.float_info.max

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "leaky-relu": [{}, {"slope": 0}, {"slope": -0.5}, {"slope": 3}, {"slope": 1}],
    "elu": [{}, {"alpha": 0.25}, {"alpha": 3}, {"alpha": 0}, {"alpha": -1.5}],
    "celu": [{}, {"alpha": 0.2}, {"alpha": 5}],
    "clip": [{"low": -1, "high": 2.5}, {"low": 0, "high": 0}, {"low": -0.0, "high": 1}],
    "power": [{"exponent": e} for e in (0, 1, 2, 3, -1, -2, 0.5, 2.5, -0.5, -3)],
    "piecewise": [
        {"knots": [[-1, 0], [1, 2]]},
        {"knots": [[0, 1], [0.5, -3], [4, 2], [5, 2]]},
        {"knots": [[-2, 3], [0, 1], [7, -0.0]]},
        {"knots": [[0, 1], [1, 1]]},
        {"knots": [[-1000, -5.9], [0.5, 0.9]]},  # its line alone would end above 0.9
    ],
}
"""Parameters to try where there are some."""

CASES = [
    (function, with_defaults(function, parameters))
    for function in ACTIVATIONS.values()
    for parameters in PARAMETERS.get(function.name, [{}])
]

coefficients = st.floats(-5, 5, allow_subnormal=False)
heights = st.floats(-100, 100, allow_subnormal=False)


@st.composite
def knots(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Two to five knots, at least a tenth apart."""
    gaps = draw(st.lists(st.floats(0.1, 10), min_size=2, max_size=5))
    x, drawn = draw(heights), []
    for gap in gaps:
        x += gap
        drawn.append((x, draw(heights)))
    return drawn


STRATEGIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "leaky-relu": st.fixed_dictionaries({"slope": coefficients}),
    "elu": st.fixed_dictionaries({"alpha": coefficients}),
    "celu": st.fixed_dictionaries({"alpha": st.floats(0.05, 20)}),
    "clip": st.tuples(heights, heights).map(lambda pair: {"low": min(pair), "high": max(pair)}),
    "power": st.fixed_dictionaries({"exponent": st.integers(-6, 6) | coefficients}),
    "piecewise": st.fixed_dictionaries({"knots": knots()}),
}

everywhere = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-50, 50)
    | st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e4, -1e4, 1e300, -1e300, -745.0, -38.0, 0.5])
)
nearby = st.floats(-8, 8, allow_subnormal=False)

laws = settings(max_examples=30, deadline=None)


def over_functions(holds: Callable[[Traits], bool]) -> pytest.MarkDecorator:
    """Over the names of functions of which something holds, with some parameters at least."""
    found = {f.name: None for f, parameters in CASES if holds(f.known(**parameters))}
    return pytest.mark.parametrize("name", list(found))


def over_cases(holds: Callable[[Traits], bool]) -> pytest.MarkDecorator:
    """Over the functions with parameters of which something holds."""
    found = [
        pytest.param(f, parameters, id=f"{f.name}-{list(parameters.values())}")
        for f, parameters in CASES
        if holds(f.known(**parameters))
    ]
    return pytest.mark.parametrize(("function", "parameters"), found)


over_all = pytest.mark.parametrize("name", NAMES)
over_monotone = over_functions(lambda traits: traits.monotonicity is not None)
over_lipschitz = over_functions(lambda traits: math.isfinite(traits.lipschitz))
over_all_cases = over_cases(lambda _: True)
over_bounded_cases = over_cases(lambda traits: all(map(math.isfinite, traits.range)))
over_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def drawn(data: st.DataObject, name: str) -> tuple[ActivationFunction, dict[str, Any]]:
    """A function with parameters drawn for it."""
    function = ACTIVATIONS[name]
    given_ = data.draw(STRATEGIES.get(name, st.just({})), label="parameters")
    return function, with_defaults(function, given_)


def draw_in_domain(
    data: st.DataObject, function: ActivationFunction, parameters: dict[str, Any]
) -> float:
    """A z of the domain, which is either everything or everything from 0 on."""
    z = data.draw(everywhere, label="z in domain")
    start, end = function.domain(**parameters)
    assert (start, end) in ((-math.inf, math.inf), (0.0, math.inf))
    return z if start < 0 else abs(z)


def vector(function: ActivationFunction, z: Any, parameters: dict[str, Any]) -> Any:
    """The vectorised function, quiet as the evaluator makes it."""
    with np.errstate(all="ignore"):
        return function.vector(np, z, **parameters)


def near(value: float, expected: float, relative: float = 1e-13) -> bool:
    """Equal within a relative distance; nan and infinities are near themselves."""
    if math.isnan(value) or math.isnan(expected):
        return math.isnan(value) and math.isnan(expected)
    if math.isinf(value) or math.isinf(expected):
        return value == expected
    return abs(value - expected) <= relative * max(abs(expected), 1e-300)


def same(value: float, expected: float) -> bool:
    """Equal to the last bit, signs of zeros included."""
    both_nan = math.isnan(value) and math.isnan(expected)
    return both_nan or (value == expected and math.copysign(1, value) == math.copysign(1, expected))


def inside(function: ActivationFunction, z: float, parameters: dict[str, Any]) -> bool:
    """Whether z is in the domain and no pole."""
    low, high = function.domain(**parameters)
    return low <= z <= high and math.isfinite(function.scalar(z, **parameters))


def grid(function: ActivationFunction, low: float, high: float, parameters: dict[str, Any]) -> Any:
    """Points of the domain between two numbers, with every hinge and what lies just beside it."""
    beside = [h + step for h in function.hinges(**parameters) for step in (-1e-6, 0, 1e-6)]
    points = np.unique(np.concatenate([np.linspace(low, high, 4001), beside]))
    start, end = function.domain(**parameters)
    return points[(points >= max(start, low)) & (points <= min(end, high))]


# The table -------------------------------------------------------------------------------------


def test_the_table_has_the_activations_of_the_format() -> None:
    assert len(ACTIVATIONS) == 32
    assert DEFAULT_ACTIVATION in ACTIVATIONS
    assert ALIASES == {
        "linear": "identity",
        "rectifier": "relu",
        "threshold": "step",
        "heaviside": "step",
        "logistic": "sigmoid",
        "swish": "silu",
    }


def test_no_alias_is_a_name_or_stands_for_two_functions() -> None:
    spellings = [n for f in ACTIVATIONS.values() for n in (f.name, *f.aliases)]
    assert len(set(spellings)) == len(spellings)


def test_find_knows_names_and_aliases_only() -> None:
    for name, function in ACTIVATIONS.items():
        assert find(name) is function
        assert all(find(alias) is function for alias in function.aliases)
    assert find("Relu") is None
    assert find("") is None


@over_all
def test_every_record_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    function = ACTIVATIONS[name]
    assert "z" in function.formula or name == "piecewise"
    assert function.description
    assert re.search(r"\b(19|20)\d\d\b|https://", function.source)
    assert all(parameter.description for parameter in function.parameters)


@over_all
def test_a_record_survives_pickling_and_copying_as_itself(name: str) -> None:
    function = ACTIVATIONS[name]
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy([function]) == [function]


def test_numpy_is_not_imported() -> None:
    code = "import sys, nnspec.functions.activations; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Values ----------------------------------------------------------------------------------------

KNOWN: list[tuple[str, dict[str, Any], float, float]] = [
    # By hand.
    ("identity", {}, -7.25, -7.25),
    ("relu", {}, -3.0, 0.0),
    ("relu", {}, 2.5, 2.5),
    ("step", {}, 0.0, 1.0),
    ("step", {}, -0.0, 1.0),
    ("step", {}, -5e-324, 0.0),
    ("sign", {}, -2.0, -1.0),
    ("sign", {}, 0.0, 0.0),
    ("sign", {}, 5e-324, 1.0),
    ("sigmoid", {}, 0.0, 0.5),
    ("sigmoid", {}, -1e4, 0.0),
    ("sigmoid", {}, 1e4, 1.0),
    ("square", {}, -3.0, 9.0),
    ("cube", {}, -1.5, -3.375),
    ("abs", {}, -2.0, 2.0),
    ("sqrt", {}, 6.25, 2.5),
    ("sqrt", {}, -1.0, math.nan),
    ("exp", {}, 1e4, math.inf),
    ("log", {}, 0.0, -math.inf),
    ("log", {}, -1.0, math.nan),
    ("reciprocal", {}, 0.0, math.inf),
    ("reciprocal", {}, -0.0, -math.inf),
    ("reciprocal", {}, -4.0, -0.25),
    ("gaussian", {}, 0.0, 1.0),
    ("softplus", {}, 1e4, 1e4),
    ("softplus", {}, -1e4, 0.0),
    ("softsign", {}, -3.0, -0.75),
    ("hard-sigmoid", {}, -3.0, 0.0),
    ("hard-sigmoid", {}, 0.0, 0.5),
    ("hard-sigmoid", {}, 1.5, 0.75),
    ("hard-sigmoid", {}, 3.0, 1.0),
    ("hard-tanh", {}, -1.5, -1.0),
    ("hard-tanh", {}, 0.25, 0.25),
    ("relu6", {}, -1.0, 0.0),
    ("relu6", {}, 4.0, 4.0),
    ("relu6", {}, 7.0, 6.0),
    ("leaky-relu", {}, -50.0, -0.5),
    ("leaky-relu", {"slope": 0.25}, -2.0, -0.5),
    ("elu", {}, 2.0, 2.0),
    ("elu", {"alpha": 3}, -1e4, -3.0),
    ("celu", {"alpha": 2}, -1e4, -2.0),
    ("gelu", {}, 1e4, 1e4),
    ("gelu", {}, -1e4, 0.0),
    ("silu", {}, -1e4, 0.0),
    ("mish", {}, 1e4, 1e4),
    ("mish", {}, -1e4, 0.0),
    ("clip", {"low": -1, "high": 2}, 3.0, 2.0),
    ("clip", {"low": -1, "high": 2}, 0.5, 0.5),
    ("clip", {"low": -1, "high": 2}, -1.5, -1.0),
    ("power", {"exponent": 3}, -2.0, -8.0),
    ("power", {"exponent": 0}, 0.0, 1.0),
    ("power", {"exponent": -1}, 0.0, math.inf),
    ("power", {"exponent": -2}, -0.0, math.inf),
    ("power", {"exponent": 0.5}, -4.0, math.nan),
    ("power", {"exponent": 3}, -1e300, -math.inf),
    ("power", {"exponent": 4}, -1e300, math.inf),
    ("piecewise", {"knots": [[0, 0], [2, 1], [4, -1]]}, -5.0, 0.0),
    ("piecewise", {"knots": [[0, 0], [2, 1], [4, -1]]}, 0.5, 0.25),
    ("piecewise", {"knots": [[0, 0], [2, 1], [4, -1]]}, 2.0, 1.0),
    ("piecewise", {"knots": [[0, 0], [2, 1], [4, -1]]}, 3.5, -0.5),
    ("piecewise", {"knots": [[0, 0], [2, 1], [4, -1]]}, 9.0, -1.0),
    # By mpmath with 60 digits, from the formulas as format and papers print them.
    ("sigmoid", {}, 0.5, 0.622459331201854565),
    ("sigmoid", {}, -40.0, 4.24835425529158898e-18),
    ("sigmoid", {}, -3.0, 0.0474258731775667809),
    ("sigmoid", {}, 3.0, 0.952574126822433219),
    ("tanh", {}, 1e-09, 1.00000000000000006e-9),
    ("tanh", {}, 0.5, 0.462117157260009759),
    ("tanh", {}, -2.0, -0.964027580075816884),
    ("cube", {}, -1.5, -3.375),
    ("sqrt", {}, 2.0, 1.41421356237309505),
    ("sqrt", {}, 1e-300, 1.00000000000000001e-150),
    ("exp", {}, 1.0, 2.71828182845904524),
    ("exp", {}, -20.5, 1.25015286638674263e-9),
    ("exp", {}, 700.0, 1.01423205473500451e304),
    ("log", {}, 3.0, 1.09861228866810969),
    ("log", {}, 1.0000001, 9.99999950583870452e-8),
    ("log", {}, 1e-310, -713.801378828154165),
    ("reciprocal", {}, -3.0, -0.333333333333333333),
    ("sin", {}, 1.0, 0.841470984807896507),
    ("sin", {}, 3.14159, 2.65358979335273008e-6),
    ("sin", {}, 1000000000000000.0, 0.858272793170235836),
    ("cos", {}, 1.0, 0.540302305868139717),
    ("cos", {}, 1.5707, 0.0000963267947476671499),
    ("cos", {}, -1000000000000000.0, -0.513193737786970252),
    ("gaussian", {}, 0.5, 0.778800783071404868),
    ("gaussian", {}, -1.25, 0.209611387151097823),
    ("gaussian", {}, 26.0, 2.61174176128405547e-294),
    ("softplus", {}, 0.0, 0.693147180559945309),
    ("softplus", {}, 1.0, 1.31326168751822283),
    ("softplus", {}, -40.0, 4.24835425529158899e-18),
    ("softplus", {}, 50.0, 50.0),
    ("softsign", {}, -4.0, -0.8),
    ("softsign", {}, 1e-12, 9.9999999999899998e-13),
    ("hard-sigmoid", {}, -2.0, 0.166666666666666667),
    ("hard-sigmoid", {}, 1.0, 0.666666666666666667),
    ("elu", {"alpha": 0.5}, -1.0, -0.316060279414278839),
    ("elu", {"alpha": 0.5}, -1e-10, -4.99999999975000018e-11),
    ("selu", {}, 2.0, 2.101401974710961),
    ("selu", {}, -1.0, -1.11133073781256271),
    ("selu", {}, -30.0, -1.75809934084721227),
    ("celu", {"alpha": 2.0}, -1.0, -0.786938680574733153),
    ("celu", {"alpha": 2.0}, -1e-10, -9.99999999975000036e-11),
    ("gelu", {}, 1.0, 0.841344746068542949),
    ("gelu", {}, -0.5, -0.154268769362993448),
    ("gelu", {}, -8.0, -4.9767684594174273e-15),
    ("gelu", {}, 3.0, 2.99595030590510972),
    ("gelu-tanh", {}, 1.0, 0.841191990608276705),
    ("gelu-tanh", {}, -0.5, -0.154285990174856078),
    ("gelu-tanh", {}, -6.0, -8.43964670076229708e-11),
    ("gelu-tanh", {}, 3.0, 2.99636260791822698),
    ("silu", {}, 1.0, 0.731058578630004879),
    ("silu", {}, -0.5, -0.188770334399072718),
    ("silu", {}, -100.0, -3.72007597602083596e-42),
    ("silu", {}, 3.0, 2.85772238046729966),
    ("mish", {}, 1.0, 0.865098388267310346),
    ("mish", {}, -0.5, -0.220743774651729997),
    ("mish", {}, -100.0, -3.72007597602083596e-42),
    ("mish", {}, 3.0, 2.98653500496795732),
    ("power", {"exponent": 2.5}, 3.0, 15.5884572681198956),
    ("power", {"exponent": 2.5}, 1e-05, 3.16227766016837998e-13),
]


@pytest.mark.parametrize(("name", "parameters", "z", "expected"), KNOWN)
def test_known_values(name: str, parameters: dict[str, Any], z: float, expected: float) -> None:
    function = ACTIVATIONS[name]
    complete = with_defaults(function, parameters)
    assert near(function.scalar(z, **complete), expected)
    assert near(vector(function, np.array([z]), complete).item(), expected)


def test_every_activation_has_known_values() -> None:
    assert {name for name, *_ in KNOWN} == set(ACTIVATIONS)


@over_all
@laws
@given(st.data())
def test_vector_is_scalar_applied_to_each_element(name: str, data: st.DataObject) -> None:
    """Vector(z)[i] is scalar(z[i]); bit for bit where it is made of straight pieces."""
    function, parameters = drawn(data, name)
    z = data.draw(st.lists(everywhere, min_size=1, max_size=12), label="z")
    special = [math.nan, math.inf, -math.inf, *function.hinges(**parameters)]
    alike = same if function.piecewise_linear else near
    for at, value in zip(
        z + special, vector(function, np.array(z + special), parameters).tolist(), strict=True
    ):
        assert alike(value, function.scalar(at, **parameters)), at


@over_all
@laws
@given(st.data())
def test_scalar_derivative_and_image_never_raise(name: str, data: st.DataObject) -> None:
    """Whatever the float, there is an answer, though it be nan or infinite."""
    function, parameters = drawn(data, name)
    z = data.draw(st.floats() | everywhere, label="z")
    assert isinstance(function.scalar(z, **parameters), float)
    assert isinstance(function.derivative(z, **parameters), float)
    low, high = function.image((z, z), **parameters)
    assert isinstance(low, float)
    assert isinstance(high, float)


@over_all_cases
def test_nan_stays_nan(function: ActivationFunction, parameters: dict[str, Any]) -> None:
    if function.name == "power" and parameters["exponent"] == 0:
        pytest.skip("z^0 is 1 whatever z, as IEEE 754 has it")
    assert math.isnan(function.scalar(math.nan, **parameters))
    assert np.isnan(vector(function, np.array([1.0, math.nan]), parameters)[1])


@over_bounded_cases
@over_dtypes
def test_bounded_functions_are_finite_at_great_z(
    function: ActivationFunction, parameters: dict[str, Any], dtype: Any
) -> None:
    great = np.array([1e4, -1e4, 1e30, -1e30], dtype)
    assert np.isfinite(vector(function, great, parameters)).all()
    assert all(math.isfinite(function.scalar(z, **parameters)) for z in great.tolist())


# Batches and dtypes ----------------------------------------------------------------------------


def batch(function: ActivationFunction, dtype: Any, parameters: dict[str, Any]) -> Any:
    """Seventy-odd z of many sizes, with the special ones among them."""
    random = np.random.default_rng(20)
    scales = random.choice([1e-6, 0.1, 1.0, 10.0, 300.0], size=80)
    z = random.normal(size=80) * scales
    z[:8] = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e30, -1e30, 1.0]
    return np.concatenate([z, np.array(function.hinges(**parameters))]).astype(dtype)


def bits(values: Any) -> bytes:
    """The bytes of an array, every nan made the same."""
    return np.where(np.isnan(values), np.nan, values).astype(values.dtype).tobytes()


@over_all_cases
@over_dtypes
def test_an_element_does_not_know_its_batch(
    function: ActivationFunction, parameters: dict[str, Any], dtype: Any
) -> None:
    """The bits of an element are the same at every position, length and alignment."""
    z = batch(function, dtype, parameters)
    alone = np.concatenate([vector(function, z[i : i + 1], parameters) for i in range(len(z))])
    for length in range(1, 71):
        for start in (0, 1, 5, len(z) - length):
            part = vector(function, z[start : start + length], parameters)
            assert bits(part) == bits(alone[start : start + length]), (length, start)


@over_all_cases
@over_dtypes
def test_an_element_does_not_know_the_layout_of_its_array(
    function: ActivationFunction, parameters: dict[str, Any], dtype: Any
) -> None:
    """Reversed, strided, transposed, shapeless: the same bits, and the same shape and dtype."""
    z = batch(function, dtype, parameters)
    plain = vector(function, z, parameters)
    table = np.stack([z, z[::-1]])
    for view, expected in [
        (z[::-1], plain[::-1]),
        (z[1::3], plain[1::3]),
        (np.repeat(z, 5)[::5], plain),
        (table, np.stack([plain, plain[::-1]])),
        (table.T, np.stack([plain, plain[::-1]]).T),
        (np.asfortranarray(table), np.stack([plain, plain[::-1]])),
        (np.array(z[9]), plain[9]),
        (z[:0], plain[:0]),
    ]:
        result = vector(function, view, parameters)
        assert result.shape == view.shape
        assert result.dtype == dtype
        assert bits(result) == bits(np.asarray(expected))


@over_all_cases
def test_the_array_given_is_left_as_it_was(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    z = batch(function, np.float64, parameters)
    before = z.copy()
    z.flags.writeable = False
    vector(function, z, parameters)
    assert bits(z) == bits(before)


@over_all
@laws
@given(st.data())
def test_float32_is_the_same_function_with_fewer_digits(name: str, data: st.DataObject) -> None:
    """A float32 array gives float32 within a few parts in a million."""
    function, parameters = drawn(data, name)
    z = np.array(data.draw(st.lists(st.floats(-20, 20, width=32), min_size=1)), np.float32)
    result = vector(function, z, parameters)
    assert result.dtype == np.float32
    for at, value in zip(z.tolist(), result.tolist(), strict=True):
        exact = function.scalar(at, **parameters)
        with np.errstate(all="ignore"):
            expected = float(np.float32(exact))
        if math.isfinite(expected):
            # Parameters are rounded to float32 too, so a value near 0 may stand for another.
            assert abs(value - exact) <= 4e-6 * max(1.0, abs(exact)) * _unit(parameters)
        else:
            assert same(value, expected) or abs(value) > 3.4e38


def _unit(parameters: dict[str, Any]) -> float:
    numbers = [abs(v) for v in parameters.values() if isinstance(v, float)]
    return max([1.0, *numbers])


# Intervals -------------------------------------------------------------------------------------


@st.composite
def intervals(draw: st.DrawFn) -> tuple[float, float]:
    """Intervals of all widths: open, wide, and of a few neighbouring floats."""
    low = draw(everywhere)
    kind = draw(st.sampled_from(["wide", "narrow", "point", "left", "right", "all"]))
    if kind == "wide":
        other = draw(everywhere)
        return min(low, other), max(low, other)
    if kind == "narrow":
        return low, low + draw(st.integers(1, 30)) * math.ulp(low)
    ends = {"point": (low, low), "left": (-math.inf, low), "right": (low, math.inf)}
    return ends.get(kind, (-math.inf, math.inf))


@over_all
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_image_holds_every_value(name: str, data: st.DataObject) -> None:
    """For every z of an interval and of the domain: value(z) is in image(interval)."""
    function, parameters = drawn(data, name)
    low, high = interval = data.draw(intervals(), label="interval")
    assume(low <= high < math.inf or low < high)
    least, greatest = function.image(interval, **parameters)
    inner = st.floats(max(low, -LARGEST), min(high, LARGEST))
    drawn_points = data.draw(st.lists(inner, min_size=1, max_size=6), label="z")
    marks = [low, high, *function.hinges(**parameters)]
    for z in drawn_points + [z for z in marks if low <= z <= high and math.isfinite(z)]:
        if inside(function, z, parameters):
            assert least <= function.scalar(z, **parameters) <= greatest, z
            assert least <= vector(function, np.array([z]), parameters)[0] <= greatest, z


@over_monotone
@laws
@given(st.data())
def test_the_image_under_a_monotone_function_ends_at_the_values_of_the_ends(
    name: str, data: st.DataObject
) -> None:
    """image([u, v]) = [f(u), f(v)], the other way round when it falls, within 16 ulp."""
    function, parameters = drawn(data, name)
    assume(function.monotonicity(**parameters) is not None)
    u, v = sorted(draw_in_domain(data, function, parameters) for _ in range(2))
    ends = sorted([function.scalar(u, **parameters), function.scalar(v, **parameters)])
    # Beyond, a rounding may lead to infinity; and where both are infinite there is no value.
    assume(not any(1e307 < abs(end) < math.inf for end in ends))
    assume(not all(map(math.isinf, ends)))
    image = function.image((u, v), **parameters)
    if function.exact:
        assert list(image) == ends
    assert all(near(got, value, 1e-14) for got, value in zip(image, ends, strict=True))


@over_lipschitz
@laws
@given(st.data())
def test_the_image_is_no_wider_than_the_values(name: str, data: st.DataObject) -> None:
    """Where the function is Lipschitz, a grid's values come near both ends of the image."""
    function, parameters = drawn(data, name)
    bound = function.lipschitz(**parameters)
    assume(math.isfinite(bound))
    low, high = sorted([data.draw(nearby), data.draw(nearby)])
    values = vector(function, np.linspace(low, high, 501), parameters)
    least, greatest = function.image((low, high), **parameters)
    reach = bound * (high - low) / 500 + 1e-12 * (1 + np.abs(values).max())
    assert values.min() - least <= reach
    assert greatest - values.max() <= reach


IMAGES: list[tuple[str, dict[str, Any], tuple[float, float], tuple[float, float]]] = [
    ("square", {}, (-2, 1), (0, 4)),
    ("square", {}, (-3, -2), (4, 9)),
    ("abs", {}, (-math.inf, 1), (0, math.inf)),
    ("sqrt", {}, (-5, 4), (0, 2)),
    ("log", {}, (-5, 1), (-math.inf, 0)),
    ("reciprocal", {}, (2, 4), (0.25, 0.5)),
    ("reciprocal", {}, (0, 4), (0.25, math.inf)),
    ("reciprocal", {}, (-4, -0.0), (-math.inf, -0.25)),
    ("reciprocal", {}, (-1, 1), (-math.inf, math.inf)),
    ("reciprocal", {}, (1, math.inf), (0, 1)),
    ("power", {"exponent": 2}, (-3, 1), (0, 9)),
    ("power", {"exponent": 3}, (0, 2), (0, 8)),
    ("power", {"exponent": -2}, (-2, 4), (1 / 16, math.inf)),
    ("power", {"exponent": -1}, (-2, 4), (-math.inf, math.inf)),
    ("power", {"exponent": 1.5}, (-4, 4), (0, 8)),
    ("power", {"exponent": -0.5}, (-4, 4), (0.5, math.inf)),
    ("power", {"exponent": 0}, (-4, 4), (1, 1)),
    ("sin", {}, (0, 3), (0, 1)),
    ("sin", {}, (2, 6), (-1, math.sin(2))),
    ("sin", {}, (-100, 100), (-1, 1)),
    ("cos", {}, (-1, 0.5), (math.cos(1), 1)),
    ("cos", {}, (7, 9), (math.cos(9), math.cos(7))),
    ("gaussian", {}, (-1, 2), (math.exp(-4), 1)),
    ("gaussian", {}, (-math.inf, math.inf), (0, 1)),
    ("leaky-relu", {"slope": 0}, (-math.inf, 2), (0, 2)),
    ("leaky-relu", {"slope": -1}, (-3, 2), (0, 3)),
    ("silu", {}, (-math.inf, -2), (-2 / (1 + math.exp(2)), 0)),
    ("gelu", {}, (-math.inf, 0), (-0.16997120747990366, 0)),
    ("softsign", {}, (-math.inf, math.inf), (-1, 1)),
    ("relu", {}, (-7, -1), (0, 0)),
    ("piecewise", {"knots": [[0, 1], [1, 3], [2, -1]]}, (0.5, 1.5), (1, 3)),
]


@pytest.mark.parametrize(("name", "parameters", "interval", "expected"), IMAGES)
def test_known_images(
    name: str,
    parameters: dict[str, Any],
    interval: tuple[float, float],
    expected: tuple[float, float],
) -> None:
    function = ACTIVATIONS[name]
    image = function.image(interval, **with_defaults(function, parameters))
    assert all(near(got, value, 1e-14) for got, value in zip(image, expected, strict=True)), image


@pytest.mark.parametrize(
    ("name", "parameters", "interval"),
    [
        ("sqrt", {}, (-3.0, -1.0)),
        ("log", {}, (-3.0, -1.0)),
        ("reciprocal", {}, (0.0, 0.0)),
        ("power", {"exponent": 0.5}, (-3.0, -1.0)),
        ("power", {"exponent": -2.0}, (-0.0, 0.0)),
    ],
)
def test_the_image_of_what_lies_outside_the_domain_is_nothing(
    name: str, parameters: dict[str, Any], interval: tuple[float, float]
) -> None:
    assert all(map(math.isnan, ACTIVATIONS[name].image(interval, **parameters)))


@over_all
@laws
@given(st.data())
def test_the_range_holds_every_value(name: str, data: st.DataObject) -> None:
    """For every z of the domain: f(z) is in the range."""
    function, parameters = drawn(data, name)
    z = draw_in_domain(data, function, parameters)
    assume(inside(function, z, parameters))
    least, greatest = function.range(**parameters)
    assert least <= function.scalar(z, **parameters) <= greatest


@over_all_cases
def test_nothing_passes_the_end_of_the_range_beside_a_turn(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    """Where a function turns, rounding must not carry any of its neighbours over the edge."""
    low, high = function.range(**parameters)
    for turn in function.known(**parameters).turns:
        z = turn + np.arange(-300, 301) * math.ulp(turn)
        least, greatest = function.image((turn - 1e-6, turn + 1e-6), **parameters)
        for values in (
            vector(function, z, parameters),
            np.array([function.scalar(at, **parameters) for at in z.tolist()]),
        ):
            assert (values >= max(low, least)).all()
            assert (values <= min(high, greatest)).all()


@over_all_cases
def test_the_range_is_the_image_of_everything(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    image = function.image((-math.inf, math.inf), **parameters)
    expected = function.range(**parameters)
    assert all(near(got, end, 1e-14) for got, end in zip(image, expected, strict=True))


# Shape -----------------------------------------------------------------------------------------


@over_monotone
@laws
@given(st.data())
def test_monotone_functions_never_go_the_other_way(name: str, data: st.DataObject) -> None:
    """If u <= v then f(u) <= f(v), up to rounding where it is not exact."""
    function, parameters = drawn(data, name)
    direction = function.monotonicity(**parameters)
    assume(direction is not None)
    u, v = sorted(draw_in_domain(data, function, parameters) for _ in range(2))
    first, second = function.scalar(u, **parameters), function.scalar(v, **parameters)
    alike = first == second if function.exact else near(first, second, 1e-14)
    assert alike or direction == ("increasing" if first < second else "decreasing")


@over_all_cases
def test_only_functions_that_go_both_ways_are_of_no_direction(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    points = grid(function, -8, 8, parameters)
    values = vector(function, points, parameters)
    steps = np.diff(values[np.isfinite(values)])
    both_ways = bool((steps > 1e-12).any() and (steps < -1e-12).any())
    assert (function.monotonicity(**parameters) is None) == both_ways


@over_all
@laws
@given(st.data())
def test_the_derivative_is_the_limit_of_differences(name: str, data: st.DataObject) -> None:
    """f'(z) is (f(z + h) - f(z - h)) / 2h for small h, away from hinges and the domain's ends."""
    function, parameters = drawn(data, name)
    z = data.draw(nearby, label="z")
    h = 1e-6
    edges = [*function.hinges(**parameters), *function.domain(**parameters)]
    assume(all(abs(z - edge) > 0.05 for edge in edges))
    assume(inside(function, z, parameters))
    below, above = function.scalar(z - h, **parameters), function.scalar(z + h, **parameters)
    slope = function.derivative(z, **parameters)
    tolerance = 2e-5 * (1 + abs(slope)) + 1e-15 * max(abs(below), abs(above)) / h
    assert abs((above - below) / ((z + h) - (z - h)) - slope) <= tolerance


@over_all_cases
def test_the_derivative_at_a_hinge_is_the_slope_on_its_right(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    for hinge in function.hinges(**parameters):
        at, beside = (function.derivative(z, **parameters) for z in (hinge, hinge + 1e-9))
        assert (
            math.isinf(at)
            if math.isinf(function.scalar(hinge, **parameters))
            else (at == pytest.approx(beside, abs=1e-8))
        )


@over_all_cases
def test_at_each_hinge_the_function_or_its_slope_jumps(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    for hinge in function.hinges(**parameters):
        left, right = hinge - 1e-9, hinge + 1e-9
        bend = function.derivative(left, **parameters) - function.derivative(right, **parameters)
        jump = function.scalar(left, **parameters) - function.scalar(right, **parameters)
        assert abs(bend) > 1e-3 or abs(jump) > 0.5


@over_all_cases
def test_between_hinges_neither_the_function_nor_its_slope_jumps(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    hinges = function.hinges(**parameters)
    points = [z for z in grid(function, -6, 6, parameters).tolist() if abs(z) > 0.2 or not hinges]
    slopes = [function.derivative(z, **parameters) for z in points]
    values = [function.scalar(z, **parameters) for z in points]
    start = function.domain(**parameters)[0]
    for i, (u, v) in enumerate(pairwise(points)):
        if u - start < 0.1 or v - u > 0.01 or any(u < hinge <= v for hinge in hinges):
            continue
        assert abs(slopes[i + 1] - slopes[i]) <= 0.1 * (1 + abs(slopes[i]))
        assert abs(values[i + 1] - values[i]) <= 1.1 * (v - u) * (abs(slopes[i]) + 1e-2) + 1e-12


@over_all_cases
def test_a_piecewise_linear_function_has_constant_slope_between_hinges(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    hinges = function.hinges(**parameters)
    points = grid(function, -6, 6, parameters).tolist()
    pieces: dict[int, set[float]] = {}
    for z in points:
        piece = sum(hinge <= z for hinge in hinges)
        pieces.setdefault(piece, set()).add(function.derivative(z, **parameters))
    straight = all(len(slopes) == 1 for slopes in pieces.values())
    constant_or_line = function.name == "power" and parameters["exponent"] in (0, 1)
    assert straight == (
        function.piecewise_linear
        or constant_or_line
        or (function.name == "elu" and parameters["alpha"] == 0)
    )


@over_lipschitz
@laws
@given(st.data())
def test_no_two_points_are_steeper_than_the_lipschitz_constant(
    name: str, data: st.DataObject
) -> None:
    """|f(u) - f(v)| <= L |u - v|."""
    function, parameters = drawn(data, name)
    bound = function.lipschitz(**parameters)
    assume(math.isfinite(bound))
    u, v = (data.draw(nearby | st.floats(-1e300, 1e300), label=name) for name in "uv")
    first, second = function.scalar(u, **parameters), function.scalar(v, **parameters)
    rounding = 1e-14 * (abs(first) + abs(second))
    assert abs(first - second) <= bound * abs(u - v) * (1 + 1e-14) + rounding


@over_all_cases
def test_the_lipschitz_constant_is_the_smallest(
    function: ActivationFunction, parameters: dict[str, Any]
) -> None:
    """A finite one is attained within 1 %; where it is infinite, slopes exceed any bound."""
    bound = function.lipschitz(**parameters)
    points = grid(function, -10, 10, parameters)
    if math.isinf(bound):
        magnitudes = np.geomspace(1e-12, 1e12, 400)
        start = function.domain(**parameters)[0]
        points = magnitudes if start == 0 else np.concatenate([-magnitudes[::-1], magnitudes])
    values = vector(function, points, parameters)
    finite = np.isfinite(values)
    slopes = np.abs(np.diff(values[finite]) / np.diff(points[finite]))
    if math.isinf(bound):
        assert slopes.max() > 1e5
    else:
        assert bound * 0.99 - 1e-12 <= slopes.max() <= bound * (1 + 1e-6) + 1e-6


# Parameters ------------------------------------------------------------------------------------

FAULTS: list[tuple[str, Any, tuple[str | int, ...], str, str]] = [
    ("relu", {"slope": 1}, ("slope",), "relu has no parameter 'slope'", "takes no parameters"),
    ("leaky-relu", {"slop": 1}, ("slop",), "no parameter 'slop'", "did you mean 'slope'?"),
    ("leaky-relu", {"zzz": 1}, ("zzz",), "no parameter 'zzz'", "legal: slope"),
    ("leaky-relu", {3: 1}, (3,), "no parameter 3", "legal: slope"),
    ("leaky-relu", {"slope": True}, ("slope",), "must be a number, not true", "give a number"),
    ("leaky-relu", {"slope": "0.2"}, ("slope",), "not '0.2'", "without quotes"),
    ("leaky-relu", {"slope": "steep"}, ("slope",), "not 'steep'", "give a number"),
    ("leaky-relu", {"slope": None}, ("slope",), "not nothing", "give a number"),
    ("leaky-relu", {"slope": [1]}, ("slope",), "not a list", "give a number"),
    ("leaky-relu", {"slope": math.nan}, ("slope",), "finite number, not nan", "e+308"),
    ("elu", {"alpha": -math.inf}, ("alpha",), "finite number, not -inf", "e+308"),
    ("elu", {"alpha": 10**5000}, ("alpha",), "an integer of 16,610 bits", "e+308"),
    ("elu", {"alpha": 2**53 + 1}, ("alpha",), "9007199254740993", "nearest is 9007199254740992"),
    ("celu", {"alpha": 0}, ("alpha",), "above 0, not 0", "give a number above 0"),
    ("celu", {"alpha": -1.5}, ("alpha",), "above 0, not -1.5", "give a number above 0"),
    ("clip", {"low": 0}, (), "clip needs the parameter 'high'", "the value of whatever is higher"),
    ("clip", {"low": 2, "high": 1}, ("high",), "'high' (1) is lower than 'low' (2)", "exchange"),
    ("power", {}, (), "power needs the parameter 'exponent'", "the power to which"),
    ("power", 3, (), "must be a map of name to value, not 3", "parameters of power: exponent"),
    ("elu", [1], (), "must be a map of name to value, not a list", "alpha (optional)"),
    ("piecewise", {"knots": 5}, ("knots",), "list of pairs [z, a], not 5", "[[0, 0], [10, 1]]"),
    ("piecewise", {"knots": []}, ("knots",), "two knots or more, not none", "for example"),
    ("piecewise", {"knots": [[0, 1]]}, ("knots",), "two knots or more, not one", "for example"),
    ("piecewise", {"knots": [[0, 1], 2]}, ("knots", 1), "a pair [z, a], not 2", "for example"),
    ("piecewise", {"knots": [[0], [1, 2]]}, ("knots", 0), "not a list of 1", "for example"),
    ("piecewise", {"knots": [[0, 1], [1, "2"]]}, ("knots", 1, 1), "knot's a must be", "quotes"),
    ("piecewise", {"knots": [[math.inf, 1], [1, 2]]}, ("knots", 0, 0), "knot's z must", "e+308"),
    ("piecewise", {"knots": [[0, 1], [0, 2]]}, ("knots", 1), "z = 0 must lie above", "rising z"),
    ("piecewise", {"knots": [[0, 1], [2, 2], [1, 2]]}, ("knots", 2), "at 2", "rising z"),
    ("piecewise", {"knots": [[0, -1e308], [1, 1e308]]}, ("knots", 1), "too steep", "range"),
    ("piecewise", {"knots": [[-1e308, 0], [1e308, 1]]}, ("knots", 1), "too long", "range"),
]


@pytest.mark.parametrize(("name", "parameters", "path", "message", "advice"), FAULTS)
def test_a_faulty_parameter_is_named_with_its_mend(
    name: str, parameters: Any, path: tuple[str | int, ...], message: str, advice: str
) -> None:
    faults = list(check_parameters(ACTIVATIONS[name], parameters))
    assert [fault.path for fault in faults] == [path]
    assert message in faults[0].message
    assert advice in faults[0].help


def test_every_fault_is_found_at_once() -> None:
    faults = list(check_parameters(ACTIVATIONS["clip"], {"low": "1", "hihg": 2}))
    assert [fault.path for fault in faults] == [("low",), ("hihg",), ()]
    knots_ = [[0, "1"], [True, 2], 7]
    paths = [f.path for f in check_parameters(ACTIVATIONS["piecewise"], {"knots": knots_})]
    assert paths == [("knots", 0, 1), ("knots", 1, 0), ("knots", 2)]


def test_extension_keys_are_ignored() -> None:
    leaky = ACTIVATIONS["leaky-relu"]
    assert not list(check_parameters(leaky, {"slope": 0.2, "x-why": ["fitted"]}))
    assert with_defaults(leaky, {"slope": 0.2, "x-why": ["fitted"]}) == {"slope": 0.2}


def test_whole_numbers_and_lists_become_floats_and_tuples() -> None:
    power = with_defaults(ACTIVATIONS["power"], {"exponent": 2})
    assert isinstance(power["exponent"], float)
    piecewise = with_defaults(ACTIVATIONS["piecewise"], {"knots": [[0, 1], (2, 3)]})
    assert piecewise == {"knots": ((0.0, 1.0), (2.0, 3.0))}
    assert all(isinstance(n, float) for knot in piecewise["knots"] for n in knot)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@over_all
@laws
@given(st.data())
def test_what_is_found_faultless_can_be_used(name: str, data: st.DataObject) -> None:
    """Whatever is given, either faults are named or the function has an answer everywhere."""
    function = ACTIVATIONS[name]
    own = {parameter.name: anything | st.floats() for parameter in function.parameters}
    parameters: Any = data.draw(st.fixed_dictionaries({}, optional=own) | anything)
    faults = list(check_parameters(function, parameters))
    if faults:
        assert all(fault.message and fault.help for fault in faults)
        return
    complete = with_defaults(function, parameters)
    z = data.draw(everywhere)
    assert isinstance(function.scalar(z, **complete), float)
    assert vector(function, np.array([z]), complete).shape == (1,)
    least, greatest = function.image((z, z), **complete)
    if inside(function, z, complete):
        assert least <= function.scalar(z, **complete) <= greatest


@over_all
@laws
@given(st.data())
def test_the_parameters_that_the_tests_draw_are_faultless(name: str, data: st.DataObject) -> None:
    """The strategies above draw legal parameters only."""
    parameters = data.draw(STRATEGIES.get(name, st.just({})))
    assert not list(check_parameters(ACTIVATIONS[name], parameters))
