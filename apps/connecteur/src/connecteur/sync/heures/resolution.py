"""Resolve the slots of the tampon again with who is who today, without reading them again."""

from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import ObjetRejet
from connecteur.domain.run import Bilan, Fleche
from connecteur.sync.heures.annuaire import (
    check_repertoire,
    empreinte_annuaire,
    list_partis,
    note_repertoire,
    read_repertoire,
    resout,
)
from connecteur.sync.heures.pull import TamponPull
from connecteur.sync.ports import CreneauStocke, Creneaux, DossierHeures, Lecture


class TamponResolution(TamponPull, Protocol):
    """The tampon, as far as codes are resolved again."""

    def store_resolutions(
        self, tranche: Tranche, creneaux: Sequence[CreneauStocke], *, empreinte_annuaire: str, run: str
    ) -> int:
        """These known slots go there now; how many changed."""
        ...


def resolve_heures(
    creneaux: Creneaux,
    dossier: DossierHeures,
    tampon: TamponResolution,
    *,
    tranches: Sequence[Tranche],
    fuseau: ZoneInfo,
    run: str,
) -> Bilan:
    """A project, a chantier or a salarié was mended: its slots find their place at once. Safe to repeat."""
    bilan = Bilan(Fleche.PULL_HEURES)
    repertoire = read_repertoire(creneaux, dossier, tampon, depuis=tranches[0].debut)
    check_repertoire(repertoire, tampon, tranches)
    bilan.incidents += note_repertoire(repertoire, tampon, run)
    bilan.remarques += list_partis(repertoire)
    empreinte = empreinte_annuaire(repertoire.annuaire)
    for tranche in tranches:
        connus = [stocke.creneau for stocke in tampon.list_creneaux(tranche)]
        resolus = resout(Lecture(connus, []), repertoire.annuaire, tranche, fuseau)
        changes = tampon.store_resolutions(tranche, resolus, empreinte_annuaire=empreinte, run=run)
        bilan.compte("créneaux réexaminés", len(connus))
        bilan.compte("créneaux dont le code a changé", changes)
    bilan.rejets = tampon.count_rejets_ouverts(ObjetRejet.CRENEAU)
    return bilan
