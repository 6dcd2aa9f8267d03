"""Places on the map: asked once, moved only while they are ours, never at the expense of a run."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from connecteur.domain.chantier import Adresse, Position
from connecteur.domain.run import Verdict
from connecteur.errors import ServiceInjoignable

from .conftest import chantier

BORDEAUX, PESSAC, AILLEURS = Position(-0.58, 44.84), Position(-0.63, 44.81), Position(2.35, 48.86)


@dataclass
class Service:
    """An address service in memory."""

    places: dict[str, Position] = field(default_factory=lambda: {"Bordeaux": BORDEAUX, "Pessac": PESSAC})
    demandees: list[Adresse] = field(default_factory=list)
    panne: bool = False

    def situe(self, adresse: Adresse) -> Position | None:
        self.demandees.append(adresse)
        if self.panne:
            raise ServiceInjoignable("Le service d’adresses ne répond pas.")
        return self.places.get(adresse.ville)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def firme(entreprise: Any, service: Service) -> Any:
    entreprise.regle(adresses=service)
    return entreprise


def demenage(firme: Any, ville: str) -> None:
    site = firme.batigest.chantiers[0]
    firme.batigest.chantiers[0] = replace(site, adresse=replace(site.adresse, ville=ville))


def test_a_created_project_is_put_on_the_map_and_an_address_is_asked_once(firme: Any, service: Service) -> None:
    firme.sync_chantiers()
    assert [objet["position"] for objet in firme.batisimply.objets.values()] == [BORDEAUX, BORDEAUX]
    assert len(service.demandees) == 1
    firme.sync_chantiers()
    assert len(service.demandees) == 1


def test_a_project_moves_with_its_address_while_its_place_is_the_one_we_gave(firme: Any, service: Service) -> None:
    firme.sync_chantiers()
    demenage(firme, "Pessac")
    firme.sync_chantiers()
    assert firme.batisimply.objets[101]["position"] == PESSAC
    demenage(firme, "Bordeaux")
    firme.sync_chantiers()
    assert firme.batisimply.objets[101]["position"] == BORDEAUX


def test_a_place_that_a_person_chose_stays(firme: Any, service: Service) -> None:
    firme.sync_chantiers()
    firme.batisimply.saisit(101, position=AILLEURS)
    demenage(firme, "Pessac")
    firme.sync_chantiers()
    assert (firme.batisimply.objets[101]["ville"], firme.batisimply.objets[101]["position"]) == ("Pessac", AILLEURS)
    assert len(service.demandees) == 1


def test_another_change_asks_for_no_place(firme: Any, service: Service) -> None:
    firme.sync_chantiers()
    firme.batigest.chantiers[0] = replace(firme.batigest.chantiers[0], libelle="Villa")
    firme.sync_chantiers()
    assert len(service.demandees) == 1


def test_a_doubt_is_remembered_and_sends_no_place(firme: Any, service: Service) -> None:
    service.places = {}
    firme.sync_chantiers()
    assert "position" not in firme.batisimply.objets[101]
    firme.batigest.chantiers.append(chantier("CH3"))
    assert firme.sync_chantiers().comptes["créés"] == 1
    assert len(service.demandees) == 1


def test_a_service_that_is_down_is_a_remark_and_is_not_insisted_upon(firme: Any, service: Service) -> None:
    firme.batigest.chantiers = [
        chantier(f"C{n}", adresse=Adresse(f"{n} rue A", "33000", "Bordeaux")) for n in range(10)
    ]
    service.panne = True
    bilan = firme.sync_chantiers()
    assert (bilan.comptes["créés"], bilan.verdict) == (10, Verdict.REUSSI)
    assert "3 adresses n’ont pas pu être situées" in bilan.remarques[0].message
    assert len(service.demandees) == 3
    service.panne = False
    firme.sync_chantiers()
    assert "position" not in firme.batisimply.objets[101]


def test_no_service_is_called_by_default(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    assert "position" not in entreprise.batisimply.objets[101]
    assert entreprise.bouts.adresses is None


def test_a_project_whose_address_is_not_known_stands_where_the_settings_say_until_it_moves(
    entreprise: Any, service: Service
) -> None:
    service.places.pop("Bordeaux")
    entreprise.regle(adresses=service, creation={"longitude": 2.35, "latitude": 48.86})
    entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[101]["position"] == AILLEURS
    demenage(entreprise, "Pessac")
    entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[101]["position"] == PESSAC
