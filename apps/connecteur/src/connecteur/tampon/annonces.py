"""Writes announced before they are made, and their place in the history once their fate is known.

Before Batigest is touched, a run notes what it is about to write there, durably: one row of `sages.annonces`, holding
the actions as rows of COPY. When it is known what became of them they enter the history, written once, and the lines
we own follow. A note left open by a power cut keeps its slice from being skipped until somebody has looked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.reprise import Annonce
from connecteur.errors import ErreurTransitoire
from connecteur.tampon import decisions
from connecteur.tampon.actions import COLONNES, COPIE, PREPARE, LigneAction, action_de, ligne_d_action, prepare
from connecteur.tampon.connexion import Connexion
from connecteur.tampon.copie import NUL, champ, copie, instant
from connecteur.tampon.creneaux import DepotCreneaux

# Two programs that announce at once would not see each other's note.
SEUL = "SELECT pg_advisory_xact_lock(hashtextextended('annonces/' || %(dossier)s, 0))"
OUVERTES = """
SELECT id, run, le, actions FROM sages.annonces
 WHERE dossier = %(dossier)s AND debut <= %(fin)s AND fin >= %(debut)s ORDER BY id
"""
# A note is about to be open in these days: their slices are not up to date any more.
TRANCHES_ANNONCEES = """
UPDATE sages.tranches SET empreinte_suivi = NULL
 WHERE dossier = %(dossier)s AND fin > %(debut)s AND debut <= %(fin)s AND empreinte_suivi IS NOT NULL
"""
ANNONCE = """
INSERT INTO sages.annonces (dossier, run, debut, fin, actions)
VALUES (%(dossier)s, %(run)s, %(debut)s, %(fin)s, %(actions)s) RETURNING id
"""
FERME = "DELETE FROM sages.annonces WHERE id = %s RETURNING run, le, now()"
GARDE = "UPDATE sages.annonces SET actions = %s WHERE id = %s"
MAINTENANT = "SELECT now()"

RELIT = f"SELECT {COLONNES} FROM pg_temp.reglement WHERE debut >= %s AND debut < %s ORDER BY ctid"  # noqa: S608  our own names
CONSIGNE = f"COPY sages.ecritures ({COLONNES}, dossier, run, le, etat, regle_run, regle_le) FROM STDIN"

# What this very transaction put into the history.
CONSIGNEES = """
  FROM sages.ecritures e
 WHERE e.dossier = %(dossier)s AND e.debut >= %(debut)s AND e.debut <= %(fin)s AND e.regle_le = now()
   AND e.regle_run = %(run)s AND e.etat = 'faite'
"""
POSSEDEE = "CASE WHEN geste = 'rendre' THEN base ELSE apres END"
"""What an action leaves us owning: a line given back is ours as it was."""
AJOUTE_FAITES = f"""
INSERT INTO sages.lignes AS l
       (dossier, debut, code_chantier, code_salarie, heures, trajet, panier, plus, creneaux, origine, run)
SELECT dossier, debut, code_chantier, code_salarie, p[1], p[2], p[3], p[4:], creneaux, 'insérée', regle_run
  FROM (SELECT e.*, {POSSEDEE} AS p {CONSIGNEES}
           AND e.geste IN ('insérer', 'corriger', 'rendre', 'changer de rubriques')) f
 WHERE p IS NOT NULL
ON CONFLICT (dossier, debut, code_chantier, code_salarie) DO UPDATE
   SET heures = EXCLUDED.heures, trajet = EXCLUDED.trajet, panier = EXCLUDED.panier, plus = EXCLUDED.plus,
       creneaux = EXCLUDED.creneaux, run = EXCLUDED.run, ecrit_le = now()
"""  # noqa: S608  our own names
RETIRE_FAITES = f"""
DELETE FROM sages.lignes l USING (SELECT e.debut, e.code_chantier, e.code_salarie {CONSIGNEES}
                                     AND (e.geste IN ('retirer', 'vider') OR {POSSEDEE} IS NULL)) f
 WHERE l.dossier = %(dossier)s
   AND (l.debut, l.code_chantier, l.code_salarie) = (f.debut, f.code_chantier, f.code_salarie)
"""  # noqa: S608  idem

POSSEDE = f"""
INSERT INTO sages.lignes AS l
       (dossier, debut, code_chantier, code_salarie, heures, trajet, panier, plus, creneaux, origine, run,
        ancien_code)
SELECT %(dossier)s, debut, code_chantier, code_salarie, p[1], p[2], p[3], p[4:], creneaux,
       CASE WHEN geste = 'adopter' THEN 'adoptée' ELSE 'insérée' END, %(run)s,
       CASE WHEN geste = 'adopter' THEN deplace_de ->> 0 END
  FROM (SELECT r.*, {POSSEDEE} AS p FROM pg_temp.reglement r) f
 WHERE geste IN ('insérer', 'corriger', 'rendre', 'changer de rubriques', 'adopter') AND p IS NOT NULL
ON CONFLICT (dossier, debut, code_chantier, code_salarie) DO UPDATE
   SET heures = EXCLUDED.heures, trajet = EXCLUDED.trajet, panier = EXCLUDED.panier, plus = EXCLUDED.plus,
       creneaux = EXCLUDED.creneaux, run = EXCLUDED.run, ecrit_le = now(),
       ancien_code = EXCLUDED.ancien_code
"""  # noqa: S608  idem
QUITTE = """
DELETE FROM sages.lignes l USING pg_temp.reglement r
 WHERE l.dossier = %(dossier)s
   AND (r.geste IN ('retirer', 'vider', 'oublier') OR (r.geste = 'rendre' AND r.base IS NULL))
   AND (l.debut, l.code_chantier, l.code_salarie) = (r.debut, r.code_chantier, r.code_salarie)
"""

CleCopie = tuple[str, str, str]
"""A key as it stands in a row of COPY."""
FINISSENT = frozenset({Geste.RETIRER, Geste.VIDER, Geste.RENDRE})


class DepotAnnonces(DepotCreneaux):
    """The slots of one dossier, and what was written from them."""

    def announce(self, run: str, actions: Sequence[Action]) -> Annonce:
        """See `ports.TamponHeures`. Raises `ErreurTransitoire` when a key has an open note already."""
        if not actions:
            return Annonce(0, [])
        if len({action.cle for action in actions}) < len(actions):
            raise note_ouverte()
        lignes = [ligne_d_action(action) for action in actions]
        parametres = {"dossier": self._dossier, "run": run, "actions": _joint(lignes), **_bornes(actions)}
        with self._connexions.transaction() as connexion:
            connexion.execute(SEUL, parametres)
            ouvertes = {_cle(ligne) for *_, notees in self._ouvertes(connexion, parametres) for ligne in notees}
            if ouvertes and not ouvertes.isdisjoint(map(_cle, lignes)):
                raise note_ouverte()
            connexion.execute(TRANCHES_ANNONCEES, parametres)
            (ident,) = cast("tuple[int]", connexion.execute(ANNONCE, parametres).fetchone())
        return Annonce(ident, actions, lignes)

    def confirm_annonce(self, run: str, annonce: Annonce, *, sauf: Sequence[Action] = ()) -> None:
        """See `ports.TamponHeures`."""
        if not annonce.actions:
            return
        abandonnees = {action.cle for action in sauf}
        with self._connexions.transaction(durable=False) as connexion:
            fermee = connexion.execute(FERME, (annonce.id,)).fetchone()
            if fermee is None:
                return  # this very call, answered and not heard, or a later run that looked
            fins = {
                etat: self._fin(*cast("tuple[str, datetime]", fermee[:2]), etat, run, cast("datetime", fermee[2]))
                for etat in ("faite", "abandonnée")
            }
            histoire = (
                ligne + fins["abandonnée" if action.cle in abandonnees else "faite"]
                for action, ligne in zip(annonce.actions, annonce.lignes, strict=True)
            )
            copie(connexion, CONSIGNE, histoire)
            parametres = {"dossier": self._dossier, "run": run, **_bornes(annonce.actions)}
            if any(action.geste in FINISSENT for action in annonce.actions):
                connexion.execute(RETIRE_FAITES, parametres)
            connexion.execute(AJOUTE_FAITES, parametres)
            decisions.finit(connexion, self._dossier, (a for a in annonce.actions if a.cle not in abandonnees))

    def confirm(
        self, run: str, *, faites: Sequence[Action], abandonnees: Sequence[Action], sans_ecriture: Sequence[Action]
    ) -> None:
        """See `ports.TamponHeures`."""
        if not (faites or abandonnees or sans_ecriture):
            return
        sorts = {_cle(ligne_d_action(action)): "faite" for action in faites}
        sorts |= {_cle(ligne_d_action(action)): "abandonnée" for action in abandonnees}
        with self._connexions.transaction() as connexion:
            (maintenant,) = cast("tuple[datetime]", connexion.execute(MAINTENANT).fetchone())
            histoire = self._regle(connexion, run, sorts, _bornes([*faites, *abandonnees]), maintenant) if sorts else []
            fin = self._fin(run, maintenant, "faite", run, maintenant)
            histoire += [ligne_d_action(action) + fin for action in sans_ecriture]
            copie(connexion, CONSIGNE, histoire)
            # A write whose note is settled already still is a line we own.
            prepare(connexion, ((action, None) for action in (*faites, *sans_ecriture)))
            for requete in (QUITTE, POSSEDE):
                connexion.execute(requete, {"dossier": self._dossier, "run": run})
            decisions.finit(connexion, self._dossier, faites)

    def list_annoncees(self, tranche: Tranche) -> list[Action]:
        """Writes announced and never confirmed (a power cut), oldest first."""
        bornes = {"dossier": self._dossier, "debut": tranche.debut, "fin": tranche.fin}
        with self._connexions.transaction() as connexion:
            notees = [ligne for *_, lignes in self._ouvertes(connexion, bornes) for ligne in lignes]
            if not notees:
                return []
            connexion.execute(PREPARE)
            copie(connexion, COPIE, (f"{ligne}\t{NUL}\n" for ligne in notees))
            relues = connexion.execute(RELIT, (tranche.debut, tranche.fin)).fetchall()
        return [
            action_de(cast("LigneAction", (geste, debut, chantier, salarie, *suite, reglement, deplace_de)))
            for debut, chantier, salarie, geste, *suite, deplace_de, reglement in relues
        ]

    def _ouvertes(
        self, connexion: Connexion, bornes: Mapping[str, object]
    ) -> list[tuple[int, str, datetime, list[str]]]:
        """The open notes that touch this period: number, run, instant, rows without their ends."""
        lignes = cast("list[tuple[int, str, datetime, str]]", connexion.execute(OUVERTES, bornes).fetchall())
        return [(ident, run, le, actions.removesuffix("\n").split("\n")) for ident, run, le, actions in lignes]

    def _regle(
        self,
        connexion: Connexion,
        run: str,
        sorts: Mapping[CleCopie, str],
        bornes: Mapping[str, object],
        maintenant: datetime,
    ) -> list[str]:
        """Take these keys out of the open notes; their rows for the history."""
        histoire: list[str] = []
        for ident, origine, le, lignes in self._ouvertes(connexion, {"dossier": self._dossier, **bornes}):
            fins = {etat: self._fin(origine, le, etat, run, maintenant) for etat in ("faite", "abandonnée")}
            reglees = [ligne for ligne in lignes if _cle(ligne) in sorts]
            restent = [ligne for ligne in lignes if _cle(ligne) not in sorts]
            histoire += [ligne + fins[sorts[_cle(ligne)]] for ligne in reglees]
            if not restent:
                connexion.execute(FERME, (ident,))
            elif reglees:
                connexion.execute(GARDE, (_joint(restent), ident))
        return histoire

    def _fin(self, run: str, le: datetime, etat: str, regle_run: str, regle_le: datetime) -> str:
        """What follows an action in a row of the history."""
        fin = (champ(self._dossier), champ(run), instant(le), etat, champ(regle_run), instant(regle_le))
        return "\t" + "\t".join(fin) + "\n"


def note_ouverte() -> ErreurTransitoire:
    """A key was announced twice: the first note is still without an answer."""
    return ErreurTransitoire(
        "Une écriture d’heures annoncée plus tôt n’a pas encore été vérifiée dans Batigest.",
        remede="La prochaine synchronisation la vérifie d’elle-même.",
    )


def _bornes(actions: Sequence[Action]) -> dict[str, object]:
    debuts = [action.cle.debut for action in actions]
    return {"debut": min(debuts), "fin": max(debuts)}


def _cle(ligne: str) -> CleCopie:
    debut, chantier, salarie, _ = ligne.split("\t", 3)
    return debut, chantier, salarie


def _joint(lignes: Iterable[str]) -> str:
    return "\n".join(lignes) + "\n"
