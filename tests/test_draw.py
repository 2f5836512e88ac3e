"""Diagrams: exactly the spec's units and synapses, nothing overlapping, text that stays text."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.etree import ElementTree

import example_specs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import network_specs
from test_cli import nnspec

from nnspec.network import Network, loads
from nnspec.spec.model import (
    BulkLayer,
    DenseWeights,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
)
from nnspec.spec.topology import Wiring
from nnspec.views.diagram import Look, diagram_dot, diagram_svg
from nnspec.views.diagram.layout import place
from nnspec.views.diagram.text import text_width
from nnspec.views.escaping import safe_xml as safe

SVG = "{http://www.w3.org/2000/svg}"
SPECS = Path(__file__).parent.parent / "specs"
LEGAL = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def drawn(spec: NetworkSpec, look: Look | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(diagram_svg(spec, look))


def of_class(root: ElementTree.Element, tag: str, name: str) -> list[ElementTree.Element]:
    return [e for e in root.iter(SVG + tag) if name in e.get("class", "").split()]


def synapses_of(spec: NetworkSpec) -> list[tuple[str, str, float]]:
    """Every synapse of a spec, by its own lists."""
    wiring = Wiring(spec)
    found = []
    for layer in spec.layers:
        if isinstance(layer, Layer):
            found += [(s, n.name, float(wiring.value(w) or 0)) for n in layer.neurons
                      for s, w in n.synapses]  # fmt: skip
        else:
            columns = wiring.columns(layer.sources)
            if isinstance(layer.weights, DenseWeights):
                found += [(s, name, float(w)) for name, row in zip(layer.neuron_names,
                          layer.weights.rows, strict=True) for s, w in zip(columns, row, strict=True)]  # fmt: skip  # noqa: E501
            elif isinstance(layer.weights, SparseWeights):
                found += [(columns[c], f"{layer.name}.{r}", float(w))
                          for r, c, w in layer.weights.entries]  # fmt: skip
    return sorted(found)


@given(network_specs(max_layers=4))
def test_the_synapses_and_names_are_exactly_the_specs(spec):
    root = drawn(spec)
    paths = of_class(root, "path", "synapse")
    shown = [(p.get("data-source"), p.get("data-target"), float(p.get("data-weight")))
             for p in paths]  # fmt: skip
    assert sorted(shown) == synapses_of(spec)
    units = [u for item in spec.inputs for u in item.units]
    units += [name for layer in spec.layers for name in layer.neuron_names]
    assert [g.get("data-name") for g in of_class(root, "g", "unit")] == units
    for path, (_, _, weight) in zip(paths, shown, strict=True):
        sign = "positive" if weight > 0 else "negative" if weight < 0 else "zero"
        assert sign in path.get("class").split()


@given(network_specs(max_layers=4))
def test_no_unit_overlaps_another_and_labels_fit(spec):
    root = drawn(spec)
    width, height = float(root.get("width")), float(root.get("height"))
    boxes = []
    for group in of_class(root, "g", "unit"):
        box, label = group.find(SVG + "rect"), group.find(SVG + "text")
        x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        assert x >= 0 and x + w <= width and y >= 0 and y + h <= height
        assert float(label.get("x")) + text_width(label.text, 14) <= x + w
        boxes.append((x, y, w, h))
    for i, (x, y, w, h) in enumerate(boxes):
        for other_x, other_y, other_w, other_h in boxes[:i]:
            apart = x >= other_x + other_w or other_x >= x + w
            assert apart or y >= other_y + other_h or other_y >= y + h


def test_a_synapse_that_skips_a_layer_runs_behind_no_unit():
    """Of the credit scorecard, whose inputs reach the total past two layers."""
    root = drawn(example_specs.network("credit-scorecard").spec)
    boxes = {}
    for group in of_class(root, "g", "unit"):
        box = group.find(SVG + "rect")
        boxes[group.get("data-name")] = [float(box.get(k)) for k in ("x", "y", "width", "height")]
    skipping = 0
    for path in of_class(root, "path", "synapse"):
        for x_end, y in level_parts(path.get("d")):
            skipping += 1
            for x, top, w, h in boxes.values():
                if x <= x_end <= x + w:
                    assert not top <= y <= top + h
    assert skipping >= 5


def level_parts(d: str) -> list[tuple[float, float]]:
    """Where a path passes a column: the end and the height of each level stretch."""
    found, y = [], 0.0
    for part in re.findall(r"[MCH][^MCH]*", d):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", part)]
        if part[0] == "H":
            found.append((numbers[0], y))
        else:
            y = numbers[-1]
    return found


def test_crossings_that_need_not_be_are_gone():
    columns = [["a", "b", "c"], ["x", "y", "z"]]
    heights = dict.fromkeys("abcxyz", 30.0)
    crossed = place(columns, [("a", "z"), ("b", "y"), ("c", "x")], heights)
    assert crossed.crossings == 0
    complete = place(columns, [(s, t) for s in "abc" for t in "xyz"], heights)
    assert complete.crossings == 9  # no order of a complete graph has fewer


def test_a_network_of_200_units_is_still_drawn_unit_by_unit():
    neurons = tuple(Neuron(f"n{i}", {f"x{i % 20}": 1.0}) for i in range(150))
    last = Layer("out", tuple(Neuron(f"o{i}", {f"n{i}": 1.0, f"n{i + 1}": -1.0})
                              for i in range(30)))  # fmt: skip
    spec = NetworkSpec("wide", tuple(Input(f"x{i}") for i in range(20)),
                       (Layer("hidden", neurons), last))  # fmt: skip
    assert len(of_class(drawn(spec), "g", "unit")) == 200
    wider = NetworkSpec("wider", (*spec.inputs, Input("more")), spec.layers)
    root = drawn(wider)
    assert [g.get("data-name") for g in of_class(root, "g", "layer")] == ["hidden", "out"]
    assert len(of_class(root, "rect", "cell")) > 100


def test_a_heat_map_has_the_weights_at_their_places():
    rows = tuple(tuple(float(r == c) - 2.0 * (r == 0 and c == 3) for c in range(4))
                 for r in range(4))  # fmt: skip
    big = BulkLayer("big", 4, ("x",), DenseWeights(rows))
    from nnspec.views.diagram.blocks import _heat_map

    entries = [(r, c, w) for r, row in enumerate(big.weights.rows) for c, w in enumerate(row) if w]
    cells = [ElementTree.fromstring(cell) for cell in _heat_map(0.0, 4, 4, entries)][1:]
    at = {(float(c.get("x")) / 4, (float(c.get("y")) - 62) / 4): c for c in cells}
    assert set(at) == {(0, 0), (1, 1), (2, 2), (3, 3), (3, 0)}
    assert "negative" in at[3, 0].get("class")
    assert float(at[3, 0].get("fill-opacity")) == 1
    assert float(at[0, 0].get("fill-opacity")) == 0.5


@given(LEGAL, LEGAL)
@settings(max_examples=100)
def test_text_from_a_spec_stays_text(title, note):
    """Whatever stands in a title or description, the drawing is well-formed and holds it."""
    wild = title + '<script>alert("1")</script> ]]> & \x00'
    neuron = Neuron("y", {"x": 1}, description=note + wild)
    spec = NetworkSpec("n", (Input("x", description=wild),), (Layer("out", (neuron,)),), title=wild)
    root = drawn(spec)
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    said = [e.text for e in root.iter(SVG + "title")]
    assert any("<script>" in text and "]]>" in text for text in said)


@given(LEGAL)
def test_safe_text_reads_back(text):
    element = ElementTree.fromstring(f'<a b="{safe(text)}">{safe(text)}</a>')
    legal = "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd"
                    for c in text)  # fmt: skip
    assert element.text in (legal.replace("\r\n", "\n").replace("\r", "\n"), None)


def test_a_row_colours_neurons_by_how_they_fire():
    network = example_specs.network("property-valuation")
    values = {"area": 3000.0, "bedrooms": 4.0, "distance": 2.0, "age": 120.0,
              "large-near-city": 564660.0, "family-new-home": 135500.0, "historic": 0.0,
              "price": 1.0}  # fmt: skip
    root = drawn(network.spec, Look(values=values))
    shares = {}
    for group in of_class(root, "g", "unit"):
        style = group.find(SVG + "rect").get("style", "")
        shares[group.get("data-name")] = style
    assert shares["large-near-city"] == "fill-opacity:0.500"
    assert shares["historic"] == "fill-opacity:0.000"
    assert shares["area"] == ""
    assert [t.text for t in of_class(root, "text", "value")][4] == "564,660"


def test_two_diagrams_may_share_a_page():
    first, second = [drawn(example_specs.network(n).spec, Look(prefix=n)) for n in ("xor", "adder")]
    ids = [e.get("id") for root in (first, second) for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for root in (first, second):
        for selector in re.findall(r"([^{}]+)\{", root.find(SVG + "style").text):
            parts = [p for p in selector.split(",") if not p.startswith("@media")]
            assert all(p.startswith("." + root.get("class")) for p in parts)


def test_a_notebook_shows_the_diagram():
    network = example_specs.network("xor")
    assert ElementTree.fromstring(network._repr_svg_()).get("role") == "img"
    again = loads((SPECS / "xor.yaml").read_text())
    assert again._repr_svg_() == network._repr_svg_()


def test_dot_names_every_unit_and_synapse():
    spec = example_specs.network("credit-scorecard").spec
    text = diagram_dot(spec)
    arrows = re.findall(r'^  "(.*)" -> "(.*)" \[label="(.*?)"', text, re.MULTILINE)
    expected = [(s, t, f"{w:g}") for s, t, w in synapses_of(spec)]
    assert sorted(arrows) == sorted(expected)


class TestVerb:
    def test_the_ending_says_the_format(self, tmp_path):
        heads = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph",
                 "html": b"<!doctype html>"}  # fmt: skip
        for ending, head in heads.items():
            done = nnspec("draw", str(SPECS / "xor.yaml"), "-o", f"net.{ending}", cwd=tmp_path)
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
            assert (tmp_path / f"net.{ending}").read_bytes().startswith(head)

    def test_standard_output_has_svg(self):
        done = nnspec("draw", str(SPECS / "xor.yaml"))
        assert ElementTree.fromstring(done.stdout).tag == SVG + "svg"

    def test_a_row_is_given_or_found_in_a_table(self, tmp_path):
        spec, table = str(SPECS / "xor.yaml"), str(SPECS / "data" / "xor.csv")
        given = nnspec("draw", spec, "--given", "a=0,b=1")
        found = nnspec("draw", spec, table, "--row", "2")
        assert given.returncode == found.returncode == 0
        assert given.stdout == found.stdout
        assert b"data-value" in given.stdout

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["-o", "net.gif"], "no format 'gif' for net.gif"),
            (["--given", "a=1"], "lacks b"),
            (["--given", "a=1,bb=0"], "no input 'bb'; did you mean 'b'?"),
            (["--given", "a=1,b=2"], "b: '2'"),
            (["--row", "3"], "name the table after the spec"),
            (
                [str(SPECS / "data" / "xor.csv"), "--row", "9"],
                "has no row 9: it has 4 rows",
            ),
        ],
    )
    def test_what_cannot_be_drawn_exits_2_and_says_why(self, words, said, tmp_path):
        done = nnspec("draw", str(SPECS / "xor.yaml"), *words, cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr.decode()
        assert not list(tmp_path.iterdir())

    def test_without_the_extra_it_says_what_to_install(self, tmp_path):
        (tmp_path / "vl_convert.py").write_text("raise ImportError")
        env = {"PYTHONPATH": str(tmp_path)}
        done = nnspec("draw", str(SPECS / "xor.yaml"), "-o", "net.png", cwd=tmp_path, env=env)
        assert done.returncode == 2
        assert "pip install 'nnspec[draw]'" in done.stderr.decode()


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_every_shipped_spec_is_drawn(name):
    network: Network = example_specs.network(name)
    root = drawn(network.spec)
    assert math.isfinite(float(root.get("width")))
    assert len(of_class(root, "path", "synapse")) == len(synapses_of(network.spec))
