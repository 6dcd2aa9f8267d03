"""Ten changes in the middle of a hundred thousand slots and five thousand sites: how many writes do they make?

The writes are counted at the far ends, by looking there, not by asking the connector.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import mssql_python

from banc.batisimply.depot import Creneau, Depot, instant
from banc.donnees.creneaux import A_VALIDER
from connecteur.bootstrap.systemes import Systemes
from connecteur.domain.heure import LigneSuivi
from connecteur.domain.run import Fleche
from connecteur.sync.memoire import SansEcran

CORRIGES, RETIRES, SUPPRIMES, AJOUTES = 3, 1, 1, 2
"""Slots."""
RENOMMES, NOUVEAUX = 2, 1
"""Sites."""
OUVERTURE = datetime(2026, 1, 5)  # noqa: DTZ001  SQL Server's dates have no zone
PASSES_MAX = 4
"""Synchronisations in which both sides must have come to rest."""


@dataclass(frozen=True, slots=True)
class Bouts:
    """Both far ends, seen without the connector."""

    batigest: mssql_python.Connection
    batisimply: str
    """The simulator's address."""
    fichier: Path
    """Its store."""

    def suivi(self) -> Counter[tuple[Any, ...]]:
        """Every row of SuiviMO."""
        curseur = self.batigest.cursor()
        curseur.execute("SELECT CodeChantier, CodeSalarie, Date, NbH0, NbH1, NbH3, NbH4 FROM dbo.SuiviMO")
        return Counter(tuple(ligne) for ligne in curseur.fetchall())

    def oublie_appels(self) -> None:
        """Count calls from now on."""
        httpx2.delete(f"{self.batisimply}/banc/appels").raise_for_status()

    def envois(self) -> int:
        """The creations and replacements that BatiSimply accepted since."""
        appels = httpx2.get(f"{self.batisimply}/banc/appels").raise_for_status().json()["appels"]
        envois = [issues for nom, issues in appels.items() if nom.startswith(("POST /api/", "PUT /api/"))]
        return sum(fois for issues in envois for issue, fois in issues.items() if issue.startswith("2"))


def mesure(systemes: Systemes, bouts: Bouts) -> dict[str, Any]:
    """Come to rest, change ten things, synchronise, count; then once more, which must write nothing."""
    for _ in range(PASSES_MAX):
        if not synchronise(systemes):
            break
    avant = bouts.suivi()
    change(systemes, bouts)
    bouts.oublie_appels()
    debut = time.perf_counter()
    dites = synchronise(systemes)
    duree = time.perf_counter() - debut
    apres = bouts.suivi()
    # A line is its chantier, salarié and date: corrected, it is one write, though one row left and another came.
    lignes = {ligne[:3] for ligne in (*(avant - apres), *(apres - avant))}
    envois = bouts.envois()
    return {
        "secondes": duree,
        "changements": CORRIGES + RETIRES + SUPPRIMES + AJOUTES + RENOMMES + NOUVEAUX,
        "lignes": len(lignes),
        "envois": envois,
        "ecritures": len(lignes) + envois,
        "ecritures_dites": dites,
        "puis": synchronise(systemes),
    }


def synchronise(systemes: Systemes) -> int:
    """All four arrows; how many writes they say they made."""
    return sum(systemes.execute(fleche, "bench", SansEcran()).ecritures for fleche in Fleche)


def change(systemes: Systemes, bouts: Bouts) -> None:
    """Make the ten changes, spread over the window."""
    lignes = _repartit(list(_d_un_creneau(systemes)), CORRIGES + RETIRES + SUPPRIMES + AJOUTES)
    corriges, retires = lignes[:CORRIGES], lignes[CORRIGES : CORRIGES + RETIRES]
    supprimes, modeles = lignes[CORRIGES + RETIRES : -AJOUTES], lignes[-AJOUTES:]
    with closing(Depot(bouts.fichier)) as depot:
        for ligne in corriges:
            creneau = _creneau(depot, ligne)
            depot.save_creneau(_decale(creneau, minutes=(creneau.minutes or 0) + 15))
        for ligne in retires:
            depot.set_statut(int(ligne.creneaux[0]), A_VALIDER)
        for ligne in supprimes:
            depot.delete_creneau(int(ligne.creneaux[0]))
        for ligne in modeles:
            depot.save_creneau(_decale(_creneau(depot, ligne), ident=None, de=timedelta(minutes=-1)))
    curseur = bouts.batigest.cursor()
    lies = [s for s in systemes.tampon.list_chantiers() if s.projet_id is not None]
    for rang in range(RENOMMES):
        code = lies[len(lies) * (rang + 1) // (RENOMMES + 1)].chantier.code
        curseur.execute("UPDATE dbo.ChantierDef SET Libelle = ? WHERE Code = ?", f"Renommé {rang}", code)
    for rang in range(NOUVEAUX):
        ouvert = (f"ZZ{rang:06d}", f"Chantier ouvert {rang}", f"ZZ{rang:04d}", "Client nouveau", OUVERTURE, "E")
        curseur.execute(
            "INSERT INTO dbo.ChantierDef (Code, Libelle, CodeClient, NomClient, DateDebut, Etat)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *ouvert,
        )
    bouts.batigest.commit()


def _d_un_creneau(systemes: Systemes) -> Iterator[LigneSuivi]:
    """Lines we own that one slot makes, a few per slice, where the minute before is free."""
    for tranche in systemes.bouts.tranches():
        possedees = systemes.tampon.list_lignes(tranche)
        prises = {ligne.cle for ligne in possedees}
        seules = (
            ligne
            for ligne in possedees[len(possedees) // 2 :]
            if len(ligne.creneaux) == 1
            and ligne.cle.debut.hour > 0
            and ligne.cle._replace(debut=ligne.cle.debut - timedelta(minutes=1)) not in prises
        )
        yield from islice(seules, 3)


def _repartit(lignes: list[LigneSuivi], combien: int) -> list[LigneSuivi]:
    """So many of them, from one end to the other."""
    return [lignes[len(lignes) * rang // combien] for rang in range(combien)]


def _creneau(depot: Depot, ligne: LigneSuivi) -> Creneau:
    lu = depot.read_creneau(int(ligne.creneaux[0]))
    if lu is None:
        raise LookupError(f"le créneau {ligne.creneaux[0]} n’est plus dans BatiSimply")
    return Creneau(
        lu["id"], lu["debut"], lu["fin"], lu["utilisateur"], lu["projet"], lu["statut"], lu["minutes"],
        bool(lu["trajet"]), bool(lu["panier"]),
    )  # fmt: skip


def _decale(creneau: Creneau, **autres: Any) -> Creneau:
    """The same slot, started `de` later, with another number of minutes or another id."""
    de = autres.pop("de", timedelta())
    minutes = autres.pop("minutes", creneau.minutes)
    debut = datetime.fromisoformat(creneau.debut) + de
    return Creneau(
        autres.get("ident", creneau.id), instant(debut), instant(debut + timedelta(minutes=minutes or 0)),
        creneau.utilisateur, creneau.projet, creneau.statut, minutes, creneau.trajet, creneau.panier,
    )  # fmt: skip
