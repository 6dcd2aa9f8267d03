"""Known slots resolved again: where they go changes, what BatiSimply said of them does not."""

from collections.abc import Sequence

from connecteur.domain.heure import debut_local
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet, ObjetRejet
from connecteur.sync.ports import CreneauStocke
from connecteur.tampon.creneaux import (
    DepotCreneaux,
    depose_a_part,
    modifie,
    propres,
    rejets_de_tranche,
)
from connecteur.tampon.rejets import ouvre_rejets
from connecteur.tampon.sql_creneaux import LUS_A_PART, RESOUT_LUS

# A slot that cannot be read now is known as it was: what became of it is not for us to say.
ILLISIBLES = """
SELECT cle FROM sages.rejets
 WHERE dossier = %s AND objet = 'creneau' AND motif = %s AND resolu_le IS NULL
"""

# What was read stays read; with whom it was resolved, and whether Batigest agrees, changes.
TRANCHES_RESOLUES = """
UPDATE sages.tranches t
   SET empreinte_annuaire = CASE WHEN t.debut = %(debut)s AND t.fin <= %(fin)s THEN %(empreinte_annuaire)s
                                 ELSE t.empreinte_annuaire END,
       empreinte_suivi = CASE WHEN %(change)s THEN NULL ELSE t.empreinte_suivi END
 WHERE t.dossier = %(dossier)s AND t.debut < %(fin)s AND t.fin > %(debut)s
"""


class DepotResolutions(DepotCreneaux):
    """The slots of one dossier, as they are resolved again."""

    def store_resolutions(
        self, tranche: Tranche, creneaux: Sequence[CreneauStocke], *, empreinte_annuaire: str, run: str
    ) -> int:
        """These slots of `list_creneaux` go there now; how many changed. Their rejets are kept in step, in one
        transaction; no slot is added, none is marked as gone, and one that stands as unreadable is left alone."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(ILLISIBLES, (self._dossier, MotifRejet.CRENEAU_ILLISIBLE.value)).fetchall()
            illisibles = {str(cle) for (cle,) in lignes}
            stockes = [stocke for stocke in propres(creneaux) if stocke.creneau.id not in illisibles]
            parametres: dict[str, object] = {
                "dossier": self._dossier,
                "run": run,
                "debut": tranche.debut,
                "fin": tranche.fin,
                "empreinte_annuaire": empreinte_annuaire,
                "entiere": False,
                "illisible": "",
            }
            depose_a_part(connexion, stockes, [debut_local(s.creneau.debut, self._fuseau) for s in stockes])
            modifies, _ = modifie(connexion, parametres)
            connexion.execute(TRANCHES_RESOLUES, {**parametres, "change": modifies > 0})
            voulus = rejets_de_tranche(tranche, stockes, (), (), self._fuseau)
            accord = ouvre_rejets(connexion, self._dossier, ObjetRejet.CRENEAU, voulus, run)
            connexion.execute(RESOUT_LUS.format(lus=LUS_A_PART), {**parametres, **accord})
        return modifies
