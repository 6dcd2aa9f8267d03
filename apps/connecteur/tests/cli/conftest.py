"""The bench, full of the small set of data, and the command line as a firm runs it: in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mssql_python
import psutil
import pytest
from apps.connecteur.tests.pieces.licence import pose_licence

from banc.batigest import ServeurBatigest
from banc.batisimply import Compte, ServeurBatisimply
from banc.donnees import genere, remplit_batigest, remplit_batisimply
from connecteur.cli import main
from connecteur.cli.codes import Code
from sages_commun.postgres_embarque import PostgresEmbarque

ATTENTE_S = 120.0
MOT_DE_PASSE = "Mot-de-Passe-Batigest-1"
COMPTE = Compte("connecteur", "secret-du-client", "robot@exemple.fr", "mot-de-passe-batisimply")


@dataclass(frozen=True)
class Banc:
    """Both ends, running."""

    batigest: ServeurBatigest
    batisimply: ServeurBatisimply

    def configuration(self, donnees: Path, **remplace: str) -> str:
        """A settings file for this bench; `section__reglage="valeur TOML"` changes a setting."""
        reglages = {
            "donnees": json.dumps(str(donnees)),
            "batigest__serveur": '"127.0.0.1"',
            "batigest__port": str(self.batigest.port),
            "batigest__base": '"BTG_DOS_DEMO"',
            "batigest__utilisateur": '"connecteur"',
            "batigest__mot_de_passe": json.dumps(MOT_DE_PASSE),
            "batigest__certificat_de_confiance": "true",
            "batisimply__url_api": f'"http://127.0.0.1:{self.batisimply.port}"',
            "batisimply__url_sso": f'"http://127.0.0.1:{self.batisimply.port}"',
            "batisimply__client_id": json.dumps(COMPTE.client_id),
            "batisimply__client_secret": json.dumps(COMPTE.client_secret),
            "batisimply__utilisateur": json.dumps(COMPTE.utilisateur),
            "batisimply__mot_de_passe": json.dumps(COMPTE.mot_de_passe),
            "dossier__fenetre_jours": "100",
            "web__port": "0",
            **{f"licence__{nom}": valeur for nom, valeur in pose_licence(donnees).items()},
        } | remplace
        lignes = [f"donnees = {reglages.pop('donnees')}"]
        for section in dict.fromkeys(nom.partition("__")[0] for nom in reglages):
            lignes.append(f"[{section}]")
            lignes += [
                f"{nom.partition('__')[2]} = {valeur}"
                for nom, valeur in reglages.items()
                if nom.startswith(f"{section}__")
            ]
        return "\n".join(lignes) + "\n"


@pytest.fixture(scope="session")
def dossier_banc() -> Iterator[Path]:
    dossier = Path(tempfile.mkdtemp(prefix="cli-", dir="/tmp"))
    dossier.chmod(0o755)
    yield dossier
    shutil.rmtree(dossier)


@pytest.fixture(scope="session")
def postgres_du_banc(dossier_banc: Path) -> Iterator[PostgresEmbarque]:
    with PostgresEmbarque(dossier_banc / "pg", durable=False) as serveur:
        yield serveur


@pytest.fixture
def banc(dossier_banc: Path, postgres_du_banc: PostgresEmbarque, tmp_path: Path) -> Iterator[Banc]:
    """A bench of this test's own, full of the small set."""
    base = f"banc_{tmp_path.name.lower()[-40:]}"
    jeu = genere("petit", aujourdhui=datetime.now(ZoneInfo("Europe/Paris")).date())
    url = postgres_du_banc.create_base(base)
    with (
        ServeurBatigest(url, identifiants={"connecteur": MOT_DE_PASSE}) as batigest,
        ServeurBatisimply(tmp_path / "batisimply.sqlite", compte=COMPTE) as batisimply,
    ):
        texte = (
            f"Server=127.0.0.1,{batigest.port};Database=BTG_DOS_DEMO;UID=connecteur;PWD={MOT_DE_PASSE};"
            "Encrypt=yes;TrustServerCertificate=yes"
        )
        with closing(mssql_python.connect(texte)) as connexion:
            remplit_batigest(connexion, jeu)
        remplit_batisimply(batisimply, jeu)
        yield Banc(batigest, batisimply)
    postgres_du_banc.drop_base(base)


@pytest.fixture
def donnees() -> Iterator[Path]:
    """A data folder that the embedded PostgreSQL's own user can reach."""
    dossier = Path(tempfile.mkdtemp(prefix="donnees-", dir="/tmp"))
    dossier.chmod(0o755)
    yield dossier
    shutil.rmtree(dossier)


@dataclass(frozen=True)
class Reponse:
    """How one command ended."""

    code: int
    sortie: str
    erreurs: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        objet: dict[str, Any] = json.loads(self.sortie)
        return objet


Connecteur = Callable[..., Reponse]


def environnement() -> dict[str, str]:
    return {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("CONNECTEUR_")}


def appelle(*arguments: str) -> Reponse:
    """Run `connecteur` to its end."""
    resultat = subprocess.run(
        [sys.executable, "-m", "connecteur", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environnement(),
        timeout=ATTENTE_S,
        check=False,
    )
    return Reponse(resultat.returncode, resultat.stdout, resultat.stderr)


@pytest.fixture
def config(banc: Banc, donnees: Path, tmp_path: Path) -> Path:
    fichier = tmp_path / "connecteur.toml"
    fichier.write_text(banc.configuration(donnees), encoding="utf-8")
    return fichier


Tape = Callable[..., dict[str, Any]]


@pytest.fixture
def config_servie(banc: Banc, donnees: Path, tmp_path: Path, postgres_du_banc: PostgresEmbarque) -> Path:
    """The bench, on a tampon that runs already; writing identifiers back is permitted."""
    url = postgres_du_banc.create_base(f"tampon_{tmp_path.name.lower()[-30:]}")
    fichier = tmp_path / "connecteur.toml"
    texte = banc.configuration(donnees, tampon__url=json.dumps(url), dossier__ecrire_codebs="true")
    fichier.write_text(texte, encoding="utf-8")
    return fichier


@pytest.fixture
def tape(config_servie: Path, capsys: pytest.CaptureFixture[str]) -> Tape:
    """Type a command, carried out in this process; its JSON, or with `texte` what a person reads."""

    def execute(*arguments: str, code: Code = Code.REUSSI, texte: bool = False) -> dict[str, Any]:
        with pytest.raises(SystemExit) as fin:
            main([*arguments, "--config", str(config_servie), *([] if texte else ["--json"])])
        sortie = capsys.readouterr()
        assert fin.value.code == code, sortie.out + sortie.err
        if texte:
            return {"texte": " ".join((sortie.out + sortie.err).replace("\u00a0", " ").replace("\u202f", " ").split())}
        objet: dict[str, Any] = json.loads(sortie.out)
        return objet

    return execute


def serveurs_de(dossier: Path) -> list[int]:
    """The PostgreSQL servers that run on this data folder."""
    fichier = dossier / "postgresql" / "grappe" / "postmaster.pid"
    if not fichier.exists():
        return []
    pid = int(fichier.read_text().splitlines()[0])
    return [pid] if psutil.pid_exists(pid) else []
