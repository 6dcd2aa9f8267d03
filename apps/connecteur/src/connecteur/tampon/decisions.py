"""Who is right about a line: what people decide, and what they undo.

One decision stands per line. It is carried out by the next push; those that were carried out or replaced stay as a
history, beside the audit trail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from connecteur.domain.conflit import Cote
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.reglement import Decision, Rendu
from connecteur.errors import ErreurPermanente
from connecteur.sync.ports import Evenement, cle_texte
from connecteur.tampon import audit
from connecteur.tampon.actions import LigneAction, action_de, liste, quantites_de
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre

EN_VIGUEUR = """
SELECT debut, code_chantier, code_salarie, choix, voulue, vue, a_rendre, rendu_avant, rendu_base, origine
  FROM sages.decisions_lignes WHERE dossier = %s AND finie_le IS NULL AND debut >= %s
"""

CONSTAT = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux,
       jsonb_build_object('motif', motif, 'gagnant', gagnant, 'raison', raison), NULL
  FROM sages.constats
 WHERE dossier = %s AND (debut, code_chantier, code_salarie) = (%s, %s, %s) FOR UPDATE
"""

REMPLACE = """
UPDATE sages.decisions_lignes SET finie_le = now()
 WHERE dossier = %(dossier)s AND (debut, code_chantier, code_salarie) = (%(debut)s, %(chantier)s, %(salarie)s)
   AND finie_le IS NULL
"""
DECIDE = """
INSERT INTO sages.decisions_lignes (dossier, debut, code_chantier, code_salarie, choix, voulue, vue, a_rendre,
                                    rendu_avant, rendu_base, origine, raison, qui)
VALUES (%(dossier)s, %(debut)s, %(chantier)s, %(salarie)s, %(choix)s, %(voulue)s, %(vue)s, %(a_rendre)s,
        %(rendu_avant)s, %(rendu_base)s, %(origine)s, %(raison)s, %(qui)s)
"""
# The next push must look at these days again.
REGARDE = """
UPDATE sages.tranches SET empreinte_suivi = NULL
 WHERE dossier = %(dossier)s AND debut <= %(debut)s::date AND fin > %(debut)s::date
"""

# « BatiSimply » is carried out once; « Batigest » stands, its undoing done.
FINIT = """
UPDATE sages.decisions_lignes d
   SET a_rendre = false, finie_le = CASE WHEN d.choix = 'BatiSimply' THEN now() ELSE d.finie_le END
  FROM unnest(%s::timestamp[], %s::text[], %s::text[]) AS f (debut, code_chantier, code_salarie)
 WHERE d.dossier = %s AND d.finie_le IS NULL
   AND (d.debut, d.code_chantier, d.code_salarie) = (f.debut, f.code_chantier, f.code_salarie)
"""

ECRITURE = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux, reglement, deplace_de, etat,
       EXISTS (SELECT FROM sages.ecritures s
                WHERE s.dossier = e.dossier AND s.id > e.id AND s.etat IN ('faite', 'prévue')
                  AND (s.debut, s.code_chantier, s.code_salarie) = (e.debut, e.code_chantier, e.code_salarie))
  FROM sages.ecritures e WHERE dossier = %s AND id = %s
"""
REGLEES = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux, reglement, deplace_de, id, run,
       regle_le
  FROM sages.ecritures
 WHERE dossier = %s AND reglement IS NOT NULL AND etat = 'faite' AND geste <> 'rendre' ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class EcritureReglee:
    """One write on a disputed line, which can be undone: the number to give to `annule_ecriture`."""

    id: int
    action: Action
    run: str
    le: datetime


class DepotDecisions:
    """The decisions of one dossier about its lines."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def list_decisions(self, depuis: date) -> dict[CleSuivi, Decision]:
        """The decisions that stand on lines of this day and later."""
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[Any, ...]]", connexion.execute(EN_VIGUEUR, (self._dossier, depuis)).fetchall())
        return {CleSuivi(chantier, salarie, debut): _decision(reste) for debut, chantier, salarie, *reste in lignes}

    def decide_ligne(self, cle: CleSuivi, choix: Cote, qui: str) -> None:
        """Say who is right about a line that waits for a person or was taken over; the next push carries it out.

        The decision is about what that line's finding shows. Raises `ErreurPermanente` when nothing is to be decided.
        """
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(
                CONSTAT, (self._dossier, cle.debut, cle.code_chantier, cle.code_salarie)
            ).fetchone()
            action = action_de(cast("LigneAction", ligne)) if ligne else None
            action = decidable(action, choix)
            self._pose(connexion, cle, Decision(choix, action.apres, action.avant), "personne", qui)
            note = {"choix": choix.value, **quantites_en_texte(action)}
            audit.note(connexion, self._dossier, Evenement(qui, "trancher", "ligne", cle_texte(cle), note))

    def annule_ecriture(self, ident: int, qui: str) -> None:
        """Take back a write on a disputed line: the next push puts back what Batigest held, and leaves it so.

        Raises `ErreurPermanente` when that write is not of a settled conflict, or is not the last one on its line.
        """
        with self._connexions.transaction() as connexion:
            ligne = cast("tuple[Any, ...] | None", connexion.execute(ECRITURE, (self._dossier, ident)).fetchone())
            action = action_de(cast("LigneAction", ligne[:-2])) if ligne else None
            faite, suivie = (ligne[-2] == "faite", bool(ligne[-1])) if ligne else (False, False)
            action = annulable(action if faite else None, suivie=suivie)
            self._pose(connexion, action.cle, decision_contraire(action), "annulation", qui)
            note = {"ecriture": ident, **quantites_en_texte(action)}
            audit.note(connexion, self._dossier, Evenement(qui, "annuler", "ligne", cle_texte(action.cle), note))

    def list_reglees(self, limite: int = 200) -> list[EcritureReglee]:
        """The writes on disputed lines, latest first: who won and why is `action.jugement`."""
        with self._connexions.transaction() as connexion:
            lignes = cast("list[tuple[Any, ...]]", connexion.execute(REGLEES, (self._dossier, limite)).fetchall())
        return [
            EcritureReglee(ident, action_de(cast("LigneAction", tuple(colonnes))), run, le)
            for *colonnes, ident, run, le in lignes
        ]

    def _pose(self, connexion: Connexion, cle: CleSuivi, decision: Decision, origine: str, qui: str) -> None:
        rendu = decision.rendu
        parametres = {
            "dossier": self._dossier,
            "debut": cle.debut,
            "chantier": cle.code_chantier,
            "salarie": cle.code_salarie,
            "choix": decision.choix.value,
            "voulue": liste(decision.voulue),
            "vue": liste(decision.vue),
            "a_rendre": rendu is not None,
            "rendu_avant": liste(rendu.avant) if rendu else None,
            "rendu_base": liste(rendu.base) if rendu else None,
            "origine": origine,
            "raison": "",
            "qui": propre(qui) or "inconnu",
        }
        for requete in (REMPLACE, DECIDE, REGARDE):
            connexion.execute(requete, parametres)


def finit(connexion: Connexion, dossier: str, faites: Iterable[Action]) -> None:
    """These actions were carried out: so were the decisions they come from."""
    cles = [action.cle for action in faites if action.jugement is not None or action.geste is Geste.RENDRE]
    if cles:
        colonnes = [c.debut for c in cles], [c.code_chantier for c in cles], [c.code_salarie for c in cles]
        connexion.execute(FINIT, (*colonnes, dossier))


def decidable(action: Action | None, choix: Cote) -> Action:
    """The finding, when a person may decide it so. Raises `ErreurPermanente`."""
    if action is None:
        raise ErreurPermanente(
            "Cette ligne n’attend pas de décision.", remede="Relisez la liste : elle a pu être réglée entre-temps."
        )
    if action.geste is Geste.PERIODE_CLOSE:
        raise ErreurPermanente(
            "Cette ligne est dans une période close : rien n’y est plus changé.",
            remede="Rouvrez d’abord la période, si la paie n’est pas faite.",
        )
    if action.motif is MotifConflit.LIGNES_MULTIPLES and choix is Cote.BATISIMPLY:
        raise ErreurPermanente(
            "Batigest tient plusieurs lignes pour cette clé : le connecteur ne peut pas savoir laquelle remplacer.",
            remede="Ne laissez qu’une ligne dans Batigest.",
        )
    return action


def annulable(action: Action | None, *, suivie: bool) -> Action:
    """The write, when it can be taken back. Raises `ErreurPermanente`."""
    if action is None or action.jugement is None or action.jugement.gagnant is not Cote.BATISIMPLY:
        raise ErreurPermanente(
            "Cette écriture n’est pas le règlement d’un conflit : elle ne s’annule pas.",
            remede="Corrigez le créneau dans BatiSimply, ou la ligne dans Batigest.",
        )
    if suivie:
        raise ErreurPermanente(
            "Cette ligne a été écrite de nouveau depuis.", remede="Annulez la dernière écriture de cette ligne."
        )
    return action


def decision_contraire(action: Action) -> Decision:
    """What undoing this write decides: Batigest was right, and what it held comes back."""
    voulue = None if action.geste is Geste.VIDER else action.apres
    return Decision(Cote.BATIGEST, voulue, action.apres, Rendu(action.avant, action.base))


def quantites_en_texte(action: Action) -> dict[str, str | None]:
    """The three values of a line, for the audit trail."""
    valeurs = {"batigest": action.avant, "batisimply": action.apres, "base": action.base}
    return {nom: _texte(quantites) for nom, quantites in valeurs.items()}


def _texte(quantites: Quantites | None) -> str | None:
    if quantites is None:
        return None
    plus = "".join(f", NbH{numero} {combien}" for numero, combien in quantites.plus)
    return f"{quantites.heures} h, trajet {quantites.trajet}, panier {quantites.panier}{plus}"


def _decision(ligne: Sequence[Any]) -> Decision:
    choix, voulue, vue, a_rendre, rendu_avant, rendu_base, origine = ligne
    rendu = Rendu(quantites_de(rendu_avant), quantites_de(rendu_base)) if a_rendre else None
    return Decision(Cote(choix), quantites_de(voulue), quantites_de(vue), rendu, origine == "politique")
