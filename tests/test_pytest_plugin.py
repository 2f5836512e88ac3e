"""The pytest plugin, run by pytest in processes of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SPEC = """\
nnspec: 1
name: old-homes
inputs: {age: {unit: year, range: [0, 250]}}
layers:
  - name: output
    activation: relu
    neurons:
      historic:
        bias: -100
        range: [0, 150]
        synapses: {age: 1}
examples:
  - name: an old villa
    given: {age: 120}
    expect: {historic: 20}
properties:
  - name: older is never less historic
    monotone: {historic: {age: increasing}}
"""

FALSE = SPEC.replace("increasing", "decreasing")

TESTS = ["example: an old villa", "property: older is never less historic", "range: historic"]


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in which every warning is an error."""
    # Where it runs in a build, pytest's summary repeats each report in full.
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    pytester.makeini("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    return pytester.path


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    # Not in this process: what is imported there, and what is not, is the point.
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", *options)


def passed(result: pytest.RunResult) -> list[str]:
    return re.findall(r"^(\S+::.*) PASSED", result.stdout.str(), re.MULTILINE)


def test_every_claim_of_a_spec_is_a_test_of_its_own(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(SPEC)
    (folder / "also.nnspec.yml").write_text(SPEC)
    (folder / "other.yaml").write_text(SPEC)
    result = run(pytester, "-v")
    result.assert_outcomes(passed=6)
    names = [f"{file}::{name}" for file in ("also.nnspec.yml", "old.nnspec.yaml") for name in TESTS]
    assert passed(result) == names


def test_one_claim_is_chosen_by_its_node_id_by_words_and_by_the_marker(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(SPEC)
    pytester.makepyfile(test_other="def test_historic(): pass")
    result = run(pytester, "-v", f"old.nnspec.yaml::{TESTS[1]}")
    assert passed(result) == [f"old.nnspec.yaml::{TESTS[1]}"]
    result = run(pytester, "-v", "-k", "older and historic")
    assert passed(result) == [f"old.nnspec.yaml::{TESTS[1]}"]
    result = run(pytester, "-v", "-m", "nnspec")
    assert passed(result) == [f"old.nnspec.yaml::{name}" for name in TESTS]


def test_a_false_claim_is_shown_with_its_counterexample_and_no_traceback(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(FALSE)
    result = run(pytester)
    result.assert_outcomes(passed=2, failed=1)
    shown = result.stdout.str()
    assert "historic never rises as age rises" in shown
    assert "age 100 -> 101 year: historic rises from 0 to 1" in shown
    assert "nnspec test old.nnspec.yaml -k 'property: older is never less historic'" in shown
    assert "Traceback" not in shown
    assert "pytest_plugin.py" not in shown


def test_the_command_that_a_failure_shows_replays_it(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(FALSE)
    (command,) = re.findall(r"replay: nnspec (.*)", run(pytester).stdout.str())
    again = subprocess.run(
        f"{sys.executable} -m nnspec {command}",
        shell=True, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1, again.stderr
    assert "historic rises from 0 to 1" in again.stdout


def test_a_faulty_spec_is_an_error_that_shows_its_diagnostics(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(SPEC.replace("{age: 1}", "{agee: 1}"))
    result = run(pytester)
    result.assert_outcomes(errors=1)
    shown = result.stdout.str()
    assert "old.nnspec.yaml:11:20: NS301 dangling-synapse" in shown
    assert "did you mean 'age'?" in shown
    assert "Traceback" not in shown
    assert "pytest_plugin.py" not in shown


def test_settings_name_more_files_relative_to_the_root_folder(pytester, folder):
    pytester.makeini("[pytest]\nnnspec_files =\n    specs/*.yaml\n    more/**/v?.yml\n")
    for name in ("specs/a.yaml", "specs/b.yml", "specs/deep/c.yaml", "more/v1.yml",
                 "more/deep/v2.yml", "more/deep/v10.yml", "d.yaml"):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SPEC)
    result = run(pytester, "-v", "-k", "villa")
    found = {node.partition("::")[0] for node in passed(result)}
    assert found == {"specs/a.yaml", "more/v1.yml", "more/deep/v2.yml"}
    from_inside = pytester.run(
        sys.executable, "-m", "pytest", "-q", "-k", "villa", "--rootdir", str(folder),
        "-c", str(folder / "tox.ini"), str(folder / "specs"),
    )  # fmt: skip
    from_inside.assert_outcomes(passed=1, deselected=2)


def test_a_spec_may_be_named_on_the_command_line_and_other_yaml_is_let_be(pytester, folder):
    (folder / "a.yaml").write_text(SPEC)
    (folder / "b.yaml").write_text("# no spec\nservices: {}\n")
    run(pytester, "a.yaml").assert_outcomes(passed=3)
    run(pytester, f"a.yaml::{TESTS[0]}").assert_outcomes(passed=1)
    run(pytester).assert_outcomes()
    result = run(pytester, "b.yaml")
    result.assert_outcomes()
    assert "NS" not in result.stdout.str()


def test_names_that_pytest_would_take_apart_are_made_whole_and_stay_apart(pytester, folder):
    claims = "".join(
        f"  - name: {name!r}\n    then: {{historic: [0, null]}}\n"
        for name in ("a::b", "a:b", "c[1]::d", "e, f")
    )
    (folder / "old.nnspec.yaml").write_text(SPEC + claims)
    names = passed(run(pytester, "-v", "-k", "property"))
    assert names[1:] == [
        f"old.nnspec.yaml::property: {name}" for name in ("a:b", "a:b (2)", "c(1):d", "e, f")
    ]
    assert passed(run(pytester, "-v", *names[2:4])) == names[2:4]


def test_workers_of_xdist_run_the_same_tests(pytester, folder):
    for name in ("a", "b", "c"):
        (folder / f"{name}.nnspec.yaml").write_text(FALSE)
    result = run(pytester, "-n", "2", "-v")
    result.assert_outcomes(passed=6, failed=3)
    shown = result.stdout.str()
    assert shown.count("age 100 -> 101 year: historic rises from 0 to 1") == 3
    assert "pytest_plugin.py" not in shown
    found = set(re.findall(r"PASSED (.*?) *$", shown, re.MULTILINE))
    assert found == {f"{name}.nnspec.yaml::{TESTS[i]}" for name in "abc" for i in (0, 2)}


def test_how_hard_to_try_is_an_option_or_a_setting(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(
        SPEC.replace("range: [0, 250]", "range: [0, 1e6]").replace("        range: [0, 150]\n", "")
    )

    def said(*options: str) -> int:
        shown = run(pytester, "-rP", "-k", "older", *options).stdout.str()
        return int(re.findall(r"not refuted in ([0-9,]+) inputs", shown)[0].replace(",", ""))

    assert said() >= 10_000
    pytester.makeini("[pytest]\nnnspec_max_examples = 200\nnnspec_seed = 5\n")
    assert 200 <= said() < 5_000
    assert said("--nnspec-max-examples", "10000") >= 10_000
    result = run(pytester, "--nnspec-max-examples", "0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    pytester.makeini("[pytest]\nnnspec_max_examples = many\n")
    assert "nnspec_max_examples must be a whole number" in run(pytester).stdout.str()


def test_each_test_stands_at_its_line_of_the_file(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(SPEC)
    (folder / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n"
        "    print([item.reportinfo()[1] + 1 for item in items])\n"
    )
    lines = SPEC.splitlines()
    expected = [lines.index("  - name: an old villa") + 1,
                lines.index("  - name: older is never less historic") + 1,
                lines.index("        range: [0, 150]") + 1]  # fmt: skip
    assert str(expected) in run(pytester, "-s").stdout.str()


WITHOUT_SPECS = """
import sys

def test_nothing_was_loaded():
    assert "nnspec.pytest_plugin" in sys.modules
    loaded = {name for name in sys.modules if name.startswith("nnspec")}
    assert loaded <= ALLOWED, loaded
    assert not {"numpy", "polars", "yaml", "jsonschema", "click"} & set(sys.modules)
"""


@pytest.mark.parametrize("hypothesis", [False, True])
def test_it_costs_nothing_where_there_are_no_specs(pytester, folder, hypothesis):
    """Not even beside YAML files, nor where Hypothesis is in use."""
    allowed = {"nnspec", "nnspec.pytest_plugin"}
    if hypothesis:
        allowed |= {
            "nnspec.testing", "nnspec.testing.hypothesis_entry", "nnspec.spec", "nnspec.spec.model",
            "nnspec.diagnostics", "nnspec.diagnostics.limits"
        }  # fmt: skip
    head = "import hypothesis\n" if hypothesis else ""
    pytester.makepyfile(test_it=f"{head}{WITHOUT_SPECS}".replace("ALLOWED", repr(allowed)))
    (folder / "other.yaml").write_text("services: {}\n")
    run(pytester).assert_outcomes(passed=1)


def test_it_can_be_switched_off(pytester, folder):
    (folder / "old.nnspec.yaml").write_text(SPEC)
    pytester.makepyfile(
        "import sys\ndef test_it(): assert 'nnspec.pytest_plugin' not in sys.modules"
    )
    pytester.makeini("[pytest]\n")
    run(pytester, "-p", "no:nnspec").assert_outcomes(passed=1)


def test_a_spec_without_claims_has_no_tests(pytester, folder):
    bare = SPEC[: SPEC.index("examples:")].replace("        range: [0, 150]\n", "")
    (folder / "old.nnspec.yaml").write_text(bare)
    assert run(pytester).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_claims_of_a_spec_share_its_budget(pytester):
    """Each has its part, whichever process it runs in; a search that ran out of it says so."""
    pytester.makefile(".nnspec.yaml", deep=WIDE)
    pytester.makeini("[pytest]\nnnspec_budget = 600\n")
    assert "the budget ended" not in run(pytester, "-rP").stdout.str()
    ended = run(pytester, "-rP", "--nnspec-budget", "0.0001").stdout.str()
    assert ended.count("the budget ended the search") == 2
    for written in ("0", "-1", "nan", "soon"):
        pytester.makeini(f"[pytest]\nnnspec_budget = {written}\n")
        said = run(pytester).stdout.str()
        assert "nnspec_budget must be a number of seconds, more than 0" in said


WIDE = """\
nnspec: 1
name: deep
inputs: {a: {range: [0, 1000]}, b: {range: [0, 1000]}, c: {range: [0, 1000]}}
layers:
  - name: hidden
    activation: relu
    neurons:
      p: {bias: -10, synapses: {a: 1, b: 1}}
      q: {bias: -20, synapses: {b: 1, c: 1}}
  - name: output
    neurons: {z: {synapses: {p: 1, q: 1}}}
properties:
  - monotone: {z: {a: increasing}}
  - monotone: {z: {b: increasing}}
"""
