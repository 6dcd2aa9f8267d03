"""The schedules of a dossier: one row per flow, the last instant that was served, who changed it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.domain.horaire import Cadence, Echecs, Horaire, Plage, depart, phrase
from connecteur.domain.run import FLECHES, Flux
from connecteur.sync.ports import Evenement
from connecteur.tampon.audit import note
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre

OBJET = "horaire"
"""What the audit trail calls a schedule."""

LISTE = "SELECT flux, horaire, dernier, modifie_le, modifie_par FROM sages.horaires WHERE dossier = %s"
LIT = "SELECT horaire FROM sages.horaires WHERE dossier = %s AND flux = %s FOR UPDATE"
ECRIT = """
INSERT INTO sages.horaires (dossier, flux, horaire, dernier, modifie_par) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (dossier, flux) DO UPDATE
   SET horaire = excluded.horaire, dernier = excluded.dernier, modifie_par = excluded.modifie_par, modifie_le = now()
"""
# Several programs see the same instant come: the first to write has it.
SERT = "UPDATE sages.horaires SET dernier = %s WHERE dossier = %s AND flux = %s AND dernier = %s"

ECHECS = """
WITH derniers AS (
    SELECT id, verdict, declencheur, debut, fin FROM sages.runs
     WHERE dossier = %(dossier)s AND flux = %(flux)s AND fleches = %(fleches)s AND fin IS NOT NULL AND NOT apercu
     ORDER BY debut DESC, id LIMIT 50
), faits AS (
    SELECT verdict, declencheur, fin, row_number() OVER (ORDER BY debut DESC, id) AS rang FROM derniers
), avant AS (SELECT coalesce(min(rang), 51) AS rang FROM faits WHERE verdict <> 'échec')
SELECT count(*), max(fin) FROM faits, avant WHERE faits.rang < avant.rang AND declencheur = %(declencheur)s
"""


@dataclass(frozen=True, slots=True)
class HoraireTenu:
    """The schedule of one flow as it is kept."""

    flux: Flux
    horaire: Horaire
    dernier: datetime
    """The last instant served, or the one from which it counts."""
    modifie_le: datetime
    modifie_par: str


class DepotHoraires:
    """The schedules of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def list_horaires(self) -> list[HoraireTenu]:
        """Those that were ever set, in the order of the flows."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(LISTE, (self._dossier,)).fetchall()
        tenus = [_tenu(*cast("tuple[str, Any, datetime, datetime, str]", ligne)) for ligne in lignes]
        return sorted(tenus, key=lambda tenu: list(Flux).index(tenu.flux))

    def change_horaire(
        self, flux: Flux, change: Callable[[Horaire], Horaire], maintenant: datetime, qui: str
    ) -> Horaire:
        """Replace the schedule of a flow by what `change` makes of it; the new one. It counts from `maintenant`."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(LIT, (self._dossier, flux.value)).fetchone()
            avant = Horaire() if ligne is None else horaire_du_json(cast("dict[str, Any]", ligne[0]))
            apres = change(avant)
            self._ecrit(connexion, flux, apres, maintenant, qui)
            evenement = Evenement(
                qui, "changer", OBJET, flux.value, avant={"horaire": phrase(avant)}, apres={"horaire": phrase(apres)}
            )
            note(connexion, self._dossier, evenement)
        return apres

    def sert_echeance(self, flux: Flux, vu: datetime, servi: datetime) -> bool:
        """Note the instant served, when `vu` still is the last one; False when another program served it."""
        with self._connexions.transaction() as connexion:
            return connexion.execute(SERT, (servi, self._dossier, flux.value, vu)).rowcount == 1

    def read_echecs(self, flux: Flux, declencheur: str) -> Echecs | None:
        """The failures in a row of what was asked for by `declencheur`; None when the last run of all did not fail."""
        parametres = {
            "dossier": self._dossier, "flux": flux.value, "fleches": [fleche.value for fleche in FLECHES[flux]],
            "declencheur": declencheur,
        }  # fmt: skip
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(ECHECS, parametres).fetchone()
        combien, fin = cast("tuple[int, datetime | None]", ligne)
        return None if fin is None else Echecs(combien, fin)

    def _ecrit(self, connexion: Connexion, flux: Flux, horaire: Horaire, maintenant: datetime, qui: str) -> None:
        contenu = Jsonb(json_de_l_horaire(horaire))
        connexion.execute(ECRIT, (self._dossier, flux.value, contenu, depart(horaire, maintenant), propre(qui)))


def _tenu(flux: str, contenu: dict[str, Any], dernier: datetime, modifie_le: datetime, modifie_par: str) -> HoraireTenu:
    return HoraireTenu(Flux(flux), horaire_du_json(contenu), dernier, modifie_le, modifie_par)


def json_de_l_horaire(horaire: Horaire) -> dict[str, Any]:
    """A schedule as JSON."""
    plage = horaire.plage
    return {
        "cadence": horaire.cadence.value,
        "secondes": horaire.secondes,
        "minutes": horaire.minutes,
        "heures": [f"{heure:%H:%M}" for heure in horaire.heures],
        "jours": sorted(horaire.jours),
        "plage": None
        if plage is None
        else {"jours": sorted(plage.jours), "debut": f"{plage.debut:%H:%M}", "fin": f"{plage.fin:%H:%M}"},
        "en_pause": horaire.en_pause,
    }


def horaire_du_json(contenu: dict[str, Any]) -> Horaire:
    """The way back."""
    plage = contenu["plage"]
    return Horaire(
        cadence=Cadence(contenu["cadence"]),
        secondes=contenu["secondes"],
        minutes=contenu["minutes"],
        heures=tuple(map(time.fromisoformat, contenu["heures"])),
        jours=frozenset(contenu["jours"]),
        plage=None
        if plage is None
        else Plage(frozenset(plage["jours"]), time.fromisoformat(plage["debut"]), time.fromisoformat(plage["fin"])),
        en_pause=contenu["en_pause"],
    )
