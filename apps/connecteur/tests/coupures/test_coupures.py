"""The power cut: a whole synchronisation killed with SIGKILL at seeded instants, then one more run.

Real driver, real PostgreSQL, real HTTP. The judge is not the connector's own word alone: after each cut and one more
run, SuiviMO and BatiSimply's projects must be, row for row, what a synchronisation that nobody disturbed had left.
40 cuts in the suite, 300 with `--long`.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mssql_python
import psycopg
import pytest
from apps.connecteur.tests.pieces.tampons import vide

from banc.batigest import ServeurBatigest, create_dossier
from banc.batisimply.compte import Compte
from banc.batisimply.serveur import ServeurBatisimply
from banc.donnees import genere, remplit_batigest, remplit_batisimply
from connecteur.bootstrap import ouvre
from connecteur.domain.run import Bilan, Fleche
from connecteur.settings import charge
from connecteur.sync.memoire import SansEcran
from connecteur.sync.run import verifie_dossier
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

PARIS = ZoneInfo("Europe/Paris")
SECRET = "secret-de-test"
COUPURES, COUPURES_LONGUES = 40, 300
FENETRE_JOURS = 20

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are Unix's"),
    pytest.mark.timeout(3600),
]


class Scene:
    """A firm whose systems can be put back as they were on the first morning."""

    def __init__(self, dossier: Path, pile: ExitStack) -> None:
        self.dossier = dossier
        self._postgres = pile.enter_context(PostgresEmbarque(dossier / "pg", durable=False))
        url_banc = self._postgres.create_base("banc")
        create_dossier(url_banc, "BTG_DOS_DEMO")
        self._batigest = pile.enter_context(ServeurBatigest(url_banc, identifiants={"sages": SECRET}))
        jeu = genere("petit", aujourdhui=datetime.now(PARIS).date())
        with closing(self._session()) as session:
            remplit_batigest(session, jeu)
            curseur = session.cursor()
            curseur.execute("SELECT * FROM dbo.SuiviMO")
            self._colonnes = [str(colonne[0]) for colonne in curseur.description or ()]
            self._premieres = [tuple(ligne) for ligne in curseur.fetchall()]
        self._neuf = dossier / "neuf.sqlite"
        remplit_batisimply(self._neuf, jeu)
        self._tenant = dossier / "batisimply.sqlite"
        compte = Compte("connecteur", SECRET, "sages", SECRET)
        self._batisimply = ServeurBatisimply(self._tenant, compte=compte)
        pile.callback(self._batisimply.stop)
        self.remet_a_neuf()
        self.config = self._ecrit_config()

    def _session(self) -> mssql_python.Connection:
        return mssql_python.connect(
            "", Server=f"127.0.0.1,{self._batigest.port}", Database="BTG_DOS_DEMO", UID="sages", PWD=SECRET,
            Encrypt="yes", TrustServerCertificate="yes",
        )  # fmt: skip

    def remet_a_neuf(self) -> None:
        """The first morning: no tampon, no line of ours, only the projects people had made."""
        self._batisimply.stop()
        for reste in self.dossier.glob("batisimply.sqlite*"):
            reste.unlink()
        shutil.copy(self._neuf, self._tenant)
        self._batisimply.start()
        self._vide_le_tampon()
        with closing(self._session()) as session:
            curseur = session.cursor()
            curseur.execute("DELETE FROM dbo.SuiviMO")
            marques = ", ".join("?" * len(self._colonnes))
            curseur.executemany(
                f"INSERT INTO dbo.SuiviMO ({', '.join(self._colonnes)}) VALUES ({marques})", self._premieres
            )
            session.commit()

    def _vide_le_tampon(self) -> None:
        """Nothing in any table: a cut strikes the flows and not the migrations (which have their test)."""
        with Tampon(self._postgres.create_base("tampon"), "principal", PARIS) as tampon:
            tampon.migre()
        vide(self._postgres.url("tampon"))

    def _ecrit_config(self) -> Path:
        fichier = self.dossier / "config.toml"
        fichier.write_text(
            f"""
donnees = {json.dumps(str(self.dossier))}
[batigest]
serveur = "127.0.0.1"
port = {self._batigest.port}
base = "BTG_DOS_DEMO"
utilisateur = "sages"
mot_de_passe = "{SECRET}"
certificat_de_confiance = true
[batisimply]
url_api = "{self._batisimply.url}"
url_sso = "{self._batisimply.url}"
client_id = "connecteur"
client_secret = "{SECRET}"
utilisateur = "sages"
mot_de_passe = "{SECRET}"
[tampon]
url = "{self._postgres.url("tampon")}"
[dossier]
fenetre_jours = {FENETRE_JOURS}
"""
        )
        return fichier

    def synchronise(self) -> tuple[list[Bilan], bool]:
        """One undisturbed run of both directions, and whether the invariant holds after it."""
        with ouvre(charge(self.config)) as systemes:
            bilans = [systemes.execute(fleche, "apres", SansEcran()) for fleche in Fleche]
            return bilans, verifie_dossier(systemes.bouts).tient

    def suivi(self) -> list[tuple[Any, ...]]:
        """Every row of SuiviMO."""
        with closing(self._session()) as session:
            curseur = session.cursor()
            curseur.execute("SELECT * FROM dbo.SuiviMO ORDER BY CodeChantier, CodeSalarie, Date")
            return [tuple(ligne) for ligne in curseur.fetchall()]

    def codes_projets(self) -> Counter[str]:
        """How many projects each code has in BatiSimply."""
        return Counter(str(projet.get("projectCode")) for projet in self._batisimply.depot.list_projets())

    def lignes_annoncees(self) -> int:
        """How many notes the cut left without an answer."""
        with psycopg.connect(self._postgres.url("tampon")) as connexion:
            ligne = connexion.execute("SELECT count(*) FROM sages.annonces").fetchone()
            assert ligne is not None
            return int(ligne[0])


class Pepiniere:
    """Children that run a synchronisation, to be killed."""

    def __init__(self, config: Path) -> None:
        self._processus = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("pepiniere.py")), str(config)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def lance(self) -> int:
        """Begin a synchronisation; the child's number."""
        assert self._processus.stdin is not None
        self._processus.stdin.write("\n")
        self._processus.stdin.flush()
        mot, pid = self._lit().split()
        assert mot == "pret"
        return int(pid)

    def attend_la_fin(self) -> str:
        """« fini » when the child reached the end, « mort » when it did not."""
        mot = self._lit().strip()
        return mot if mot == "mort" else (self._lit() and mot)

    def _lit(self) -> str:
        assert self._processus.stdout is not None
        return self._processus.stdout.readline()

    def arrete(self) -> None:
        """End it."""
        self._processus.communicate(timeout=30)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    dossier = Path(tempfile.mkdtemp(prefix="sages-coupures-"))
    dossier.chmod(0o755)
    with ExitStack() as pile:
        pile.callback(shutil.rmtree, dossier, ignore_errors=True)
        yield Scene(dossier, pile)


def test_a_kill_at_any_instant_costs_nothing(scene: Scene, request: pytest.FixtureRequest) -> None:
    combien = COUPURES_LONGUES if request.config.getoption("--long") else COUPURES
    reference, tient = scene.synchronise()
    assert tient
    assert sum(bilan.ecritures for bilan in reference) > 100
    lignes, projets = scene.suivi(), scene.codes_projets()
    pepiniere = Pepiniere(scene.config)
    try:
        duree = _mesure(scene, pepiniere)
        sorts: Counter[str] = Counter()
        for graine in range(combien):
            sort = _coupe(scene, pepiniere, graine, duree, (lignes, projets))
            sorts[sort] += 1
            if sort == "finie avant":
                duree *= 0.8  # the machine has become quicker: draw the next cuts earlier
    finally:
        pepiniere.arrete()
    # The test is worth something only if cuts really fall inside the work, some between a commit and its note.
    assert sorts["coupée"] + sorts["coupée, écritures sans réponse"] >= combien // 2, sorts


def _mesure(scene: Scene, pepiniere: Pepiniere) -> float:
    """How long an undisturbed synchronisation takes here: cuts are drawn within that time."""
    scene.remet_a_neuf()
    debut = time.monotonic()
    pepiniere.lance()
    assert pepiniere.attend_la_fin() == "fini"
    return time.monotonic() - debut


def _tue(pid: int) -> None:
    if sys.platform != "win32":
        with suppress(ProcessLookupError):  # it had just ended
            os.kill(pid, signal.SIGKILL)


def _coupe(
    scene: Scene,
    pepiniere: Pepiniere,
    graine: int,
    duree: float,
    attendus: tuple[list[tuple[Any, ...]], Counter[str]],
) -> str:
    scene.remet_a_neuf()
    instant = random.Random(graine).uniform(0, duree)
    pid = pepiniere.lance()
    time.sleep(instant)  # the instant of the cut is what is tested, not a wait for something
    _tue(pid)
    fini = pepiniere.attend_la_fin() == "fini"
    sans_reponse = scene.lignes_annoncees()
    bilans, tient = scene.synchronise()
    assert tient, f"graine {graine}"
    assert [incident for bilan in bilans for incident in bilan.incidents] == [], f"graine {graine}"
    assert scene.suivi() == attendus[0], f"graine {graine}"
    assert scene.codes_projets() == attendus[1], f"graine {graine}"
    if fini:
        return "finie avant"
    return "coupée, écritures sans réponse" if sans_reponse else "coupée"
