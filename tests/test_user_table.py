"""However a table is written, and whatever its columns are called: every verb reads the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_cli import nnspec

SPEC = str(Path(__file__).parent.parent / "specs" / "property-valuation.yaml")

COMMAS = """area,bedrooms,distance,age,sale_price,note
2000,3,5,30,401000,a
,4,2,120,900000,b
1500,2,8,10,299000,é
3000,4,2,120,1200000,d
"""

VERBS = {
    "eval": ["eval", SPEC, "T", "--keep", "note", "-o", "out.csv", "--on-error", "null"],
    "explain a row": ["explain", SPEC, "T", "--row", "3", "-o", "out.txt"],
    "explain a table": ["explain", SPEC, "T", "--keep", "note", "-o", "out.csv",
                        "--on-error", "null"],
    "a smallest change": ["explain", SPEC, "T", "--row", "1", "--goal", "price>=500000",
                          "--change", "area", "-o", "out.txt"],
    "report": ["report", SPEC, "T", "--target", "sale_price", "--max-examples", "20",
               "-o", "out.html"],
    "draw": ["draw", SPEC, "T", "--row", "4", "-o", "out.svg"],
    "plot": ["plot", SPEC, "T", "-o", "out.svg"],
    "where neurons fire": ["plot", SPEC, "T", "--firing", "-o", "out.svg"],
    "page": ["page", SPEC, "T", "--max-examples", "20", "-o", "out.html"],
}  # fmt: skip

OTHERWISE = ["--delimiter", ";", "--null-values", "n/a", "--encoding", "latin-1", "--column",
             "area=Fläche"]  # fmt: skip


def otherwise() -> bytes:
    """The table as it is written elsewhere."""
    cells = [line.split(",") for line in COMMAS.splitlines()]
    rows = [["Fläche", *cells[0][1:]], *[[row[0] or "n/a", *row[1:]] for row in cells[1:]]]
    return ("\n".join(";".join(row) for row in rows) + "\n").encode("latin-1")


def written(folder: Path, verb: str, table: str, *options: str) -> str:
    folder.mkdir()
    (folder / "homes.csv").write_bytes(otherwise() if options else COMMAS.encode())
    arguments = [table if one == "T" else one for one in VERBS[verb]]
    ran = nnspec(*arguments, *options, cwd=folder)
    assert ran.returncode in (0, 1), ran.stderr
    (found,) = folder.glob("out.*")
    text = found.read_text(encoding="utf-8").replace("Fläche", "area")
    # A report names the column that an input reads, and states the table's own hash.
    return re.sub("[0-9a-f]{64}", "HASH", text.replace(" (column area)", ""))


@pytest.mark.parametrize("verb", VERBS)
def test_a_table_is_read_the_same_however_it_is_written(tmp_path, verb):
    if verb in ("plot", "where neurons fire"):
        pytest.importorskip("matplotlib")
    plain = written(tmp_path / "plain", verb, "homes.csv")
    assert written(tmp_path / "otherwise", verb, "homes.csv", *OTHERWISE) == plain


def test_diff_reads_a_table_however_it_is_written(tmp_path):
    (tmp_path / "a.csv").write_text(COMMAS)
    (tmp_path / "b.csv").write_text(COMMAS.replace(",", "|"))
    old = Path(SPEC).read_text()
    (tmp_path / "old.yaml").write_text(old)
    (tmp_path / "new.yaml").write_text(old.replace("181.8", "182.8"))
    plain = nnspec("diff", "old.yaml", "new.yaml", "a.csv", cwd=tmp_path)
    other = nnspec("diff", "old.yaml", "new.yaml", "b.csv", "--delimiter", "|",
                   cwd=tmp_path)  # fmt: skip
    assert (plain.returncode, plain.stdout) == (1, other.stdout.replace(b"b.csv", b"a.csv"))
    assert b"over the 3 rows" in plain.stdout or b"a.csv" in plain.stdout


@pytest.mark.parametrize("verb", ["explain", "draw", "page", "plot", "report", "diff"])
def test_how_to_read_no_table_is_refused(tmp_path, verb):
    arguments = {
        "explain": ["explain", SPEC, "--given", "area=1,bedrooms=1,distance=1,age=1"],
        "plot": ["plot", SPEC, "-o", "x.svg"],
        "diff": ["diff", SPEC, SPEC],
    }.get(verb, [verb, SPEC])
    ran = nnspec(*arguments, "--delimiter", ";", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"name the table too" in ran.stderr
