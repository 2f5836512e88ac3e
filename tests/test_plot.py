"""Plots: what is drawn is what the network gives; marks stand at hinges; files are repeatable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import example_specs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import network_specs
from test_cli import nnspec

import nnspec as package
from nnspec.claims import cases
from nnspec.claims.domain import Domain
from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import evaluate_row
from nnspec.network import Network
from nnspec.plotting import base_of, plot_curves, plot_firing, plot_map
from nnspec.plotting.base import ancestors, evaluated, hinges

SPECS = Path(__file__).parent.parent / "specs"
HOMES = str(SPECS / "data" / "king-county.csv")
VILLA = {"area": 3000.0, "bedrooms": 4, "distance": 2.0, "age": 120.0}


@pytest.fixture
def network() -> Network:
    return example_specs.network("property-valuation")


def test_a_curve_is_the_network_along_one_input(network):
    figure = plot_curves(network, base_of(network, VILLA, None), "price")
    panels = {panel.get_xlabel(): panel for panel in figure.axes}
    assert set(panels) == {"area (ft2)", "bedrooms", "distance (mile)", "age (year)"}
    line = panels["age (year)"].lines[0]
    for x, y in list(zip(*line.get_data(), strict=True))[::40]:
        assert y == evaluate_row(network.spec, {**VILLA, "age": float(x)}).outputs["price"]


def test_a_mark_stands_at_each_hinge(network):
    figure = plot_curves(network, base_of(network, VILLA, None), "price")
    (panel,) = [p for p in figure.axes if p.get_xlabel() == "age (year)"]
    marks = sorted(line.get_xdata()[0] for line in panel.lines if line.get_linestyle() == "--")
    assert marks == pytest.approx([100])  # family-new-home would bend at 376, out of range
    assert [text.get_text() for text in panel.texts] == ["historic"]


def test_a_map_shows_the_output_and_the_lines_on_which_neurons_bend(network):
    figure = plot_map(network, base_of(network, VILLA, None), "price", "area", "distance")
    panel = figure.axes[0]
    values = panel.collections[0].get_array()
    assert (
        values.max()
        == evaluate_row(network.spec, {**VILLA, "area": 20000.0, "distance": 0.0}).outputs["price"]
    )
    assert {text.get_text() for text in panel.texts} == {"large-near-city", "family-new-home"}


def test_shares_of_firing_are_the_tables(network):
    columns = {"area": np.array([100.0, 20000.0]), "bedrooms": np.array([0.0, 0.0]),
               "distance": np.array([60.0, 0.0]), "age": np.array([0.0, 0.0])}  # fmt: skip
    figure = plot_firing(network, columns)
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == [
        "large-near-city: fires in 50.0 %",
        "family-new-home: fires in 50.0 %",
        "historic: fires in 0.0 %",
    ]


def test_the_base_is_said_and_is_what_it_is_called(network):
    columns = {"area": np.array([1.0, 5, 9]), "bedrooms": np.array([1.0, 2, 9]),
               "distance": np.array([3.0, 1, 2]), "age": np.array([7.0, 7, 8])}  # fmt: skip
    medians = base_of(network, None, columns)
    assert (medians.point.tolist(), medians.said) == ([5, 2, 2, 7], "the table's medians")
    assert base_of(network, None, None).point.tolist() == [10050, 10, 30, 125]


@given(network_specs(max_layers=2), st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_values_along_an_input_are_the_references(spec, seed):
    network, domain = Network(spec), Domain.of(spec)
    base = base_of(network, domain.row(domain.sample(np.random.default_rng(seed), 1)[:, 0]), None)
    name = domain.axes[0].name
    xs = domain.axes[0].sample(np.random.default_rng(seed), 5)
    neuron = network.neurons[-1]
    outputs, _ = evaluated(network, base, {name: xs}, [neuron])
    for x, y in zip(xs, outputs[neuron], strict=True):
        point = base.point.copy()
        point[0] = x
        expected = evaluate_row(spec, domain.row(point)).outputs[neuron]
        if np.isfinite(y):
            assert y == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_what_has_no_axis_is_refused(network):
    base = base_of(network, VILLA, None)
    with pytest.raises(CannotError, match="'area' twice"):
        plot_map(network, base, "price", "area", "area")
    card = example_specs.network("credit-scorecard")
    with pytest.raises(CannotError, match="is a category"):
        plot_map(card, base_of(card, None, None), "score", "housing", "age")
    with pytest.raises(CannotError, match="has a hinge"):
        plot_firing(example_specs.network("property-weighted-sum"), {"area": np.array([1.0])})


def test_only_what_a_neuron_reads_bends_its_curve_and_its_map():
    """Of exclusive or's two hidden neurons neither reads the other, and the output reads both."""
    xor = example_specs.network("xor")
    assert ancestors(xor, "both") == {"a", "b", "both"}
    assert ancestors(xor, "xor") == {"a", "b", "either", "both", "xor"}
    assert {name for name, _ in hinges(xor, "both")} <= {"both"}


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_what_a_neuron_does_not_read_does_not_move_it(name):
    """Changing the bias of any neuron that is no ancestor leaves the values as they are."""
    network = example_specs.network(name)
    for neuron in network.neurons[:6]:
        read = ancestors(network, neuron)
        others = [one.name for _, one in network.spec.neurons() if one.name not in read]
        rng = np.random.default_rng(0)
        domain = Domain.of(network.spec)
        points = np.stack([axis.sample(rng, 20) for axis in domain.axes])
        columns = domain.columns(points)
        before = network.evaluator().evaluate(columns, [neuron]).values[neuron]
        layers = tuple(
            replace(layer, neurons=tuple(
                replace(one, bias=3.5) if one.name in others else one for one in layer.neurons
            )) if getattr(layer, "neurons", ()) and not hasattr(layer, "size") else layer
            for layer in network.spec.layers
        )  # fmt: skip
        changed = Network.from_checked(replace(network.spec, layers=layers))
        after = changed.evaluator().evaluate(columns, [neuron]).values[neuron]
        assert np.array_equal(before, after, equal_nan=True)


def test_categories_and_booleans_are_bars_with_their_own_labels():
    card = example_specs.network("credit-scorecard")
    figure = plot_curves(card, base_of(card, None, None), "score")
    panels = {panel.get_xlabel(): panel for panel in figure.axes}
    for label, texts in (
        ("housing", ["own", "rent", "other"]), ("checking_account", ["false", "true"]),
    ):  # fmt: skip
        panel = panels[label]
        assert [text.get_text() for text in panel.get_xticklabels()] == texts
        assert len(panel.patches) == len(texts)


def test_labels_of_categories_do_not_overlap():
    names = ["detached single family home with garden", "semi-detached house", "terraced house"]
    network = package.loads(f"""
nnspec: 1
name: homes
inputs: {{kind: {{type: category, categories: {names}}}}}
layers: [{{name: output, neurons: {{y: {{synapses: {{'kind.terraced house': 2}}}}}}}}]
""")
    figure = plot_curves(network, base_of(network, None, None), "y")
    figure.canvas.draw()
    labels = figure.axes[0].get_xticklabels()
    assert all(label.get_rotation() == 40 and label.get_ha() == "right" for label in labels)
    assert max(len(label.get_text()) for label in labels) <= 24


def test_a_network_plots_explains_and_tests_itself(network):
    assert len(network.plot(given=VILLA).axes) == 4
    assert network.explain(VILLA).to_json() == package.explain(network, VILLA).to_json()
    results = network.test(max_examples=20)
    assert [result.case for result in results] == list(cases(network.spec))
    assert not any(result.failed for result in results)
    assert set(package.__all__) <= set(dir(package))


class TestVerb:
    @pytest.mark.parametrize("ending", ["svg", "pdf"])
    def test_the_same_plot_is_the_same_bytes(self, tmp_path, ending):
        for name in ("a", "b"):
            done = nnspec("plot", str(SPECS / "xor.yaml"), "-o", f"{name}.{ending}", cwd=tmp_path)
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        first, second = [(tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b")]
        assert first == second

    def test_every_kind_is_written(self, tmp_path):
        spec = str(SPECS / "property-valuation.yaml")
        for number, words in enumerate(
            ([HOMES, "--row", "3"], ["--map", "area,distance", HOMES],
             ["--firing", HOMES])
        ):  # fmt: skip
            done = nnspec("plot", spec, "-o", f"{number}.png", *words, cwd=tmp_path)
            assert (done.returncode, done.stderr) == (0, b"")
            assert (tmp_path / f"{number}.png").read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["-o", "a.gif"], "no format 'gif'"),
            (["-o", "a.png", "--map", "area"], "--map takes two inputs"),
            (["-o", "a.png", "--map", "aera,age"], "did you mean 'area'?"),
            (["-o", "a.png", "--firing"], "name it after the spec"),
            (["-o", "a.png", "--neuron", "prise"], "did you mean 'price'?"),
        ],
    )
    def test_what_cannot_be_plotted_exits_2_and_says_why(self, tmp_path, words, said):
        done = nnspec("plot", str(SPECS / "property-valuation.yaml"), *words, cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr.decode()
        assert not list(tmp_path.iterdir())

    def test_without_the_extra_it_says_what_to_install(self, tmp_path):
        (tmp_path / "matplotlib.py").write_text("raise ImportError")
        env = {"PYTHONPATH": str(tmp_path)}
        done = nnspec("plot", str(SPECS / "xor.yaml"), "-o", "a.png", cwd=tmp_path, env=env)
        assert done.returncode == 2
        assert "pip install 'nnspec[plot]'" in done.stderr.decode()
