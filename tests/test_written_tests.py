"""``nnspec new --tests``: what it writes runs, passes, and fails of a network that was changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import nnspec

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))

BARE = """\
nnspec: 1
name: bare
inputs:
  load: {range: [0, 10]}
  trips: {type: integer, range: [0, 5], missing: 2}
  state: {type: category, categories: [poor, good]}
layers:
  - name: output
    neurons:
      wear: {bias: 1, synapses: {load: 2, trips: -1, state.good: -3}}
"""


def passes(tests: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, str(tests)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tests.parent,
    )


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_what_is_written_passes_for_every_shipped_spec(tmp_path, spec):
    target = tmp_path / "test_written.py"
    made = nnspec("new", "--tests", str(spec), "-o", str(target))
    assert made.returncode == 0, made.stderr
    run = passes(target)
    assert run.returncode == 0, run.stdout


@pytest.fixture
def bare(tmp_path):
    (tmp_path / "bare.nnspec.yaml").write_text(BARE)
    made = nnspec("new", "--tests", str(tmp_path / "bare.nnspec.yaml"))
    assert made.returncode == 0, made.stderr
    assert b"try: pytest" in made.stdout
    return tmp_path / "test_bare.py"


def test_it_says_what_a_spec_without_claims_does(bare):
    text = bare.read_text()
    assert "assert_monotone(network, 'wear', 'load', 'increasing'" in text
    assert "assert_monotone(network, 'wear', 'trips', 'decreasing'" in text
    assert "@examples" not in text
    assert "pytest.approx(" in text
    assert passes(bare).returncode == 0


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (("load: 2", "load: -2"), {"test_directions"}),
        (("bias: 1", "bias: 1.5"), {"test_a_row_is_worth_what_it_was"}),
        (("wear: {", "wear: {range: [0, 1], "), {"test_the_spec_keeps_what_it_claims"}),
        (("wear: {", "wear: {activation: log, "), {"test_every_row_within_the_ranges_has_a_value"}),
    ],
)
def test_it_fails_of_a_network_that_was_changed(bare, change, failed):
    bare.with_name("bare.nnspec.yaml").write_text(BARE.replace(*change))
    run = passes(bare)
    assert run.returncode == 1
    assert failed <= {name for name in failed if f"::{name}" in run.stdout}, run.stdout


def test_what_stands_there_is_kept(bare):
    spec = str(bare.with_name("bare.nnspec.yaml"))
    bare.write_text("# mine\n")
    refused = nnspec("new", "--tests", spec)
    assert (refused.returncode, bare.read_text()) == (2, "# mine\n")
    assert nnspec("new", "--tests", spec, "--force").returncode == 0
    assert bare.read_text() != "# mine\n"
    assert nnspec("new", "--tests", "-").returncode == 2
    assert nnspec("new", "name", "-o", "x.py").returncode == 2
    broken = bare.with_name("broken.yaml")
    broken.write_text(BARE.replace("load: 2", "lode: 2"))
    assert nnspec("new", "--tests", str(broken)).returncode == 1
