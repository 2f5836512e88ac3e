from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnspec.diagnostics import Finding, Path
from nnspec.spec.model import (
    BulkLayer,
    Claim,
    DenseWeights,
    Example,
    Independent,
    Input,
    Layer,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Neuron,
    Ordered,
    Property,
    Then,
    Value,
)
from nnspec.validation import RULE_BY_CODE
from nnspec.validation.rule import Subject

CODES = [f"NS70{digit}" for digit in range(1, 10)]

INPUTS = (
    Input("area", range=(100, 20000)),
    Input("bedrooms", "integer", range=(0, 20)),
    Input("garage", "boolean"),
    Input("condition", "category", ("poor", "fair", "good")),
    Input("age", range=(0, 250), missing=38),
)
LAYERS = (
    BulkLayer("dense", 2, ("area",), DenseWeights(((1.0,), (2.0,)))),
    Layer(
        "hidden",
        (
            Neuron("large-home", {"area": 1, "condition.good": 2}),
            Neuron("historic", (("age", 1), ("bedrooms", 1), ("garage", "rate"))),
        ),
    ),
    Layer("output", (Neuron("price", {"large-home": 1, "historic": 1, "dense.0": 1}),)),
)
GIVEN: dict[str, Value] = {"area": 3000, "bedrooms": 4, "garage": True, "condition": "good"}


def spec_with(
    *properties: Property | Claim, examples: tuple[Example, ...] = (), **changes: Any
) -> NetworkSpec:
    wrapped = [item if isinstance(item, Property) else Property(item) for item in properties]
    parts: dict[str, Any] = {"inputs": INPUTS, "layers": LAYERS, "parameters": {"rate": 0.5}}
    return NetworkSpec(
        "valuation", **(parts | changes), examples=examples, properties=tuple(wrapped)
    )


def example(change: Mapping[str, Value], **expect: Any) -> NetworkSpec:
    """A spec whose one example gives what is needed, but for a change."""
    bounds = {name.replace("_", "-"): bound for name, bound in expect.items()} or {"price": 1}
    return spec_with(examples=(Example({**GIVEN, **change}, bounds),))


def given_only(*names: str, **others: Value) -> NetworkSpec:
    kept = {name: GIVEN[name] for name in names}
    return spec_with(examples=(Example(kept | others, {"price": 1}, "a home"),))


def when(limits: Mapping[str, Any]) -> NetworkSpec:
    return spec_with(Property(Then({"price": (0, None)}), when=limits))


def findings(spec: NetworkSpec, *, names_complete: bool = True) -> list[Finding]:
    """What all rules on examples and properties find."""
    subject = Subject(spec, names_complete=names_complete)
    checks = [RULE_BY_CODE[code].check for code in CODES]
    return [finding for check in checks if check is not None for finding in check(subject)]


FINE = [
    spec_with(),
    example({}),
    example({"age": 0}),
    example({"area": 100, "bedrooms": 20.0, "garage": 0, "condition": "poor"}),
    example({}, price=(0, 0), large_home=(None, None), historic=(None, 3)),
    spec_with(examples=(Example(GIVEN, {"dense.1": 1}, "a"), Example(GIVEN, {"price": 1}, "b"))),
    spec_with(examples=(Example(GIVEN, {"price": 1}), Example(GIVEN, {"price": 1}))),
    when({"age": (None, 100), "area": (100, None), "bedrooms": (2, 2), "garage": (1, 1)}),
    when({"garage": (True, True), "condition": ("good",), "age": (None, None)}),
    when({"condition": ("good", "fair")}),
    spec_with(Monotone({"price": {"area": "increasing", "garage": "increasing"}})),
    spec_with(Independent({"dense.0": ("age", "condition")})),
    spec_with(Lipschitz({"price": {"area": 0, "age": 3.5}})),
    spec_with(Ordered((("historic", "price"), ("dense.0", "dense.1")))),
    spec_with(Linear(("2*price - 3*historic >= area - 5*condition.good + dense.0",))),
]


@pytest.mark.parametrize("spec", FINE)
def test_nothing_is_found_where_nothing_is_wrong(spec: NetworkSpec) -> None:
    assert findings(spec) == []


P: Path = ("properties", 0)
G: Path = ("examples", 0, "given")

# (spec, code, path, at, fragments of the message, fragment of the help)
NAMES = [
    (
        example({"prise": 1}),
        (*G, "prise"),
        "key",
        "'given' names 'prise', which is not an input",
        "legal: area, bedrooms, garage, condition, age",
    ),
    (
        given_only("bedrooms", "garage", "condition", aera=3000),
        (*G, "aera"),
        "key",
        "'aera'",
        "'area'",
    ),
    (example({"price": 1}), (*G, "price"), "key", "which is a neuron, not an input", "'expect'"),
    (example({"rate": 1}), (*G, "rate"), "key", "which is a parameter, not an input", "its number"),
    (
        given_only("area", "bedrooms", "garage", **{"condition.good": 1}),
        (*G, "condition.good"),
        "key",
        "a category's value, not an input",
        "condition: good",
    ),
    (example({}, prise=1), ("examples", 0, "expect", "prise"), "key", "'prise'", "'price'"),
    (
        example({}, area=1),
        ("examples", 0, "expect", "area"),
        "key",
        "'expect' names 'area', which is an input, not a neuron",
        "belongs under 'given'",
    ),
    (
        example({}, condition=1),
        ("examples", 0, "expect", "condition"),
        "key",
        "which is an input, not a neuron",
        "belongs under 'given'",
    ),
    (when({"agee": (0, 1)}), (*P, "when", "agee"), "key", "'agee'", "did you mean 'age'?"),
    (when({"historic": (0, 1)}), (*P, "when", "historic"), "key", "a neuron", "only inputs"),
    (
        when({"condition.good": (1, 1)}),
        (*P, "when", "condition.good"),
        "key",
        "a category's value",
        "condition: [good]",
    ),
    (spec_with(Then({"prise": 0})), (*P, "then", "prise"), "key", "not a neuron", "'price'"),
    (spec_with(Then({"age": 0})), (*P, "then", "age"), "key", "an input", "under 'when'"),
    (
        spec_with(Then({"hidden": 0})),
        (*P, "then", "hidden"),
        "key",
        "a layer, not a neuron",
        "large-home, historic",
    ),
    (
        spec_with(Then({"dense.2": 0})),
        (*P, "then", "dense.2"),
        "key",
        "layer 'dense' has no such neuron",
        "dense.0 to dense.1",
    ),
    (spec_with(Then({"danse.1": 0})), (*P, "then", "danse.1"), "key", "'danse.1'", "'dense.1'"),
    (
        spec_with(Then({"zebra": 0})),
        (*P, "then", "zebra"),
        "key",
        "'zebra'",
        "legal: large-home, historic, price, dense.0 to dense.1",
    ),
    (
        spec_with(Monotone({"prise": {"area": "increasing"}})),
        (*P, "monotone", "prise"),
        "key",
        "'monotone' names 'prise', which is not a neuron",
        "'price'",
    ),
    (
        spec_with(Monotone({"price": {"aera": "increasing"}})),
        (*P, "monotone", "price", "aera"),
        "key",
        "'monotone' names 'aera', which is not an input",
        "'area'",
    ),
    (
        spec_with(Monotone({"price": {"historic": "increasing"}})),
        (*P, "monotone", "price", "historic"),
        "key",
        "a neuron, not an input",
        "name an input",
    ),
    (
        spec_with(Monotone({"price": {"condition.good": "increasing"}})),
        (*P, "monotone", "price", "condition.good"),
        "key",
        "a category's value, not an input",
        "name the input: condition",
    ),
    (
        spec_with(Monotone({"area": {"price": "increasing"}})),
        (*P, "monotone", "area"),
        "key",
        "an input, not a neuron",
        "monotone: {neuron: {area: increasing}}",
    ),
    (
        spec_with(Lipschitz({"area": {"price": 3}})),
        (*P, "lipschitz", "area"),
        "key",
        "an input, not a neuron",
        "lipschitz: {neuron: {area: 1}}",
    ),
    (
        spec_with(Independent({"area": ("price", "historic")})),
        (*P, "independent", "area"),
        "key",
        "an input, not a neuron",
        "independent: {neuron: [area]}",
    ),
    (
        spec_with(Independent({"price": ("age", "aera")})),
        (*P, "independent", "price", 1),
        "value",
        "'independent' names 'aera'",
        "'area'",
    ),
    (
        spec_with(Lipschitz({"price": {"aera": 1.5}})),
        (*P, "lipschitz", "price", "aera"),
        "key",
        "'lipschitz' names 'aera'",
        "'area'",
    ),
    (
        spec_with(Ordered((("price", "historik"),))),
        (*P, "ordered", 0, 1),
        "value",
        "'ordered' names 'historik', which is not a neuron",
        "'historic'",
    ),
    (
        spec_with(Ordered((("area", "price"),))),
        (*P, "ordered", 0, 0),
        "value",
        "an input, not a neuron",
        "'linear' compares inputs too",
    ),
    (
        spec_with(Linear(("price >= 0", "prise + 2*area >= 0"))),
        (*P, "linear", 1),
        "value",
        "'linear' names 'prise', which is not an input or a neuron",
        "'price'",
    ),
    (
        spec_with(Linear(("price-historic >= 0",))),
        (*P, "linear", 0),
        "value",
        "'price-historic'",
        "write 'price - historic'",
    ),
    (
        spec_with(Linear(("large-home-historic-3 >= 0",))),
        (*P, "linear", 0),
        "value",
        "'large-home-historic-3'",
        "write 'large-home - historic - 3'",
    ),
    (
        spec_with(Linear(("condition.god >= 0",))),
        (*P, "linear", 0),
        "value",
        "'condition.god'",
        "did you mean 'condition.good'?",
    ),
    (
        spec_with(Linear(("price >= rate",))),
        (*P, "linear", 0),
        "value",
        "a parameter, not an input or a neuron",
        "its number",
    ),
]


@pytest.mark.parametrize(("spec", "path", "at", "message", "mend"), NAMES)
def test_ns701_unknown_names(
    spec: NetworkSpec, path: Path, at: str, message: str, mend: str
) -> None:
    (found,) = findings(spec)
    assert (found.code, found.path, found.at) == ("NS701", path, at)
    assert message in found.message
    assert mend in found.help


def test_ns701_a_name_unknown_at_many_places_is_reported_once() -> None:
    claims = (Then({"prise": 0}), Ordered((("prise", "price"),)), Then({"prise": 1}))
    (found,) = findings(spec_with(*claims))
    assert found.path == ("properties", 0, "then", "prise")
    assert "(and in 2 more places)" in found.message


def test_ns701_a_known_name_in_the_wrong_place_is_reported_for_each_clause() -> None:
    claims = (
        Monotone({"area": {"price": "increasing"}}),
        Ordered((("price", "area"), ("area", "historic"))),
    )
    first, second = findings(spec_with(*claims))
    assert first.path == ("properties", 0, "monotone", "area")
    assert second.path == ("properties", 1, "ordered", 0, 1)
    assert "monotone: {neuron: {area: increasing}}" in first.help
    assert "(and in 1 more place)" in second.message


def test_ns701_a_name_unknown_in_an_inequality_and_elsewhere_is_one_fault() -> None:
    found = findings(spec_with(Then({"prise": 0}), Linear(("prise >= 0",))))
    assert [finding.path for finding in found] == [("properties", 0, "then", "prise")]


def test_ns701_a_name_given_to_an_input_and_a_neuron_is_left_to_ns303() -> None:
    layers = (*LAYERS, Layer("again", (Neuron("age", {"price": 1}),)))
    assert findings(spec_with(Then({"age": 0}), layers=layers)) == []


def test_ns701_unread_names_are_not_called_unknown_but_inputs_stay_inputs() -> None:
    claims = (Then({"prise": 0}), Linear(("price + prise >= 0",)), Then({"area": 0}))
    spec = spec_with(*claims, examples=(Example({"aera": 3}, {"prize": 1}),))
    (found,) = findings(spec, names_complete=False)
    assert found.path == ("properties", 2, "then", "area")


def test_many_faults_are_all_reported_and_end_soon() -> None:
    """Nearest names are looked for a few times only, each of which takes milliseconds."""
    values = tuple([f"value-{i}" for i in range(3_000)])
    inputs = (Input("kind", "category", values), *[Input(f"input-{i}") for i in range(3_000)])
    spec = spec_with(
        *[Then({f"neuron-{i}": 0}) for i in range(3_000)],
        examples=tuple([Example({f"x{i}": 1, "kind": "v"}, {"price": 1}) for i in range(3_000)]),
        inputs=inputs,
    )
    start = time.perf_counter()
    found = findings(spec)
    assert time.perf_counter() - start < 20
    counts = Counter(finding.code for finding in found)
    assert counts == {"NS701": 6_000, "NS703": 3_000, "NS702": 33}


def test_ns702_names_all_inputs_without_a_value() -> None:
    (found,) = findings(given_only("area", "garage"))
    assert (found.code, found.path, found.at) == ("NS702", G, "key")
    assert found.message == "example 'a home' gives no value for 'bedrooms', 'condition'"
    assert "bedrooms: {missing: …}" in found.help


def test_ns702_an_example_without_a_name_is_called_by_its_number() -> None:
    fine = Example(GIVEN, {"price": 1})
    (found,) = findings(spec_with(examples=(fine, Example({}, {"price": 1}))))
    assert found.path == ("examples", 1, "given")
    assert found.message.startswith("example 2 gives no value for 'area', 'bedrooms'")
    assert "'age'" not in found.message  # it has a stand-in


def test_ns702_leaves_a_misspelt_input_to_ns701_and_reports_the_rest() -> None:
    found = findings(given_only("garage", "condition", aera=3000))
    assert [(f.code, f.path) for f in found] == [("NS701", (*G, "aera")), ("NS702", G)]
    assert found[1].message == "example 'a home' gives no value for 'bedrooms'"


def test_ns702_is_silent_while_names_are_unread() -> None:
    assert findings(given_only("area"), names_complete=False) == []


@given(st.sets(st.sampled_from([item.name for item in INPUTS])))
def test_ns702_reports_exactly_what_is_left_out_and_has_no_stand_in(kept: set[str]) -> None:
    values = GIVEN | {"age": 12}
    spec = spec_with(
        examples=(Example({name: values[name] for name in kept}, {"price": 1}),),
    )
    left_out = [i.name for i in INPUTS if i.missing is None and i.name not in kept]
    found = findings(spec)
    assert len(found) == bool(left_out)
    for finding in found:
        assert [n for n in values if f"'{n}'" in finding.message] == left_out


VALUES = [
    ({"area": "large"}, "area", "'area' is a number and cannot be 'large'", "without quotes"),
    ({"area": "1_000"}, "area", "'area' is a number and cannot be '1_000'", "plain decimal"),
    ({"area": True}, "area", "'area' is a number, not true", "write a number"),
    ({"area": 30000}, "area", "30000 is outside the range [100, 20000] of 'area'", "the range"),
    ({"area": 99.5}, "area", "99.5 is outside the range", "the range"),
    ({"bedrooms": 2.5}, "bedrooms", "'bedrooms' is an integer and cannot be 2.5", "whole number"),
    ({"bedrooms": "two"}, "bedrooms", "'bedrooms' is an integer and cannot be 'two'", "number"),
    ({"bedrooms": -1}, "bedrooms", "-1 is outside the range [0, 20]", "the range"),
    ({"garage": 2}, "garage", "'garage' is a boolean and cannot be 2", "true, false, 1, 0"),
    ({"garage": "yes"}, "garage", "'garage' is a boolean and cannot be 'yes'", "true, false, 1, 0"),
    ({"condition": "god"}, "condition", "'god' is not a category of 'condition'", "'good'"),
    ({"condition": 3}, "condition", "3 is not a category of 'condition'", "poor, fair, good"),
    ({"age": -1}, "age", "-1 is outside the range [0, 250] of 'age'", "the range"),
]


@pytest.mark.parametrize(("change", "name", "message", "mend"), VALUES)
def test_ns703_values_that_an_input_cannot_take(
    change: dict[str, Value], name: str, message: str, mend: str
) -> None:
    (found,) = findings(example(change))
    assert (found.code, found.path, found.at) == ("NS703", (*G, name), "value")
    assert message in found.message
    assert mend in found.help


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-30, 30))
def test_ns703_holds_for_exactly_the_numbers_outside_the_range(value: float) -> None:
    area, rooms = findings(example({"area": value})), findings(example({"bedrooms": value}))
    assert len(area) == (not 100 <= value <= 20000)
    assert len(rooms) == (not (0 <= value <= 20 and float(value).is_integer()))
    assert {f.code for f in area + rooms} <= {"NS703"}


def test_ns703_an_empty_range_is_left_to_ns501() -> None:
    inputs = (Input("area", range=(5, 1)), *INPUTS[1:])
    spec = spec_with(
        Property(Then({"price": 0}), when={"area": (2, 3)}),
        examples=(Example(GIVEN, {"price": 1}),),
        inputs=inputs,
    )
    assert findings(spec) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_ns703_what_is_not_finite_is_left_to_ns108(value: float) -> None:
    assert findings(example({"area": value})) == []
    assert findings(example({"bedrooms": value})) == []
    assert findings(when({"area": (None, value), "bedrooms": (value, None)})) == []


def test_ns703_does_not_judge_by_types_that_may_be_unread() -> None:
    changes: dict[str, Value] = {"condition": "god", "area": "large", "bedrooms": 40}
    (found,) = findings(example(changes), names_complete=False)
    assert found.path == (*G, "bedrooms")


LIMITS: list[tuple[dict[str, Any], str, Path, str, str]] = [
    ({"area": (50, 200)}, "NS703", ("area", 0), "50 is outside the range", "write null"),
    ({"age": (100, 300)}, "NS703", ("age", 1), "300 is outside the range [0, 250]", "write null"),
    ({"bedrooms": (1.5, 3)}, "NS703", ("bedrooms", 0), "cannot be 1.5", "whole number"),
    ({"garage": (0.5, 1)}, "NS703", ("garage", 0), "boolean and cannot be 0.5", "legal"),
    ({"area": ("small", 200)}, "NS703", ("area", 0), "cannot be 'small'", "without quotes"),
    ({"area": (True, 200)}, "NS703", ("area", 0), "'area' is a number, not true", "number"),
    ({"area": (200,)}, "NS703", ("area",), "given a list of 1 value", "write [200, 200]"),
    ({"garage": (True,)}, "NS703", ("garage",), "given a list of 1 value", "write [true, true]"),
    ({"area": (200, 300, 400)}, "NS703", ("area",), "a list of 3 values", "[low, high]"),
    ({"area": ()}, "NS703", ("area",), "a list of 0 values", "[low, high]"),
    ({"condition": ("fair", "god")}, "NS703", ("condition", 1), "'god' is not a cat", "'good'"),
    ({"condition": (1, 3)}, "NS703", ("condition", 0), "1 is not a category", "poor, fair, good"),
    ({"condition": (None, 3)}, "NS703", ("condition",), "has no interval", "list its values"),
    ({"condition": ()}, "NS704", ("condition",), "no value at all", "list the values"),
    ({"age": (300, 400)}, "NS704", ("age",), "lies in [300, 400]: its range is [0, 250]", "range"),
    ({"area": (None, 50)}, "NS704", ("area",), "lies in [null, 50]", "range"),
    ({"age": (250.5, None)}, "NS704", ("age",), "lies in [250.5, null]", "range"),
    ({"bedrooms": (1.2, 1.8)}, "NS704", ("bedrooms",), "it is an integer", "whole number"),
    ({"bedrooms": (20.5, 30)}, "NS704", ("bedrooms",), "its range is [0, 20]", "range"),
    ({"garage": (0.2, 0.8)}, "NS704", ("garage",), "it is a boolean", "whole number"),
    ({"garage": (2, 3)}, "NS704", ("garage",), "its range is [false, true]", "range"),
    ({"age": (100, 0)}, "NS706", ("age",), "100 is above 0", "did you mean [0, 100]?"),
    ({"age": (400, 300)}, "NS706", ("age",), "400 is above 300", "[300, 400]"),
]


@pytest.mark.parametrize(("limits", "code", "rest", "message", "mend"), LIMITS)
def test_limits_under_when(
    limits: dict[str, Any], code: str, rest: Path, message: str, mend: str
) -> None:
    found = findings(when(limits))
    assert found[0].path == (*P, "when", *rest)
    assert {finding.code for finding in found} == {code}
    assert message in found[0].message
    assert mend in found[0].help


ENDS = st.none() | st.floats(-400, 400) | st.integers(-30, 300)


@given(st.sampled_from(["age", "bedrooms", "garage"]), ENDS, ENDS)
def test_limits_have_one_kind_of_fault_or_leave_a_value(name: str, low: Any, high: Any) -> None:
    """An interval is reversed, or holds no value, or has impossible ends, or is fine."""
    codes = {finding.code for finding in findings(when({name: (low, high)}))}
    bottom = -math.inf if low is None else low
    top = math.inf if high is None else high
    last = {"age": 250, "bedrooms": 20, "garage": 1}[name]
    first, final = max(bottom, 0), min(top, last)
    if name != "age":
        first, final = math.ceil(first), math.floor(final)
    ends = [end for end in (low, high) if end is not None]
    if bottom > top:
        assert codes == {"NS706"}
    elif first > final:
        assert codes == {"NS704"}
    elif all(0 <= end <= last and (name == "age" or float(end).is_integer()) for end in ends):
        assert codes == set()
    else:
        assert codes == {"NS703"}


def test_ns706_reversed_intervals_of_neurons() -> None:
    claim = Then({"price": (1e7, 0), "historic": (0, 0)})
    spec = spec_with(claim, examples=(Example(GIVEN, {"historic": (30, 20), "price": 4}),))
    found = findings(spec)
    assert [f.code for f in found] == ["NS706", "NS706"]
    assert [f.path for f in found] == [
        ("examples", 0, "expect", "historic"),
        ("properties", 0, "then", "price"),
    ]
    assert found[0].message == "the interval of 'historic' under 'expect' is empty: 30 is above 20"
    assert found[0].help == "did you mean [20, 30]?"


def test_ns707_says_where_in_the_text() -> None:
    (found,) = findings(spec_with(Linear(("price >= 0", "2*price > 3"))))
    assert (found.code, found.path, found.at) == ("NS707", (*P, "linear", 1), "value")
    assert "(character 9 of '2*price > 3')" in found.message
    assert "<= or >=" in found.help


def test_ns707_shows_only_the_neighbourhood_of_a_long_text() -> None:
    text = " + ".join(["price"] * 1_000) + " + 2 price + " + " + ".join(["price"] * 1_000)
    (found,) = findings(spec_with(Linear((text,))))
    assert "+ 2 price +" in found.message
    assert "character 8,003" in found.message
    assert len(found.message) < 200


def test_ns707_an_empty_text_is_not_shown() -> None:
    (found,) = findings(spec_with(Linear((" ",))))
    assert found.message == "the inequality is empty"


CATEGORIES: list[tuple[Claim, Path, str, str]] = [
    (
        Monotone({"price": {"condition": "increasing"}}),
        ("monotone", "price", "condition"),
        "'monotone' names 'condition', a category",
        "'independent'",
    ),
    (
        Lipschitz({"price": {"condition": -3}}),
        ("lipschitz", "price", "condition"),
        "'lipschitz' names 'condition', a category",
        "'independent'",
    ),
    (
        Lipschitz({"price": {"area": -3}}),
        ("lipschitz", "price", "area"),
        "must be 0 or more; given -3",
        "did you mean 3?",
    ),
    (
        Linear(("price >= 2*condition",)),
        ("linear", 0),
        "'linear' names 'condition', a category",
        "condition.poor, condition.fair, condition.good",
    ),
]


@pytest.mark.parametrize(("claim", "rest", "message", "mend"), CATEGORIES)
def test_ns708_claims_on_categories(claim: Claim, rest: Path, message: str, mend: str) -> None:
    (found,) = findings(spec_with(claim))
    assert (found.code, found.path) == ("NS708", (*P, *rest))
    assert message in found.message
    assert mend in found.help


def test_ns709_names_are_shared_by_examples_and_properties() -> None:
    claim = Then({"price": (0, None)})
    spec = spec_with(
        Property(claim, "a"),
        Property(claim, "b"),
        Property(claim, "b"),
        examples=(Example(GIVEN, {"price": 1}, "a"), Example(GIVEN, {"price": 1}, "c")),
    )
    found = findings(spec)
    assert [(f.code, f.path, f.related) for f in found] == [
        ("NS709", ("properties", 0, "name"), ("examples", 0, "name")),
        ("NS709", ("properties", 2, "name"), ("properties", 1, "name")),
    ]
    assert found[0].message == "'a' is the name of a property; an example already has it"
    assert found[1].message == "'b' is the name of a second property"


@pytest.mark.parametrize("code", CODES)
def test_pages_say_what_why_and_how_to_mend(code: str) -> None:
    rule = RULE_BY_CODE[code]
    assert (rule.check is None) == (code == "NS705")
    for text in (rule.what, rule.why, rule.example, rule.mend):
        assert text.strip()
    assert f"# {code} {rule.name}" in rule.page()
