"""The signing keys, as the person who looks after them sees them."""

from datetime import timedelta

from licence_manager.domain.duree import jour_de
from licence_manager.domain.historique import Evenement, Geste
from licence_manager.errors import DemandeInvalide
from licence_manager.repository.cles import CleSignature, DepotCles, EtatCle
from licence_manager.repository.historique import note
from licence_manager.services.contexte import Contexte

DIFFUSION = timedelta(days=30)
"""How long a new version of the connector takes to reach the field."""


class ClesSignature:
    """Lists and turns them. Raises `BaseIndisponible`."""

    def __init__(self, contexte: Contexte) -> None:
        self._contexte = contexte

    def list_cles(self) -> list[CleSignature]:
        """The present one, the next one, then the retired ones."""
        with self._contexte.transaction() as (connexion, _):
            return DepotCles(connexion, self._contexte.coffre).list()

    def rotate(self, qui: str, attendue: str = "", *, urgence: bool = False) -> list[CleSignature]:
        """Sign with the next key from now on. `attendue` is the present one as the person saw it.

        Raises `DemandePerimee` when it is another one: the keys were turned meanwhile. Raises `DemandeInvalide` for a
        next key so new that no connector can carry it yet, and that nobody said was delivered, unless it is urgent.
        """
        maintenant = self._contexte.maintenant()
        with self._contexte.transaction() as (connexion, _):
            depot = DepotCles(connexion, self._contexte.coffre)
            cle = depot.rotate(maintenant, attendue)
            if not urgence and cle.livree_le is None and maintenant - cle.creee_le < DIFFUSION:
                raise DemandeInvalide(
                    f"La clé suivante n’a été tirée que le {jour_de(cle.creee_le):%d/%m/%Y} : les connecteurs qui ne "
                    "la portent pas encore refuseraient les nouveaux baux. Rien n’a été changé.",
                    remede="Livrez-la d’abord avec une version du connecteur. Clé actuelle volée : ajoutez --urgence.",
                )
            cles = depot.list()
            note(connexion, [Evenement(Geste.ROTATION, qui, maintenant, detail={"kid": cles[0].kid})])
        return cles

    def mark_livree(self, kid: str, qui: str) -> None:
        """A delivered version of the connector carries this key. Raises `DemandeInvalide`."""
        maintenant = self._contexte.maintenant()
        with self._contexte.transaction() as (connexion, _):
            if not DepotCles(connexion, self._contexte.coffre).mark_livree(kid, maintenant):
                raise DemandeInvalide("Cette clé n’est plus en usage, ou elle était déjà notée comme livrée.")
            note(connexion, [Evenement(Geste.LIVRAISON, qui, maintenant, detail={"kid": kid})])


def suivante_a_livrer(cles: list[CleSignature]) -> CleSignature | None:
    """The next key when no delivered connector is known to carry it: turning the keys now would shut them out."""
    return next((cle for cle in cles if cle.etat is EtatCle.SUIVANTE and cle.livree_le is None), None)
