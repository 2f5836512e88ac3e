"""``nnspec pack``: large weights from a spec into a file beside it."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.diagnostics.limits import Limits


@click.command("pack")
@click.argument("spec", type=click.Path())
@click.option(
    "-o", "--output", type=click.Path(), help="The new spec.  [default: SPEC itself, changed]"
)
@click.option(
    "--file",
    "side_file",
    metavar="FILE",
    help="The weight file, as the new spec shall name it.  [default: the spec's name and "
    ".safetensors]",
)
@click.option(
    "--min",
    "least",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Move matrices and lists of at least so many numbers.",
)
@click.option(
    "--force", is_flag=True, help="Overwrite files that exist; let go comments among the numbers."
)
@limit_option
def command(
    spec: str, output: str | None, side_file: str | None, least: int, force: bool, limits: Limits
) -> None:
    """Move the large weights and biases of bulk layers from SPEC into a file beside it.

    \b
    nnspec pack digits.yaml
    nnspec pack digits.yaml -o packed/digits.yaml --file digits.safetensors --min 100

    The network stays the same to the bit, and so does the rest of the text. 'nnspec unpack'
    brings the numbers back.
    """
    from nnspec.cli.work.weight_moves import MovableSpec, save_packed
    from nnspec.packing import pack_text

    source = MovableSpec.read(spec, limits)
    new, file = source.places(output, side_file)
    packed = pack_text(source.text, source.spec, file, least, limits)
    if not packed.moved:
        click.echo(
            f"nothing to pack, nothing written: {spec} has no weights or biases of {least:,} "
            "numbers or more in it"
        )
        return
    for line in save_packed(source, packed, new, file, force=force):
        click.echo(line)
