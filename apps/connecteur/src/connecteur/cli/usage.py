"""What is wrong with how a command was typed. The parser's own sentences are English: here they are French."""

import re
from datetime import datetime
from typing import Any

import typer
from pydantic import ValidationError

EXEMPLE = datetime(2025, 6, 24, 8)  # noqa: DTZ001 -- an example of what a person types
CHOIX = re.compile(r"'([^']+)'")
TYPES: dict[str, str] = {
    "int_parsing": "il faut un nombre entier",
    "int_from_float": "il faut un nombre entier",
    "greater_than_equal": "il faut au moins {ge}",
    "less_than_equal": "il faut au plus {le}",
}


def phrase(exc: typer.TyperException) -> tuple[str, str]:
    """What is wrong, and what to type instead (may be empty)."""
    message = exc.format_message()
    match type(exc).__name__:
        case "NoSuchOption":
            proches = list(getattr(exc, "possibilities", None) or ())
            remede = f"Vouliez-vous dire « {proches[0]} » ?" if proches else ""
            return f"L’option « {getattr(exc, 'option_name', '')} » n’existe pas.", remede
        case "MissingParameter":
            return f"Il manque {_nom(exc)} à la commande.", _permises(message)
        case "BadParameter":
            return _valeur_refusee(exc, message)
        case "BadOptionUsage":
            option = getattr(exc, "option_name", "")
            if "does not take" in message:
                return f"L’option « {option} » ne prend pas de valeur.", ""
            return f"Il manque une valeur après « {option} ».", ""
    return _autre(exc, message)


def _autre(exc: typer.TyperException, message: str) -> tuple[str, str]:
    if getattr(getattr(exc, "ctx", None), "command_path", "").endswith("coffre pose"):
        # What is too much may be a secret: it is not repeated.
        return "Une valeur ne s’écrit pas sur la ligne de commande.", "Elle est demandée, ou lue sur l’entrée standard."
    if inconnue := re.match(r"No such command '(.*)'", message):
        return f"La commande « {inconnue[1]} » n’existe pas.", ""
    if en_trop := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", message):
        return "La commande est mal écrite.", f"Ceci est en trop : {en_trop[1]}"
    return "La commande est mal écrite.", message


def _valeur_refusee(exc: typer.TyperException, message: str) -> tuple[str, str]:
    cause = exc.__cause__
    if not isinstance(cause, ValidationError):
        return f"La valeur de {_nom(exc)} n’est pas permise.", message
    erreur = cause.errors(include_url=False)[0]
    refus = f"« {erreur['input']} » n’est pas permis pour {_nom(exc)}"
    if erreur["type"] in TYPES:
        return f"{refus} : {TYPES[erreur['type']].format(**erreur.get('ctx', {}))}.", ""
    if "does not match the formats" in message:
        formats = CHOIX.findall(message.partition("the formats")[2])
        return f"{refus}.", f"Écrivez par exemple {', ou '.join(EXEMPLE.strftime(un) for un in formats)}."
    return f"{refus}.", _permises(message)


def _permises(message: str) -> str:
    """The values it may take, when the parser says which."""
    _, choix, suite = message.partition("is not one of")
    if choix:
        return f"Les valeurs permises : {', '.join(CHOIX.findall(suite))}."
    _, choix, suite = message.partition("Choose from:")
    return f"Les valeurs permises : {' '.join(suite.split())}." if choix else ""


def _nom(exc: Any) -> str:
    """The name of what is wrong, as the help shows it."""
    param = getattr(exc, "param", None)
    if param is None:
        return "quelque chose"
    if param.param_type_name == "option":
        return str(param.opts[0])
    return str(param.get_error_hint()).strip("'").upper()
