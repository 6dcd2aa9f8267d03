"""What the pages are given of one dossier: the real things behind `web.services`."""

from contextlib import ExitStack

from connecteur.bootstrap import (
    AlertesDuDossier,
    LicenceDuDossier,
    ReglagesDuDossier,
    Systemes,
    controles_legers,
    ecriture_codebs,
    lecture_seule,
    resolution,
)
from connecteur.cli.assemblage import horaires_de
from connecteur.planification.lanceur import Lanceur
from connecteur.web.etat import EtatSystemes
from connecteur.web.services import Dossier, NomSysteme


def dossier_des_pages(systemes: Systemes, lanceur: Lanceur, licence: LicenceDuDossier, pile: ExitStack) -> Dossier:
    """Put it together; what must be closed is closed with `pile`."""
    controles = pile.enter_context(controles_legers(systemes))
    sondes = {nom: (lambda controle=controles[nom.value]: list(controle())) for nom in NomSysteme}
    return Dossier(
        code=systemes.reglages.dossier.code,
        nom=systemes.reglages.batigest.base,
        fuseau=systemes.fuseau,
        lanceur=lanceur,
        runs=lanceur,
        rejets=systemes.tampon,
        etat=pile.enter_context(EtatSystemes(sondes, systemes.horloge)),
        installation=systemes.tampon,
        lecture=pile.enter_context(lecture_seule(systemes)),
        codes=pile.enter_context(resolution(systemes)),
        reglages=ReglagesDuDossier(systemes),
        audit=systemes.tampon,
        salaries=systemes.tampon,
        codebs=pile.enter_context(ecriture_codebs(systemes)),
        imports=systemes.tampon,
        lignes=systemes.tampon,
        chantiers=systemes.tampon,
        horaires=horaires_de(systemes),
        creneaux=systemes.tampon,
        alertes=AlertesDuDossier(systemes),
        licence=licence,
    )
