"""The neurons of a layer, as they stand in a compiled network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nnspec.formats.sql.sizes import Size, SizedTerm, size_of_z
from nnspec.program.compiled import CompiledLayer, Segment


@dataclass(frozen=True, slots=True)
class Source:
    """A unit that synapses may come from: its column, and the size of its values."""

    column: str
    size: Size


@dataclass(frozen=True, slots=True)
class NeuronPlan:
    """One neuron: what it computes, and what is known of it."""

    name: str
    bias: float
    synapses: tuple[tuple[float, Source], ...]
    aggregation: str
    activation: Segment
    size: Size = field(init=False)

    def __post_init__(self) -> None:
        terms = [SizedTerm(weight, source.size) for weight, source in self.synapses]
        object.__setattr__(self, "size", size_of_z(self.aggregation, self.bias, terms))


def neuron_plans(layer: CompiledLayer, sources: Sequence[Source]) -> list[NeuronPlan]:
    """The neurons of a layer, given the source of each of its columns."""
    aggregations = _by_row(layer.aggregations)
    activations = _by_row(layer.activations)
    return [
        NeuronPlan(
            name,
            float(layer.bias[row]),
            tuple(_terms(layer, row, sources)),
            aggregations[row].name,
            activations[row],
        )
        for row, name in enumerate(layer.neurons)
    ]


def _by_row(segments: Sequence[Segment]) -> dict[int, Segment]:
    return {row: segment for segment in segments for row in segment.rows.tolist()}


def _terms(
    layer: CompiledLayer, row: int, sources: Sequence[Source]
) -> Iterator[tuple[float, Source]]:
    columns, weights = layer.weights.row(row)
    for column, weight in zip(columns.tolist(), weights.tolist(), strict=True):
        yield weight, sources[column]
