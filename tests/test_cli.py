"""The command line as its users meet it: whole processes, their streams and exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nnspec.cli import VERBS

GOOD = """\
nnspec: 1
name: historic
inputs: {age: {range: [0, 250], unit: year}}
layers:
  - name: output
    activation: relu
    neurons:
      historic: {bias: -100, synapses: {age: 1}}
"""

BAD = GOOD.replace("{age: 1}", "{agee: 1}")

WARNS = GOOD.replace("[0, 250]", "[0, 90]")


def nnspec(*args: str, stdin: str | bytes = b"", env: dict[str, str] | None = None, cwd=None):
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "nnspec", *args],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(BAD)
    (tmp_path / "warns.yaml").write_text(WARNS)
    return tmp_path


class TestValidate:
    def test_a_fine_spec_exits_0_and_says_so(self, folder):
        result = nnspec("validate", "good.yaml", cwd=folder)
        assert (result.returncode, result.stdout, result.stderr) == (0, b"1 spec: no faults\n", b"")

    def test_a_fault_is_shown_with_its_line_a_caret_and_the_nearest_name(self, folder):
        result = nnspec("validate", "bad.yaml", cwd=folder)
        assert result.returncode == 1
        assert result.stdout.decode() == (
            "bad.yaml:8:41: NS301 dangling-synapse: source 'agee' is not an input or a neuron\n"
            "8 |       historic: {bias: -100, synapses: {agee: 1}}\n"
            "  |                                         ^^^^\n"
            "help: did you mean 'age'?\n"
            "1 spec: 1 error\n"
        )

    def test_warnings_fail_only_when_strict(self, folder):
        lenient = nnspec("validate", "warns.yaml", cwd=folder)
        strict = nnspec("validate", "--strict", "warns.yaml", cwd=folder)
        assert lenient.returncode == 0
        assert strict.returncode == 1
        assert b"'historic' can never fire: age is at most 90" in lenient.stdout
        assert lenient.stdout == strict.stdout

    def test_json_is_one_object_of_the_documented_shape(self, folder):
        result = nnspec("validate", "--format", "json", "bad.yaml", "good.yaml", cwd=folder)
        report = json.loads(result.stdout)
        assert report["summary"] == {"files": 2, "errors": 1, "warnings": 0}
        assert report["diagnostics"] == [
            {
                "file": "bad.yaml",
                "line": 8,
                "column": 41,
                "end_line": 8,
                "end_column": 45,
                "code": "NS301",
                "name": "dangling-synapse",
                "severity": "error",
                "message": "source 'agee' is not an input or a neuron",
                "help": "did you mean 'age'?",
                "path": "/layers/0/neurons/historic/synapses/agee",
            }
        ]

    def test_json_is_whole_when_nothing_is_wrong(self, folder):
        report = json.loads(nnspec("validate", "--format", "json", "good.yaml", cwd=folder).stdout)
        assert report == {
            "diagnostics": [],
            "summary": {"files": 1, "errors": 0, "warnings": 0},
        }

    def test_sarif_names_the_rule_and_the_region(self, folder):
        log = json.loads(nnspec("validate", "--format", "sarif", "bad.yaml", cwd=folder).stdout)
        run = log["runs"][0]
        result = run["results"][0]
        assert log["version"] == "2.1.0"
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "NS301"
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region == {"startLine": 8, "startColumn": 41, "endLine": 8, "endColumn": 45}
        assert result["partialFingerprints"]["nnspec/v1"]

    def test_github_annotations_escape_what_would_end_them(self, tmp_path):
        (tmp_path / "a,b%.yaml").write_text(BAD)
        result = nnspec("validate", "--format", "github", "a,b%.yaml", cwd=tmp_path)
        line = result.stdout.decode()
        assert line.startswith("::error file=a%2Cb%25.yaml,line=8,endLine=8,col=41,endColumn=45,")
        assert line.endswith("%0Adid you mean 'age'?\n")

    def test_standard_input(self, folder):
        result = nnspec("validate", "-", stdin=BAD)
        assert result.returncode == 1
        assert result.stdout.startswith(b"<stdin>:8:41: NS301")

    def test_a_folder_is_searched_and_other_yaml_passed_over_aloud(self, folder):
        (folder / "other.yaml").write_text("jobs: {}\n")
        result = nnspec("validate", str(folder))
        assert result.returncode == 1
        assert b"3 specs: 1 error and 1 warning" in result.stdout
        assert b"skipped 1 YAML file" in result.stderr

    def test_a_glob_in_quotes(self, folder):
        assert nnspec("validate", "g*.yaml", cwd=folder).stdout == b"1 spec: no faults\n"
        assert nnspec("validate", "z*.yaml", cwd=folder).returncode == 2

    def test_a_missing_file_exits_2_and_the_rest_is_still_judged(self, folder):
        result = nnspec("validate", "nope.yaml", "bad.yaml", cwd=folder)
        assert result.returncode == 2
        assert result.stderr == b"nnspec: No such file or directory: nope.yaml\n"
        assert b"NS301" in result.stdout

    @pytest.mark.parametrize(
        ("args", "env", "colored"),
        [
            ((), {}, False),
            (("--color", "always"), {"NO_COLOR": "1"}, True),
            ((), {"FORCE_COLOR": "1"}, True),
            ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ],
    )
    def test_r120_colour(self, folder, args, env, colored):
        clean = {"NO_COLOR": "", "FORCE_COLOR": "", **env}
        result = nnspec("validate", *args, "bad.yaml", cwd=folder, env=clean)
        assert (b"\x1b[" in result.stdout) is colored

    def test_r120_control_sequences_in_a_spec_never_reach_the_terminal(self, tmp_path):
        text = GOOD.replace("age: 1}", '"\\e[31magee": 1}')
        result = nnspec("validate", "-", stdin=text)
        assert result.returncode == 1
        assert b"\x1b" not in result.stdout

    def test_r42_ten_thousand_errors_print_a_hundred_and_the_total(self, tmp_path):
        many = "".join(f"      n{i}: {{synapses: {{u{i}: 1}}}}\n" for i in range(10_000))
        result = nnspec("validate", "-", stdin=GOOD + many)
        lines = result.stdout.decode().splitlines()
        assert sum("NS301" in line for line in lines) == 100
        assert lines[-2:] == ["… and 9,900 more", "1 spec: 10,000 errors"]

    def test_limits_can_be_changed(self, folder):
        result = nnspec("validate", "--limit", "spec-bytes=10", "good.yaml", cwd=folder)
        assert b"NS601" in result.stdout
        assert nnspec("validate", "--limit", "bytes=10", "good.yaml", cwd=folder).returncode == 2


class TestShow:
    def test_it_speaks_in_formulas_and_names(self, folder):
        result = nnspec("show", "good.yaml", cwd=folder)
        text = result.stdout.decode()
        assert result.returncode == 0
        assert "age  number in [0, 250] year" in text
        assert "historic  = relu(-100 + age)" in text
        assert "1 input, 1 neuron in 1 layer, 1 synapse (density 100%)" in text

    def test_matrices_are_labelled(self, folder):
        text = nnspec("show", "--matrices", "good.yaml", cwd=folder).stdout.decode()
        assert "          bias  age\nhistoric  -100    1\n" in text

    def test_json(self, folder):
        result = nnspec("show", "--matrices", "--format", "json", "good.yaml", cwd=folder)
        facts = json.loads(result.stdout)
        assert facts["layers"][0]["neurons"][0]["formula"] == "relu(-100 + age)"
        assert facts["matrices"]["output"] == {
            "rows": ["historic"],
            "columns": ["age"],
            "weights": [[1.0]],
            "bias": [-100.0],
        }

    def test_diagnostics_of_other_verbs_go_to_standard_error(self, folder):
        result = nnspec("show", "bad.yaml", cwd=folder)
        assert (result.returncode, result.stdout) == (1, b"")
        assert b"NS301" in result.stderr


class TestNew:
    def test_the_starter_is_valid_and_evaluates(self, tmp_path):
        assert nnspec("new", "home", cwd=tmp_path).returncode == 0
        strict = nnspec("validate", "--strict", "home.yaml", cwd=tmp_path)
        assert strict.stdout == b"1 spec: no faults\n"
        valued = nnspec("eval", "home.yaml", "home.csv", "--keep", "id", cwd=tmp_path)
        assert valued.returncode == 0
        assert valued.stdout.decode().splitlines()[:2] == ["id,price", "villa,1008960.0"]

    def test_nothing_is_overwritten_without_force(self, tmp_path):
        (tmp_path / "home.csv").write_text("mine")
        assert nnspec("new", "home", cwd=tmp_path).returncode == 2
        assert (tmp_path / "home.csv").read_text() == "mine"
        assert not (tmp_path / "home.yaml").exists()
        assert nnspec("new", "--force", "home", cwd=tmp_path).returncode == 0

    def test_a_name_must_be_a_name(self, tmp_path):
        result = nnspec("new", "my home", cwd=tmp_path)
        assert result.returncode == 2
        assert b"'my home' is not a name" in result.stderr


class TestLookingThingsUp:
    def test_a_rule_by_its_code_or_name(self):
        by_code, by_name = nnspec("rule", "ns301"), nnspec("rule", "dangling-synapse")
        assert by_code.stdout == by_name.stdout
        assert by_code.stdout.startswith(b"# NS301 dangling-synapse\n")

    def test_an_unknown_rule(self):
        result = nnspec("rule", "dangling-synaps")
        assert result.returncode == 2
        assert b"did you mean 'dangling-synapse'?" in result.stderr

    def test_every_page_prints(self):
        from nnspec.validation import RULES

        text = nnspec("rule", "--all").stdout.decode()
        assert all(f"# {rule.code} {rule.name}\n" in text for rule in RULES)
        listed = json.loads(nnspec("rule", "--format", "json").stdout)
        assert [entry["code"] for entry in listed] == sorted(rule.code for rule in RULES)

    def test_activations(self):
        from nnspec.functions.activations import ACTIVATIONS

        lines = nnspec("activations").stdout.decode().splitlines()
        assert [line.split()[0] for line in lines] == list(ACTIVATIONS)
        page = nnspec("activations", "swish").stdout.decode()
        assert page.startswith("silu: ")
        assert nnspec("activations", "reul").returncode == 2
        assert len(json.loads(nnspec("activations", "--format", "json").stdout)) == len(lines)

    def test_the_schema_is_the_file(self):
        root = Path(__file__).parent.parent
        printed = json.loads(nnspec("schema").stdout)
        assert printed == json.loads((root / "schemas/nnspec-1.schema.json").read_text())

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion(self, shell):
        assert b"_NNSPEC_COMPLETE" in nnspec("completion", shell).stdout

    def test_version_names_the_libraries(self):
        text = nnspec("--version").stdout.decode()
        assert text.startswith("nnspec 0.1.0 (Python 3.")
        assert "numpy" in text


class TestEveryVerb:
    @pytest.mark.parametrize("verb", list(VERBS))
    def test_help_opens_with_examples_and_names_no_python_type(self, verb):
        result = nnspec(verb, "--help")
        assert result.returncode == 0
        assert f"nnspec {verb}".encode() in result.stdout.split(b"Options:")[0].split(b"\n", 1)[1]

    @pytest.mark.parametrize("verb", list(VERBS))
    def test_an_unknown_option_exits_2_without_a_traceback(self, verb):
        result = nnspec(verb, "--no-such-option")
        assert result.returncode == 2
        assert b"Traceback" not in result.stderr

    def test_a_misspelt_verb(self):
        result = nnspec("vaildate")
        assert result.returncode == 2
        assert b"did you mean 'validate'?" in result.stderr

    @pytest.mark.parametrize(("said", "meant"), [("evaluate", "eval"), ("Check", "validate")])
    def test_a_verb_called_by_another_name(self, said, meant):
        result = nnspec(said)
        assert result.returncode == 2
        assert f"did you mean '{meant}'?".encode() in result.stderr

    @pytest.mark.parametrize(
        "call",
        [
            ["diff", "good.yaml", "good.yaml", "t.csv", "--max-examples", "50"],
            ["draw", "good.yaml", "t.csv", "--row", "1"],
            ["page", "good.yaml", "t.csv", "--max-examples", "50"],
            ["report", "good.yaml", "t.csv", "--max-examples", "50"],
        ],
    )
    def test_the_old_spelling_of_a_table_does_the_same_and_says_so(self, folder, call):
        (folder / "t.csv").write_text("age\n31\n120\n")
        at = call.index("t.csv")
        old = [*call[:at], "--data", *call[at:]]
        now, then = nnspec(*call, cwd=folder), nnspec(*old, cwd=folder)
        assert now.returncode == 0, now.stderr
        assert (then.returncode, then.stdout) == (0, now.stdout)
        assert now.stderr == b""
        assert then.stderr.decode().count("--data TABLE is its old spelling") == 1

    @pytest.mark.parametrize("verb", ["eval", "explain", "draw", "page", "report", "diff"])
    def test_standard_input_is_read_once(self, folder, verb):
        arguments = ["-", "good.yaml", "-"] if verb == "diff" else ["-", "-"]
        result = nnspec(verb, *arguments, stdin=GOOD, cwd=folder)
        assert result.returncode == 2
        assert b"standard input can be" in result.stderr

    @pytest.mark.parametrize(
        "call", [["eval", "-", "t.csv"], ["show", "-"], ["sql", "-", "--dialect", "sqlite"],
                 ["explain", "-", "--given", '{"age": 120}'], ["draw", "-"]],
    )  # fmt: skip
    def test_a_spec_may_come_from_standard_input(self, folder, call):
        (folder / "t.csv").write_text("age\n120\n")
        piped = nnspec(*call, stdin=GOOD, cwd=folder)
        named = nnspec(*["good.yaml" if one == "-" else one for one in call], cwd=folder)
        assert (piped.returncode, piped.stdout) == (0, named.stdout), piped.stderr

    @pytest.mark.parametrize("decimals", [0, 1, 3])
    def test_values_are_rounded_for_people_if_they_ask(self, folder, decimals):
        (folder / "tenth.yaml").write_text(
            GOOD.replace("age: 1}", "age: 0.7}").replace("-100", "0")
        )
        (folder / "t.csv").write_text("age\n31.25\n3\n0\n")
        call = ["eval", "tenth.yaml", "t.csv", "--keep", "age", "--neurons", "all"]
        whole, short = (
            nnspec(*call, cwd=folder),
            nnspec(*call, "--round", str(decimals), cwd=folder),
        )
        assert short.returncode == 0, short.stderr
        rows = zip(whole.stdout.splitlines()[1:], short.stdout.splitlines()[1:], strict=True)
        for exact, rounded in rows:
            (age, value), (same, shown) = exact.split(b","), rounded.split(b",")
            assert age == same
            assert abs(float(shown) - float(value)) <= 0.5 * 10**-decimals + 1e-12
            assert len(shown.partition(b".")[2]) <= max(1, decimals)

    def test_a_spec_that_claims_nothing_is_named_and_exits_5(self, folder):
        alone = nnspec("test", "good.yaml", cwd=folder)
        assert (alone.returncode, alone.stdout) == (5, b"good.yaml\n1 spec: nothing to try\n")
        assert b"good.yaml has neither examples nor properties" in alone.stderr
        claims = GOOD + "examples: [{given: {age: 120}, expect: {historic: 20}}]\n"
        (folder / "claims.yaml").write_text(claims)
        assert nnspec("test", "good.yaml", "claims.yaml", cwd=folder).returncode == 0

    @pytest.mark.parametrize("args", [["--help"], ["--version"], ["rule", "--help"]])
    def test_help_imports_nothing_heavy(self, args):
        code = (
            "import sys\nfrom nnspec.cli import cli\n"
            f"try: cli.main({args!r}, standalone_mode=False)\nexcept SystemExit: pass\n"
            "heavy = {'numpy', 'polars', 'jsonschema', 'yaml', 'pytest', 'hypothesis'}\n"
            "sys.exit(bool(heavy & set(sys.modules)))"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert run.returncode == 0

    def test_validate_imports_neither_numpy_nor_polars(self, folder):
        code = (
            "import sys\nfrom nnspec.cli import cli\n"
            "cli.main(['validate', 'good.yaml', 'bad.yaml'], standalone_mode=False)\n"
            "heavy = {'numpy', 'polars', 'pytest', 'hypothesis'}\n"
            "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, cwd=folder, check=False
        )
        assert (run.returncode, run.stderr) == (0, b"")


class TestStreams:
    def test_r90_a_full_standard_output_exits_2(self, folder):
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(
                [sys.executable, "-m", "nnspec", "schema"],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert result.returncode == 2
        assert result.stderr == b"nnspec: No space left on device\n"

    def test_r91_a_reader_that_leaves_early_is_no_error(self):
        command = f"{sys.executable} -m nnspec rule --all | head -c 10"
        result = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
        assert (result.stdout, result.stderr) == (b"# NS101 in", b"")

    def test_r92_ctrl_c_exits_130_quietly(self, tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-m", "nnspec", "validate", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        wait_until_reading(process)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
        assert (process.returncode, complaint.strip()) == (130, b"")

    def test_r118_closed_standard_streams_do_no_harm(self, folder):
        command = f"{sys.executable} -m nnspec validate bad.yaml 2>&-"
        result = subprocess.run(
            ["bash", "-c", command], cwd=folder, capture_output=True, check=False
        )
        assert result.returncode == 1

    @pytest.mark.parametrize("name", ["a b.yaml", "new\nline.yaml", "-dash.yaml", "ünï.yaml"])
    def test_r118_odd_file_names(self, tmp_path, name):
        (tmp_path / name).write_text(BAD)
        result = nnspec("validate", "--", name, cwd=tmp_path)
        assert result.returncode == 1
        assert len(result.stdout.splitlines()) == 5

    def test_r118_a_name_that_is_not_utf_8(self, tmp_path):
        raw = os.fsencode(tmp_path) + b"/\xff.yaml"
        Path(os.fsdecode(raw)).write_text(BAD)
        run = subprocess.run(
            [sys.executable, "-m", "nnspec", "validate", raw], capture_output=True, check=False
        )
        assert run.returncode == 1
        assert b"Traceback" not in run.stderr

    def test_r118_a_bare_environment(self, folder):
        run = subprocess.run(
            [sys.executable, "-m", "nnspec", "validate", "bad.yaml"],
            env={"LANG": "C", "TERM": "dumb", "PATH": os.environ["PATH"]},
            cwd=folder,
            capture_output=True,
            check=False,
        )
        assert run.returncode == 1
        assert b"Traceback" not in run.stderr

    def test_r119_modules_beside_the_spec_are_never_imported(self, folder):
        for module in ("yaml", "conftest", "polars", "numpy", "click", "sitecustomize"):
            (folder / f"{module}.py").write_text("raise SystemExit('imported')")
        script = Path(sys.executable).parent / "nnspec"
        for args in (["validate", "good.yaml"], ["show", "--matrices", "good.yaml"]):
            run = subprocess.run([script, *args], cwd=folder, capture_output=True, check=False)
            assert (run.returncode, run.stderr) == (0, b"")


def wait_until_reading(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process sleeps in a read of its standard input."""
    import time

    for _ in range(600):
        time.sleep(0.05)
        wchan = Path(f"/proc/{process.pid}/wchan").read_text()
        if "pipe" in wchan:
            return
    raise AssertionError("the process never waited for its input")


_TRACES = """
import gc, os, signal, sys, warnings
from nnspec.cli import cli

def state():
    return (
        gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), os.getcwd(), dict(os.environ),
        [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
        list(warnings.filters), sys.stdin, sys.stdout, sys.stderr, sys.getrecursionlimit(),
    )

verb, *arguments = sys.argv[1:]
import hypothesis, numpy, polars  # which set filters and variables
gc.disable()
before = state()
try:
    cli.main([verb, *arguments], standalone_mode=False)
finally:
    assert state() == before, (state(), before)
"""


@pytest.mark.parametrize("arguments", [
    ("eval", "good.yaml", "good.csv", "-q", "-o", "out.csv"), ("validate", "good.yaml"),
    ("test", "tried.yaml"), ("explain", "good.yaml", "--given", "age=120"), ("show", "good.yaml"),
    ("draw", "good.yaml", "-o", "good.svg"), ("diff", "good.yaml", "warns.yaml"),
    ("sql", "good.yaml", "--dialect", "duckdb", "--table", "t"),
    ("page", "good.yaml", "-o", "good.html"),
], ids=lambda arguments: arguments[0])  # fmt: skip
def test_a_verb_leaves_the_process_as_it_was(folder, arguments):
    """Who runs a verb in a process of their own keeps their collector, signals and streams."""
    (folder / "good.csv").write_text("age\n120\n")
    claim = "properties: [{monotone: {historic: {age: increasing}}}]\n"
    (folder / "tried.yaml").write_text(GOOD + claim)
    result = subprocess.run(
        [sys.executable, "-c", _TRACES, *arguments],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
