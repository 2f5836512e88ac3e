"""``nnspec activations``: what a neuron may do with its pre-activation."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import form_option
from nnspec.cli.streams.terminal import json_text
from nnspec.diagnostics.suggestions import did_you_mean, quote


@click.command("activations")
@click.argument("name", required=False)
@form_option("text", "json")
def command(name: str | None, form: str) -> None:
    """List the activation functions with their formulas, or show one.

    \b
    nnspec activations
    nnspec activations leaky-relu
    """
    from nnspec.functions.activations import ACTIVATIONS, ALIASES, find

    chosen = list(ACTIVATIONS.values())
    if name is not None:
        found = find(name)
        if found is None:
            near = did_you_mean(name, [*ACTIVATIONS, *ALIASES])
            raise click.UsageError(f"no activation {quote(name)}; {near}")
        chosen = [found]
    if form == "json":
        click.echo(json_text([_facts(record) for record in chosen]))
    elif name is not None:
        click.echo(_page(chosen[0]))
    else:
        width = max(len(record.name) for record in chosen)
        for record in chosen:
            also = f"  [{', '.join(record.aliases)}]" if record.aliases else ""
            click.echo(f"{record.name:<{width}}  {record.formula}{also}")


def _facts(record: object) -> dict[str, object]:
    parameters = [
        {"name": p.name, "default": p.default, "description": p.description}
        for p in record.parameters  # type: ignore[attr-defined]
    ]
    keys = ("name", "aliases", "formula", "description", "source")
    return {**{key: getattr(record, key) for key in keys}, "parameters": parameters}


def _page(record: object) -> str:
    facts = _facts(record)
    lines = [f"{facts['name']}: {facts['formula']}", "", f"{facts['description']}"]
    if record.aliases:  # type: ignore[attr-defined]
        lines.append(f"Also called {', '.join(record.aliases)}.")  # type: ignore[attr-defined]
    for parameter in record.parameters:  # type: ignore[attr-defined]
        default = "required" if parameter.default is None else f"default {parameter.default:g}"
        lines.append(f"  {parameter.name} ({default}): {parameter.description}")
    lines += ["", f"Source: {facts['source']}"]
    return "\n".join(lines)
