"""Whether the address service answers: asked for an address that everybody knows."""

from collections.abc import Iterator

from connecteur.adresses.service import ServiceAdresses
from connecteur.domain.chantier import Adresse
from connecteur.domain.controle import Controle
from connecteur.errors import ErreurConnecteur
from connecteur.settings import ReglagesAdresses

SERVICE = "Service d’adresses"
CONNUE = Adresse("55 rue du Faubourg Saint-Honoré", "75008", "Paris")


def controle_adresses(reglages: ReglagesAdresses) -> Iterator[Controle]:
    """One check. A service that is down stops nothing: it is never more than a warning."""
    service = ServiceAdresses(reglages)
    try:
        position = service.situe(CONNUE)
    except ErreurConnecteur as exc:
        yield Controle.alerte(SERVICE, exc.message, exc.remede, exc.detail)
    else:
        if position is None:
            yield Controle.alerte(
                SERVICE,
                "Le service d’adresses répond, et ne reconnaît pas une adresse connue de tous.",
                "Vérifiez « chantiers.adresses.url » et « chantiers.adresses.score_minimal ».",
            )
        else:
            yield Controle.ok(SERVICE, "Le service d’adresses répond.")
    finally:
        service.close()
