"""The rejets, as shown: by reason, with what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from connecteur.domain.rejet import PHRASES, EtatRejet, MotifRejet, RejetSuivi
from connecteur.web.services import Rejets
from sages_commun.web.format import typographie

ETATS: Mapping[EtatRejet, str] = {
    EtatRejet.OUVERT: "À traiter",
    EtatRejet.IGNORE: "Ignorés",
    EtatRejet.RESOLU: "Résolus",
}


@dataclass(frozen=True, slots=True)
class GroupeSuivis:
    """The rejets that share a reason: how many, and the first of them."""

    motif: MotifRejet
    total: int
    exemples: Sequence[RejetSuivi]

    @property
    def phrase(self) -> str:
        """What happened."""
        return typographie(PHRASES[self.motif][0])

    @property
    def remede(self) -> str:
        """What to do."""
        return typographie(PHRASES[self.motif][1])


def groupe_suivis(rejets: Rejets, comptes: Mapping[MotifRejet, int], exemples: int) -> list[GroupeSuivis]:
    """The open rejets by reason, the most frequent first."""
    groupes = [
        GroupeSuivis(motif, total, rejets.list_rejets(motif=motif, par_page=exemples).elements)
        for motif, total in comptes.items()
        if total
    ]
    return sorted(groupes, key=lambda groupe: (-groupe.total, groupe.motif))


def titre_motif(motif: MotifRejet) -> str:
    """« sans_projet » as a person reads it in a list."""
    return PHRASES[motif][0].rstrip(".")


def adresse_liste(motif: MotifRejet | None, etat: EtatRejet, recherche: str) -> str:
    """The address of a list, to come back to it."""
    choisis = {
        "motif": motif.value if motif else "",
        "etat": etat.value if etat is not EtatRejet.OUVERT else "",
        "recherche": recherche.strip(),
    }
    utiles = {nom: valeur for nom, valeur in choisis.items() if valeur}
    return f"/rejets?{urlencode(utiles)}" if utiles else "/rejets"
