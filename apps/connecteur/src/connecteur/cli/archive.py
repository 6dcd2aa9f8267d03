"""`connecteur diagnostic`: what the support asks for, in one file that holds no secret.

Everything passes through what hides the secrets of this program. What cannot be had is said in its place: the archive
is most useful when something is broken.
"""

import json
import os
import platform
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from connecteur import journal
from connecteur.cli.assemblage import configuration_et_journal
from connecteur.cli.diagnostic import en_json_maillon
from connecteur.cli.sortie import commande
from connecteur.doctor import examine
from connecteur.errors import ErreurConnecteur, ErreurPermanente
from connecteur.settings import Configuration

RUNS = 30
"""How many of the latest runs of each dossier."""
JOURNAL_MAX = 2_000_000
"""Bytes of the end of each file of the journal."""
LISEZMOI = """\
Archive de diagnostic du Connecteur SAGES, faite le {quand}.

versions.json        le connecteur, Python, le système, les bibliothèques
doctor.json          chaque maillon de la chaîne, et le remède de ceux qui sont cassés
configuration.json   les réglages ; les secrets y sont remplacés par {masque}
runs.json            les dernières synchronisations de chaque dossier
journal/             la fin du journal

Elle ne contient ni mot de passe, ni clé, ni jeton. Le journal et les synchronisations peuvent nommer des chantiers et
des salariés : envoyez-la par un canal que votre entreprise accepte.
"""


def archive(fichier: Path, config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Write it, whatever is broken. Raises `ErreurPermanente` when the file is there already, or cannot be made."""
    with commande(en_json=en_json, detail=detail) as sortie:
        erreurs: list[str] = []
        with sortie.patiente("Chaque maillon est essayé…"):
            pieces = {"versions.json": _json(versions()), **_pieces(config, erreurs)}
        quand = f"{datetime.now(UTC):%d/%m/%Y à %H:%M} UTC"
        _ecrit(fichier, {"LISEZMOI.txt": LISEZMOI.format(quand=quand, masque=journal.MASQUE), **pieces})
        sortie.dit(f"L’archive est dans « {fichier} » : joignez-la à votre demande au support.")
        for erreur in erreurs:
            sortie.dit(f"Il y manque quelque chose : {erreur}")
        sortie.rend({"ok": True, "fichier": str(fichier), "pieces": sorted(pieces), "manque": erreurs})


def versions() -> dict[str, object]:
    """What runs here."""
    paquets = {"connecteur": version("connecteur")}
    for exigence in requires("connecteur") or ():
        nom = exigence.split(";")[0].split("[")[0].rstrip("<>=!~0123456789., ")
        try:
            paquets[nom] = version(nom)
        except PackageNotFoundError:
            continue
    return {"paquets": paquets, "python": platform.python_version(), "systeme": platform.platform()}


def _pieces(config: Path | None, erreurs: list[str]) -> dict[str, str]:
    from connecteur.bootstrap import controles_complets

    try:
        with configuration_et_journal(config) as configuration:
            maillons = [en_json_maillon(maillon) for maillon in examine(controles_complets(configuration))]
            return {
                "doctor.json": _json(maillons),
                "configuration.json": _json(_configuration(configuration)),
                "runs.json": _json(_runs(configuration, erreurs)),
                **{f"journal/{nom}": texte for nom, texte in _journal(configuration.donnees)},
            }
    except ErreurConnecteur as exc:
        erreurs.append(exc.message)
        incident = {"message": exc.message, "remede": exc.remede, "detail": exc.detail}
        return {"configuration.json": _json({"erreur": incident})}


def _configuration(configuration: Configuration) -> dict[str, object]:
    return {
        "donnees": str(configuration.donnees),
        "secrets_dans_le_fichier": configuration.en_clair,
        # A secret writes itself as stars in JSON.
        "dossiers": {code: reglages.model_dump(mode="json") for code, reglages in configuration.dossiers.items()},
        "fautes": {code: faute.message for code, faute in configuration.fautes.items()},
    }


def _runs(configuration: Configuration, erreurs: list[str]) -> dict[str, list[Mapping[str, object]]]:
    from connecteur.bootstrap.historique import derniers_runs

    runs: dict[str, list[Mapping[str, object]]] = {}
    for code, reglages in configuration.dossiers.items():
        try:
            runs[code] = [asdict(run) for run in derniers_runs(reglages, RUNS)]
        except ErreurConnecteur as exc:
            erreurs.append(f"{code} : {exc.message}")
    return runs


def _journal(donnees: Path) -> Iterator[tuple[str, str]]:
    for fichier in sorted((donnees / "journal").glob("*.log")):
        with fichier.open("rb") as ouvert:
            ouvert.seek(max(0, fichier.stat().st_size - JOURNAL_MAX))
            fin = ouvert.read()
        # Line by line: what hides the secrets of a text knows how one line of it is written.
        lignes = fin.decode("utf-8", "replace").splitlines()
        yield fichier.name, "\n".join(journal.CAVIARDAGE.texte(ligne) for ligne in lignes) + "\n"


def _json(objet: object) -> str:
    return json.dumps(journal.CAVIARDAGE.propre(objet), ensure_ascii=False, indent=1, default=str) + "\n"


def _ecrit(fichier: Path, pieces: Mapping[str, str]) -> None:
    try:
        descripteur = os.open(fichier, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descripteur, "w+b") as ouvert, zipfile.ZipFile(ouvert, "w", zipfile.ZIP_DEFLATED) as zip_:
            for nom, texte in sorted(pieces.items()):
                zip_.writestr(nom, texte)
    except OSError as exc:
        raise ErreurPermanente(
            f"L’archive « {fichier} » ne peut pas être écrite.",
            remede="Donnez le nom d’un fichier qui n’existe pas encore, dans un dossier où vous pouvez écrire.",
            detail=exc.strerror or "",
        ) from exc
