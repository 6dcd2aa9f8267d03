"""Nothing on that day for that salarié: what is known of why, and the nearest days that have something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connecteur.domain.heure import normalise_code
from connecteur.domain.periode import Tranche
from connecteur.domain.run import Fleche, Flux
from connecteur.domain.salarie import Salarie
from connecteur.sync.salaries import vue_salaries
from connecteur.web.heures import journee
from connecteur.web.services import Dossier

AUTOUR = timedelta(days=31)
JOUR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """What can be said of a day without hours."""

    nom: str
    associe: bool
    """Whether a user of BatiSimply is known to be this salarié: else nothing of theirs can be told apart."""
    lu_le: datetime | None
    """When BatiSimply was last read to the end; None when the last run did not."""
    avant: date | None
    apres: date | None
    """The nearest days with hours of theirs, a month around."""


def absence(dossier: Dossier, salaries: Sequence[Salarie], salarie: str, jour: date) -> Absence | None:
    """Why this salarié may have nothing on this day; None when Batigest has no such salarié."""
    lui = next((un for un in salaries if normalise_code(un.code) == normalise_code(salarie)), None)
    if lui is None:
        return None
    sans = {un.code for un in vue_salaries(dossier.salaries).sans_utilisateur}
    autour = dossier.creneaux.list_creneaux(Tranche(jour - AUTOUR, jour + AUTOUR))
    jours = {
        stocke.creneau.debut.astimezone(dossier.fuseau).date()
        for ligne in journee(autour, salaries, salarie)
        for stocke in ligne.creneaux
    }
    return Absence(
        nom=lui.nom_complet,
        associe=bool(lui.utilisateur) or lui.code not in sans,
        lu_le=_lu_le(dossier),
        avant=max((un for un in jours if un < jour), default=None),
        apres=min((un for un in jours if un > jour), default=None),
    )


def _lu_le(dossier: Dossier) -> datetime | None:
    run = dossier.runs.dernier(Flux.HEURES)
    lue = run is not None and any(bilan.fleche is Fleche.PULL_HEURES for bilan in run.bilans)
    return run.fin if run is not None and lue else None
