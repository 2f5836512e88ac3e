"""``nnspec eval`` as its users meet it: whole processes, files, pipes and signals."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import nnspec

import nnspec as library
from nnspec.streaming import BadRowsError, Request, evaluate_stream
from nnspec.tables.csv.source import CsvOptions, CsvSource

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "specs/property-valuation.yaml"
HOMES = ROOT / "specs/data/king-county.csv"

SMALL = """\
nnspec: 1
name: small
inputs:
  area: {range: [0, 100]}
  rooms: {type: integer}
  kind: {type: category, categories: [flat, house]}
layers:
  - name: hidden
    activation: relu
    neurons:
      large: {bias: -50, synapses: {area: 1}}
  - name: output
    neurons:
      price: {synapses: {large: 2, rooms: 10, kind.house: 5}}
      root: {activation: sqrt, synapses: {rooms: 1}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "good.csv").write_text("id,kind,rooms,area\na,flat,4,60\nb,house,9,10\n")
    (tmp_path / "bad.csv").write_text(
        "id,kind,rooms,area\na,flat,4,60\nb,hause,9,10\nc,flat,2.5,1\nd,flat,1,x\ne,flat,,2\n"
        "f,flat,-1,2\ng,house,1,200\n"
    )
    return tmp_path


def rows(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode())))


class TestOutputs:
    def test_outputs_in_their_order(self, folder):
        result = nnspec("eval", "small.yaml", "good.csv", cwd=folder)
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout == b"price,root\n60.0,2.0\n95.0,3.0\n"

    def test_kept_columns_come_first_as_they_are_written(self, folder):
        (folder / "t.csv").write_text("id,area,rooms,kind\n007,60.00,+4,flat\n")
        result = nnspec("eval", "small.yaml", "t.csv", "--keep", "id,area,n=rooms", cwd=folder)
        assert result.stdout == b"id,area,n,price,root\n007,60.00,+4,60.0,2.0\n"

    def test_keep_all(self, folder):
        result = nnspec("eval", "small.yaml", "good.csv", "--keep", "all", cwd=folder)
        assert rows(result.stdout)[0] == ["id", "kind", "rooms", "area", "price", "root"]

    def test_hidden_neurons_and_pre_activations(self, folder):
        result = nnspec(
            "eval", "small.yaml", "good.csv", "--neurons", "large", "--pre-activations", cwd=folder
        )
        assert rows(result.stdout) == [
            ["large", "large.z", "price", "price.z", "root", "root.z"],
            ["10.0", "10.0", "60.0", "60.0", "2.0", "4.0"],
            ["0.0", "-40.0", "95.0", "95.0", "3.0", "9.0"],
        ]

    def test_a_kept_column_with_an_outputs_name_says_how_to_rename_either(self, folder):
        (folder / "t.csv").write_text("price,area,rooms,kind\n1,60,4,flat\n")
        clash = nnspec("eval", "small.yaml", "t.csv", "--keep", "price", cwd=folder)
        assert clash.returncode == 2
        assert b"--keep NEW=price" in clash.stderr
        assert b"--rename price=NEW" in clash.stderr
        column = nnspec("eval", "small.yaml", "t.csv", "--keep", "was=price", cwd=folder)
        assert rows(column.stdout)[0] == ["was", "price", "root"]
        output = nnspec(
            "eval", "small.yaml", "t.csv", "--keep", "price", "--rename", "price=new", cwd=folder
        )
        assert rows(output.stdout) == [["price", "new", "root"], ["1", "60.0", "2.0"]]

    @pytest.mark.parametrize("form", ["csv", "parquet", "ndjson", "arrow"])
    def test_every_format_in_and_out(self, folder, form):
        table = pl.read_csv(folder / "good.csv")
        source, target = folder / f"in.{form}", folder / f"out.{form}"
        write = {"csv": "write_csv", "parquet": "write_parquet", "ndjson": "write_ndjson"}
        getattr(table, write.get(form, "write_ipc"))(source)
        result = nnspec("eval", "small.yaml", source.name, "-o", target.name, cwd=folder)
        assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
        read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "ndjson": pl.read_ndjson}
        valued = read.get(form, pl.read_ipc)(target)
        assert valued.to_dict(as_series=False) == {"price": [60.0, 95.0], "root": [2.0, 3.0]}

    def test_float32(self, folder):
        nnspec("eval", "small.yaml", "good.csv", "--dtype", "float32", "-o", "o.parquet",
               cwd=folder)  # fmt: skip
        assert pl.read_parquet(folder / "o.parquet").dtypes == [pl.Float32, pl.Float32]

    def test_r82_standard_input_gives_what_the_file_gives(self):
        from_file = nnspec("eval", str(SPEC), str(HOMES), "-q", "--keep", "id")
        from_pipe = nnspec("eval", str(SPEC), "-q", "--keep", "id", stdin=HOMES.read_bytes())
        from_dash = nnspec("eval", str(SPEC), "-", "-q", "--keep", "id", stdin=HOMES.read_bytes())
        assert from_file.stdout.count(b"\n") == 21_598
        assert from_file.stdout == from_pipe.stdout == from_dash.stdout

    def test_r67_columns_are_bound_by_name(self):
        table = pl.read_csv(HOMES, infer_schema=False).head(500)
        shuffled = table.select(sorted(table.columns)).with_columns(extra=pl.lit("x"))
        plain = nnspec("eval", str(SPEC), "-q", stdin=table.write_csv())
        other = nnspec("eval", str(SPEC), "-q", stdin=shuffled.write_csv())
        assert plain.returncode == 0
        assert plain.stdout == other.stdout


class TestColumns:
    def test_r66_a_missing_column_names_the_nearest(self, folder):
        (folder / "t.csv").write_text("Area,rooms,kind\n1,1,flat\n")
        result = nnspec("eval", "small.yaml", "t.csv", cwd=folder)
        assert (result.returncode, result.stdout) == (1, b"")
        assert b"no column 'area', did you mean 'Area'?" in result.stderr

    def test_an_input_can_read_another_column(self, folder):
        (folder / "t.csv").write_text("size,rooms,kind\n60,4,flat\n")
        result = nnspec("eval", "small.yaml", "t.csv", "--column", "area=size", cwd=folder)
        assert rows(result.stdout)[1] == ["60.0", "2.0"]

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (["--column", "aera=size"], b"did you mean 'area'?"),
            (["--neurons", "larg"], b"did you mean 'large'?"),
            (["--keep", "idd"], b"did you mean 'id'?"),
            (["--rename", "prise=x"], b"did you mean 'price'?"),
            (["--delimiter", "ab"], b"cannot separate cells"),
            (["--encoding", "utf-9"], b"unknown encoding 'utf-9'"),
        ],
    )
    def test_what_does_not_exist_exits_2_and_names_the_nearest(self, folder, args, said):
        result = nnspec("eval", "small.yaml", "good.csv", *args, cwd=folder)
        assert (result.returncode, result.stdout) == (2, b"")
        assert said in result.stderr


class TestBadRows:
    def test_by_default_they_fail_the_whole(self, folder):
        (folder / "out.csv").write_text("mine")
        result = nnspec("eval", "small.yaml", "bad.csv", "-o", "out.csv", cwd=folder)
        assert (result.returncode, result.stdout) == (1, b"")
        assert result.stderr.decode().splitlines()[:6] == [
            "nnspec: nothing was written: 5 rows that cannot be valued, of 7 read",
            "  row 2, column 'kind': 'hause' is no category of 'kind'",
            "  row 3, column 'rooms': '2.5' is not an integer",
            "  row 4, column 'area': 'x' is not a number",
            "  row 5, column 'rooms': the cell is a missing value",
            "  row 6: it cannot be evaluated: 'root' is not finite",
        ]
        assert (folder / "out.csv").read_text() == "mine"
        assert sorted(p.name for p in folder.iterdir()) == [
            "bad.csv", "good.csv", "out.csv", "small.yaml",
        ]  # fmt: skip

    def test_nothing_partial_reaches_standard_output(self, folder):
        many = "id,kind,rooms,area\n" + "a,flat,4,60\n" * 200_000 + "b,flat,4,x\n"
        result = nnspec("eval", "small.yaml", "-", stdin=many, cwd=folder)
        assert (result.returncode, result.stdout) == (1, b"")
        assert b"row 200001, column 'area': 'x' is not a number" in result.stderr

    def test_null_keeps_the_rows_with_empty_outputs(self, folder):
        result = nnspec("eval", "small.yaml", "bad.csv", "--on-error", "null", "--keep", "id",
                        "--on-range", "ignore", cwd=folder)  # fmt: skip
        assert result.returncode == 0
        assert rows(result.stdout)[1:] == [
            ["a", "60.0", "2.0"], ["b", "", ""], ["c", "", ""], ["d", "", ""], ["e", "", ""],
            ["f", "", ""], ["g", "315.0", "1.0"],
        ]  # fmt: skip
        assert b"5 rows that could not be valued, with empty outputs" in result.stderr

    def test_skip_leaves_them_out(self, folder):
        result = nnspec("eval", "small.yaml", "bad.csv", "--on-error", "skip", "--keep", "id",
                        cwd=folder)  # fmt: skip
        assert [row[0] for row in rows(result.stdout)] == ["id", "a", "g"]
        assert b"5 rows that could not be valued, left out" in result.stderr

    @pytest.mark.parametrize("policy", ["fail", "null", "skip"])
    def test_r99_the_error_file_names_each_of_them(self, folder, policy):
        result = nnspec("eval", "small.yaml", "bad.csv", "--on-error", policy, "--errors", "e.csv",
                        cwd=folder)  # fmt: skip
        assert result.returncode == (1 if policy == "fail" else 0)
        listed = rows((folder / "e.csv").read_bytes())
        assert listed[0] == ["row", "column", "value", "reason"]
        assert [row[0] for row in listed[1:]] == ["2", "3", "4", "5", "6"]

    @pytest.mark.parametrize(
        ("policy", "status", "last", "said"),
        [
            ("warn", 0, "315.0", b"1 row outside the declared ranges, valued"),
            ("null", 0, "", b"1 row outside the declared ranges, with empty outputs"),
            ("clip", 0, "115.0", b"1 row outside the declared ranges, moved"),
            ("ignore", 0, "315.0", b""),
            ("fail", 1, None, b"nothing was written: 1 row outside the declared ranges"),
        ],
    )
    def test_rows_out_of_range(self, folder, policy, status, last, said):
        (folder / "t.csv").write_text("area,rooms,kind\n10,1,flat\n200,1,house\n")
        result = nnspec("eval", "small.yaml", "t.csv", "--on-range", policy, cwd=folder)
        assert result.returncode == status
        assert said in result.stderr
        assert (b"outside" in result.stderr) is bool(said)
        if last is not None:
            assert rows(result.stdout)[2][0] == last

    def test_a_range_may_fail_while_bad_cells_do_not(self, folder):
        args = ["--on-error", "null", "--on-range", "fail"]
        (folder / "t.csv").write_text("area,rooms,kind\nx,1,flat\n")
        assert nnspec("eval", "small.yaml", "t.csv", *args, cwd=folder).returncode == 0
        (folder / "t.csv").write_text("area,rooms,kind\n200,1,flat\n")
        assert nnspec("eval", "small.yaml", "t.csv", *args, cwd=folder).returncode == 1


class _Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        self.frames.append(frame)

    def all(self) -> pl.DataFrame:
        return pl.concat(self.frames)


CELLS = st.sampled_from(["60", "10", "200", "x", "", "nan", "1e400", "2.5", "-1"])
KINDS = st.sampled_from(["flat", "house", "hause", ""])
TABLES = st.lists(st.tuples(CELLS, CELLS, KINDS), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(20, 2000))
def test_policies_agree_about_which_rows_are_bad(table, block):
    """What `skip` leaves out is what `null` empties and what `fail` counts, in any block size."""
    network = library.loads(SMALL)
    text = "area,rooms,kind\n" + "".join(",".join(row) + "\n" for row in table)
    columns = {name: name for name in network.inputs}

    def run(on_error: str) -> tuple[pl.DataFrame | None, int]:
        sink = _Kept()
        request = Request(columns, {"area": "area"}, network.outputs, on_error=on_error,
                          on_range="ignore")  # fmt: skip
        options = CsvOptions(block_bytes=block)
        with CsvSource(io.BytesIO(text.encode()), "t.csv", options) as source:
            try:
                tally = evaluate_stream(network, source, sink, request, on_fault=lambda fault: None)
            except BadRowsError as error:
                return None, error.tally.bad
        return sink.all(), tally.bad

    nulled, bad = run("null")
    skipped, also_bad = run("skip")
    failed, counted = run("fail")
    assert nulled.height == len(table)
    assert bad == also_bad == counted == nulled["price"].null_count() == nulled["root"].null_count()
    assert skipped.equals(nulled.filter(pl.col("price").is_not_null()))
    assert (failed is None) is (bad > 0)


class TestWholeOrNotAtAll:
    def test_r89_a_full_disk_leaves_the_old_file_and_no_debris(self, folder):
        (folder / "out.csv").write_text("mine")
        command = [sys.executable, "-m", "nnspec", "eval", str(SPEC), str(HOMES), "-q", "-o",
                   "out.csv"]  # fmt: skip

        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

        run = subprocess.run(
            command, cwd=folder, capture_output=True, preexec_fn=limit, check=False
        )
        assert run.returncode == 2
        assert b"out.csv cannot be written: File too large" in run.stderr
        assert (folder / "out.csv").read_text() == "mine"
        assert not list(folder.glob(".nnspec*"))

    def test_r90_a_full_standard_output_exits_2(self):
        with Path("/dev/full").open("wb") as full:
            run = subprocess.run(
                [sys.executable, "-m", "nnspec", "eval", str(SPEC), str(HOMES), "-q"],
                stdout=full, stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
        assert run.returncode == 2
        assert b"No space left on device" in run.stderr
        assert b"Traceback" not in run.stderr

    @pytest.mark.parametrize("policy", ["fail", "null"])
    def test_r91_a_reader_that_leaves_early_is_no_error(self, policy):
        command = (
            f"{sys.executable} -m nnspec eval {SPEC} {HOMES} -q --on-error {policy} | head -n 1"
        )
        run = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
        assert (run.stdout, run.stderr) == (b"price\n", b"")

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_r92_a_signal_leaves_nothing_half_written(self, folder, number, status):
        (folder / "out.csv").write_text("mine")
        process = subprocess.Popen(
            [sys.executable, "-m", "nnspec", "eval", str(SPEC), "-", "-o", "out.csv"],
            cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        process.stdin.write(HOMES.read_bytes() + HOMES.read_bytes().split(b"\n", 1)[1] * 9)
        process.stdin.flush()
        wait_for(lambda: list(folder.glob(".nnspec*")))
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        assert process.returncode == status
        assert said.strip() == b""
        assert (folder / "out.csv").read_text() == "mine"
        assert not list(folder.glob(".nnspec*"))

    def test_r93_a_kill_leaves_the_old_file_whole(self, folder):
        (folder / "out.csv").write_text("mine")
        process = subprocess.Popen(
            [sys.executable, "-m", "nnspec", "eval", str(SPEC), "-", "-o", "out.csv"],
            cwd=folder, stdin=subprocess.PIPE,
        )  # fmt: skip
        process.stdin.write(HOMES.read_bytes() + HOMES.read_bytes().split(b"\n", 1)[1] * 9)
        process.stdin.flush()
        wait_for(lambda: list(folder.glob(".nnspec*")))
        process.kill()
        process.communicate(timeout=30)
        assert (folder / "out.csv").read_text() == "mine"

    def test_r83_the_input_cannot_be_the_output(self, folder):
        before = (folder / "good.csv").read_bytes()
        result = nnspec("eval", "small.yaml", "good.csv", "-o", "./good.csv", cwd=folder)
        assert result.returncode == 2
        assert b"is the same file" in result.stderr
        assert (folder / "good.csv").read_bytes() == before

    def test_r94_an_output_that_cannot_be_written_fails_before_evaluating(self, folder):
        for target in ("no/such/out.csv", ".", "out.ods"):
            result = nnspec("eval", "small.yaml", "bad.csv", "-o", target, cwd=folder)
            assert result.returncode == 2
            assert b"row 2" not in result.stderr

    def test_r113_two_writers_of_one_file_leave_one_whole_file(self, folder):
        commands = [
            [sys.executable, "-m", "nnspec", "eval", str(SPEC), str(HOMES), "-q", "-o", "out.csv",
             *extra]
            for extra in ([], ["--neurons", "historic"])
        ]  # fmt: skip
        running = [subprocess.Popen(command, cwd=folder) for command in commands]
        assert [process.wait(timeout=60) for process in running] == [0, 0]
        lines = (folder / "out.csv").read_text().splitlines()
        assert len(lines) == 21_598
        assert lines[0] in ("price", "historic,price")
        assert len({line.count(",") for line in lines}) == 1


class TestStreams:
    def test_r76_a_header_alone_gives_a_header(self, folder):
        result = nnspec("eval", "small.yaml", "-", stdin="kind,rooms,area\n", cwd=folder)
        assert (result.returncode, result.stdout) == (0, b"price,root\n")
        assert nnspec("eval", "small.yaml", "-", stdin="", cwd=folder).returncode == 1

    def test_r100_no_progress_without_a_terminal(self, folder):
        many = "id,kind,rooms,area\n" + "a,flat,4,60\n" * 400_000
        result = nnspec("eval", "small.yaml", "-", "-o", "o.csv", stdin=many, cwd=folder)
        assert (result.returncode, result.stderr) == (0, b"")

    def test_r96_formulas_are_escaped_unless_asked_for(self, folder):
        (folder / "t.csv").write_text("id,kind,rooms,area\n=1+1,flat,4,60\n-1,flat,4,60\n")
        safe = nnspec("eval", "small.yaml", "t.csv", "--keep", "id", cwd=folder)
        raw = nnspec("eval", "small.yaml", "t.csv", "--keep", "id", "--raw-text", cwd=folder)
        assert [row[0] for row in rows(safe.stdout)] == ["id", "'=1+1", "-1"]
        assert [row[0] for row in rows(raw.stdout)] == ["id", "=1+1", "-1"]

    def test_r116_memory_is_bounded_whatever_the_size_of_the_table(self, tmp_path):
        """A table of 2 million rows needs hardly more memory than one of 200,000."""
        block = HOMES.read_bytes().split(b"\n", 1)
        peaks = []
        for copies in (10, 100):
            table = tmp_path / "t.csv"
            with table.open("wb") as file:
                file.write(block[0] + b"\n")
                for _ in range(copies):
                    file.write(block[1])
            code = (
                "import re, sys\nfrom nnspec.cli import cli\n"
                f"cli.main(['eval', {str(SPEC)!r}, {str(table)!r}, '-q', '-o', '/dev/stdout',"
                "'--output-format', 'csv', '--on-error', 'null'], standalone_mode=False)\n"
                # Not ru_maxrss: it counts what the parent held when it made this process.
                "peak = re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]\n"
                "print(peak, file=sys.stderr)"
            )
            run = subprocess.run(
                [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                check=True,
            )  # fmt: skip
            peaks.append(int(run.stderr) / 1024)
        assert max(peaks) < 400
        assert peaks[1] < peaks[0] + 60


def wait_for(condition) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


def test_all_real_homes_are_valued_as_the_formula_says():
    network = library.load(SPEC)
    homes = pl.read_csv(HOMES)
    area, bedrooms = pl.col("area"), pl.col("bedrooms")
    distance, age = pl.col("distance"), pl.col("age")
    zero = pl.lit(0.0)
    by_hand = homes.select(
        272000
        + pl.max_horizontal(zero, 75700 + 181.8 * area - 28220 * distance)
        + pl.max_horizontal(zero, -194400 + 120.5 * area + 8000 * bedrooms - 530 * age)
        + 1840 * pl.max_horizontal(zero, age - 100)
    ).to_series()
    valued = network.evaluate(homes)["price"]
    assert valued.len() == 21_597
    assert ((valued - by_hand).abs() <= 1e-12 * by_hand.abs()).all()


def test_an_environment_without_home_or_terminal(folder):
    env = {"PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C"}
    run = subprocess.run(
        [sys.executable, "-m", "nnspec", "eval", "small.yaml", "good.csv"],
        env=env, cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (0, b"price,root\n60.0,2.0\n95.0,3.0\n")


@pytest.mark.parametrize(
    "cell", ["0x10", "1d3", "5%", "$3", "\u22123", "TRUE", "1_000", "１２", "nan"]
)
def test_r72_what_only_looks_like_a_number_is_refused_by_name(folder, cell):
    table = f"area,rooms,kind\n{cell},1,flat\n"
    result = nnspec("eval", "small.yaml", "-", stdin=table, cwd=folder)
    assert (result.returncode, result.stdout) == (1, b"")
    assert f"row 1, column 'area': '{cell}'" in result.stderr.decode()


def test_r95_a_symbolic_link_is_refused_and_left_alone(folder):
    (folder / "real.csv").write_text("mine")
    (folder / "link.csv").symlink_to("real.csv")
    result = nnspec("eval", "small.yaml", "good.csv", "-o", "link.csv", cwd=folder)
    assert result.returncode == 2
    assert b"'link.csv' is a symbolic link to 'real.csv'" in result.stderr
    assert (folder / "link.csv").is_symlink()
    assert (folder / "real.csv").read_text() == "mine"


def test_r98_json_is_always_valid(folder):
    result = nnspec("eval", "small.yaml", "bad.csv", "--on-error", "null", "-o", "o.ndjson",
                    cwd=folder)  # fmt: skip
    assert result.returncode == 0
    read = (folder / "o.ndjson").read_text()
    lines = [json.loads(line, parse_constant=refuse) for line in read.splitlines()]
    assert lines[1] == {"price": None, "root": None}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_r101_text_of_a_spec_breaks_no_format_that_shows_it(folder):
    hostile = "</script>%0A::error::]]>"
    spec = SMALL.replace("large: {", f'large: {{description: "{hostile}", ')
    spec = spec.replace("kind.house: 5", f'"{hostile}": 5')
    for form in ("json", "sarif"):
        result = nnspec("validate", "--format", form, "-", stdin=spec)
        assert result.returncode == 1
        assert hostile in str(json.loads(result.stdout))
    line = nnspec("validate", "--format", "github", "-", stdin=spec).stdout.decode()
    assert line.count("\n") == 1
    assert line.startswith("::error file=<stdin>,")
    assert "%250A::error" in line
