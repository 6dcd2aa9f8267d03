"""The embedded PostgreSQL, shared by every program of one data folder (the CLI beside the service).

Each program leaves its name in `usagers/` while it uses the server, and the last one out stops it, whoever
started it: a program that was killed leaves no server behind once another has come and gone.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from connecteur.errors import ErreurPermanente
from sages_commun.postgres_embarque import PostgresEmbarque, PostgresIndisponible
from sages_commun.systeme import verrou

PRECISION_S = 1.0
"""Two processes that got one number cannot have begun this close to each other."""


@contextlib.contextmanager
def postgres_partage(dossier: Path, *, durable: bool = True) -> Iterator[PostgresEmbarque]:
    """The server of this folder, started when nobody has. Raises `ErreurPermanente` when it cannot be."""
    serveur = PostgresEmbarque(dossier, durable=durable)
    usagers = dossier / "usagers"
    try:
        usagers.mkdir(parents=True, exist_ok=True)
        moi = usagers / f"{os.getpid()}-{id(serveur):x}"
        with verrou(dossier / "usagers.verrou"):
            moi.write_text(repr(psutil.Process().create_time()), encoding="ascii")
            serveur.start()
    except (PostgresIndisponible, OSError) as exc:
        raise ErreurPermanente(
            "Le PostgreSQL du connecteur n’a pas pu démarrer.",
            remede=f"Vérifiez le dossier de données « {dossier} » (droits, place sur le disque).",
            detail=str(exc),
        ) from exc
    try:
        yield serveur
    finally:
        with verrou(dossier / "usagers.verrou"):
            moi.unlink(missing_ok=True)
            if not any(_est_la(usager) for usager in usagers.iterdir()):
                serveur.stop_even_if_attached()


def _est_la(usager: Path) -> bool:
    """Whether the program that left this name still runs; the name of a dead one is taken away."""
    try:
        processus = psutil.Process(int(usager.name.partition("-")[0]))
        vivant = abs(processus.create_time() - float(usager.read_text(encoding="ascii"))) < PRECISION_S
    except (ValueError, psutil.NoSuchProcess):
        vivant = False
    except psutil.AccessDenied:
        vivant = True
    if not vivant:
        usager.unlink(missing_ok=True)
    return vivant
