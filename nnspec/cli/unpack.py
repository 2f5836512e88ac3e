"""``nnspec unpack``: weights from files back into the spec."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import listed


@click.command("unpack")
@click.argument("spec", type=click.Path())
@click.option(
    "-o", "--output", type=click.Path(), help="The new spec.  [default: SPEC itself, changed]"
)
@click.option("--force", is_flag=True, help="Overwrite a file that exists.")
@limit_option
def command(spec: str, output: str | None, force: bool, limits: Limits) -> None:
    """Bring the weights and biases that stand in files back into SPEC.

    \b
    nnspec unpack digits.yaml
    nnspec unpack digits.yaml -o whole.yaml

    The network stays the same to the bit, and so does the rest of the text. The files are left
    where they are.
    """
    from nnspec.cli.work.weight_moves import MovableSpec, save_unpacked
    from nnspec.packing import unpack_text

    source = MovableSpec.read(spec, limits)
    unpacked = unpack_text(source.text, source.spec, limits)
    if not unpacked.moved:
        click.echo(f"nothing to unpack, nothing written: {spec} takes no weights from files")
        return
    new = spec if output is None else output
    save_unpacked(source, unpacked, new, force=force)
    click.echo(f"wrote {new}: {listed(unpacked.moved, most=8)} from {listed(unpacked.files)}")
