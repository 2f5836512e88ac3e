"""Document -> :class:`~nnspec.spec.model.NetworkSpec`.

The reader never raises and never guesses: what is not of the right shape was reported by the
schema check already, and is left out here so that the rules can look at all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkBias,
    BulkLayer,
    BulkWeights,
    Claim,
    DenseWeights,
    Example,
    FileWeights,
    Independent,
    Input,
    Interval,
    Layer,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Neuron,
    Ordered,
    Property,
    SparseWeights,
    Synapse,
    Then,
    Transform,
    Value,
    Weight,
)

T = TypeVar("T")

INPUT_TYPES = ("number", "integer", "boolean", "category")


def read_spec(data: Any) -> NetworkSpec:
    """The spec that a document's data says, as far as it is of the right shape."""
    top = _map(data)
    return NetworkSpec(
        name=_text(top.get("name")) or "",
        inputs=tuple([_input(name, value) for name, value in _map(top.get("inputs")).items()]),
        layers=tuple([_layer(value) for value in _list(top.get("layers")) if _is_map(value)]),
        parameters=_numbers(top.get("parameters")),
        outputs=_texts(top["outputs"]) if isinstance(top.get("outputs"), list) else None,
        examples=tuple([_example(v) for v in _list(top.get("examples"))]),
        properties=tuple([_property(v) for v in _list(top.get("properties"))]),
        title=_text(top.get("title")),
        description=_text(top.get("description")),
        version=_text(top.get("version")),
        authors=_texts(top.get("authors")),
        license=_text(top.get("license")),
        source=_text(top.get("source")),
        extensions=_extensions(top),
    )


# -- values of one type, or nothing ---------------------------------------------------------------


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> tuple[str, ...]:
    # What is no text is reported; its place is kept, so that those after it keep theirs.
    return tuple([item if isinstance(item, str) else "" for item in _list(value)])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float | None:
    return value if _is_number(value) else None


def _number_or_zero(value: Any) -> float:
    return value if _is_number(value) else 0.0


def _numbers(value: Any) -> dict[str, float]:
    # What is no number is still declared: those who name it are not at fault.
    return {k: _number_or_zero(v) for k, v in _map(value).items()}


def _interval(value: Any) -> Interval:
    if isinstance(value, list) and len(value) == 2:
        return _number(value[0]), _number(value[1])
    return None, None


def _weight(value: Any) -> Weight | None:
    return value if isinstance(value, str) or _is_number(value) else None


def _value(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else ""


def _plain(value: Any) -> Any:
    """A document's value as ordinary dicts and lists, free of its marks."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _extensions(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in node.items() if key.startswith("x-")}


# -- the parts of a spec --------------------------------------------------------------------------


def _input(name: str, value: Any) -> Input:
    node = _map(value)
    kind = node.get("type", "number")
    missing = node.get("missing")
    return Input(
        name=name,
        type=kind if kind in INPUT_TYPES else "number",
        categories=tuple([_value(item) for item in _list(node.get("categories"))]),
        range=_interval(node.get("range")),
        column=_text(node.get("column")),
        missing=None if missing in (None, "error") or isinstance(missing, dict | list) else missing,
        transforms=_transforms(node.get("transform")),
        unit=_text(node.get("unit")),
        title=_text(node.get("title")),
        description=_text(node.get("description")),
        extensions=_extensions(node),
    )


def _transforms(value: Any) -> tuple[Transform, ...]:
    steps = value if isinstance(value, list) else [value]
    read = [_transform(step) for step in steps]
    return tuple([step for step in read if step is not None])


def _transform(step: Any) -> Transform | None:
    if isinstance(step, str):
        return Transform(step)
    if not isinstance(step, dict) or len(step) != 1:
        return None
    kind, given = next(iter(step.items()))
    if kind == "clip":
        return Transform(kind, _interval(given))
    node = _map(given)
    values: tuple[Any, ...]
    if kind == "standardize":
        values = (node.get("mean"), node.get("deviation"))
    elif kind == "rescale":
        values = (*_interval(node.get("from")), *_interval(node.get("to")))
    else:
        return None
    return Transform(kind, values) if all(map(_is_number, values)) else None


def _activation(value: Any) -> Activation | None:
    if isinstance(value, str):
        return Activation(value)
    if isinstance(value, dict) and len(value) == 1:
        name, parameters = next(iter(value.items()))
        plain = {k: v for k, v in _map(parameters).items() if not k.startswith("x-")}
        return Activation(name, {k: _parameter(v) for k, v in plain.items()})
    return None


def _parameter(value: Any) -> Any:
    """A parameter's value; lists, such as knots, become tuples."""
    return tuple([_parameter(item) for item in value]) if isinstance(value, list) else value


def _layer(node: dict[str, Any]) -> AnyLayer:
    name = _text(node.get("name")) or ""
    common: dict[str, Any] = {
        "activation": _activation(node.get("activation")),
        "aggregation": _text(node.get("aggregation")),
        "group": _text(node.get("group")),
        "description": _text(node.get("description")),
        "extensions": _extensions(node),
    }
    if "neurons" not in node and {"size", "from", "weights"} & node.keys():
        size = node.get("size")
        return BulkLayer(
            name=name,
            size=int(_number(size) or 0),
            sources=_texts(node.get("from")),
            weights=_weights(node.get("weights")),
            bias=_bulk_bias(node.get("bias")),
            **common,
        )
    neurons = [_neuron(key, value) for key, value in _map(node.get("neurons")).items()]
    return Layer(name=name, neurons=tuple(neurons), bias=_weight(node.get("bias")), **common)


def _neuron(name: str, value: Any) -> Neuron:
    node = _map(value)
    return Neuron(
        name,
        # A weight of the wrong type is reported; its synapse is there all the same.
        [
            Synapse(source, weight if type(weight) in (float, int, str) else 1.0)
            for source, weight in _map(node.get("synapses")).items()
        ],
        _weight(node.get("bias")),
        _activation(node.get("activation")),
        _text(node.get("aggregation")),
        _interval(node.get("range")),
        _text(node.get("unit")),
        _text(node.get("title")),
        _text(node.get("description")),
        _extensions(node),
    )


def _weights(value: Any) -> BulkWeights:
    if isinstance(value, list):
        rows = [tuple(_floats(row)) for row in value if isinstance(row, list)]
        return DenseWeights(tuple(rows))
    node = _map(value)
    if "file" in node:
        return FileWeights(_text(node["file"]) or "", _text(node.get("tensor")))
    entries = [
        (int(e[0]), int(e[1]), e[2])
        for e in _list(node.get("sparse"))
        if isinstance(e, list) and len(e) == 3 and all(map(_is_number, e))
    ]
    return SparseWeights(tuple(entries))


def _floats(row: list[Any]) -> list[float]:
    return [_number_or_zero(item) for item in row]


def _bulk_bias(value: Any) -> BulkBias | None:
    if isinstance(value, list):
        return tuple(_floats(value))
    if isinstance(value, dict):
        return FileWeights(_text(value.get("file")) or "", _text(value.get("tensor")))
    return _weight(value)


def _example(value: Any) -> Example:
    node = _map(value)
    return Example(
        given={k: _value(v) for k, v in _map(node.get("given")).items()},
        expect={k: _bound(v) for k, v in _map(node.get("expect")).items()},
        name=_text(node.get("name")),
        within=_number(node.get("within")),
        extensions=_extensions(node),
    )


def _bound(value: Any) -> float | Interval:
    number = _number(value)
    return _interval(value) if number is None else number


def _property(value: Any) -> Property:
    node = _map(value)
    key = next((key for key in CLAIMS if key in node), None)
    return Property(
        claim=Then({}) if key is None else CLAIMS[key](node[key]),
        name=_text(node.get("name")),
        when={k: _allowed(v) for k, v in _map(node.get("when")).items()},
        description=_text(node.get("description")),
        extensions=_extensions(node),
    )


def _allowed(value: Any) -> Interval | tuple[Value, ...]:
    """What ``when`` allows an input: an interval of two numbers or open sides, or a list."""
    items = _list(value)
    is_interval = len(items) == 2 and all(v is None or isinstance(v, int | float) for v in items)
    return (items[0], items[1]) if is_interval else tuple([_value(item) for item in items])


def _nested(read: Callable[[Any], T], value: Any) -> dict[str, dict[str, T]]:
    return {
        outer: {inner: read(item) for inner, item in _map(node).items()}
        for outer, node in _map(value).items()
    }


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = [_texts(item) for item in _list(value)]
    return tuple([(pair[0], pair[1]) if len(pair) == 2 else ("", "") for pair in pairs])


CLAIMS: dict[str, Callable[[Any], Claim]] = {
    "then": lambda node: Then({k: _bound(v) for k, v in _map(node).items()}),
    "monotone": lambda node: Monotone(_nested(lambda v: _text(v) or "increasing", node)),
    "independent": lambda node: Independent({k: _texts(v) for k, v in _map(node).items()}),
    "lipschitz": lambda node: Lipschitz(_nested(_number_or_zero, node)),
    "ordered": lambda node: Ordered(_pairs(node)),
    "linear": lambda node: Linear(_texts(node)),
}
"""How each claim is read: the key that names it -> the claim."""
