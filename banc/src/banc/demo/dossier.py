"""The data folder of a demonstration: what it is marked with, and who may use it."""

import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from banc.demo.erreurs import DemoImpossible
from banc.demo.options import Taille

MARQUE = "demo.json"
GRAINE = 1


@dataclass(frozen=True, slots=True)
class Marque:
    """What the data of this folder are."""

    taille: Taille
    graine: int
    jour: str
    """The day the data were made for: their slots end on it."""
    remplis: bool = False
    """Whether both ends were filled to the end; a first start that was cut is begun again."""
    contenu: dict[str, int] = field(default_factory=dict)
    """How many records of each kind the bench was filled with."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of this demonstration's servers, made at its first start."""

    batigest: str
    batisimply_client: str
    batisimply_personne: str


class DossierDemo:
    """One data folder. Only one demonstration uses it at a time."""

    def __init__(self, chemin: Path) -> None:
        self.chemin = chemin
        self.postgresql = chemin / "banc-postgresql"
        self.batisimply = chemin / "batisimply.sqlite"
        self.connecteur = chemin / "connecteur"
        self.licences = chemin / "licences"
        self.configuration = chemin / "connecteur.toml"
        self.journaux = chemin / "journaux"

    @contextlib.contextmanager
    def reserve(self) -> Iterator[None]:
        """Hold the folder. Raises `DemoImpossible` when another demonstration holds it."""
        self.chemin.mkdir(parents=True, exist_ok=True)
        with (self.chemin / "verrou").open("a+") as fichier:
            try:
                _verrouille(fichier.fileno())
            except OSError:
                raise DemoImpossible(
                    f"Une démonstration tourne déjà sur ces données ({self.chemin}).",
                    "Arrêtez-la par Ctrl-C dans son terminal, ou choisissez un autre dossier avec --donnees.",
                ) from None
            yield

    def lit_marque(self) -> Marque | None:
        """What the folder holds; None when it holds no demonstration."""
        try:
            return Marque(**json.loads((self.chemin / MARQUE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as exc:
            raise DemoImpossible(
                f"Les données de démonstration de « {self.chemin} » sont illisibles.",
                "Supprimez ce dossier, ou choisissez-en un autre avec --donnees.",
            ) from exc

    def ecrit_marque(self, marque: Marque) -> None:
        """Replace the mark, whole or not at all."""
        ecrit_prive(self.chemin / MARQUE, json.dumps(asdict(marque)))

    def ouvre(self, taille: Taille, *, neuf: bool, aujourdhui: date) -> Marque:
        """The mark of the data to use; what must go has gone. Call it with the folder held and no server in it."""
        marque = self.lit_marque()
        if marque is None and (etrangers := self._etrangers()):
            raise DemoImpossible(
                f"« {self.chemin} » contient autre chose qu’une démonstration ({etrangers[0]}…).",
                "Choisissez un dossier vide ou qui n’existe pas encore.",
            )
        if marque is not None and marque.remplis and marque.taille != taille and not neuf:
            raise DemoImpossible(
                f"Ce dossier contient une démonstration d’une autre taille ({marque.taille}).",
                "Ajoutez --neuf pour la remplacer, ou choisissez un autre dossier avec --donnees.",
            )
        if marque is None or neuf or not marque.remplis:
            self._vide()
            marque = Marque(taille, GRAINE, aujourdhui.isoformat())
            self.ecrit_marque(marque)
        self.journaux.mkdir(exist_ok=True)
        return marque

    def lit_secrets(self) -> Secrets:
        """The passwords, made when there are none yet. The file is for its owner only."""
        fichier = self.chemin / "secrets.json"
        if not fichier.exists():
            nouveaux = Secrets(*(secrets.token_urlsafe(18) for _ in range(3)))
            ecrit_prive(fichier, json.dumps(asdict(nouveaux)))
        lus: dict[str, Any] = json.loads(fichier.read_text(encoding="utf-8"))
        return Secrets(**lus)

    def ecrit_configuration(self, texte: str) -> None:
        """The connector's settings file, for its owner only: it holds passwords."""
        ecrit_prive(self.configuration, texte)

    @property
    def licence_posee(self) -> bool:
        """Whether the connector has its licence already."""
        return (self.chemin / "licence-posee").exists()

    def note_licence_posee(self) -> None:
        """It has it."""
        (self.chemin / "licence-posee").touch()

    def _etrangers(self) -> list[str]:
        return sorted(p.name for p in self.chemin.iterdir() if p.name != "verrou")

    def _vide(self) -> None:
        for chemin in self.chemin.iterdir():
            if chemin.name in {"verrou", MARQUE}:
                continue  # the mark goes last: a folder without it would be taken for a stranger's
            if chemin.is_dir() and not chemin.is_symlink():
                shutil.rmtree(chemin)
            else:
                chemin.unlink()
        (self.chemin / MARQUE).unlink(missing_ok=True)


def ecrit_prive(chemin: Path, texte: str) -> None:
    """Replace a file, whole or not at all, that its owner alone can read."""
    provisoire = chemin.with_name(f"{chemin.name}.nouveau")
    provisoire.unlink(missing_ok=True)
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descripteur, "w", encoding="utf-8") as fichier:
        fichier.write(texte)
    provisoire.replace(chemin)


def _verrouille(descripteur: int) -> None:
    """Raises `OSError` at once when another program holds it; the operating system frees a dead one's."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descripteur, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
