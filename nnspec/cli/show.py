"""``nnspec show``: a network as a person would describe it."""

from __future__ import annotations

from typing import Any

import click

from nnspec.cli.arguments.options import form_option, limit_option
from nnspec.cli.arguments.specs import usable_spec
from nnspec.cli.streams.terminal import json_text
from nnspec.diagnostics.limits import Limits


@click.command("show")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.option("--matrices", is_flag=True, help="Print each layer's weight matrix, labelled.")
@form_option("text", "json")
@limit_option
def command(spec: str, matrices: bool, form: str, limits: Limits) -> None:
    """Show a network: inputs with units and ranges, each neuron as a formula, counts.

    \b
    nnspec show specs/property-valuation.yaml
    nnspec show specs/property-valuation.yaml --matrices
    """
    from nnspec.views.summary import network_facts, summary_lines

    loaded = usable_spec(spec, limits)
    if form == "json":
        facts = network_facts(loaded)
        if matrices:
            facts["matrices"] = _matrices_json(loaded)
        click.echo(json_text(facts))
        return
    for line in summary_lines(loaded):
        click.echo(line)
    if matrices:
        for line in _matrices_text(loaded):
            click.echo(line)


def _compiled(spec: Any) -> Any:
    from nnspec.program.compiler import compile_checked

    return compile_checked(spec)


def _matrices_json(spec: Any) -> dict[str, Any]:
    network = _compiled(spec)
    found = {layer.name: network.weights(layer.name) for layer in network.layers}
    return {
        name: {
            "rows": list(matrix.rows),
            "columns": list(matrix.columns),
            "weights": matrix.values.tolist(),
            "bias": network.layer(name).bias.tolist(),
        }
        for name, matrix in found.items()
    }


def _matrices_text(spec: Any) -> list[str]:
    network = _compiled(spec)
    lines = [f"content hash {network.content_hash}"]
    for layer in network.layers:
        matrix = network.weights(layer.name).with_bias(layer.bias)
        rows, columns = layer.weights.shape
        lines += ["", f"{layer.name}: {rows} x {columns}, and the bias", *matrix.lines()]
    return lines
