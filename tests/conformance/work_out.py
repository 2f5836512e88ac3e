"""Work out what every case must give, from docs/format.md alone: nothing of nnspec is imported.

``python tests/conformance/work_out.py`` writes ``expected.csv`` into each folder that has a table.
It is slow, small and as near to the words of the format as it can be: one row, one neuron and one
rounding at a time.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import exact
import yaml
from exact import (
    UndefinedError,
    add,
    cos,
    decimal,
    divide,
    erf,
    exp,
    log,
    minus,
    mul,
    nearest,
    sin,
    sqrt,
)
from exact import power as exact_power
from exact import tanh as exact_tanh

HERE = Path(__file__).parent

# -- reading: YAML as format.md reads it ----------------------------------------------------------

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def number_of(text: str) -> Fraction:
    """The number that a text means; an exponent beyond all doubles is cut."""
    digits, _, exponent = text.lower().partition("e")
    most = 400 + len(digits)
    return Fraction(digits) * Fraction(10) ** max(-most, min(most, int(exponent or 0)))


def read_spec(path: Path) -> Any:
    """A spec as maps, lists, text, booleans, None and numbers (doubles)."""
    return _plain(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))


def _plain(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(entry) for entry in node.value]
    if node.style is not None:
        return node.value
    if NUMBER.fullmatch(node.value):
        return nearest(number_of(node.value))
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(
        node.value, node.value
    )


def read_rows(folder: Path, inputs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells of each row, by input: text from CSV, values from JSON; None is missing."""
    if (folder / "input.json").exists():
        rows = json.loads((folder / "input.json").read_text(encoding="utf-8"))
    else:
        with (folder / "input.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    for row in rows:
        yield {name: row.get((item or {}).get("column", name)) for name, item in inputs.items()}


# -- inputs ---------------------------------------------------------------------------------------


class BadRowError(Exception):
    """A row that gives no output."""


def written(value: Any) -> str:
    """How a category's value is written: a whole number without a point, a boolean in letters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return str(int(value)) if value == int(value) else repr(float(value))
    return str(value)


def units_of(name: str, item: Mapping[str, Any]) -> list[str]:
    if item.get("type") != "category":
        return [name]
    return [f"{name}.{written(value)}" for value in item["categories"]]


def read_input(name: str, item: Mapping[str, Any], cell: Any) -> dict[str, float]:
    """What synapses see of one input."""
    if cell is None or cell == "":
        cell = item.get("missing", "error")
        if cell == "error":
            raise BadRowError
    if item.get("type") == "category":
        chosen = f"{name}.{written(cell)}"
        units = units_of(name, item)
        if chosen not in units:
            raise BadRowError
        return {unit: float(unit == chosen) for unit in units}
    x = _number(item.get("type", "number"), cell)
    steps = item.get("transform", [])
    for step in steps if isinstance(steps, list) else [steps]:
        x = finite(transform(step, x))
    return {name: x}


def _number(kind: str, cell: Any) -> float:
    if isinstance(cell, str):
        words = {"true": 1.0, "false": 0.0} if kind == "boolean" else {}
        if cell in words:
            return words[cell]
        if not NUMBER.fullmatch(cell.strip(" \t")):
            raise BadRowError
        exact_value = number_of(cell.strip(" \t"))
        cell = nearest(exact_value)
        if kind == "integer" and Fraction(finite(cell)) != exact_value:
            raise BadRowError  # a whole number that no double holds
    elif isinstance(cell, bool) and kind != "boolean":
        raise BadRowError
    x = finite(float(cell)) + 0.0
    if (kind == "integer" and x != int(x)) or (kind == "boolean" and x not in (0.0, 1.0)):
        raise BadRowError
    return x


def transform(step: Any, x: float) -> float:
    """One step, its formula rounded once."""
    if isinstance(step, str):
        real = decimal(Fraction(x))
        return rounded({"log": lambda: log(real), "log1p": lambda: log(add(real, exact.Decimal(1))),
                        "sqrt": lambda: sqrt(real)}[step])  # fmt: skip
    ((kind, given),) = step.items()
    if kind == "clip":
        low, high = given
        x = x if low is None else max(x, low)
        return x if high is None else min(x, high)
    v = Fraction(x)
    if kind == "standardize":
        return nearest((v - Fraction(given["mean"])) / Fraction(given["deviation"]))
    a, b, c, d = map(Fraction, (*given["from"], *given["to"]))
    return nearest(c + (v - a) / (b - a) * (d - c))


def finite(x: float) -> float:
    if not math.isfinite(x):
        raise BadRowError
    return x


def rounded(compute: Any) -> float:
    """A real function's value as a double; without one, the row is bad."""
    try:
        return finite(nearest(compute()))
    except UndefinedError:
        raise BadRowError from None


# -- what a neuron computes -----------------------------------------------------------------------


def plus(a: float, b: float) -> float:
    """A sum of two doubles, rounded once."""
    if math.isinf(a) or math.isinf(b):
        return a + b
    return nearest(Fraction(a) + Fraction(b))


def times(a: float, b: float) -> float:
    return nearest(Fraction(a) * Fraction(b))


def aggregate(kind: str, synapses: Sequence[tuple[float, float]]) -> float:
    """The reduction of (weight, source) in their order, without the bias."""
    if kind == "product":
        total = 1.0
        for w, x in synapses:
            total = times(total, rounded(lambda w=w, x=x: exact_power(Fraction(x), Fraction(w))))
        return total
    if kind in ("sum", "mean", "max", "min"):
        terms = [times(w, x) for w, x in synapses]
    else:
        apart = [plus(x, -w) for w, x in synapses]
        terms = [abs(d) if kind == "manhattan" else square(d) for d in apart]
    if kind in ("max", "min"):
        return (max if kind == "max" else min)(terms)
    total = 0.0
    for term in terms:
        total = plus(total, term)
    if kind == "mean":
        return finite(nearest(Fraction(finite(total)) / len(terms)))
    if kind == "distance":
        return nearest(sqrt(decimal(Fraction(finite(total)))))
    return total


def square(d: float) -> float:
    return math.inf if math.isinf(d) else times(d, d)


def activate(name: str, p: Mapping[str, Any], z: float) -> float:
    """The activation's formula at z, in real numbers, rounded once."""
    v = Fraction(z)
    flat = {
        "identity": lambda: v,
        "relu": lambda: max(v, 0),
        "step": lambda: Fraction(z >= 0),
        "sign": lambda: Fraction((z > 0) - (z < 0)),
        "abs": lambda: abs(v),
        "square": lambda: v * v,
        "cube": lambda: v**3,
        "reciprocal": lambda: exact_power(v, Fraction(-1)),
        "softsign": lambda: v / (1 + abs(v)),
        "hard-sigmoid": lambda: min(max(v / 6 + Fraction(1, 2), Fraction(0)), Fraction(1)),
        "hard-tanh": lambda: min(max(v, Fraction(-1)), Fraction(1)),
        "relu6": lambda: min(max(v, Fraction(0)), Fraction(6)),
        "leaky-relu": lambda: v if v >= 0 else Fraction(p.get("slope", 0.01)) * v,
        "clip": lambda: min(max(v, Fraction(p["low"])), Fraction(p["high"])),
        "power": lambda: exact_power(v, Fraction(p["exponent"])),
        "piecewise": lambda: between(p["knots"], v),
    }
    return rounded(flat[name] if name in flat else lambda: curve(name, p, decimal(v)))


def between(knots: Sequence[Sequence[float]], v: Fraction) -> Fraction:
    points = [(Fraction(x), Fraction(y)) for x, y in knots]
    if v <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if v <= x1:
            return y0 + (v - x0) / (x1 - x0) * (y1 - y0)
    return points[-1][1]


SELU = "1.0507009873554805", "1.6732632423543772"


def curve(name: str, p: Mapping[str, Any], z: Any) -> Any:
    one, half = exact.Decimal(1), exact.Decimal("0.5")
    alpha = exact.Decimal(p.get("alpha", 1.0))

    def below(a: Any) -> Any:
        return z if z >= 0 else mul(a, add(exp(z), minus(one)))

    def softplus() -> Any:
        return add(z, log(add(one, exp(minus(z))))) if z > 0 else log(add(one, exp(z)))

    def inner() -> Any:
        factor = sqrt(divide(exact.Decimal(2), exact.PI))
        return mul(factor, add(z, mul(exact.Decimal("0.044715"), z, z, z)))

    return {
        "sigmoid": lambda: divide(one, add(one, exp(minus(z)))),
        "tanh": lambda: exact_tanh(z),
        "sqrt": lambda: sqrt(z),
        "exp": lambda: exp(z),
        "log": lambda: log(z),
        "sin": lambda: sin(z),
        "cos": lambda: cos(z),
        "gaussian": lambda: exp(minus(mul(z, z))),
        "softplus": softplus,
        "elu": lambda: below(alpha),
        "selu": lambda: mul(exact.Decimal(SELU[0]), below(exact.Decimal(SELU[1]))),
        "celu": lambda: z if z >= 0 else mul(alpha, add(exp(divide(z, alpha)), minus(one))),
        "gelu": lambda: mul(z, half, add(one, erf(divide(z, sqrt(exact.Decimal(2)))))),
        "gelu-tanh": lambda: mul(z, half, add(one, exact_tanh(inner()))),
        "silu": lambda: divide(z, add(one, exp(minus(z)))),
        "mish": lambda: mul(z, exact_tanh(softplus())),
    }[name]()


# -- layers ---------------------------------------------------------------------------------------

Neuron = tuple[str, str, tuple[str, dict[str, Any]], float, list[tuple[str, float]]]
"""Name, aggregation, activation with its parameters, bias, and (source, weight) in their order."""


def spelled(activation: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(activation, dict):
        ((name, parameters),) = activation.items()
        return name, parameters or {}
    return activation, {}


def neurons_of(spec: Mapping[str, Any], layer: Mapping[str, Any], folder: Path) -> list[Neuron]:
    parameters = spec.get("parameters", {})

    def number(value: Any) -> float:
        return (0.0 if value is None else parameters.get(value, value)) + 0.0

    aggregation = layer.get("aggregation", "sum")
    activation = layer.get("activation", "identity")
    if "neurons" not in layer:
        columns = columns_of(spec, layer["from"])
        biases = layer.get("bias")
        if isinstance(biases, dict):
            biases = list(stored(folder, biases).rows()[0].values())
        return [
            (
                f"{layer['name']}.{i}", aggregation, spelled(activation),
                number(biases[i] if isinstance(biases, list) else biases),
                [(columns[at], w + 0.0) for at, w in sorted(row.items())],
            )
            for i, row in enumerate(matrix(folder, layer["weights"], int(layer["size"])))
        ]  # fmt: skip
    return [
        (
            name, own.get("aggregation", aggregation), spelled(own.get("activation", activation)),
            number(own.get("bias", layer.get("bias"))),
            [(source, number(w)) for source, w in sorted(own["synapses"].items())],
        )
        for name, own in layer["neurons"].items()
    ]  # fmt: skip


def columns_of(spec: Mapping[str, Any], sources: Sequence[str]) -> list[str]:
    found: list[str] = []
    for source in sources:
        if source in spec["inputs"]:
            found += units_of(source, spec["inputs"][source] or {})
            continue
        layer = next(one for one in spec["layers"] if one["name"] == source)
        if "neurons" in layer:
            found += layer["neurons"]
        else:
            found += [f"{source}.{i}" for i in range(int(layer["size"]))]
    return found


def group(kind: str, layer: Mapping[str, Any], values: dict[str, float]) -> dict[str, float]:
    """What a group makes of a layer's values; sums in the order of names, or of numbers."""
    if kind == "winner":
        best = max(values.values())
        first = next(name for name, a in values.items() if a == best)
        return {name: float(name == first) for name in values}
    order = sorted(values) if "neurons" in layer else list(values)
    if kind == "normalize":
        total = 0.0
        for name in order:
            total = plus(total, values[name])
        if total == 0 or math.isinf(total):
            raise BadRowError
        return {name: nearest(Fraction(a) / Fraction(total)) for name, a in values.items()}
    top = Fraction(max(values.values()))
    powers = {name: exp(decimal(Fraction(a) - top)) for name, a in values.items()}
    total_power = add(*powers.values())
    return {name: nearest(divide(power, total_power)) for name, power in powers.items()}


def value_row(spec: Mapping[str, Any], folder: Path, cells: Mapping[str, Any]) -> dict[str, float]:
    """Each neuron's value."""
    seen: dict[str, float] = {}
    values: dict[str, float] = {}
    for name, item in spec["inputs"].items():
        seen |= read_input(name, item or {}, cells[name])
    for layer in spec["layers"]:
        own: dict[str, float] = {}
        for name, kind, (activation, p), bias, synapses in neurons_of(spec, layer, folder):
            pairs = [(w, seen[source]) for source, w in synapses]
            z = finite(plus(aggregate(kind, pairs), bias))
            own[name] = activate(activation, p, z) + 0.0
        if "group" in layer:
            own = group(layer["group"], layer, own)
        values |= own
        seen |= own
    return values


# -- weights --------------------------------------------------------------------------------------


class Stored:
    """Numbers of a file, with their shape."""

    def __init__(self, shape: Sequence[int], numbers: Sequence[float]) -> None:
        self.shape, self.numbers = tuple(shape), list(numbers)

    def rows(self) -> list[dict[int, float]]:
        width = self.shape[-1]
        starts = range(0, len(self.numbers), width)
        return [dict(enumerate(self.numbers[at : at + width])) for at in starts]


KINDS = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i"}


def tensor(path: Path, name: str) -> Stored:
    """One tensor of a safetensors file: eight bytes of length, a header in JSON, the numbers."""
    content = path.read_bytes()
    (size,) = struct.unpack_from("<Q", content)
    entry = json.loads(content[8 : 8 + size])[name]
    begin, end = entry["data_offsets"]
    own = content[8 + size + begin : 8 + size + end]
    if entry["dtype"] == "BF16":  # the upper half of a float32
        own = b"".join(b"\0\0" + own[at : at + 2] for at in range(0, len(own), 2))
    kind = KINDS.get(entry["dtype"], "f")
    return Stored(entry["shape"], struct.unpack(f"<{len(own) // struct.calcsize(kind)}{kind}", own))


def npy(path: Path) -> Stored:
    """The array of a ``.npy`` file of version 1, by rows."""
    content = path.read_bytes()
    (size,) = struct.unpack_from("<H", content, 8)
    header = content[10 : 10 + size].decode("latin-1")
    shape = [
        int(n) for n in re.search(r"'shape': \(([\d, ]*)\)", header)[1].split(",") if n.strip()
    ]
    kind = {"<f8": "d", "<f4": "f", "<f2": "e"}[re.search(r"'descr': '([^']*)'", header)[1]]
    numbers = struct.unpack(f"<{math.prod(shape)}{kind}", content[10 + size :])
    if "'fortran_order': True" in header and len(shape) == 2:
        n, m = shape
        numbers = [numbers[column * n + row] for row in range(n) for column in range(m)]
    return Stored(shape, numbers)


def stored(folder: Path, given: Mapping[str, Any]) -> Stored:
    path = folder / given["file"]
    return npy(path) if path.suffix == ".npy" else tensor(path, given["tensor"])


def matrix(folder: Path, weights: Any, size: int) -> list[dict[int, float]]:
    """By row: each synapse's weight by its column."""
    if isinstance(weights, list):
        return [dict(enumerate(row)) for row in weights]
    rows: list[dict[int, float]] = [{} for _ in range(size)]
    if "sparse" in weights:
        for row, column, weight in weights["sparse"]:
            rows[int(row)][int(column)] = weight
        return rows
    path, name = folder / weights["file"], weights.get("tensor", "")
    if path.suffix == ".npy" or f'"{name}.indptr"'.encode() not in path.read_bytes():
        return stored(folder, weights).rows()
    parts = (tensor(path, f"{name}.{part}").numbers for part in ("data", "indices", "indptr"))
    data, indices, starts = parts
    for row in range(size):
        for at in range(int(starts[row]), int(starts[row + 1])):
            rows[row][int(indices[at])] = data[at]
    return rows


# -- writing --------------------------------------------------------------------------------------


def worked_out(folder: Path) -> str:
    """The text of ``expected.csv``."""
    spec = read_spec(folder / "spec.yaml")
    names = [one[0] for layer in spec["layers"] for one in neurons_of(spec, layer, folder)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", *names])
    for number, cells in enumerate(read_rows(folder, spec["inputs"]), start=1):
        try:
            values = value_row(spec, folder, cells)
        except BadRowError:
            writer.writerow([number, *("" for _ in names)])
        else:
            writer.writerow([number, *(repr(values[name]) for name in names)])
    return out.getvalue()


def folders() -> list[Path]:
    """The cases that have a table."""
    return sorted(path.parent for path in HERE.glob("*/*/input.*"))


if __name__ == "__main__":
    for one in folders():
        (one / "expected.csv").write_text(worked_out(one), encoding="utf-8")
        print(f"{one.relative_to(HERE)}: worked out")
