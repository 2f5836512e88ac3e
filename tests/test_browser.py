"""The page in a real browser: its numbers, its controls, and what it never does."""

from __future__ import annotations

import json
import math
from pathlib import Path

import example_specs
import numpy as np
import pytest
from browser import Tab, chromium
from engines import library
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import EVERY_ACTIVATION, network_specs

from nnspec.claims import Options
from nnspec.claims.domain import Domain
from nnspec.cli.arguments.tables import UserTable
from nnspec.cli.work.spec_page import page_of
from nnspec.evaluators.reference import evaluate_row
from nnspec.network import Network
from nnspec.reporting import Content, report_html
from nnspec.reporting.page import File
from nnspec.spec.model import Activation, Input, Layer, NetworkSpec, Neuron
from nnspec.views.page import PageContent, page_html
from nnspec.views.page.facts import page_facts

SPECS = Path(__file__).parent.parent / "specs"
HOMES = "property-valuation"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The address of a shipped spec's page; of King County's homes with some of the table."""
    folder = tmp_path_factory.mktemp("pages")
    some = folder / "homes.csv"
    lines = (SPECS / "data" / "king-county.csv").read_text().splitlines()[:201]
    some.write_text("\n".join(lines) + "\n")

    def address(name: str) -> str:
        path = folder / f"{name}.html"
        if not path.exists():
            table = UserTable(str(some)) if name == HOMES else None
            path.write_text(page_of(example_specs.network(name).spec, table, 20))
        return path.as_uri()

    return address


def engine_values(name: str, row: dict) -> dict[str, float]:
    return dict(evaluate_row(example_specs.network(name).spec, row).outputs)


def row_shown(page) -> dict[str, float]:
    return page.evaluate("({...nnspec.state.row})")


def shown(page, name: str) -> float:
    """A unit's value in the diagram."""
    selector = f'#diagram .unit[data-name="{name}"] .value'
    return float(page.text_content(selector).replace(",", ""))


def output(page, name: str) -> float:
    return float(page.get_attribute(f'#outputs [data-output="{name}"]', "data-value"))


def assert_as_the_engine_says(page, name: str = HOMES) -> None:
    """The diagram and the outputs show what the engine makes of the page's own row."""
    spec = example_specs.network(name).spec
    row = row_shown(page)
    given = {
        item.name: item.categories[int(row[item.name])] if item.type == "category"
        else bool(row[item.name]) if item.type == "boolean" else row[item.name]
        for item in spec.inputs
    }  # fmt: skip
    values = engine_values(name, given)
    for neuron in (n for layer in spec.layers for n in layer.neuron_names):
        assert shown(page, neuron) == pytest.approx(values[neuron], rel=1e-4, abs=1e-6)
    for neuron in spec.output_names:
        assert output(page, neuron) == pytest.approx(values[neuron], rel=1e-9)


# -- the numbers ----------------------------------------------------------------------------------


def test_a_thousand_homes_are_worth_the_same_in_the_browser(browser, pages):
    network = example_specs.network(HOMES)
    homes = example_specs.table(HOMES).head(1000)
    inputs = {name: homes[name].cast(float).to_list() for name in network.inputs}
    rows = [dict(zip(inputs, row, strict=True)) for row in zip(*inputs.values(), strict=True)]
    expected = network.evaluate({name: np.array(x) for name, x in inputs.items()}, neurons="all")
    with Tab(browser) as tab:
        page = tab.open(pages(HOMES))
        units = page.evaluate("nnspec.units")
        found = page.evaluate("rows => rows.map(row => nnspec.evaluate(row).a)", rows)
    assert len(found) == 1000
    for name in ("large-near-city", "family-new-home", "historic", "price"):
        column = np.array(found)[:, units.index(name)]
        np.testing.assert_allclose(column, expected[name], rtol=1e-9, atol=1e-9)


def test_generated_networks_are_worth_the_same_in_the_browser(browser, pages):
    drawn: list[tuple[NetworkSpec, np.ndarray]] = []

    @settings(max_examples=60, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(network_specs(activations=EVERY_ACTIVATION), st.integers(0, 2**32 - 1))
    def collect(spec, seed):
        points = Domain.of(spec).sample(np.random.default_rng(seed), 3)
        drawn.extend((spec, point) for point in points.T)

    collect()
    jobs = [[page_facts(spec), dict(zip(Domain.of(spec).index, point.tolist(), strict=True))]
            for spec, point in drawn]  # fmt: skip
    program = """jobs => JSON.parse(jobs).map(([network, row]) =>
        evaluate(network, row).a.map(x => Number.isFinite(x) ? x : null))"""
    with Tab(browser) as tab:
        found = tab.open(pages("xor")).evaluate(program, json.dumps(jobs))
    assert len(found) >= 60
    for (spec, point), values in zip(drawn, found, strict=True):
        expected = evaluate_row(spec, Domain.of(spec).row(point)).outputs
        names = [u for item in spec.inputs for u in item.units]
        names += [name for layer in spec.layers for name in layer.neuron_names]
        for name, value in zip(names, values, strict=True):
            if math.isfinite(expected[name]):
                assert value == pytest.approx(expected[name], rel=1e-9, abs=1e-9)
            else:
                assert value is None


# -- the controls ---------------------------------------------------------------------------------


def test_sliders_move_values_by_keyboard_and_by_pointer(browser, pages):
    with Tab(browser) as tab:
        page = tab.open(pages(HOMES))
        before = output(page, "price")
        area = row_shown(page)["area"]
        slider = page.get_by_label("area, slider")
        slider.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        assert row_shown(page)["area"] > area
        assert output(page, "price") > before
        assert float(page.input_value("#input-area")) == row_shown(page)["area"]
        assert_as_the_engine_says(page)
        page.get_by_label("age, slider").scroll_into_view_if_needed()
        box = page.get_by_label("age, slider").bounding_box()
        page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
        assert row_shown(page)["age"] > 150
        assert shown(page, "historic") > 0
        assert_as_the_engine_says(page)
        page.fill("#input-age", "100.5")
        assert row_shown(page)["age"] == 100.5
        assert_as_the_engine_says(page)
        page.fill("#input-age", "9000")
        assert page.get_attribute("#input-age", "aria-invalid") == "true"


def test_a_choice_and_a_tick_set_their_inputs(browser, pages):
    with Tab(browser) as tab:
        page = tab.open(pages("credit-scorecard"))
        for category in ("rent", "other", "own"):
            page.select_option("#input-housing", label=category)
            assert shown(page, f"housing.{category}") == 1
            assert_as_the_engine_says(page, "credit-scorecard")
        before = output(page, "score")
        page.check("#input-checking_account")
        assert output(page, "score") == pytest.approx(before + 12)
        assert_as_the_engine_says(page, "credit-scorecard")


def test_choosing_a_neuron_shows_contributions_that_add_up_to_z(browser, pages):
    expect = library("playwright.sync_api").expect
    with Tab(browser) as tab:
        page = tab.open(pages(HOMES))
        page.fill("#input-age", "130")
        for number, name in enumerate(("historic", "family-new-home", "large-near-city", "price")):
            unit = page.locator(f'#diagram .unit[data-name="{name}"]')
            if number % 2:
                unit.click()
            else:
                unit.focus()
                page.keyboard.press("Enter")
            expect(page.locator("#why-name")).to_have_text(name)
            z = page.evaluate(
                "name => nnspec.evaluate(nnspec.state.row).z[nnspec.units.indexOf(name) - 4]", name
            )
            cells = page.locator("#why tbody td:nth-child(2)").all_text_contents()
            parts = [float(cell.replace(",", "")) for cell in cells]
            neuron = next(
                n for _, n in example_specs.network(HOMES).spec.neurons() if n.name == name
            )
            assert len(parts) == len(neuron.synapses) + 1  # and the bias
            assert sum(parts) == pytest.approx(z, rel=1e-6)
            stated = page.text_content("#why-sum").split("z = ")[1].split(". ")[0]
            stated = stated.split(" ")[0].rstrip(".").replace(",", "")
            assert float(stated) == pytest.approx(z, rel=1e-6)


def test_the_link_carries_the_sliders(browser, pages):
    with Tab(browser) as tab:
        page = tab.open(pages("credit-scorecard"))
        page.select_option("#input-housing", label="rent")
        page.check("#input-checking_account")
        page.fill("#input-age", "33")
        page.fill("#input-utilisation", "0.123456789012345")
        page.locator('#diagram .unit[data-name="odds"]').click()
        link, row = page.url, row_shown(page)
        values = {name: output(page, name) for name in ("score", "accept", "default-chance")}
    with Tab(browser) as other:
        page = other.open(link)
        assert row_shown(page) == row
        assert {name: output(page, name) for name in values} == values
        assert page.text_content("#why-name") == "odds"
        assert page.input_value("#input-age") == "33"


def test_rows_of_the_table_and_examples_set_the_sliders(browser, pages):
    with Tab(browser) as tab:
        page = tab.open(pages(HOMES))
        first, fifth = page.evaluate("[DATA.rows[0].inputs, DATA.rows[4].inputs]")
        page.fill("#row", "5")
        assert row_shown(page) == fifth
        assert float(page.input_value("#input-area")) == fifth["area"]
        assert page.locator("#scatter .dot.chosen").count() == 1
        page.locator("#scatter .dot").first.dispatch_event("click")
        assert row_shown(page) == first
        assert page.input_value("#row") == "1"
        assert_as_the_engine_says(page)
        columns = page.locator("#column option").all_text_contents()
        assert "sale_price" in columns
        page.select_option("#column", label="age")
        assert "against age" in page.get_attribute("#scatter svg", "aria-label")
        page.get_by_role("button", name="Show the row of an old villa in town").click()
        example = next(e for e in example_specs.network(HOMES).spec.examples
                       if e.name == "an old villa in town")  # fmt: skip
        assert row_shown(page) == dict(example.given)
        assert page.locator("#scatter .dot.chosen").count() == 0
        assert_as_the_engine_says(page)


def test_an_input_may_have_any_name(browser, tmp_path):
    """JavaScript's own words too, which an object has without being given them."""
    names = ("__proto__", "constructor", "toString")
    neuron = Neuron("hasOwnProperty", dict.fromkeys(names, 1.0))
    spec = NetworkSpec(
        "n", tuple(Input(name, range=(0, 8)) for name in names), (Layer("__proto__", (neuron,)),)
    )
    path = tmp_path / "names.html"
    path.write_text(page_html(spec, PageContent("0" * 64, "1.0")))
    with Tab(browser) as tab:
        page = tab.open(path.as_uri())
        for name, value in zip(names, (1, 2, 4), strict=True):
            page.fill(f"#input-{name}", str(value))
        assert output(page, "hasOwnProperty") == 7
        link = page.url
    with Tab(browser) as other:
        assert output(other.open(link), "hasOwnProperty") == 7


# -- what it never does ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_no_page_complains_or_asks_for_anything(browser, pages, name):
    """Whatever is moved, the console stays empty and no request leaves (Tab.close says it)."""
    with Tab(browser) as tab:
        page = tab.open(pages(name))
        for slider in page.locator("#inputs input[type=range]").all()[:3]:
            slider.press("End")
            slider.press("Home")
        page.locator("#diagram .unit[role=button]").last.press("Enter")
        assert page.locator("#outputs .output").count() >= 1
        assert page.locator("#curves .curve").count() >= 1
        assert page.locator("#diagnostics").is_hidden()
        assert tab.asked == [pages(name)]


WILD = "<script>alert(1)</script> ]]> <img src=x onerror=alert(2)> & </script>"


def test_text_from_a_spec_is_shown_as_it_stands(browser, tmp_path):
    spec = NetworkSpec(
        "n",
        (Input("x", description=WILD, unit=WILD), Input("c", "category", categories=(WILD, "b"))),
        (Layer("out", (Neuron("y", {"x": 1, f"c.{WILD}": 1}, description=WILD, unit=WILD),)),),
        title=WILD,
        description=WILD,
    )
    cases = [{"kind": "example", "name": WILD, "verdict": "failed", "failed": True,
              "messages": [WILD], "row": None}]  # fmt: skip
    path = tmp_path / "wild.html"
    path.write_text(page_html(spec, PageContent("0" * 64, "1.0", cases)))
    with Tab(browser) as tab:
        page = tab.open(path.as_uri())
        assert page.title() == WILD
        assert page.locator("h1").inner_text() == WILD
        assert page.locator("#why-description").inner_text() == WILD
        assert page.locator("#inputs .hint").first.inner_text() == WILD
        assert WILD in page.locator("#claims li").inner_text()
        assert page.locator("#input-c option").first.inner_text() == WILD
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 3  # the data, the engine, the page's own


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, pages, width, scheme):
    """Nothing scrolls sideways either, but what is made to."""
    axe = library("axe_playwright_python.sync_playwright").Axe()
    for name in (HOMES, "credit-scorecard"):
        with Tab(browser, viewport={"width": width, "height": 900}, color_scheme=scheme) as tab:
            page = tab.open(pages(name))
            found = axe.run(page).response
            assert len(found["passes"]) > 10
            assert [
                (fault["id"], [node["html"][:200] for node in fault["nodes"]])
                for fault in found["violations"]
                if fault["impact"] in ("serious", "critical")
            ] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


# -- names of any length, screens of any width, paper ---------------------------------------------

LONG = ("the-average-monthly-temperature-at-noon", "is_a_very_long_identifier_without_any_hyphen",
        "share-of-households-with-two-or-more-cars", "x")  # fmt: skip
PAPER = 680
"""How many CSS pixels an A4 page holds between its margins."""

SPILLING = """() => [...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect(), end = document.documentElement.clientWidth + 1;
  const scrolls = e.parentElement.closest(".wide, .scroll, pre, svg, .titled caption");
  return box.width > 0 && box.right > end && !(SCREEN && scrolls);
}).map(e => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`)"""


def wordy_network(n_inputs: int) -> Network:
    """A network of long names, and a matrix whose numbers have all their digits."""
    names = [f"{LONG[i % len(LONG)]}-{i}" for i in range(n_inputs)]
    inputs = tuple([Input(name, range=(0, 1e6), unit="kilometre") for name in names])
    weights = {name: (-1.0) ** i * 0.00123456789012 * 7.1**i for i, name in enumerate(names)}
    neurons = tuple([Neuron(f"{name}-neuron", weights, bias=-0.123456789012) for name in LONG[:3]])
    last = Neuron("what-comes-out-of-it-all", {neurons[0].name: 1}, unit="USD per square metre")
    layers = (Layer("hidden", neurons, activation=Activation("relu")), Layer("out", (last,)))
    return Network(NetworkSpec("wordy", inputs, layers))


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("n_inputs", [1, 8, 23])
def test_nothing_spills_over_the_edge(browser, tmp_path, media, n_inputs):
    """Pages and reports of long names fit a phone, and paper, where nothing can be scrolled."""
    network = wordy_network(n_inputs)
    content = Content("0", File("wordy.yaml"), Options(), [])
    files = {
        "page": page_html(network.spec, PageContent(network.content_hash, "0")),
        "report": report_html(network, content),
    }
    width = 390 if media == "screen" else PAPER
    for name, text in files.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text)
        with Tab(browser, viewport={"width": width, "height": 800}) as tab:
            tab.page.emulate_media(media=media)
            tab.page.goto(path.as_uri())
            script = SPILLING.replace("SCREEN", "true" if media == "screen" else "false")
            assert tab.page.evaluate(script) == [], name


def test_only_what_an_output_is_made_of_bends_its_curves(browser, tmp_path):
    """A neuron that the output does not depend on leaves no mark in its curves."""
    relu = Activation("relu")
    hidden = Layer("hidden", (Neuron("near", {"x": 1}, bias=-3), Neuron("far", {"x": 1}, bias=-6)),
                   activation=relu)  # fmt: skip
    last = Layer("out", (Neuron("a", {"near": 1}), Neuron("b", {"near": 1, "far": 1})))
    spec = NetworkSpec("n", (Input("x", range=(0, 10)),), (hidden, last))
    path = tmp_path / "page.html"
    path.write_text(page_html(spec, PageContent("0" * 64, "0")))
    with Tab(browser) as tab:
        page = tab.open(path.as_uri())
        assert page.locator("#curves .hinge").count() == 1
        assert "bends: near" in page.text_content("#curves")
        page.select_option("#output", "b")
        assert page.locator("#curves .hinge").count() == 2
