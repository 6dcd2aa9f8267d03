"""What the tenant holds, in one SQLite file: users, projects, slots.

A project is kept as the JSON document the API exchanges (a PUT replaces it whole); its code stands in a
column of its own for the slots that join it. Instants are texts `YYYY-MM-DDTHH:MM:SSZ`: they sort as they are.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS utilisateurs (
    id TEXT PRIMARY KEY, prenom TEXT NOT NULL, nom TEXT NOT NULL, courriel TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS projets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT, modifie_le TEXT NOT NULL, corps TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS creneaux (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    debut TEXT NOT NULL, fin TEXT, utilisateur TEXT REFERENCES utilisateurs, projet INTEGER REFERENCES projets,
    statut TEXT NOT NULL, minutes INTEGER, trajet INTEGER NOT NULL, panier INTEGER NOT NULL, modifie_le TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS creneaux_debut ON creneaux (debut, id);
"""

Projet = dict[str, Any]
"""A project as the API exchanges it, `id` and `lastModifiedDate` included."""


@dataclass(frozen=True, slots=True)
class Utilisateur:
    """A person who enters slots. `id` is a lower-case UUID."""

    id: str
    prenom: str
    nom: str
    courriel: str


@dataclass(frozen=True, slots=True)
class Creneau:
    """A slot as stored. Instants are UTC texts `YYYY-MM-DDTHH:MM:SSZ`; `minutes` is the worked time."""

    id: int | None
    debut: str
    fin: str | None
    utilisateur: str | None
    projet: int | None
    statut: str
    minutes: int | None
    trajet: bool
    panier: bool


# Not `astuple`: it copies in depth, which a hundred thousand slots feel.
_valeurs_creneau = attrgetter("id", "debut", "fin", "utilisateur", "projet", "statut", "minutes", "trajet", "panier")
_valeurs_utilisateur = attrgetter("id", "prenom", "nom", "courriel")


def instant(moment: datetime) -> str:
    """An aware datetime as the stored text; parts of a second are dropped."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


LECTURE_CRENEAUX = """
SELECT c.id, c.debut, c.fin, c.utilisateur, u.prenom, u.nom, c.projet, p.code, c.statut, c.minutes, c.trajet,
       c.panier, c.modifie_le
FROM creneaux c LEFT JOIN utilisateurs u ON u.id = c.utilisateur LEFT JOIN projets p ON p.id = c.projet
"""


class Depot:
    """The file. Any thread may call; what a method wrote survives the death of the process."""

    def __init__(self, fichier: Path) -> None:
        fichier.parent.mkdir(parents=True, exist_ok=True)
        self._verrou = threading.RLock()
        self._base = sqlite3.connect(fichier, isolation_level=None, check_same_thread=False, timeout=30)
        self._base.row_factory = sqlite3.Row
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._base.execute("PRAGMA foreign_keys = ON")
        self._base.executescript(SCHEMA)
        self.avance: Callable[[], float] = float
        """Seconds this tenant's clock is ahead."""

    def _maintenant(self) -> str:
        moment = datetime.now(UTC) + timedelta(seconds=self.avance())
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def close(self) -> None:
        """Close the file; nothing can be asked afterwards."""
        with self._verrou:
            self._base.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._verrou:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    def _lit(self, requete: str, *valeurs: object) -> list[sqlite3.Row]:
        with self._verrou:
            return self._base.execute(requete, valeurs).fetchall()

    # --- projects

    def count_projets(self) -> int:
        """How many projects there are."""
        return int(self._lit("SELECT count(*) FROM projets")[0][0])

    def list_projets(self, *, limite: int = -1, decalage: int = 0) -> list[Projet]:
        """Projects by id."""
        lignes = self._lit("SELECT id, modifie_le, corps FROM projets ORDER BY id LIMIT ? OFFSET ?", limite, decalage)
        return [_projet(ligne) for ligne in lignes]

    def read_projet(self, ident: int) -> Projet | None:
        """One project; None when there is none of that id."""
        lignes = self._lit("SELECT id, modifie_le, corps FROM projets WHERE id = ?", ident)
        return _projet(lignes[0]) if lignes else None

    def create_projet(self, corps: Projet) -> Projet:
        """Store a new project and return it with the id and the modification date it was given."""
        with self._transaction() as base:
            ligne = base.execute(
                "INSERT INTO projets (code, modifie_le, corps) VALUES (?, ?, ?) RETURNING id, modifie_le, corps",
                (corps.get("projectCode"), self._maintenant(), json.dumps(corps)),
            ).fetchone()
        return _projet(ligne)

    def replace_projet(self, ident: int, corps: Projet) -> Projet | None:
        """Put this document in the place of the old one; None when there is no project of that id."""
        with self._transaction() as base:
            ligne = base.execute(
                "UPDATE projets SET code = ?, modifie_le = ?, corps = ? WHERE id = ? RETURNING id, modifie_le, corps",
                (corps.get("projectCode"), self._maintenant(), json.dumps(corps), ident),
            ).fetchone()
        return _projet(ligne) if ligne else None

    def delete_projet(self, ident: int) -> bool:
        """Delete a project; its slots stay, without a project. False when there is none of that id."""
        with self._transaction() as base:
            base.execute(
                "UPDATE creneaux SET projet = NULL, modifie_le = ? WHERE projet = ?", (self._maintenant(), ident)
            )
            return base.execute("DELETE FROM projets WHERE id = ?", (ident,)).rowcount == 1

    def list_noms_projets(self) -> dict[int, tuple[str, str]]:
        """Id of every project > its code and its name ("" where there is none)."""
        lignes = self._lit("SELECT id, code, corps ->> 'projectName' FROM projets ORDER BY code, id")
        return {ident: (code or "", nom or "") for ident, code, nom in lignes}

    # --- slots

    def last_debut(self) -> str | None:
        """The start of the last slot; None when there is none."""
        dernier: str | None = self._lit("SELECT max(debut) FROM creneaux")[0][0]
        return dernier

    def count_creneaux(self, debut: str, fin: str) -> int:
        """How many slots start in [debut, fin)."""
        return int(self._lit("SELECT count(*) FROM creneaux WHERE debut >= ? AND debut < ?", debut, fin)[0][0])

    def list_creneaux(self, debut: str, fin: str, *, limite: int = -1, decalage: int = 0) -> list[sqlite3.Row]:
        """Slots that start in [debut, fin), by start then id, with the names and the code they refer to now."""
        return self._lit(
            f"{LECTURE_CRENEAUX} WHERE c.debut >= ? AND c.debut < ? ORDER BY c.debut, c.id LIMIT ? OFFSET ?",
            debut, fin, limite, decalage,
        )  # fmt: skip

    def read_creneau(self, ident: int) -> sqlite3.Row | None:
        """One slot; None when there is none of that id."""
        lignes = self._lit(f"{LECTURE_CRENEAUX} WHERE c.id = ?", ident)
        return lignes[0] if lignes else None

    def save_creneau(self, creneau: Creneau) -> int:
        """Create (id None) or replace a slot; return its id.

        Raises `sqlite3.IntegrityError` on an unknown user or project.
        """
        with self._transaction() as base:
            ligne = base.execute(
                "INSERT INTO creneaux VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "debut = excluded.debut, fin = excluded.fin, utilisateur = excluded.utilisateur, "
                "projet = excluded.projet, statut = excluded.statut, minutes = excluded.minutes, "
                "trajet = excluded.trajet, panier = excluded.panier, modifie_le = excluded.modifie_le RETURNING id",
                (*_valeurs_creneau(creneau), self._maintenant()),
            ).fetchone()
        return int(ligne["id"])

    def set_statut(self, ident: int, statut: str) -> bool:
        """Change the status of a slot; False when there is none of that id."""
        with self._transaction() as base:
            curseur = base.execute(
                "UPDATE creneaux SET statut = ?, modifie_le = ? WHERE id = ?", (statut, self._maintenant(), ident)
            )
            return curseur.rowcount == 1

    def delete_creneau(self, ident: int) -> bool:
        """Delete a slot; False when there is none of that id."""
        with self._transaction() as base:
            return base.execute("DELETE FROM creneaux WHERE id = ?", (ident,)).rowcount == 1

    # --- users

    def list_utilisateurs(self) -> list[Utilisateur]:
        """Users by name."""
        lignes = self._lit("SELECT id, prenom, nom, courriel FROM utilisateurs ORDER BY nom, prenom, id")
        return [Utilisateur(*ligne) for ligne in lignes]

    # --- loading

    def charge(
        self, utilisateurs: Iterable[Utilisateur], projets: Iterable[Projet], creneaux: Iterable[Creneau]
    ) -> None:
        """Store all of these with the ids they carry, in one transaction, in the place of whatever was there."""
        quand = self._maintenant()
        with self._transaction() as base:
            for table in ("creneaux", "projets", "utilisateurs", "sqlite_sequence"):
                base.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above
            base.executemany("INSERT INTO utilisateurs VALUES (?, ?, ?, ?)", map(_valeurs_utilisateur, utilisateurs))
            base.executemany(
                "INSERT INTO projets VALUES (?, ?, ?, ?)",
                ((p["id"], p.get("projectCode"), p.get("lastModifiedDate") or quand, json.dumps(p)) for p in projets),
            )
            base.executemany(
                "INSERT INTO creneaux VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((*_valeurs_creneau(c), quand) for c in creneaux),
            )


def _projet(ligne: sqlite3.Row) -> Projet:
    corps: Projet = json.loads(ligne["corps"])
    return corps | {"id": ligne["id"], "lastModifiedDate": ligne["modifie_le"]}
