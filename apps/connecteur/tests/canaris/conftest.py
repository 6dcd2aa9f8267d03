"""A firm whose every secret is a canary: four dossiers, of which one works and three fail each in its own way."""

import base64
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import mssql_python
import psycopg
import pytest
from apps.connecteur.tests.canaris.canaris import Canari
from apps.connecteur.tests.pieces.licence import pose_licence

from banc.batigest import ServeurBatigest
from banc.batisimply import Compte, ServeurBatisimply
from banc.donnees import genere, remplit_batigest, remplit_batisimply
from connecteur.coffre import Coffre
from connecteur.coffre.cles import ecrit_nouvelle_cle
from connecteur.web.app import WEB
from sages_commun.postgres_embarque import PostgresEmbarque
from sages_commun.systeme import port_libre
from sages_commun.web.feuille import compile_feuille

SECRETS = ("batigest", "client", "batisimply", "tampon", "courriel", "jeton-d-alerte")
AILLEURS = tuple(f"{quoi}-de-{code}" for code in ("sud", "nord") for quoi in ("batigest", "client", "batisimply"))
FAUTES = ("est-mot-de-passe", "est-port", "est-url")
NOMBRE = Canari.de("est-nombre", "867530986753098675")
"""A password of digits only, that somebody wrote in the TOML without quotes."""
DOSSIERS = ("principal", "sud", "nord")


@dataclass(frozen=True)
class Firme:
    """The machines, the files, the canaries."""

    dossier: Path
    donnees: Path
    config: Path
    cle: Path
    url_tampon: str
    url_admin: str
    batisimply: ServeurBatisimply
    canaris: dict[str, Canari]


@pytest.fixture(scope="module")
def firme() -> Iterator[Firme]:
    compile_feuille(WEB)
    canaris = {nom: Canari.neuf(nom) for nom in (*SECRETS, *AILLEURS, *FAUTES)} | {"est-nombre": NOMBRE}
    canaris["tampon"] = Canari.neuf("tampon", simple=True)
    dossier = Path(tempfile.mkdtemp(prefix="canaris-", dir="/tmp"))
    dossier.chmod(0o755)
    jeu = genere("petit", aujourdhui=datetime.now(ZoneInfo("Europe/Paris")).date())
    compte = Compte("connecteur", canaris["client"].valeur, "robot@exemple.fr", canaris["batisimply"].valeur)
    with ExitStack() as pile:
        pile.callback(shutil.rmtree, dossier, ignore_errors=True)
        postgres = pile.enter_context(PostgresEmbarque(dossier / "pg", durable=False))
        url_admin = postgres.create_base("tampon")
        with psycopg.connect(url_admin, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE connecteur LOGIN PASSWORD '{canaris['tampon'].valeur}'".encode())
            admin.execute("GRANT ALL ON DATABASE tampon TO connecteur")
            admin.execute("ALTER SCHEMA public OWNER TO connecteur")
        serveur = url_admin.rpartition("@")[2]
        url = f"postgresql://connecteur:{quote(canaris['tampon'].valeur, safe='')}@{serveur}"
        batigest = pile.enter_context(
            ServeurBatigest(postgres.create_base("banc"), identifiants={"connecteur": canaris["batigest"].valeur})
        )
        batisimply = pile.enter_context(ServeurBatisimply(dossier / "batisimply.sqlite", compte=compte))
        texte = (
            f"Server=127.0.0.1,{batigest.port};Database=BTG_DOS_DEMO;UID=connecteur;"
            f"PWD={{{canaris['batigest'].valeur}}};Encrypt=yes;TrustServerCertificate=yes"
        )
        with closing(mssql_python.connect(texte)) as connexion:
            remplit_batigest(connexion, jeu)
        remplit_batisimply(batisimply, jeu)

        donnees, cle, config = dossier / "donnees", dossier / "cle", dossier / "connecteur.toml"
        ecrit_nouvelle_cle(cle)
        coffre = Coffre(donnees, environ={"CONNECTEUR_FICHIER_CLE_COFFRE": str(cle)})
        licence = pose_licence(donnees, coffre=coffre)
        coffre.ecrit(
            {
                "batigest.mot_de_passe": canaris["batigest"].valeur,
                "batisimply.client_secret": canaris["client"].valeur,
                "batisimply.mot_de_passe": canaris["batisimply"].valeur,
                "tampon.url": url,
                "alertes.urls": json.dumps(
                    [
                        f"mailto://robot:{canaris['courriel'].coeur}@127.0.0.1:{port_libre()}?from=a@exemple.fr&to=b@exemple.fr",
                        f"json://127.0.0.1:{port_libre()}/{canaris['jeton-d-alerte'].coeur}",
                    ]
                ),
                **{
                    f"dossiers.{code}.{nom}": canaris[f"{quoi}-de-{code}"].valeur
                    for code in ("sud", "nord")
                    for quoi, nom in (
                        ("batigest", "batigest.mot_de_passe"),
                        ("client", "batisimply.client_secret"),
                        ("batisimply", "batisimply.mot_de_passe"),
                    )
                },
            }
        )
        cle_texte = cle.read_text().strip()
        canaris |= {
            "clé du coffre": Canari.de("clé du coffre", cle_texte),
            "clé du coffre, en octets": Canari.de("clé du coffre, en octets", base64.b64decode(cle_texte).hex()),
            "clé de licence": Canari.de("clé de licence", coffre.lit("licence.cle") or ""),
            "bail": Canari.de("bail", (coffre.lit("licence.bail") or "").rpartition(".")[2]),
        }
        config.write_text(
            toml(donnees, batigest.port, batisimply.url, canaris)
            + "[licence]\n"
            + "".join(f"{nom} = {valeur}\n" for nom, valeur in licence.items()),
            encoding="utf-8",
        )
        yield Firme(dossier, donnees, config, cle, url, url_admin, batisimply, canaris)


def toml(donnees: Path, port: int, url: str, canaris: dict[str, Canari]) -> str:
    """No secret in it but those of the dossier that is badly written."""
    mort = port_libre()
    sections = [f"donnees = {json.dumps(str(donnees))}\n[web]\nport = 0\n"]
    for code, ou, adresse in (("principal", port, url), ("sud", port, url), ("nord", mort, f"http://127.0.0.1:{mort}")):
        devant = "" if code == "principal" else f"dossiers.{code}."
        base = "BTG_DOS_DEMO" if code == "principal" else f"BTG_{code}"
        sections.append(
            f'[{devant}batigest]\nserveur = "127.0.0.1"\nport = {ou}\nbase = "{base}"\nutilisateur = "connecteur"\n'
            f"certificat_de_confiance = true\ndelai_connexion_s = 2\n"
            f'[{devant}batisimply]\nurl_api = "{adresse}"\nurl_sso = "{adresse}"\nclient_id = "connecteur"\n'
            f'utilisateur = "robot@exemple.fr"\nessais = 1\n'
            f"[{devant}dossier]\nfenetre_jours = 20\n"
        )
    sections.append(
        f'[dossiers.est.batigest]\nserveur = "127.0.0.1"\nport = {json.dumps(canaris["est-port"].valeur)}\n'
        f'base = "EST"\nutilisateur = "connecteur"\nmot_de_passe = {canaris["est-nombre"].valeur}\n'
        f'[dossiers.est.batisimply]\nurl_api = "http://a"\n'
        f"url_sso = {{ x = {json.dumps(canaris['est-url'].valeur)} }}\n"
        f'client_id = "c"\nmot_de_passe = {json.dumps(canaris["est-mot-de-passe"].valeur)}\n'
    )
    return "".join(sections)
