"""``nnspec completion``: completion of verbs, options and files in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from nnspec.cli.streams.exit_status import COMPLETING


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    eval "$(nnspec completion bash)"
    nnspec completion fish > ~/.config/fish/completions/nnspec.fish
    """
    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(completer(ctx.find_root().command, {}, "nnspec", COMPLETING).source())
