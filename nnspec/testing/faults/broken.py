"""Strategies for specs with one fault, and the code of the diagnostic that it must give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from nnspec.spec.writing import to_data
from nnspec.testing.arguments import check_names
from nnspec.testing.faults import claim_faults, doubts, shape_faults, text_faults
from nnspec.testing.faults.sketches import Sketch
from nnspec.testing.strategies.builder import Draw
from nnspec.testing.strategies.networks import network_specs


class BrokenSpec(NamedTuple):
    """The text of a spec with one fault.

    Parameters
    ----------
    text
        The spec, as YAML.
    code
        The code of the diagnostics that ``nnspec validate`` gives: this one and no other.
    """

    text: str
    code: str


FAULTS: Mapping[str, Callable[[Sketch], None]] = {
    "NS101": text_faults.invalid_yaml,
    "NS102": text_faults.tab_indentation,
    "NS103": text_faults.duplicate_key,
    "NS104": text_faults.explicit_tag,
    "NS105": text_faults.several_documents,
    "NS106": text_faults.merge_key,
    "NS107": text_faults.key_not_text,
    "NS108": text_faults.not_finite,
    "NS109": text_faults.inexact_integer,
    "NS110": text_faults.underflow,
    "NS111": text_faults.too_many_values,
    "NS112": text_faults.recursive_alias,
    "NS113": text_faults.too_deep,
    "NS114": text_faults.forbidden_character,
    "NS116": text_faults.no_content,
    "NS117": text_faults.unknown_alias,
    "NS119": text_faults.ambiguous_number,
    "NS201": shape_faults.unknown_key,
    "NS202": shape_faults.missing_key,
    "NS203": shape_faults.wrong_type,
    "NS204": shape_faults.unknown_word,
    "NS205": shape_faults.wrong_count,
    "NS206": shape_faults.number_out_of_bounds,
    "NS207": shape_faults.reserved,
    "NS208": shape_faults.keys_that_exclude,
    "NS209": shape_faults.unknown_version,
    "NS210": shape_faults.unknown_activation,
    "NS211": shape_faults.activation_parameter,
    "NS301": shape_faults.dangling_synapse,
    "NS302": shape_faults.unknown_parameter,
    "NS303": shape_faults.duplicate_name,
    "NS304": shape_faults.invalid_name,
    "NS305": shape_faults.unknown_output,
    "NS306": shape_faults.unknown_bulk_source,
    "NS307": shape_faults.duplicate_category,
    "NS308": shape_faults.whole_category,
    "NS401": shape_faults.backward_synapse,
    "NS402": shape_faults.empty_layer,
    "NS403": shape_faults.neuron_without_synapses,
    "NS501": shape_faults.reversed_range,
    "NS502": shape_faults.weights_shape,
    "NS503": shape_faults.sparse_entry,
    "NS504": shape_faults.degenerate_transform,
    "NS505": shape_faults.undefined_transform,
    "NS506": shape_faults.impossible_stand_in,
    "NS507": shape_faults.over_budget,
    "NS701": claim_faults.unknown_name_in_claim,
    "NS702": claim_faults.incomplete_example,
    "NS703": claim_faults.impossible_value,
    "NS704": claim_faults.untestable_property,
    "NS705": claim_faults.not_one_claim,
    "NS706": claim_faults.empty_interval,
    "NS707": claim_faults.linear_syntax,
    "NS708": claim_faults.claim_on_category,
    "NS709": claim_faults.duplicate_claim_name,
}
"""What is wrong enough to forbid a spec's use, by its code."""

DOUBTS: Mapping[str, Callable[[Sketch], None]] = {
    "NS901": doubts.zero_weight,
    "NS902": doubts.unused_neuron,
    "NS903": doubts.unused_input,
    "NS904": doubts.duplicate_neurons,
    "NS905": doubts.dead_neuron,
    "NS906": doubts.saturated_neuron,
    "NS907": doubts.unscaled_units,
    "NS908": doubts.unused_parameter,
}
"""What is only warned of, by its code."""


@st.composite
def broken_specs(draw: Draw, *, codes: Sequence[str] = tuple(FAULTS)) -> BrokenSpec:
    """Specs with one fault, each with the code of the diagnostic that it must give.

    They shrink toward the code that is listed first, and toward small specs.

    Parameters
    ----------
    codes
        Which faults; by default every error that the text of a spec can have. Those of a file's
        bytes, size and weights (NS115, NS6xx) it cannot. Warnings (NS9xx) must be asked for.

    Examples
    --------
    >>> strategy = broken_specs(codes=["NS301", "NS401"])
    """
    check_names("codes", codes, {**FAULTS, **DOUBTS})
    code = draw(st.sampled_from(codes))
    if code in FAULTS:
        data = to_data(draw(network_specs(max_layers=2, max_neurons=2, bulk=False)))
    else:
        data = doubts.plain_data(draw)
    sketch = Sketch(draw, data)
    {**FAULTS, **DOUBTS}[code](sketch)
    return BrokenSpec(sketch.text(), code)
