"""The bench of a demonstration: a dossier of Batigest and a tenant of BatiSimply, full of invented data."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

# The product's own driver fills the dossier: whoever runs the demonstration has it.
import mssql_python

from banc.demo.depart import Depart
from banc.demo.dossier import DossierDemo, Marque, Secrets
from banc.demo.licences import Licences, LicencesDemo, premier_code
from banc.demo.processus import Enfant, lance
from banc.donnees import Jeu, genere
from banc.donnees.chargement import remplit_batigest, remplit_batisimply
from sages_commun.postgres_embarque import PostgresEmbarque

BASE = "BTG_DOS_DEMO"
UTILISATEUR_BATIGEST = "connecteur"
PERSONNE_BATISIMPLY = "connecteur@demo.example"
CLIENT_BATISIMPLY = "connecteur-sages"
PORT_BATIGEST = 11433
PORT_LICENCES = 8100

Dit = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Banc:
    """The bench, up and full."""

    enfants: tuple[Enfant, ...]
    port_batigest: int
    url_batisimply: str
    marque: Marque
    url_licences: str
    licences: Licences
    premier_code: str | None
    """Makes the first administrator of the Licence Manager."""


def monte(dossier: DossierDemo, marque: Marque, port_web: int, pile: ExitStack, dit: Dit) -> Banc:
    """Start both ends and, the first time, fill them. `pile` stops them, in reverse order."""
    secrets = dossier.lit_secrets()
    dit("PostgreSQL du banc…")
    postgres = PostgresEmbarque(dossier.postgresql)
    postgres.start()
    jeu: Jeu | None = None
    if not marque.remplis:
        dit(f"Données inventées, taille « {marque.taille} »…")
        jeu = genere(marque.taille, graine=marque.graine, aujourdhui=date.fromisoformat(marque.jour))
        remplit_batisimply(dossier.batisimply, jeu)
    dit("Batigest et BatiSimply de démonstration…")
    url_postgres = postgres.create_base("batigest")
    batigest = Depart(lambda port: _lance_batigest(dossier, port, url_postgres, secrets), PORT_BATIGEST, pile)
    batisimply = Depart(lambda port: _lance_batisimply(dossier, port, secrets), port_web + 1, pile)
    vendeur = LicencesDemo(dossier)
    guichet = Depart(vendeur.lance, PORT_LICENCES, pile)
    port_batigest = int(batigest.attend()["port"])
    if jeu is not None:
        dit(f"{len(jeu.chantiers)} chantiers, {len(jeu.salaries)} salariés, {len(jeu.creneaux)} créneaux…")
        _remplit(port_batigest, secrets, jeu)
        marque = replace(marque, remplis=True, contenu=_contenu(jeu))
        dossier.ecrit_marque(marque)
    url_batisimply = str(batisimply.attend()["url"])
    dit("Licence Manager…")
    url_licences, licences = vendeur.attend(guichet)
    enfants = (batigest.enfant, batisimply.enfant, guichet.enfant)
    return Banc(enfants, port_batigest, url_batisimply, marque, url_licences, licences, premier_code(guichet.enfant))


def _lance_batigest(dossier: DossierDemo, port: int, url_postgres: str, secrets: Secrets) -> Enfant:
    return lance(
        "Le Batigest de démonstration",
        ["banc.batigest", "--port", str(port), "--base", BASE],
        dossier.chemin,
        {
            "BANC_BATIGEST_POSTGRES": url_postgres,
            "BANC_BATIGEST_UTILISATEUR": UTILISATEUR_BATIGEST,
            "BANC_BATIGEST_MOT_DE_PASSE": secrets.batigest,
        },
    )


def _lance_batisimply(dossier: DossierDemo, port: int, secrets: Secrets) -> Enfant:
    return lance(
        "Le BatiSimply de démonstration",
        ["banc.batisimply", "--fichier", str(dossier.batisimply), "--port", str(port)],
        dossier.chemin,
        {
            "BATISIMPLY_CLIENT_ID": CLIENT_BATISIMPLY,
            "BATISIMPLY_CLIENT_SECRET": secrets.batisimply_client,
            "BATISIMPLY_UTILISATEUR": PERSONNE_BATISIMPLY,
            "BATISIMPLY_MOT_DE_PASSE": secrets.batisimply_personne,
        },
    )


def configuration(dossier: DossierDemo, banc: Banc, port_web: int) -> str:
    """The settings file (TOML) of a connector for this bench. It holds passwords."""
    secrets = dossier.lit_secrets()
    sections: dict[str, dict[str, str | int | bool | list[str]]] = {
        "batigest": {
            "serveur": "127.0.0.1",
            "port": banc.port_batigest,
            "base": BASE,
            "utilisateur": UTILISATEUR_BATIGEST,
            "mot_de_passe": secrets.batigest,
            "certificat_de_confiance": True,
        },
        "batisimply": {
            "url_api": banc.url_batisimply,
            "url_sso": banc.url_batisimply,
            "client_id": CLIENT_BATISIMPLY,
            "client_secret": secrets.batisimply_client,
            "utilisateur": PERSONNE_BATISIMPLY,
            "mot_de_passe": secrets.batisimply_personne,
        },
        "dossier": {"code": "demo"},
        "licence": {"serveur": banc.url_licences, "cles_publiques": list(banc.licences.cles_publiques)},
        "web": {"port": port_web},
    }
    lignes = ["# Écrit par « python run.py demo » à chaque démarrage.", f"donnees = {_toml(dossier.connecteur)}"]
    for nom, reglages in sections.items():
        lignes += ["", f"[{nom}]", *(f"{cle} = {_toml(valeur)}" for cle, valeur in reglages.items())]
    return "\n".join(lignes) + "\n"


def _remplit(port: int, secrets: Secrets, jeu: Jeu) -> None:
    acces = (
        f"Server=127.0.0.1,{port};Database={BASE};UID={UTILISATEUR_BATIGEST};PWD={{{secrets.batigest}}};"
        "Encrypt=yes;TrustServerCertificate=yes"
    )
    with closing(mssql_python.connect(acces)) as connexion:
        remplit_batigest(connexion, jeu)


def _contenu(jeu: Jeu) -> dict[str, int]:
    return {
        "chantiers": len(jeu.chantiers),
        "devis": len(jeu.devis_list),
        "salaries": len(jeu.salaries),
        "lignes_suivi": len(jeu.suivi),
        "projets": len(jeu.projets),
        "creneaux": len(jeu.creneaux),
    }


def _toml(valeur: str | int | bool | list[str] | Path) -> str:  # noqa: FBT001 - a value, not a switch
    """One value as TOML writes it."""
    if isinstance(valeur, bool):
        return "true" if valeur else "false"
    if isinstance(valeur, int):
        return str(valeur)
    if isinstance(valeur, list):
        return f"[{', '.join(map(_toml, valeur))}]"
    echappe = str(valeur).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{echappe}"'
