"""The lines we own in SuiviMO, and the history of what was written there.

Before Batigest is touched each write is noted (« prévue »), durably; afterwards the note is settled. A note left
open by a power cut keeps its slice from being skipped until somebody has looked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from psycopg import errors as pg
from psycopg.types.json import Jsonb

from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste, MotifConflit
from connecteur.domain.rejet import Rejet
from connecteur.errors import ErreurTransitoire
from connecteur.sync.ports import EtatTranche
from connecteur.tampon import rejets
from connecteur.tampon.connexion import Connexion
from connecteur.tampon.creneaux import DepotCreneaux

ANNONCE = """
COPY sages.ecritures (dossier, run, debut, code_chantier, code_salarie,
    geste, avant, apres, base, creneaux, deplace_de) FROM STDIN
"""

# A note is about to be open in these days: their slices are not up to date any more.
TRANCHES_ANNONCEES = """
UPDATE sages.tranches SET empreinte_suivi = NULL
 WHERE dossier = %s AND fin > %s AND debut <= %s AND empreinte_suivi IS NOT NULL
"""

PREPARE = """
CREATE TEMP TABLE IF NOT EXISTS reglement (
    debut timestamp, code_chantier text COLLATE "C", code_salarie text COLLATE "C", geste text, avant numeric[],
    apres numeric[], base numeric[], creneaux text[], deplace_de jsonb, sort text
) ON COMMIT DELETE ROWS
"""
COPIE = """
COPY pg_temp.reglement (debut, code_chantier, code_salarie, geste, avant, apres, base, creneaux, deplace_de, sort)
    FROM STDIN
"""

NOTES = """
SELECT id, debut, code_chantier, code_salarie FROM sages.ecritures
 WHERE dossier = %s AND etat = 'prévue' AND debut >= %s AND debut <= %s
"""

# The note holds all that the line needs: nothing is sent twice.
FAIT = """
WITH faites AS (
    UPDATE sages.ecritures SET etat = 'faite', regle_run = %(run)s, regle_le = now() WHERE id = ANY (%(faites)s)
    RETURNING debut, code_chantier, code_salarie, geste, apres, creneaux
), quittees AS (
    DELETE FROM sages.lignes l USING faites f
     WHERE l.dossier = %(dossier)s AND f.geste IN ('retirer', 'vider')
       AND (l.debut, l.code_chantier, l.code_salarie) = (f.debut, f.code_chantier, f.code_salarie)
)
INSERT INTO sages.lignes AS l
       (dossier, debut, code_chantier, code_salarie, heures, trajet, panier, creneaux, origine, run)
SELECT %(dossier)s, debut, code_chantier, code_salarie, apres[1], apres[2], apres[3], creneaux, 'insérée', %(run)s
  FROM faites WHERE geste IN ('insérer', 'corriger')
ON CONFLICT (dossier, debut, code_chantier, code_salarie) DO UPDATE
   SET heures = EXCLUDED.heures, trajet = EXCLUDED.trajet, panier = EXCLUDED.panier, creneaux = EXCLUDED.creneaux,
       run = EXCLUDED.run, ecrit_le = now()
"""

ABANDONNE = """
UPDATE sages.ecritures SET etat = 'abandonnée', regle_run = %(run)s, regle_le = now() WHERE id = ANY (%(abandonnees)s)
"""

CONSIGNE = """
INSERT INTO sages.ecritures
       (dossier, run, debut, code_chantier, code_salarie, geste, avant, apres, base, creneaux, deplace_de, etat,
        regle_run, regle_le)
SELECT %(dossier)s, %(run)s, debut, code_chantier, code_salarie, geste, avant, apres, base, creneaux, deplace_de,
       'faite', %(run)s, now()
  FROM pg_temp.reglement WHERE sort = 'sans écriture'
"""

POSSEDE = """
INSERT INTO sages.lignes AS l
       (dossier, debut, code_chantier, code_salarie, heures, trajet, panier, creneaux, origine, run)
SELECT %(dossier)s, debut, code_chantier, code_salarie, apres[1], apres[2], apres[3], creneaux,
       CASE WHEN geste = 'adopter' THEN 'adoptée' ELSE 'insérée' END, %(run)s
  FROM pg_temp.reglement
 WHERE geste IN ('insérer', 'corriger', 'adopter') AND apres IS NOT NULL
ON CONFLICT (dossier, debut, code_chantier, code_salarie) DO UPDATE
   SET heures = EXCLUDED.heures, trajet = EXCLUDED.trajet, panier = EXCLUDED.panier, creneaux = EXCLUDED.creneaux,
       run = EXCLUDED.run, ecrit_le = now()
"""

QUITTE = """
DELETE FROM sages.lignes l USING pg_temp.reglement r
 WHERE l.dossier = %(dossier)s AND r.geste IN ('retirer', 'vider', 'oublier')
   AND (l.debut, l.code_chantier, l.code_salarie) = (r.debut, r.code_chantier, r.code_salarie)
"""

ANNONCEES = """
SELECT geste, debut, code_chantier, code_salarie, avant, apres, base, creneaux, NULL, deplace_de FROM sages.ecritures
 WHERE dossier = %s AND etat = 'prévue' AND debut >= %s AND debut < %s ORDER BY id
"""

LIGNES = """
SELECT debut, code_chantier, code_salarie, heures, trajet, panier, creneaux FROM sages.lignes
 WHERE dossier = %s AND debut >= %s AND debut < %s ORDER BY code_chantier, code_salarie, debut
"""

ETATS = """
SELECT debut, fin, empreinte_creneaux, empreinte_annuaire, empreinte_suivi FROM sages.tranches
 WHERE dossier = %s AND debut = ANY (%s)
"""

# A slice with an open note is looked at again, whatever the caller believes.
TRANCHE_REGLEE = """
INSERT INTO sages.tranches AS t (dossier, debut, fin, empreinte_suivi, reglee_le)
SELECT %(dossier)s, %(debut)s, %(fin)s,
       CASE WHEN NOT EXISTS (SELECT FROM sages.ecritures e WHERE e.dossier = %(dossier)s AND e.etat = 'prévue'
                                AND e.debut >= %(debut)s AND e.debut < %(fin)s) THEN %(empreinte)s::text END, now()
ON CONFLICT (dossier, debut) DO UPDATE
   SET empreinte_suivi = EXCLUDED.empreinte_suivi, reglee_le = now(), fin = EXCLUDED.fin,
       empreinte_creneaux = CASE WHEN t.fin = EXCLUDED.fin THEN t.empreinte_creneaux END,
       empreinte_annuaire = CASE WHEN t.fin = EXCLUDED.fin THEN t.empreinte_annuaire END
"""

QUITTE_CONSTATS = """
DELETE FROM sages.constats c
 WHERE c.dossier = %(dossier)s AND c.debut >= %(debut)s AND c.debut < %(fin)s
   AND NOT EXISTS (SELECT FROM pg_temp.reglement r WHERE (r.debut, r.code_chantier, r.code_salarie)
                                                       = (c.debut, c.code_chantier, c.code_salarie))
"""

CONSTATE = """
INSERT INTO sages.constats AS c
       (dossier, debut, code_chantier, code_salarie, geste, motif, avant, apres, base, creneaux, run)
SELECT %(dossier)s, debut, code_chantier, code_salarie, geste, sort, avant, apres, base, creneaux, %(run)s
  FROM pg_temp.reglement
ON CONFLICT (dossier, debut, code_chantier, code_salarie) DO UPDATE
   SET geste = EXCLUDED.geste, motif = EXCLUDED.motif, avant = EXCLUDED.avant, apres = EXCLUDED.apres,
       base = EXCLUDED.base, creneaux = EXCLUDED.creneaux, vu_le = now(), run = EXCLUDED.run
"""

Nombres = list[Decimal] | None
LigneAction = tuple[str, datetime, str, str, Nombres, Nombres, Nombres, list[str], str | None, list[str] | None]


class DepotHeures(DepotCreneaux):
    """The slots of one dossier, the lines they became and what became of each slice."""

    def read_etat(self, tranche: Tranche) -> EtatTranche:
        """What is known of this slice. A slice read with another end (today's, yesterday) is never up to date."""
        return self.read_etats([tranche])[tranche]

    def read_etats(self, tranches: Sequence[Tranche]) -> dict[Tranche, EtatTranche]:
        """The same for many slices, in one round trip."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(ETATS, (self._dossier, [t.debut for t in tranches])).fetchall()
        connus = {(debut, fin): empreintes for debut, fin, *empreintes in lignes}
        return {
            tranche: EtatTranche(
                tranche, *cast("list[str | None]", connus.get((tranche.debut, tranche.fin), [None, None, None]))
            )
            for tranche in tranches
        }

    def list_lignes(self, tranche: Tranche) -> list[LigneSuivi]:
        """The lines we own in the slice, as last confirmed, by key."""
        with self._connexions.transaction() as connexion, connexion.cursor(binary=True) as curseur:
            curseur.execute(LIGNES, (self._dossier, tranche.debut, tranche.fin))
            lignes = cast("list[tuple[datetime, str, str, Decimal, Decimal, Decimal, list[str]]]", curseur.fetchall())
        return [
            LigneSuivi(CleSuivi(chantier, salarie, debut), Quantites(heures, trajet, panier), tuple(creneaux))
            for debut, chantier, salarie, heures, trajet, panier, creneaux in lignes
        ]

    def list_annoncees(self, tranche: Tranche) -> list[Action]:
        """Writes announced and never confirmed (a power cut), oldest first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(ANNONCEES, (self._dossier, tranche.debut, tranche.fin)).fetchall()
        return [action_de(cast("LigneAction", ligne)) for ligne in lignes]

    def announce(self, run: str, actions: Sequence[Action]) -> None:
        """Note, durably, writes that are about to be made in Batigest. Raises `ErreurTransitoire` when a key has an
        open note already: it must be settled first."""
        if not actions:
            return
        debuts = [action.cle.debut for action in actions]
        with self._connexions.transaction() as connexion:
            connexion.execute(TRANCHES_ANNONCEES, (self._dossier, min(debuts), max(debuts)))
            try:
                with connexion.cursor() as curseur, curseur.copy(ANNONCE) as copie:
                    for action in actions:
                        copie.write_row((self._dossier, run, *_colonnes(action)))
            except pg.UniqueViolation as exc:
                raise note_ouverte() from exc

    def confirm(
        self, run: str, *, faites: Sequence[Action], abandonnees: Sequence[Action], sans_ecriture: Sequence[Action]
    ) -> None:
        """Settle announced writes and note ADOPTER/OUBLIER actions, in one transaction, with their place in the
        history: `faites` and ADOPTER make or change the lines we own, RETIRER, VIDER and OUBLIER end them."""
        if not (faites or abandonnees or sans_ecriture):
            return
        with self._connexions.transaction() as connexion:
            notes = self._notes(connexion, [*faites, *abandonnees])
            parametres = {
                "dossier": self._dossier,
                "run": run,
                "faites": [notes[action.cle] for action in faites if action.cle in notes],
                "abandonnees": [notes[action.cle] for action in abandonnees if action.cle in notes],
            }
            connexion.execute(FAIT, parametres)
            connexion.execute(ABANDONNE, parametres)
            # A write whose note is settled already (this very call, answered and not heard) still is a line we own.
            sans_note = [(action, "sans note") for action in faites if action.cle not in notes]
            if sans_note or sans_ecriture:
                _prepare(connexion, [*sans_note, *((action, "sans écriture") for action in sans_ecriture)])
                for requete in (CONSIGNE, QUITTE, POSSEDE):
                    connexion.execute(requete, parametres)

    def settle_tranche(
        self,
        tranche: Tranche,
        *,
        empreinte_suivi: str | None,
        constats: Sequence[Action],
        refus: Sequence[Rejet],
        run: str,
    ) -> None:
        """End of a slice: remember its digest (None: look again next time) and the standing CONFLIT and REPRISE
        actions and refused lines, which replace those known for these days."""
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "debut": tranche.debut,
            "fin": tranche.fin,
            "empreinte": empreinte_suivi,
        }
        with self._connexions.transaction() as connexion:
            _prepare(connexion, [(action, action.motif) for action in constats])
            for requete in (TRANCHE_REGLEE, QUITTE_CONSTATS, CONSTATE):
                connexion.execute(requete, parametres)
            rejets.replace_refus(connexion, self._dossier, tranche, refus, run)

    def _notes(self, connexion: Connexion, actions: Sequence[Action]) -> dict[CleSuivi, int]:
        """The open notes among these keys."""
        if not actions:
            return {}
        debuts = [action.cle.debut for action in actions]
        lignes = connexion.execute(NOTES, (self._dossier, min(debuts), max(debuts))).fetchall()
        return {
            CleSuivi(chantier, salarie, debut): ident
            for ident, debut, chantier, salarie in cast("list[tuple[int, datetime, str, str]]", lignes)
        }


def note_ouverte() -> ErreurTransitoire:
    """A key was announced twice: the first note is still without an answer."""
    return ErreurTransitoire(
        "Une écriture d’heures annoncée plus tôt n’a pas encore été vérifiée dans Batigest.",
        remede="La prochaine synchronisation la vérifie d’elle-même.",
    )


def action_de(ligne: LigneAction) -> Action:
    """An action from its columns."""
    geste, debut, chantier, salarie, avant, apres, base, creneaux, motif, deplace_de = ligne
    return Action(
        Geste(geste),
        CleSuivi(chantier, salarie, debut),
        _quantites(avant),
        _quantites(apres),
        _quantites(base),
        tuple(creneaux),
        MotifConflit(motif) if motif else None,
        CleSuivi(deplace_de[0], deplace_de[1], datetime.fromisoformat(deplace_de[2])) if deplace_de else None,
    )


def _prepare(connexion: Connexion, actions: Iterable[tuple[Action, str | None]]) -> None:
    connexion.execute(PREPARE)
    with connexion.cursor() as curseur, curseur.copy(COPIE) as copie:
        for action, sort in actions:
            copie.write_row((*_colonnes(action), sort))


def _colonnes(action: Action) -> tuple[object, ...]:
    cle, origine = action.cle, action.deplace_de
    return (
        cle.debut,
        cle.code_chantier,
        cle.code_salarie,
        action.geste.value,
        _nombres(action.avant),
        _nombres(action.apres),
        _nombres(action.base),
        _tableau(action.creneaux),
        Jsonb([origine.code_chantier, origine.code_salarie, origine.debut.isoformat()]) if origine else None,
    )


def _nombres(quantites: Quantites | None) -> str | None:
    if quantites is None:
        return None
    return f"{{{quantites.heures},{quantites.trajet},{quantites.panier}}}"


def _tableau(textes: Iterable[str]) -> str:
    """A text[] as PostgreSQL writes it: psycopg's own way costs more than all the rest of the row."""
    return "{" + ",".join('"' + texte.replace("\\", "\\\\").replace('"', '\\"') + '"' for texte in textes) + "}"


def _quantites(nombres: Nombres) -> Quantites | None:
    return None if nombres is None else Quantites(*nombres)
