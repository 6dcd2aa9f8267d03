"""The lines we own in SuiviMO, and what became of each slice."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.sync.ports import EtatTranche
from connecteur.tampon.actions import plus_de
from connecteur.tampon.annonces import DepotAnnonces

LIGNES = """
SELECT debut, code_chantier, code_salarie, heures, trajet, panier, plus, creneaux FROM sages.lignes
 WHERE dossier = %s AND debut >= %s AND debut < %s ORDER BY code_chantier, code_salarie, debut
"""

ETATS = """
SELECT debut, fin, empreinte_creneaux, empreinte_annuaire, empreinte_suivi FROM sages.tranches
 WHERE dossier = %s AND debut = ANY (%s)
"""

EN_PLUS = """
SELECT DISTINCT l.plus[i]::integer FROM sages.lignes l, generate_series(1, cardinality(l.plus), 2) AS i
 WHERE l.dossier = %s AND l.plus <> '{}'
"""

Ligne = tuple[datetime, str, str, Decimal, Decimal, Decimal, list[Decimal], list[str]]


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
            LigneSuivi(
                CleSuivi(chantier, salarie, debut),
                Quantites(heures, trajet, panier, plus_de(plus) if plus else ()),
                tuple(creneaux),
            )
            for debut, chantier, salarie, heures, trajet, panier, plus, creneaux in lignes
        ]

    def list_en_plus(self) -> frozenset[int]:
        """The numbers of the further headings in which lines of ours hold something."""
        with self._connexions.transaction() as connexion:
            return frozenset(cast("int", numero) for (numero,) in connexion.execute(EN_PLUS, (self._dossier,)))
