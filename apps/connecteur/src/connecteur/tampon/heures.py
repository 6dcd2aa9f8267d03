"""The lines we own in SuiviMO, and what became of each slice."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action
from connecteur.domain.rejet import Rejet
from connecteur.sync.ports import EtatTranche
from connecteur.tampon import rejets
from connecteur.tampon.annonces import DepotAnnonces, prepare

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
       CASE WHEN NOT EXISTS (SELECT FROM sages.annonces a WHERE a.dossier = %(dossier)s
                                AND a.debut < %(fin)s AND a.fin >= %(debut)s) THEN %(empreinte)s::text END, now()
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

Ligne = tuple[datetime, str, str, Decimal, Decimal, Decimal, list[str]]


class DepotHeures(DepotAnnonces):
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
            lignes = cast("list[Ligne]", curseur.fetchall())
        return [
            LigneSuivi(CleSuivi(chantier, salarie, debut), Quantites(heures, trajet, panier), tuple(creneaux))
            for debut, chantier, salarie, heures, trajet, panier, creneaux in lignes
        ]

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
            prepare(connexion, [(action, action.motif) for action in constats])
            for requete in (TRANCHE_REGLEE, QUITTE_CONSTATS, CONSTATE):
                connexion.execute(requete, parametres)
            rejets.replace_refus(connexion, self._dossier, tranche, refus, run)
