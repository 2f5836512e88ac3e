"""NS204, NS210 and NS211 for networks built in Python: words and parameters nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import did_you_mean, listed, quote
from nnspec.functions.activations import ACTIVATIONS, ALIASES, check_parameters, find
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import NetworkSpec
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import activations, neuron_path
from nnspec.validation.rules.numbers.degenerate_transform import transform_path
from nnspec.validation.shape import synonyms

INPUT_TYPES = ("number", "integer", "boolean", "category")


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each word that is none of the format's."""
    for path, given, legal in _words(subject.spec):
        if given is not None and given not in legal:
            yield unknown_word(path, given, legal)


def unknown_word(path: Path, given: object, legal: Iterable[str]) -> Finding:
    """The finding for a word that is not among the legal ones."""
    names = list(legal)
    key = next((step for step in reversed(path) if isinstance(step, str)), "value")
    key = "direction" if "monotone" in path else key
    near = did_you_mean(given, names) if isinstance(given, str) else ""
    legal_help = f"legal: {listed(names)}"
    mend = legal_help if not near or near == legal_help else f"{near} ({legal_help})"
    return Finding("NS204", path, f"{quote(given)} is not a legal {key}", mend)


def _words(spec: NetworkSpec) -> Iterator[tuple[Path, str | None, Iterable[str]]]:
    for item in spec.inputs:
        yield ("inputs", item.name, "type"), item.type, INPUT_TYPES
        for index, step in enumerate(item.transforms):
            yield transform_path(item, index), step.kind, TRANSFORMS
    for index, layer in enumerate(spec.layers):
        yield ("layers", index, "aggregation"), layer.aggregation, AGGREGATIONS
        yield ("layers", index, "group"), layer.group, GROUPS
    for index, neuron in spec.neurons():
        yield neuron_path(index, neuron.name, "aggregation"), neuron.aggregation, AGGREGATIONS


def check_activations(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each activation that nobody knows."""
    for path, activation in activations(subject.spec):
        if find(activation.name) is None:
            yield unknown_activation(path, activation.name)


def unknown_activation(path: Path, given: str) -> Finding:
    """The finding for an activation that does not exist."""
    near = did_you_mean(given, [*ACTIVATIONS, *ALIASES])
    if given in synonyms.ACTIVATIONS:
        near = f"did you mean {quote(synonyms.ACTIVATIONS[given])}?"
    elif given in GROUPS:
        near = f"did you mean the layer's 'group: {given}'? It acts on all its neurons together"
    mend = near if near.startswith("did") else f"legal: {listed(ACTIVATIONS, most=40)}"
    return Finding("NS210", path, f"there is no activation {quote(given)}", mend)


def check_activation_parameters(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each parameter that its activation does not take as it is given."""
    for path, activation in activations(subject.spec):
        function = find(activation.name)
        if function is not None:
            for inner, message, mend in check_parameters(function, activation.parameters):
                yield Finding("NS211", (*path, activation.name, *inner), message, mend)


UNKNOWN_WORD = error(
    "NS204",
    "unknown-word",
    what="A value that must be one of a few words and is none of them.",
    why="There is nothing it could mean.",
    example="aggregation: summ",
    mend="aggregation: sum",
)(check)

UNKNOWN_ACTIVATION = error(
    "NS210",
    "unknown-activation",
    what="An activation that is not in the list of `nnspec activations`, nor an alias of one.",
    why="Without its formula the neuron has no value.",
    example="activation: reul",
    mend="activation: relu",
)(check_activations)

ACTIVATION_PARAMETER = error(
    "NS211",
    "activation-parameter",
    what=(
        "A parameter that the activation does not take, one that it needs and is not given, or one "
        "that makes no sense: `clip` with its low end above its high end, knots out of order."
    ),
    why="Each parameter changes what the neuron computes; a misspelt one would change nothing.",
    example="activation: {leaky-relu: {slop: 0.2}}",
    mend="activation: {leaky-relu: {slope: 0.2}}",
)(check_activation_parameters)
