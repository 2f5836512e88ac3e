"""Strategies for whole networks."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import AnyLayer, NetworkSpec
from nnspec.testing.arguments import check_bounds, check_names
from nnspec.testing.strategies.functions import EVERY_ACTIVATION
from nnspec.testing.strategies.parts import Draw, NetworkDraw, Parts
from nnspec.testing.strategies.scalars import NAMES, numbers, texts
from nnspec.testing.strategies.statements import draw_claims, draw_outputs


@st.composite
def network_specs(
    draw: Draw,
    *,
    min_inputs: int = 1,
    max_inputs: int | None = None,
    min_layers: int = 1,
    max_layers: int | None = None,
    min_neurons: int = 1,
    max_neurons: int | None = None,
    max_synapses: int = 4,
    activations: Sequence[str] = EVERY_ACTIVATION,
    aggregations: Sequence[str] = tuple(AGGREGATIONS),
    groups: Sequence[str] = tuple(GROUPS),
    transforms: Sequence[str] = tuple(TRANSFORMS),
    bulk: bool = True,
    decorated: bool = False,
) -> NetworkSpec:
    """Specs without errors, of networks small enough to be read.

    They shrink toward one layer, one neuron, one synapse, weight 1 and short plain names.

    Parameters
    ----------
    min_inputs, max_inputs
        How many inputs; by default at most 3.
    min_layers, max_layers
        How many layers; by default at most 3.
    min_neurons, max_neurons
        How many neurons each layer has; by default at most 4.
    max_synapses
        How many synapses a neuron given by name may have.
    activations, aggregations, groups, transforms
        Names of what may be used; no group, or no transform, if the list is empty.
    bulk
        Whether layers may be given by matrices.
    decorated
        Whether there may be texts, extensions, examples and properties, which change no value.
        They are well-formed, but what examples and properties claim may be false.

    Examples
    --------
    >>> strategy = network_specs(max_layers=1, activations=["relu", "identity"])
    """
    check_names("activations", activations, EVERY_ACTIVATION)
    check_names("aggregations", aggregations, AGGREGATIONS)
    check_names("groups", groups, GROUPS, may_be_empty=True)
    check_names("transforms", transforms, TRANSFORMS, may_be_empty=True)
    check_bounds("synapses", 1, max_synapses)
    n_inputs = _sizes("inputs", min_inputs, max_inputs, 3)
    n_layers = _sizes("layers", min_layers, max_layers, 3)
    n_neurons = _sizes("neurons", min_neurons, max_neurons, 4)
    parts = Parts(activations, aggregations, groups, transforms, max_synapses, decorated)
    builder = NetworkDraw(draw, parts)
    inputs = tuple([builder.input() for _ in range(draw(n_inputs))])
    parameters = {builder.name(): draw(numbers()) for _ in range(draw(st.integers(0, 2)))}
    builder.parameters = list(parameters)
    layers: list[AnyLayer] = []
    for _ in range(draw(n_layers)):
        is_bulk = bulk and draw(st.sampled_from([False, False, True]))
        size = draw(n_neurons)
        layers.append(builder.bulk_layer(size) if is_bulk else builder.layer(size))
    return NetworkSpec(
        name=draw(st.sampled_from(NAMES)),
        inputs=inputs,
        layers=tuple(layers),
        parameters=parameters,
        outputs=draw_outputs(builder),
        **draw_claims(builder, inputs),
        **builder.texts("title", "description", "version", "license", "source"),
        authors=tuple(draw(st.lists(texts(), max_size=2))) if decorated else (),
    )


def _sizes(what: str, least: int, most: int | None, usual: int) -> st.SearchStrategy[int]:
    """How many there may be; the usual bound gives way to what is asked for."""
    top = max(least, usual) if most is None else most
    check_bounds(what, least, top, floor=1)
    return st.integers(least, top)
