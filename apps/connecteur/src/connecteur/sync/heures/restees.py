"""Hours that stay where they were written although their slots went elsewhere: what a person is told of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from connecteur.domain.plan import Action
from connecteur.domain.reglement import Reglement
from connecteur.domain.run import Incident
from connecteur.sync import mots

NOMMEES = 5
"""How many a sentence names."""


def list_closes(actions: Iterable[Action], reglement: Reglement) -> list[Action]:
    """The lines of a closed period that somebody edited in Batigest, and whose slots say something else since."""
    return [
        action
        for action in actions
        if reglement.clos(action.cle) and action.base is not None and action.base not in (action.avant, action.apres)
    ]


def remarques_closes(closes: Collection[Action]) -> list[Incident]:
    """One word for all of them, each by its name."""
    if not closes:
        return []
    lignes = [_nom(action) for action in sorted(closes, key=lambda action: action.cle)]
    return [
        Incident(
            "Période close : modifiée à la main dans Batigest, et ses créneaux ont changé ; rien n’y est fait. "
            f"{_quelques(lignes, ' ; ')}.",
            "Si la paie doit en tenir compte, régularisez-la ; « connecteur verifier » montre ces écarts.",
            " ; ".join(lignes),
        )
    ]


def remarques_anciens(anciens: Mapping[str, date], depuis: date) -> list[Incident]:
    """Slots that came from days older than what is looked at, and are counted there still."""
    if not anciens:
        return []
    premier = min(anciens.values())
    return [
        Incident(
            f"Venus d’une journée plus ancienne que ce qui est relu (depuis le {depuis:%d/%m/%Y}), ces créneaux "
            f"restent comptés là où leurs heures ont été écrites : {_quelques(sorted(anciens), ', ')}.",
            f"« connecteur import-initial --depuis {premier:%Y-%m-%d} » relit ces journées, et leurs heures suivent.",
            ", ".join(sorted(anciens)),
        )
    ]


def _nom(action: Action) -> str:
    cle = action.cle
    la, dites = (quantites.heures if quantites else Decimal(0) for quantites in (action.avant, action.apres))
    return (
        f"{cle.debut:%d/%m/%Y %H:%M}, salarié {cle.code_salarie}, chantier {cle.code_chantier} : "
        f"{mots.nombre(la)} h dans Batigest, {mots.nombre(dites)} h d’après les créneaux"
    )


def _quelques(noms: Sequence[str], separateur: str) -> str:
    reste = len(noms) - NOMMEES
    return separateur.join(noms[:NOMMEES]) + (f" et {reste} de plus" if reste > 0 else "")
