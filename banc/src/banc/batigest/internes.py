"""What only the session knows when a statement runs: @@ROWCOUNT, DB_NAME(), OBJECT_ID(…) …"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from banc.batigest import catalogue
from banc.batigest.analyse import sans_crochets
from banc.batigest.erreurs import refus
from banc.batigest.portee import Interne

if TYPE_CHECKING:
    from banc.batigest.session import Session

VERSION = (
    "Microsoft SQL Server 2012 (banc d’essai du connecteur SAGES) - 11.0.7001.0 (X64) \n\t"
    "Batigest de démonstration sur PostgreSQL"
)
PROPRIETES = {
    "productversion": "11.0.7001.0", "productlevel": "SP4", "edition": "Express Edition (64-bit)", "engineedition": "4",
    "servername": "BANC", "machinename": "BANC", "instancename": None, "collation": "French_CI_AS",
    "isintegratedsecurityonly": "0", "productmajorversion": "11", "isclustered": "0",
}  # fmt: skip
_DROITS = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def valeur(session: "Session", quoi: str | Interne, parametres: Mapping[str, str | None]) -> str | None:
    """The value of one placeholder, as PostgreSQL text."""
    if isinstance(quoi, str):
        return parametres[quoi]
    return _VALEURS[quoi[0]](session, quoi[1:])


def _object_id(session: "Session", arguments: tuple[str, ...]) -> str | None:
    if len(arguments) > 1 and arguments[1].upper() not in {"U", ""}:
        return None
    base, schema, nom = _decoupe(arguments[0])
    if nom.startswith("#"):
        return "1" if nom.lower() in session.temporaires else None
    if schema.lower() not in {"", "dbo"}:
        return None
    ident = catalogue.id_de_table(session.pg, base or session.base, nom)
    return str(ident) if ident is not None and _visible(session, nom) else None


def _visible(session: "Session", table: str) -> bool:
    return any(session.compte.peut(droit, table) for droit in _DROITS)


def _decoupe(nom: str) -> tuple[str, str, str]:
    """base, schema, name of `[base].[schema].name`."""
    morceaux = [sans_crochets(m.strip()) for m in nom.split(".")]
    base, schema, objet = (["", "", *morceaux])[-3:]
    return base, schema, objet


def _has_perms(session: "Session", arguments: tuple[str, ...]) -> str | None:
    objet, classe, droit = arguments
    droits = session.compte.droits
    if classe.upper() in {"", "SERVER", "DATABASE"}:
        connexion = droit.upper() in {"CONNECT", "CONNECT SQL", "VIEW ANY DATABASE", "VIEW ANY DEFINITION"}
        return "1" if droits is None or connexion else "0"
    if classe.upper() != "OBJECT":
        raise refus(f"HAS_PERMS_BY_NAME de {classe}")
    base, _, nom = _decoupe(objet)
    if catalogue.id_de_table(session.pg, base or session.base, nom) is None or not _visible(session, nom):
        return None
    if droit.upper() not in _DROITS:
        return "1" if droits is None else "0"
    return "1" if session.compte.peut(droit.upper(), nom) else "0"


def _db_id(session: "Session", arguments: tuple[str, ...]) -> str | None:
    nom = arguments[0] if arguments else session.base
    if nom.lower() in catalogue.SYSTEMES:
        return str(catalogue.SYSTEMES.index(nom.lower()) + 1)
    ligne = session.pg.execute("SELECT id FROM banc.dossiers WHERE nom = %s::citext", (nom,)).fetchone()
    return str(ligne[0]) if ligne else None


def _col_length(session: "Session", arguments: tuple[str, ...]) -> str | None:
    base, _, nom = _decoupe(arguments[0])
    table = session.trouve_table(base or None, nom)
    colonne = table.par_nom.get(sans_crochets(arguments[1]).lower()) if table is not None else None
    if colonne is None:
        return None
    tailles = {"date": 3, "datetime": 8, "float": 8, "real": 4, "smalldatetime": 4, "uniqueidentifier": 16, "money": 8}
    if colonne.type.entier:
        return str(colonne.type.largeur)
    octets = colonne.type.information_schema[1]
    return str(octets if octets is not None else tailles.get(colonne.type.nom, 8))


def _propriete_de_base(session: "Session", arguments: tuple[str, ...]) -> str | None:
    base, propriete = arguments
    if catalogue.trouve_base(session.pg, base) is None:
        return None
    proprietes = {"collation": "French_CI_AS", "status": "ONLINE", "updateability": "READ_WRITE", "recovery": "SIMPLE",
                  "useraccess": "MULTI_USER", "version": "706"}  # fmt: skip
    return proprietes.get(propriete.lower())


_VALEURS: dict[str, Callable[["Session", tuple[str, ...]], str | None]] = {
    "rowcount": lambda s, _a: str(s.rowcount),
    "trancount": lambda s, _a: str(s.niveau),
    "spid": lambda s, _a: str(s.spid),
    "version": lambda _s, _a: VERSION,
    "servername": lambda _s, _a: "BANC",
    "error": lambda s, _a: str(s.erreur),
    "lock_timeout": lambda s, _a: s.reglages.get("LOCK_TIMEOUT", "-1"),
    "language": lambda _s, _a: "us_english",
    "max_precision": lambda _s, _a: "38",
    "db_name": lambda s, _a: s.base,
    "db_id": _db_id,
    "suser_sname": lambda s, _a: s.compte.nom,
    "host_name": lambda s, _a: s.compte.hote,
    "app_name": lambda s, _a: s.compte.programme,
    "serverproperty": lambda _s, a: PROPRIETES.get(a[0].lower()),
    "databasepropertyex": _propriete_de_base,
    "has_perms_by_name": _has_perms,
    "has_dbaccess": lambda s, a: "1" if catalogue.trouve_base(s.pg, a[0]) else None,
    "object_id": _object_id,
    "col_length": _col_length,
    "is_member": lambda s, a: "1" if s.compte.droits is None or a[0].lower() == "public" else "0",
    "is_srvrolemember": lambda s, a: "1" if s.compte.droits is None or a[0].lower() == "public" else "0",
    "xact_state": lambda s, _a: "1" if s.niveau else "0",
}
