"""How one dossier is synchronised."""

from typing import Annotated

from pydantic import Field

from connecteur.domain.chantier import Genre
from connecteur.settings.alertes import ReglagesAlertesDossier
from connecteur.settings.chantiers import ReglagesChantiers
from connecteur.settings.heures import ReglagesHeures
from connecteur.settings.section import Section


class ReglagesRubriques(Section):
    """Which labour heading of SuiviMO holds what; it depends on the dossier."""

    heures: str = "NbH0"
    trajet: str = "NbH3"
    panier: str = "NbH4"


class ReglagesDossier(Section):
    """How this dossier is synchronised."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "principal"
    """The connector's own name for the dossier; it must never change."""
    mode: Genre = Genre.CHANTIER
    """What becomes a project: the chantiers, or the accepted devis of a firm without the site module."""
    fuseau: str = "Europe/Paris"
    fenetre_jours: Annotated[int, Field(ge=1, le=800)] = 180
    tranche_jours: Annotated[int, Field(ge=1, le=31)] = 7
    chevauchement_heures: Annotated[int, Field(ge=0, le=48)] = 6
    """Each slice is asked for with so many hours more at its end, because BatiSimply does not document whether a slot
    that ends after the bound is in its answer; what does not start in the slice is then left out."""
    rubriques: ReglagesRubriques = ReglagesRubriques()
    heures: ReglagesHeures = ReglagesHeures()
    siege_id: int | None = None
    """`headQuarter` given to the projects that the connector creates."""
    ecrire_codebs: bool = False
    """Whether a person may have the identifier of a mapping made by hand written into Batigest (`codebs`)."""
    conservation_annees: Annotated[int, Field(ge=1, le=50)] = 5
    """How long the audit trail and the histories of writes and slots are kept."""
    chantiers: ReglagesChantiers = ReglagesChantiers()
    alertes: ReglagesAlertesDossier = ReglagesAlertesDossier()
