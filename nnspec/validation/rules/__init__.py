"""Every rule, in the order of its code: one literal table.

A new rule is one file in this folder and one line here; ``tests/invalid`` must then hold a file
that has its fault.
"""

from __future__ import annotations

from nnspec.validation.rule import Rule
from nnspec.validation.rules.claims import (
    claim_on_category,
    duplicate_claim_name,
    empty_interval,
    impossible_value,
    incomplete_example,
    linear_syntax,
    not_one_claim,
    unknown_name_in_claim,
    untestable_property,
)
from nnspec.validation.rules.doubts import (
    dead_neuron,
    duplicate_neurons,
    unscaled_units,
    unused_input,
    unused_neuron,
    zero_weight,
)
from nnspec.validation.rules.files import weight_file
from nnspec.validation.rules.files.weight_file_faults import WEIGHT_FILE_FAULTS
from nnspec.validation.rules.graph import backward_synapse, empty_layer, neuron_without_synapses
from nnspec.validation.rules.names import (
    dangling_synapse,
    duplicate_category,
    duplicate_name,
    invalid_name,
    unknown_bulk_source,
    unknown_output,
    unknown_parameter,
    whole_category,
)
from nnspec.validation.rules.numbers import (
    degenerate_transform,
    impossible_stand_in,
    over_budget,
    reversed_range,
    sparse_entry,
    undefined_transform,
    weights_shape,
)
from nnspec.validation.rules.shape import unknown_word
from nnspec.validation.rules.shape.shape_faults import SHAPE_FAULTS
from nnspec.validation.rules.yaml import not_finite
from nnspec.validation.rules.yaml.yaml_faults import FILE_FAULTS, YAML_FAULTS

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
