"""What the flows count on: the client is both of their ends."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connecteur.batisimply.client import ClientBatisimply

from .conftest import COMPTE, Ouvre

if TYPE_CHECKING:
    from connecteur.sync.ports import Creneaux
    from connecteur.sync.ports.chantiers import Projets


def test_the_client_is_what_both_flows_need(client: ClientBatisimply) -> None:
    projets: Projets = client  # mypy compares every signature
    creneaux: Creneaux = client
    assert {p.id: p.champs["code"] or "" for p in projets.read_projets()} == creneaux.read_codes_projets()
    tranche = creneaux.read_tranche(datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC))
    assert len(tranche.lit().creneaux) == 4


def test_a_client_shows_no_secret(ouvre: Ouvre) -> None:
    client = ouvre("http://127.0.0.1:1")
    assert COMPTE.mot_de_passe not in repr(client)
    assert COMPTE.mot_de_passe not in repr(vars(client))


def test_a_closed_client_holds_no_connection_and_can_be_used_again(ouvre: Ouvre) -> None:
    with ouvre("http://127.0.0.1:1") as client:
        client.close()
    assert isinstance(client, ClientBatisimply)
    assert client.ecart_horloge_s is None
