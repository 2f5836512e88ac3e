"""What the JSON Schema says of a file, said of a spec that was built in Python.

Types are the type checker's to hold; here is what types cannot say: what must not be empty, what
goes with what, and which words are legal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import (
    Claim,
    Independent,
    Input,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Ordered,
    Then,
)
from nnspec.validation.rules.shape.unknown_word import unknown_word

DIRECTIONS = ("increasing", "decreasing")


def check_built(spec: NetworkSpec) -> Iterator[Finding]:
    """Yield a finding for each part that no file could hold in this form."""
    for item in spec.inputs:
        yield from _input(item)
    for index, layer in spec.bulk_layers():
        if not layer.sources:
            yield _empty(("layers", index, "from"))
    for index, example in enumerate(spec.examples):
        path: Path = ("examples", index)
        if not example.expect:
            yield _empty((*path, "expect"))
        if example.within is not None and example.within < 0:
            message = f"'within' must be at least 0; given {example.within}"
            yield Finding("NS206", (*path, "within"), message)
    for index, claimed in enumerate(spec.properties):
        yield from _claim(("properties", index, claimed.claim.key), claimed.claim)
    for path, extensions in _extensions(spec):
        for key in extensions:
            if not key.startswith("x-"):
                message = f"the extension key {quote(key)} does not begin with 'x-'"
                yield Finding("NS201", (*path, key), message, f"name it 'x-{key}'", at="key")


def _empty(path: Path) -> Finding:
    return Finding("NS205", path, f"'{path[-1]}' must have at least one entry; given 0")


def _input(item: Input) -> Iterator[Finding]:
    path: Path = ("inputs", item.name)
    if item.type == "category" and not item.categories:
        message = "an input of type category needs its 'categories'"
        yield Finding("NS202", path, message, "list them")
    if item.type != "category" and item.categories:
        message = "'categories' goes with type: category only"
        yield Finding("NS208", (*path, "categories"), message, "delete them, or add the type")
    for index, value in enumerate(item.categories):
        if isinstance(value, float) and not value.is_integer():
            message = f"a category must be text, a whole number, true or false; given {value}"
            yield Finding("NS203", (*path, "categories", index), message, "give it as text")
    if item.column == "":
        message = "'column' must have at least 1 character; given 0"
        yield Finding("NS205", (*path, "column"), message)


def _claim(path: Path, claim: Claim) -> Iterator[Finding]:
    parts: Any
    match claim:
        case Then(parts) | Independent(parts) | Monotone(parts) | Lipschitz(parts):
            pass
        case Ordered(parts) | Linear(parts):
            pass
    if not parts:
        yield _empty(path)
    elif isinstance(claim, Independent | Monotone | Lipschitz):
        for name, inner in parts.items():
            if not inner:
                yield _empty((*path, name))
    if isinstance(claim, Monotone):
        for neuron, directions in claim.directions.items():
            for name, direction in directions.items():
                if direction not in DIRECTIONS:
                    yield unknown_word((*path, neuron, name), direction, DIRECTIONS)


def _extensions(spec: NetworkSpec) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield (), spec.extensions
    for item in spec.inputs:
        yield ("inputs", item.name), item.extensions
    for index, layer in enumerate(spec.layers):
        yield ("layers", index), layer.extensions
    for index, neuron in spec.neurons():
        yield ("layers", index, "neurons", neuron.name), neuron.extensions
    for index, example in enumerate(spec.examples):
        yield ("examples", index), example.extensions
    for index, claimed in enumerate(spec.properties):
        yield ("properties", index), claimed.extensions
