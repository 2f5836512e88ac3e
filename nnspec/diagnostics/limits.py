"""Budgets that keep a hostile or mistaken spec from taking the machine with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a spec may be; each is a ``--limit NAME=VALUE`` of the command line.

    Parameters
    ----------
    spec_bytes
        Size of a spec file in bytes.
    depth
        How deep mappings and lists may be nested.
    nodes
        How many values a spec may hold once its aliases are expanded.
    neurons
        How many neurons a network may have.
    synapses
        How many synapses a network may have.
    parts
        How many entries any list or map may have, other than neurons, synapses and weights: how
        many layers, inputs, categories, knots, examples.
    header_bytes
        Size of the header of a weight file, which lists its tensors.
    links
        How many names a weight file may have: under a second one (a hard link) it may be a file
        of some other folder.
    """

    spec_bytes: int = 16 * 2**20
    depth: int = 64
    nodes: int = 2_000_000
    neurons: int = 1_000_000
    synapses: int = 50_000_000
    parts: int = 25_000
    header_bytes: int = 4 * 2**20
    links: int = 1


DEFAULT_LIMITS = Limits()

MOST_FAULTS = 10_000
"""No more faults than these are looked for in one spec, of one kind of check."""
