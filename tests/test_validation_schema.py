"""What the shape check finds: the same as the JSON Schema alone, one diagnostic for one fault."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry

from nnspec.diagnostics import errors
from nnspec.diagnostics.limits import MOST_FAULTS
from nnspec.loading import check_text
from nnspec.text.document import walk
from nnspec.text.parsing import parse_text
from nnspec.validation.shape.accepting import Acceptor
from nnspec.validation.shape.schema import check_shape, schema_text

FULL = Draft202012Validator(json.loads(schema_text()), registry=Registry())
"""The shipped schema, whole, as an editor or any other tool uses it."""

GIVEN = {"area": 200, "rooms": 3, "garage": True, "condition": "poor"}

SPEC: dict[str, Any] = {
    "nnspec": 1,
    "name": "everything",
    "title": "All of the format",
    "version": "1.0",
    "authors": ["Ada"],
    "inputs": {
        "area": {"unit": "ft2", "range": [100, 20000], "transform": "log", "column": "sqft"},
        "age": {"range": [0, None], "missing": 38, "description": "in years"},
        "rooms": {"type": "integer", "transform": [{"standardize": {"mean": 3, "deviation": 2}}]},
        "garage": {"type": "boolean"},
        "condition": {"type": "category", "categories": ["poor", "good", 3]},
    },
    "parameters": {"rate": 0.5, "base": -100},
    "layers": [
        {
            "name": "hidden",
            "activation": "relu",
            "aggregation": "sum",
            "bias": "base",
            "neurons": {
                "large": {"bias": 75700, "synapses": {"area": 181.8, "rooms": "rate"}},
                "historic": {"activation": "step", "synapses": {"age": 1}, "range": [0, 1]},
                "leaky": {"activation": {"leaky-relu": {"slope": 0.2}}, "synapses": {"age": 1}},
            },
        },
        {
            "name": "dense",
            "size": 2,
            "from": ["hidden", "garage"],
            "weights": [[1, 2, 3, 4], [5, 6, 7, 0.5]],
            "bias": [1, -2],
        },
        {
            "name": "sparse",
            "size": 2,
            "from": ["dense"],
            "weights": {"sparse": [[0, 0, 1], [1, 1, 2.5]]},
            "group": "softmax",
        },
        {"name": "output", "neurons": {"price": {"synapses": {"sparse.0": 3, "sparse.1": 4}}}},
    ],
    "outputs": ["price", "large"],
    "examples": [
        {"name": "one", "given": GIVEN, "expect": {"price": 1}},
        {"given": {**GIVEN, "age": 7}, "expect": {"price": [0, None]}, "within": 0.5},
    ],
    "properties": [
        {"name": "a", "when": {"age": [None, 100]}, "then": {"historic": 0, "price": [0, 1]}},
        {"monotone": {"price": {"area": "increasing"}}},
        {"independent": {"price": ["area"]}},
        {"lipschitz": {"price": {"area": 2}}},
        {"ordered": [["large", "price"]]},
        {"linear": ["2*price >= 0"]},
    ],
}

PATHS = [path for path, _ in walk(SPEC)]

BY_TABLES = {"NS119", "NS207"}
"""Codes that the tables give to text where a number belongs, and to weights that are maps."""


def with_value(path: tuple[str | int, ...], change: Any) -> Any:
    """Return a copy of SPEC in which ``change`` has been applied to the value at a path."""
    if not path:
        return change(copy.deepcopy(SPEC))
    data = copy.deepcopy(SPEC)
    parent = data
    for step in path[:-1]:
        parent = parent[step]
    changed = change(parent[path[-1]])
    if changed is REMOVED:
        del parent[path[-1]]
    else:
        parent[path[-1]] = changed
    return data


REMOVED = object()


def add_key(key: str, value: Any) -> Any:
    """A change that adds a key to a map, or an item to a list."""

    def change(old: Any) -> Any:
        added = copy.deepcopy(value)
        if isinstance(old, dict):
            return {**old, key: added}
        return [*old, added] if isinstance(old, list) else added

    return change


VALUES = [None, True, 0, -1, 1.5, 10**6, "", "relu", "a name", "error", [], {}, [1, 2], [[1]]]
VALUES += [{"file": "w.npy"}, {"clip": {"low": 0, "high": 1}}, {"sparse": []}, ["a", 1, None]]

CHANGES = [
    # Copies: a list that is put into itself would have no end.
    *[lambda old, value=value: copy.deepcopy(value) for value in VALUES],
    lambda old: REMOVED,
    *[add_key(key, value) for key in ("bias", "x-note", "typo") for value in (1, "a", None, [])],
]


def agree(data: Any) -> None:
    """Hold the check and the whole schema to the same verdict on the same data."""
    document = parse_text(json.dumps(data))
    assert not document.findings
    wrong = list(FULL.iter_errors(data))
    assert Acceptor(FULL.schema).accepts(data) is not bool(wrong)
    found = [finding for finding, _ in check_shape(document)]
    if wrong:
        # What is empty is a rule's to report, for networks built in Python too.
        empty = {"minItems", "minProperties"}
        excused = all(error.validator in empty for error in wrong)
        assert found or excused, [error.message for error in wrong]
    else:
        # The schema does not say that a sparse entry's row and column are whole numbers.
        stricter = [f for f in found if "whole numbers" not in f.message]
        assert {finding.code for finding in stricter} <= BY_TABLES, found


def test_the_whole_spec_is_valid_both_ways() -> None:
    assert not list(FULL.iter_errors(SPEC))
    assert not errors(check_text(json.dumps(SPEC)).diagnostics)


@pytest.mark.parametrize("place", range(1, len(PATHS)), ids=lambda i: "/".join(map(str, PATHS[i])))
def test_the_check_and_the_schema_agree_on_changes_of_each_value(place: int) -> None:
    for change in CHANGES[place % 8 :: 8]:  # another eighth of them at each value
        agree(with_value(PATHS[place], change))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_check_and_the_schema_agree_on_several_changes(data: st.DataObject) -> None:
    """A fault is found, or none is, whatever else is wrong beside it."""
    spec = with_value(data.draw(st.sampled_from(PATHS[1:])), data.draw(st.sampled_from(CHANGES)))
    for _ in range(data.draw(st.integers(0, 3))):
        if not isinstance(spec, dict):
            break
        path, value = data.draw(st.sampled_from(list(walk(spec))))
        change = data.draw(st.sampled_from(CHANGES))
        if path:
            parent = spec
            for step in path[:-1]:
                parent = parent[step]
            changed = change(value)
            if changed is not REMOVED:
                parent[path[-1]] = changed
    agree(spec)


def test_text_that_looks_like_a_number_is_a_fault_the_schema_cannot_see() -> None:
    data = with_value(("layers", 0, "neurons", "large", "synapses", "area"), lambda old: "0x10")
    assert not list(FULL.iter_errors(data))
    (found,) = [finding for finding, _ in check_shape(parse_text(json.dumps(data)))]
    assert found.code == "NS203"


@pytest.mark.parametrize("path", PATHS[1:], ids=lambda path: "/".join(map(str, path)))
def test_one_wrong_value_gives_one_diagnostic_at_or_below_it(path: tuple[str | int, ...]) -> None:
    wrong = {"such": ["thing"]}
    data = with_value(path, lambda old: True if isinstance(old, dict | list) else wrong)
    found = check_text(json.dumps(data)).diagnostics
    places = [d.path[: len(path)] for d in found]
    assert set(places) <= {path}, [str(d) for d in found]
    assert len({d.code for d in found}) == 1, [str(d) for d in found]


def test_many_faults_are_counted_up_to_a_limit() -> None:
    bad = ", ".join(["true"] * (MOST_FAULTS + 5))
    text = json.dumps(SPEC).replace("[1, 2, 3, 4]", f"[{bad}]")
    assert len(check_text(text).diagnostics) == MOST_FAULTS
