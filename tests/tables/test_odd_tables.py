"""Legal tables that other tools write: read, or refused by what is odd, never changed."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nnspec.cli import cli
from nnspec.tables.errors import RequestError, TableError
from nnspec.tables.opening import open_source
from nnspec.tables.source import Selection
from nnspec.tables.write.output import open_writer

SPEC = """\
nnspec: 1
name: same
inputs: {x: {range: [0, 100]}}
layers: [{name: out, neurons: {y: {synapses: {x: 1}}}}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(SPEC)
    return tmp_path


def run(*arguments: str) -> int:
    """The exit status of a verb."""
    try:
        return int(cli(["eval", "s.yaml", *arguments], standalone_mode=False) or 0)
    except (TableError, RequestError) as error:
        return 2 if isinstance(error, RequestError) else 1


def write_arrow(table: pa.Table, path: Path | str, **options: object) -> None:
    with pa.ipc.new_file(str(path), table.schema, options=pa.ipc.IpcWriteOptions(**options)) as w:
        w.write_table(table)


ODD = {
    "interval": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
    "zone": pa.array([1, 2], pa.timestamp("us", "-03:30")),
    "decimal256": pa.array([Decimal("1.50"), None], pa.decimal256(60, 2)),
    "negative scale": pa.array([Decimal("1E3"), None], pa.decimal128(5, -2)),
    "list_view": pa.array([[1], None], pa.list_view(pa.int64())),
    "run-end": pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array([1.0])),
    "union": pa.UnionArray.from_dense(
        pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array([1]), pa.array(["x"])]
    ),
    "nested": pa.array([[{"i": (1, 2, 3)}], None],
                       pa.list_(pa.struct([("i", pa.month_day_nano_interval())]))),
    "same name": pa.array(["a", "b"]),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("compression", [None, "zstd"])
def test_a_column_that_nobody_reads_is_never_in_the_way(odd, compression, tmp_path):
    """And one that is kept is carried as it is, or refused by its name before any row."""
    columns = {"before": ["a", "b"], "x": [1.5, 2.5], "after": [[1], []]}
    table = pa.table(columns).add_column(1, odd, ODD[odd])
    if odd == "same name":
        table = table.append_column(odd, ODD[odd])
    write_arrow(table, tmp_path / "t.arrow", compression=compression)
    paths = [tmp_path / "t.arrow"]
    try:
        pq.write_table(table, tmp_path / "t.parquet", compression=compression or "none")
        paths.append(tmp_path / "t.parquet")
    except (pa.ArrowException, OSError):
        pass  # Parquet has not all of Arrow's types
    for path in paths:
        with open_source(path) as source:
            rows = [batch.columns["x"].to_list() for batch in source.batches(Selection(("x",)))]
            assert rows == [[1.5, 2.5]]
            with pytest.raises(TableError, match=f"{odd}|interval") as caught:
                source.kept_types([odd])
            assert "damaged" not in str(caught.value)


def test_numbers_in_decimals_of_256_bits_are_not_lost(folder):
    write_arrow(pa.table({"x": pa.array([Decimal("1.5")], pa.decimal256(38, 2))}), "t.arrow")
    assert run("t.arrow") == 1


@pytest.mark.parametrize("counts", [[0], [0, 0], [2, 0, 1], [0, 3], [3, 0]])
def test_row_groups_without_rows_are_none(counts, tmp_path):
    schema = pa.schema([("x", pa.float64())])
    with pq.ParquetWriter(tmp_path / "t.parquet", schema) as writer:
        for count in counts:
            writer.write_table(pa.table({"x": [1.0] * count}, schema), row_group_size=max(count, 1))
    with open_source(tmp_path / "t.parquet") as source:
        read = list(source.batches(Selection(("x",))))
    assert sum(batch.n_rows for batch in read) == sum(counts)


def test_encryption_is_called_by_its_name():
    here = Path(__file__).parent / "encrypted"
    with (
        open_source(here / "plain-footer.parquet") as source,
        pytest.raises(TableError, match="column 'x' is encrypted"),
    ):
        source.kept_types(["x"])
    with pytest.raises(TableError, match="this is an encrypted Parquet file"):
        open_source(here / "whole.parquet")


@pytest.mark.parametrize("year", [1, 1000, 1677, 1678, 2024, 2262, 9999])
@pytest.mark.parametrize("store_schema", [True, False])
def test_instants_of_96_bits_are_carried_exactly_or_refused_by_their_row(
    year, store_schema, tmp_path
):
    """As Spark and Hive write them, without Arrow's schema, they are read as nanoseconds."""
    instant = datetime.datetime(year, 3, 1, 12)
    table = pa.table({"x": [1.0, 2.0], "t": pa.array([None, instant], pa.timestamp("us"))})
    pq.write_table(
        table, tmp_path / "t.parquet", use_deprecated_int96_timestamps=True,
        store_schema=store_schema,
    )  # fmt: skip
    with open_source(tmp_path / "t.parquet") as source:
        selection = Selection(("x",), (), ("t",))
        if store_schema or year in (1678, 2024, 2262):
            kept = [cell for batch in source.batches(selection) for cell in batch.kept["t"]]
            assert kept == [None, instant]
        else:
            with pytest.raises(TableError, match="row 2: column 't' holds an instant that"):
                list(source.batches(selection))


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
@pytest.mark.parametrize(
    "cells",
    [
        pl.Series("k", [0, 2**31 - 1], pl.Int32).cast(pl.Date),
        pl.Series("k", [0, -(2**62)], pl.Int64).cast(pl.Datetime("ms")),
        pl.Series("k", [0, 2**63 - 1], pl.Int64).cast(pl.Datetime("us")),
    ],
)
def test_dates_that_have_no_text_are_refused_by_their_row(kind, cells, tmp_path):
    with (
        pytest.raises(TableError, match="row 2: column 'k' holds a date"),
        open_writer(tmp_path / f"o.{kind}", {"k": cells.dtype}) as writer,
    ):
        writer.write(cells.to_frame())
    assert list(tmp_path.iterdir()) == [], "nothing partial, and no debris"


@pytest.mark.parametrize(
    "dtype", [pl.List(pl.Int8), pl.Struct({"a": pl.Int8}), pl.Binary(), pl.Duration("ns"),
              pl.Array(pl.Int8, 2)],
)  # fmt: skip
def test_types_that_csv_cannot_hold_are_refused_before_the_first_row(dtype, tmp_path):
    with pytest.raises(RequestError, match=r"column 'k' is of type .*, which CSV cannot hold"):
        open_writer(tmp_path / "o.csv", {"x": pl.Float64(), "k": dtype})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "head"), [(b",x,k\n0,1.5,a\n", ',x,k,y'), (b"x,k,\n1.5,a,\n", 'x,k,,y')]
)  # fmt: skip
def test_a_column_without_a_name_is_kept_like_any_other(data, head, folder, capsys):
    (folder / "t.csv").write_bytes(data)
    assert run("t.csv", "--keep", "all") == 0
    assert capsys.readouterr().out.splitlines()[0].replace('""', "") == head


@pytest.mark.parametrize("asked", ["a,b", '"a,b"', '"a,b",c', "all"])
def test_a_name_with_a_comma_can_be_kept(asked, folder, capsys):
    (folder / "t.csv").write_text('x,"a,b",c\n1,2,3\n')
    assert run("t.csv", "--keep", asked) == 0
    assert '"a,b"' in capsys.readouterr().out.splitlines()[0]
    with pytest.raises(RequestError) as caught:
        cli(["eval", "s.yaml", "t.csv", "--keep", "zz"], standalone_mode=False)
    assert caught.value.help == "legal: 'x', 'a,b', 'c'"


@pytest.mark.parametrize("text", ["2.50x", "NA", "07,5", " 1e3 x", "-", "=1+1"])
@pytest.mark.parametrize("good", ["1.5", "x"])
def test_errors_give_every_value_as_it_is_written(text, good, folder, capsys):
    (folder / "t.csv").write_text(f'x\n{good}\n"{text}"\n')
    assert run("t.csv", "--errors", "e.csv", "--on-error", "null", "-q", "--raw-text") == 0
    rows = pl.read_csv("e.csv", infer_schema=False)
    assert rows["value"].to_list()[-1] == text


@pytest.mark.parametrize("text", ["150.00", "+1.5e2", "0150"])
def test_errors_give_values_out_of_range_as_they_are_written(text, folder):
    (folder / "t.csv").write_text(f"x\n1\n{text}\n")
    assert run("t.csv", "--errors", "e.csv", "--on-range", "null", "-q", "-o", "o.csv") == 0
    assert pl.read_csv("e.csv", infer_schema=False)["value"].to_list() == [text]


@pytest.mark.parametrize("other", ["o.csv", "./o.csv", "sub/../o.csv", "link"])
@pytest.mark.parametrize("exists", [True, False])
def test_one_file_is_not_two_outputs(other, exists, folder):
    (folder / "t.csv").write_text("x\n1\nbad\n")
    (folder / "sub").mkdir()
    if exists:
        (folder / "o.csv").write_text("old")
    (folder / "link").symlink_to("o.csv")
    assert run("t.csv", "-o", "o.csv", "--errors", other, "--on-error", "null") == 2
    assert (folder / "o.csv").exists() == exists
    assert not exists or (folder / "o.csv").read_text() == "old"


def test_what_is_missing_in_a_table_of_one_column_is_read_back(folder):
    (folder / "t.csv").write_text('x\n1\n""\n3\n\n\n')
    assert run("t.csv", "--on-error", "null", "-q", "-o", "o.csv") == 0
    assert (folder / "o.csv").read_text() == 'y\n1.0\n""\n3.0\n'
    with open_source(folder / "o.csv") as source:
        assert [b.columns["y"].to_list() for b in source.batches(Selection(("y",)))] == [
            ["1.0", None, "3.0"]
        ]
