"""Every verb and its surroundings: closed streams, readers that leave, signals at any moment."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nnspec.cli import VERBS

SPEC = """\
nnspec: 1
name: historic
inputs: {age: {range: [0, 250], unit: year}, x: {range: [0, 1]}}
layers:
  - name: hidden
    size: 2
    from: [age, x]
    weights: [[1, 2], [3, 4]]
    bias: [0, 1]
  - name: output
    activation: relu
    neurons:
      historic: {bias: -100, synapses: {age: 1, hidden.0: 0.5}}
properties:
  - {monotone: {historic: {age: increasing}}}
"""

ROW = "age=31,x=0.5"

CALLS: dict[str, str] = {
    "validate": "s.yaml",
    "eval": "s.yaml t.csv",
    "test": "s.yaml --max-examples 100",
    "prove": "s.yaml",
    "explain": f"s.yaml --given {ROW}",
    "show": "s.yaml",
    "sql": "s.yaml --dialect sqlite",
    "diff": "s.yaml s.yaml --max-examples 50",
    "pack": "s.yaml -o packed.yaml --min 2 --force",
    "unpack": "s.yaml",
    "draw": "s.yaml",
    "page": "s.yaml --max-examples 50",
    "report": "s.yaml --max-examples 50",
    "plot": "s.yaml -o -",
    "new": "starter --force",
    "activations": "",
    "rule": "",
    "schema": "",
    "completion": "bash",
}
"""A call of each verb that writes something on standard output."""

QUIET = ("Traceback", "internal error", "Exception ignored")

MOMENTS = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.yaml").write_text(SPEC)
    (tmp_path / "t.csv").write_text("age,x\n31,0.5\n120,1\n")
    return tmp_path


def test_every_verb_is_called_here() -> None:
    assert set(CALLS) == set(VERBS) - {
        "serve"
    }  # which ends with a signal only: tests/test_serve.py


@pytest.mark.parametrize("verb", CALLS)
def test_a_reader_that_went_away_is_141_for_every_verb(folder: Path, verb: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "nnspec", verb, *shlex.split(CALLS[verb])],
            stdout=writing, stderr=subprocess.PIPE, cwd=folder, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.parametrize("verb", CALLS)
def test_a_closed_stream_is_worked_around_or_said_in_one_line(folder: Path, verb: str) -> None:
    """Closed are, one after the other, standard input, output and error, and all of them."""
    fine = {"0<&-": {0}, "1>&-": {2}, "2>&-": {0}, "0<&- 1>&- 2>&-": {2}}
    for closing, statuses in fine.items():
        command = f"{shlex.quote(sys.executable)} -m nnspec {verb} {CALLS[verb]} {closing}"
        result = subprocess.run(
            ["bash", "-c", command], cwd=folder, capture_output=True, check=False
        )
        said = result.stderr.decode()
        assert result.returncode in statuses, (closing, said)
        assert not any(word in said for word in QUIET), said
        if statuses == {2} and "2>&-" not in closing:
            assert said.startswith("nnspec: standard output is closed")


def test_an_output_file_does_not_need_standard_output(folder: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m nnspec eval s.yaml t.csv -o out.csv >&-"
    result = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    assert (folder / "out.csv").read_text().startswith("historic\n")


def test_what_is_said_on_a_closed_standard_error_does_not_go_to_standard_output(folder) -> None:
    command = f"{shlex.quote(sys.executable)} -m nnspec validate nope.yaml s.yaml 2>&-"
    result = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False)
    assert result.returncode == 2
    assert b"nope" not in result.stdout


INTERRUPTED = """
import atexit, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a background job ignores
moment, number, sys.argv[1:] = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
calls = 0

def count(frame, event, argument):
    global calls
    calls += 1
    if calls == moment:
        sys.setprofile(None)
        os.kill(os.getpid(), number)

if moment == 0:
    atexit.register(lambda: print(calls, file=sys.stderr))
from nnspec.__main__ import main
sys.setprofile(count)
main()
"""
"""Runs the command line, and sends itself a signal at a moment counted in calls of functions."""


@pytest.mark.parametrize("verb", CALLS)
def test_a_signal_ends_a_verb_at_any_moment_without_a_word(folder: Path, verb: str) -> None:
    def run(moment: int, number: int) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-c", INTERRUPTED, str(moment), str(number), verb]
        return subprocess.run(
            [*call, *shlex.split(CALLS[verb])], cwd=folder, capture_output=True, text=True,
            errors="replace", check=False,
        )  # fmt: skip

    run(0, 0)  # what is compiled is kept: the next runs are alike
    total = int(run(0, 0).stderr.splitlines()[-1])
    moments = MOMENTS if verb == "test" else 3
    for i in range(moments):
        number = (signal.SIGTERM, signal.SIGINT)[i % 2]
        result = run(1 + (total - 2) * i // moments, number)
        # Before the first line of nnspec the system ends the process: a shell says 143, too.
        assert result.returncode in (128 + number, -number if i == 0 else None), result.stderr
        assert not any(word in result.stderr for word in QUIET), result.stderr
        assert not list(folder.glob(".nnspec-*")), "a temporary file is left"


HIDDEN = "\u202eevil\u200b\u2066"
"""Turns the reading order, and takes no room."""


@pytest.mark.parametrize(
    "call",
    [
        "validate --format json", "validate --format github", "validate --format sarif",
        "test --format json", "test --format github", "show --format json",
        "explain --format json --given age=3,x=1", "diff --format json s.yaml",
    ],
)  # fmt: skip
def test_what_no_one_sees_is_escaped_wherever_text_of_a_spec_is_printed(folder: Path, call) -> None:
    wrong = (
        f'examples:\n  - {{name: "{HIDDEN}", given: {{age: 1, x: 0}}, expect: {{historic: 9}}}}\n'
    )
    text = SPEC.replace("unit: year", f'unit: "y{HIDDEN}"') + wrong
    if call.startswith("validate"):
        text = text.replace("{age: 1, hidden", f'{{"{HIDDEN}": 1, hidden')
    (folder / "h.yaml").write_text(text, encoding="utf-8")
    verb, *options = call.split()
    result = subprocess.run(
        [sys.executable, "-m", "nnspec", verb, "h.yaml", *options],
        capture_output=True, cwd=folder, check=False,
    )  # fmt: skip
    said = result.stdout.decode()
    assert "evil" in said, result.stderr
    assert all(line.isprintable() for line in said.splitlines())


PANICS = """
import sys
import polars as pl
from nnspec.cli import cli
from nnspec.cli.streams.exit_status import run_guarded

def panic(*arguments, **options):
    raise pl.exceptions.PanicException("index out of bounds\\nat some line")

module, name = sys.argv[1].rsplit(".", 1)
sys.argv = ["nnspec", *sys.argv[2:]]
setattr(__import__(module, fromlist=["x"]), name, panic)
sys.exit(run_guarded(cli))
"""


@pytest.mark.parametrize(
    ("where", "arguments", "status"),
    [
        ("polars.read_csv", "eval s.yaml t.csv", 1),
        ("nnspec.tables.cells.binding._column", "eval s.yaml t.csv -o o.csv", 1),
        ("nnspec.tables.csv.source.read_header", "eval s.yaml t.csv", 2),
        ("nnspec.cli.work.evaluation.evaluate_table", "eval s.yaml t.csv", 2),
        ("polars.read_csv", "explain s.yaml t.csv", 1),
        ("polars.read_csv", "report s.yaml t.csv -o r.html", 1),
        ("polars.read_csv", "page s.yaml t.csv -o p.html", 1),
    ],
)
def test_a_panic_of_a_library_is_said_in_a_line(folder: Path, where, arguments, status) -> None:
    """It is no Exception in Python; never an empty success, never a traceback."""
    call = [sys.executable, "-c", PANICS, where, *arguments.split()]
    ended = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == status, ended.stderr
    assert "index out of bounds" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert not [name for name in ("o.csv", "r.html", "p.html") if (folder / name).exists()]


@pytest.mark.parametrize("ending", ["arrow", "parquet"])
def test_an_error_after_an_output_was_begun_ends_no_process_by_abort(folder: Path, ending) -> None:
    """The writer's thread has ended when the interpreter does, each time."""
    (folder / "short.csv").write_text("age,x\n31,0.5\n120,0.25\n7\n")
    call = [sys.executable, "-m", "nnspec", "eval", "s.yaml", "short.csv", "-o", f"o.{ending}"]
    running = [subprocess.Popen(call, cwd=folder, stderr=subprocess.PIPE) for _ in range(6)]
    for process in running:
        _, said = process.communicate()
        assert process.returncode == 1, said
        assert b"row 3" in said
    assert not (folder / f"o.{ending}").exists()
