"""Networks under threads, processes and event loops: the same bits, and no crash.

``python -X faulthandler tests/stress.py 60`` goes on for so many seconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl

import nnspec
from nnspec.network import Network
from nnspec.spec.model import Input
from nnspec.tables.write.output import open_writer

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))
SIZES = (1, 2, 63, 64, 500, 5000)


def rows_of(network: Network, n_rows: int, seed: int) -> dict[str, np.ndarray]:
    """Rows within the inputs' ranges."""
    random = np.random.default_rng(seed)
    return {item.column_name: _cells(item, n_rows, random) for item in network.spec.inputs}


def _cells(item: Input, n_rows: int, random: np.random.Generator) -> np.ndarray:
    if item.type == "category":
        return np.array(item.categories, dtype=object)[
            random.integers(len(item.categories), size=n_rows)
        ]
    low, high = item.range
    low = 0.0 if low is None else low
    cells = random.uniform(low, low + 10.0 if high is None else high, n_rows)
    return cells if item.type == "number" else np.floor(cells)


def bits(network: Network, rows: dict[str, np.ndarray], threads: int = 1) -> bytes:
    """What the network makes of rows, bit by bit."""
    values = network.evaluate(rows, neurons="all", threads=threads, on_error="null")
    return b"".join(np.ascontiguousarray(column).tobytes() for column in values.values())


def in_process(data: bytes, rows: dict[str, np.ndarray]) -> bytes:
    return bits(pickle.loads(data), rows)


def under_threads(network: Network, seed: int) -> None:
    """Threads that share a network, each with threads of its own, over tables of every size."""
    tables = [rows_of(network, n, seed + n) for n in SIZES]
    expected = [bits(network, rows) for rows in tables]
    matrices = [
        np.stack(list(rows.values()), axis=1) if _is_plain(network) else None for rows in tables
    ]

    def job(number: int) -> None:
        at = number % len(tables)
        assert bits(network, tables[at], threads=1 + number % 3) == expected[at]
        matrix = matrices[at]
        if matrix is not None:
            values = network.evaluate(matrix, neurons="all", threads=2, on_error="null")
            assert np.ascontiguousarray(values.T).tobytes() == expected[at]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(job, range(24)))

    async def gather() -> None:
        await asyncio.gather(*[asyncio.to_thread(job, number) for number in range(12)])

    asyncio.run(gather())


def _is_plain(network: Network) -> bool:
    return all(item.type != "category" for item in network.spec.inputs)


def in_processes(networks: Sequence[Network], method: str, seed: int) -> None:
    """Processes, forked and spawned, that are given every network, pickled."""
    tables = [rows_of(network, 500, seed) for network in networks]
    pairs = list(zip(networks, tables, strict=True))
    jobs = [(pickle.dumps(network), rows) for network, rows in pairs]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.starmap(in_process, jobs) == [bits(network, rows) for network, rows in pairs]


def two_writers(kind: str) -> None:
    """Writers of one output: one of them wins, and what stands there is whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"o.{kind}"

        def write(number: int) -> None:
            with open_writer(path, {"x": pl.Float64()}) as writer:
                for _ in range(20):
                    writer.write(pl.DataFrame({"x": [float(number)] * 500}))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(8)))
        read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "arrow": pl.read_ipc}[kind]
        frame = read(path)
        assert frame.height == 10_000
        assert frame["x"].n_unique() == 1
        assert [p.name for p in Path(folder).iterdir()] == [path.name]


def main(seconds: float) -> None:
    networks = [nnspec.load(path) for path in SPECS]
    stop = time.monotonic() + seconds
    rounds = 0
    while not rounds or time.monotonic() < stop:
        for network in networks:
            under_threads(network, rounds)
        for kind in ("csv", "parquet", "arrow"):
            two_writers(kind)
        rounds += 1
    for method in ("fork", "spawn"):
        in_processes(networks, method, rounds)
    print(f"{len(networks)} networks, {rounds} rounds")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
