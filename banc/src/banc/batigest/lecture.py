"""What a client sends: values with their TYPE_INFO, and remote calls ([MS-TDS] 2.2.5.4, 2.2.6.6).

Every value is read straight into the text PostgreSQL understands (None for NULL): it can go alone or inside an array
literal. An `executemany` is thousands of calls in one message: their parameters are found by comparing with those of
the call before, and a value already met is not decoded again.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from uuid import UUID

from pysqlbridge.tds.batch import skip_all_headers
from pysqlbridge.tds.packet import TdsProtocolError

from banc.batigest.types_sql import MAX, TypeSql

Decode = Callable[[bytes], str]
"""The bytes of one value > its text for PostgreSQL."""

U16 = struct.Struct("<H").unpack_from
_U32 = struct.Struct("<I").unpack_from
_AN_1 = date(1, 1, 1).toordinal()
_1900 = datetime(1900, 1, 1)  # noqa: DTZ001 - SQL Server's datetime has no zone
DATE, SEPARATEUR = 0x28, 0x80
NUL_COURT, NUL_LONG, NUL_PLP = 0xFFFF, 0xFFFFFFFF, b"\xff" * 8

OCTET, COURT, PLP, LONG = 0, -1, -2, -3
"""How long a value is: one byte says it, two, chunks, four; a positive number is the length itself."""

_FIXES = {0x30: "tinyint", 0x32: "bit", 0x34: "smallint", 0x38: "int", 0x7F: "bigint", 0x3B: "real", 0x3E: "float",
          0x3A: "smalldatetime", 0x3D: "datetime", 0x3C: "money", 0x7A: "smallmoney"}  # fmt: skip
_TAILLES_FIXES = {0x30: 1, 0x32: 1, 0x34: 2, 0x38: 4, 0x7F: 8, 0x3B: 4, 0x3E: 8, 0x3A: 4, 0x3D: 8, 0x3C: 8, 0x7A: 4}
_VARIABLES = {
    (0x26, 1): "tinyint", (0x26, 2): "smallint", (0x26, 4): "int", (0x26, 8): "bigint", (0x68, 1): "bit",
    (0x6D, 4): "real", (0x6D, 8): "float", (0x6E, 4): "smallmoney", (0x6E, 8): "money", (0x6F, 4): "smalldatetime",
    (0x6F, 8): "datetime", (0x24, 16): "uniqueidentifier",
}  # fmt: skip
_TEXTES = {0xA7: "varchar", 0xAF: "char", 0xE7: "nvarchar", 0xEF: "nchar", 0xA5: "varbinary", 0xAD: "binary"}
_LONGS = {0x23: "varchar", 0x63: "nvarchar", 0x22: "varbinary"}


@dataclass(frozen=True, slots=True)
class Genre:
    """One TYPE_INFO: the type, how long its values are, how they are decoded."""

    type: TypeSql
    forme: int
    decode: Decode


def lit_genre(message: bytes, at: int) -> tuple[Genre, int]:  # noqa: PLR0911 - one return per family of TYPE_INFO
    """TYPE_INFO at this offset, and the offset after it. Raises `TdsProtocolError` for a type not known here."""
    code = message[at]
    at += 1
    if code == DATE:
        return Genre(TypeSql("date"), OCTET, _date), at
    if code in _FIXES:
        nom = _FIXES[code]
        return Genre(TypeSql(nom), _TAILLES_FIXES[code], _DECODES[nom]), at
    if code in {0x26, 0x68, 0x6D, 0x6E, 0x6F, 0x24} and (code, message[at]) in _VARIABLES:
        nom = _VARIABLES[code, message[at]]
        return Genre(TypeSql(nom), OCTET, _DECODES[nom]), at + 1
    if code in {0x6A, 0x6C}:
        precision, echelle = message[at + 1], message[at + 2]
        return Genre(TypeSql("decimal", 0, precision, echelle), OCTET, _decimal(echelle)), at + 3
    if code in _MOMENTS:
        nom, decode = _MOMENTS[code]
        return Genre(TypeSql(nom, echelle=message[at]), OCTET, decode(message[at])), at + 1
    if code in _TEXTES:
        nom, octets = _TEXTES[code], U16(message, at)[0]
        at += 2 if "binary" in nom else 7
        forme, longueur = (PLP, MAX) if octets == NUL_COURT else (COURT, max(1, octets // (2 if nom[0] == "n" else 1)))
        return Genre(TypeSql(nom, longueur), forme, _DECODES[nom]), at
    if code in _LONGS:
        nom = _LONGS[code]
        return Genre(TypeSql(nom, MAX), LONG, _DECODES[nom]), at + (4 if "binary" in nom else 9)
    raise TdsProtocolError(f"type 0x{code:02x} is not one the bench reads")


def _sans_nul(texte: str) -> str:
    # PostgreSQL stores no NUL character.
    return texte.replace("\x00", "\ufffd") if "\x00" in texte else texte


def _entier(brut: bytes) -> str:
    return str(int.from_bytes(brut, "little", signed=len(brut) > 1))


def _decimal(echelle: int) -> Decode:
    return lambda brut: f"{'' if brut[0] else '-'}{int.from_bytes(brut[1:], 'little')}e-{echelle}"


def _money(brut: bytes) -> str:
    haut, bas = struct.unpack("<iI", brut)
    return f"{(haut << 32) + bas}e-4"


def _datetime(brut: bytes) -> str:
    jours, tics = struct.unpack("<iI", brut)
    return str(_1900 + timedelta(days=jours, milliseconds=(tics * 10 + 1) // 3))


def _smalldatetime(brut: bytes) -> str:
    jours, minutes = struct.unpack("<HH", brut)
    return str(_1900 + timedelta(days=jours, minutes=minutes))


@lru_cache(maxsize=4096)
def _date(brut: bytes) -> str:
    return date.fromordinal(_AN_1 + int.from_bytes(brut, "little")).isoformat()


@lru_cache
def _heure(echelle: int) -> Decode:
    @lru_cache(maxsize=4096)
    def decode(brut: bytes) -> str:
        secondes, fraction = divmod(int.from_bytes(brut, "little"), 10**echelle)
        reste = f".{fraction:0{echelle}d}" if fraction else ""
        return f"{secondes // 3600:02d}:{secondes // 60 % 60:02d}:{secondes % 60:02d}{reste}"

    return decode


def _datetime2(echelle: int) -> Decode:
    heure = _heure(echelle)
    return lambda brut: f"{_date(brut[-3:])} {heure(brut[:-3])}"


def _decale(echelle: int) -> Decode:
    def decode(brut: bytes) -> str:
        jour = date.fromordinal(_AN_1 + int.from_bytes(brut[-5:-2], "little"))
        micros = int.from_bytes(brut[:-5], "little") * 10**6 // 10**echelle
        utc = datetime(jour.year, jour.month, jour.day, tzinfo=UTC) + timedelta(microseconds=micros)
        return utc.astimezone(timezone(timedelta(minutes=struct.unpack("<h", brut[-2:])[0]))).isoformat()

    return decode


_MOMENTS: dict[int, tuple[str, Callable[[int], Decode]]] = {
    0x29: ("time", _heure),
    0x2A: ("datetime2", _datetime2),
    0x2B: ("datetimeoffset", _decale),
}


def _cp1252(brut: bytes) -> str:
    # Five bytes have no character in cp1252: SQL Server keeps them as the C1 controls of the same number.
    return (
        _sans_nul("".join(_CP1252[b] for b in brut))
        if any(b in _TROUS for b in brut)
        else _sans_nul(brut.decode("cp1252"))
    )


_TROUS = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_CP1252 = [chr(b) if b in _TROUS else bytes([b]).decode("cp1252") for b in range(256)]


def _utf16(brut: bytes) -> str:
    return _sans_nul(brut.decode("utf-16-le", "replace"))


def _octets(brut: bytes) -> str:
    return "\\x" + brut.hex()


_DECODES: dict[str, Decode] = {
    **dict.fromkeys(("bit", "tinyint", "smallint", "int", "bigint"), _entier),
    "float": lambda brut: repr(struct.unpack("<d", brut)[0]),
    "real": lambda brut: repr(struct.unpack("<f", brut)[0]),
    "money": _money,
    "smallmoney": lambda brut: f"{struct.unpack('<i', brut)[0]}e-4",
    "datetime": _datetime,
    "smalldatetime": _smalldatetime,
    "uniqueidentifier": lambda brut: str(UUID(bytes_le=brut)),
    **dict.fromkeys(("char", "varchar"), _cp1252),
    **dict.fromkeys(("nchar", "nvarchar"), _utf16),
    **dict.fromkeys(("binary", "varbinary"), _octets),
}


def lit_valeur(genre: Genre, message: bytes, at: int) -> tuple[str | None, int]:
    """One value, and the offset after it."""
    brut: bytes | None
    forme = genre.forme
    if forme == PLP:
        brut, at = _morceaux(message, at)
    else:
        if forme == OCTET:
            n, at = message[at], at + 1
            nul = n == 0
        elif forme == COURT:
            n, at = U16(message, at)[0], at + 2
            nul = n == NUL_COURT
        elif forme == LONG:
            n, at = _U32(message, at)[0], at + 4
            nul = n == NUL_LONG
        else:
            n, nul = forme, False
        if nul:
            return None, at
        brut = message[at : at + n]
        at += n
        if at > len(message):
            raise TdsProtocolError("a value runs past its message")
    return (None if brut is None else genre.decode(brut)), at


def _morceaux(message: bytes, at: int) -> tuple[bytes | None, int]:
    nul = message[at : at + 8] == NUL_PLP
    at += 8
    if nul:
        return None, at
    morceaux = []
    while n := _U32(message, at)[0]:
        at += 4
        morceaux.append(message[at : at + n])
        at += n
    return b"".join(morceaux), at + 4


@dataclass(frozen=True, slots=True)
class Signature:
    """What the parameters of one call look like; equal calls of one message share the object."""

    noms: tuple[str, ...] = ()
    sorties: tuple[bool, ...] = ()
    types: tuple[TypeSql, ...] = ()


@dataclass(slots=True)
class Appel:
    """One remote call, its values as PostgreSQL text."""

    procedure: str
    signature: Signature
    valeurs: list[str | None]


PROCEDURES = {
    1: "sp_cursor", 2: "sp_cursoropen", 3: "sp_cursorprepare", 4: "sp_cursorexecute", 5: "sp_cursorprepexec",
    6: "sp_cursorunprepare", 7: "sp_cursorfetch", 8: "sp_cursoroption", 9: "sp_cursorclose", 10: "sp_executesql",
    11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 14: "sp_prepexecrpc", 15: "sp_unprepare",
}  # fmt: skip


@dataclass(slots=True)
class _Champ:
    """One parameter of the previous call: the bytes in front of its value, and the values already decoded."""

    entete: bytes
    nom: str
    sortie: bool
    genre: Genre
    vues: dict[bytes, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Gabarit:
    champs: list[_Champ] = field(default_factory=list)
    signature: Signature | None = None

    def oublie_depuis(self, rang: int) -> None:
        del self.champs[rang:]
        self.signature = None

    def signe(self) -> Signature:
        if self.signature is None:
            self.signature = Signature(
                tuple(c.nom for c in self.champs),
                tuple(c.sortie for c in self.champs),
                tuple(c.genre.type for c in self.champs),
            )
        return self.signature


def lit_appels(message: bytes, version: int) -> Iterator[Appel]:
    """The calls of one message, one by one. Raises `TdsProtocolError` on bytes that make no sense."""
    at = skip_all_headers(message, version)
    gabarit = _Gabarit()
    try:
        while at < len(message):
            longueur = U16(message, at)[0]
            at += 2
            if longueur == NUL_COURT:
                numero = U16(message, at)[0]
                procedure = PROCEDURES.get(numero, f"procédure {numero}")
                at += 2
            else:
                procedure = message[at : at + longueur * 2].decode("utf-16-le")
                at += longueur * 2
            valeurs, at = _comme_avant(message, at + 2, gabarit)
            valeurs, at = _lit_parametres(message, at, gabarit, valeurs)
            yield Appel(procedure, gabarit.signe(), valeurs)
            at += 1  # the separator, or past the end
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError, OverflowError) as exc:
        raise TdsProtocolError(f"the call is cut short or malformed ({type(exc).__name__})") from exc


def _comme_avant(message: bytes, at: int, gabarit: _Gabarit) -> tuple[list[str | None], int]:
    """The parameters that begin like those of the call before: this loop is what a bulk insert waits for."""
    valeurs: list[str | None] = []
    for champ in gabarit.champs:
        entete = champ.entete
        if not message.startswith(entete, at):
            break
        at += len(entete)
        forme = champ.genre.forme
        if forme == OCTET:
            n = message[at]
            at += 1
            nul = n == 0
        elif forme == COURT:
            n = message[at] | message[at + 1] << 8
            at += 2
            nul = n == NUL_COURT
        else:
            valeur, at = lit_valeur(champ.genre, message, at)
            valeurs.append(valeur)
            continue
        if nul:
            valeurs.append(None)
            continue
        brut = message[at : at + n]
        at += n
        texte = champ.vues.get(brut)
        if texte is None:
            if len(brut) != n:
                raise TdsProtocolError("a value runs past its message")
            texte = champ.vues[brut] = champ.genre.decode(brut)
        valeurs.append(texte)
    return valeurs, at


def _lit_parametres(
    message: bytes, at: int, gabarit: _Gabarit, valeurs: list[str | None]
) -> tuple[list[str | None], int]:
    """The others, up to the separator (a name is shorter than any of its bytes) or the end."""
    fin = len(message)
    if len(valeurs) < len(gabarit.champs):
        gabarit.oublie_depuis(len(valeurs))
    while at < fin and message[at] < SEPARATEUR:
        debut, taille = at, message[at]
        nom = message[at + 1 : at + 1 + taille * 2].decode("utf-16-le")
        at += 1 + taille * 2
        sortie = bool(message[at] & 1)
        genre, at = lit_genre(message, at + 1)
        gabarit.champs.append(_Champ(message[debut:at], nom.lower(), sortie, genre))
        gabarit.signature = None
        valeur, at = lit_valeur(genre, message, at)
        valeurs.append(valeur)
    return valeurs, at
