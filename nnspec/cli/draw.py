"""``nnspec draw``: a network's diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.cli.arguments.specs import usable_spec
from nnspec.cli.arguments.tables import UserTable, table_argument
from nnspec.cli.streams.output import form_of_ending, write_whole
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits

if TYPE_CHECKING:
    from nnspec.spec.model import NetworkSpec

FORMATS = ("svg", "png", "pdf", "dot", "html")


@click.command("draw")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.option(
    "-o", "--output", metavar="FILE", help="Write here; the ending says the format. SVG otherwise."
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="The format, where no ending says it."
)
@click.option(
    "--theme",
    type=click.Choice(["auto", "light", "dark"]),
    default="auto",
    show_default=True,
    help="Colours; auto is what the reader prefers, and light in PNG and PDF.",
)
@click.option(
    "--given",
    metavar="NAME=VALUE,…",
    help="Colour the neurons by what this row makes of them.",
)
@click.option("--row", type=click.IntRange(min=1), help="Colour by this row of TABLE, from 1.")
@table_argument
@limit_option
def command(
    spec: str,
    output: str | None,
    form: str | None,
    theme: str,
    given: str | None,
    row: int | None,
    table: UserTable | None,
    limits: Limits,
) -> None:
    """Draw a network: inputs left, named neurons, and only the synapses that exist.

    \b
    nnspec draw specs/property-valuation.yaml -o net.svg
    nnspec draw specs/xor.yaml -o xor.png --given a=1,b=0

    A synapse is as wide as its weight is great beside the others of its neuron; blue and whole if
    it is positive, orange and dashed if it is negative. A small curve shows each neuron's
    activation. Above 200 units, layers are drawn as blocks with their weights as heat maps.
    """
    from nnspec.views.diagram import Look, diagram_dot, diagram_svg

    loaded = usable_spec(spec, limits)
    chosen = form or form_of_ending(output, FORMATS)
    values = {}
    if given is not None or row is not None:
        from nnspec.cli.arguments.rows import row_values

        values = row_values(loaded, given, table, row)
    fixed = "light" if theme == "auto" and chosen in ("png", "pdf") else theme
    if chosen == "dot":
        content = diagram_dot(loaded).encode()
    else:
        svg = diagram_svg(loaded, Look(theme=fixed, values=values))
        content = _rendered(svg, chosen, loaded)
    write_whole(output, content, [spec], form=chosen)


def _rendered(svg: str, form: str, spec: NetworkSpec) -> bytes:
    if form == "svg":
        return svg.encode()
    if form == "html":
        from nnspec.views.diagram.page import diagram_html

        return diagram_html(spec, svg).encode()
    try:
        import vl_convert
    except ImportError:
        raise CannotError(
            f"drawing {form.upper()} needs vl-convert: pip install 'nnspec[draw]'"
        ) from None
    png = vl_convert.svg_to_png(svg, scale=2.0) if form == "png" else vl_convert.svg_to_pdf(svg)
    return bytes(png)
