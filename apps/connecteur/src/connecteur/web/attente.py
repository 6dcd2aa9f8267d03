"""What waits for a person, counted for the navigation."""

from dataclasses import dataclass

from connecteur.domain.rejet import MotifRejet
from connecteur.errors import ErreurConnecteur
from connecteur.sync.salaries import vue_salaries
from connecteur.web.conflits import compte_a_decider
from connecteur.web.conflits_chantiers import CONFLIT, gardes_chantiers
from connecteur.web.services import Dossier

MOTIFS_SALARIE = (MotifRejet.SALARIE_INCONNU, MotifRejet.SALARIE_AMBIGU, MotifRejet.SALARIE_DISPARU)


@dataclass(frozen=True, slots=True)
class Attente:
    """How many of each wait; zero shows nothing."""

    conflits: int = 0
    rejets: int = 0
    salaries: int = 0
    gardes: int = 0
    """How many of the conflicts are confirmations."""

    def par_adresse(self) -> dict[str, tuple[int, str]]:
        """Page > how many wait there, and of what."""
        return {
            "/conflits": (self.conflits, "à décider"),
            "/rejets": (self.rejets, "ouverts"),
            "/salaries": (self.salaries, "à associer"),
        }


def compte_attente(dossier: Dossier) -> Attente:
    """The counts now; none at all while the tampon does not answer: the page has that to say already."""
    try:
        rejets = dossier.rejets.count_rejets()
        garde = dossier.lignes.read_garde()
        gardes = int(garde is not None and garde.confirmee_le is None)
        gardes += sum(not une.garde.confirmee_par for une in gardes_chantiers(dossier.chantiers))
        conflits = gardes + compte_a_decider(dossier.lignes)
        conflits += sum(
            un.nature == CONFLIT and un.decision is None for un in dossier.chantiers.list_conflits_chantiers()
        )
        # Looking at every slot for who is who costs: only when somebody's hours wait for it.
        attendent = any(rejets.get(motif) for motif in MOTIFS_SALARIE)
        salaries = sum(not relie.salaries for relie in vue_salaries(dossier.salaries).utilisateurs) if attendent else 0
    except ErreurConnecteur:
        return Attente()
    return Attente(conflits, sum(rejets.values()), salaries, gardes)
