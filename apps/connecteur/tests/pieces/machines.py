"""The three systems as real parts, for tests that need all of them: stand-in, simulator, PostgreSQL; started once."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mssql_python
import psycopg
from pydantic import SecretStr

from banc.batigest import ServeurBatigest, pannes
from banc.batisimply import Comportement, Compte, ServeurBatisimply
from connecteur.batigest.curseur import open_session
from connecteur.settings import ReglagesBatigest, ReglagesBatisimply
from sages_commun.postgres_embarque import PostgresEmbarque

from .licence import table_licence

COMPTE = Compte("connecteur", "le-secret-du-client", "api@exemple.fr", "le-mot-de-passe-batisimply")
UTILISATEUR = "connecteur"
MOT_DE_PASSE = "le-mot-de-passe-batigest"
BASE = "BTG_DOS_DEMO"
TABLES = ("SuiviMO", "Devis", "Salarie", "ChantierDef")


@dataclass(frozen=True)
class Machines:
    """Both ends, running, and the PostgreSQL of the tampon, which is not the stand-in's."""

    batigest: ServeurBatigest
    batisimply: ServeurBatisimply
    tampon: PostgresEmbarque
    dossier: Path
    session: mssql_python.Connection
    postgres_batigest: str

    @property
    def url_tampon(self) -> str:
        """The database of the tampon."""
        return self.tampon.url("tampon")

    def reglages_batigest(self) -> ReglagesBatigest:
        """How the connector logs in to the stand-in."""
        return reglages_batigest(self.batigest.port)

    def reglages_batisimply(self) -> ReglagesBatisimply:
        """How the connector signs in to the simulator."""
        return ReglagesBatisimply(
            url_api=self.batisimply.url,
            url_sso=self.batisimply.url,
            client_id=COMPTE.client_id,
            client_secret=SecretStr(COMPTE.client_secret),
            utilisateur=COMPTE.utilisateur,
            mot_de_passe=SecretStr(COMPTE.mot_de_passe),
            delai_s=20,
            essais=2,
        )

    def sql(self, texte: str, *valeurs: object) -> list[tuple[Any, ...]]:
        """A person with a SQL client."""
        with closing(self.session.cursor()) as curseur:
            curseur.execute(texte, *valeurs)
            return [tuple(ligne) for ligne in curseur.fetchall()] if curseur.description else []

    def ajoute(self, table: str, *lignes: Mapping[str, object]) -> None:
        """Rows that all have the same columns."""
        colonnes = tuple(lignes[0])
        marques = ", ".join("?" * len(colonnes))
        with closing(self.session.cursor()) as curseur:
            curseur.executemany(
                f"INSERT INTO dbo.{table} ({', '.join(colonnes)}) VALUES ({marques})",
                [tuple(ligne.values()) for ligne in lignes],
            )

    def remet_a_neuf(self) -> None:
        """Empty dossier, empty tenant, no fault. Tampons are kept apart by the code of their dossier."""
        pannes.oublie_tout(self.postgres_batigest)
        self.batisimply.pannes.vide(graine=0)
        self.batisimply.comportement = Comportement()
        self.batisimply.appels.vide()
        self.batisimply.guichet.duree_s = 300
        self.batisimply.depot.charge([], [], [])
        for table in TABLES:
            self.sql(f"DELETE FROM dbo.{table}")


def reglages_batigest(port: int) -> ReglagesBatigest:
    """The account of the stand-in."""
    return ReglagesBatigest(
        serveur="127.0.0.1",
        port=port,
        base=BASE,
        utilisateur=UTILISATEUR,
        mot_de_passe=SecretStr(MOT_DE_PASSE),
        certificat_de_confiance=True,
    )


@contextmanager
def demarre() -> Iterator[Machines]:
    """Start all of it; stop it at the end."""
    dossier = Path(tempfile.mkdtemp(prefix="pieces-", dir="/tmp"))
    dossier.chmod(0o755)
    with ExitStack() as pile:
        pile.callback(shutil.rmtree, dossier, ignore_errors=True)
        postgres = pile.enter_context(PostgresEmbarque(dossier / "pg-batigest", durable=False))
        tampon = pile.enter_context(PostgresEmbarque(dossier / "pg-tampon", durable=False))
        tampon.create_base("tampon")
        url = postgres.create_base("banc")
        batigest = pile.enter_context(ServeurBatigest(url, base=BASE, identifiants={UTILISATEUR: MOT_DE_PASSE}))
        batisimply = pile.enter_context(ServeurBatisimply(dossier / "batisimply.sqlite", compte=COMPTE))
        session = pile.enter_context(closing(open_session(reglages_batigest(batigest.port))))
        yield Machines(batigest, batisimply, tampon, dossier, session, url)


def configuration(machines: Machines, donnees: Path, **remplace: str) -> str:
    """A settings file for these machines; a secret may be replaced by a wrong one."""
    textes = {
        "batigest": MOT_DE_PASSE, "client": COMPTE.client_secret, "batisimply": COMPTE.mot_de_passe,
        "tampon": machines.tampon.create_base("secrets"),
    } | remplace  # fmt: skip
    return f"""
donnees = {json.dumps(str(donnees))}
[batigest]
serveur = "127.0.0.1"
port = {machines.batigest.port}
base = "{BASE}"
utilisateur = "{UTILISATEUR}"
mot_de_passe = {json.dumps(textes["batigest"])}
certificat_de_confiance = true
[batisimply]
url_api = "{machines.batisimply.url}"
url_sso = "{machines.batisimply.url}"
client_id = "{COMPTE.client_id}"
client_secret = {json.dumps(textes["client"])}
utilisateur = "{COMPTE.utilisateur}"
mot_de_passe = {json.dumps(textes["batisimply"])}
essais = 2
[tampon]
url = {json.dumps(textes["tampon"])}
[dossier]
fenetre_jours = 20
[web]
port = 0
{table_licence(donnees)}"""


def compte_lignes(url: str, requete: str, *valeurs: object) -> int:
    """One number out of the tampon."""
    with psycopg.connect(url) as connexion:
        ligne = connexion.execute(requete.encode(), valeurs).fetchone()
        assert ligne is not None
        return int(ligne[0])
