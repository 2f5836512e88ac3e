"""nnspec.spark values a frame's rows as Network.evaluate does, wherever they are."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import engines
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import network_specs, random_table

import nnspec
import nnspec.spark
from nnspec.network import Network, load
from nnspec.tables.errors import RequestError, TableError

SPECS = Path(__file__).parent.parent / "specs"

# PySpark warns of a pandas that is newer than itself; none is used here.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning")

N_ROWS, N_PARTITIONS = 1_000_000, 8


@pytest.fixture(scope="module")
def session(spark_session: Any) -> Any:
    return spark_session


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, str]:
    """A million homes in eight files, three in a hundred with a cell that cannot be used."""
    rng = np.random.default_rng(11)
    frame = pl.DataFrame(
        {
            "id": np.arange(N_ROWS),
            "area": rng.uniform(100, 20_000, N_ROWS),
            "bedrooms": rng.integers(0, 21, N_ROWS).astype(np.float64),
            "distance": rng.uniform(0, 70, N_ROWS),
            "age": rng.integers(0, 250, N_ROWS),
        }
    )
    odd = pl.Series(rng.random(N_ROWS) < 0.01)
    some = pl.Series(rng.random(N_ROWS) < 0.01)
    frame = frame.with_columns(
        area=pl.when(pl.lit(odd)).then(float("nan")).otherwise("area"),
        bedrooms=pl.when(pl.lit(some)).then(pl.col("bedrooms") + 0.5).otherwise("bedrooms"),
        age=pl.when(pl.lit(pl.Series(rng.random(N_ROWS) < 0.01))).then(None).otherwise("age"),
    )
    folder = tmp_path_factory.mktemp("homes")
    size = N_ROWS // N_PARTITIONS
    for part in range(N_PARTITIONS):
        frame.slice(part * size, size).write_parquet(folder / f"part-{part}.parquet")
    return frame, str(folder)


@pytest.fixture(scope="module")
def network() -> Network:
    return load(SPECS / "property-valuation.yaml")


def collected(valued: nnspec.spark.Valued, folder: Path) -> pl.DataFrame:
    """The result, written by Spark and read again, in order of id."""
    valued.frame.write.parquet(str(folder / "valued"))
    return pl.read_parquet(folder / "valued" / "*.parquet").sort("id")


def test_a_million_rows_are_the_local_ones_bit_for_bit(session, homes, network, tmp_path):
    frame, folder = homes
    table = session.read.parquet(folder)
    assert table.rdd.getNumPartitions() >= 2
    names = ["historic", "price"]
    valued = nnspec.spark.evaluate(network, table, neurons=names, keep=["id"], on_error="null")
    found = collected(valued, tmp_path)
    expected = network.evaluate(frame, neurons=names, on_error="null")
    assert found.columns == ["id", *names]
    assert found["id"].to_list() == list(range(N_ROWS))
    assert found.select(names).equals(expected)
    bad = int(expected["price"].is_null().sum())
    assert 20_000 < bad < 40_000
    assert (valued.rows, valued.bad) == (N_ROWS, bad)
    outside = frame.filter(pl.col("distance") > 60).height
    assert valued.outside == outside > 100_000
    assert len(valued.faults) == 10
    assert all("partition " in fault and "column '" in fault for fault in valued.faults)


def test_skip_leaves_bad_rows_out_and_keeps_the_rest(session, homes, network, tmp_path):
    frame, folder = homes
    valued = nnspec.spark.evaluate(network, session.read.parquet(folder), on_error="skip")
    found = collected(valued, tmp_path)
    local = network.evaluate(frame, on_error="null")
    expected = frame.with_columns(local).filter(pl.col("price").is_not_null())
    assert found.columns == ["id", "area", "bedrooms", "distance", "age", "price"]
    assert found.equals(expected)
    assert valued.bad == frame.height - expected.height


def small(session: Any, **columns: Any) -> Any:
    import pyarrow

    return engines.spark_frame(session, pyarrow.table(columns))


def test_fail_names_what_is_wrong(session, network):
    table = small(session, area=[2000.0, 1.0], bedrooms=[3.0, 2.5], distance=[5.0, 1], age=[12, 1])
    valued = nnspec.spark.evaluate(network, table)
    with pytest.raises(Exception, match=r"row \d, column 'bedrooms': '2.5' is not an integer"):
        valued.frame.collect()


@pytest.mark.parametrize(
    ("policy", "price"), [("warn", 1.0), ("clip", 0.5), ("null", None), ("ignore", 1.0)]
)
def test_values_out_of_range(session, policy, price):
    spec = nnspec.NetworkSpec(
        "n",
        (nnspec.Input("x", range=(0, 0.5)),),
        (nnspec.Layer("l", (nnspec.Neuron("y", {"x": 1}),)),),
    )
    table = small(session, x=[0.25, 1.0])
    valued = nnspec.spark.evaluate(Network(spec), table, on_range=policy)
    assert sorted(row.y for row in valued.frame.collect() if row.x > 0.5) == [price]
    assert valued.outside == (0 if policy == "ignore" else 1)
    assert (valued.rows, valued.bad) == (2, 0)
    with pytest.raises(Exception, match="outside the declared range"):
        nnspec.spark.evaluate(Network(spec), table, on_range="fail").frame.collect()


def test_an_overflow_is_a_bad_row_with_its_neuron(session):
    spec = nnspec.NetworkSpec(
        "n",
        (nnspec.Input("x"),),
        (nnspec.Layer("l", (nnspec.Neuron("y", {"x": 1}, activation="exp"),)),),
    )
    valued = nnspec.spark.evaluate(Network(spec), small(session, x=[1e3, 0.0]), on_error="null")
    assert {row.x: row.y for row in valued.frame.collect()} == {1e3: None, 0.0: 1.0}
    assert valued.bad == 1
    assert "'y' is not finite" in valued.faults[0]


@settings(max_examples=8)
@given(network_specs(), st.integers(0, 2**32 - 1))
def test_generated_networks_give_the_local_bits(session, spec, seed):
    # Spark does not tell 'a' from 'A' in a frame's columns.
    inputs = tuple(replace(one, column=f"{i} {one.name}") for i, one in enumerate(spec.inputs))
    network = Network(replace(spec, inputs=inputs))
    spec = network.spec
    table = random_table(spec, 50, np.random.default_rng(seed))
    columns = {one.column_name: table[one.name] for one in spec.inputs}
    arrow = pl.DataFrame(columns).to_arrow()
    frame = engines.spark_frame(session, arrow.cast(_plain(arrow.schema))).coalesce(1)
    valued = nnspec.spark.evaluate(network, frame, neurons="all", keep=[], on_error="null")
    found = pl.DataFrame(pl.from_arrow(valued.frame.toArrow()))
    expected = network.evaluate(pl.DataFrame(columns), neurons="all", on_error="null")
    assert found.equals(expected)


def _plain(schema: Any) -> Any:
    """The schema with texts as every version of Spark takes them."""
    import pyarrow

    return pyarrow.schema(
        [
            (f.name, pyarrow.string() if not pyarrow.types.is_floating(f.type) else f.type)
            for f in schema
        ]
    )


def test_what_no_row_could_make_good_is_said_before_a_job_runs(session, network):
    table = small(session, area=["a"], bedrooms=[1], distance=[1.0], age=[1])
    with pytest.raises(TableError, match="column 'area' is of type String"):
        nnspec.spark.evaluate(network, table)
    with pytest.raises(TableError, match="no column 'age'"):
        nnspec.spark.evaluate(network, table.drop("age"))
    with pytest.raises(RequestError, match="no column 'idd' to keep"):
        nnspec.spark.evaluate(network, small(session, area=[1.0], bedrooms=[1], distance=[1.0],
                              age=[1]), keep=["idd"])  # fmt: skip
    with pytest.raises(RequestError, match="has the name of an output"):
        nnspec.spark.evaluate(network, small(session, area=[1.0], bedrooms=[1], distance=[1.0],
                              age=[1], price=[1.0]))  # fmt: skip
    with pytest.raises(ValueError, match="on_error must be one of"):
        nnspec.spark.evaluate(network, table, on_error="raise")


def test_the_network_travels_as_its_spec(network):
    assert pickle.loads(pickle.dumps(network)).content_hash == network.content_hash
