"""The docs' notebook is run, and shows what it was committed with; a display never fails."""

from __future__ import annotations

import base64
import copy
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import engines
import example_specs
from hypothesis import given, settings
from strategies import network_specs

import nnspec
from nnspec import explain
from nnspec.explaining import parse_goal, smallest_change
from nnspec.explaining.render.html import STYLE
from nnspec.network import Network
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
VILLA = {"area": 3000, "bedrooms": 4, "distance": 2, "age": 120}


class Shape(HTMLParser):
    """HTML as its elements and texts, in order; styles and attributes are looks."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._in_style = tag == "style"
        self.found.append(f"<{tag}>")

    def handle_endtag(self, tag):
        self._in_style = False
        self.found.append(f"</{tag}>")

    def handle_data(self, data):
        if data.strip() and not self._in_style:
            self.found.append(data.strip())


def svg_shape(text: str) -> list[tuple[Any, ...]]:
    """An SVG as its elements with their classes, facts and texts; where they stand is looks."""
    found = []
    for element in ElementTree.fromstring(text).iter():
        tag = element.tag.rpartition("}")[2]
        facts = {k: v for k, v in element.attrib.items() if k == "class" or k.startswith("data-")}
        found.append((tag, sorted(facts.items()), None if tag == "style" else element.text))
    return found


def shown(output: Any) -> list[Any]:
    """What an output shows, so that it can be compared."""
    if output.output_type == "stream":
        return [output.name, output.text]
    found: list[Any] = []
    for kind, data in sorted(output.get("data", {}).items()):
        if kind == "text/html":
            found += [kind, Shape(data).found]
        elif kind == "image/svg+xml":
            found += [kind, svg_shape(data)]
        elif kind == "image/png":  # pixels are the machine's and the library's
            found += [kind, base64.b64decode(data).startswith(b"\x89PNG")]
        else:
            found += [kind, data]
    return [output.output_type, *found]


def read(path: Path) -> Any:
    return engines.library("nbformat").read(path, as_version=4)


def test_the_notebook_shows_what_it_gives_when_it_is_run(tmp_path):
    for name in ("nbclient", "ipykernel", "matplotlib", "sqlglot"):
        engines.library(name)
    out = tmp_path / "out.ipynb"
    run = subprocess.run(
        [sys.executable, "-m", "tests.notebooks", "-o", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    committed, made = read(NOTEBOOK), read(out)
    assert len(committed.cells) == len(made.cells)
    for before, after in zip(committed.cells, made.cells, strict=True):
        assert before.source == after.source
        if before.cell_type == "code":
            said = f"outdated; `python -m tests.notebooks` refreshes it:\n{before.source}"
            assert [*map(shown, before.outputs)] == [*map(shown, after.outputs)], said


def test_the_notebook_is_committed_with_its_outputs_and_nothing_of_a_machine():
    engines.library("nbclient")
    from notebooks import plain

    notebook = read(NOTEBOOK)
    assert plain(copy.deepcopy(notebook)) == notebook
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    kinds = {kind for cell in cells for o in cell.outputs for kind in o.get("data", {})}
    assert kinds == {"image/svg+xml", "image/png", "text/html", "text/plain"}
    assert all(o.output_type != "error" for cell in cells for o in cell.outputs)
    text = "\n".join(f"{cell.source}\n{cell.get('outputs')}" for cell in notebook.cells)
    assert re.findall(r"/(?:home|root|tmp|usr|var|opt|work)/|[A-Z]:\\\\|0x[0-9a-f]{6,}", text) == []


def test_every_cell_is_short():
    notebook = read(NOTEBOOK)
    assert max(len(cell.source.splitlines()) for cell in notebook.cells) <= 15
    code = [line for cell in notebook.cells if cell.cell_type == "code"
            for line in cell.source.splitlines()]  # fmt: skip
    assert max(map(len, code)) <= 88  # what the docs' pages show without scrolling


# -- what shows itself ----------------------------------------------------------------------------


@given(network_specs(max_layers=4))
@settings(max_examples=50)
def test_every_network_shows_itself(spec):
    """As a diagram that is well-formed, whose classes are its own."""
    network = Network(spec)
    text = network._repr_svg_()
    assert text is not None
    root = ElementTree.fromstring(text)
    assert root.get("class") == f"nn{network.content_hash[:12]}-net"


def test_a_wide_network_shows_itself_as_blocks():
    neurons = tuple(Neuron(f"n{i}", {"x": 1.0}) for i in range(300))
    spec = NetworkSpec("wide", (Input("x"),), (Layer("hidden", neurons),))
    text = Network(spec)._repr_svg_()
    assert text is not None
    assert 'class="layer"' in text
    assert "synapse " not in text


def test_what_cannot_be_drawn_shows_its_plain_repr(monkeypatch):
    """IPython prints the plain repr where another one gives None."""
    network = example_specs.network("property-valuation")
    explanation = explain(network, VILLA)
    change = smallest_change(network, VILLA, parse_goal("price<=900000", network), ["area"])
    plot = nnspec_plot(network)

    def broken(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("nnspec.views.diagram.diagram_svg", broken)
    monkeypatch.setattr("nnspec.explaining.render.notebook._fragment", broken)
    monkeypatch.setattr(plot, "savefig", broken)
    assert network._repr_svg_() is None
    assert explanation._repr_html_() is None
    assert change._repr_html_() is None
    assert plot._repr_png_() is None


def nnspec_plot(network: Network) -> Any:
    engines.library("matplotlib")
    from nnspec.plotting import base_of, plot_curves

    return plot_curves(network, base_of(network, VILLA, None), "price")


def test_a_plot_shows_itself():
    assert nnspec_plot(example_specs.network("property-valuation"))._repr_png_()[:4] == b"\x89PNG"


def test_a_network_of_millions_of_synapses_is_not_waited_for(monkeypatch):
    network = Network(example_specs.network("xor").spec)
    network.compiled = SimpleNamespace(n_synapses=1_000_001)  # type: ignore[assignment]
    assert network._repr_svg_() is None


def test_an_explanation_shows_its_reasons_and_folds_its_neurons():
    network = example_specs.network("property-valuation")
    text = explain(network, VILLA, baseline={**VILLA, "age": 30})._repr_html_()
    assert text is not None
    found = Shape(text).found
    assert "price is 1,008,960 USD" in found
    for amount, name in (("-47,700 USD", "family-new-home"), ("+36,800 USD", "historic")):
        at = found.index(amount)
        assert name in found[at : at + 5]
    folded = found[found.index("<details>") : found.index("</details>")]
    assert [name for name in network.neurons if not any(name in one for one in folded)] == []


def test_a_long_explanation_is_cut_and_says_so():
    """Of 60 neurons of 30 inputs, neither 1,800 synapses nor 60 reasons are shown."""
    sources = [f"x{i}" for i in range(30)]
    neurons = tuple(Neuron(f"n{i}", dict.fromkeys(sources, 1.0 + i)) for i in range(60))
    last = Layer("output", (Neuron("y", {f"n{i}": 1.0 for i in range(60)}),))
    spec = NetworkSpec("n", tuple(map(Input, sources)), (Layer("hidden", neurons), last))
    explanation = explain(Network(spec), dict.fromkeys(sources, 1.0))
    found = Shape(explanation._repr_html_()).found
    assert "… 21 before these" in found
    assert "… and 18 synapses more" in found
    others = found.index("48 others")
    rest = sum(reason.amount for reason in explanation.output("y").by_neuron.reasons[12:])
    assert f"+{rest:,.0f}" in found[others - 5 : others]


def test_a_change_shows_itself_with_its_units_and_what_was_proved():
    network = example_specs.network("property-valuation")
    goal = parse_goal("price<=900000", network)
    reached = smallest_change(network, VILLA, goal, ["area", "age"])
    found = Shape(reached._repr_html_()).found
    assert "price is 1,008,960 USD; wanted: <= 900,000 USD" in found
    at = found.index("area")
    assert [one for one in found[at:] if not one.startswith("<")][:3] == [
        "area", "3,000 ft2", "2,639.5633476678795 ft2",
    ]  # fmt: skip
    assert found[-3].endswith("no smaller change of area, age reaches it.")
    assert "units" not in reached.to_dict()
    never = smallest_change(network, VILLA, parse_goal("price<=1000", network), ["age"])
    assert any("No change of age" in one for one in Shape(never._repr_html_()).found)
    already = smallest_change(network, VILLA, parse_goal("price>=1000", network), ["age"])
    assert any("Nothing needs to change" in one for one in Shape(already._repr_html_()).found)


def test_the_style_of_a_table_holds_for_it_alone_and_in_any_colours():
    selectors = [s for rule in re.findall(r"([^{}]+)\{", STYLE) for s in rule.split(",")]
    assert selectors
    assert all(selector.strip().startswith(".nnspec-explanation") for selector in selectors)
    colours = re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb|(?<![-\w])(?:color|background)\s*:", STYLE)
    assert colours == []  # the notebook's own, light or dark


def test_text_of_a_change_stays_text():
    item = Input("state", type="category", categories=("<b>good</b>", "]]>"), unit="<i>")
    neuron = Neuron("y", {"state.<b>good</b>": 1.0}, unit="<script>")
    network = Network(NetworkSpec("n", (item,), (Layer("output", (neuron,)),)))
    found = smallest_change(
        network, {"state": "]]>"}, parse_goal("y>=1", network), ["state"]
    )._repr_html_()
    assert found is not None
    assert not {"<b>", "<i>", "<script>"} & set(Shape(found).found)
    assert "&lt;b&gt;good&lt;/b&gt;" in found
    assert "&lt;script&gt;" in found


def test_ipython_asks_for_these():
    """The formatter of a real IPython, rather than a name that only looks right."""
    formatters = engines.library("IPython.core.formatters")
    network = nnspec.load(example_specs.SPECS / "property-valuation.yaml")
    format_ = formatters.DisplayFormatter()
    # IPython gives no formatter a format by itself but in a notebook.
    format_.active_types = format_.format_types
    assert "image/svg+xml" in format_.format(network)[0]
    assert "text/html" in format_.format(explain(network, VILLA))[0]
    assert "image/png" in format_.format(nnspec_plot(network))[0]
