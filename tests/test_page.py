"""The page: its JavaScript gives the reference's numbers, text stays text, nothing is fetched."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import example_specs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import EVERY_ACTIVATION, network_specs
from test_cli import nnspec

from nnspec.claims.domain import Domain
from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
from nnspec.spec.resolved import resolve
from nnspec.views import page as page_package
from nnspec.views.page import PageContent, page_html
from nnspec.views.page.facts import page_facts

SPECS = Path(__file__).parent.parent / "specs"
ENGINE = Path(page_package.__file__).with_name("engine.js")
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None and not os.environ.get("CI"), reason="needs Node.js, which CI has"
)

PROGRAM = """
const engine = require(process.argv[1]);
const jobs = JSON.parse(require("fs").readFileSync(0, "utf8"));
const told = x => Number.isFinite(x) ? x : String(x);
console.log(JSON.stringify(jobs.map(([network, row]) => {
  const found = engine.evaluate(network, row);
  return [found.a.map(told), found.z.map(told)];
})));
"""


def in_javascript(jobs: list) -> list:
    """What the page's engine makes of pairs of a network and a row."""
    return _by_node(PROGRAM, jobs)


def are_bad(jobs: list) -> list[bool]:
    """Whether the page's engine takes rows for bad."""
    return _by_node(PROGRAM.replace("[found.a.map(told), found.z.map(told)]", "found.bad"), jobs)


def _by_node(program: str, jobs: list) -> list:
    done = subprocess.run(
        [str(NODE), "-e", program, str(ENGINE)], input=json.dumps(jobs), capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def using(name: str, **names: tuple[str, ...]) -> st.SearchStrategy[NetworkSpec]:
    """Networks in which a name of the format stands."""
    return network_specs(**names).filter(lambda spec: name in names_in(spec))


def names_in(spec: NetworkSpec) -> set[str | None]:
    """The functions that a network uses."""
    found: set[str | None] = {step.kind for item in spec.inputs for step in item.transforms}
    for layer in resolve(spec).layers:
        found |= {layer.group}
        for neuron in layer.neurons():
            found |= {neuron.aggregation.name, neuron.activation.function.name}
    return found


@needs_node
def test_the_javascript_gives_the_references_numbers():
    """Within 1e-9 for networks of every activation, aggregation, group and transform."""
    drawn: list[tuple[NetworkSpec, np.ndarray]] = []
    # What is drawn differs with Hypothesis's version and what else is imported: so each name of the
    # format is asked for, and networks without it are drawn again.
    strategies = [
        network_specs(activations=EVERY_ACTIVATION),
        *(using(name, activations=(name,)) for name in ACTIVATIONS),
        *(using(name, aggregations=(name,)) for name in AGGREGATIONS),
        *(using(name, groups=(name,)) for name in GROUPS),
        *(using(name, transforms=(name,)) for name in TRANSFORMS),
    ]
    for number, strategy in enumerate(strategies):

        @settings(
            max_examples=8 if number else 100, derandomize=True, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy, st.integers(0, 2**32 - 1))
        def collect(spec, seed):
            points = Domain.of(spec).sample(np.random.default_rng(seed), 3)
            drawn.extend((spec, point) for point in points.T)

        collect()
    jobs = [(page_facts(spec), dict(zip(Domain.of(spec).index, point.tolist(), strict=True)))
            for spec, point in drawn]  # fmt: skip
    for (spec, point), (a, z) in zip(drawn, in_javascript(jobs), strict=True):
        expected = evaluate_row(spec, Domain.of(spec).row(point))
        units = [u for item in spec.inputs for u in item.units]
        neurons = [name for layer in spec.layers for name in layer.neuron_names]
        for name, found in zip([*units, *neurons], a, strict=True):
            assert_near(found, expected.outputs[name])
        for name, found in zip(neurons, z, strict=True):
            assert_near(found, expected.z[name])


def assert_near(found: float | str, expected: float) -> None:
    if isinstance(found, str):
        assert not math.isfinite(expected)
    else:
        assert abs(found - expected) <= 1e-9 * max(1.0, abs(expected))


@needs_node
def test_a_thousand_homes_are_worth_the_same_in_the_page():
    network = example_specs.network("property-valuation")
    homes = example_specs.table("property-valuation").head(1000)
    inputs = {name: homes[name].cast(float).to_list() for name in network.inputs}
    rows = [dict(zip(inputs, row, strict=True)) for row in zip(*inputs.values(), strict=True)]
    facts = page_facts(network.spec)
    prices = network.evaluate({name: np.array(x) for name, x in inputs.items()})["price"]
    for (a, _), price in zip(in_javascript([(facts, row) for row in rows]), prices, strict=True):
        assert abs(a[-1] - price) <= 1e-9 * abs(price)


class Parsed(HTMLParser):
    """The elements of a page, with the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def written(spec: NetworkSpec) -> str:
    return page_html(spec, PageContent("0" * 64, "1.0"))


WILD = "</script><script>alert(1)</script> ]]> <!-- & \u2028 </style>"


def test_text_from_a_spec_stays_text():
    """In the title, a description, a unit, a category: no element comes of it."""
    plain = NetworkSpec(
        "n",
        (Input("x", description="d", unit="u"), Input("c", "category", categories=("a",))),
        (Layer("out", (Neuron("y", {"x": 1, "c.a": 1}, description="d", unit="u"),)),),
        title="t",
        description="d",
    )
    wild = NetworkSpec(
        "n",
        (Input("x", description=WILD, unit=WILD), Input("c", "category", categories=(WILD,))),
        (Layer("out", (Neuron("y", {"x": 1, f"c.{WILD}": 1}, description=WILD, unit=WILD),)),),
        title=WILD,
        description=WILD,
    )
    tags = [tag for tag, _ in Parsed(written(wild)).tags]
    assert tags == [tag for tag, _ in Parsed(written(plain)).tags]
    assert "alert(1)</script>" not in written(wild)


def test_nothing_is_fetched():
    page = Parsed(written(example_specs.network("property-valuation").spec))
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "img", "object", "embed")
        for name in ("src", "href", "action", "data"):
            assert not str(attributes.get(name) or "").startswith(("http", "//"))
    (policy,) = [a["content"] for t, a in page.tags
                 if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert policy.startswith("default-src 'none';")
    assert "connect-src 'none'" in policy
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|import\(", "".join(page.texts))


def test_the_verb_writes_the_same_page_each_time(tmp_path):
    spec, table = str(SPECS / "property-valuation.yaml"), str(SPECS / "data" / "king-county.csv")
    for name in ("a", "b"):
        done = nnspec("page", spec, table, "-o", f"{name}.html", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    text = (tmp_path / "a.html").read_text()
    assert text == (tmp_path / "b.html").read_text()
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert data["n_rows"] == 21_597
    assert 500 <= len(data["rows"]) <= 1000
    assert "sale_price" in data["columns"][: data["n_compared"]]
    assert {case["verdict"] for case in data["cases"] if case["kind"] == "example"} == {"passed"}


def test_a_failure_stands_in_the_page_with_its_row(tmp_path):
    text = (SPECS / "property-valuation.yaml").read_text().replace("bias: -100\n", "bias: -99\n")
    (tmp_path / "changed.yaml").write_text(text)
    done = nnspec("page", "changed.yaml", cwd=tmp_path)
    data = json.loads(re.search(r'id="data">(.*?)</script>', done.stdout.decode(), re.DOTALL)[1])
    failed = next(c for c in data["cases"] if c["failed"] and c["kind"] == "property")
    assert failed["name"] == "historic is silent up to 100 years"
    assert failed["row"]["age"] == pytest.approx(99, abs=1e-5)


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_every_shipped_spec_has_a_page(name):
    assert len(written(example_specs.network(name).spec)) > 20_000
