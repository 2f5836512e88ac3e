"""All that differs between two specs, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnspec.comparing.structure.claims import compare_claims
from nnspec.comparing.structure.differences import Difference, compare_facts, texts
from nnspec.comparing.structure.inputs import compare_inputs
from nnspec.comparing.structure.layers import compare_layers
from nnspec.comparing.structure.matching import match_resolved
from nnspec.comparing.structure.neurons import compare_neurons
from nnspec.comparing.structure.parameters import compare_parameters
from nnspec.comparing.structure.renames import Renames, renamed_spec
from nnspec.spec.model import NetworkSpec
from nnspec.spec.resolved import resolve


def compare(
    old: NetworkSpec, new: NetworkSpec, to: Renames | None = None
) -> tuple[Difference, ...]:
    """Every difference between two specs without errors.

    The order of keys, of inputs, neurons and synapses, the way numbers are written, aliases of
    activations and whether a value stands in a neuron or in its layer's defaults are no difference.

    Parameters
    ----------
    to
        What of the old spec is what of the new one; None to find out.

    Examples
    --------
    >>> from nnspec.spec.model import Input, Layer, Neuron
    >>> def network(weight):
    ...     return NetworkSpec("n", (Input("age"),), (Layer("l", (Neuron("a", {"age": weight}),)),))
    >>> [(d.name, d.source, d.old, d.new) for d in compare(network(2), network(3.0))]
    [('a', 'age', 2, 3)]
    """
    before, after = resolve(old), resolve(new)
    to = match_resolved(before, after) if to is None else to
    return (
        *_network(old, new, to),
        *compare_inputs(before, after, to),
        *compare_parameters(before, after, to),
        *compare_layers(before, after, to),
        *compare_neurons(before, after, to),
        *compare_claims(renamed_spec(old, to), new),
    )


def _network(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Iterator[Difference]:
    yield from compare_facts("network", new.name, _facts(old), _facts(new))
    before = list(map(to.unit, old.output_names))
    after = list(new.output_names)
    for name in after:
        if name not in before:
            yield Difference("network", new.name, "added", "output", new=name)
    for name in before:
        if name not in after:
            yield Difference("network", new.name, "removed", "output", old=name)
    if set(before) == set(after) and None not in (old.outputs, new.outputs) and before != after:
        yield Difference("network", new.name, "changed", "order of outputs", "", before, after)


def _facts(spec: NetworkSpec) -> dict[str, Any]:
    said = texts(spec, "title", "description", "version", "license", "source")
    return {"name": spec.name, **said, "authors": list(spec.authors) or None}
