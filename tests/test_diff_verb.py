"""``nnspec diff`` as its users meet it: whole processes, exit status, git, Markdown."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from nnspec.comparing.render.as_json import from_json
from nnspec.loading import parse_spec
from nnspec.spec.writing import dump
from nnspec.views.escaping import code, prose

ROOT = Path(__file__).parent.parent

GOOD = """\
nnspec: 1
name: historic
inputs: {age: {range: [0, 250], unit: year}}
layers:
  - name: output
    activation: relu
    neurons:
      historic: {bias: -100, unit: USD, synapses: {age: 1}}
"""

SCRIPTS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def nnspec(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nnspec", *args],
        input=stdin, capture_output=True, text=True, cwd=cwd, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.yaml").write_text(GOOD)
    (tmp_path / "new.yaml").write_text(GOOD.replace("bias: -100", "bias: -90"))
    (tmp_path / "same.yaml").write_text(dump(parse_spec(GOOD)))
    (tmp_path / "bad.yaml").write_text(GOOD.replace("{age: 1}", "{agee: 1}"))
    (tmp_path / "t.csv").write_text("id,age\na,95\nb,120\nc,10\nd,\n")
    return tmp_path


# -- exit status ----------------------------------------------------------------------------------


def test_the_same_network_otherwise_written_exits_0(folder):
    result = nnspec("diff", "old.yaml", "same.yaml", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "  no difference in what the specs say"


def test_a_change_is_told_summary_first_and_exits_1(folder):
    result = nnspec("diff", "old.yaml", "new.yaml", cwd=folder)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == (
        "historic\n"
        "  historic is found to move by at least 10 USD\n"
        "  1 bias changed\n"
        "\n"
        "outputs, over the inputs\n"
        "  historic: 100 -> 110 USD, +10\n"
        "    at age 200 year\n"
        f"    the largest change of {_tried(result.stdout)} inputs tried\n"
        "\n"
        "neuron historic\n"
        "  ~ bias  -100 -> -90  -10 %\n"
    )


def _tried(text: str) -> str:
    found = re.search(r"of ([\d,]+) inputs tried", text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("tolerance", "status"), [("10", 0), ("9.9", 1), ("1e9", 0)])
def test_a_change_within_the_tolerance_exits_0(folder, tolerance, status):
    result = nnspec("diff", "old.yaml", "new.yaml", "--tolerance", tolerance, cwd=folder)
    assert result.returncode == status
    assert ("within the tolerance" in result.stdout) == (status == 0)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["old.yaml", "bad.yaml"], "NS301"),
        (["old.yaml", "none.yaml"], "No such file"),
        (["old.yaml"], "name two specs"),
        (["-", "-"], "standard input can be OLD or NEW"),
        (["/dev/null", "/dev/null"], "neither spec exists"),
        (["old.yaml", "new.yaml", "none.csv"], "No such file"),
        (["old.yaml", "new.yaml", "old.yaml"], "old.yaml"),
        (["old.yaml", "new.yaml", "--tolerance", "-1"], "-1"),
        (["old.yaml", "new.yaml", "--tolerance", "nan"], "finite"),
    ],
)
def test_what_cannot_be_compared_exits_2(folder, args, said):
    result = nnspec("diff", *args, cwd=folder)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_standard_input_is_a_spec_or_the_table(folder):
    result = nnspec("diff", "-", "new.yaml", cwd=folder, stdin=GOOD)
    assert result.returncode == 1
    table = (folder / "t.csv").read_text()
    args = ("diff", "old.yaml", "new.yaml", "-", "--format", "json")
    result = nnspec(*args, cwd=folder, stdin=table)
    found = json.loads(result.stdout)["effect"]["table"]
    assert (found["rows"], found["compared"], found["bad"]) == (4, 3, 1)
    assert found["outputs"][0]["moved"] == 2


def test_a_process_substitution_is_a_spec(folder):
    run = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m nnspec diff <(cat old.yaml) <(cat same.yaml)"],
        capture_output=True, text=True, cwd=folder, timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")


def test_a_spec_that_came_or_went_is_told_whole(folder):
    added = nnspec("diff", "/dev/null", "old.yaml", cwd=folder)
    assert added.returncode == 1
    assert added.stdout.startswith("historic is new\n")
    assert "+ added  relu(-100 + age) in layer output" in added.stdout
    removed = nnspec("diff", "old.yaml", "/dev/null", cwd=folder)
    assert removed.returncode == 1
    assert removed.stdout.startswith("historic is gone\n")


def test_the_same_seed_says_the_same(folder):
    runs = [nnspec("diff", "old.yaml", "new.yaml", "--seed", seed, cwd=folder).stdout
            for seed in "334"]  # fmt: skip
    assert runs[0] == runs[1]
    assert "historic is found to move by at least 10 USD" in runs[2]


def test_the_table_shows_the_rows_that_move_most(folder):
    args = ("diff", "old.yaml", "new.yaml", "t.csv", "--top", "1")
    result = nnspec(*args, cwd=folder)
    assert result.returncode == 1
    said = result.stdout
    assert "4 rows, 3 compared; 1 that neither network can value" in said
    assert "row 4, column 'age'" in said
    assert "historic: moves in 2 rows (66.7 %), up in 2 and down in 0" in said
    rows = [line.split() for line in said.splitlines() if line.startswith("      ")]
    assert [row for row in rows if row[0].isdigit()] == [["2", "120", "20", "30", "+10"]]


def test_json_reads_back(folder):
    args = ("diff", "old.yaml", "new.yaml", "--format", "json", "t.csv")
    found = from_json(nnspec(*args, cwd=folder).stdout)
    assert found.differs
    (difference,) = found.differences
    assert (difference.name, difference.aspect, difference.new) == ("historic", "bias", -90)


# -- text that a spec may hold --------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", "a|b", "`code`", "``", "**bold**", "[link](http://x.y)",
    "#12", "\\|", "\\", "<!-- -->", "&lt;", "![i](j)", "$x$", "~~s~~", "_u_", "a\nb", "\x1b[31m",
    "@someone", "| --- |", "</details>", " ", "…", "é", "https://x.y",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_markup(text):
    """What a spec says comes back as it is once numbers are read as letters, and means nothing."""
    for shown in (code(text), prose(text)):
        inner = re.sub(r"^(<code>|`)|(</code>|`)$", "", shown)
        if shown.startswith("`"):
            assert "`" not in inner
            assert "|" not in inner
        plain = re.sub(r"&#\d+;", "", inner)
        assert not set(plain) & set("<>|`*_[]\\@#$~!&:\n\x1b") or shown.startswith("`")
        assert "@someone" not in unescape(prose(text))
        assert unescape(inner).replace("\u200b", "") == text.replace("\n", "\\n").replace(
            "\x1b", "\\x1b"
        )


def test_markdown_of_a_hostile_spec_is_whole_tables(folder):
    texts = " ".join(HOSTILE).replace("\x1b", "")
    edit = f"description: {json.dumps(texts)}, bias: -90"
    hostile = GOOD.replace("bias: -100", edit).replace("unit: USD", f"unit: {json.dumps(texts)}")
    (folder / "hostile.yaml").write_text(hostile)
    said = nnspec("diff", "old.yaml", "hostile.yaml", "--format", "markdown", cwd=folder).stdout
    tables = re.findall(r"(?:^\|.*\|\n)+", said, re.MULTILINE)
    assert len(tables) == 2
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1
    tags = set(re.findall(r"<[^>]*>", said))
    assert tags <= {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}
    assert "@someone" not in said
    assert said.startswith("### historic\n\n**historic is found to move by at least 10")


def test_a_terminal_obeys_nothing(folder):
    # A spec may hold no escape, but what turns the direction of writing round it may.
    (folder / "esc.yaml").write_text(GOOD.replace("unit: USD", 'unit: "\\u2066x"'))
    for form in ("text", "markdown"):
        said = nnspec("diff", "old.yaml", "esc.yaml", "--format", form, cwd=folder).stdout
        assert "\u2066" not in said
        assert "u2066x" in said


# -- git ------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: one spec changed, one came, one went; set up as docs/diff.md says."""
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.email", "someone@example.org")
    git(tmp_path, "config", "user.name", "Someone")
    for line in config_of_the_docs():
        git(tmp_path, *line)
    (tmp_path / ".gitattributes").write_text("*.nnspec.yaml diff=nnspec\n")
    (tmp_path / "changed.nnspec.yaml").write_text(GOOD)
    (tmp_path / "gone.nnspec.yaml").write_text(GOOD.replace("name: historic", "name: gone", 1))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "before")
    (tmp_path / "changed.nnspec.yaml").write_text(GOOD.replace("bias: -100", "bias: -90"))
    (tmp_path / "gone.nnspec.yaml").unlink()
    (tmp_path / "come.nnspec.yaml").write_text(GOOD.replace("name: historic", "name: come", 1))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "after")
    return tmp_path


def git(cwd: Path, *args: str, **variables: str) -> str:
    env = {**os.environ, "PATH": SCRIPTS, "GIT_CONFIG_GLOBAL": os.devnull, **variables}
    env = {**env, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_PAGER": "cat", "NO_COLOR": "1"}
    run = subprocess.run(
        ["git", *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout


def config_of_the_docs() -> list[list[str]]:
    """The ``git config`` lines that docs/diff.md shows."""
    text = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    lines = re.findall(r"^git (config .*)$", text, re.MULTILINE)
    assert len(lines) >= 4
    return [shlex.split(line) for line in lines]


def test_git_diff_runs_it_for_each_spec(repository):
    said = git(repository, "diff", "--no-renames", "HEAD~1")
    assert (
        "nnspec diff changed.nnspec.yaml\nhistoric\n  historic is found to move by at least 10 USD"
        in said
    )
    assert "~ bias  -100 -> -90" in said
    assert "nnspec diff come.nnspec.yaml\ncome is new" in said
    assert "nnspec diff gone.nnspec.yaml\ngone is gone" in said


def test_git_external_diff_runs_it(repository):
    (repository / ".gitattributes").unlink()
    said = git(repository, "diff", "HEAD~1", "--", "*.yaml", GIT_EXTERNAL_DIFF="nnspec diff")
    assert "historic is found to move by at least 10 USD" in said


def test_git_difftool_runs_it(repository):
    said = git(repository, "difftool", "-y", "--tool", "nnspec", "--no-renames", "HEAD~1")
    assert "  historic is found to move by at least 10 USD" in said
    assert "come is new" in said
    assert "gone is gone" in said


def test_git_log_shows_formulas_line_by_line(repository):
    """As textconv: ``git log -p`` and ``git show`` compare what `nnspec show` says."""
    said = git(repository, "log", "-p", "-1", "--", "changed.nnspec.yaml")
    assert "-  historic  = relu(-100 + age)  USD" in said
    assert "+  historic  = relu(-90 + age)  USD" in said


def test_git_goes_on_past_a_spec_with_faults(repository):
    (repository / "changed.nnspec.yaml").write_text(GOOD.replace("{age: 1}", "{agee: 1}"))
    (repository / "come.nnspec.yaml").write_text(GOOD)
    said = git(repository, "diff")
    assert "NS301" in said
    assert "one has faults" in said
    assert "nnspec diff come.nnspec.yaml" in said
    git(repository, "commit", "-q", "-a", "-m", "broken")
    assert "agee" in git(repository, "log", "-p", "-1")


def test_a_renamed_file_is_compared_under_its_new_name(repository):
    git(repository, "mv", "changed.nnspec.yaml", "moved.nnspec.yaml")
    said = git(repository, "diff", "-M", "HEAD")
    assert "nnspec diff moved.nnspec.yaml" in said
    assert "no difference in what the specs say" in said


def test_weight_files_stand_beside_the_spec_though_git_copies_it(repository):
    """The numbers of a weight file are compared, wherever git put the old spec."""
    spec = """\
nnspec: 1
name: bulk
inputs: {a: {range: [0, 1]}, b: {range: [0, 1]}}
layers: [{name: dense, size: 1, from: [a, b], weights: {file: WEIGHTS}}]
"""
    for name, row in (("one.npy", [1.0, 2.0]), ("two.npy", [1.0, 2.5])):
        np.save(repository / name, np.array([row]))
    path = repository / "bulk.nnspec.yaml"
    path.write_text(spec.replace("WEIGHTS", "one.npy"))
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "bulk")
    path.write_text(spec.replace("WEIGHTS", "two.npy"))
    said = git(repository, "diff", "bulk.nnspec.yaml")
    words = " ".join(said.split())
    assert "~ weights 1 changed, 1 as they were ~ b -> dense.0 2 -> 2.5 +25 %" in words
    assert "dense.0 is found to move by at least 0.5" in said


def test_what_show_says_is_the_same_each_time(folder):
    """What textconv needs: the same bytes for the same spec, whatever the terminal."""
    runs = [
        subprocess.run(
            [sys.executable, "-m", "nnspec", "show", ROOT / "specs" / "property-valuation.yaml"],
            capture_output=True, check=True,
            env={**os.environ, "COLUMNS": columns, "FORCE_COLOR": "1", "PYTHONHASHSEED": columns},
        ).stdout
        for columns in ("40", "200")
    ]  # fmt: skip
    assert runs[0] == runs[1]
