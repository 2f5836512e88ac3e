"""Plots by their structure: labels, axes and data are the spec's and the engine's own numbers."""

from __future__ import annotations

import math
from typing import Any

import example_specs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import network_specs, rows

from nnspec.claims.domain import Domain
from nnspec.claims.influence import upstream
from nnspec.evaluators.reference import evaluate_row
from nnspec.network import Network
from nnspec.plotting import base_of, plot_curves, plot_firing, plot_map
from nnspec.plotting.base import hinges, labelled
from nnspec.plotting.curves import crossings
from nnspec.spec.model import NetworkSpec, Value
from nnspec.spec.resolved import resolve

VILLA: dict[str, Value] = {"area": 3000.0, "bedrooms": 4, "distance": 2.0, "age": 120.0}


def varied(spec: NetworkSpec, row: dict[str, Value], name: str, x: float) -> dict[str, Value]:
    """A row with one input changed, as a plot changes it."""
    domain = Domain.of(spec)
    point = domain.point(row)
    point[domain.index[name]] = x
    return domain.row(point)


def assert_close(shown: float, spec: NetworkSpec, row: dict[str, Value], neuron: str) -> None:
    """What is drawn is the reference's value; a gap, where it has none."""
    expected = evaluate_row(spec, row)
    if math.isfinite(shown):
        assert shown == pytest.approx(expected.outputs[neuron], rel=1e-9, abs=1e-9)
    else:
        units = [*expected.outputs.values(), *expected.z.values()]
        assert not all(map(math.isfinite, units))


@given(network_specs(max_layers=2), st.data())
@settings(max_examples=15, deadline=None)
def test_curves_are_the_reference_s_values_under_the_spec_s_names(spec, data):
    """One panel for each input, labelled with it; its line or bars are what the network gives."""
    network, row = Network(spec), data.draw(rows(spec))
    neuron = data.draw(st.sampled_from(network.neurons))
    figure = plot_curves(network, base_of(network, row, None), neuron)
    panels = [panel for panel in figure.axes if panel.axison]
    assert [p.get_xlabel() for p in panels] == [labelled(network, n) for n in network.inputs]
    assert {p.get_ylabel() for p in panels} == {labelled(network, neuron)}
    for panel, item in zip(panels, spec.inputs, strict=True):
        if item.type == "category":
            heights = [bar.get_height() for bar in panel.patches]
            codes = Domain.of(spec).axes[Domain.of(spec).index[item.name]].choices
            assert len(panel.get_xticklabels()) == len(heights) == len(codes)
            pairs = list(zip(codes, heights, strict=True))
        else:
            pairs = list(zip(*panel.lines[0].get_data(), strict=True))
            low, high = pairs[0][0], pairs[-1][0]
            assert low <= float(row[item.name]) <= high
        for x, y in pairs[:: max(1, len(pairs) // 6)]:
            assert_close(float(y), spec, varied(spec, row, item.name, float(x)), neuron)


def marks(panel: Any) -> list[tuple[float, str]]:
    """The hinges that are marked: where, and whose."""
    at = [float(line.get_xdata()[0]) for line in panel.lines if line.get_linestyle() == "--"]
    names = [text.get_text() for text in panel.texts]
    assert [float(text.xy[0]) for text in panel.texts] == at
    return list(zip(at, names, strict=True))


@given(network_specs(max_layers=2, activations=("relu", "hard-tanh", "step", "abs", "identity")),
       st.data())  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_a_neuron_bends_where_it_is_marked_and_nowhere_else(spec, data):
    """Between neighbours of a curve, z passes a hinge just where a mark of that neuron stands."""
    network, row = Network(spec), data.draw(rows(spec))
    figure = plot_curves(network, base_of(network, row, None), network.outputs[0])
    domain = Domain.of(spec)
    for panel, item in zip(figure.axes, spec.inputs, strict=False):
        if item.type == "category":
            continue
        xs = np.array(panel.lines[0].get_xdata())
        points = np.repeat(domain.point(row)[:, None], len(xs), axis=1)
        points[domain.index[item.name]] = xs
        found = network.evaluator().evaluate(
            domain.columns(points), network.neurons, pre_activations=True
        )
        passed = []
        compiled = network.compiled
        matters = upstream(compiled, [network.outputs[0]])
        for neuron, hinge in hinges(network):
            if not matters[compiled.index[neuron]]:
                continue  # the curve's output reads nothing of it
            below = found.z[neuron] < hinge
            passed += [(i, neuron) for i in np.flatnonzero(below[:-1] != below[1:]).tolist()]
        shown = sorted(marks(panel))
        assert len(shown) == len(passed)
        for x, neuron in shown:
            near = [i for i, name in passed if name == neuron and xs[i] <= x <= xs[i + 1]]
            assert near, (x, neuron)


def test_a_neuron_that_leaves_the_numbers_is_marked_between_its_neighbours():
    """From an infinite z no line leads to the hinge."""
    xs, above = np.array([0.0, 1.0, 2.0, 4.0]), np.array([np.inf, -1.0, 1.0, -np.inf])
    assert crossings(xs, above) == [0.5, 1.5, 3.0]


def test_the_line_of_a_map_is_where_the_neuron_s_z_is_0():
    """At every vertex of large-near-city's line, 75,700 + 181.8 area - 28,220 distance is 0."""
    network = example_specs.network("property-valuation")
    figure = plot_map(network, base_of(network, VILLA, None), "price", "area", "distance")
    panel, bar = figure.axes
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("area (ft2)", "distance (mile)")
    assert bar.get_ylabel() == "price (USD)"
    mesh, *lines = panel.collections
    names = [text.get_text() for text in panel.texts]
    assert sorted(names) == ["family-new-home", "large-near-city"]
    z_of = {
        "large-near-city": lambda area, mile: 75700 + 181.8 * area - 28220 * mile,
        "family-new-home": lambda area, _: -194400 + 120.5 * area + 8000 * 4 - 530 * 120,
    }
    for name, line in zip(names, lines, strict=True):
        (path,) = line.get_paths()
        assert len(path.vertices) > 50
        worst = max(abs(z_of[name](x, y)) for x, y in path.vertices)
        assert worst <= 1e-6 * 20000 * 181.8
    values = mesh.get_array().reshape(201, 201)
    for i, j in ((0, 0), (200, 0), (17, 120), (200, 200)):
        row = {**VILLA, "area": 100 + 199 * j / 2, "distance": 0.3 * i}
        assert values[i, j] == pytest.approx(evaluate_row(network.spec, row).outputs["price"])


@given(network_specs(max_layers=2, activations=("relu", "step")), st.data())
@settings(max_examples=15, deadline=None)
def test_histograms_hold_every_row_and_count_those_beyond_the_hinge(spec, data):
    network = Network(spec)
    drawn = data.draw(st.lists(rows(spec), min_size=1, max_size=12))
    domain = Domain.of(spec)
    columns = domain.columns(np.array([domain.point(row) for row in drawn]).T)
    at: dict[str, float] = {}
    for name, z in hinges(network):
        at.setdefault(name, z)
    if not at:
        return
    figure = plot_firing(network, columns)
    panels = [panel for panel in figure.axes if panel.axison]
    shown = [name for name in network.neurons if name in at][:24]
    said = [labelled(network, name) for name in shown]
    activations = {neuron.name: neuron.activation for neuron in resolve(spec).neurons()}
    assert [panel.get_xlabel() for panel in panels] == [f"z of {name}" for name in said]
    for panel, name in zip(panels, shown, strict=True):
        found = [evaluate_row(spec, row) for row in drawn]
        kept = [v.z[name] for v in found
                if all(map(math.isfinite, [*v.outputs.values(), *v.z.values()]))]  # fmt: skip
        assert sum(bar.get_height() for bar in panel.patches) == len(kept)
        activation = activations[name]
        # A rectifier is silent at its hinge, a step is not: as the report and explanations say.
        beyond = sum(activation(z) > 0 for z in kept) / len(kept) if kept else 0.0
        assert panel.get_title() == f"{name}: fires in {100 * beyond:.1f} %"
        assert panel.lines[0].get_xdata()[0] == at[name]
