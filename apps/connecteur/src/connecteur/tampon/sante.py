"""What `doctor` asks the tampon."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from connecteur.errors import ErreurPermanente
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.migration import a_appliquer, lit_appliquees, migrations

EXAMINE = """
SELECT current_setting('server_version'), current_database(), pg_database_size(current_database()),
       clock_timestamp(), pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
       current_setting('server_encoding')
"""


@dataclass(frozen=True, slots=True)
class SanteTampon:
    """The state of the tampon's server and schema."""

    version: str
    base: str
    taille: int
    """Bytes on disk."""
    migrations_appliquees: int
    migrations_restantes: int
    migrations_faute: str
    """Why the schema cannot be used, in French; empty when it can."""
    ecart_horloge: timedelta
    """The server's clock minus ours."""
    lecture_seule: bool
    encodage: str

    @property
    def prete(self) -> bool:
        """Whether runs can use it."""
        return not (self.migrations_restantes or self.migrations_faute or self.lecture_seule)


def examine(connexions: Connexions) -> SanteTampon:
    """Look at everything without changing anything."""
    with connexions.transaction() as connexion:
        avant = datetime.now(UTC)
        ligne = connexion.execute(EXAMINE).fetchone()
        apres = datetime.now(UTC)
        appliquees = lit_appliquees(connexion) or {}
    version, base, taille, horloge, lecture_seule, encodage = cast("tuple[str, str, int, datetime, bool, str]", ligne)
    faute, restantes = "", 0
    try:
        restantes = len(a_appliquer(appliquees, migrations()))
    except ErreurPermanente as exc:
        faute = exc.message
    return SanteTampon(
        version=version,
        base=base,
        taille=taille,
        migrations_appliquees=len(appliquees),
        migrations_restantes=restantes,
        migrations_faute=faute,
        ecart_horloge=horloge - (avant + (apres - avant) / 2),
        lecture_seule=lecture_seule,
        encodage=encodage,
    )
