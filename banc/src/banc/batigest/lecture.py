"""What a client sends: values with their TYPE_INFO, remote calls, bulk rows ([MS-TDS] 2.2.5.4, 2.2.6.6).

Every value is read straight into the text PostgreSQL understands (None for NULL): no Python object is
built on the way, and a parameter can go alone or inside an array literal.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from pysqlbridge.tds.batch import skip_all_headers
from pysqlbridge.tds.packet import TdsProtocolError

from banc.batigest.types_sql import MAX, TypeSql

Lecteur = Callable[[bytes, int], tuple[str | None, int]]
"""(message, offset) > (value, offset after it)."""

_U16 = struct.Struct("<H").unpack_from
_U32 = struct.Struct("<I").unpack_from
_F8 = struct.Struct("<d").unpack_from
_F4 = struct.Struct("<f").unpack_from
_DATETIME = struct.Struct("<iI").unpack_from
_AN_1 = date(1, 1, 1).toordinal()
_1900 = datetime(1900, 1, 1)  # noqa: DTZ001 - SQL Server's datetime has no zone

_ENTIERS_FIXES = {0x30: "tinyint", 0x32: "bit", 0x34: "smallint", 0x38: "int", 0x7F: "bigint"}
_ENTIERS_PAR_TAILLE = {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}
_TEXTES = {0xA7: "varchar", 0xAF: "char", 0xE7: "nvarchar", 0xEF: "nchar"}
_OCTETS = {0xA5: "varbinary", 0xAD: "binary"}
_LONGS = {0x23: "varchar", 0x63: "nvarchar", 0x22: "varbinary"}


def lit_type(message: bytes, at: int) -> tuple[TypeSql, Lecteur, int]:
    """TYPE_INFO at this offset: the type, how to read its values, the offset after it."""
    genre = message[at]
    at += 1
    if genre in _ENTIERS_FIXES:
        type_ = TypeSql(_ENTIERS_FIXES[genre])
        return type_, _fixe(type_.largeur, lambda m, a, n: _entier(m, a, n)), at
    if genre in {0x3B, 0x3E}:
        taille = 4 if genre == 0x3B else 8
        return TypeSql("real" if taille == 4 else "float"), _fixe(taille, _flottant), at
    if genre in {0x3A, 0x3D}:
        taille = 4 if genre == 0x3A else 8
        return TypeSql("smalldatetime" if taille == 4 else "datetime"), _fixe(taille, _datetime), at
    if genre in {0x3C, 0x7A}:
        taille = 8 if genre == 0x3C else 4
        return TypeSql("money" if taille == 8 else "smallmoney"), _fixe(taille, _money), at
    if genre in {0x26, 0x68, 0x6D, 0x6E, 0x6F, 0x24}:
        return *_compte(genre, message[at]), at + 1
    if genre in {0x6A, 0x6C}:
        precision, echelle = message[at + 1], message[at + 2]
        type_ = TypeSql("decimal", precision=precision, echelle=echelle)
        return type_, _avec_longueur(lambda m, a, n: _decimal(m, a, n, echelle)), at + 3
    if genre == 0x28:
        return TypeSql("date"), _avec_longueur(_date), at
    if genre in {0x29, 0x2A, 0x2B}:
        return *_instant(genre, message[at]), at + 1
    if genre in _TEXTES or genre in _OCTETS:
        return _chaine(genre, message, at)
    if genre in _LONGS:
        codage = {0x23: "cp1252", 0x63: "utf-16-le", 0x22: ""}[genre]
        return TypeSql(_LONGS[genre], MAX), _long(codage), at + (4 if genre == 0x22 else 9)
    raise TdsProtocolError(f"type 0x{genre:02x} is not one the bench reads")


def _compte(genre: int, taille: int) -> tuple[TypeSql, Lecteur]:
    match genre:
        case 0x26:
            return TypeSql(_ENTIERS_PAR_TAILLE[taille]), _avec_longueur(_entier)
        case 0x68:
            return TypeSql("bit"), _avec_longueur(_entier)
        case 0x6D:
            return TypeSql("float" if taille == 8 else "real"), _avec_longueur(_flottant)
        case 0x6E:
            return TypeSql("money" if taille == 8 else "smallmoney"), _avec_longueur(_money)
        case 0x6F:
            return TypeSql("datetime" if taille == 8 else "smalldatetime"), _avec_longueur(_datetime)
        case _:
            return TypeSql("uniqueidentifier"), _avec_longueur(lambda m, a, _n: str(UUID(bytes_le=m[a : a + 16])))


def _instant(genre: int, echelle: int) -> tuple[TypeSql, Lecteur]:
    if genre == 0x29:
        return TypeSql("time", echelle=echelle), _avec_longueur(lambda m, a, n: _heure(m, a, n, echelle))
    if genre == 0x2A:
        return (
            TypeSql("datetime2", echelle=echelle),
            _avec_longueur(lambda m, a, n: f"{_date(m, a + n - 3, 3)} {_heure(m, a, n - 3, echelle)}"),
        )
    return TypeSql("datetimeoffset", echelle=echelle), _avec_longueur(lambda m, a, n: _decale(m, a, n, echelle))


def _chaine(genre: int, message: bytes, at: int) -> tuple[TypeSql, Lecteur, int]:
    octets = _U16(message, at)[0]
    at += 2 if genre in _OCTETS else 7
    if genre in _OCTETS:
        nom, codage, longueur = _OCTETS[genre], "", octets
    else:
        nom, codage = _TEXTES[genre], "utf-16-le" if genre in {0xE7, 0xEF} else "cp1252"
        longueur = octets // 2 if codage == "utf-16-le" else octets
    if octets == 0xFFFF:
        return TypeSql(nom, MAX), _plp(codage), at
    return TypeSql(nom, max(1, longueur)), _court(codage), at


def _texte(octets: bytes, codage: str) -> str:
    if not codage:
        return "\\x" + octets.hex()
    # Bytes without a character in cp1252 exist (0x81 …): SQL Server keeps them, the C1 controls stand for them.
    texte = octets.decode(codage, "surrogatepass" if codage == "utf-16-le" else "replace")
    return texte.replace("\x00", "�")


def _court(codage: str) -> Lecteur:
    def lit(message: bytes, at: int) -> tuple[str | None, int]:
        n = message[at] | message[at + 1] << 8
        at += 2
        if n == 0xFFFF:
            return None, at
        fin = at + n
        if fin > len(message):
            raise TdsProtocolError("a value runs past its message")
        return _texte(message[at:fin], codage), fin

    return lit


def _plp(codage: str) -> Lecteur:
    def lit(message: bytes, at: int) -> tuple[str | None, int]:
        nul = message[at : at + 8] == b"\xff" * 8
        at += 8
        if nul:
            return None, at
        morceaux = []
        while n := _U32(message, at)[0]:
            at += 4
            morceaux.append(message[at : at + n])
            at += n
        return _texte(b"".join(morceaux), codage), at + 4

    return lit


def _long(codage: str) -> Lecteur:
    def lit(message: bytes, at: int) -> tuple[str | None, int]:
        n = _U32(message, at)[0]
        at += 4
        if n == 0xFFFFFFFF:
            return None, at
        return _texte(message[at : at + n], codage), at + n

    return lit


def _fixe(taille: int, decode: Callable[[bytes, int, int], str]) -> Lecteur:
    return lambda message, at: (decode(message, at, taille), at + taille)


def _avec_longueur(decode: Callable[[bytes, int, int], str]) -> Lecteur:
    def lit(message: bytes, at: int) -> tuple[str | None, int]:
        n = message[at]
        at += 1
        return (decode(message, at, n), at + n) if n else (None, at)

    return lit


def _entier(message: bytes, at: int, n: int) -> str:
    return str(int.from_bytes(message[at : at + n], "little", signed=n > 1))


def _flottant(message: bytes, at: int, n: int) -> str:
    return repr((_F8 if n == 8 else _F4)(message, at)[0])


def _decimal(message: bytes, at: int, n: int, echelle: int) -> str:
    entier = int.from_bytes(message[at + 1 : at + n], "little")
    return f"{'' if message[at] else '-'}{entier}e-{echelle}"


def _money(message: bytes, at: int, n: int) -> str:
    if n == 4:
        return f"{int.from_bytes(message[at : at + 4], 'little', signed=True)}e-4"
    haut, bas = struct.unpack_from("<iI", message, at)
    return f"{(haut << 32) + bas}e-4"


def _datetime(message: bytes, at: int, n: int) -> str:
    if n == 4:
        jours, minutes = struct.unpack_from("<HH", message, at)
        return str(_1900 + timedelta(days=jours, minutes=minutes))
    jours, tics = _DATETIME(message, at)
    return str(_1900 + timedelta(days=jours, milliseconds=(tics * 10 + 1) // 3))


def _date(message: bytes, at: int, _n: int) -> str:
    return date.fromordinal(_AN_1 + int.from_bytes(message[at : at + 3], "little")).isoformat()


def _heure(message: bytes, at: int, n: int, echelle: int) -> str:
    secondes, fraction = divmod(int.from_bytes(message[at : at + n], "little"), 10**echelle)
    reste = f".{fraction:0{echelle}d}" if fraction else ""
    return f"{secondes // 3600:02d}:{secondes // 60 % 60:02d}:{secondes % 60:02d}{reste}"


def _decale(message: bytes, at: int, n: int, echelle: int) -> str:
    minutes = struct.unpack_from("<h", message, at + n - 2)[0]
    jour = date.fromordinal(_AN_1 + int.from_bytes(message[at + n - 5 : at + n - 2], "little"))
    micros = int.from_bytes(message[at : at + n - 5], "little") * 10**6 // 10**echelle
    utc = datetime(jour.year, jour.month, jour.day, tzinfo=UTC) + timedelta(microseconds=micros)
    return utc.astimezone(timezone(timedelta(minutes=minutes))).isoformat()


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
class _Gabarit:
    """The parameters of the previous call of the same message: the next one nearly always looks the same."""

    entetes: list[bytes] = field(default_factory=list)
    lecteurs: list[Lecteur] = field(default_factory=list)
    noms: list[str] = field(default_factory=list)
    sorties: list[bool] = field(default_factory=list)
    types: list[TypeSql] = field(default_factory=list)
    signature: Signature | None = None

    def oublie_depuis(self, rang: int) -> None:
        for liste in (self.entetes, self.lecteurs, self.noms, self.sorties, self.types):
            del liste[rang:]
        self.signature = None


def lit_appels(message: bytes, version: int) -> Iterator[Appel]:
    """The calls of one message, one by one. Raises `TdsProtocolError` on bytes that make no sense."""
    at = skip_all_headers(message, version)
    gabarit = _Gabarit()
    try:
        while at < len(message):
            longueur = _U16(message, at)[0]
            at += 2
            if longueur == 0xFFFF:
                numero = _U16(message, at)[0]
                procedure = PROCEDURES.get(numero, f"procédure {numero}")
                at += 2
            else:
                procedure = message[at : at + longueur * 2].decode("utf-16-le")
                at += longueur * 2
            valeurs, at = _lit_parametres(message, at + 2, gabarit)
            if gabarit.signature is None:
                gabarit.signature = Signature(tuple(gabarit.noms), tuple(gabarit.sorties), tuple(gabarit.types))
            yield Appel(procedure, gabarit.signature, valeurs)
            at += 1  # the separator, or past the end
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError, OverflowError) as exc:
        raise TdsProtocolError(f"the call is cut short or malformed ({type(exc).__name__})") from exc


def _lit_parametres(message: bytes, at: int, gabarit: _Gabarit) -> tuple[list[str | None], int]:
    """Up to the separator (a name is at most 128 characters, so a byte above it is one) or the end."""
    valeurs: list[str | None] = []
    fin = len(message)
    connus = len(gabarit.entetes)
    while at < fin and message[at] <= 0x80:
        rang = len(valeurs)
        if rang < connus and message.startswith(gabarit.entetes[rang], at):
            at += len(gabarit.entetes[rang])
        else:
            gabarit.oublie_depuis(rang)
            connus = 0
            debut, taille = at, message[at]
            if taille == 0x80:
                break  # the separator of TDS 7.1
            nom = message[at + 1 : at + 1 + taille * 2].decode("utf-16-le")
            at += 1 + taille * 2
            sortie = bool(message[at] & 1)
            type_, lecteur, at = lit_type(message, at + 1)
            gabarit.entetes.append(message[debut:at])
            gabarit.lecteurs.append(lecteur)
            gabarit.noms.append(nom.lower())
            gabarit.sorties.append(sortie)
            gabarit.types.append(type_)
        valeur, at = gabarit.lecteurs[rang](message, at)
        valeurs.append(valeur)
    if len(valeurs) < len(gabarit.entetes):
        gabarit.oublie_depuis(len(valeurs))
    return valeurs, at


def lit_lignes_en_masse(message: bytes) -> tuple[list[TypeSql], Iterator[list[str | None]]]:
    """A bulk load: the columns' types, then its rows."""
    if message[0] != 0x81:
        raise TdsProtocolError("a bulk load begins with its columns")
    colonnes, at = _U16(message, 1)[0], 3
    types: list[TypeSql] = []
    lecteurs: list[Lecteur] = []
    for _ in range(colonnes):
        type_, lecteur, at = lit_type(message, at + 6)
        at += 1 + message[at] * 2
        types.append(type_)
        lecteurs.append(lecteur)
    return types, _lignes(message, at, lecteurs)


def _lignes(message: bytes, at: int, lecteurs: list[Lecteur]) -> Iterator[list[str | None]]:
    nuls = (len(lecteurs) + 7) // 8
    while at < len(message):
        jeton = message[at]
        at += 1
        if jeton == 0xD1:
            carte = b""
        elif jeton == 0xD2:
            carte = message[at : at + nuls]
            at += nuls
        elif jeton == 0xFD:
            return
        else:
            raise TdsProtocolError(f"token 0x{jeton:02x} in a bulk load")
        ligne: list[str | None] = []
        for rang, lecteur in enumerate(lecteurs):
            if carte and carte[rang >> 3] >> (rang & 7) & 1:
                ligne.append(None)
                continue
            valeur, at = lecteur(message, at)
            ligne.append(valeur)
        yield ligne
