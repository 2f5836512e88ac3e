"""Specs built in Python are refused where a file of the same would be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnspec import (
    BulkLayer,
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
    SpecError,
    Then,
    check,
    check_text,
    dump,
)
from nnspec.program.compiler import compile_network

GOOD = NetworkSpec(
    "old-homes",
    (Input("age", range=(0, 250)),),
    (Layer("output", (Neuron("old", {"age": 1}, bias=-100, activation="relu"),)),),
)


def with_input(**changes) -> NetworkSpec:
    return replace(GOOD, inputs=(replace(GOOD.inputs[0], **changes),))


def with_claim(claim) -> NetworkSpec:
    return replace(GOOD, properties=(Property(claim),))


FAULTS = {
    "a category without categories": (
        replace(GOOD, inputs=(*GOOD.inputs, Input("kind", type="category"))), "NS202"),
    "categories of a number": (with_input(categories=("a",)), "NS208"),
    "a category of 2.5": (
        replace(GOOD, inputs=(*GOOD.inputs, Input("k", type="category", categories=(2.5,)))),
        "NS203"),
    "an empty column": (with_input(column=""), "NS205"),
    "no sources": (
        replace(GOOD, layers=(BulkLayer("output", 1, (), DenseWeights(((),))),)), "NS205"),
    "nothing expected": (replace(GOOD, examples=(Example({"age": 1}, {}),)), "NS205"),
    "a negative tolerance": (
        replace(GOOD, examples=(Example({"age": 1}, {"old": 0}, within=-1),)), "NS206"),
    "an empty then": (with_claim(Then({})), "NS205"),
    "an empty monotone": (with_claim(Monotone({"old": {}})), "NS205"),
    "an empty independent": (with_claim(Independent({"old": ()})), "NS205"),
    "an empty lipschitz": (with_claim(Lipschitz({})), "NS205"),
    "an empty ordered": (with_claim(Ordered(())), "NS205"),
    "an empty linear": (with_claim(Linear(())), "NS205"),
    "a direction of up": (with_claim(Monotone({"old": {"age": "up"}})), "NS204"),
    "an extension without x-": (replace(GOOD, extensions={"note": 1}), "NS201"),
}  # fmt: skip


def test_the_good_one_is_good() -> None:
    assert check(GOOD) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_types_cannot_say_is_found(name: str) -> None:
    spec, code = FAULTS[name]
    assert code in [d.code for d in check(spec)]
    with pytest.raises(SpecError):
        compile_network(spec)


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_of_the_same_is_refused_too(name: str) -> None:
    assert not check_text(dump(FAULTS[name][0])).ok
