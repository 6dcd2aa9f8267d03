"""The data folder of a demonstration."""

import stat
import sys
from datetime import date
from pathlib import Path

import pytest

from banc.demo.dossier import DossierDemo, Marque
from banc.demo.erreurs import DemoImpossible

JOUR = date(2025, 6, 24)


@pytest.fixture
def dossier(tmp_path: Path) -> DossierDemo:
    return DossierDemo(tmp_path / "demo")


def remplit(dossier: DossierDemo) -> None:
    """A demonstration of the small size, complete, with a server's data in it."""
    with dossier.reserve():
        dossier.ouvre("petit", neuf=False, aujourdhui=JOUR)
        dossier.postgresql.mkdir()
        (dossier.postgresql / "grappe").touch()
        dossier.ecrit_marque(Marque("petit", 1, JOUR.isoformat(), remplis=True))


def test_complete_data_are_kept_on_later_days(dossier: DossierDemo) -> None:
    remplit(dossier)
    with dossier.reserve():
        marque = dossier.ouvre("petit", neuf=False, aujourdhui=date(2025, 7, 1))
    assert marque.jour == "2025-06-24"
    assert marque.remplis
    assert (dossier.postgresql / "grappe").exists()


def test_a_first_start_that_was_cut_is_begun_again(dossier: DossierDemo) -> None:
    with dossier.reserve():
        dossier.ouvre("petit", neuf=False, aujourdhui=JOUR)
        (dossier.chemin / "a-moitie").touch()
        marque = dossier.ouvre("moyen", neuf=False, aujourdhui=date(2025, 6, 25))
    assert (marque.taille, marque.jour, marque.remplis) == ("moyen", "2025-06-25", False)
    assert not (dossier.chemin / "a-moitie").exists()


def test_starting_over_takes_everything_away(dossier: DossierDemo) -> None:
    remplit(dossier)
    with dossier.reserve():
        marque = dossier.ouvre("moyen", neuf=True, aujourdhui=date(2025, 7, 1))
    assert marque == Marque("moyen", 1, "2025-07-01")
    assert not dossier.postgresql.exists()


def test_another_size_is_never_replaced_without_being_asked(dossier: DossierDemo) -> None:
    remplit(dossier)
    with dossier.reserve(), pytest.raises(DemoImpossible, match=r"autre taille \(petit\).*--neuf"):
        dossier.ouvre("grand", neuf=False, aujourdhui=JOUR)


@pytest.mark.parametrize("neuf", [False, True])
def test_a_folder_of_somebody_else_is_never_emptied(tmp_path: Path, neuf: bool) -> None:
    (tmp_path / "paie.xlsx").write_text("precious")
    dossier = DossierDemo(tmp_path)
    with dossier.reserve(), pytest.raises(DemoImpossible, match="autre chose qu’une démonstration"):
        dossier.ouvre("petit", neuf=neuf, aujourdhui=JOUR)
    assert (tmp_path / "paie.xlsx").read_text() == "precious"


def test_two_demonstrations_never_share_a_folder(dossier: DossierDemo) -> None:
    with dossier.reserve(), pytest.raises(DemoImpossible, match="tourne déjà"), DossierDemo(dossier.chemin).reserve():
        pass
    with dossier.reserve():
        pass


def test_an_unreadable_mark_is_said_and_nothing_is_deleted(dossier: DossierDemo) -> None:
    remplit(dossier)
    (dossier.chemin / "demo.json").write_text("{")
    with dossier.reserve(), pytest.raises(DemoImpossible, match="illisibles"):
        dossier.ouvre("petit", neuf=True, aujourdhui=JOUR)
    assert (dossier.postgresql / "grappe").exists()


def test_passwords_are_kept_and_private(dossier: DossierDemo) -> None:
    with dossier.reserve():
        dossier.ouvre("petit", neuf=False, aujourdhui=JOUR)
    secrets = dossier.lit_secrets()
    assert dossier.lit_secrets() == secrets
    assert len({secrets.batigest, secrets.batisimply_client, secrets.batisimply_personne}) == 3
    dossier.ecrit_configuration("[web]\n")
    if sys.platform != "win32":
        for nom in ("secrets.json", "connecteur.toml"):
            assert stat.S_IMODE((dossier.chemin / nom).stat().st_mode) == 0o600
