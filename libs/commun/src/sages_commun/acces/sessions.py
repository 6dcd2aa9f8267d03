"""Sessions: a random secret in a cookie, its digest in the database. What is not in the database is not a session."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sages_commun.acces.base import Transaction
from sages_commun.acces.domaine import Client, Durees, Session, Utilisateur
from sages_commun.acces.empreintes import empreinte, tire_secret
from sages_commun.acces.utilisateurs import lit_ligne

USAGE = "session"
USAGE_APPAREIL = "appareil"
VUE_APRES = timedelta(minutes=1)
"""« Last seen » is written no more often: reading a page must not write each time."""
MACHINE_MAX = 200
ADRESSE_MAX = 100
SECRET_MAX = 100


@dataclass(frozen=True, slots=True)
class Reconnue:
    """A session and whose it is."""

    session: Session
    utilisateur: Utilisateur
    complete: bool


def ouvre_session(
    t: Transaction, utilisateur_id: int, client: Client, maintenant: datetime, durees: Durees, *, complete: bool
) -> str:
    """A new session; the secret for its cookie. One is never continued under an older secret."""
    secret = tire_secret()
    t.execute(
        "INSERT INTO {s}.acces_sessions "
        "(empreinte, utilisateur_id, complete, cree_le, vue_le, expire_le, adresse, machine) "
        "VALUES (%(empreinte)s, %(id)s, %(complete)s, %(le)s, %(le)s, %(fin)s, %(adresse)s, %(machine)s)",
        empreinte=empreinte(USAGE, secret), id=utilisateur_id, complete=complete, le=maintenant,
        fin=maintenant + (durees.session if complete else durees.second_facteur),
        adresse=_sain(client.adresse, ADRESSE_MAX), machine=_sain(client.machine, MACHINE_MAX),
    )  # fmt: skip
    return secret


def lit_session(t: Transaction, secret: str, maintenant: datetime, durees: Durees) -> Reconnue | None:
    """The session of this secret; None when there is none, or it is over, or its user may not enter any more."""
    if not secret or len(secret) > SECRET_MAX:
        return None
    ligne = t.une(
        "SELECT e.id, e.utilisateur_id, e.cree_le, e.vue_le, e.expire_le, e.adresse, e.machine, e.complete, "
        "u.id, u.courriel, u.nom, u.role, u.actif, u.mot_de_passe IS NULL, u.totp_chiffre IS NOT NULL, "
        "u.cree_le, u.connecte_le "
        "FROM {s}.acces_sessions e JOIN {s}.acces_utilisateurs u ON u.id = e.utilisateur_id "
        "WHERE e.empreinte = %(empreinte)s AND u.actif AND e.expire_le > %(le)s AND e.vue_le > %(oisive)s",
        empreinte=empreinte(USAGE, secret), le=maintenant, oisive=maintenant - durees.oisivete,
    )  # fmt: skip
    if ligne is None:
        return None
    return Reconnue(_session(ligne[:7]), lit_ligne(ligne[8:]), ligne[7])


def note_vue(t: Transaction, reconnue: Reconnue, client: Client, maintenant: datetime) -> None:
    """It is being used."""
    if maintenant - reconnue.session.vue_le >= VUE_APRES:
        t.execute(
            "UPDATE {s}.acces_sessions SET vue_le = %(le)s, adresse = %(adresse)s "
            "WHERE id = %(id)s AND vue_le < %(le)s",
            id=reconnue.session.id, le=maintenant, adresse=_sain(client.adresse, ADRESSE_MAX),
        )  # fmt: skip


def list_sessions(t: Transaction, utilisateur_id: int, maintenant: datetime, durees: Durees) -> list[Session]:
    """Where this user is signed in, the most recently seen first."""
    return [
        _session(ligne)
        for ligne in t.toutes(
            "SELECT id, utilisateur_id, cree_le, vue_le, expire_le, adresse, machine FROM {s}.acces_sessions "
            "WHERE utilisateur_id = %(id)s AND complete AND expire_le > %(le)s AND vue_le > %(oisive)s "
            "ORDER BY vue_le DESC, id DESC",
            id=utilisateur_id, le=maintenant, oisive=maintenant - durees.oisivete,
        )
    ]  # fmt: skip


def ferme_secret(t: Transaction, secret: str) -> Session | None:
    """End the session of this cookie, whatever state it is in."""
    ligne = t.une(
        "DELETE FROM {s}.acces_sessions WHERE empreinte = %(empreinte)s "
        "RETURNING id, utilisateur_id, cree_le, vue_le, expire_le, adresse, machine",
        empreinte=empreinte(USAGE, secret[:SECRET_MAX]),
    )
    return None if ligne is None else _session(ligne)


def tient_session(t: Transaction, session: Session) -> bool:
    """Whether it is still open; then it stays so until the end of the transaction."""
    return t.une("SELECT 1 FROM {s}.acces_sessions WHERE id = %(id)s FOR UPDATE", id=session.id) is not None


def ferme_session(t: Transaction, utilisateur_id: int, session_id: int) -> bool:
    """End one session of this user. Whether there was one."""
    return (
        t.execute(
            "DELETE FROM {s}.acces_sessions WHERE id = %(id)s AND utilisateur_id = %(qui)s",
            id=session_id, qui=utilisateur_id,
        ).rowcount
        == 1
    )  # fmt: skip


def ferme_toutes(t: Transaction, utilisateur_id: int, *, sauf: int | None = None) -> int:
    """End every session of this user, but perhaps one; how many there were."""
    return t.execute(
        "DELETE FROM {s}.acces_sessions "
        "WHERE utilisateur_id = %(qui)s AND (%(sauf)s::bigint IS NULL OR id <> %(sauf)s)",
        qui=utilisateur_id, sauf=sauf,
    ).rowcount  # fmt: skip


def note_appareil(t: Transaction, utilisateur_id: int, client: Client, maintenant: datetime, durees: Durees) -> str:
    """This browser was signed in with this account: the secret by which it is known from now on."""
    oublie_appareil(t, utilisateur_id, client)
    secret = tire_secret()
    t.execute(
        "INSERT INTO {s}.acces_appareils (empreinte, utilisateur_id, expire_le) "
        "VALUES (%(empreinte)s, %(id)s, %(fin)s)",
        empreinte=empreinte(USAGE_APPAREIL, secret), id=utilisateur_id, fin=maintenant + durees.appareil,
    )  # fmt: skip
    return secret


def connait_appareil(t: Transaction, utilisateur_id: int, client: Client, maintenant: datetime) -> bool:
    """Whether this browser was signed in with this account before."""
    ligne = t.une(
        "SELECT 1 FROM {s}.acces_appareils "
        "WHERE empreinte = %(empreinte)s AND utilisateur_id = %(id)s AND expire_le > %(le)s",
        empreinte=empreinte(USAGE_APPAREIL, client.appareil[:SECRET_MAX]), id=utilisateur_id, le=maintenant,
    )  # fmt: skip
    return ligne is not None


def oublie_appareil(t: Transaction, utilisateur_id: int, client: Client) -> None:
    """This secret is replaced."""
    t.execute(
        "DELETE FROM {s}.acces_appareils WHERE empreinte = %(empreinte)s AND utilisateur_id = %(id)s",
        empreinte=empreinte(USAGE_APPAREIL, client.appareil[:SECRET_MAX]), id=utilisateur_id,
    )  # fmt: skip


def oublie_appareils(t: Transaction, utilisateur_id: int) -> None:
    """No browser is known for this account any more."""
    t.execute("DELETE FROM {s}.acces_appareils WHERE utilisateur_id = %(id)s", id=utilisateur_id)


def purge(t: Transaction, maintenant: datetime, durees: Durees) -> None:
    """Forget what is over."""
    t.execute(
        "DELETE FROM {s}.acces_sessions WHERE expire_le <= %(le)s OR vue_le <= %(oisive)s",
        le=maintenant, oisive=maintenant - durees.oisivete,
    )  # fmt: skip
    t.execute("DELETE FROM {s}.acces_appareils WHERE expire_le <= %(le)s", le=maintenant)


def _session(ligne: tuple[Any, ...]) -> Session:
    return Session(*ligne)


def _sain(texte: str, longueur: int) -> str:
    return texte.replace("\0", "")[:longueur].encode("utf-8", "replace").decode()
