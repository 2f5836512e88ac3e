"""Memory: threads, processes and event loops that share networks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_networks_are_shared_by_threads_and_processes_without_a_crash_or_another_bit() -> None:
    """A crash is seen as one: the work is done in a process of its own."""
    script = Path(__file__).parent / "stress.py"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(script), "5"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "16 networks" in done.stdout


FORKED = """
import multiprocessing, sys
from decimal import Decimal
import numpy as np, pandas as pd, polars as pl
import nnspec

network = nnspec.loads('''
nnspec: 1
name: n
inputs:
  x: {missing: 1}
  i: {type: integer, missing: 2}
  b: {type: boolean}
  c: {type: category, categories: [p, q, 1]}
layers: [{name: o, neurons: {y: {synapses: {x: 1, i: 2, b: 4, c.q: 8}}}}]
''')
columns = {"x": [1.5, None, 3.0], "i": [2**53 + 1, None, 5], "b": [True, False, True],
           "c": ["p", "q", "other"]}
frame = pl.DataFrame(columns)
decimals = pl.Series("x", [Decimal("0.1"), None, Decimal(3)])
TABLES = [
    columns,
    frame,
    frame.with_columns(pl.col("c").cast(pl.Categorical), pl.col("i").cast(pl.UInt64)),
    frame.with_columns(decimals, pl.Series("c", [1, 2, 1])),
    pd.DataFrame(columns),
    frame.to_arrow(),
    {**columns, "c": np.array(["p", "1.0", "q"], dtype=object)},
]

def valued(at):
    return repr(network.evaluate(TABLES[at], on_error="null"))

if __name__ == "__main__":
    expected = [valued(at) for at in range(len(TABLES))]
    assert frame["c"].is_in(["p"]).any()  # polars' threads are at work
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(valued, range(len(TABLES))).get(60) == expected
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not fork by themselves")
def test_a_forked_process_values_every_kind_of_table_though_polars_has_lost_its_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
