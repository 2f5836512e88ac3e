"""Specs at size: what grows with the number of synapses, and what must not.

Times are for the benchmarks; here are the reasons that they are short: the slow library is not
shown what is plainly fine, and a synapse costs little memory.
"""

from __future__ import annotations

import random
import tracemalloc

import pytest

from nnspec.diagnostics.limits import Limits
from nnspec.loading import check_bytes
from nnspec.network import loads
from nnspec.text.parsing import parse_text
from nnspec.validation.shape.light import LightCopy
from nnspec.validation.shape.schema import acceptor

ROOMY = Limits(spec_bytes=2**30, nodes=10**8)


def large_spec(n_layers: int, width: int, fan_in: int) -> str:
    """A spec of named neurons, each with synapses from the layer before."""
    draw = random.Random(0)
    sources = [f"i{i}" for i in range(width)]
    lines = ["nnspec: 1", "name: large", "inputs:", *(f"  {name}: {{}}" for name in sources)]
    lines.append("layers:")
    for layer in range(n_layers):
        lines += [f"  - name: layer-{layer}", "    activation: relu", "    neurons:"]
        names = [f"n{layer}-{i}" for i in range(width)]
        for name in names:
            chosen = ", ".join(f"{s}: {draw.gauss(0, 1):.4f}" for s in draw.sample(sources, fan_in))
            lines.append(f"      {name}: {{bias: 0.5, synapses: {{{chosen}}}}}")
        sources = names
    return "\n".join(lines) + "\n"


def measured(text: str) -> tuple[int, int]:
    """Peak of memory in bytes while a spec is loaded, and its synapses."""
    tracemalloc.start()
    network = loads(text, ROOMY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, network.compiled.n_synapses


def test_a_synapse_given_by_name_costs_little_memory():
    """Below 400 bytes each, all stages together: a million of them stay below half a gigabyte."""
    loads(large_spec(1, 4, 2))  # what is imported and made once
    small, few = measured(large_spec(2, 60, 30))
    large, many = measured(large_spec(4, 60, 30))
    assert (few, many) == (3_600, 7_200)
    assert (large - small) / (many - few) < 400


def test_the_schema_s_library_is_shown_one_neuron_and_one_layer():
    """However many there are: it takes a third of a millisecond for each."""
    document = parse_text(large_spec(5, 30, 4))
    copy = LightCopy(document.data, acceptor())
    assert [len(layer["neurons"]) for layer in copy.data["layers"]] == [1]
    assert len(copy.data["inputs"]) == 1


@pytest.mark.parametrize("limit", ["spec_bytes", "nodes", "neurons", "synapses"])
def test_each_limit_of_size_can_be_raised_and_lowered(limit):
    text = large_spec(2, 10, 5)
    needed = {"spec_bytes": len(text), "nodes": 200, "neurons": 20, "synapses": 100}
    content = text.encode()
    assert check_bytes(content, "s", Limits(**{limit: 10 * needed[limit]})).ok
    assert not check_bytes(content, "s", Limits(**{limit: needed[limit] - 1})).ok
