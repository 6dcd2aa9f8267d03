"""Rows of COPY, written as PostgreSQL reads them.

psycopg's own way finds out the type of every value anew and writes dates in Python: on a first import that costs more
than all that PostgreSQL does with the rows. Each function gives one field; a row is fields between tabs and a newline.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice

from psycopg.abc import Query

from connecteur.tampon.connexion import Connexion

NUL = r"\N"
PAR_ENVOI = 1000
"""Rows handed over at a time."""


def copie(connexion: Connexion, requete: Query, lignes: Iterable[str]) -> None:
    """Run this `COPY … FROM STDIN` with these rows."""
    reste: Iterator[str] = iter(lignes)
    with connexion.cursor() as curseur, curseur.copy(requete) as envoi:
        while morceau := "".join(islice(reste, PAR_ENVOI)):
            envoi.write(morceau)


def echappe(texte: str) -> str:
    """A text, whatever stands in it."""
    if texte.isprintable() and "\\" not in texte:
        return texte
    return texte.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


@lru_cache(maxsize=1 << 15)
def champ(texte: str | None) -> str:
    """A text that comes back again and again (a code, a name), or NULL."""
    return NUL if texte is None else echappe(texte)


@lru_cache(maxsize=1 << 15)
def champs(*textes: str | None) -> str:
    """Several such texts that come back together."""
    return "\t".join(map(champ, textes))


@lru_cache(maxsize=1 << 14)
def instant(moment: datetime | None) -> str:
    """A timestamp, with or without a zone, or NULL."""
    return NUL if moment is None else str(moment)


def tableau(textes: tuple[str, ...]) -> str:
    """A text[]."""
    if len(textes) == 1 and textes[0].isalnum():
        return f'{{"{textes[0]}"}}'
    interieur = ",".join('"' + texte.replace("\\", "\\\\").replace('"', '\\"') + '"' for texte in textes)
    return echappe("{" + interieur + "}")
