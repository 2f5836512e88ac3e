"""NS303: one name for two things."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import NetworkSpec
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each name that already has an owner."""
    yield from _repeated(_names(subject.spec))
    yield from _repeated(_layer_names(subject.spec))


def _repeated(names: Iterator[tuple[str, str, Path]]) -> Iterator[Finding]:
    owners: dict[str, tuple[str, Path]] = {}
    for name, kind, path in names:
        if name not in owners:
            owners[name] = kind, path
            continue
        first, first_path = owners[name]
        again = "a second time" if first == kind else f"too; it is already {first}"
        yield Finding(
            "NS303",
            path,
            f"{quote(name)} is {kind} {again}",
            "rename one of the two; inputs, neurons and parameters share one set of names",
            at="value" if path[-1] == "name" and path[0] == "layers" and len(path) == 3 else "key",
            related=first_path,
        )


def _names(spec: NetworkSpec) -> Iterator[tuple[str, str, Path]]:
    for item in spec.inputs:
        yield item.name, "an input", ("inputs", item.name)
    for parameter in spec.parameters:
        yield parameter, "a parameter", ("parameters", parameter)
    for index, neuron in spec.neurons():
        yield neuron.name, "a neuron", neuron_path(index, neuron.name)


def _layer_names(spec: NetworkSpec) -> Iterator[tuple[str, str, Path]]:
    # `from` names layers and inputs alike, so that these two may not share a name either.
    for item in spec.inputs:
        yield item.name, "an input", ("inputs", item.name)
    for index, layer in enumerate(spec.layers):
        yield layer.name, "a layer", ("layers", index, "name")


RULE = error(
    "NS303",
    "duplicate-name",
    what=(
        "A name that two things share: inputs, neurons and parameters have one set of names; "
        "layers and inputs another, since a bulk layer's `from` names both."
    ),
    why="A synapse that names it could mean either.",
    example="inputs:\n  age: {unit: year}\n# ...\nneurons:\n  age: {synapses: {area: 1}}",
    mend="inputs:\n  age: {unit: year}\n# ...\nneurons:\n  old: {synapses: {area: 1}}",
)(check)
