"""Each link of the chain in turn: what `connecteur doctor` goes through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog

from connecteur.bootstrap import Controles
from connecteur.domain.controle import Controle, EtatControle
from connecteur.errors import ErreurConnecteur

journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Maillon:
    """One link: which system it belongs to, and what was found."""

    systeme: str
    controle: Controle

    @property
    def casse(self) -> bool:
        """Whether runs cannot work until it is mended."""
        return self.controle.etat is EtatControle.ECHEC


def examine(systemes: Mapping[str, Controles]) -> Iterator[Maillon]:
    """Every link of every system, as it is tried. Never raises: what cannot be checked is a broken link."""
    for systeme, controles in systemes.items():
        try:
            for controle in controles():
                yield Maillon(systeme, controle)
        except ErreurConnecteur as exc:
            yield Maillon(systeme, Controle.echec(systeme, exc.message, exc.remede, exc.detail))
        except Exception as exc:  # noqa: BLE001 -- the other systems must be looked at all the same
            journal.error("contrôle impossible", systeme=systeme, exc_info=exc)
            message = f"La vérification de {systeme} a échoué de façon imprévue."
            remede = "Appelez le support en donnant le journal."
            # Its text may hold anything, a connection string included: only its kind is shown.
            yield Maillon(systeme, Controle.echec(systeme, message, remede, type(exc).__name__))
