"""Sentences of an explanation."""

from __future__ import annotations

from nnspec.explaining.data import NeuronStep
from nnspec.functions.activations import find
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.spec.model import Input, NetworkSpec, Value
from nnspec.spec.resolved import ResolvedActivation
from nnspec.views.numbers import amount_text, value_text


def exact_text(value: float) -> str:
    """A number in as few digits, seven or more, as read back as the very same.

    Examples
    --------
    >>> exact_text(150.0), exact_text(0.1), exact_text(12_000_000.5)
    ('150', '0.1', '12,000,000.5')
    """
    texts = (f"{value:,.{digits}g}" for digits in range(7 if abs(value) < 1e7 else 10, 18))
    return next(text for text in texts if float(text.replace(",", "")) == value)


def has_fired(activation: ResolvedActivation, activated: float) -> bool | None:
    """Whether an activation fired; None for one that is never silent."""
    if activation.function.silent_up_to(**activation.parameters) is None:
        return None
    return activated > 0


def hinge_sentence(step: NeuronStep, item: Input, value: Value) -> str:
    """Why a neuron of one input fired or not: how far the input is past the hinge.

    Examples
    --------
    >>> from nnspec.explaining.data import Term
    >>> term = Term("age", 1.0, 120.0, 120.0)
    >>> step = NeuronStep("historic", "hidden", "year", None, "sum", -100.0, (term,), 20.0,
    ...                   "relu", 20.0, None, 20.0, True, "")
    >>> hinge_sentence(step, Input("age"), 120)
    'age 120 is 20 past 100'
    """
    term = step.terms[0]
    if isinstance(value, str) or term.weight == 0:
        return ""
    if item.type == "boolean":
        return f"{item.name} is {'true' if value else 'false'}"
    function = find(step.activation)
    if function is None or function.parameters:
        return ""
    at = function.silent_up_to()
    if at is None or len(function.hinges()) > 1:
        return ""
    hinge = (at - step.bias) / term.weight
    x, gap = float(value), float(value) - hinge
    name, place = f"{item.name} {value_text(value)}", amount_text(hinge)
    if function.jumps():
        return f"{name} {_step_words(gap, term.weight, fired=bool(step.fired))} {place}"
    if not step.fired:
        side = "above" if term.weight > 0 else "below"
        return f"{name} is not {side} {place}"
    return f"{name} is {amount_text(abs(x - hinge))} {'past' if gap > 0 else 'short of'} {place}"


def _step_words(gap: float, weight: float, *, fired: bool) -> str:
    if weight > 0:
        return "has reached" if fired else "has not reached"
    return "is not above" if fired else "is above"


def single_input(spec: NetworkSpec, step: NeuronStep) -> Input | None:
    """The one input that alone decides a neuron, as the table gives it; None otherwise."""
    if not AGGREGATIONS[step.aggregation].is_sum or len(step.terms) != 1:
        return None
    source = step.terms[0].source
    for item in spec.inputs:
        if item.name == source and not item.transforms and item.type != "category":
            return item
    return None


def category_sentence(spec: NetworkSpec, step: NeuronStep) -> str:
    """Why a neuron that reads one category's unit alone does what it does."""
    if len(step.terms) != 1:
        return ""
    for item in spec.inputs:
        if item.type == "category" and step.terms[0].source in item.units:
            category = step.terms[0].source.removeprefix(f"{item.name}.")
            return f"{item.name} is {'' if step.terms[0].value else 'not '}{category}"
    return ""
