"""The parameters of an activation as given: what is wrong with them, and what they amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.functions.activations.record import ActivationFunction, Parameter, ParameterFault

EXTENSION = "x-"
"""Keys that begin so are the author's own: kept in the spec, and ignored."""


def with_defaults(function: ActivationFunction, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters to call a function with: those given, and defaults for the rest.

    Parameters
    ----------
    function
        The activation function.
    given
        Parameters in which :func:`check_parameters` finds no fault.

    Examples
    --------
    >>> from nnspec.functions.activations import ACTIVATIONS
    >>> with_defaults(ACTIVATIONS["leaky-relu"], {})
    {'slope': 0.01}
    >>> with_defaults(ACTIVATIONS["clip"], {"high": 1, "low": 0})
    {'low': 0.0, 'high': 1.0}
    """
    return {
        parameter.name: parameter.convert(given.get(parameter.name, parameter.default))
        for parameter in function.parameters
    }


def check_parameters(function: ActivationFunction, given: object) -> Iterator[ParameterFault]:
    """Every fault of the parameters given for an activation function.

    Parameters
    ----------
    function
        The activation function.
    given
        Whatever stands for the parameters in the spec, or was given in Python.

    Yields
    ------
    ParameterFault
        With a path that is relative to the activation's map of parameters.

    Examples
    --------
    >>> from nnspec.functions.activations import ACTIVATIONS
    >>> for fault in check_parameters(ACTIVATIONS["leaky-relu"], {"slop": 0.2}):
    ...     print(fault.path, fault.message, fault.help, sep="; ")
    ('slop',); leaky-relu has no parameter 'slop'; did you mean 'slope'?
    """
    if not isinstance(given, Mapping):
        yield ParameterFault(
            (),
            f"the parameters of {function.name} must be a map of name to value, not {quote(given)}",
            _expected(function),
        )
        return
    faults = list(_faults_of_each(function, given))
    # Only faultless parameters can be compared with each other.
    yield from faults if faults else function.check_together(given)


def _faults_of_each(
    function: ActivationFunction, given: Mapping[str, Any]
) -> Iterator[ParameterFault]:
    legal = {parameter.name: parameter for parameter in function.parameters}
    for name, value in given.items():
        if name in legal:
            yield from legal[name].check(name, value)
        elif not (isinstance(name, str) and name.startswith(EXTENSION)):
            yield _unknown(function, name)
    for parameter in function.parameters:
        if parameter.default is None and parameter.name not in given:
            yield _missing(function, parameter)


def _unknown(function: ActivationFunction, name: Any) -> ParameterFault:
    legal = [parameter.name for parameter in function.parameters]
    advice = did_you_mean(str(name), legal) if legal else _expected(function)
    message = f"{function.name} has no parameter {quote(name)}"
    return ParameterFault((name if isinstance(name, str | int) else str(name),), message, advice)


def _missing(function: ActivationFunction, parameter: Parameter) -> ParameterFault:
    return ParameterFault(
        (),
        f"{function.name} needs the parameter {quote(parameter.name)}, which is missing",
        f"add '{parameter.name}', {parameter.description}",
    )


def _expected(function: ActivationFunction) -> str:
    if not function.parameters:
        return f"{function.name} takes no parameters: write just its name"
    names = ", ".join(
        parameter.name if parameter.default is None else f"{parameter.name} (optional)"
        for parameter in function.parameters
    )
    return f"parameters of {function.name}: {names}"
