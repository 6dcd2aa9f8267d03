"""What a slot was before: each version is kept when it ends, and a first import writes none."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from connecteur.sync.ports import CreneauStocke
from connecteur.tampon.tampon import Tampon

from .exemples import SEMAINE, creneau, rejete, resolu

Requete = Callable[..., list[tuple[Any, ...]]]

VERSIONS = """
SELECT id, evenement, depuis_run, run, minutes, statut, code_chantier, motif FROM sages.creneaux_histoire
 WHERE dossier = %s ORDER BY n
"""


def store(tampon: Tampon, run: str, *stockes: CreneauStocke) -> None:
    tampon.store_creneaux(SEMAINE, stockes, illisibles=[], empreinte=run, empreinte_annuaire="a", run=run)


def test_each_version_of_a_slot_is_kept_when_it_ends(tampon: Tampon, dossier: str, requete: Requete) -> None:
    store(tampon, "r1", resolu(creneau("1")), resolu(creneau("2", 1)))
    store(tampon, "r2", resolu(creneau("1")), resolu(creneau("2", 1)))
    assert requete(VERSIONS, dossier) == []
    store(tampon, "r3", resolu(creneau("1", minutes=60)), resolu(creneau("2", 1)))
    store(tampon, "r4", rejete(creneau("1", minutes=60)), resolu(creneau("2", 1)))
    store(tampon, "r5", resolu(creneau("2", 1)))
    store(tampon, "r6", resolu(creneau("1", statut="PENDING")), resolu(creneau("2", 1)))
    assert requete(VERSIONS, dossier) == [
        ("1", "modifié", "r1", "r3", 450, "VALIDATED", "CH001", None),
        ("1", "modifié", "r3", "r4", 60, "VALIDATED", "CH001", None),
        ("1", "disparu", "r4", "r5", 60, "VALIDATED", None, "chantier_inconnu"),
        ("1", "revenu", "r5", "r6", 60, "VALIDATED", None, "chantier_inconnu"),
    ]
    dates = requete("SELECT depuis, le FROM sages.creneaux_histoire WHERE dossier = %s ORDER BY n", dossier)
    assert all(depuis <= le for depuis, le in dates)
    assert [le for _, le in dates[:-1]] == [depuis for depuis, _ in dates[1:]]


@pytest.mark.parametrize(
    "interdite", ["DELETE FROM sages.creneaux_histoire", "UPDATE sages.creneaux_histoire SET id = ''"]
)
def test_the_versions_of_slots_cannot_be_rewritten(url: str, interdite: str) -> None:
    with psycopg.connect(url) as connexion, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connexion.execute(interdite.encode())
