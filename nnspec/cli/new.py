"""``nnspec new``: a commented starter spec and a small table."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import click

from nnspec.diagnostics import CannotError


@click.command("new")
@click.argument("name")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(name: str, force: bool) -> None:
    """Write a commented starter spec, NAME.yaml, and a small table for it, NAME.csv.

    \b
    nnspec new my-network
    nnspec eval my-network.yaml my-network.csv
    """
    from nnspec.validation.rules.names.invalid_name import HELP, is_name, message

    target = Path(name.removesuffix(".yaml"))
    if not is_name(target.name):
        raise click.UsageError(f"{message(target.name)}; {HELP}")
    starter = resources.files("nnspec.cli").joinpath("starter")
    texts = {
        target.with_name(f"{target.name}.yaml"): starter.joinpath("spec.yaml")
        .read_text(encoding="utf-8")
        .replace("NAME", target.name),
        target.with_name(f"{target.name}.csv"): starter.joinpath("data.csv").read_text("utf-8"),
    }
    existing = [path for path in texts if path.exists()]
    if existing and not force:
        raise CannotError(f"{existing[0]} exists; --force overwrites it")
    for path, text in texts.items():
        _write(path, text, force=force)
        click.echo(f"wrote {path}")
    spec, table = texts
    click.echo(f"try: nnspec eval {spec} {table}")


def _write(path: Path, text: str, *, force: bool) -> None:
    # "x" fails if the file has appeared since it was looked for.
    with path.open("w" if force else "x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
