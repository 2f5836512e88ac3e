"""Pictures by their structure: what is drawn is what the spec says, in SVG, DOT and HTML.

Of every network the law says what the picture must hold, so that no picture needs to be kept; one
is written down, as an example of what is compared. Pixels never are.
"""

from __future__ import annotations

import math
import os
import re
from itertools import pairwise
from xml.etree import ElementTree

import engines
import example_specs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import network_specs, rows
from test_draw import SVG, drawn, of_class, synapses_of

from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import find, with_defaults
from nnspec.spec.model import Activation, Input, Layer, NetworkSpec, Neuron
from nnspec.spec.resolved import resolve
from nnspec.validation.bounds import bound_units
from nnspec.views.diagram import Look, diagram_dot, diagram_svg
from nnspec.views.diagram.page import diagram_html
from nnspec.views.diagram.style import _DARK, _LIGHT, style
from nnspec.views.diagram.text import shortened, text_width
from nnspec.views.escaping import safe_xml as safe

SMALL = settings(max_examples=50)


def columns_of(spec: NetworkSpec) -> list[tuple[str, list[str]]]:
    """Each column's heading and its units, by the spec."""
    inputs = [unit for item in spec.inputs for unit in item.units]
    return [("inputs", inputs), *((layer.name, list(layer.neuron_names)) for layer in spec.layers)]


def boxes_of(root: ElementTree.Element) -> dict[str, tuple[float, float, float, float]]:
    """Each unit's box: x, y, width, height."""
    found = {}
    for group in of_class(root, "g", "unit"):
        box = group.find(SVG + "rect")
        found[group.get("data-name")] = tuple(float(box.get(k)) for k in
                                              ("x", "y", "width", "height"))  # fmt: skip
    return found


def legal(text: str) -> str:
    """A text as a parser of XML gives it back."""
    return ElementTree.fromstring(f"<a>{safe(text)}</a>").text or ""


def activation_of(spec: NetworkSpec, name: str) -> Activation:
    for layer in spec.layers:
        if name in layer.neuron_names:
            own = None
            if isinstance(layer, Layer):
                own = next(n.activation for n in layer.neurons if n.name == name)
            found = layer.activation if own is None else own
            return Activation("identity", {}) if found is None else found
    raise KeyError(name)


# -- the law --------------------------------------------------------------------------------------


@given(network_specs(max_layers=4))
@SMALL
def test_columns_are_the_inputs_and_then_the_layers_in_order(spec):
    """Each unit stands in its layer's column, and each column under its layer's name."""
    root = drawn(spec)
    boxes, expected = boxes_of(root), columns_of(spec)
    headings = of_class(root, "text", "heading")
    assert [heading.text for heading in headings] == [shortened(name) for name, _ in expected]
    right = 0.0
    for heading, (_, units) in zip(headings, expected, strict=True):
        own = {boxes[unit][0] for unit in units} | {
            boxes[unit][0] + boxes[unit][2] for unit in units
        }
        assert len(own) == 2  # one left edge and one right edge
        assert min(own) > right
        assert min(own) < float(heading.get("x")) < max(own)
        right = max(own)


@given(network_specs(max_layers=4))
@SMALL
def test_a_synapse_runs_from_its_source_to_its_target(spec):
    root = drawn(spec)
    boxes = boxes_of(root)
    for path in of_class(root, "path", "synapse"):
        x, y, w, h = boxes[path.get("data-source")]
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
        assert numbers[:2] == pytest.approx([x + w, y + h / 2], abs=0.11)
        x, y, w, h = boxes[path.get("data-target")]
        assert numbers[-2:] == pytest.approx([x, y + h / 2], abs=0.11)


def moves_of(spec: NetworkSpec) -> dict[tuple[str, str], float]:
    """How far each synapse can move its neuron; its weight's size where a range is open."""
    resolved, found = resolve(spec), {}
    seen = bound_units(resolved).values
    for neuron in resolved.neurons():
        spans = [neuron.aggregation.term.image(s.weight, seen[s.source]) for s in neuron.synapses]
        known = all(math.isfinite(high - low) for low, high in spans)
        for synapse, (low, high) in zip(neuron.synapses, spans, strict=True):
            move = high - low if known else abs(synapse.weight)
            found[synapse.source, neuron.name] = move
    return found


@given(network_specs(max_layers=4))
@SMALL
def test_a_neurons_synapses_are_as_wide_as_they_move_it(spec):
    """Of two synapses the one that can move its neuron further is the wider; the most is 5.5."""
    into: dict[str, list[tuple[float, float]]] = {}
    moves = moves_of(spec)
    for path in of_class(drawn(spec), "path", "synapse"):
        source, target = path.get("data-source"), path.get("data-target")
        pair = moves[source, target], float(path.get("stroke-width"))
        into.setdefault(target, []).append(pair)
    for pairs in into.values():
        ranked = sorted(pairs)
        assert [width for _, width in ranked] == sorted(width for _, width in pairs)
        assert all(1 <= width <= 5.5 for _, width in pairs)
        assert ranked[-1][1] == (5.5 if ranked[-1][0] else 1.0)
        for (small, thin), (great, wide) in pairwise(ranked):
            if small < 0.9 * great and great > 0.2 * ranked[-1][0]:  # by more than rounding
                assert thin < wide


@given(network_specs(max_layers=4))
@SMALL
def test_units_are_marked_for_what_they_are(spec):
    """Inputs, outputs and others; each neuron with its activation's name and shape, no input."""
    root = drawn(spec)
    inputs = columns_of(spec)[0][1]
    for group in of_class(root, "g", "unit"):
        name = group.get("data-name")
        kind = "input" if name in inputs else "output" if name in spec.output_names else "hidden"
        assert group.get("class") == f"unit {kind}"
        assert group.find(SVG + "text").text == legal(shortened(name))
        marks = list(group.iter(SVG + "polyline"))
        assert len(marks) == (name not in inputs)
        for mark in marks:
            activation = activation_of(spec, name)
            assert mark.find(SVG + "title").text == activation.name
            check_shape(mark.get("points"), activation)


def check_shape(points: str, activation: Activation) -> None:
    """A mark rises and falls as its activation does."""
    heights = [-float(pair.partition(",")[2]) for pair in points.split()]
    if len(heights) < 25:
        return  # where it has no value, or one too great, nothing is drawn
    function = find(activation.name)
    assert function is not None
    parameters = with_defaults(function, activation.parameters)
    values = [function.scalar(-3 + i / 4, **parameters) for i in range(25)]
    ranked = sorted(zip(values, heights, strict=True))
    span = ranked[-1][0] - ranked[0][0]
    for (low, at), (high, above) in pairwise(ranked):
        assert above >= at - 0.051 or high - low <= 1e-9 * span


@given(network_specs(max_layers=3), st.data())
@SMALL
def test_a_row_s_colours_are_what_the_reference_evaluator_says(spec, data):
    """Blue for a value of at least 0, orange below, the stronger the greater beside its layer."""
    values = evaluate_row(spec, data.draw(rows(spec))).outputs
    assume(all(map(math.isfinite, values.values())))
    root = drawn(spec, Look(values=values))
    layer_of = {name: names for _, names in columns_of(spec)[1:] for name in names}
    for group in of_class(root, "g", "unit"):
        name, box = group.get("data-name"), group.find(SVG + "rect")
        assert float(box.get("data-value")) == values[name]
        (said,) = [t.text for t in group.iter(SVG + "text") if "value" in t.get("class").split()]
        assert float(said.replace(",", "")) == pytest.approx(values[name], rel=1e-5)
        if name not in layer_of:
            assert box.get("class") is None
            continue
        assert box.get("class") == ("firing" if values[name] >= 0 else "below")
        greatest = max(abs(values[peer]) for peer in layer_of[name])
        share = abs(values[name]) / greatest if greatest else 0.0
        opacity = float(box.get("style").removeprefix("fill-opacity:"))
        assert opacity == pytest.approx(share / 2, abs=6e-4)


# -- labels ---------------------------------------------------------------------------------------


def label_boxes(root: ElementTree.Element) -> list[tuple[str, float, float, float, float]]:
    """Each text with the most room that it may take: left, right, top, bottom."""
    found = []
    for text in root.iter(SVG + "text"):
        kinds = text.get("class").split()
        size = 11.0 if {"shared", "value"} & set(kinds) else 14.0
        wide = text_width(text.text or "", size, bold="heading" in kinds)
        x, y = float(text.get("x")), float(text.get("y"))
        left = x - wide / 2 if {"heading", "shared"} & set(kinds) else x
        found.append((text.text or "", left, left + wide, y - 0.95 * size, y + 0.25 * size))
    return found


def assert_apart(root: ElementTree.Element) -> None:
    """No label overlaps another or leaves the picture; a name leaves its box no more."""
    labels = label_boxes(root)
    width, height = float(root.get("width")), float(root.get("height"))
    for i, (text, left, right, top, bottom) in enumerate(labels):
        assert left >= 0 and right <= width and top >= 0 and bottom <= height, text
        for other, left_2, right_2, top_2, bottom_2 in labels[:i]:
            apart = right <= left_2 or right_2 <= left or bottom <= top_2 or bottom_2 <= top
            assert apart, (text, other)
    for group in of_class(root, "g", "unit"):
        box = group.find(SVG + "rect")
        x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        inside = ElementTree.Element("svg")
        inside.extend(group.iter(SVG + "text"))
        for text, left, right, top, bottom in label_boxes(inside):
            assert x <= left and right <= x + w and y <= top and bottom <= y + h, text


@given(network_specs(max_layers=4), st.data())
@SMALL
def test_labels_never_overlap(spec, data):
    """Names, headings and values keep apart, with a row and without."""
    assert_apart(drawn(spec))
    values = evaluate_row(spec, data.draw(rows(spec))).outputs
    assert_apart(drawn(spec, Look(values=values)))


def wide_network(n_inputs: int, sizes: tuple[int, ...], fan_in: int) -> NetworkSpec:
    """Layers of named neurons, each of which reads some of the layer before."""
    before = [f"input-number-{i}" for i in range(n_inputs)]
    inputs, layers = tuple(map(Input, before)), []
    for number, size in enumerate(sizes):
        neurons = tuple(
            Neuron(f"neuron-{number}-{i}",
                   {before[(7 * i + 13 * k) % len(before)]: (-1.0) ** k * (1 + k + i % 5)
                    for k in range(fan_in)})
            for i in range(size)
        )  # fmt: skip
        layers.append(Layer(f"LAYER-{number}", neurons, activation=Activation("relu", {})))
        before = [neuron.name for neuron in neurons]
    return NetworkSpec("wide", inputs, tuple(layers))


@pytest.mark.parametrize(
    "spec",
    [wide_network(4, (3, 1), 2), wide_network(30, (80, 60, 25, 5), 3)],
    ids=["4 inputs", "200 units"],
)
def test_labels_keep_apart_at_4_inputs_and_at_200_units(spec):
    root = drawn(spec)
    n_units = sum(len(units) for _, units in columns_of(spec))
    assert len(of_class(root, "g", "unit")) == n_units
    assert_apart(root)
    values = {
        unit: -123456.7 * i for i, (_, units) in enumerate(columns_of(spec)) for unit in units
    }
    assert_apart(drawn(spec, Look(values=values)))


def test_labels_of_blocks_keep_apart():
    spec = wide_network(60, (120, 100, 2), 3)
    root = drawn(spec)
    assert not of_class(root, "path", "synapse")
    names = [name for name, _ in columns_of(spec)]
    assert [t.text for t in of_class(root, "text", "heading")] == names
    labels = label_boxes(root)
    for i, (text, left, right, top, bottom) in enumerate(labels):
        assert left >= 0 and right <= float(root.get("width")), text
        for other, left_2, right_2, top_2, bottom_2 in labels[:i]:
            apart = right <= left_2 or right_2 <= left or bottom <= top_2 or bottom_2 <= top
            assert apart, (text, other)


LEGAL = "".join(map(chr, range(0x20, 0x7F)))
LETTERS = "".join(map(chr, [*range(0xA1, 0x100), *range(0x3B1, 0x3CA), *range(0x410, 0x450)]))


@pytest.mark.parametrize(
    ("font", "characters", "bold"),
    [("DejaVuSans.ttf", LEGAL + LETTERS + "…—", False), ("DejaVuSans-Bold.ttf", LEGAL, True)],
)
def test_text_is_reckoned_no_narrower_than_the_widest_font_draws_it(font, characters, bold):
    """By the font's own metrics; only layers' names, which are ASCII, are bold."""
    matplotlib = engines.library("matplotlib")
    ft2font = engines.library("matplotlib.ft2font")
    path = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", font)  # noqa: PTH118
    face = ft2font.FT2Font(path)
    for character in characters:
        glyph = face.load_char(ord(character), ft2font.LoadFlags.NO_SCALE)
        assert text_width(character, face.units_per_EM, bold=bold) >= glyph.horiAdvance, character


# -- colours --------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def over(colour: str, opacity: float, ground: str) -> str:
    """A colour laid over another."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02x}" for a, b in pairs)


def fills(theme: str, what: str) -> str:
    """The colour that a theme's style gives to a class, as it stands in the picture."""
    found = re.search(rf"{re.escape(what)}\{{(?:fill|stroke):(#[0-9a-f]{{6}})", style(theme, "p"))
    assert found is not None, what
    return found[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_stand_out_from_their_ground(theme):
    """Text by 4.5 to 1, lines by 3 to 1, in both themes and on the strongest colour of a row."""
    page, ink, soft = fills(theme, ".page"), fills(theme, " text"), fills(theme, ".value")
    grounds = [page, *(fills(theme, f".{kind} rect") for kind in ("unit", "input", "output"))]
    for ground in grounds:
        assert min(contrast(ink, ground), contrast(soft, ground)) >= 4.5
    fired = [over(fills(theme, f"rect.{kind}"), 0.5, page) for kind in ("firing", "below")]
    for ground in [*grounds, *fired]:
        assert contrast(ink, ground) >= 4.5  # names, and the values of neurons, are in ink
        assert contrast(fills(theme, ".activation"), ground) >= 3
    opacity = float(re.search(r"stroke-opacity:([.\d]+)", style(theme, "p"))[1])
    for sign in ("positive", "negative", "zero"):
        assert contrast(over(fills(theme, f".{sign}"), opacity, page), page) >= 3


def test_auto_is_light_and_dark():
    light, dark = (style(theme, "p").removesuffix("</style>") for theme in ("light", "dark"))
    text = style("auto", "p")
    assert light in text
    before, _, after = text.partition("@media (prefers-color-scheme: dark){")
    assert set(_LIGHT.values()) <= set(re.findall(r"#[0-9a-f]{6}", before))
    assert set(re.findall(r"#[0-9a-f]{6}", after)) == set(_DARK.values())
    assert set(re.findall(r"#[0-9a-f]{6}", dark)) == set(_DARK.values())


# -- DOT and HTML ---------------------------------------------------------------------------------

QUOTED = r'"((?:[^"\\]|\\.)*)"'


def plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


@given(network_specs(max_layers=4))
@SMALL
def test_dot_has_each_layer_as_a_cluster_and_each_synapse_as_an_arrow(spec):
    text = diagram_dot(spec)
    clusters = re.findall(rf"subgraph {QUOTED} \{{ label={QUOTED};\n((?:.*\n)*?)  \}}", text)
    found = [(plain(label), [plain(n) for n in re.findall(rf"^    {QUOTED};$", body, re.M)])
             for _, label, body in clusters]  # fmt: skip
    assert found == columns_of(spec)
    arrows = re.findall(
        rf"^  {QUOTED} -> {QUOTED} \[label={QUOTED}, color={QUOTED}, penwidth=([\d.]+)\];$",
        text,
        re.M,
    )
    expected = sorted((s, t, f"{w:g}") for s, t, w in synapses_of(spec))
    assert sorted((plain(s), plain(t), label) for s, t, label, _, _ in arrows) == expected
    for _, _, label, colour, width in arrows:
        assert colour == ("#c8590c" if label.startswith("-") and float(label) else "#2563b8")
        assert 1 <= float(width) <= 4


@given(network_specs(max_layers=3, decorated=True))
@SMALL
def test_the_page_of_a_diagram_holds_just_the_diagram(spec):
    svg = diagram_svg(spec)
    page = diagram_html(spec, svg)
    assert page.count("<svg") == 1
    assert svg in page
    assert f"<title>{safe(spec.title if spec.title is not None else spec.name)}</title>" in page
    assert not re.search(r"<script|https?://(?!www\.w3\.org/2000/svg)", page.replace(svg, ""))


# -- one picture written down ---------------------------------------------------------------------


def structure(root: ElementTree.Element) -> dict[str, object]:
    """All of a picture that is compared: columns, marks, and each neuron's synapses by width."""
    synapses: dict[str, list[tuple[float, str]]] = {}
    for path in sorted(of_class(root, "path", "synapse"), key=lambda p: p.get("data-source")):
        sign = path.get("class").split()[1]
        pair = float(path.get("stroke-width")), f"{path.get('data-source')} {sign}"
        synapses.setdefault(path.get("data-target"), []).append(pair)
    widest_first = {t: [s for _, s in sorted(p, key=lambda x: -x[0])] for t, p in synapses.items()}
    columns: dict[float, list[str]] = {}
    for name, (x, *_) in boxes_of(root).items():
        columns.setdefault(x, []).append(name)
    marks = [e.find(SVG + "title").text for e in root.iter(SVG + "polyline")]
    return {"columns": [columns[x] for x in sorted(columns)], "marks": marks, **widest_first}


def test_what_is_compared_of_the_valuation_of_a_home():
    assert structure(drawn(example_specs.network("property-valuation").spec)) == {
        "columns": [
            ["area", "bedrooms", "distance", "age"],
            ["large-near-city", "family-new-home", "historic"],
            ["price"],
        ],
        "marks": ["relu", "relu", "relu", "identity"],
        "large-near-city": ["area positive", "distance negative"],
        "family-new-home": ["area positive", "bedrooms positive", "age negative"],
        "historic": ["age positive"],
        "price": ["large-near-city positive", "family-new-home positive", "historic positive"],
    }


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_every_shipped_spec_is_drawn_as_it_is_written(name):
    spec = example_specs.network(name).spec
    found = structure(drawn(spec))
    assert found["columns"] == [units for _, units in columns_of(spec)]
    assert found["marks"] == [
        activation_of(spec, n).name for _, c in columns_of(spec)[1:] for n in c
    ]
    weights, moves = {(s, t): w for s, t, w in synapses_of(spec)}, moves_of(spec)
    for target in {t for _, t in weights}:
        words = [entry.rsplit(" ", 1) for entry in found[target]]
        assert sorted(s for s, _ in words) == sorted(s for s, t in weights if t == target)
        sizes = [moves[s, target] for s, _ in words]
        assert all(a >= 0.999 * b for a, b in pairwise(sizes))
        for source, sign in words:
            assert (sign == "positive") == (weights[source, target] > 0)
    assert_apart(drawn(spec))


def test_a_neuron_without_a_value_leaves_the_others_their_colours():
    spec = example_specs.network("property-valuation").spec
    values = {"large-near-city": math.nan, "family-new-home": 2.0, "historic": math.inf}
    boxes = {group.get("data-name"): group.find(SVG + "rect").get("style")
             for group in of_class(drawn(spec, Look(values=values)), "g", "unit")}  # fmt: skip
    assert boxes["family-new-home"] == "fill-opacity:0.500"
    assert boxes["large-near-city"] is boxes["historic"] is None


WHOLE = st.integers(-1000, 1000).filter(bool)


@given(
    st.lists(st.tuples(WHOLE, WHOLE, st.integers(-30, 30)), min_size=1, max_size=5),
    st.sampled_from(["sum", "mean", "max"]),
)
@SMALL
def test_widths_do_not_depend_on_units(drawn_inputs, aggregation):
    """Inputs measured in other units, and weights that fit them, draw the same lines."""

    def widths(shift: int) -> dict[str, str]:
        inputs, synapses = [], {}
        for i, (weight, end, power) in enumerate(drawn_inputs):
            scale = 2.0 ** (shift * power)
            inputs.append(Input(f"x{i}", range=(0.0, abs(end) * scale)))
            synapses[f"x{i}"] = weight / scale
        neuron = Neuron("y", synapses, aggregation=aggregation)
        spec = NetworkSpec("n", tuple(inputs), (Layer("out", (neuron,)),))
        paths = of_class(drawn(spec), "path", "synapse")
        return {path.get("data-source"): path.get("stroke-width") for path in paths}

    assert widths(0) == widths(1)
