"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import click

from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.diagnostics.suggestions import did_you_mean, quote

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic from click 8.4 on only


class LimitType(ParamType):
    """``NAME=VALUE``, a budget of :class:`~nnspec.diagnostics.limits.Limits`."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """The budget's field and its number."""
        name, _, number = str(value).partition("=")
        legal = [f.name.replace("_", "-") for f in fields(Limits)]
        if name not in legal:
            self.fail(f"no limit {quote(name)}; {did_you_mean(name, legal)}", param, ctx)
        if not (number.isascii() and number.isdigit() and int(number) > 0):
            self.fail(f"{quote(number)} is not a whole number above 0", param, ctx)
        return name.replace("-", "_"), int(number)


def _limits(ctx: click.Context, _: click.Parameter, given: tuple[tuple[str, int], ...]) -> Limits:
    return replace(DEFAULT_LIMITS, **dict(given))


_DEFAULTS = ", ".join(f"{f.name.replace('_', '-')}={f.default:,}" for f in fields(Limits))

limit_option = click.option(
    "--limit",
    "limits",
    multiple=True,
    type=LimitType(),
    callback=_limits,
    help=f"Change a budget of the spec; may be repeated. Defaults: {_DEFAULTS}.",
)


def names_of(ctx: click.Context, _: click.Parameter, given: str | None) -> tuple[str, ...]:
    """Names separated by commas; one that holds a comma stands in double quotes, as in CSV."""
    if given is None:
        return ()
    import csv

    return tuple([name for row in csv.reader([given]) for name in row if name])


def pairs_of(ctx: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` pairs."""
    pairs: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not (name and separator and value):
            raise click.BadParameter(f"write NAME=VALUE; given {text!r}", ctx, option)
        pairs[name] = value
    return pairs


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to colour text; auto obeys NO_COLOR, FORCE_COLOR and the terminal.",
)

seed_option = click.option(
    "--seed", type=int, default=0, show_default=True, help="The start of chance."
)

output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write here; default: standard output."
)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def examples_option(default: int, purpose: str) -> Decorator:
    """Make ``--max-examples``, how many inputs to try for a purpose."""
    return click.option(
        "--max-examples",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help=f"How many inputs to try {purpose}.",
    )


def form_option(*forms: str, help: str | None = None) -> Decorator:  # noqa: A002 -- click's word
    """Make ``--format``, which the command gets as ``form``; the first form is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=help,
    )
