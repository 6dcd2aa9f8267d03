"""What the server sends: columns, rows, endings ([MS-TDS] 2.2.7).

Rows are encoded column by column, a few thousand at a time: one tight loop per column, then one join.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from itertools import chain, repeat
from typing import Any
from uuid import UUID

from banc.batigest.types_sql import BIT, COLLATION, MAX, TypeSql

_U16 = struct.Struct("<H").pack
_U32 = struct.Struct("<I").pack
_U64 = struct.Struct("<Q").pack
_FLOAT = struct.Struct("<Bd").pack
_REAL = struct.Struct("<Bf").pack
_DATETIME = struct.Struct("<BiI").pack
_AN_1 = date(1, 1, 1).toordinal()
_AN_1900 = date(1900, 1, 1).toordinal()

ROW = b"\xd1"
MORE, ERREUR, COMPTE, ATTENTION = 0x01, 0x02, 0x10, 0x20
APPEL_SUIVANT = 0x80
"""On the end of a remote call that is not the last of its message."""
REMISE_A_NEUF = bytes.fromhex("e30300120000")
"""ENVCHANGE: the session was reset, as the client asked."""
DONE, DONEPROC, DONEINPROC = 0xFD, 0xFE, 0xFF

Encodeur = Callable[[Iterable[Any]], list[bytes]]


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column of an answer."""

    nom: str
    type: TypeSql
    nullable: bool = True


def done(genre: int, etat: int, commande: int = 0, compte: int = 0) -> bytes:
    """DONE, DONEPROC or DONEINPROC (TDS 7.2 and later)."""
    return struct.pack("<BHHQ", genre, etat, commande, compte)


def colonnes(liste: Sequence[Colonne]) -> bytes:
    """COLMETADATA."""
    morceaux = [b"\x81", _U16(len(liste))]
    for colonne in liste:
        nom = colonne.nom[:128].encode("utf-16-le")
        drapeaux = 0x0009 if colonne.nullable else 0x0008
        morceaux += [_U32(0), _U16(drapeaux), type_info(colonne.type), bytes([len(nom) // 2]), nom]
    return b"".join(morceaux)


def lignes(types: Sequence[TypeSql], valeurs: Sequence[Sequence[Any]]) -> bytes:
    """ROW tokens for these rows."""
    par_colonne = [encodeur(t)(colonne) for t, colonne in zip(types, zip(*valeurs, strict=True), strict=True)]
    return b"".join(chain.from_iterable(zip(repeat(ROW, len(valeurs)), *par_colonne, strict=True)))


def valeur_de_retour(rang: int, nom: str, type_: TypeSql, valeur: Any) -> bytes:
    """RETURNVALUE: one OUTPUT parameter."""
    texte = nom.encode("utf-16-le")
    entete = b"\xac" + _U16(rang) + bytes([len(nom)]) + texte + b"\x01" + _U32(0) + _U16(0)
    return entete + type_info(type_) + encodeur(type_)([valeur])[0]


def etat_de_retour(valeur: int = 0) -> bytes:
    """RETURNSTATUS."""
    return b"\x79" + struct.pack("<i", valeur)


def type_info(type_: TypeSql) -> bytes:  # noqa: PLR0911 - one return per family of types
    """TYPE_INFO, in the nullable form."""
    nom = type_.nom
    if nom == "bit":
        return b"\x68\x01"
    if type_.entier:
        return bytes([0x26, type_.largeur])
    if type_.texte:
        genre = {"char": 0xAF, "varchar": 0xA7, "nchar": 0xEF, "nvarchar": 0xE7}[nom]
        octets = 0xFFFF if type_.longueur == MAX else type_.longueur * (2 if type_.unicode else 1)
        return bytes([genre]) + _U16(octets) + COLLATION
    match nom:
        case "decimal" | "numeric":
            return bytes([0x6C, _taille_decimal(type_.precision), type_.precision, type_.echelle])
        case "datetime2":
            return bytes([0x2A, type_.echelle])
        case "datetimeoffset":
            return bytes([0x2B, type_.echelle])
        case "time":
            return bytes([0x29, type_.echelle])
        case "varbinary" | "binary":
            longueur = 0xFFFF if type_.longueur == MAX else type_.longueur
            return bytes([0xA5 if nom == "varbinary" else 0xAD]) + _U16(longueur)
        case _:
            return _TYPE_INFO[nom]


_TYPE_INFO = {
    "float": b"\x6d\x08", "real": b"\x6d\x04", "money": b"\x6e\x08", "smallmoney": b"\x6e\x04", "date": b"\x28",
    "datetime": b"\x6f\x08", "smalldatetime": b"\x6f\x04", "uniqueidentifier": b"\x24\x10",
}  # fmt: skip


def encodeur(type_: TypeSql) -> Encodeur:  # noqa: PLR0911 - one return per family of types
    """How a column of this type is encoded. Python values are those psycopg gives for `type_.pg`."""
    if type_.texte:
        return _encodeur_texte(type_)
    if type_.entier:
        largeur = type_.largeur
        if type_ == BIT:
            return _avec_cache(lambda v: b"\x01\x01" if v else b"\x01\x00")
        return _avec_cache(lambda v: bytes([largeur]) + int(v).to_bytes(largeur, "little", signed=largeur > 1))
    match type_.nom:
        case "float":
            return lambda valeurs: [b"\x00" if v is None else _FLOAT(8, v) for v in valeurs]
        case "real":
            return lambda valeurs: [b"\x00" if v is None else _REAL(4, v) for v in valeurs]
        case "decimal" | "numeric":
            return _avec_cache(lambda v: _decimal(v, type_.precision, type_.echelle))
        case "money" | "smallmoney":
            return _avec_cache(lambda v: _money(v, grand=type_.nom == "money"))
        case "varbinary" | "binary":
            return lambda valeurs: [_octets(v, type_.longueur) for v in valeurs]
        case nom:
            return _avec_cache(_moment(nom, type_.echelle))


def _avec_cache(encode: Callable[[Any], bytes]) -> Encodeur:
    """Codes, dates and quantities come back again and again within a few thousand rows."""

    def encode_tout(valeurs: Iterable[Any]) -> list[bytes]:
        vus: dict[Any, bytes] = {None: b"\x00"}
        sortie = []
        for valeur in valeurs:
            octets = vus.get(valeur)
            if octets is None:
                octets = vus[valeur] = encode(valeur)
            sortie.append(octets)
        return sortie

    return encode_tout


def _encodeur_texte(type_: TypeSql) -> Encodeur:
    codage, erreurs = ("utf-16-le", "surrogatepass") if type_.unicode else ("cp1252", "replace")
    longueur, fixe = type_.longueur, type_.fixe

    def encode(valeur: str) -> bytes:
        if fixe:
            valeur = valeur.ljust(longueur)
        octets = valeur.encode(codage, erreurs)
        if longueur == MAX:
            corps = _U32(len(octets)) + octets if octets else b""
            return _U64(len(octets)) + corps + b"\x00\x00\x00\x00"
        return _U16(len(octets)) + octets

    nul = b"\xff" * 8 if longueur == MAX else b"\xff\xff"

    def encode_tout(valeurs: Iterable[Any]) -> list[bytes]:
        vus: dict[Any, bytes] = {None: nul}
        sortie = []
        for valeur in valeurs:
            octets = vus.get(valeur)
            if octets is None:
                octets = vus[valeur] = encode(valeur)
            sortie.append(octets)
        return sortie

    return encode_tout


def _octets(valeur: bytes | None, longueur: int) -> bytes:
    if longueur == MAX:
        if valeur is None:
            return b"\xff" * 8
        return _U64(len(valeur)) + (_U32(len(valeur)) + valeur if valeur else b"") + b"\x00\x00\x00\x00"
    return b"\xff\xff" if valeur is None else _U16(len(valeur)) + valeur


def _taille_decimal(precision: int) -> int:
    return next(octets for chiffres, octets in ((9, 5), (19, 9), (28, 13), (38, 17)) if precision <= chiffres)


_LARGE = Context(prec=80)
"""Python's own keeps 28 digits."""


def _decimal(valeur: Any, precision: int, echelle: int) -> bytes:
    entier = int(Decimal(valeur).scaleb(echelle, _LARGE).to_integral_value(context=_LARGE))
    taille = _taille_decimal(precision)
    return bytes([taille, entier >= 0]) + abs(entier).to_bytes(taille - 1, "little")


def _money(valeur: Any, *, grand: bool) -> bytes:
    entier = int((Decimal(valeur) * 10000).to_integral_value())
    if not grand:
        return b"\x04" + struct.pack("<i", entier)
    return b"\x08" + struct.pack("<iI", entier >> 32, entier & 0xFFFFFFFF)


def _moment(nom: str, echelle: int) -> Callable[[Any], bytes]:  # noqa: PLR0911 - one return per type
    match nom:
        case "datetime":
            return _datetime
        case "smalldatetime":
            return _smalldatetime
        case "date":
            return lambda v: b"\x03" + _jours(v)
        case "time":
            return lambda v: _prefixe(_tics(v, echelle))
        case "datetime2":
            return lambda v: _prefixe(_tics(v.time(), echelle) + _jours(v))
        case "datetimeoffset":
            return lambda v: _datetimeoffset(v, echelle)
        case "uniqueidentifier":
            return lambda v: b"\x10" + (v if isinstance(v, UUID) else UUID(v)).bytes_le
        case _:
            raise TypeError(nom)


def _prefixe(octets: bytes) -> bytes:
    return bytes([len(octets)]) + octets


def _jours(valeur: date) -> bytes:
    return (valeur.toordinal() - _AN_1).to_bytes(3, "little")


_OCTETS_HEURE = (3, 3, 3, 4, 4, 5, 5, 5)
"""By scale."""


def _tics(valeur: time, echelle: int) -> bytes:
    micros = ((valeur.hour * 60 + valeur.minute) * 60 + valeur.second) * 1_000_000 + valeur.microsecond
    tics = micros * 10**echelle // 1_000_000
    return int(tics).to_bytes(_OCTETS_HEURE[echelle], "little")


def _datetime(valeur: datetime) -> bytes:
    millis = ((valeur.hour * 60 + valeur.minute) * 60 + valeur.second) * 1000 + valeur.microsecond // 1000
    return _DATETIME(8, valeur.toordinal() - _AN_1900, (millis * 3 + 5) // 10)


def _smalldatetime(valeur: datetime) -> bytes:
    return b"\x04" + struct.pack("<HH", valeur.toordinal() - _AN_1900, valeur.hour * 60 + valeur.minute)


def _datetimeoffset(valeur: datetime, echelle: int) -> bytes:
    decalage = valeur.utcoffset() or timedelta()
    utc = (valeur - decalage).replace(tzinfo=None)
    minutes = struct.pack("<h", int(decalage.total_seconds() // 60))
    return _prefixe(_tics(utc.time(), echelle) + _jours(utc) + minutes)
