"""The ways to value a table of homes that people would take, each a whole process.

    python -m benchmarks.table_peers PEER INPUT OUTPUT [MODEL]

INPUT and OUTPUT are both CSV or both Parquet. Every peer writes one column, ``price``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from benchmarks.processes import ROOT, print_peak

SPEC = ROOT / "specs" / "property-valuation.yaml"
COLUMNS = ("area", "bedrooms", "distance", "age")
HIDDEN = ((181.8, 0.0, -28220.0, 0.0), (120.5, 8000.0, 0.0, -530.0), (0.0, 0.0, 0.0, 1.0))
HIDDEN_BIAS = (75700.0, -194400.0, -100.0)
OUTPUT = (1.0, 1.0, 1840.0)
OUTPUT_BIAS = 272000.0
"""The network, as one would copy it out of the spec."""

SQL = """
SELECT 272000 + greatest(0, 75700 + 181.8 * area::DOUBLE - 28220 * distance::DOUBLE)
    + greatest(0, -194400 + 120.5 * area::DOUBLE + 8000 * bedrooms::DOUBLE - 530 * age::DOUBLE)
    + 1840 * greatest(0, age::DOUBLE - 100) AS price
FROM '{source}'
"""


def by_nnspec(source: str, target: str, _: str) -> None:
    """``nnspec eval``, as it runs from a shell."""
    from nnspec.__main__ import main

    sys.argv = ["nnspec", "eval", str(SPEC), source, "-q", "-o", target]
    with suppress(SystemExit):  # its status is told by what it wrote
        main()


def by_polars(source: str, target: str, _: str) -> None:
    """The formula, as a lazy query."""
    import polars as pl

    area, bedrooms, distance, age = map(pl.col, COLUMNS)

    def relu(z: Any) -> Any:
        return pl.when(z > 0).then(z).otherwise(0.0)

    price = (
        272000
        + relu(75700 + 181.8 * area - 28220 * distance)
        + relu(-194400 + 120.5 * area + 8000 * bedrooms - 530 * age)
        + 1840 * relu(age - 100.0)
    ).alias("price")
    if source.endswith(".csv"):
        pl.scan_csv(source).select(price).sink_csv(target)
    else:
        pl.scan_parquet(source).select(price).sink_parquet(target)


def by_duckdb(source: str, target: str, _: str) -> None:
    """The formula, in SQL."""
    import duckdb

    form = "csv, header" if target.endswith(".csv") else "parquet"
    duckdb.sql(f"COPY ({SQL.format(source=source)}) TO '{target}' (FORMAT {form})")


def _read(source: str) -> Any:
    import pandas as pd

    if source.endswith(".csv"):
        return pd.read_csv(source, usecols=list(COLUMNS))
    return pd.read_parquet(source, columns=list(COLUMNS))


def _write(price: Any, target: str) -> None:
    import pandas as pd

    frame = pd.DataFrame({"price": price})
    if target.endswith(".csv"):
        frame.to_csv(target, index=False)
    else:
        frame.to_parquet(target, index=False)


def by_onnxruntime(source: str, target: str, model: str) -> None:
    """pandas, and the network as an ONNX model in doubles."""
    import numpy as np
    import onnxruntime

    x = _read(source)[list(COLUMNS)].to_numpy(np.float64)
    session = onnxruntime.InferenceSession(model)
    _write(session.run(None, {"x": x})[0][:, 0], target)


def by_sklearn(source: str, target: str, _: str) -> None:
    """pandas, and the network as scikit-learn's."""
    import numpy as np

    network = sklearn_network()
    _write(network.predict(_read(source)[list(COLUMNS)].to_numpy(np.float64)), target)


def sklearn_network() -> Any:
    """The network as scikit-learn's, its weights given and not learned."""
    import numpy as np
    from sklearn.neural_network import MLPRegressor

    network = MLPRegressor((3,), activation="relu")
    network.coefs_ = [np.array(HIDDEN).T, np.array(OUTPUT)[:, None]]
    network.intercepts_ = [np.array(HIDDEN_BIAS), np.array([OUTPUT_BIAS])]
    network.n_layers_, network.n_outputs_, network.out_activation_ = 3, 1, "identity"
    network.n_features_in_ = len(COLUMNS)
    return network


def by_pyarrow(source: str, target: str, _: str) -> None:
    """The formula, by pyarrow's functions, batch by batch."""
    import pyarrow as pa

    schema = pa.schema([("price", pa.float64())])
    with _arrow_writer(target, schema) as writer:
        for batch in _arrow_batches(source):
            writer.write_batch(pa.record_batch([_arrow_price(batch)], schema=schema))


def _arrow_batches(source: str) -> Any:
    from pyarrow import csv, parquet

    if source.endswith(".csv"):
        options = csv.ConvertOptions(include_columns=list(COLUMNS))
        return csv.open_csv(source, convert_options=options)
    return parquet.ParquetFile(source).iter_batches(columns=list(COLUMNS))


def _arrow_writer(target: str, schema: Any) -> Any:
    from pyarrow import csv, parquet

    if target.endswith(".csv"):
        return csv.CSVWriter(target, schema)
    return parquet.ParquetWriter(target, schema)


def _arrow_price(batch: Any) -> Any:
    import pyarrow.compute as pc

    columns = [pc.cast(batch[name], "double") for name in COLUMNS]
    price: Any = OUTPUT_BIAS
    for weights, bias, out in zip(HIDDEN, HIDDEN_BIAS, OUTPUT, strict=True):
        z: Any = bias
        for weight, column in zip(weights, columns, strict=True):
            if weight:
                z = pc.add(z, pc.multiply(weight, column))
        price = pc.add(price, pc.multiply(out, pc.max_element_wise(z, 0.0)))
    return price


def write_model(path: str) -> None:
    """The network as an ONNX model in doubles."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save_model

    arrays = {
        "w1": np.array(HIDDEN),
        "b1": np.array(HIDDEN_BIAS),
        "w2": np.array([OUTPUT]),
        "b2": np.array([OUTPUT_BIAS]),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "w1", "b1"], ["z"], transB=1),
            helper.make_node("Relu", ["z"], ["a"]),
            helper.make_node("Gemm", ["a", "w2", "b2"], ["price"], transB=1),
        ],
        "homes",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["n", 4])],
        [helper.make_tensor_value_info("price", TensorProto.DOUBLE, ["n", 1])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    opset = helper.make_opsetid("", 17)
    save_model(helper.make_model(graph, opset_imports=[opset], ir_version=9), path)


PEERS: dict[str, Callable[[str, str, str], None]] = {
    "nnspec": by_nnspec,
    "polars": by_polars,
    "duckdb": by_duckdb,
    "pyarrow": by_pyarrow,
    "pandas + onnxruntime": by_onnxruntime,
    "pandas + scikit-learn": by_sklearn,
}


if __name__ == "__main__":
    peer, source, target, model = [*sys.argv[1:], ""][:4]
    PEERS[peer](source, target, model)
    print_peak()
