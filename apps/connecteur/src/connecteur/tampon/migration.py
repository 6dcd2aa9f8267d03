"""Bring the schema of the tampon up to date: numbered SQL files, applied in order, once, in one transaction.

What was applied is kept in `sages.migrations` with a digest: a file edited afterwards, or a database newer
than the program, is refused before anything is touched.
"""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

from connecteur.errors import ErreurPermanente
from connecteur.tampon.connexion import Connexion, Connexions

VERROU = 0x5A6E5
"""The advisory lock that lets one process at a time migrate a database."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    numero: int
    nom: str
    texte: str

    @property
    def empreinte(self) -> str:
        """Digest of the text (line ends as in the repository)."""
        return hashlib.sha256(self.texte.encode()).hexdigest()


def migrations() -> list[Migration]:
    """The migrations this program knows, in order, numbered from 1 without a gap."""
    trouvees = []
    for fichier in sorted(files("connecteur.tampon.migrations").iterdir(), key=lambda f: f.name):
        numero, separateur, _ = fichier.name.partition("_")
        if separateur and numero.isdigit() and fichier.name.endswith(".sql"):
            texte = fichier.read_text("utf-8").replace("\r\n", "\n")
            trouvees.append(Migration(int(numero), fichier.name, texte))
    if [m.numero for m in trouvees] != list(range(1, len(trouvees) + 1)):
        raise ErreurPermanente("Les migrations livrées avec ce programme sont incomplètes.", remede="Réinstallez-le.")
    return trouvees


def migre(connexions: Connexions) -> list[int]:
    """Apply what is missing; return the numbers applied now. Several processes may call it at once."""
    with connexions.transaction() as connexion:
        connexion.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        connexion.execute("SELECT pg_advisory_xact_lock(%s)", (VERROU,))
        appliquees = lit_appliquees(connexion)
        if appliquees is None:
            _fonde(connexion)
        restantes = a_appliquer(appliquees or {}, migrations())
        for migration in restantes:
            connexion.execute(migration.texte)
            connexion.execute(
                "INSERT INTO sages.migrations (numero, nom, empreinte) VALUES (%s, %s, %s)",
                (migration.numero, migration.nom, migration.empreinte),
            )
    return [migration.numero for migration in restantes]


def lit_appliquees(connexion: Connexion) -> dict[int, str] | None:
    """Number > digest of what the database had; None when it was never migrated."""
    existe = connexion.execute("SELECT to_regclass('sages.migrations') IS NOT NULL").fetchone()
    if existe is None or not existe[0]:
        return None
    lignes = connexion.execute("SELECT numero, empreinte FROM sages.migrations").fetchall()
    return dict(cast("list[tuple[int, str]]", lignes))


def a_appliquer(appliquees: dict[int, str], connues: list[Migration]) -> list[Migration]:
    """What is missing. Raises `ErreurPermanente` when the database is newer, or not made of these files."""
    if max(appliquees, default=0) > len(connues):
        raise ErreurPermanente(
            "La base tampon a été mise à jour par une version plus récente du connecteur.",
            remede="Installez la dernière version du connecteur sur ce poste.",
            detail=f"base : {max(appliquees)}, programme : {len(connues)}",
        )
    for migration in connues:
        if appliquees.get(migration.numero, migration.empreinte) != migration.empreinte:
            raise ErreurPermanente(
                "La base tampon n’a pas été construite par cette version du connecteur.",
                remede="Réinstallez la dernière version, ou appelez le support.",
                detail=f"empreinte différente : {migration.nom}",
            )
    return [migration for migration in connues if migration.numero not in appliquees]


def _fonde(connexion: Connexion) -> None:
    version = connexion.info.server_version
    if version < 140000:  # noqa: PLR2004  (libpq's way to write 14.0)
        raise ErreurPermanente(
            f"Le serveur PostgreSQL du tampon est trop ancien (version {version // 10000}).",
            remede="Installez PostgreSQL 14 ou plus récent, ou laissez le connecteur utiliser le sien.",
        )
    connexion.execute(
        "CREATE SCHEMA IF NOT EXISTS sages;"
        "CREATE TABLE sages.migrations (numero integer PRIMARY KEY, nom text NOT NULL, empreinte text NOT NULL,"
        " appliquee_le timestamptz NOT NULL DEFAULT now())"
    )
