"""The rows of a bulk load ([MS-TDS] 2.2.6.1): written like an answer, but by the client."""

import struct
from collections.abc import Iterator

from pysqlbridge.tds.packet import TdsProtocolError

from banc.batigest.lecture import LONG, U16, Genre, lit_genre, lit_valeur
from banc.batigest.types_sql import TypeSql

COLMETADATA, LIGNE, LIGNE_A_NULS, DONE = 0x81, 0xD1, 0xD2, 0xFD


def lit_lignes_en_masse(message: bytes) -> tuple[list[TypeSql], Iterator[list[str | None]]]:
    """A bulk load: the columns' types, then its rows."""
    try:
        if message[0] != COLMETADATA:
            raise TdsProtocolError("a bulk load begins with its columns")
        colonnes, at = U16(message, 1)[0], 3
        genres: list[Genre] = []
        for _ in range(colonnes):
            genre, at = lit_genre(message, at + 6)
            if genre.forme == LONG:
                at = _apres_nom_de_table(message, at)
            at += 1 + message[at] * 2
            genres.append(genre)
    except (struct.error, IndexError) as exc:
        raise TdsProtocolError("the bulk load is cut short") from exc
    return [g.type for g in genres], _lignes(message, at, genres)


def _apres_nom_de_table(message: bytes, at: int) -> int:
    """text and its like carry the name of their table."""
    morceaux = message[at]
    at += 1
    for _ in range(morceaux):
        at += 2 + U16(message, at)[0] * 2
    return at


def _lignes(message: bytes, at: int, genres: list[Genre]) -> Iterator[list[str | None]]:
    nuls = (len(genres) + 7) // 8
    try:
        while at < len(message):
            jeton = message[at]
            at += 1
            carte = b""
            if jeton == LIGNE_A_NULS:  # NBCROW: a bit map says which values are NULL
                carte = message[at : at + nuls]
                at += nuls
            elif jeton == DONE:
                return
            elif jeton != LIGNE:
                raise TdsProtocolError(f"token 0x{jeton:02x} in a bulk load")
            ligne: list[str | None] = []
            for rang, genre in enumerate(genres):
                if carte and carte[rang >> 3] >> (rang & 7) & 1:
                    ligne.append(None)
                    continue
                if genre.forme == LONG:
                    at += 1 + message[at] + (8 if message[at] else 0)  # a pointer and a timestamp, of no use here
                valeur, at = lit_valeur(genre, message, at)
                ligne.append(valeur)
            yield ligne
    except (struct.error, IndexError, ValueError) as exc:
        raise TdsProtocolError("the bulk load is cut short") from exc
