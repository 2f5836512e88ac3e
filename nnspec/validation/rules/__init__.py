"""Every rule, in the order of its code: one literal table.

A new rule is one file in this folder and one line here; ``tests/invalid`` must then hold a file
that has its fault.
"""

from __future__ import annotations

from nnspec.validation.rule import Rule
from nnspec.validation.rules import (
    backward_synapse,
    claim_on_category,
    dangling_synapse,
    dead_neuron,
    degenerate_transform,
    duplicate_category,
    duplicate_claim_name,
    duplicate_name,
    duplicate_neurons,
    empty_interval,
    empty_layer,
    impossible_stand_in,
    impossible_value,
    incomplete_example,
    invalid_name,
    linear_syntax,
    neuron_without_synapses,
    not_finite,
    not_one_claim,
    over_budget,
    reversed_range,
    sparse_entry,
    undefined_transform,
    unknown_bulk_source,
    unknown_name_in_claim,
    unknown_output,
    unknown_parameter,
    unknown_word,
    unscaled_units,
    untestable_property,
    unused_input,
    unused_neuron,
    weight_file,
    weights_shape,
    whole_category,
    zero_weight,
)
from nnspec.validation.rules.shape_faults import SHAPE_FAULTS
from nnspec.validation.rules.weight_file_faults import WEIGHT_FILE_FAULTS
from nnspec.validation.rules.yaml_faults import FILE_FAULTS, YAML_FAULTS

RULES: tuple[Rule, ...] = (
    *YAML_FAULTS,
    not_finite.RULE,
    *SHAPE_FAULTS,
    unknown_word.UNKNOWN_WORD,
    unknown_word.UNKNOWN_ACTIVATION,
    unknown_word.ACTIVATION_PARAMETER,
    dangling_synapse.RULE,
    unknown_parameter.RULE,
    duplicate_name.RULE,
    invalid_name.RULE,
    unknown_output.RULE,
    unknown_bulk_source.RULE,
    duplicate_category.RULE,
    whole_category.RULE,
    backward_synapse.RULE,
    empty_layer.RULE,
    neuron_without_synapses.RULE,
    reversed_range.RULE,
    weights_shape.RULE,
    sparse_entry.RULE,
    degenerate_transform.RULE,
    undefined_transform.RULE,
    impossible_stand_in.RULE,
    over_budget.RULE,
    *FILE_FAULTS,
    weight_file.RULE,
    *WEIGHT_FILE_FAULTS,
    unknown_name_in_claim.RULE,
    incomplete_example.RULE,
    impossible_value.RULE,
    untestable_property.RULE,
    not_one_claim.RULE,
    empty_interval.RULE,
    linear_syntax.RULE,
    claim_on_category.RULE,
    duplicate_claim_name.RULE,
    zero_weight.RULE,
    unused_neuron.RULE,
    unused_input.RULE,
    duplicate_neurons.RULE,
    dead_neuron.DEAD,
    dead_neuron.SATURATED,
    unscaled_units.RULE,
    unused_input.UNUSED_PARAMETER,
)

RULE_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in sorted(RULES, key=lambda r: r.code)}
"""Every rule by its code, in the order of the codes."""
