"""NS507: a network larger than the limits allow."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.spec.topology import count_neurons, count_synapses
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield one finding if the network has too many neurons or synapses."""
    spec, limits = subject.spec, subject.limits
    too_many = list(_too_many_parts(subject))
    if too_many:
        yield from too_many
        return
    neurons = count_neurons(spec)
    if neurons > limits.neurons:
        yield _finding("neurons", neurons, limits.neurons)
        return  # counting synapses of such a layer would name each of its neurons
    synapses = count_synapses(spec)
    if synapses > limits.synapses:
        yield _finding("synapses", synapses, limits.synapses)


PARTS = ("inputs", "layers", "examples", "properties")


def _too_many_parts(subject: Subject) -> Iterator[Finding]:
    """Of a network built in Python; those of a file are counted while it is read."""
    most = subject.limits.parts
    for key in PARTS:
        count = len(getattr(subject.spec, key))
        if count > most:
            yield Finding(
                "NS507",
                (key,),
                f"the network has {count:,} {key}; at most {most:,} are allowed",
                f"raise the limit with --limit parts={count}, if the machine can hold them",
                at="key",
            )


def _finding(what: str, given: int, limit: int) -> Finding:
    return Finding(
        "NS507",
        ("layers",),
        f"the network has {given:,} {what}; at most {limit:,} are allowed",
        f"raise the limit with --limit {what}={given}, if the machine can hold it",
        at="key",
    )


RULE = error(
    "NS507",
    "over-budget",
    what=(
        "A network with more neurons or synapses than the limits allow, or with more than 25,000 "
        "entries in any other list or map: layers, inputs, examples, knots."
    ),
    why=(
        "Three lines can ask for a billion neurons. The limit is checked before anything is "
        "allocated, so that a mistaken or hostile spec cannot take the machine with it."
    ),
    example="{name: dense, size: 1000000000, from: [area], weights: {sparse: [[0, 0, 1]]}}",
    mend="Check the size; if it is meant, raise the limit: --limit neurons=2000000000",
)(check)
