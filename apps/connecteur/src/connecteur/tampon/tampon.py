"""The tampon of one dossier: everything `sync.ports` asks of it, on PostgreSQL."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from connecteur.domain.plan import Action
from connecteur.domain.reprise import Annonce
from connecteur.tampon import migration
from connecteur.tampon.alertes import DepotAlertes
from connecteur.tampon.audit import DepotAudit
from connecteur.tampon.chantiers import DepotChantiers
from connecteur.tampon.conflits import DepotConflits
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.constats import DepotConstats
from connecteur.tampon.decisions import DepotDecisions
from connecteur.tampon.decisions_chantiers import DepotDecisionsChantiers
from connecteur.tampon.explication import DepotExplication
from connecteur.tampon.gardes import DepotGardes
from connecteur.tampon.heures import DepotHeures
from connecteur.tampon.horaires import DepotHoraires
from connecteur.tampon.reglages import DepotReglages
from connecteur.tampon.rejets_suivis import DepotRejetsSuivis
from connecteur.tampon.reprise import DepotReprise
from connecteur.tampon.resolutions import DepotResolutions
from connecteur.tampon.rubriques import DepotRubriques
from connecteur.tampon.runs import RunsTampon
from connecteur.tampon.salaries import DepotSalaries
from connecteur.tampon.sante import SanteTampon, examine
from connecteur.tampon.verrou import VerrouDossier


class Tampon(
    DepotChantiers,
    DepotHeures,
    DepotResolutions,
    DepotConstats,
    DepotDecisions,
    DepotDecisionsChantiers,
    DepotGardes,
    DepotRubriques,
    DepotRejetsSuivis,
    DepotConflits,
    DepotAudit,
    DepotSalaries,
    DepotExplication,
    DepotReglages,
    DepotHoraires,
    DepotReprise,
    VerrouDossier,
):
    """`TamponChantiers`, `TamponHeures`, `Audit` and `Verrou` of one dossier.

    Its runs are `runs`, its alerts `alertes`.

    Nothing is opened before it is used. Safe to share between threads. Every method raises
    `ErreurTransitoire` or `ErreurPermanente`, never psycopg's own errors.
    """

    def __init__(self, url: str, dossier: str, fuseau: ZoneInfo) -> None:
        connexions = Connexions(url)
        DepotHeures.__init__(self, connexions, dossier, fuseau)
        self.runs = RunsTampon(connexions, dossier)
        self.alertes = DepotAlertes(connexions, dossier, self.runs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def announce(self, run: str, actions: Sequence[Action]) -> Annonce:
        """See `DepotAnnonces`. Whoever lost the dossier (a server that restarted) does not write to it any more."""
        self.reste_exclusif()
        return super().announce(run, actions)

    def confirm(
        self, run: str, *, faites: Sequence[Action], abandonnees: Sequence[Action], sans_ecriture: Sequence[Action]
    ) -> None:
        """See `DepotAnnonces`. Nor does it settle what another run has announced."""
        self.reste_exclusif()
        super().confirm(run, faites=faites, abandonnees=abandonnees, sans_ecriture=sans_ecriture)

    def migre(self) -> list[int]:
        """Bring the schema up to date; return the migrations applied now."""
        return migration.migre(self._connexions)

    def sante(self) -> SanteTampon:
        """What `doctor` shows."""
        return examine(self._connexions)

    def close(self) -> None:
        """Close the connections."""
        self._connexions.close()
