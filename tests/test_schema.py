"""The schema: what it documents, what it accepts, and the one error that each fault gives.

``FAULTS`` is the contract between the schema and the diagnostics made from its errors: each row is
one fault, the keyword that finds it and the path at which it is found.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from nnspec.functions.activations import ACTIVATIONS, ActivationFunction, find
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.text.parsing import parse_text

SCHEMA_FILE = Path(__file__).parent.parent / "schemas" / "nnspec-1.schema.json"
SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
DEFS: dict[str, Any] = SCHEMA["$defs"]
VALIDATOR = Draft202012Validator(SCHEMA, registry=Registry())

FORMAT_EXAMPLE = """\
# yaml-language-server: $schema=../schemas/nnspec-1.schema.json
nnspec: 1
name: property-valuation
description: Values a home from four facts, through three hidden neurons.

inputs:
  area:      {unit: ft2, range: [100, 20000], description: living area}
  bedrooms:  {type: integer, range: [0, 20]}
  distance:  {unit: mile, range: [0, 60], description: to the nearest city centre}
  age:       {unit: year, range: [0, 250]}

layers:
  - name: hidden
    activation: relu
    neurons:
      large-near-city:
        description: large for how near the city it is
        bias: 75700
        synapses: {area: 181.8, distance: -28220}
      family-new-home:
        bias: -194400
        synapses: {area: 120.5, bedrooms: 8000, age: -530}
      historic:
        description: silent until 100 years, then the older the dearer
        bias: -100
        synapses: {age: 1}
  - name: output
    neurons:
      price:
        unit: USD
        bias: 272000
        synapses: {large-near-city: 1, family-new-home: 1, historic: 1840}

examples:
  - name: an old villa in town
    given:  {area: 3000, bedrooms: 4, distance: 2, age: 120}
    expect: {historic: 20, large-near-city: 564660, family-new-home: 135500, price: 1008960}

properties:
  - name: historic is silent up to 100 years
    when: {age: [null, 100]}
    then: {historic: 0}
  - name: more area never lowers the price
    monotone: {price: {area: increasing}}
  - name: a price is a price
    then: {price: [0, 1e7]}
"""

BASE_TEXT = """\
nnspec: 1
name: base
title: A base
description: Every part of the format once.
version: "1.0"
authors: [Ada]
license: Apache-2.0
source: by hand
x-note: kept
inputs:
  area: {unit: ft2, range: [0, null], column: sqft, missing: error, transform: log1p, x-a: 1}
  rooms: {type: integer, title: Rooms, missing: 3}
  condition: {type: category, categories: [poor, good]}
parameters: {rate: 0.5}
layers:
  - name: hidden
    description: named
    activation: relu
    aggregation: sum
    bias: rate
    group: softmax
    x-layer: {any: thing}
    neurons:
      first: {bias: 1, synapses: {area: 1, condition.good: rate}, range: [0, 1], unit: USD}
      second: {activation: {clip: {low: 0, high: 1}}, aggregation: max, synapses: {rooms: 2}}
  - {name: dense, size: 2, from: [hidden], weights: [[1, 2], [3, 4]], bias: [0, 1]}
outputs: [dense.0]
examples:
  - {name: one, given: {area: 1, condition: good}, expect: {first: 1, second: [0, null]}, within: 1}
properties:
  - {name: bounded, when: {area: [0, 1], condition: [good]}, then: {first: [0, 1], second: 1}}
"""


def data_of(text: str) -> Any:
    """Read the text as a spec is read."""
    document = parse_text(text)
    assert not document.findings
    return document.data


Place: TypeAlias = tuple[str | int, ...]

BASE = data_of(BASE_TEXT)
REMOVED = object()
AREA = ("inputs", "area")
CONDITION = ("inputs", "condition")
TRANSFORM = ("inputs", "area", "transform")
HIDDEN = ("layers", 0)
FIRST = ("layers", 0, "neurons", "first")
ACTIVATION = (*FIRST, "activation")
DENSE = ("layers", 1)
WEIGHTS = ("layers", 1, "weights")
EXAMPLE = ("examples", 0)
PROPERTY = ("properties", 0)
LONG_NAME = "a" * 129
SCALE = {"mean": 0, "deviation": 2}
NAMED = {"name": "n", "neurons": {"a": {"synapses": {"area": 1}}}}
BULK = {"name": "b", "size": 1, "from": ["area"], "weights": [[1]]}
CLAIMS = {
    "then": {"first": 1},
    "monotone": {"first": {"area": "increasing"}},
    "independent": {"first": ["area"]},
    "lipschitz": {"first": {"area": 2.5}},
    "ordered": [["first", "second"]],
    "linear": ["first >= 0"],
}


class Fault(NamedTuple):
    """BASE with one value put (or removed) somewhere, and the one error that this gives."""

    name: str
    where: Place
    value: Any
    keyword: str
    path: Place


def at(name: str, where: Place, value: Any, keyword: str, *below: str | int) -> Fault:
    """Put a value somewhere; the error is found there, or so far below it."""
    return Fault(name, where, value, keyword, (*where, *below))


def unknown_key(name: str, place: Place) -> Fault:
    """Add a key that the map does not know."""
    return Fault(f"unknown key, {name}", (*place, "wrong"), 1, "additionalProperties", place)


def missing_key(key: str, place: Place) -> Fault:
    """Remove a required key."""
    return Fault(f"missing {key} at {place}", (*place, key), REMOVED, "required", place)


def bad_name(name: str, names: Place, declared: str, value: Any, keyword: str) -> Fault:
    """Declare a name as a key: the error stands at the map, and its instance is the name."""
    return Fault(name, (*names, declared), value, keyword, names)


KEYS = [
    unknown_key("top level", ()),
    unknown_key("input", AREA),
    unknown_key("layer", HIDDEN),
    unknown_key("bulk layer", DENSE),
    unknown_key("neuron", FIRST),
    unknown_key("example", EXAMPLE),
    unknown_key("property", PROPERTY),
    unknown_key("clip", (*HIDDEN, "neurons", "second", "activation", "clip")),
    *[missing_key(key, ()) for key in ("nnspec", "name", "inputs", "layers")],
    missing_key("name", HIDDEN),
    missing_key("neurons", HIDDEN),
    *[missing_key(key, DENSE) for key in ("name", "size", "from", "weights")],
    missing_key("synapses", FIRST),
    missing_key("given", EXAMPLE),
    missing_key("expect", EXAMPLE),
    missing_key("categories", CONDITION),
]

TYPES = [
    at("version 2", ("nnspec",), 2, "const"),
    at("version as text", ("nnspec",), "1", "const"),
    at("version true", ("nnspec",), True, "const"),
    at("a list for the spec", (), [], "type"),
    at("a number for the title", ("title",), 1, "type"),
    at("a number for the network's version", ("version",), 1.0, "type"),
    at("one author", ("authors",), "Ada", "type"),
    at("an author who is no text", ("authors", 0), 1, "type"),
    at("a list for inputs", ("inputs",), ["area"], "type"),
    at("nothing for an input", AREA, None, "type"),
    at("text for an input", AREA, "number", "type"),
    at("a number for a column", (*AREA, "column"), 3, "type"),
    at("a list for missing", (*AREA, "missing"), [], "type"),
    at("2.5 as a category", (*CONDITION, "categories", 0), 2.5, "type"),
    at("text for a parameter", ("parameters", "rate"), "half", "type"),
    at("a map for layers", ("layers",), {}, "type"),
    at("text for a layer", HIDDEN, "hidden", "type"),
    at("a list for neurons", (*HIDDEN, "neurons"), [], "type"),
    at("a number for a neuron", FIRST, 1, "type"),
    at("true for a bias", (*FIRST, "bias"), True, "type"),
    at("a list for a named layer's bias", (*HIDDEN, "bias"), [1], "type"),
    at("true for a bulk bias", (*DENSE, "bias"), True, "type"),
    at("text in a bulk bias", (*DENSE, "bias", 1), "rate", "type"),
    at("a list for synapses", (*FIRST, "synapses"), ["area"], "type"),
    at("true for a weight", (*FIRST, "synapses", "area"), True, "type"),
    at("a later version's weight", (*FIRST, "synapses", "area"), {"delay": 1}, "type"),
    at("2.5 neurons", (*DENSE, "size"), 2.5, "type"),
    at("text for weights", WEIGHTS, "w.npy", "type"),
    at("a flat weight matrix", (*WEIGHTS, 0), 1, "type"),
    at("text in a weight matrix", (*WEIGHTS, 1, 0), "rate", "type"),
    at("text for sparse weights", WEIGHTS, {"sparse": "all"}, "type", "sparse"),
    at("a number for a file", WEIGHTS, {"file": 1}, "type", "file"),
    at("a number for an output", ("outputs", 0), 1, "type"),
    at("one output", ("outputs",), "dense.0", "type"),
    at("a list for an input's value", (*EXAMPLE, "given", "area"), [1], "type"),
    at("text for an expected value", (*EXAMPLE, "expect", "first"), "one", "type"),
    at("text for within", (*EXAMPLE, "within"), "1%", "type"),
    at("a number for a property", PROPERTY, 1, "type"),
    at("one category in when", (*PROPERTY, "when", "condition"), "good", "type"),
    at("a map in when", (*PROPERTY, "when", "area", 0), {}, "type"),
]

CHOICES = [
    at("unknown input type", (*AREA, "type"), "float", "enum"),
    at("misspelt category", (*CONDITION, "type"), "categry", "enum"),
    at("unknown activation", (*HIDDEN, "activation"), "rleu", "enum"),
    at("a number for an activation", ACTIVATION, 5, "enum"),
    at("nothing for an activation", ACTIVATION, None, "enum"),
    at("a list for an activation", ACTIVATION, ["relu"], "enum"),
    at("clip without its parameters", ACTIVATION, "clip", "enum"),
    at("unknown aggregation", (*HIDDEN, "aggregation"), "median", "enum"),
    at("a number for an aggregation", (*FIRST, "aggregation"), 1, "enum"),
    at("unknown group", (*HIDDEN, "group"), "softmin", "enum"),
    at("unknown transform", TRANSFORM, "ln", "enum"),
    at("unknown transform in a list", TRANSFORM, ["log", "ln"], "enum", 1),
    at("a list of transforms in a list", TRANSFORM, [["log"]], "enum", 0),
]

END = [1, 1]
KNOTS = ("piecewise", "knots")
FUNCTIONS = [
    at("unknown activation in a map", ACTIVATION, {"leaky": {}}, "additionalProperties"),
    at("two activations", ACTIVATION, {"relu": {}, "tanh": {}}, "maxProperties"),
    at("no activation", ACTIVATION, {}, "minProperties"),
    at("slope as text", ACTIVATION, {"leaky-relu": {"slope": "x"}}, "type", "leaky-relu", "slope"),
    at("nothing as parameters", ACTIVATION, {"elu": None}, "type", "elu"),
    at("a parameter of relu", ACTIVATION, {"relu": {"a": 1}}, "additionalProperties", "relu"),
    at("clip without high", ACTIVATION, {"clip": {"low": 0}}, "required", "clip"),
    at("power without exponent", ACTIVATION, {"power": {}}, "required", "power"),
    at("alpha 0", ACTIVATION, {"celu": {"alpha": 0}}, "exclusiveMinimum", "celu", "alpha"),
    at("one knot", ACTIVATION, {"piecewise": {"knots": [[0, 0]]}}, "minItems", *KNOTS),
    at("wide knot", ACTIVATION, {"piecewise": {"knots": [[0, 0, 0], END]}}, "maxItems", *KNOTS, 0),
    at("open knot", ACTIVATION, {"piecewise": {"knots": [[None, 0], END]}}, "type", *KNOTS, 0, 0),
    at("unknown step in a map", TRANSFORM, {"scale": {}}, "additionalProperties"),
    at("two steps in one", TRANSFORM, {"clip": [0, 1], "standardize": SCALE}, "maxProperties"),
    at("no step", TRANSFORM, [{}], "minProperties", 0),
    at("no mean", TRANSFORM, [{"standardize": {"deviation": 1}}], "required", 0, "standardize"),
    at(
        "unknown parameter of a step",
        TRANSFORM,
        {"standardize": {**SCALE, "sd": 1}},
        "additionalProperties",
        "standardize",
    ),
    at(
        "deviation 0",
        TRANSFORM,
        {"standardize": {**SCALE, "deviation": 0}},
        "exclusiveMinimum",
        *("standardize", "deviation"),
    ),
    at(
        "rescale from one value",
        TRANSFORM,
        {"rescale": {"from": [0], "to": [0, 1]}},
        "minItems",
        *("rescale", "from"),
    ),
    at("clip to a number", TRANSFORM, {"clip": 1}, "type", "clip"),
    at("clip to three", TRANSFORM, {"clip": [0, 1, 2]}, "maxItems", "clip"),
]

SIZES = [
    at("no inputs", ("inputs",), {}, "minProperties"),
    at("no layers", ("layers",), [], "minItems"),
    at("no neurons", (*HIDDEN, "neurons"), {}, "minProperties"),
    at("no synapses", (*FIRST, "synapses"), {}, "minProperties"),
    at("no outputs", ("outputs",), [], "minItems"),
    at("no categories", (*CONDITION, "categories"), [], "minItems"),
    at("nothing expected", (*EXAMPLE, "expect"), {}, "minProperties"),
    at("size 0", (*DENSE, "size"), 0, "minimum"),
    at("no sources", (*DENSE, "from"), [], "minItems"),
    at("empty column name", (*AREA, "column"), "", "minLength"),
    at("empty file name", WEIGHTS, {"file": ""}, "minLength", "file"),
    at("range of three", (*AREA, "range"), [0, 1, 2], "maxItems"),
    at("range of one", (*FIRST, "range"), [0], "minItems"),
    at("range as text", (*AREA, "range"), "0-1", "type"),
    at("range of text", (*AREA, "range", 0), "low", "type"),
    at("negative within", (*EXAMPLE, "within"), -1, "minimum"),
    at("expected interval of three", (*EXAMPLE, "expect", "second"), [0, 1, 2], "maxItems"),
    at("open interval of three in when", (*PROPERTY, "when", "area"), [None, 1, 2], "maxItems"),
    at("nothing allowed in when", (*PROPERTY, "when", "condition"), [], "minItems"),
    at("sparse entry of two", WEIGHTS, {"sparse": [[0, 1]]}, "minItems", "sparse", 0),
]

NAMES = [
    at("name with a space", ("name",), "my net", "pattern"),
    at("name with a final line break", ("name",), "net\n", "pattern"),
    at("empty name", ("name",), "", "pattern"),
    at("name of 129 characters", ("name",), LONG_NAME, "maxLength"),
    at("a number for a name", ("name",), 7, "type"),
    at("layer name with a point", (*HIDDEN, "name"), "hidden.1", "pattern"),
    bad_name("input name", ("inputs",), "living area", {}, "pattern"),
    bad_name("input name with a final line break", ("inputs",), "area\n", {}, "pattern"),
    bad_name("input name of 129 characters", ("inputs",), LONG_NAME, {}, "maxLength"),
    bad_name("parameter name", ("parameters",), "1st", 1, "pattern"),
    bad_name("neuron name", (*HIDDEN, "neurons"), "é", {"synapses": {"area": 1}}, "pattern"),
]

LATER = [
    at("run", ("run",), {}, "not"),
    at("use", ("use",), {"a": "b.yaml"}, "not"),
    at(
        "a convolution", DENSE, {"name": "c", "from": ["a"], "convolution": 3}, "not", "convolution"
    ),
    at("a layer's for", (*HIDDEN, "for"), {"i": [1, 2]}, "not"),
    at("a layer's use", DENSE, {"name": "c", "use": "net.yaml"}, "not", "use"),
]

ALTERNATIVES = [
    Fault("neurons with size", (*HIDDEN, "size"), 3, "not", HIDDEN),
    at("neurons with a whole bulk form", HIDDEN, {**NAMED, **BULK}, "not"),
    at("categories of a number", (*AREA, "categories"), ["a"], "not"),
    at("categories of an integer", ("inputs", "rooms", "categories"), [1], "not"),
    at("empty weights map", WEIGHTS, {}, "oneOf"),
    at("weights sparse and in a file", WEIGHTS, {"sparse": [], "file": "w.npy"}, "oneOf"),
    at("sparse with a tensor", WEIGHTS, {"sparse": [], "tensor": "w"}, "not", "tensor"),
    at("tensor without file", WEIGHTS, {"tensor": "w"}, "oneOf"),
    at("unknown key in weights", WEIGHTS, {"file": "w.npy", "path": 1}, "additionalProperties"),
    at("bias tensor without file", (*DENSE, "bias"), {"tensor": "b"}, "required"),
    at("unknown key in bias", (*DENSE, "bias"), {"file": "b", "a": 1}, "additionalProperties"),
]

PROPERTIES = [
    Fault("no claim", (*PROPERTY, "then"), REMOVED, "oneOf", PROPERTY),
    Fault("two claims", (*PROPERTY, "linear"), ["first >= 0"], "oneOf", PROPERTY),
    at("then of nothing", (*PROPERTY, "then"), {}, "minProperties"),
    at("then of three", (*PROPERTY, "then", "first"), [0, 1, 2], "maxItems"),
    at("monotone without input", PROPERTY, {"monotone": {"a": "up"}}, "type", "monotone", "a"),
    at("up", PROPERTY, {"monotone": {"a": {"b": "up"}}}, "enum", "monotone", "a", "b"),
    at("no list", PROPERTY, {"independent": {"a": "b"}}, "type", "independent", "a"),
    at("no input", PROPERTY, {"independent": {"a": []}}, "minItems", "independent", "a"),
    at("bound -1", PROPERTY, {"lipschitz": {"a": {"b": -1}}}, "minimum", "lipschitz", "a", "b"),
    at("bound as text", PROPERTY, {"lipschitz": {"a": {"b": "1"}}}, "type", "lipschitz", "a", "b"),
    at("no pair", PROPERTY, {"ordered": ["a < b"]}, "type", "ordered", 0),
    at("pair of three", PROPERTY, {"ordered": [["a", "b", "c"]]}, "maxItems", "ordered", 0),
    at("pair with a number", PROPERTY, {"ordered": [["a", 1]]}, "type", "ordered", 0, 1),
    at("inequality without a list", PROPERTY, {"linear": "a >= 0"}, "type", "linear"),
    at("empty inequality", PROPERTY, {"linear": [""]}, "minLength", "linear", 0),
]

FAULTS = [
    *(*KEYS, *TYPES, *CHOICES, *FUNCTIONS, *SIZES),
    *(*NAMES, *LATER, *ALTERNATIVES, *PROPERTIES),
]


def with_value(where: Place, value: Any) -> Any:
    """Copy BASE with a value put somewhere, or removed."""
    if not where:
        return value
    data = json.loads(json.dumps(BASE))
    *parents, last = where
    place = data
    for step in parents:
        place = place[step]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_gives_one_error_at_its_place(fault: Fault) -> None:
    errors = list(VALIDATOR.iter_errors(with_value(fault.where, fault.value)))
    found = [(error.validator, tuple(error.absolute_path)) for error in errors]
    assert found == [(fault.keyword, fault.path)]


def test_the_table_of_faults_has_no_row_twice() -> None:
    names = [fault.name for fault in FAULTS]
    assert sorted(names) == sorted(set(names))


def test_independent_faults_are_all_found() -> None:
    data = with_value((*FIRST, "bias"), True)
    data["layers"][1]["size"] = 0
    data["inputs"]["area"]["range"] = [0]
    data["wrong"] = 1
    found = {(error.validator, tuple(error.absolute_path)) for error in VALIDATOR.iter_errors(data)}
    assert found == {
        ("type", (*FIRST, "bias")),
        ("minimum", (*DENSE, "size")),
        ("minItems", (*AREA, "range")),
        ("additionalProperties", ()),
    }


VALID: list[tuple[Place, Any]] = [
    (("x-anything",), None),
    (("nnspec",), 1.0),
    (("name",), "a" * 128),
    (("name",), "_a-B9"),
    (("title",), "Häuser, 家"),
    (("authors",), []),
    (("inputs", "x-1"), {}),
    (AREA, {}),
    *[((*AREA, "type"), kind) for kind in ("number", "integer", "boolean")],
    *[((*AREA, "missing"), value) for value in ("error", 0, -1.5, True, "poor")],
    *[((*AREA, "range"), pair) for pair in ([0, 1], [None, 1], [0, None], [None, None])],
    (("inputs", "condition", "categories"), ["a", 3, True]),
    *[
        ((*AREA, "transform"), step)
        for step in (
            *("log", "log1p", "sqrt"),
            ["log", "sqrt"],
            [],
            {"standardize": {"mean": 0, "deviation": 2, "x-why": "fitted"}},
            {"rescale": {"from": [0, 10], "to": [1, -1]}},
            *({"clip": [0, 1]}, {"clip": [None, 1]}, {"clip": [0, None]}),
            ["log", {"clip": [0, 1]}],
        )
    ],
    (HIDDEN, NAMED),
    (HIDDEN, {**NAMED, "bias": 2.5, "x-a": 1}),
    (HIDDEN, {**NAMED, "bias": "rate"}),
    (DENSE, BULK),
    (DENSE, {**BULK, "activation": "relu", "aggregation": "sum", "group": "winner", "x-a": 1}),
    *[(DENSE, {**BULK, "bias": bias}) for bias in (1, "rate", [1, 2], {"file": "b.npy"})],
    (DENSE, {**BULK, "bias": {"file": "w.safetensors", "tensor": "b", "x-a": 1}}),
    (DENSE, {**BULK, "weights": {"sparse": [[0, 1, 0.5]], "x-a": 1}}),
    (DENSE, {**BULK, "weights": {"file": "w.npy"}}),
    (DENSE, {**BULK, "weights": {"file": "w.safetensors", "tensor": "w"}}),
    (FIRST, {"synapses": {"area": 0}}),
    ((*FIRST, "synapses"), {"no such source": "no such parameter"}),
    *[((*HIDDEN, "aggregation"), name) for name in AGGREGATIONS],
    *[((*HIDDEN, "group"), name) for name in GROUPS],
    ((*FIRST, "activation"), {"leaky-relu": {"slope": -0.5, "x-why": "fitted"}}),
    ((*FIRST, "activation"), {"leaky-relu": {}}),
    ((*FIRST, "activation"), {"power": {"exponent": 1.5}}),
    ((*FIRST, "activation"), {"piecewise": {"knots": [[0, 0], [1, 2.5]]}}),
    (EXAMPLE, {"given": {}, "expect": {"first": [None, 1]}, "x-a": 1}),
    ((*EXAMPLE, "given", "area"), True),
    ((*EXAMPLE, "within"), 0),
    *[((*PROPERTY, "when"), {"age": limits}) for limits in ([None, 1], [0, 1], [True], [1, 2, 3])],
    *[(PROPERTY, {claim: value, "x-a": 1}) for claim, value in CLAIMS.items()],
    ((*PROPERTY, "description"), "why"),
]


def test_the_example_of_the_format_is_valid() -> None:
    assert not list(VALIDATOR.iter_errors(data_of(FORMAT_EXAMPLE)))


def test_every_part_of_the_format_together_is_valid() -> None:
    assert not list(VALIDATOR.iter_errors(BASE))


@pytest.mark.parametrize(("where", "value"), VALID, ids=str)
def test_each_form_of_each_alternative_is_valid(where: Place, value: Any) -> None:
    assert not list(VALIDATOR.iter_errors(with_value(where, value)))


# What the schema is made of


def test_it_is_a_schema_of_draft_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:nnspec:schema:1"


ANNOTATIONS = ("default", "examples", "defaultSnippets", "enum", "const")
BRANCHES = ("if", "then", "else", "not", "oneOf", "anyOf")


def subschemas(schema: Any, pointer: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema, with its JSON pointer."""
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for keyword, value in schema.items():
        if keyword in ("properties", "patternProperties", "$defs"):
            for key, sub in value.items():
                yield from subschemas(sub, f"{pointer}/{keyword}/{key}")
        elif keyword not in ANNOTATIONS:
            for i, sub in enumerate(value if isinstance(value, list) else [value]):
                yield from subschemas(sub, f"{pointer}/{keyword}/{i}")


SUBSCHEMAS = dict(subschemas(SCHEMA))


def in_branch(pointer: str) -> bool:
    """Whether the pointer leads through a branch, where keys already described appear again."""
    return bool(re.search(rf"(?<!/properties)/({'|'.join(BRANCHES)})(/|$)", pointer))


def documented_places() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each key's schema, and the schema of each value under a free name."""
    for pointer, schema in SUBSCHEMAS.items():
        if in_branch(pointer):
            continue
        for key, sub in schema.get("properties", {}).items():
            yield f"{pointer}/properties/{key}", sub
        extra = schema.get("additionalProperties", False)
        if extra is not False:
            yield f"{pointer}/additionalProperties", resolved(extra)


def name_of(reference: dict[str, Any]) -> str:
    """Name the definition that a reference leads to."""
    target: str = reference["$ref"]
    assert target.startswith("#/$defs/")
    return target.removeprefix("#/$defs/")


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to a schema what its reference leads to; its own keywords win."""
    return {**DEFS[name_of(schema)], **schema} if "$ref" in schema else schema


def test_every_key_at_every_level_is_described() -> None:
    places = list(documented_places())
    assert len(places) > 100
    for pointer, schema in places:
        assert schema.get("title"), pointer
        assert not schema["title"].endswith("."), pointer
        assert schema.get("description", "").endswith("."), pointer


def test_branches_speak_only_of_keys_described_outside_them() -> None:
    for pointer, schema in SUBSCHEMAS.items():
        if in_branch(pointer):
            owner = SUBSCHEMAS[re.split(rf"(?<!/properties)/(?:{'|'.join(BRANCHES)})/", pointer)[0]]
            assert set(schema.get("properties", {})) <= set(owner.get("properties", {})), pointer


def test_every_choice_is_explained() -> None:
    choices = [
        (pointer, schema)
        for pointer, schema in SUBSCHEMAS.items()
        if "enum" in schema and not in_branch(pointer)
    ]
    assert len(choices) >= 6
    for pointer, schema in choices:
        assert len(schema["enumDescriptions"]) == len(schema["enum"]), pointer
        assert all(schema["enumDescriptions"]), pointer


def test_every_reference_leads_somewhere_and_every_definition_is_used() -> None:
    used = {name_of(schema) for schema in SUBSCHEMAS.values() if "$ref" in schema}
    assert used == set(DEFS)


def test_maps_with_fixed_keys_take_extensions() -> None:
    # In these two maps the one key chooses a function: a second key has no meaning.
    choosing = {"#/$defs/activationMap", "#/$defs/transformMap"}
    for pointer, schema in SUBSCHEMAS.items():
        if schema.get("additionalProperties") is False and pointer not in choosing:
            assert schema["patternProperties"] == {"^x-": {}}, pointer


def test_errors_cannot_be_buried_in_branches() -> None:
    for pointer, schema in SUBSCHEMAS.items():
        assert not {"prefixItems", "unevaluatedProperties", "$dynamicRef", "allOf"} & set(schema)
        for branch in schema.get("oneOf", []):
            assert list(branch) == ["required"], pointer
            assert len(branch["required"]) == 1, pointer
        if "anyOf" in schema:
            only_required = all(
                isinstance(b, dict) and list(b) == ["required"] for b in schema["anyOf"]
            )
            assert only_required or schema["anyOf"][0] is True, pointer


def test_each_refusal_by_not_carries_its_name() -> None:
    refusals = {
        (schema.get("$comment") or schema["not"]["$comment"]).partition(":")[0]
        for pointer, schema in SUBSCHEMAS.items()
        if "not" in schema and not pointer.endswith("/if/0")
    }
    assert refusals == {
        "reserved",
        "mixed-layer",
        "categories-without-type",
        "tensor-without-file",
    }


@pytest.mark.parametrize("table", ["synapses", "weightMatrix", "sparseEntries", "numberList"])
def test_uniform_tables_can_be_left_to_faster_code(table: str) -> None:
    """With ``true`` in its place a table is not looked at, and nothing else changes."""
    schema = {**SCHEMA, "$defs": {**DEFS, table: True}}
    validator = Draft202012Validator(schema, registry=Registry())
    bad = {
        "synapses": ((*FIRST, "synapses"), 1),
        "weightMatrix": ((*DENSE, "weights"), [1]),
        "sparseEntries": ((*DENSE, "weights"), {"sparse": 1}),
        "numberList": ((*DENSE, "bias"), ["a"]),
    }
    assert not list(validator.iter_errors(with_value(*bad[table])))
    assert len(list(VALIDATOR.iter_errors(with_value(*bad[table])))) == 1
    assert len(list(validator.iter_errors(with_value((*DENSE, "weights"), "w.npy")))) == 1


# The registries of the program


def spellings(*, bare: bool) -> set[str]:
    """Names and aliases of the activations; if bare, of those that need no parameters."""
    return {
        name
        for record in ACTIVATIONS.values()
        if not (bare and required_parameters(record))
        for name in (record.name, *record.aliases)
    }


def record_of(name: str) -> ActivationFunction:
    """Find the activation of a name or alias."""
    record = find(name)
    assert record is not None
    return record


def required_parameters(record: ActivationFunction) -> set[str]:
    """Names of the activation's parameters that have no default."""
    return {parameter.name for parameter in record.parameters if parameter.default is None}


def test_activations_are_those_of_the_registry() -> None:
    names = DEFS["activationName"]["enum"]
    assert sorted(names) == sorted(spellings(bare=True))
    assert sorted(DEFS["activationMap"]["properties"]) == sorted(spellings(bare=False))


@pytest.mark.parametrize("name", sorted(spellings(bare=False)))
def test_an_activations_parameters_are_those_of_its_record(name: str) -> None:
    record = record_of(name)
    schema = resolved(DEFS["activationMap"]["properties"][name])
    properties = schema.get("properties", {})
    defaults = {name: sub.get("default") for name, sub in properties.items()}
    assert defaults == {parameter.name: parameter.default for parameter in record.parameters}
    assert set(schema.get("required", [])) == required_parameters(record)


@pytest.mark.parametrize("name", sorted(spellings(bare=False)))
def test_an_activation_is_explained_by_its_formula(name: str) -> None:
    record = record_of(name)
    choices = dict(
        zip(
            DEFS["activationName"]["enum"],
            DEFS["activationName"]["enumDescriptions"],
            strict=True,
        )
    )
    described = DEFS["activationMap"]["properties"][name]["description"]
    assert record.formula in described
    assert record.formula in choices.get(name, described)
    if name != record.name:
        assert f"another name of {record.name}" in choices[name]
        assert f"Another name of {record.name}." in described


@pytest.mark.parametrize("name", sorted(spellings(bare=True)))
def test_an_activation_without_required_parameters_may_stand_alone(name: str) -> None:
    assert not list(VALIDATOR.iter_errors(with_value(ACTIVATION, name)))
    assert not list(VALIDATOR.iter_errors(with_value(ACTIVATION, {name: {}})))


@pytest.mark.parametrize(
    ("schema", "registry"),
    [
        (DEFS["aggregation"], AGGREGATIONS),
        (DEFS["layer"]["properties"]["group"], GROUPS),
        (DEFS["transformName"], TRANSFORMS),
    ],
    ids=["aggregation", "group", "transform"],
)
def test_a_choice_is_explained_by_its_formula(
    schema: dict[str, Any], registry: dict[str, Any]
) -> None:
    for name, explained in zip(schema["enum"], schema["enumDescriptions"], strict=True):
        assert registry[name].formula in explained


def test_a_transform_with_parameters_is_explained_by_its_formula() -> None:
    for name, schema in DEFS["transformMap"]["properties"].items():
        assert TRANSFORMS[name].formula in schema["description"]


def test_aggregations_groups_and_transforms_are_those_of_the_registries() -> None:
    assert DEFS["aggregation"]["enum"] == list(AGGREGATIONS)
    assert DEFS["layer"]["properties"]["group"]["enum"] == list(GROUPS)
    steps = [*DEFS["transformMap"]["properties"], *DEFS["transformName"]["enum"]]
    assert sorted(steps) == sorted(TRANSFORMS)


# What editors offer


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    """Make a validator of one subschema whose references still lead to the definitions."""
    root = {"$schema": SCHEMA["$schema"], "$defs": DEFS, "allOf": [schema]}
    return Draft202012Validator(root, registry=Registry())


def offers() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each default, example and snippet with the schema that it must satisfy."""
    for pointer, schema in SUBSCHEMAS.items():
        if "default" in schema:
            yield f"{pointer}/default", schema, schema["default"]
        # The top level has a *property* called examples, but as a keyword it is a list.
        for i, example in enumerate(schema.get("examples", [])):
            yield f"{pointer}/examples/{i}", schema, example
        for i, snippet in enumerate(schema.get("defaultSnippets", [])):
            assert snippet["label"]
            assert snippet["description"]
            yield f"{pointer}/defaultSnippets/{i}", schema, filled(snippet["body"])


def filled(body: Any) -> Any:
    """Replace each placeholder of a snippet's body by its proposal."""
    if isinstance(body, dict):
        return {filled(key): filled(value) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(item) for item in body]
    if not isinstance(body, str):
        return body
    text = re.sub(r"\$\{\d+[:|]([^},|]*)[^}]*\}", r"\1", body)
    return data_of(text[1:]) if text.startswith("^") else text


OFFERS = list(offers())


@pytest.mark.parametrize(("pointer", "schema", "value"), OFFERS, ids=[o[0] for o in OFFERS])
def test_what_an_editor_inserts_is_valid(pointer: str, schema: dict[str, Any], value: Any) -> None:
    target = SCHEMA if pointer.startswith("#/defaultSnippets") else schema
    validator = VALIDATOR if target is SCHEMA else validator_of(schema)
    assert not list(validator.iter_errors(value)), value


@pytest.mark.parametrize("definition", ["input", "layer", "neuron", "example", "property"])
def test_editors_have_a_snippet_to_begin_with(definition: str) -> None:
    assert DEFS[definition]["defaultSnippets"]


def test_editors_see_the_choices_of_an_activation() -> None:
    """Completion looks for values in anyOf, never in then and else; the anyOf refuses nothing."""
    for definition, names in [
        (DEFS["activation"], ["activationName"]),
        (DEFS["transformStep"], ["transformName", "transformMap"]),
        (DEFS["input"]["properties"]["transform"], ["transformName", "transformMap"]),
    ]:
        assert definition["anyOf"] == [True, *({"$ref": f"#/$defs/{name}"} for name in names)]


@pytest.mark.parametrize("bias", ['"-1"', '"1_000"', '"1:30"', '"large room"', '"1e3"'])
def test_editors_refuse_text_that_can_name_no_parameter(bias: str) -> None:
    weight, bulk = [
        Draft202012Validator({**DEFS[k], "$defs": DEFS}) for k in ("weight", "bulkBias")
    ]
    text = json.loads(bias)
    assert not weight.is_valid(text)
    assert not bulk.is_valid(text)
    assert weight.is_valid("price-per-room")
    assert weight.is_valid(-1)


# Names, as Python and as editors (ECMAScript) read the pattern

GOOD_NAMES = ["a", "_", "A9", "large-near-city", "x_1-", "no", "__proto__"]
BAD_NAMES = [
    *("", "1a", "-a", "a.b", "a b", " a", "a ", "é", "a\u0301", "a\u200b", "=cmd()", "../x"),
    *("a\n", "a\nb", "\na", "a\r", "a\u2028", "a\x00"),
]


def test_names_follow_the_grammar() -> None:
    validator = validator_of(DEFS["name"])
    assert [name for name in GOOD_NAMES if not validator.is_valid(name)] == []
    assert [name for name in BAD_NAMES if validator.is_valid(name)] == []


def test_editors_read_every_pattern_as_python_does() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js (Debian package nodejs) to read patterns as editors do")
    patterns = sorted(
        {s["pattern"] for s in SUBSCHEMAS.values() if "pattern" in s}
        | {key for s in SUBSCHEMAS.values() for key in s.get("patternProperties", {})}
    )
    texts = [*GOOD_NAMES, *BAD_NAMES, "x-", "x-a", "ax-"]
    program = (
        "const [patterns, texts] = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(patterns.map(p => texts.map(t => new RegExp(p, 'u').test(t)))))"
    )
    done = subprocess.run(
        [node, "-e", program],
        input=json.dumps([patterns, texts]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    expected = [[re.search(p, t) is not None for t in texts] for p in patterns]
    assert json.loads(done.stdout) == expected
