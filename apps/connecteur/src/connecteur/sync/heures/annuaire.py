"""Who is who, read once per run, and where each slot goes."""

import hashlib
from zoneinfo import ZoneInfo

from connecteur.domain.heure import debut_local, normalise_code
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.resolution import Annuaire, indexe_salaries
from connecteur.sync.ports import CreneauStocke, Creneaux, DossierHeures, Lecture


def read_annuaire(creneaux: Creneaux, dossier: DossierHeures) -> Annuaire:
    """Who is who today: project codes, the dossier's sites and employees."""
    return Annuaire(
        codes_projets={p.id: p.champs.get("code") or "" for p in creneaux.read_projets()},
        chantiers={normalise_code(code): code for code in dossier.read_codes_chantiers()},
        salaries=indexe_salaries(dossier.read_salaries()),
    )


def empreinte_annuaire(annuaire: Annuaire) -> str:
    """Equal digests, equal answers for every slot."""
    contenu = repr(
        (sorted(annuaire.codes_projets.items()), sorted(annuaire.chantiers.items()), sorted(annuaire.salaries.items()))
    )
    return hashlib.blake2b(contenu.encode(), digest_size=16).hexdigest()


def resout(lecture: Lecture, annuaire: Annuaire, tranche: Tranche, fuseau: ZoneInfo) -> list[CreneauStocke]:
    """The slots that start in the slice, each with where it goes or why it cannot go."""
    stockes = []
    for creneau in lecture.creneaux:
        jour = debut_local(creneau.debut, fuseau).date()
        if not tranche.debut <= jour < tranche.fin:
            continue
        resolution = annuaire.resout(creneau)
        if isinstance(resolution, MotifRejet):
            stockes.append(CreneauStocke(creneau, None, None, resolution))
        else:
            stockes.append(CreneauStocke(creneau, resolution.code_chantier, resolution.code_salarie, None))
    return stockes
