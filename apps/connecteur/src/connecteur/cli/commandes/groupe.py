"""Commands and groups of commands that speak French."""

from typing import Any

import typer
import typer.core


class Groupe(typer.core.TyperGroup):
    """A group of commands."""

    def get_help_option(self, ctx: Any) -> typer.core.TyperOption | None:
        """The usual one, in French."""
        return _en_francais(super().get_help_option(ctx))


class Commande(typer.core.TyperCommand):
    """One command."""

    def get_help_option(self, ctx: Any) -> typer.core.TyperOption | None:
        """The usual one, in French."""
        return _en_francais(super().get_help_option(ctx))


def groupe(aide: str) -> typer.Typer:
    """A group: `app.add_typer(groupe("…"), name="…")`; its commands take `cls=Commande`."""
    return typer.Typer(cls=Groupe, help=aide, no_args_is_help=True, add_completion=False, rich_markup_mode="rich")


def _en_francais(option: typer.core.TyperOption | None) -> typer.core.TyperOption | None:
    if option is not None:
        option.help = "Montrer cette aide."
    return option
