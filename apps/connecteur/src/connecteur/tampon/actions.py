"""An action of the plan as columns, and back: the history of writes and the standing findings share them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from connecteur.domain.conflit import Cote, Jugement
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.tampon.connexion import Connexion
from connecteur.tampon.copie import NUL, champ, copie, echappe, instant, tableau

COLONNES = "debut, code_chantier, code_salarie, geste, avant, apres, base, creneaux, deplace_de, reglement"
PREPARE = """
CREATE TEMP TABLE IF NOT EXISTS reglement (
    debut timestamp, code_chantier text COLLATE "C", code_salarie text COLLATE "C", geste text, avant numeric[],
    apres numeric[], base numeric[], creneaux text[], deplace_de jsonb, reglement jsonb,
    sort text
) ON COMMIT DELETE ROWS
"""
COPIE = f"COPY pg_temp.reglement ({COLONNES}, sort) FROM STDIN"

Nombres = list[Decimal] | None
Reglement = Mapping[str, str | None]
LigneAction = tuple[str, datetime, str, str, Nombres, Nombres, Nombres, list[str], Reglement | None, list[str] | None]


def action_de(ligne: LigneAction) -> Action:
    """An action from its columns."""
    geste, debut, chantier, salarie, avant, apres, base, creneaux, reglement, deplace_de = ligne
    motif = reglement["motif"] if reglement else None
    return Action(
        Geste(geste),
        CleSuivi(chantier, salarie, debut),
        quantites_de(avant),
        quantites_de(apres),
        quantites_de(base),
        tuple(creneaux),
        MotifConflit(motif) if motif else None,
        CleSuivi(deplace_de[0], deplace_de[1], datetime.fromisoformat(deplace_de[2])) if deplace_de else None,
        _jugement(reglement),
    )


def prepare(connexion: Connexion, actions: Iterable[tuple[Action, str | None]]) -> None:
    """Stage these actions in `pg_temp.reglement`."""
    connexion.execute(PREPARE)
    copie(connexion, COPIE, (f"{ligne_d_action(action)}\t{champ(sort)}\n" for action, sort in actions))


def ligne_d_action(action: Action) -> str:
    """An action as a row of COPY, without its end."""
    (chantier, salarie, debut), origine = action.cle, action.deplace_de
    return (
        f"{instant(debut)}\t{champ(chantier)}\t{champ(salarie)}\t{action.geste}\t"
        f"{NUL if action.avant is None else nombres(action.avant)}\t"
        f"{NUL if action.apres is None else nombres(action.apres)}\t"
        f"{NUL if action.base is None else nombres(action.base)}\t{tableau(action.creneaux)}\t"
        f"{NUL if origine is None else _json([*origine[:2], origine.debut.isoformat()])}\t"
        f"{NUL if action.motif is None and action.jugement is None else _json(_reglement(action))}"
    )


def _jugement(reglement: Reglement | None) -> Jugement | None:
    if not reglement or not reglement["raison"]:
        return None
    return Jugement(Cote(reglement["gagnant"]) if reglement["gagnant"] else None, reglement["raison"])


def _reglement(action: Action) -> dict[str, str | None]:
    jugement = action.jugement
    gagnant = jugement.gagnant if jugement else None
    return {"motif": action.motif, "gagnant": gagnant, "raison": jugement.raison if jugement else ""}


@lru_cache(maxsize=4096)
def nombres(quantites: Quantites | None) -> str:
    """Quantities as a numeric[], in a row of COPY."""
    return f"{{{','.join(map(str, valeurs))}}}" if (valeurs := liste(quantites)) else NUL


def _json(valeurs: object) -> str:
    return echappe(json.dumps(valeurs))


def quantites_de(nombres: Nombres) -> Quantites | None:
    """Quantities from a numeric[]."""
    if nombres is None:
        return None
    heures, trajet, panier, *plus = nombres
    return Quantites(heures, trajet, panier, plus_de(plus))


def plus_de(nombres: Sequence[Decimal]) -> tuple[tuple[int, Decimal], ...]:
    """The further headings, from number and quantity by turns."""
    return tuple(zip(map(int, nombres[::2]), nombres[1::2], strict=True)) if nombres else ()


def liste(quantites: Quantites | None) -> list[Decimal] | None:
    """Quantities as the parameter of a statement: the three, then number and quantity of each further heading."""
    if quantites is None:
        return None
    heures, trajet, panier, plus = quantites
    return [heures, trajet, panier, *(Decimal(nombre) for paire in plus for nombre in paire)]
