"""``nnspec explain`` and how explanations are written down: text that stays text, exit statuses."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import nnspec

from nnspec.explaining import explain
from nnspec.explaining.render.html import render_fragment, render_html
from nnspec.explaining.render.markdown import render_markdown
from nnspec.explaining.render.text import render_text
from nnspec.network import Network, load
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron

SPECS = Path(__file__).parent.parent / "specs"
VALUATION = str(SPECS / "property-valuation.yaml")
HOMES = str(SPECS / "data" / "king-county.csv")
SCORECARD = str(SPECS / "credit-scorecard.yaml")
APPLICANTS = str(SPECS / "data" / "credit-scorecard.csv")
VILLA = "area=3000,bedrooms=4,distance=2,age=120"

ODD = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "]]>",
        "-->",
        '"onload="x',
        "| a | b |",
        "`x`",
        "\x1b[31m",
        "{title}",
    ]
)


def spec_of(text: str) -> NetworkSpec:
    """A spec whose every text for people is one text."""
    legal = text.strip() == text and text.isprintable() and text not in ("", "good")
    categories = ("good", text if legal else "poor")
    item = Input("p", type="category", categories=categories, unit=text, description=text)
    about = {"unit": text, "description": text, "title": text}
    hidden = Layer("hidden", (Neuron("h", {"q": 2.0}, **about),), description=text)
    last = Layer("output", (Neuron("y", {"h": 1.0, "p.good": 1.0}, **about),))
    return NetworkSpec("n", (item, Input("q", unit=text)), (hidden, last), title=text)


class Tags(HTMLParser):
    """What a browser would take for markup, and what for text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.add("a comment")

    def unknown_decl(self, data):
        self.tags.add("a section")


KNOWN_TAGS = {
    "html", "head", "meta", "title", "body", "style", "div", "h1", "h2", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "p", "span", "details", "summary", "strong",
}  # fmt: skip


@given(ODD)
def test_text_of_a_spec_stays_text_in_html(text):
    spec = spec_of(text)
    explanation = explain(Network(spec), {"p": spec.inputs[0].categories[1], "q": 1.0})
    for page in (render_html(explanation), render_fragment(explanation), explanation._repr_html_()):
        seen = Tags()
        seen.feed(page)
        seen.close()
        assert seen.tags <= KNOWN_TAGS
        assert seen.attributes <= {"class", "scope", "lang", "charset", "name", "content"}
        if text.isprintable():
            assert text.strip() in seen.text


@given(ODD)
def test_text_of_a_spec_stays_text_in_markdown_and_on_a_terminal(text):
    spec = spec_of(text)
    explanation = explain(Network(spec), {"p": spec.inputs[0].categories[1], "q": 1.0})
    shown = render_markdown(explanation)
    assert not re.search(r"[<>`]", shown)
    widths = {line.count("|") for line in shown.splitlines() if line.startswith("|")}
    assert widths == {4, 5}
    assert all(line.isprintable() for line in render_text(explanation).splitlines())


def test_json_holds_everything():
    network = load(VALUATION)
    villa = {"area": 3000, "bedrooms": 4, "distance": 2, "age": 120}
    explanation = explain(network, villa)
    data = json.loads(explanation.to_json())
    assert data["row"] == villa
    assert [n["name"] for n in data["neurons"]] == list(network.neurons)
    (price,) = data["outputs"]
    assert (price["value"], price["unit"]) == (1008960.0, "USD")
    assert sum(r["amount"] for r in price["by_neuron"]["reasons"]) == pytest.approx(
        price["value"] - price["baseline"], rel=1e-12
    )
    with pytest.raises(KeyError):
        explanation.neuron("prise")
    with pytest.raises(KeyError):
        explanation.output("historic")


def test_a_row_of_a_table_is_counted_from_1():
    run = nnspec("explain", VALUATION, HOMES, "--row", "1", "--format", "json")
    assert run.returncode == 0
    first = pl.read_csv(HOMES).row(0, named=True)
    assert json.loads(run.stdout)["row"] == {n: first[n] for n in load(VALUATION).inputs}


def test_the_sentence_that_was_asked_for():
    base = VILLA.replace("120", "30")
    run = nnspec("explain", VALUATION, "--given", VILLA, "--baseline", base)
    assert run.returncode == 0
    assert b"+36,800 USD  historic         because age 120 is 20 past 100" in run.stdout


def test_a_baseline_as_json_is_the_same_as_pairs():
    base = json.dumps({"area": 3000, "bedrooms": 4, "distance": 2, "age": 30})
    runs = [nnspec("explain", VALUATION, "--given", VILLA, "--baseline", b)
            for b in (base, "area=3000,bedrooms=4,distance=2,age=30")]  # fmt: skip
    assert runs[0].stdout == runs[1].stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name a row"),
        (["--row", "3"], "name the table"),
        ([HOMES, "--row", "999999"], "has no row 999,999"),
        (["--given", VILLA, "--row", "3"], "--given is a row already"),
        (["--given", "area=1"], "lacks bedrooms, distance, age"),
        (["--given", "aera=1"], "did you mean 'area'"),
        (["--given", VILLA, "--baseline", "mean"], "name the table"),
        (["--given", VILLA, "--baseline", "zeroes"], "--baseline is middle, zeros, mean, or a row"),
        (["--given", VILLA, "--baseline", "{"], "--baseline is not JSON"),
        (["--given", VILLA, "--baseline", '{"aera": 1}'], "did you mean 'area'"),
        (["--given", VILLA, "--baseline", '{"area": 1}'], "--baseline lacks bedrooms"),
        (["--given", VILLA, "--neurons", "prise"], "did you mean 'price'"),
        (["--given", VILLA, "--change", "area"], "--goal"),
        (["--given", VILLA, "--goal", "price"], "a target is"),
        (["--given", VILLA, "--goal", "price<=1", "--change", "aera"], "did you mean 'area'"),
        ([HOMES, "--goal", "price<=1"], "--goal is about one row"),
        ([HOMES, "--format", "html"], "--format is for one row"),
        (["-"], "standard input would need it twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_out_is_status_2(options, said):
    run = nnspec("explain", VALUATION, *options)
    assert run.returncode == 2
    assert said in run.stderr.decode()
    assert run.stdout == b""


def test_a_faulty_spec_is_status_1(tmp_path):
    spec = tmp_path / "bad.yaml"
    spec.write_text("nnspec: 1\nname: bad\n")
    assert nnspec("explain", str(spec), "--given", "a=1").returncode == 1


def test_a_target_that_cannot_be_reached_is_status_1():
    run = nnspec("explain", VALUATION, "--given", VILLA, "--goal", "price<=1")
    assert run.returncode == 1
    assert b"no change of area, bedrooms, distance, age within the declared ranges" in run.stdout


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_a_change_in_every_format(form):
    run = nnspec("explain", VALUATION, "--given", VILLA, "--goal", "price<=900000", "--change",
                 "area,age", "--format", form)  # fmt: skip
    assert run.returncode == 0
    assert b"2,639.56" in run.stdout or b"2639.56" in run.stdout


def test_every_row_gets_its_strongest_reasons(tmp_path):
    """They are those of the row's own explanation, in the same order."""
    out = tmp_path / "reasons.parquet"
    run = nnspec("explain", SCORECARD, APPLICANTS, "-o", str(out), "--top", "2", "-q")
    assert (run.returncode, run.stderr) == (0, b"")
    table = pl.read_parquet(out)
    given_columns = pl.read_csv(APPLICANTS).columns
    assert table.columns[: len(given_columns)] == given_columns
    for number in (1, 5, table.height):
        own = nnspec("explain", SCORECARD, APPLICANTS, "--row", str(number), "--format", "json")
        row = table.row(number - 1, named=True)
        for output in json.loads(own.stdout)["outputs"]:
            reasons = output["by_neuron"]["reasons"][:2]
            name = output["name"]
            assert row[name] == pytest.approx(output["value"])
            for i in range(2):
                expected = reasons[i] if i < len(reasons) else {"name": None, "amount": None}
                assert row[f"{name}.reason_{i + 1}"] == expected["name"]
                assert row[f"{name}.reason_{i + 1}_amount"] == (
                    pytest.approx(expected["amount"]) if expected["name"] else None
                )


@pytest.mark.parametrize(("policy", "status", "height"), [("fail", 1, None), ("null", 0, 3),
                                                          ("skip", 0, 2)])  # fmt: skip
def test_bad_rows_do_as_for_eval(tmp_path, policy, status, height):
    table = tmp_path / "homes.csv"
    table.write_text("id,area,bedrooms,distance,age\na,2000,3,5,12\nb,none,3,5,12\nc,900,2,1,130\n")
    out = tmp_path / "out.csv"
    run = nnspec("explain", VALUATION, str(table), "-o", str(out), "--on-error", policy, "-q",
                 "--baseline", "zeros")  # fmt: skip
    assert run.returncode == status
    assert out.exists() == (status == 0)
    if height is not None:
        found = pl.read_csv(out)
        assert found.height == height
        bad = found.filter(pl.col("id") == "b")
        assert bad.is_empty() or bad.row(0)[5:] == (None,) * 7
        assert found.filter(pl.col("id") == "c")["reason_1"].item() == "large-near-city"


def test_the_output_is_never_the_input(tmp_path):
    table = tmp_path / "homes.csv"
    table.write_text("area,bedrooms,distance,age\n2000,3,5,12\n")
    run = nnspec("explain", VALUATION, str(table), "-o", str(table))
    assert run.returncode == 2
    assert table.read_text().startswith("area")


def test_a_file_takes_the_explanation(tmp_path):
    out = tmp_path / "why.html"
    run = nnspec("explain", VALUATION, "--given", VILLA, "--format", "html", "-o", str(out))
    assert (run.returncode, run.stdout) == (0, b"")
    assert out.read_text().startswith("<!DOCTYPE html>")


def test_a_name_without_an_ending_is_given_its_format(tmp_path):
    table = tmp_path / "homes.csv"
    table.write_text("area,bedrooms,distance,age\n2000,3,5,12\n")
    found = nnspec("explain", VALUATION, str(table), "-q", "--output-format", "ndjson")
    assert (found.returncode, found.stderr) == (0, b"")
    assert json.loads(found.stdout)["price"] == 634440.0
    refused = nnspec("explain", VALUATION, str(table), "--row", "1", "--output-format", "csv")
    assert refused.returncode == 2
    assert b"--output-format is for a whole table" in refused.stderr
