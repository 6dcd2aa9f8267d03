"""Errors of the SQL Server driver, mapped once to the connector's own.

Numbers are SQL Server's own (`sys.messages`) and decide wherever the driver gives one; SQLSTATE decides for the
rest: at login, where the driver keeps no number, and on servers whose numbers are not SQL Server's. Texts never decide.
"""

from collections.abc import Callable
from dataclasses import dataclass

from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    EnregistrementRefuse,
    ErreurConnecteur,
    ErreurPermanente,
    SchemaInattendu,
    ServiceInjoignable,
    ServiceSature,
)

CONNEXION_REFUSEE = frozenset({18450, 18452, 18456, 18461, 18470, 18486, 18487, 18488})
BASE = frozenset({911, 916, 4060, 4063, 4064})
DROITS = frozenset({229, 230, 262, 297, 300, 3906, 15247})
"""No right on an object, a column, a command; 3906: the database is read-only."""
SCHEMA = frozenset({207, 208, 468, 4104})
"""Column or table unknown; 468: two columns that must be compared have collations that cannot be."""
OCCUPE = frozenset({701, 802, 1204, 1205, 1222, 3960, 8645, 8651})
"""Deadlock, lock time-out, short of memory or locks: the same statement succeeds a moment later."""
PLEIN = frozenset({1101, 1105, 9002})
"""Disk, database or log full. Transient on purpose: it is no fault of the record, so parking the record would hide
the cause; and a log backup or an autogrowth mends it without anybody touching the connector."""
INDISPONIBLE = frozenset({921, 922, 927, 942, 6005, 17142, 17187})
"""The database or the server is starting, restoring, off line or shutting down."""
LIGNE = frozenset({220, 232, 241, 242, 245, 515, 547, 2601, 2627, 2628, 3609, 8114, 8115, 8152})
"""What one row's values may cause: duplicate, NULL, constraint, conversion, overflow, truncation, trigger."""
PREMIER_NUMERO_LIBRE = 50000
"""From here on the numbers are raised by the dossier's own triggers."""


@dataclass(frozen=True, slots=True)
class Panne:
    """What the driver knows of a failure. `etat` is "" and `numero` None when it does not say."""

    etat: str
    numero: int | None
    texte: str

    @property
    def connexion_perdue(self) -> bool:
        """Whether the session is gone, or too ill for the driver to name a state: nothing more can be asked of it."""
        return self.etat.startswith("08") or self.etat in {"", "HYT01"}


def traduit(panne: Panne, *, objet: str = "", a_la_connexion: bool = False) -> ErreurConnecteur:
    """The connector's error for this failure. `objet` is what was being read or written, for the sentence."""
    if panne.numero is not None:
        traduite = _par_numero(panne.numero, objet, panne.texte)
        if traduite is not None:
            return traduite
    return _a_la_connexion(panne) if a_la_connexion else _par_etat(panne, objet)


def _par_numero(numero: int, objet: str, detail: str) -> ErreurConnecteur | None:
    if numero >= PREMIER_NUMERO_LIBRE:
        return _ligne(objet, detail)
    return next((phrase(objet, detail) for numeros, phrase in FAMILLES if numero in numeros), None)


def _par_etat(panne: Panne, objet: str) -> ErreurConnecteur:
    etat, detail = panne.etat, panne.texte
    if panne.connexion_perdue and etat:
        return _injoignable("La connexion avec le serveur de Batigest a été coupée.", detail)
    if etat in {"40001", "40003", "HYT00", "HY008"}:
        return _occupe(objet, detail)
    if etat in {"42S02", "42S22", "3D000"}:
        return _schema(objet, detail)
    if etat.startswith(("22", "23")):
        return _ligne(objet, detail)
    if etat == "28000":
        return _compte_refuse(objet, detail)
    return ErreurPermanente(
        f"Batigest a refusé une commande du connecteur{f' sur {objet}' if objet else ''}.",
        remede="Appelez le support avec le détail ci-dessous.",
        detail=detail,
    )


def _a_la_connexion(panne: Panne) -> ErreurConnecteur:
    objet, etat, detail = "", panne.etat, panne.texte
    if etat == "28000":  # 18456, but 4060 too: the driver keeps the last of the two errors the server sends
        return AccesRefuse(
            "SQL Server refuse la connexion : le compte, son mot de passe ou la base du dossier n’est pas le bon.",
            remede="Vérifiez la section [batigest] des réglages ; « connecteur doctor » dit lequel est en cause.",
            detail=detail,
        )
    if etat in {"42000", "3D000", "08004"}:
        return _base_refusee(objet, detail)
    if etat.startswith("IM"):
        return pilote_absent(detail)
    if etat.startswith("01S"):
        return ConfigurationInvalide(
            "Les réglages de connexion à Batigest sont refusés par le pilote.",
            remede="Vérifiez la section [batigest] des réglages.",
            detail=detail,
        )
    return _injoignable("Le serveur de Batigest ne répond pas.", detail)


def pilote_absent(detail: str) -> ConfigurationInvalide:
    """The driver's native part cannot be loaded."""
    return ConfigurationInvalide(
        "Le pilote SQL Server ne peut pas être chargé sur cette machine.",
        remede="Sous Debian ou Ubuntu : apt-get install libltdl7 libkrb5-3 libgssapi-krb5-2. "
        "Sous Windows, réinstallez le connecteur.",
        detail=detail,
    )


def _compte_refuse(_objet: str, detail: str) -> AccesRefuse:
    return AccesRefuse(
        "SQL Server refuse le compte du connecteur.",
        remede="Vérifiez l’utilisateur et le mot de passe de la section [batigest] ; "
        "le compte doit exister en mode « authentification SQL Server » et ne pas être verrouillé.",
        detail=detail,
    )


def _base_refusee(_objet: str, detail: str) -> AccesRefuse:
    return AccesRefuse(
        "La base du dossier Batigest n’existe pas, ou le compte du connecteur n’y a pas accès.",
        remede="Vérifiez le nom de la base dans les réglages et donnez au compte l’accès à cette base.",
        detail=detail,
    )


def _droits(objet: str, detail: str) -> AccesRefuse:
    return AccesRefuse(
        f"Le compte du connecteur n’a pas les droits nécessaires sur {objet or 'le dossier Batigest'}.",
        remede="Dans SQL Server, donnez au compte SELECT sur dbo.ChantierDef, dbo.Devis et dbo.Salarie, et "
        "SELECT, INSERT, UPDATE, DELETE sur dbo.SuiviMO ; la base ne doit pas être en lecture seule.",
        detail=detail,
    )


def _schema(objet: str, detail: str) -> SchemaInattendu:
    return SchemaInattendu(
        f"Le dossier Batigest a changé : {objet or 'une table'} n’est plus comme à l’ouverture.",
        remede="Relancez la synchronisation ; si le message revient, appelez le support.",
        detail=detail,
    )


def _occupe(_objet: str, detail: str) -> ServiceSature:
    return ServiceSature(
        "Batigest est occupé : une autre personne ou un autre programme tient les mêmes lignes.",
        remede="Rien à faire : le connecteur réessaiera.",
        detail=detail,
    )


def _injoignable(message: str, detail: str) -> ServiceInjoignable:
    return ServiceInjoignable(
        message,
        remede="Vérifiez que le serveur est allumé, que SQL Server est démarré et que le réseau et le pare-feu "
        "laissent passer ; « connecteur doctor » dit où cela coince.",
        detail=detail,
    )


def _ligne(_objet: str, detail: str) -> EnregistrementRefuse:
    return EnregistrementRefuse(
        "Batigest a refusé cette ligne.",
        remede="Lisez le détail : une contrainte de la base ou une valeur trop grande l’empêche.",
        detail=detail,
    )


def _plein(_objet: str, detail: str) -> ServiceSature:
    return ServiceSature(
        "Le disque ou la base de données de Batigest est plein.",
        remede="Libérez de la place sur le serveur de Batigest (SQL Server Express est limité à 10 Go par base).",
        detail=detail,
    )


def _indisponible(_objet: str, detail: str) -> ServiceInjoignable:
    return _injoignable("La base de données de Batigest n’est pas disponible pour le moment.", detail)


FAMILLES: tuple[tuple[frozenset[int], Callable[[str, str], ErreurConnecteur]], ...] = (
    (CONNEXION_REFUSEE, _compte_refuse),
    (BASE, _base_refusee),
    (DROITS, _droits),
    (SCHEMA, _schema),
    (OCCUPE, _occupe),
    (PLEIN, _plein),
    (INDISPONIBLE, _indisponible),
    (LIGNE, _ligne),
)
