"""Mutants: every one there should be, noticed where a claim guards, told apart where none can."""

from __future__ import annotations

import example_specs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import network_specs

from nnspec.claims import Options
from nnspec.claims.domain import Domain
from nnspec.claims.mutants.guarding import guard
from nnspec.claims.mutants.mutants import mutants
from nnspec.evaluators.reference import evaluate_row
from nnspec.network import Network, loads
from nnspec.spec.model import Example

FEW = Options(max_examples=1000)

TWO = """
nnspec: 1
name: two
inputs: {a: {range: [0, 10]}, b: {range: [0, 10]}}
layers:
  - name: hidden
    activation: relu
    neurons:
      h: {bias: -4, synapses: {a: 2, b: 1}}
      silent: {bias: -30, synapses: {a: 1}}
  - name: out
    neurons:
      y: {synapses: {h: 1, silent: 5}}
"""


def test_every_mutant_of_a_neuron_by_name():
    spec = loads(TWO).spec
    assert [m.text for m in mutants(spec) if m.neuron == "h"] == [
        "a -> h may be removed",
        "a -> h may change its sign",
        "a -> h may be 10 % stronger",
        "a -> h may be 10 % weaker",
        "b -> h may be removed",
        "b -> h may change its sign",
        "b -> h may be 10 % stronger",
        "b -> h may be 10 % weaker",
        "a and b may be exchanged in h",
        "the bias of h may be 10 % higher",
        "the bias of h may be 10 % lower",
        "h may have identity for relu",
    ]
    # A bias of 0 moves by a tenth of the neuron's widest term, 5 * relu(-20..-30) being none.
    assert "the bias of y may be 2.6 higher" in [m.text for m in mutants(spec)]


def test_without_claims_all_that_changes_an_output_survives():
    network = loads(TWO)
    found = guard(network, FEW)
    assert found.score == 0
    assert found.count("noticed") == 0
    survivors = {one.mutant.text for one in found.survivors}
    assert "a -> h may be removed" in survivors
    (removed,) = [s for s in found.survivors if s.mutant.text == "a -> h may be removed"]
    assert removed.change is not None
    assert removed.change.old - removed.change.new == pytest.approx(20)
    # A neuron that never fires may lose its synapse: no output changes.
    equivalent = {one.mutant.text for one in found.tried if one.fate == "equivalent"}
    assert {"a -> silent may be removed", "silent -> y may be removed"} <= equivalent


def test_a_claim_that_sees_a_change_notices_it():
    """With one example, at which h fires, only what matters where h is silent survives."""
    text = TWO + "examples: [{given: {a: 3, b: 5}, expect: {y: 7}}]\n"
    found = guard(loads(text), FEW)
    assert {s.mutant.text for s in found.survivors} == {"h may have identity for relu"}
    assert 0.9 < found.score < 1


def test_a_property_notices_what_no_example_shows():
    text = TWO + 'properties: [{name: exact, linear: ["h - 2*a - b >= -4"]}]\n'
    found = guard(loads(text), FEW)
    noticed = {one.mutant.text: one.by for one in found.tried if one.fate == "noticed"}
    assert noticed["the bias of h may be 10 % lower"].name == "exact"
    assert "the bias of h may be 10 % higher" in {s.mutant.text for s in found.survivors}


@given(network_specs(max_layers=2, max_neurons=3), st.integers(0, 2**31))
@settings(max_examples=25)
def test_a_mutant_that_changes_an_examples_row_never_survives(spec, seed):
    """With an example taken from the network itself, a survivor gives that row the same outputs."""
    import math
    from dataclasses import replace

    import numpy as np
    from hypothesis import assume

    domain = Domain.of(spec)
    row = domain.row(domain.sample(np.random.default_rng(seed), 1)[:, 0])
    values = evaluate_row(spec, row).outputs
    assume(all(map(math.isfinite, values.values())))
    expect = {name: values[name] for name in Network(spec).neurons}
    guarded = Network(replace(spec, examples=(Example(row, expect),), properties=()))
    for survivor in guard(guarded, Options(max_examples=100), most=15).survivors:
        changed = evaluate_row(survivor.mutant.build(), row).outputs
        for name, value in expect.items():
            assert changed[name] == pytest.approx(value, rel=2e-9, abs=1e-300)


@pytest.mark.parametrize("name", example_specs.NAMES)
def test_the_claims_of_a_shipped_spec_notice_its_mutants(name):
    """At least 90 of 100 that change an output; the docs say so."""
    found = guard(example_specs.network(name), FEW)
    assert found.count("noticed") >= 15
    assert found.score >= 0.9, [s.mutant.text for s in found.survivors]


def test_of_many_mutants_an_even_selection_is_tried():
    found = guard(example_specs.network("bulk-iris"), FEW, most=10)
    assert len(found.tried) == 10
    assert found.n_mutants > 200


def test_a_claim_that_fails_of_the_network_itself_counts_for_nothing():
    text = TWO + "examples: [{given: {a: 3, b: 5}, expect: {y: 7}}]\n"
    held = guard(loads(text), FEW)
    failing = guard(loads(text + "properties: [{name: wrong, then: {y: [null, 1]}}]\n"), FEW)
    assert [case.name for case in failing.failing] == ["wrong"]
    assert failing.score == held.score
