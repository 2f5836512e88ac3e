"""``nnspec report``: its figures are those computed otherwise, its text stays text."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import example_specs
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)
from strategies import network_specs, random_table
from test_cli import nnspec

from nnspec.claims import Options, run_cases
from nnspec.claims.cases import cases
from nnspec.cli import cli
from nnspec.cli.streams.exit_status import run_guarded
from nnspec.explaining import Explainer
from nnspec.network import Network, load, loads
from nnspec.reporting import Asked, Content, Survey, report_html, survey_table
from nnspec.reporting.compared_columns import numbers_of_target
from nnspec.reporting.fit import fit_of
from nnspec.reporting.fit_part import fits_of
from nnspec.reporting.page import File
from nnspec.spec.model import (
    Example,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    Property,
    Then,
    category_text,
)
from nnspec.tables.cells.columns import match_columns
from nnspec.tables.csv.source import CsvOptions
from nnspec.tables.opening import open_source

SPECS = Path(__file__).parent.parent / "specs"
VALUATION = str(SPECS / "property-valuation.yaml")
HOMES = str(SPECS / "data" / "king-county.csv")
QUICK = Options(max_examples=50)

TARGETS = {
    "adder": ["total=expected_total"],
    "bulk-iris": [],
    "body-mass-index": [],
    "heat-index": ["published"],
    "linear-regression-diabetes": ["progression"],
    "logistic-regression-breast-cancer": ["malignant"],
    "xor": ["xor_expected"],
}


class Page(HTMLParser):
    """A report as a browser takes it: tags, attributes, text, and every table's cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.text = ""
        self.odd: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._caption = ""
        self._into = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        if tag in ("caption", "td", "th"):
            self._into = tag

    def handle_endtag(self, tag):
        if tag == self._into:
            self._into = ""
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data):
        self.text += data
        if self._into == "caption":
            self._caption += data
        elif self._into:
            self._rows[-1][-1] += data

    def handle_comment(self, data):
        self.odd.append(data)

    def handle_pi(self, data):
        self.odd.append(data)

    def unknown_decl(self, data):
        self.odd.append(data)


def survey_of(network: Network, path: Path | str, targets=None, block: int | None = None) -> Survey:
    options = CsvOptions() if block is None else CsvOptions(block_bytes=block)
    with open_source(str(path), None, options) as source:
        columns = match_columns(network.spec.inputs, source.header, {}, source.place)
        return survey_table(network, source, Asked(columns, {} if targets is None else targets))


def report_of(network: Network, survey: Survey | None = None) -> str:
    results = tuple(run_cases(network, options=QUICK))
    table = None if survey is None else File("table.csv", "0" * 64)
    return report_html(network, Content("1.0", File("n.yaml"), QUICK, results, table, survey))


def line(n: str = "n", *, unit: str | None = None) -> Network:
    """The network whose output is its input."""
    output = Layer("output", (Neuron("y", {"x": 1.0}, unit=unit),))
    return Network(NetworkSpec(n, (Input("x", range=(-10, 10)),), (output,)))


# -- the fit --------------------------------------------------------------------------------------


def figures_otherwise(predicted: np.ndarray, actual: np.ndarray) -> dict[str, float | None]:
    """By scikit-learn and the definition."""
    sized = actual != 0
    apart = np.abs(predicted - actual)[sized] / np.abs(actual[sized])
    return {
        "R2": r2_score(actual, predicted) if len(set(actual)) > 1 else None,
        "median absolute percentage error": 100 * np.median(apart) if sized.any() else None,
        "mean absolute error": mean_absolute_error(actual, predicted),
        "mean error": float(np.mean(predicted - actual)),
    }


def check_fit(predicted: np.ndarray, actual: np.ndarray) -> None:
    fit = fit_of(predicted, actual)
    assert fit.kind == "number"
    for name, expected in figures_otherwise(predicted, actual).items():
        found = fit.figures[name]
        if expected is None:
            assert found is None
        else:
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    check_deciles(fit, predicted, actual)


def check_deciles(fit, predicted: np.ndarray, actual: np.ndarray) -> None:
    """They are rising tenths, and sum to the whole."""
    sizes = [one.n_rows for one in fit.deciles]
    assert sum(sizes) == len(actual)
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == min(10, len(actual))
    assert np.dot(sizes, [d.actual for d in fit.deciles]) == pytest.approx(actual.sum())
    assert np.dot(sizes, [d.predicted for d in fit.deciles]) == pytest.approx(predicted.sum())
    ends = [end for one in fit.deciles for end in (one.low, one.high)]
    assert ends == sorted(ends)
    ranked = sorted(zip(predicted.tolist(), range(len(actual)), actual.tolist(), strict=True))
    first = ranked[: sizes[0]]
    assert fit.deciles[0].actual == pytest.approx(np.mean([y for _, _, y in first]))


def test_the_fit_on_king_county_is_scikit_learn_s():
    network, table = load(VALUATION), pl.read_csv(HOMES)
    survey = survey_of(network, HOMES, {"price": "sale_price"})
    predicted = network.evaluate(table)["price"].to_numpy()
    actual = table["sale_price"].cast(pl.Float64).to_numpy()
    assert [x.tolist() for x in survey.targets[0].columns()] == [
        predicted.tolist(), actual.tolist()]  # fmt: skip
    check_fit(predicted, actual)
    page = Page(report_of(network, survey))
    figures = {row[0]: row[1] for row in page.tables["price against sale_price"]}
    assert figures["R2"] == f"{r2_score(actual, predicted):.4f}"
    error = np.median(np.abs(predicted / actual - 1))
    assert figures["median absolute percentage error"] == f"{100 * error:.2f} %"
    deciles = page.tables["By decile of the prediction, in USD"][1:]
    assert sum(int(row[1].replace(",", "")) for row in deciles) == table.height


SMALL = st.integers(-5, 5).map(float)


@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=60))
def test_the_fit_with_ties_and_zeros(pairs):
    predicted, actual = np.array(pairs).T
    fit = fit_of(predicted, actual)
    if fit.kind == "number":
        check_fit(predicted, actual)
        assert fit.n_zero == int((actual == 0).sum())


PROBABILITIES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.75, 1.0])


@given(st.lists(st.tuples(PROBABILITIES, st.booleans()), min_size=1, max_size=60))
def test_the_fit_of_a_probability(pairs):
    predicted = np.array([p for p, _ in pairs])
    actual = np.array([float(y) for _, y in pairs])
    fit = fit_of(predicted, actual)
    assert fit.kind == "probability"
    says = predicted >= 0.5
    assert fit.figures["accuracy"] == pytest.approx(100 * accuracy_score(actual == 1, says))
    assert fit.figures["Brier score"] == pytest.approx(np.mean((predicted - actual) ** 2))
    assert fit.figures["share of yes"] == pytest.approx(100 * actual.mean())
    area = fit.figures["area under the ROC curve"]
    if len(set(actual.tolist())) == 2:
        assert area == pytest.approx(roc_auc_score(actual, predicted))
        assert fit.figures["Brier score"] == pytest.approx(brier_score_loss(actual, predicted))
        no_no, no_yes, yes_no, yes_yes = confusion_matrix(actual == 1, says, labels=[0, 1]).ravel()
        assert fit.confusion == (yes_yes, yes_no, no_yes, no_no)
    else:
        assert area is None
    check_deciles(fit, predicted, actual)


def test_numbers_0_and_1_predicted_beyond_1_are_no_probability():
    assert fit_of(np.array([0.0, 1.5]), np.array([0.0, 1.0])).kind == "number"
    assert fit_of(np.array([]), np.array([])).n_rows == 0


def test_rows_without_a_target_are_left_out_and_counted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,t\n1,2\n2,\n3,much\n4,5\nnone,5\n5,true\n6,inf\n")
    survey = survey_of(line(), path, {"y": "t"})
    predicted, actual = survey.targets[0].columns()
    assert (predicted.tolist(), actual.tolist()) == ([1, 4, 5], [2, 5, 1])
    assert survey.targets[0].left_out == {
        "t is empty": 1, "t is not a number": 2, "the row cannot be valued": 1}  # fmt: skip
    page = Page(report_of(line(), survey))
    assert "3 rows compared; 4 left out" in page.text
    assert "2 because t is not a number" in page.text


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (pl.Series([True, None, False]), [1, np.nan, 0]),
        (pl.Series([1, 2, None]), [1, 2, np.nan]),
        (pl.Series([0.5, float("nan"), float("inf")]), [0.5, np.nan, np.nan]),
        (pl.Series(["7", "false", "x"]), [7, 0, np.nan]),
    ],
)
def test_a_target_is_read_whatever_its_type(cells, expected):
    np.testing.assert_array_equal(numbers_of_target(cells), expected)


# -- ranges, firing, the largest errors -----------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(network_specs(), st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_ranges_and_firing_equal_brute_force(tmp_path_factory, spec, seed, n_rows):
    """Counts of cells beyond a range, of missing ones and of neurons that fired."""
    network, rng = Network(spec), np.random.default_rng(seed)
    columns = random_table(spec, n_rows, rng)
    frame = {}
    for item in spec.inputs:
        cells = np.asarray(columns[item.name])
        if item.type in ("number", "integer") and n_rows:
            cells = np.where(rng.random(n_rows) < 0.3, rng.integers(-9, 9, n_rows), cells)
        frame[item.column_name] = [None if rng.random() < 0.1 else _cell(x) for x in cells.tolist()]
    frame["a target"] = rng.integers(-5, 5, n_rows).tolist()
    path = tmp_path_factory.mktemp("t") / "t.parquet"
    texts = {name: [None if x is None else str(x) for x in cells] for name, cells in frame.items()}
    pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).write_parquet(path)
    survey = survey_of(network, path, {network.outputs[0]: "a target"})
    assert survey.rows == n_rows
    compared = sum(survey.targets[0].left_out.values()) + len(survey.targets[0].columns()[0])
    assert compared == n_rows
    for tally in survey.inputs:
        low, high = tally.item.range
        cells = frame[tally.item.column_name]
        assert tally.missing == sum(x is None for x in cells)
        if tally.item.type in ("number", "integer"):
            read = [float(x) for x in cells if x is not None]
            assert tally.below == (0 if low is None else sum(x < low for x in read))
            assert tally.above == (0 if high is None else sum(x > high for x in read))
            if read:
                assert (tally.least, tally.greatest) == (min(read), max(read))
    Page(report_of(network, survey))


def test_categories_are_counted_but_for_those_that_are_none(tmp_path):
    item = Input("p", type="category", categories=("good", "fair", "bad"), missing="bad")
    output = Layer("output", (Neuron("y", {"p.good": 1.0}),))
    path = tmp_path / "t.csv"
    path.write_text("id,p\n1,fair\n2,ruin\n3,\n4,good\n5,fair\n")
    survey = survey_of(Network(NetworkSpec("n", (item,), (output,))), path)
    (tally,) = survey.inputs
    assert tally.categories == [("good", 1), ("fair", 2), ("bad", 0)]
    assert (tally.missing, tally.bad, survey.bad) == (1, 1, 1)


@given(st.lists(st.sampled_from([1.0, 1e17, -1e17, 3e8, 0.1]), min_size=1, max_size=40))
def test_the_baseline_does_not_hang_on_where_batches_end(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text("x\n" + "".join(f"{x!r}\n" for x in numbers))
    found = {survey_of(line(), path, None, block).middle.baseline("t").row["x"]
             for block in (8, 50, 10_000)}  # fmt: skip
    assert found == {math.fsum(numbers) / len(numbers)}


def test_rows_that_overflow_are_no_part_of_the_baseline(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n1e300\n3\n")
    output = Layer("output", (Neuron("y", {"x": 1e300}),))
    survey = survey_of(Network(NetworkSpec("n", (Input("x"),), (output,))), path)
    assert survey.bad == 1
    assert survey.middle.baseline("t").row == {"x": 2.0}


def _cell(value):
    return category_text(value) if isinstance(value, bool | str) else value


def test_firing_equals_brute_force():
    for name in ("property-valuation", "property-five-neurons", "bulk-iris"):
        network = example_specs.network(name)
        survey = survey_of(network, SPECS / network.spec.extensions["x-data"])
        values = example_specs.valued(name)
        steps = {s.name: s.fired for s in Explainer(network, survey.middle.baseline("t")).explain(
            survey.middle.baseline("t").row).neurons}  # fmt: skip
        for neuron in survey.firing.neurons:
            assert (neuron.fired is None) == (steps[neuron.name] is None)
            if neuron.fired is not None:
                assert neuron.fired == int((values[neuron.name] > 0).sum())
            assert neuron.least == pytest.approx(values[neuron.name].min(), rel=1e-12)
            assert neuron.greatest == pytest.approx(values[neuron.name].max(), rel=1e-12)


def test_a_neuron_of_a_group_fires_by_its_activation(tmp_path):
    text = """
nnspec: 1
name: shares
inputs: {x: {range: [-5, 5]}}
layers:
  - name: output
    activation: relu
    group: softmax
    neurons: {up: {synapses: {x: 1}}, down: {synapses: {x: -1}}}
"""
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n2\n-1\n0\n")
    tally = survey_of(loads(text), path).firing
    assert [neuron.fired for neuron in tally.neurons] == [2, 1]


def test_the_largest_errors_are_the_largest_and_their_reasons_add_up():
    network = load(VALUATION)
    survey = survey_of(network, HOMES, {"price": "sale_price"})
    predicted, actual = survey.targets[0].columns()
    order = np.lexsort([np.arange(len(actual)), -np.abs(predicted - actual)])[:10]
    misses = survey.targets[0].misses
    assert [miss.row for miss in misses] == (order + 1).tolist()
    assert [miss.predicted for miss in misses] == predicted[order].tolist()
    explainer = Explainer(network, survey.middle.baseline("the table"))
    base = explainer.at_baseline.outputs["price"]
    page = Page(report_of(network, survey))
    for miss in misses:
        reasons = explainer.explain(miss.given).outputs[0].by_input.reasons
        assert sum(r.amount for r in reasons) == pytest.approx(miss.predicted - base, rel=1e-9)
        rows = page.tables[f"Row {miss.row:,} by input (exact)"][1:]
        told = sum(float(row[1].removesuffix(" USD").replace(",", "")) for row in rows)
        assert told == pytest.approx(miss.predicted - base, abs=3)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.integers(8, 200))
def test_of_misses_as_bad_the_earlier_row_is_kept(tmp_path_factory, targets, block):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text("x,t\n" + "".join(f"0,{t}\n" for t in targets))
    found = survey_of(line(), path, {"y": "t"}, block).targets[0].misses
    every = sorted((-abs(t), row) for row, t in enumerate(targets, 1) if t)
    assert [(-miss.size, miss.row) for miss in found] == every[:10]


# -- what is told ---------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(network_specs())
def test_every_neuron_synapse_and_claim_is_told(spec):
    network = Network(spec)
    page = Page(report_of(network))
    for name in (*network.neurons, *network.inputs, *spec.parameters):
        assert name in page.text
    assert network.content_hash in page.text
    told = {(row[0], row[1]) for rows in page.tables.values() for row in rows[1:] if len(row) > 2}
    for case in cases(spec):
        assert (re.sub(r"\s", " ", case.name), case.kind) in told or not case.name.isprintable()
    for layer in network.compiled.layers:
        rows, columns = layer.weights.shape
        if rows * columns > 600:
            continue
        matrix, found = network.weights(layer.name), {}
        for caption, cells in page.tables.items():
            if caption.startswith(f"{layer.name}: {rows} x {columns}, and the bias"):
                for row in cells[1:]:
                    pairs = zip(cells[0][1:], row[1:], strict=True)
                    found |= {(row[0], source): value for source, value in pairs}
        for i, neuron in enumerate(matrix.rows):
            for j, source in enumerate(matrix.columns):
                weight = matrix.values[i, j]
                assert found[neuron, source] == ("·" if weight == 0 else f"{weight:.12g}")


def test_a_wide_matrix_is_cut_into_tables_that_fit_on_paper():
    weights = {f"i{i}": float(i + 1) for i in range(25)}
    spec = NetworkSpec("n", tuple(Input(name) for name in weights),
                       (Layer("wide", (Neuron("a", weights), Neuron("b", {"i3": 7.0}, bias=2.0))),
                        ))  # fmt: skip
    page, found = Page(report_of(Network(spec))), {}
    for caption, cells in page.tables.items():
        if caption.startswith("wide: 2 x 25"):
            assert len(cells[0]) <= 11
            found |= dict(zip(cells[0][1:], cells[1][1:], strict=True))
    assert found == {"bias": "·"} | {name: f"{weight:.12g}" for name, weight in weights.items()}


def test_a_large_matrix_is_a_heat_map():
    names = [f"i{i}" for i in range(40)]
    neurons = tuple(Neuron(f"n{j}", dict.fromkeys(names, float(j + 1))) for j in range(20))
    spec = NetworkSpec("n", tuple(Input(name) for name in names), (Layer("wide", neurons),))
    page = Page(report_of(Network(spec)))
    assert "wide: 20 x 40, 800 synapses, weights from 1 to 20" in page.text
    assert page.tags["svg"] == 2
    assert not any(caption.startswith("wide: 20") for caption in page.tables)


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_every_shipped_spec_can_be_reported_with_its_table(name, tmp_path):
    path = SPECS / example_specs.network(name).spec.extensions["x-data"]
    out = tmp_path / "r.html"
    default = ["sale_price"] if path.stem == "king-county" and name != "property-logistic" else []
    targets = [x for t in TARGETS.get(name, default) for x in ("--target", t)]
    if name in ("xor", "property-valuation"):
        run = nnspec("report", str(SPECS / f"{name}.yaml"), str(path), *targets,
                     "--max-examples", "100", "-o", str(out))  # fmt: skip
        assert (run.returncode, run.stderr) == (0, b"")
        html = out.read_text()
    else:
        network = example_specs.network(name)
        pairs = dict(t.split("=") if "=" in t else (network.outputs[0], t) for t in targets[1::2])
        survey = survey_of(network, path, pairs)
        assert all(fit.n_rows == survey.rows - survey.bad for fit in fits_of(survey))
        html = report_of(network, survey)
    page = Page(html)
    assert "No claim failed" in page.text
    assert "proved" not in page.text.replace("which is no proof", "")
    assert not page.tags["script"]
    assert not {"src", "onload", "onclick"} & page.attributes


# -- the same bytes -------------------------------------------------------------------------------


def test_the_same_bytes_in_every_process(tmp_path):
    made = []
    for seed in ("0", "1", "4242"):
        out = tmp_path / f"{seed}.html"
        environment = {"PYTHONHASHSEED": seed, "POLARS_MAX_THREADS": str(1 + int(seed) % 2)}
        run = subprocess.run(
            [sys.executable, "-m", "nnspec", "report", VALUATION, HOMES, "--target",
             "sale_price", "--max-examples", "100", "-o", str(out)],
            env={**os.environ, **environment},
            capture_output=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1] == made[2]
    assert str(tmp_path).encode() not in made[0]
    assert os.fsencode(SPECS) not in made[0]


def test_the_same_bytes_whatever_the_size_of_blocks():
    network = load(VALUATION)
    made = {report_of(network, survey_of(network, HOMES, {"price": "sale_price"}, block))
            for block in (10_007, 2**17, 2**22)}  # fmt: skip
    assert len(made) == 1


# -- text that stays text -------------------------------------------------------------------------

ODD = [
    "<script>alert(1)</script>",
    "]]>",
    "-->",
    '"onload="x',
    "</style><b>",
    "{x}",
    "<!--",
    "&lt;",
]


def odd_network(text: str) -> Network:
    """A network whose every text for people is one text, and whose claims fail."""
    about = {"unit": text, "title": text, "description": text}
    pick = Input("p", type="category", categories=("good", text), **about)
    x = Input("x", range=(0, 1), column=text, **about)
    hidden = Layer("hidden", (Neuron("h", {"x": 2.0}, **about, range=(0, 1)),), description=text)
    last = Layer("output", (Neuron("y", {"h": 1.0, f"p.{text}": 1.0}, **about),))
    return Network(
        NetworkSpec(
            "n", (pick, x), (hidden, last), title=text, description=text, version=text,
            authors=(text, text), license=text, source=text,
            examples=(Example({"p": text, "x": 1.0}, {"y": 7.0}, name=text),),
            properties=(Property(Then({"y": (9, 10)}), name=f"{text} too", when={"p": (text,)},
                                 description=text),),
        )
    )  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_text_of_a_spec_and_of_a_table_stays_text(text, tmp_path):
    """The report has the very elements that it has with harmless text, and the text itself."""

    def page_of(text: str) -> Page:
        network = odd_network(text)
        path = tmp_path / "t.csv"
        target = f"t{text}"
        rows = {"p": [text, "good", f"no{text}", text, text], text: ["0.5", "7", text, "", "1"],
                target: ["1", text, "3", "4", "5"]}  # fmt: skip
        pl.DataFrame(rows).write_csv(path)
        survey = survey_of(network, path, {"y": target})
        results = tuple(run_cases(network, options=QUICK))
        assert all(result.failed for result in results)
        content = Content(text, File(text, text), QUICK, results, File(text, text), survey)
        return Page(report_html(network, content))

    plain, odd = page_of("harmless"), page_of(text)
    assert odd.tags == plain.tags
    assert odd.attributes == plain.attributes
    assert odd.odd == []
    assert odd.text.count(text) == plain.text.count("harmless") > 20


def test_the_page_forbids_everything_but_its_style():
    html = report_of(line())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline';")
    page = Page(html)
    assert set(page.tags) <= {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "dl",
        "dt", "dd", "span", "br", "div", "ul", "li", "nav", "a", "main", "section", "svg", "rect",
        "text", "g", "path", "polyline", "table", "caption", "thead", "tbody", "tr", "th", "td",
        "code", "footer",
    }  # fmt: skip


# -- failures and exit statuses -------------------------------------------------------------------

SPEC = """
nnspec: 1
name: double
inputs: {x: {range: [0, 10]}}
layers: [{name: output, neurons: {y: {synapses: {x: 2}}}}]
"""


def called(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command line, in this process: its exit status and what it says on standard error."""
    said, before = io.StringIO(), signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
        patch.setattr(sys, "argv", ["nnspec", *arguments])
        status = run_guarded(cli)
    signal.signal(signal.SIGTERM, before)
    return subprocess.CompletedProcess(arguments, status, b"", said.getvalue().encode())


def written(tmp_path: Path, table: str | None, *options: str, spec: str = SPEC):
    (tmp_path / "n.yaml").write_text(spec)
    out = tmp_path / "r.html"
    data = []
    if table is not None:
        (tmp_path / "t.csv").write_text(table)
        data = [str(tmp_path / "t.csv")]
    run = called("report", str(tmp_path / "n.yaml"), *data, *options, "-o", str(out))
    return run, Page(out.read_text()) if out.exists() else None


def test_a_failed_claim_is_status_1_and_prominent(tmp_path):
    claim = "properties: [{name: small, then: {y: [0, 15]}}]\n"
    run, page = written(tmp_path, None, spec=SPEC + claim)
    assert run.returncode == 1
    assert b"1 claim failed; the report says why" in run.stderr
    assert page is not None
    assert page.text.index("One claim FAILED") < page.text.index("Diagram")
    assert "property failed: small" in page.text


def test_bad_rows_are_status_1_with_their_reasons(tmp_path):
    run, page = written(tmp_path, "x,t\n1,2\nnone,3\n,4\nnone,4\n", "--target", "t")
    assert run.returncode == 1
    assert page is not None
    reasons = page.tables["Why rows could not be valued"]
    assert [row[2:4] for row in reasons[1:]] == [["2", "2"], ["1", "3"]]
    assert "3 rows of 4 could not be valued" in page.text
    assert "The spec makes no claim, but rows could not be valued" in page.text


def test_all_rows_bad(tmp_path):
    run, page = written(tmp_path, "x,t\nnone,1\nnone,2\n", "--target", "t")
    assert run.returncode == 1
    assert page is not None
    assert "2 rows of 2 could not be valued" in page.text
    assert "No row could be valued." in page.text
    assert "0 rows compared; 2 left out" in page.text


def test_a_table_of_no_rows_is_fine(tmp_path):
    run, page = written(tmp_path, "x,t\n", "--target", "t")
    assert (run.returncode, run.stderr) == (0, b"")
    assert page is not None
    assert "The table has no rows" in page.text


def test_rows_outside_the_ranges_are_told_and_fine(tmp_path):
    run, page = written(tmp_path, "x\n-1\n11\n12\n5\n")
    assert run.returncode == 0
    assert page is not None
    assert "3 rows outside the declared ranges" in page.text
    assert page.tables["Where inputs left their declared ranges"][1] == [
        "x", "0 to 10", "1", "2", "0", "0", "-1", "12"]  # fmt: skip


def test_a_value_that_overflows_is_a_bad_row(tmp_path):
    spec = SPEC.replace("range: [0, 10]", "unit: m").replace("synapses: {x: 2}",
                                                              "synapses: {x: 1e300}")  # fmt: skip
    run, page = written(tmp_path, "x,t\n1e300,1\n1,1\n", "--target", "t", spec=spec)
    assert run.returncode == 1
    assert page is not None
    assert "the row as a whole" in page.text


def test_inputs_may_be_read_from_other_columns(tmp_path):
    run, page = written(tmp_path, "z\n3\n", "--column", "x=z")
    assert run.returncode == 0
    assert page is not None
    assert "x (column z)" in page.text


@pytest.mark.parametrize(
    ("table", "options", "status", "said"),
    [
        ("x,sale\n1,2\n", ["--target", "sales"], 2, "did you mean 'sale'?"),
        ("x,sale\n1,2\n", ["--target", "z=sale"], 2, "'z' is not a neuron"),
        ("x,sale\n1,2\n", ["--target", "sale", "--target", "y=x"], 2, "'y' has two targets"),
        ("", [], 1, "the table is empty"),
        (None, ["--target", "sale"], 2, "name the table after the spec"),
        ("y\n1\n", [], 1, "no column 'x'"),
        (None, ["-"], 2, "SHA-256"),
        (None, ["nowhere.csv"], 2, "No such file"),
        ("x\n1\n", ["--column", "q=x"], 2, "no input 'q'"),
    ],
)
def test_what_cannot_be_done_leaves_no_file(tmp_path, table, options, status, said):
    run, page = written(tmp_path, table, *options)
    assert (run.returncode, page) == (status, None), run.stderr
    assert said in run.stderr.decode()


def test_several_outputs_want_to_know_which():
    spec = str(SPECS / "softmax-iris.yaml")
    run = nnspec("report", spec, str(SPECS / "data" / "iris.csv"), "--target", "species")
    assert run.returncode == 2
    assert b"--target OUTPUT=species" in run.stderr
    assert run.stdout == b""
