"""Faults of examples and properties, by code: each spoils a sketch so that its rule finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.testing.faults.sketches import ABSENT, Fault, Sketch


def _unknown_name_in_claim(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    absent = sketch.pick(*ABSENT)
    sketch.claim(**sketch.pick(
        {"then": {absent: 1}},
        {"when": {absent: [0, 1]}, "then": {name: [0, None]}},
        {"ordered": [[name, absent]]},
        {"independent": {name: [absent]}},
        {"monotone": {name: {absent: "increasing"}}},
        {"linear": [f"{absent} >= 0"]},
    ))  # fmt: skip


def _incomplete_example(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    sketch.add_input(range=[0, 10])
    given = _given(sketch)
    del given["added"]
    sketch.data["examples"] = [{"given": given, "expect": {name: 0}}]


def _impossible_value(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    added = sketch.add_input(range=[0, 10])
    if sketch.pick(True, False):
        sketch.claim(when={added: sketch.pick([-1, 5], [5, 11])}, then={name: [0, None]})
    else:
        given = {**_given(sketch), added: sketch.pick(11, -1, "ten")}
        sketch.data["examples"] = [{"given": given, "expect": {name: 0}}]


def _untestable_property(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    added = sketch.add_input(type="integer", range=[0, 10])
    if sketch.pick(True, False):
        sketch.claim(when={added: sketch.pick([20, 30], [1.2, 1.8])}, then={name: [0, None]})
    else:
        sketch.claim(when={added: [2, 2]}, monotone={name: {added: "increasing"}})


def _not_one_claim(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    sketch.claim(**sketch.pick(
        {"name": "nothing"}, {"then": {name: [0, None]}, "ordered": [[name, name]]}
    ))  # fmt: skip


def _empty_interval(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    added = sketch.add_input(range=[0, 10])
    sketch.claim(**sketch.pick(
        {"then": {name: [2, 1]}}, {"when": {added: [5, 4]}, "then": {name: [0, None]}}
    ))  # fmt: skip


def _linear_syntax(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    text = sketch.pick(f"2 * ({name} + 1) >= 0", f"{name}", f"{name} * {name} >= 0", f"{name} > 0")
    sketch.claim(linear=[text])


def _claim_on_category(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    added = sketch.add_input(type="category", categories=["a", "b"])
    sketch.claim(monotone={name: {added: "increasing"}})


def _duplicate_claim_name(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    for bound in (0, 1):
        sketch.claim(name="twice", then={name: [bound, None]})


def _given(sketch: Sketch) -> dict[str, Any]:
    """A value for each input."""
    return {name: _some_value(facts or {}) for name, facts in sketch.data["inputs"].items()}


def _some_value(facts: dict[str, Any]) -> Any:
    if "categories" in facts:
        return facts["categories"][0]
    if facts.get("type") == "boolean":
        return True
    low, high = facts.get("range") or (None, None)
    return low if low is not None else high if high is not None else 0


FAULTS: Mapping[str, Fault] = {
    "NS701": _unknown_name_in_claim,
    "NS702": _incomplete_example,
    "NS703": _impossible_value,
    "NS704": _untestable_property,
    "NS705": _not_one_claim,
    "NS706": _empty_interval,
    "NS707": _linear_syntax,
    "NS708": _claim_on_category,
    "NS709": _duplicate_claim_name,
}
"""By the code of the diagnostic that each gives."""
