"""``nnspec schema``: the JSON Schema of the format."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the format, draft 2020-12.

    \b
    nnspec schema > nnspec-1.schema.json

    An editor's YAML language server completes and documents every key of a spec that begins with
    the line '# yaml-language-server: $schema=nnspec-1.schema.json'.
    """
    from nnspec.validation.shape.schema import schema_text

    click.echo(schema_text().rstrip())
