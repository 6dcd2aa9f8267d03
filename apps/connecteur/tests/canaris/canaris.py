"""Canaries: secrets that sing wherever they are written, whatever they are written as."""

import base64
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

MALCOMMODE = "é\"'/+%x"
"""What is written otherwise in a URL, in JSON, in HTML, in a connection string."""


@dataclass(frozen=True)
class Canari:
    """One secret, and what of it is looked for."""

    nom: str
    coeur: str
    """Stands in it as it is in every encoding but base64, UTF-16 and hexadecimal."""
    valeur: str

    @classmethod
    def neuf(cls, nom: str, *, simple: bool = False) -> "Canari":
        """`simple`: letters and digits only."""
        coeur = f"Zq{hashlib.sha256(nom.encode()).hexdigest()[:14]}"
        return cls(nom, coeur, coeur if simple else f"{coeur}{MALCOMMODE}")

    @classmethod
    def de(cls, nom: str, valeur: str) -> "Canari":
        """A secret that exists already."""
        return cls(nom, valeur, valeur)

    def formes(self) -> set[bytes]:
        """What would betray it."""
        octets = self.coeur.encode()
        # A secret in the middle of what is encoded begins at any of three places: what does not depend on its
        # neighbours is looked for.
        decales = {base64.b64encode(bytes(n) + octets)[4 if n else 0 : -4] for n in range(3)}
        return {octets, octets.hex().encode(), self.coeur.encode("utf-16-le"), quote(self.coeur, safe="").encode()} | {
            forme for base in decales for forme in (base, base.replace(b"+", b"-").replace(b"/", b"_"))
        }


class Voliere:
    """Every canary, and what was looked at."""

    def __init__(self, canaris: Iterable[Canari]) -> None:
        self._formes = {forme: canari.nom for canari in canaris for forme in canari.formes()}
        self.vus: dict[str, int] = {}
        """Where > how many bytes were looked at there."""
        self.chants: set[tuple[str, str]] = set()
        """The canary that sang, and where."""

    def apprend(self, *canaris: Canari) -> None:
        """Secrets that did not exist before: from now on they must not be heard either."""
        self._formes |= {forme: canari.nom for canari in canaris for forme in canari.formes()}

    def ecoute(self, ou: str, octets: "bytes | str") -> None:
        """Look at what came out there."""
        if isinstance(octets, str):
            octets = octets.encode("utf-8", "surrogateescape")
        self.vus[ou] = self.vus.get(ou, 0) + len(octets)
        self.chants |= {(nom, ou) for forme, nom in self._formes.items() if forme in octets}

    def ecoute_dossier(self, dossier: Path, *, sauf: Iterable[str] = ()) -> None:
        """Every file of this folder."""
        sauf = set(sauf)
        for fichier in sorted(dossier.rglob("*")):
            if fichier.is_file() and not fichier.is_symlink() and fichier.name not in sauf:
                self.ecoute(str(fichier), fichier.read_bytes())

    def ecoute_base(self, url: str) -> None:
        """Every row of every table of this database, those of DBOS too."""
        with psycopg.connect(url) as connexion:
            tables = connexion.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN "
                "('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                lignes = connexion.execute(
                    sql.SQL("SELECT t::text FROM {}.{} t").format(sql.Identifier(schema), sql.Identifier(table))
                )
                self.ecoute(f"table {schema}.{table}", "\n".join(ligne for (ligne,) in lignes))

    def ecoute_processus(self, pid: int) -> None:
        """What `ps` tells of this process and of what it started; and the variables of the latter, which may have an
        account of their own."""
        chef: list[str] = []
        for processus in famille(pid):
            lignes = lignes_de(processus)
            self.ecoute(f"ps de {processus.pid}", "\0".join(lignes))
            chef = chef or lignes
            if lignes != chef:  # one that still has our command line is about to become another: it has told nobody
                self.ecoute(f"variables de {processus.pid}", "\0".join(variables_de(processus)))


def famille(pid: int) -> Iterator[psutil.Process]:
    """This process and all that it started; the PostgreSQL it started, which leaves its session, by its data folder."""
    try:
        chef = psutil.Process(pid)
        yield chef
        yield from chef.children(recursive=True)
    except psutil.Error:
        return


def serveurs_de(dossier: Path) -> Iterator[psutil.Process]:
    """The PostgreSQL of this data folder, and its workers."""
    for processus in psutil.process_iter():
        try:
            if "postgres" in processus.name() and processus.cwd().startswith(str(dossier)):
                yield processus
        except psutil.Error:
            continue


def lignes_de(processus: psutil.Process) -> list[str]:
    """Its command line; empty once it has ended."""
    try:
        return list(processus.cmdline())
    except psutil.Error:
        return []


def variables_de(processus: psutil.Process) -> list[str]:
    """Its environment; empty once it has ended."""
    try:
        return [f"{nom}={valeur}" for nom, valeur in processus.environ().items()]
    except psutil.Error:
        return []


def environnement(temporaire: Path, **variables: str) -> Mapping[str, str]:
    """Ours without any setting of a connector, with a temporary folder that can be looked at."""
    notre = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("CONNECTEUR_")}
    temporaire.mkdir(parents=True, exist_ok=True)
    return {**notre, "TMPDIR": str(temporaire), "TEMP": str(temporaire), "TMP": str(temporaire), **variables}


PYTHON = [sys.executable, "-m", "connecteur"]
