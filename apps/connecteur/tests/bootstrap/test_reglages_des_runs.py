"""A run keeps the settings it began with; the next one follows what was changed meanwhile."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from connecteur.bootstrap import Systemes, ouvre
from connecteur.domain.run import Fleche, Flux
from connecteur.errors import ConfigurationInvalide, ServiceInjoignable
from connecteur.settings import Reglages, ReglagesBatigest, ReglagesBatisimply, ReglagesDossier, ReglagesTampon
from connecteur.sync.memoire import SansEcran
from sages_commun.postgres_embarque import PostgresEmbarque

NULLE_PART = "http://127.0.0.1:9"
RUN = "20261126-080000-aaaaaa"


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    dossier = Path(tempfile.mkdtemp(prefix="bootstrap-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier / "pg", durable=False) as serveur:
        yield serveur.create_base("tampon")
    shutil.rmtree(dossier)


def reglages(url: str, code: str) -> Reglages:
    """A dossier whose two ends answer nothing."""
    return Reglages(
        donnees=Path("/nulle/part"),
        batigest=ReglagesBatigest(
            serveur="127.0.0.1", port=9, base="B", utilisateur="u", mot_de_passe=SecretStr("x"), delai_connexion_s=1
        ),
        batisimply=ReglagesBatisimply(
            url_api=NULLE_PART, url_sso=NULLE_PART, mode="client_credentials", client_id="c", essais=1
        ),
        tampon=ReglagesTampon(url=SecretStr(url)),
        dossier=ReglagesDossier(code=code),
    )


@pytest.fixture
def systemes(url: str, request: pytest.FixtureRequest) -> Iterator[Systemes]:
    with ouvre(reglages(url, request.node.name[:40])) as ouverts:
        yield ouverts


def essaie(systemes: Systemes, run: str) -> None:
    with pytest.raises(ServiceInjoignable):
        systemes.execute(Fleche.PULL_HEURES, run, SansEcran())


def test_a_change_is_followed_by_the_next_run_and_not_by_the_one_under_way(systemes: Systemes) -> None:
    tampon = systemes.tampon
    for run in ("en-cours", "suivant"):
        tampon.runs.ouvre(run, Flux.HEURES, [Fleche.PULL_HEURES], False, "essai")
    essaie(systemes, "en-cours")
    tampon.change_reglage("fenetre_jours", 30, "Claire")
    essaie(systemes, "en-cours")
    essaie(systemes, "suivant")
    vus = {run: tampon.read_reglages_du_run(run) for run in ("en-cours", "suivant")}
    assert {run: (vu or {})["fenetre_jours"] for run, vu in vus.items()} == {"en-cours": 180, "suivant": 30}


def test_the_ends_follow_the_settings_and_are_kept_while_they_stay_the_same(systemes: Systemes) -> None:
    premiers = systemes.bouts
    assert systemes.bouts is premiers
    systemes.tampon.change_reglage("tranche_jours", 3, "Claire")
    seconds = systemes.bouts
    assert (premiers.tranche_jours, seconds.tranche_jours) == (7, 3)
    assert seconds.batigest is not premiers.batigest
    systemes.tampon.retire_reglage("tranche_jours", "Claire")
    assert systemes.bouts.tranche_jours == 7


def test_a_setting_that_no_longer_suits_stops_runs_with_its_name(systemes: Systemes) -> None:
    systemes.tampon.change_reglage("disparu", 3, "Claire")
    with pytest.raises(ConfigurationInvalide, match="disparu"):
        systemes.execute(Fleche.PULL_HEURES, RUN, SansEcran())
