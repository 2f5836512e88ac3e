"""What one would use instead for a deep sparse network: each gives a function that evaluates it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.radixnet import WEIGHT, RadixNet

WHOLE = 0
"""All rows at once."""


def matrices(net: RadixNet) -> list[Any]:
    """The weight matrices as scipy.sparse arrays of float32."""
    from scipy.sparse import csr_array

    shape = net.n_neurons, net.n_neurons
    data = np.full(net.n_synapses, WEIGHT, np.float32)
    return [csr_array((data, s.ravel(), net.indptr), shape=shape) for s in net.sources()]


def _blocks(n_rows: int, size: int) -> list[slice]:
    step = n_rows if size == WHOLE else size
    return [slice(at, at + step) for at in range(0, n_rows, step)]


def by_scipy(net: RadixNet, weights: Sequence[Any], table: Any, block: int) -> Callable[[], Any]:
    """scipy.sparse: W @ Y, then the bias and the clip in place."""
    columns = np.ascontiguousarray(table.T)
    bias = np.float32(net.bias)

    def evaluate() -> Any:
        found = []
        for rows in _blocks(len(table), block):
            y = np.ascontiguousarray(columns[:, rows])
            for w in weights:
                y = w @ y
                y += bias
                np.clip(y, 0, net.ceiling, out=y)
            found.append(y.T)
        return np.concatenate(found)

    return evaluate


def by_torch(net: RadixNet, weights: Sequence[Any], table: Any, block: int) -> Callable[[], Any]:
    """torch.sparse: compressed rows times a dense matrix, one thread."""
    import torch

    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that compressed rows are in beta
        stored = [
            torch.sparse_csr_tensor(
                torch.from_numpy(w.indptr), torch.from_numpy(w.indices), torch.from_numpy(w.data),
                size=w.shape,
            )
            for w in weights
        ]  # fmt: skip
    columns = torch.from_numpy(np.ascontiguousarray(table.T))

    def evaluate() -> Any:
        found = []
        for rows in _blocks(len(table), block):
            y = columns[:, rows].contiguous()
            for w in stored:
                y = (w @ y).add_(net.bias).clamp_(0, net.ceiling)
            found.append(y.T)
        return torch.cat(found).numpy()

    return evaluate


def by_onnxruntime(net: RadixNet, weights: Sequence[Any], table: Any) -> Callable[[], Any]:
    """onnxruntime: Gemm and Clip, the weights as full matrices, one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        _model(net, weights), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, {"a0": table})[0]


def _model(net: RadixNet, weights: Sequence[Any]) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    bounds = {"low": np.float32(0), "high": np.float32(net.ceiling)}
    stored = {name: np.asarray(value) for name, value in bounds.items()}
    stored["bias"] = np.full(net.n_neurons, net.bias, np.float32)
    nodes = []
    for i, w in enumerate(weights):
        stored[f"w{i}"] = np.ascontiguousarray(w.toarray().T)
        nodes += [
            helper.make_node("Gemm", [f"a{i}", f"w{i}", "bias"], [f"z{i}"]),
            helper.make_node("Clip", [f"z{i}", "low", "high"], [f"a{i + 1}"]),
        ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", net.n_neurons])
        for name in ("a0", f"a{len(weights)}")
    ]
    values = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    graph = helper.make_graph(nodes, "radixnet", ends[:1], ends[1:], values)
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    return bytes(model.SerializeToString())
