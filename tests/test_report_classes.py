"""Answers in the report: figures as scikit-learn has them, the worst mistakes, what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score
from test_cli import nnspec
from test_report import Page, report_of

from nnspec.network import Network, load, loads
from nnspec.reporting import Asked, survey_table
from nnspec.reporting.compared_columns import ClassTally
from nnspec.tables.cells.columns import match_columns
from nnspec.tables.csv.source import CsvOptions
from nnspec.tables.opening import open_source

SPECS = Path(__file__).parent.parent / "specs"
KINDS = ("setosa", "versicolor", "virginica")

TWO = """
nnspec: 1
name: two
inputs: {x: {range: [0, 10]}}
layers:
  - {name: out, neurons: {less: {bias: 5, synapses: {x: -1}}, more: {bias: -5, synapses: {x: 1}}}}
outputs: [less, more]
"""


def answered(network: Network, path: Path, classes: dict, block: int | None = None):
    options = CsvOptions() if block is None else CsvOptions(block_bytes=block)
    with open_source(str(path), None, options) as source:
        columns = match_columns(network.spec.inputs, source.header, {}, source.place)
        return survey_table(network, source, Asked(columns, {}, classes))


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d", None]),
              st.tuples(*[st.integers(-3, 3)] * 3), st.booleans()),
    min_size=1, max_size=40,
)  # fmt: skip


@given(ROWS, st.integers(0, 40))
def test_answers_are_counted_as_scikit_learn_counts_them(rows, cut):
    cells = pl.Series([so for so, _, _ in rows], dtype=pl.String)
    values = np.array([x for _, x, _ in rows], dtype=np.float64).T
    good = np.array([ok for _, _, ok in rows])
    tally = ClassTally(("a", "b", "c"), "so")
    for part in (slice(0, cut), slice(cut, None)):
        worst = tally.add(cells[part], values[:, part], good[part])
        first = 0 if part.start == 0 else cut
        tally.keep([tally.mistake(first + row + 1, {}, answer, so, values[:, part][:, row])
                    for row, answer, so in worst])  # fmt: skip
    used = [i for i, (so, _, ok) in enumerate(rows) if ok and so in ("a", "b", "c")]
    so = [rows[i][0] for i in used]
    says = ["abc"[int(values[:, i].argmax())] for i in used]
    assert tally.n_rows == len(used)
    assert tally.left_out.total() == len(rows) - len(used)
    if not used:
        return
    np.testing.assert_array_equal(tally.counts, confusion_matrix(so, says, labels=list("abc")))
    assert tally.figures["accuracy"] == pytest.approx(100 * accuracy_score(so, says))
    margins = {i: float(values[:, i].max() - values["abc".index(a), i])
               for i, a, b in zip(used, so, says, strict=True) if a != b}  # fmt: skip
    expected = sorted(margins, key=lambda i: (-margins[i], i))[:10]
    assert [one.row - 1 for one in tally.mistakes] == expected
    assert [one.margin for one in tally.mistakes] == [margins[i] for i in expected]


@pytest.mark.parametrize("block", [None, 600])
def test_the_answers_on_iris_are_scikit_learn_s(block):
    network, path = load(SPECS / "softmax-iris.yaml"), SPECS / "data" / "iris.csv"
    survey = answered(network, path, {KINDS: "species"}, block)
    table = pl.read_csv(path)
    values = network.evaluate(table).select(KINDS).to_numpy()
    says, so = [KINDS[i] for i in values.argmax(axis=1)], table["species"].to_list()
    page = Page(report_of(network, survey))
    figures = dict(page.tables["Answers beside species"][1:])
    assert figures["accuracy"] == f"{100 * accuracy_score(so, says):.2f} %"
    head, *rows, last = page.tables["By what is so and by the answer"]
    assert head[1:-1] == [f"answered {kind}" for kind in KINDS]
    assert [[int(n) for n in row[1:-1]] for row in rows] == confusion_matrix(so, says).tolist()
    recalls = recall_score(so, says, average=None)
    assert [row[-1] for row in rows] == [f"{100 * share:.2f} %" for share in recalls]
    shares = precision_score(so, says, average=None)
    assert last[1:-1] == [f"{100 * share:.2f} %" for share in shares]
    assert "1. Row 84: virginica instead of versicolor" in page.text
    assert "2. Row 134: versicolor instead of virginica" in page.text
    assert "3. Row" not in page.text
    assert any(caption.startswith("Row 84, virginica, by input") for caption in page.tables)


def test_what_names_no_neuron_is_left_out_and_counted(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("x,kind\n1,less\n9,\n8,other\n,more\n7,more\n6,<b>\n")
    survey = answered(loads(TWO), table, {("less", "more"): "kind"})
    page = Page(report_of(loads(TWO), survey))
    assert "2 rows compared; 4 left out: 1 because kind is empty" in page.text
    assert "2 because kind is none of them; 1 because the row cannot be valued" in page.text
    assert "No answer is wrong." in page.text
    assert page.tags["b"] == Page(report_of(loads(TWO), answered(loads(TWO), table, {}))).tags["b"]


def test_a_table_without_an_answer_says_so(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("x,kind\n1,a\n9,b\n")
    page = Page(report_of(loads(TWO), answered(loads(TWO), table, {("less", "more"): "kind"})))
    assert "no row to compare" in page.text
    assert "0 rows compared; 2 left out: 2 because kind is none of them" in page.text


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("less,more=kind", 0, ""),
        ("kind", 2, "--target OUTPUT,OUTPUT,…=kind if it names one of them"),
        ("less,mor=kind", 2, "did you mean 'more'?"),
        ("less,more=kin", 2, "did you mean 'kind'?"),
    ],
)
def test_targets_that_name_an_answer(tmp_path, target, status, said):
    (tmp_path / "two.yaml").write_text(TWO)
    (tmp_path / "t.csv").write_text("x,kind\n1,less\n9,less\n")
    run = nnspec("report", "two.yaml", "t.csv", "--target", target, "-o", "r.html",
                 cwd=tmp_path)  # fmt: skip
    assert run.returncode == status, run.stderr
    assert said in run.stderr.decode()
    assert (tmp_path / "r.html").exists() == (status == 0)
    if status == 0:
        page = Page((tmp_path / "r.html").read_text())
        assert "1. Row 2: more instead of less" in page.text


def test_the_same_neurons_twice_are_refused(tmp_path):
    (tmp_path / "two.yaml").write_text(TWO)
    (tmp_path / "t.csv").write_text("x,kind,sort\n1,less,more\n")
    run = nnspec("report", "two.yaml", "t.csv", "--target", "less,more=kind",
                 "--target", "less,more=sort", "-o", "r.html", cwd=tmp_path)  # fmt: skip
    assert run.returncode == 2
    assert b"two targets" in run.stderr
