"""Numbers and sentences of an explanation."""

from __future__ import annotations

from nnspec.explaining.data import NeuronStep
from nnspec.functions.activations import find
from nnspec.spec.model import Input, NetworkSpec, Value, category_text

FIRING = ("relu", "relu6", "step", "hard-sigmoid")
"""Activations that are silent, at 0, up to a hinge of z, and above it are not."""


def amount_text(value: float) -> str:
    """A number as a colleague would say it: six digits, and whole from ten thousand on.

    Examples
    --------
    >>> amount_text(1008960.4), amount_text(0.123456789), amount_text(-20.0), amount_text(3e20)
    ('1,008,960', '0.123457', '-20', '3e+20')
    """
    if 1e4 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value + 0.0:,.6g}"


def signed_text(value: float) -> str:
    """A number with its sign; 0 has none.

    Examples
    --------
    >>> signed_text(36800.0), signed_text(-2.5), signed_text(0.0)
    ('+36,800', '-2.5', '0')
    """
    text = amount_text(value)
    return f"+{text}" if value > 0 else text


def value_text(value: Value) -> str:
    """A cell of a table as a colleague would say it."""
    if isinstance(value, str | bool):
        return category_text(value)
    return amount_text(float(value))


def with_unit(text: str, unit: str | None) -> str:
    """A number with its unit, if it has one.

    Examples
    --------
    >>> with_unit("20", "year"), with_unit("20", None)
    ('20 year', '20')
    """
    return text if unit is None else f"{text} {unit}"


def has_fired(activation: str, activated: float) -> bool | None:
    """Whether an activation fired; None for one that is never silent."""
    function = find(activation)
    if function is None or function.name not in FIRING:
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
    if find(step.activation) is not find("relu") and find(step.activation) is not find("step"):
        return ""
    hinge = -step.bias / term.weight
    x, gap = float(value), float(value) - hinge
    name, place = f"{item.name} {value_text(value)}", amount_text(hinge)
    if find(step.activation) is find("step"):
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
    if step.aggregation != "sum" or len(step.terms) != 1:
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
