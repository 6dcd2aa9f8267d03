"""Everything the pages are given, dossier by dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.web.services.alertes import Alertes
from connecteur.web.services.chantiers import Chantiers
from connecteur.web.services.etat import Etat
from connecteur.web.services.heures import Creneaux, Imports, Lecture
from connecteur.web.services.horaires import Horaires
from connecteur.web.services.licence import Licence, LicenceDossier
from connecteur.web.services.litiges import Lignes
from connecteur.web.services.reglages import Reglages
from connecteur.web.services.runs import Lanceur, Runs
from connecteur.web.services.salaries import Codebs, Salaries
from connecteur.web.services.tampon import Audit, Codes, Installation, Rejets
from sages_commun.acces import Acces


def _maintenant() -> datetime:
    return datetime.now(UTC)


class Horloge(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Now, aware."""
        ...


@dataclass(frozen=True, slots=True)
class Dossier:
    """One company file and what can be done with it."""

    code: str
    """The connector's own name for it, as in the settings: it stands in addresses."""
    nom: str
    """As the firm knows it: `BTG_DOS_DEMO`."""
    fuseau: ZoneInfo
    lanceur: Lanceur
    runs: Runs
    rejets: Rejets
    etat: Etat
    installation: Installation
    lecture: Lecture
    codes: Codes
    reglages: Reglages
    salaries: Salaries
    codebs: Codebs
    imports: Imports
    lignes: Lignes
    chantiers: Chantiers
    horaires: Horaires
    creneaux: Creneaux
    alertes: Alertes
    audit: Audit
    licence: LicenceDossier


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the pages are given: at least one dossier, the first is shown when none is named."""

    dossiers: Sequence[Dossier]
    licence: Licence
    """That of this machine, for every dossier."""
    version: str = ""
    hotes: frozenset[str] = frozenset()
    """Host names accepted beside the loopback ones."""
    horloge: Horloge = _maintenant
    acces: Acces | None = None
    """The accounts; None: whoever sits at this machine may do everything."""

    def dossier(self, code: str | None) -> Dossier | None:
        """The dossier of this code, the first when none is named; None when there is no such dossier."""
        if not code:
            return self.dossiers[0]
        return next((dossier for dossier in self.dossiers if dossier.code == code), None)
