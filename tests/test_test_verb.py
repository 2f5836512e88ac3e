"""``nnspec test`` as its users meet it: output, formats, exit status, replays."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_cli import nnspec

SPECS = Path(__file__).parent.parent / "specs"

SPEC = """\
nnspec: 1
name: home
inputs:
  area: {range: [100, 20000], unit: ft2}
  age: {type: integer, range: [0, 250], unit: year}
  condition: {type: category, categories: [good, fair]}
layers:
  - name: output
    neurons:
      price: {bias: 1000, unit: USD, synapses: {area: 0.5, age: -1, condition.fair: -50}}
examples:
  - name: a plain home
    given: {area: 1000, age: 10, condition: good}
    expect: {price: 1490}
properties:
  - name: age never raises the price
    monotone: {price: {age: decreasing}}
  - name: a price is never beyond 9,000
    then: {price: [null, 9000]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "holds.yaml").write_text(SPEC.replace("null, 9000", "null, 11000"))
    (tmp_path / "fails.yaml").write_text(SPEC)
    return tmp_path


def out(result) -> str:
    return result.stdout.decode()


def test_what_holds_is_said_claim_by_claim_and_exits_0(folder):
    result = nnspec("test", "holds.yaml", cwd=folder)
    lines = out(result).splitlines()
    assert (result.returncode, result.stderr) == (0, b"")
    assert lines[0] == "holds.yaml"
    assert lines[1] == "  ok     example: a plain home: passed"
    assert lines[2].startswith("  ok     property: age never raises the price: not refuted in ")
    assert lines[-1] == "1 spec: 1 passed, 2 not refuted"
    assert "prove" not in out(result)


def test_a_failure_shows_the_smallest_counterexample_and_exits_1(folder):
    result = nnspec("test", "fails.yaml", cwd=folder)
    assert result.returncode == 1
    text = out(result)
    assert "  FAILED property: a price is never beyond 9,000\n" in text
    assert "claim: price is at most 9,000\n" in text
    assert "area 17000 ft2, age 0 year, condition good: price is 9,500" in text
    assert "worst found: area 20000 ft2, age 0 year, condition good: price is 11,000" in text
    assert text.endswith("1 spec: 1 passed, 1 not refuted, 1 failed\n")


def test_the_replay_line_is_a_command_that_shows_the_same(folder):
    text = out(nnspec("test", "fails.yaml", cwd=folder))
    (line,) = [line.strip() for line in text.splitlines() if "replay: " in line]
    words = shlex.split(line.removeprefix("replay: "))
    again = nnspec(*words[1:], cwd=folder)
    assert again.returncode == 1
    failure = text[text.index("  FAILED") : text.index("         worst found")]
    assert failure in out(again)
    assert line in out(again)


def test_k_chooses_by_name(folder):
    result = nnspec("test", "fails.yaml", "-k", "RAISES", cwd=folder)
    assert result.returncode == 0
    assert out(result).endswith("1 spec: 1 not refuted\n")
    missed = nnspec("test", "fails.yaml", "-k", "age never raise the price", cwd=folder)
    assert missed.returncode == 2
    assert b"did you mean 'age never raises the price'?" in missed.stderr


def test_q_says_failures_only(folder):
    text = out(nnspec("test", "-q", "holds.yaml", "fails.yaml", cwd=folder))
    assert text.startswith("  FAILED fails.yaml: property: a price is never beyond 9,000\n")
    assert "ok" not in text


def test_json_is_one_document(folder):
    result = nnspec("test", "fails.yaml", "--mutants", "--format", "json", cwd=folder)
    document = json.loads(out(result))
    (spec,) = document["specs"]
    failed = [case for case in spec["cases"] if case["status"] == "failed"]
    assert [(case["name"], case["line"]) for case in failed] == [
        ("a price is never beyond 9,000", 18)
    ]
    (failure,) = failed[0]["failures"]
    assert failure["rows"][0]["area"] == pytest.approx(16000, abs=1e-6, rel=0)
    assert failure["values"][0]["price"] > 9000
    assert spec["mutants"]["tried"] == spec["mutants"]["n_mutants"]


def test_junit_counts_what_failed(folder):
    (folder / "bad.yaml").write_text(SPEC.replace("area: 0.5", "aera: 0.5"))
    result = nnspec("test", ".", "--format", "junit", cwd=folder)
    assert result.returncode == 1
    root = ElementTree.fromstring(out(result))
    suites = {suite.get("name"): suite for suite in root}
    assert suites["fails.yaml"].get("failures") == "1"
    assert suites["holds.yaml"].get("failures") == "0"
    assert "NS301" in suites["bad.yaml"].find("testcase/error").text
    assert len(suites["holds.yaml"].findall("testcase")) == 3


def test_github_annotates_the_line_of_the_claim(folder):
    text = out(nnspec("test", "fails.yaml", "--format", "github", cwd=folder))
    (line,) = text.splitlines()
    assert line.startswith("::error file=fails.yaml,line=18,")
    assert "%0A  claim: price is at most 9,000%0A" in line


def test_too_few_mutants_noticed_fails(folder):
    thin = SPEC[: SPEC.index("properties:")]
    (folder / "thin.yaml").write_text(thin.replace("age: 10", "age: 0").replace("1490", "1500"))
    result = nnspec("test", "thin.yaml", "--min-score", "90", cwd=folder)
    assert result.returncode == 1
    text = out(result)
    assert "FAILED mutants: " in text
    assert "survivor age -> price may be removed and nothing notices" in text
    assert text.endswith("1 score too low\n")
    assert nnspec("test", "thin.yaml", "--mutants", cwd=folder).returncode == 0


def test_a_faulty_spec_is_shown_and_the_others_are_tried(folder):
    (folder / "bad.yaml").write_text(SPEC.replace("area: 0.5", "aera: 0.5"))
    result = nnspec("test", "bad.yaml", "holds.yaml", cwd=folder)
    assert result.returncode == 1
    assert "bad.yaml:10:49: NS301 dangling-synapse" in out(result)
    assert out(result).endswith("2 specs: 1 passed, 2 not refuted, 1 spec with errors\n")


def test_an_unreadable_spec_exits_2(folder):
    result = nnspec("test", "none.yaml", cwd=folder)
    assert result.returncode == 2
    assert b"No such file or directory: none.yaml" in result.stderr


def test_a_spec_may_come_from_standard_input(folder):
    result = nnspec("test", "-", stdin=SPEC)
    assert result.returncode == 1
    assert "nnspec test - -k" in out(result)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "not JSON"),
        ("[]", "map of input to value"),
        ('{"aera": 5}', "did you mean 'area'?"),
        ('{"area": [1, 2], "age": [1, 2]}', "one input at most"),
        ('{"area": 500, "age": 3}', "condition"),
        ('{"area": "x", "age": 3, "condition": "good"}', "area"),
    ],
)
def test_a_replay_that_is_no_row_exits_2_and_says_why(folder, given, said):
    result = nnspec("test", "fails.yaml", "-k", "beyond", "--replay", given, cwd=folder)
    assert result.returncode == 2
    assert said in result.stderr.decode()


def test_the_same_seed_says_the_same(folder):
    first, second = [nnspec("test", "fails.yaml", "--seed", "5", cwd=folder) for _ in range(2)]
    assert first.stdout == second.stdout


def test_every_shipped_spec_passes():
    """At least four properties each, and none is refuted."""
    result = nnspec("test", str(SPECS), "--format", "json")
    assert result.returncode == 0
    for spec in json.loads(out(result))["specs"]:
        properties = [case for case in spec["cases"] if case["kind"] == "property"]
        assert len(properties) >= 4, spec["file"]
        assert all(case["n_inputs"] > 0 for case in properties)


def _spec(inputs: str, synapses: str, rest: str) -> str:
    return (
        f"nnspec: 1\nname: n\ninputs: {inputs}\n"
        f"layers: [{{name: o, neurons: {{y: {{synapses: {synapses}}}}}}}]\n{rest}\n"
    )


def test_a_spec_with_nothing_to_try_says_so_and_ends_as_pytest_does(tmp_path):
    (tmp_path / "s.yaml").write_text(_spec("{a: {range: [0, 1]}}", "{a: 1}", ""))
    result = nnspec("test", "s.yaml", cwd=tmp_path)
    assert result.returncode == 5
    assert "nothing to try" in out(result)


@pytest.mark.parametrize("range_", ["[0, 1.0e+308]", "[-1.0e+308, 1.0e+308]"])
def test_ranges_as_wide_as_doubles_are_searched(tmp_path, range_):
    claim = "properties: [{name: below, then: {y: [null, 9.0e+307]}}]"
    (tmp_path / "s.yaml").write_text(_spec(f"{{x: {{range: {range_}}}}}", "{x: 1}", claim))
    result = nnspec("test", "s.yaml", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == b""


def test_whole_numbers_beyond_2_to_the_53rd_are_tried(tmp_path):
    p = "{p: {type: integer, range: [9007199254740992, 9007199254740992]}}"
    claim = "properties: [{name: below, then: {y: [0, 1]}}]"
    (tmp_path / "s.yaml").write_text(_spec(p, "{p: 1}", claim))
    assert nnspec("test", "s.yaml", cwd=tmp_path).returncode == 1


def test_one_wrong_sign_among_many_is_seen_at_once_and_told_alone(tmp_path):
    inputs = "{" + ", ".join(f"x{i}: {{range: [0, 1]}}" for i in range(200)) + "}"
    synapses = "{" + ", ".join(f"x{i}: {-1 if i == 77 else 1}" for i in range(200)) + "}"
    rising = ", ".join(f"x{i}: increasing" for i in range(200))
    claim = f"properties: [{{name: rises, monotone: {{y: {{{rising}}}}}}}]"
    (tmp_path / "s.yaml").write_text(_spec(inputs, synapses, claim))
    result = nnspec("test", "s.yaml", "--budget", "2", cwd=tmp_path)
    assert result.returncode == 1
    (line,) = [line for line in out(result).splitlines() if "y falls from 0" in line]
    assert line.strip().startswith("x77 0 -> ")
    (again,) = [line for line in out(result).splitlines() if "replay:" in line]
    words = shlex.split(again.strip().removeprefix("replay: "))
    assert nnspec(*words[1:], cwd=tmp_path).returncode == 1


def test_claims_are_tried_without_importing_tables():
    """Which take as long as all the rest of a short test."""
    script = "import sys, nnspec.cli.work.trial; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_one_wrong_sign_among_hundreds_is_found_and_shown_alone(tmp_path):
    names = [f"x{i}" for i in range(300)]
    weights = ", ".join(f"{name}: {-1 if name == 'x137' else 0.5}" for name in names)
    rises = ", ".join(f"{name}: increasing" for name in names)
    (tmp_path / "w.yaml").write_text(
        "nnspec: 1\nname: w\ninputs:\n" + "".join(f"  {n}: {{range: [0, 10]}}\n" for n in names)
        + f"layers: [{{name: o, neurons: {{y: {{synapses: {{{weights}}}}}}}}}]\n"
        + f"properties: [{{name: rises, monotone: {{y: {{{rises}}}}}}}]\n"
    )  # fmt: skip
    result = nnspec("test", str(tmp_path / "w.yaml"))
    assert result.returncode == 1
    assert "x137 0 -> 1, the other 299 inputs as simple as may be" in out(result)
