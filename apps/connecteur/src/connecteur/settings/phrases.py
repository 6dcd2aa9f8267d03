"""What is wrong with a setting, as a person reads it: its name and a short French reason, never its value."""

from typing import Any

from pydantic import ValidationError

RAISONS: dict[str, str] = {
    "missing": "« {nom} » manque",
    "extra_forbidden": "« {nom} » n’existe pas",
    "int_parsing": "« {nom} » doit être un nombre entier",
    "int_from_float": "« {nom} » doit être un nombre entier",
    "int_type": "« {nom} » doit être un nombre entier",
    "float_parsing": "« {nom} » doit être un nombre",
    "decimal_parsing": "« {nom} » doit être un nombre",
    "bool_parsing": "« {nom} » doit être « true » ou « false »",
    "bool_type": "« {nom} » doit être « true » ou « false »",
    "string_type": "« {nom} » doit être un texte",
    "string_too_short": "« {nom} » est trop court",
    "string_too_long": "« {nom} » est trop long",
    "greater_than": "« {nom} » doit être supérieur à {gt}",
    "greater_than_equal": "« {nom} » doit être au moins {ge}",
    "less_than": "« {nom} » doit être inférieur à {lt}",
    "less_than_equal": "« {nom} » doit être au plus {le}",
    "literal_error": "« {nom} » doit être {expected}",
    "enum": "« {nom} » doit être {expected}",
    "date_parsing": "« {nom} » doit être une date comme 2026-01-31",
    "date_from_datetime_parsing": "« {nom} » doit être une date comme 2026-01-31",
    "time_parsing": "« {nom} » doit être une heure comme 20:00",
    "dict_type": "« {nom} » doit être une table",
    "model_type": "« {nom} » doit être une table",
    "list_type": "« {nom} » doit être une liste",
    "tuple_type": "« {nom} » doit être une liste",
}


def phrases(exc: ValidationError, prefixe: str = "") -> list[str]:
    """One short French sentence per setting at fault, without its value."""
    return [
        _phrase(prefixe + ".".join(str(partie) for partie in erreur["loc"]), erreur)
        for erreur in exc.errors(include_input=False, include_url=False)
    ]


def _phrase(nom: str, erreur: Any) -> str:
    contexte = {cle: str(valeur).replace(" or ", " ou ") for cle, valeur in erreur.get("ctx", {}).items()}
    modele = RAISONS.get(erreur["type"])
    if modele is not None:
        return modele.format(nom=nom, **contexte)
    if erreur["type"] == "value_error":  # said by one of our own validators, in French
        return f"« {nom} » est refusé : {contexte.get('error', '')}"
    return f"« {nom} » est refusé ({erreur['msg']})"
