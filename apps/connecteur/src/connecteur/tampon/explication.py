"""Everything the tampon remembers of one hour: nothing here writes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from psycopg.sql import SQL

from connecteur.domain.heure import Creneau, normalise_code
from connecteur.domain.histoire import ConstatSuivi, CreneauSuivi, EcritureSuivie, RunBref, VersionCreneau
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Verdict
from connecteur.tampon.actions import LigneAction, action_de
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import lit_plus, propre

DECRIT = SQL(
    "id, debut, fin, utilisateur, nom_utilisateur, projet_id, code_projet, statut, minutes, trajet, panier, plus,"
    " code_chantier, code_salarie, motif"
)
N_DECRIT = 12
PAR_IDS = SQL("""
SELECT {decrit}, debut_local::date, vu_le, change_le, disparu_le, run FROM sages.creneaux
 WHERE dossier = %s AND id = ANY (%s) ORDER BY debut, id
""").format(decrit=DECRIT)
IDS_DU_JOUR = """
SELECT id, code_chantier, code_salarie FROM sages.creneaux
 WHERE dossier = %(dossier)s AND debut_local >= %(debut)s AND debut_local < %(fin)s AND code_chantier IS NOT NULL
   AND present
UNION
SELECT id, code_chantier, code_salarie FROM sages.creneaux
 WHERE dossier = %(dossier)s AND debut_local >= %(debut)s AND debut_local < %(fin)s AND code_chantier IS NOT NULL
   AND NOT present
UNION
SELECT h.id, h.code_chantier, h.code_salarie FROM sages.creneaux_histoire h
 WHERE h.dossier = %(dossier)s AND h.debut >= %(debut)s::timestamp AT TIME ZONE %(fuseau)s
   AND h.debut < %(fin)s::timestamp AT TIME ZONE %(fuseau)s AND h.code_chantier IS NOT NULL
"""
VERSIONS = SQL("""
SELECT {decrit}, depuis, depuis_run, le, evenement, run FROM sages.creneaux_histoire
 WHERE dossier = %s AND id = ANY (%s) ORDER BY id, n
""").format(decrit=DECRIT)
ECRITURES = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux, reglement, deplace_de,
       id, etat, run, le, regle_run, regle_le
  FROM sages.ecritures
 WHERE dossier = %(dossier)s AND debut >= %(debut)s AND debut < %(fin)s
   AND (%(chantier)s::text IS NULL OR code_chantier = %(chantier)s)
   AND (%(salarie)s::text IS NULL OR code_salarie = %(salarie)s)
   AND (%(creneau)s::text IS NULL OR %(creneau)s = ANY (creneaux))
 ORDER BY id
"""
# What left these lines for others: the move is written on the line that received it.
DEPARTS = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux, reglement, deplace_de,
       id, etat, run, le, regle_run, regle_le
  FROM sages.ecritures
 WHERE dossier = %(dossier)s AND deplace_de IS NOT NULL AND deplace_de ->> 0 = %(chantier)s
   AND deplace_de ->> 1 = %(salarie)s AND deplace_de ->> 2 LIKE %(jour)s
 ORDER BY id
"""
CONSTATS = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux,
       jsonb_build_object('motif', motif, 'gagnant', gagnant, 'raison', raison), NULL, ouvert_le, run
  FROM sages.constats
 WHERE dossier = %s AND code_chantier = %s AND code_salarie = %s AND debut >= %s AND debut < %s ORDER BY debut
"""
RUNS = "SELECT id, declencheur, debut, verdict FROM sages.runs WHERE dossier = %s AND id = ANY (%s)"
CHANTIER = "SELECT contenu ->> 'code', contenu ->> 'libelle' FROM sages.chantiers WHERE dossier = %s AND cle = %s"

JOUR = timedelta(days=1)


class DepotExplication:
    """The memory of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def list_creneaux_suivis(self, ids: Sequence[str]) -> list[CreneauSuivi]:
        """These slots, present or gone, with their history; those that are not known are left out."""
        with self._connexions.transaction() as connexion:
            return self._suivis(connexion, [propre(ident) for ident in ids])

    def list_creneaux_de(self, chantier: str, salarie: str, jour: date, fuseau: str) -> list[CreneauSuivi]:
        """Every slot that is, or was, of this salarié on this chantier that local day."""
        parametres = {"dossier": self._dossier, "debut": jour, "fin": jour + JOUR, "fuseau": fuseau}
        cle = normalise_code(chantier), normalise_code(salarie)
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[str, str, str]]", connexion.execute(IDS_DU_JOUR, parametres).fetchall())
            ids = {ident for ident, c, s in lignes if (normalise_code(c), normalise_code(s)) == cle}
            return self._suivis(connexion, sorted(ids))

    def list_ecritures_de(self, chantier: str, salarie: str, jour: date) -> list[EcritureSuivie]:
        """What was written on the lines of this salarié, chantier and day, and what moved away; oldest first."""
        parametres: dict[str, object] = {
            "dossier": self._dossier,
            "debut": jour,
            "fin": jour + JOUR,
            "chantier": normalise_code(chantier),
            "salarie": normalise_code(salarie),
            "creneau": None,
        }
        with self._connexions.transaction() as connexion:
            ecritures = _ecritures(connexion.execute(ECRITURES, parametres).fetchall())
            suite = {**parametres, "jour": f"{jour.isoformat()}T%"}
            departs = _ecritures(connexion.execute(DEPARTS, suite).fetchall())
        return sorted({e.id: e for e in (*ecritures, *departs)}.values(), key=lambda e: e.id)

    def list_ecritures_du_creneau(self, ident: str, premier: date, dernier: date) -> list[EcritureSuivie]:
        """What was written because of this slot on the lines of these days; oldest first."""
        parametres = {
            "dossier": self._dossier,
            "debut": premier,
            "fin": dernier + JOUR,
            "chantier": None,
            "salarie": None,
            "creneau": propre(ident),
        }
        with self._connexions.transaction() as connexion:
            return _ecritures(connexion.execute(ECRITURES, parametres).fetchall())

    def list_constats_de(self, chantier: str, salarie: str, jour: date) -> list[ConstatSuivi]:
        """The findings that stand on the lines of this salarié, chantier and day."""
        cle = (self._dossier, normalise_code(chantier), normalise_code(salarie), jour, jour + JOUR)
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[Any, ...]]", connexion.execute(CONSTATS, cle).fetchall())
        return [
            ConstatSuivi(action_de(cast("LigneAction", tuple(colonnes))), ouvert_le, run)
            for *colonnes, ouvert_le, run in lignes
        ]

    def list_runs_de(self, ids: Sequence[str]) -> dict[str, RunBref]:
        """What is known of these runs."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(RUNS, (self._dossier, list(ids))).fetchall()
        return {
            ident: RunBref(ident, declencheur, debut, Verdict(verdict) if verdict else None)
            for ident, declencheur, debut, verdict in cast("list[tuple[str, str, datetime, str | None]]", lignes)
        }

    def lit_libelle(self, chantier: str) -> tuple[str, str]:
        """The code of a chantier as Batigest writes it, and its label; what was given and "" when it is not known."""
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(CHANTIER, (self._dossier, propre(normalise_code(chantier)))).fetchone()
        return cast("tuple[str, str]", ligne) if ligne else (chantier, "")

    def _suivis(self, connexion: Connexion, ids: Sequence[str]) -> list[CreneauSuivi]:
        versions: defaultdict[str, list[VersionCreneau]] = defaultdict(list)
        for ligne in cast("list[tuple[Any, ...]]", connexion.execute(VERSIONS, (self._dossier, ids)).fetchall()):
            version = _version(ligne)
            versions[version.creneau.id].append(version)
        lignes = cast("list[tuple[Any, ...]]", connexion.execute(PAR_IDS, (self._dossier, ids)).fetchall())
        return [_suivi(ligne, versions) for ligne in lignes]


def _decrit(ligne: tuple[Any, ...]) -> tuple[Creneau, str | None, str | None, MotifRejet | None]:
    code_chantier, code_salarie, motif = ligne[N_DECRIT : N_DECRIT + 3]
    creneau = Creneau._make((*ligne[: N_DECRIT - 1], lit_plus(ligne[N_DECRIT - 1]), None))
    return creneau, code_chantier, code_salarie, MotifRejet(motif) if motif else None


def _version(ligne: tuple[Any, ...]) -> VersionCreneau:
    depuis, depuis_run, le, evenement, run = ligne[N_DECRIT + 3 :]
    return VersionCreneau(*_decrit(ligne), depuis, depuis_run, le, evenement, run)


def _suivi(ligne: tuple[Any, ...], versions: dict[str, list[VersionCreneau]]) -> CreneauSuivi:
    jour, vu_le, change_le, disparu_le, run = ligne[N_DECRIT + 3 :]
    return CreneauSuivi(*_decrit(ligne), jour, vu_le, change_le, disparu_le, run, versions.get(ligne[0], ()))


def _ecritures(lignes: list[tuple[object, ...]]) -> list[EcritureSuivie]:
    return [
        EcritureSuivie(ident, action_de(cast("LigneAction", tuple(colonnes))), etat, run, le, regle_run, regle_le)
        for *colonnes, ident, etat, run, le, regle_run, regle_le in cast("list[tuple[Any, ...]]", lignes)
    ]
