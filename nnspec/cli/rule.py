"""``nnspec rule``: the page of a diagnostic rule."""

from __future__ import annotations

import json

import click

from nnspec.cli.arguments.options import form_option
from nnspec.diagnostics.suggestions import did_you_mean, quote


@click.command("rule")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="Print every rule's page.")
@form_option("text", "json")
def command(code: str | None, every: bool, form: str) -> None:
    """Print the page of a diagnostic rule: what it reports, why, an example, the mend.

    \b
    nnspec rule NS301
    nnspec rule dangling-synapse

    Without a code, list the rules.
    """
    from nnspec.validation import RULE_BY_CODE

    if code is None:
        chosen = list(RULE_BY_CODE.values())
    else:
        by_name = {rule.name: rule for rule in RULE_BY_CODE.values()}
        found = RULE_BY_CODE.get(code.upper()) or by_name.get(code.lower())
        if found is None:
            legal = [*RULE_BY_CODE, *by_name]
            near = did_you_mean(code, legal)
            hint = near if near.startswith("did") else "'nnspec rule' lists them"
            raise click.UsageError(f"no rule {quote(code)}; {hint}")
        chosen = [found]
    if form == "json":
        keys = ("code", "name", "severity", "what", "why", "example", "mend")
        click.echo(json.dumps([{k: getattr(r, k) for k in keys} for r in chosen], indent=2))
    elif code is None and not every:
        for rule in chosen:
            click.echo(f"{rule.code}  {rule.name:<26} {rule.severity.value}")
    else:
        click.echo("\n\n".join(rule.page() for rule in chosen).rstrip())
