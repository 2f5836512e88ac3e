"""Every example spec: no diagnostics, its whole table, its examples, the figures it states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from example_specs import (
    NAMES,
    PATHS,
    SPECS,
    network,
    out_of_range,
    table,
    valued,
)

import nnspec
from nnspec.evaluators.reference import evaluate_row
from nnspec.spec.model import Example, Layer, NetworkSpec, Synapse

COUNT = 16


def test_all_the_specs_are_here():
    assert len(NAMES) == COUNT
    assert {path.name for path in SPECS.iterdir()} == {*(p.name for p in PATHS), "data"}


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_spec_has_no_diagnostics_not_even_warnings(path):
    assert nnspec.check_file(path).diagnostics == ()


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_spec_is_named_as_its_file_and_says_where_it_comes_from(path):
    spec = nnspec.load(path).spec
    assert spec.name == path.stem
    assert spec.title
    assert spec.description
    assert spec.source
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first == "# yaml-language-server: $schema=../schemas/nnspec-1.schema.json"


# -- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_table_evaluates(name):
    values = valued(name)
    assert tuple(values) == network(name).neurons
    for neuron, column in values.items():
        assert column.shape == (len(table(name)),), neuron
        assert np.isfinite(column).all(), neuron


@pytest.mark.parametrize("name", NAMES)
def test_a_table_keeps_to_the_ranges_but_for_the_dirt_of_king_county(name):
    inputs = network(name).spec.inputs
    counted = {item.name: out_of_range(item, table(name)[item.column_name]) for item in inputs}
    dirt = {"age": 12, "bedrooms": 1} if name.startswith("property-") else {}
    assert {key: count for key, count in counted.items() if count} == dirt


@pytest.mark.parametrize("name", NAMES)
def test_each_table_is_used_and_its_readme_tells_of_it(name):
    readme = (SPECS / "data" / "README.md").read_text(encoding="utf-8")
    file = network(name).spec.extensions["x-data"].removeprefix("data/")
    assert file in readme
    assert f"`{name}`" in readme


def test_no_table_is_left_over():
    used = {network(name).spec.extensions["x-data"] for name in NAMES}
    assert {f"data/{path.name}" for path in (SPECS / "data").glob("*.csv")} == used


# -- examples -------------------------------------------------------------------------------------


EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name in NAMES
    for index, example in enumerate(network(name).spec.examples)
]


def unmet(spec: NetworkSpec, example: Example) -> Iterator[tuple[str, float]]:
    """Neurons of an example that are not as expected, by the reference evaluator."""
    outputs = evaluate_row(spec, example.given).outputs
    for neuron, expected in example.expect.items():
        if not is_met(outputs[neuron], expected, example.within):
            yield neuron, outputs[neuron]


def is_met(value: float, expected, within: float | None) -> bool:
    if isinstance(expected, tuple):
        low, high = expected
        return (low is None or value >= low) and (high is None or value <= high)
    return abs(value - expected) <= (1e-9 * abs(expected) if within is None else within)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_the_reference_meets_the_example(name, example):
    assert list(unmet(network(name).spec, example)) == []


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_one_row_gives_what_the_reference_gives(name, example):
    called = network(name)(**example.given)
    outputs = network(name).outputs
    given = called if isinstance(called, dict) else {outputs[0]: called}
    reference = evaluate_row(network(name).spec, example.given).outputs
    assert given == pytest.approx({neuron: reference[neuron] for neuron in outputs}, rel=1e-12)
    assert isinstance(called, float) == (len(outputs) == 1)


@pytest.mark.parametrize("name", NAMES)
def test_some_example_looks_at_each_output(name):
    expected = {neuron for e in network(name).spec.examples for neuron in e.expect}
    assert set(network(name).outputs) <= expected


@pytest.mark.parametrize("name", NAMES)
def test_no_synapse_can_go_or_turn_round_unnoticed(name):
    """For each synapse, an example fails without it, and one fails with the opposite sign.

    Votes that a leaf of the tree gives to one species only are shares of one, whatever their
    number: -38 of -38 too.
    """
    spec = network(name).spec
    exempt = {"share-setosa", "share-versicolor", "share-virginica"} & {
        neuron.name for _, neuron in spec.neurons()
    }
    for source, target, changed in rewired(spec, lambda weight: None):
        assert is_noticed(changed), f"{source} -> {target} can be removed"
    for source, target, changed in rewired(spec, lambda weight: -weight):
        assert target in exempt or is_noticed(changed), f"{source} -> {target} can turn round"


def is_noticed(spec: NetworkSpec) -> bool:
    try:
        return any(list(unmet(spec, example)) for example in spec.examples)
    except (ValueError, ZeroDivisionError, OverflowError):
        return True


def rewired(
    spec: NetworkSpec, change: Callable[[float], float | None]
) -> Iterator[tuple[str, str, NetworkSpec]]:
    """The spec with one synapse of a named neuron changed, or gone where the change is None."""
    for at, layer in enumerate(spec.layers):
        if not isinstance(layer, Layer):
            continue
        for place, neuron in enumerate(layer.neurons):
            for source, weight in neuron.synapses:
                number = spec.parameters[weight] if isinstance(weight, str) else weight
                new = change(number)
                synapses = {**dict(neuron.synapses), source: new}
                kept = [Synapse(s, w) for s, w in synapses.items() if w is not None]
                neurons = list(layer.neurons)
                neurons[place] = replace(neuron, synapses=tuple(kept))
                layers = list(spec.layers)
                layers[at] = replace(layer, neurons=tuple(neurons))
                yield source, neuron.name, replace(spec, layers=tuple(layers))
