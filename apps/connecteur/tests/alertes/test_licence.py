"""The licence is told once per change of state, and at each step of the countdown of its grace."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from apps.connecteur.tests.pieces.licence import un_bail

from connecteur.alertes.envoi import destinations
from connecteur.alertes.veilleur import Veilleur
from connecteur.bootstrap.alertes import etat_licence
from connecteur.domain.run import FLECHES, REFUS_LICENCE, Flux, Incident, Verdict
from connecteur.licence.etats import Connu, evalue
from connecteur.licence.temps import avance, recale
from connecteur.settings import ReglagesAlertesDossier
from connecteur.tampon.tampon import Tampon
from sages_commun.licence import Verdict as VerdictLicence
from sages_commun.licence import make_cle

from .conftest import PARIS, Boite, Horloge, texte

if TYPE_CHECKING:
    from sages_commun.licence import Bail

CLE = make_cle()
JOUR = timedelta(days=1)


class Guet:
    """A dossier whose licence is what the test says, and whoever tells of it."""

    def __init__(self, tampon: Tampon, horloge: Horloge, boite: Boite) -> None:
        self.tampon, self.horloge, self.boite = tampon, horloge, boite
        self.debut: datetime = horloge()
        self.bail: Bail | None = un_bail(CLE, "m", emis=self.debut)

    def veilleur(self, *, licence: bool = True) -> Veilleur:
        return Veilleur(
            "BTG_DEMO", self.tampon.alertes, list,
            lambda: ReglagesAlertesDossier(silence=False, rejets=False, licence=licence),
            destinations=destinations([self.boite.url()]), suite=lambda _: "", planifie=lambda _: False,
            licence=lambda: etat_licence(evalue(self.connu(), 14 * JOUR)), fuseau=PARIS, horloge=self.horloge,
        )  # fmt: skip

    def connu(self) -> Connu:
        repere = avance(recale(self.debut, self.debut), self.horloge())
        return Connu(cle=self.bail is not None, bail=self.bail, repere=repere)

    def regarde(self) -> list[str]:
        """What is told now, by two programs of which one comes second."""
        self.boite.recus.clear()
        for veilleur in (self.veilleur(), self.veilleur()):
            veilleur.regarde()
            veilleur.distribue()
        return [titre.partition(" : ")[2].replace("\u00a0", " ") for titre in self.boite.titres]


@pytest.fixture
def guet(tampon: Tampon, horloge: Horloge, boite: Boite) -> Guet:
    return Guet(tampon, horloge, boite)


def test_the_grace_is_told_at_its_beginning_then_7_3_and_1_days_before_its_end_then_it_is_over(guet: Guet) -> None:
    dits = []
    for jour in range(24):
        guet.horloge.maintenant = guet.debut + jour * JOUR + timedelta(hours=1)
        dits += [(jour, titre) for titre in guet.regarde()]
    grace = "période de grâce"
    assert dits == [(7, grace), (14, grace), (18, grace), (20, grace), (21, "licence expirée")]


def test_it_is_told_when_it_is_mended_and_that_runs_were_refused_is_not_told_besides(guet: Guet) -> None:
    assert guet.regarde() == []
    guet.bail = un_bail(CLE, "m", emis=guet.debut, verdict=VerdictLicence.INACTIVE)
    refus = Incident("Cette licence a été désactivée.", "Écrivez.", code=REFUS_LICENCE)
    for flux in Flux:
        guet.tampon.runs.ouvre(f"{guet.tampon._dossier}-{flux}", flux, FLECHES[flux], False, "horaire")
        guet.tampon.runs.termine(f"{guet.tampon._dossier}-{flux}", Verdict.ECHEC, (), refus)
    assert guet.regarde() == ["licence refusée"]
    assert "Aucune nouvelle synchronisation ne commence" in texte(guet.boite.recus[0])
    assert guet.regarde() == []
    guet.bail = un_bail(CLE, "m", emis=guet.debut)
    assert guet.regarde() == ["licence en règle"]


def test_nobody_is_told_that_a_fresh_installation_has_no_licence_yet(guet: Guet) -> None:
    bon, guet.bail = guet.bail, None
    assert guet.regarde() == []
    guet.bail = bon
    assert guet.regarde() == []


def test_whoever_does_not_want_to_be_told_is_not(guet: Guet) -> None:
    guet.bail = un_bail(CLE, "m", emis=guet.debut, verdict=VerdictLicence.EXPIREE)
    guet.boite.recus.clear()
    veilleur = guet.veilleur(licence=False)
    veilleur.regarde()
    assert veilleur.distribue() == 0
