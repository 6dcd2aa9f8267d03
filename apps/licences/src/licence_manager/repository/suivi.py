"""Writes many validations at once, and shares the counts of questions between the processes of one database."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, text

from licence_manager.domain.recherche import Curseur, Page
from licence_manager.domain.suivi import Compte, Comptes, Lot, Passage
from licence_manager.repository.tables import passages
from sages_commun.licence.verdict import Verdict

VERROU = 7_255_190_417_113_004
"""Those who write do it one after the other: two of them never wait for each other's rows."""
PASSAGES_JOURS = 30
PASSAGES_GARDES = 1_000_000
UTILISATIONS_JOURS = 60
"""How long a use can be asked for again: longer than a connector carries on by itself."""
JOURS_PAR_LICENCE = 400
"""How long the daily totals of each licence are kept; the hourly totals of all of them are kept for ever."""

_TOTAUX = text("""
    INSERT INTO licence_manager.validations (debut, licence_id, verdict, nombre)
    SELECT * FROM unnest(CAST(:debuts AS timestamptz[]), CAST(:licences AS bigint[]), CAST(:verdicts AS text[]),
                         CAST(:nombres AS bigint[]))
    ON CONFLICT (debut, licence_id, verdict) DO UPDATE SET nombre = validations.nombre + excluded.nombre
""")
_CONTACTS = text("""
    INSERT INTO licence_manager.contacts (licence_id, derniere_le)
    SELECT * FROM unnest(CAST(:licences AS bigint[]), CAST(:les AS timestamptz[]))
    ON CONFLICT (licence_id) DO UPDATE SET derniere_le = greatest(contacts.derniere_le, excluded.derniere_le)
""")
_MACHINES = text("""
    UPDATE licence_manager.machines AS m
    SET derniere_le = greatest(m.derniere_le, v.le), version = coalesce(v.version, m.version)
    FROM unnest(CAST(:licences AS bigint[]), CAST(:machines AS text[]), CAST(:les AS timestamptz[]),
                CAST(:versions AS text[])) AS v (licence_id, machine, le, version)
    WHERE m.licence_id = v.licence_id AND m.machine = v.machine
""")
_PASSAGES = text("""
    INSERT INTO licence_manager.passages (licence_id, le, verdict, machine, version, consomme)
    SELECT * FROM unnest(CAST(:licences AS bigint[]), CAST(:les AS timestamptz[]), CAST(:verdicts AS text[]),
                         CAST(:machines AS text[]), CAST(:versions AS text[]), CAST(:consommes AS boolean[]))
""")
_DEBITS = text("""
    INSERT INTO licence_manager.debits (cle, minute, nombre)
    SELECT * FROM unnest(CAST(:cles AS bytea[]), CAST(:minutes AS integer[]), CAST(:nombres AS integer[]))
    ON CONFLICT (cle, minute) DO UPDATE SET nombre = debits.nombre + excluded.nombre
    RETURNING cle, minute, nombre
""")


def write_lot(connexion: Connection, lot: Lot) -> None:
    """Add these validations to what is remembered."""
    connexion.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": VERROU})
    _execute(
        connexion, _TOTAUX, ("debuts", "licences", "verdicts", "nombres"),
        [(debut, licence, verdict.value, nombre) for (debut, licence, verdict), nombre in lot.totaux.items()],
    )  # fmt: skip
    # In one order: a first contact holds its licence, and so does whoever changes many keys at once.
    _execute(connexion, _CONTACTS, ("licences", "les"), sorted(lot.contacts.items()))
    _execute(
        connexion, _MACHINES, ("licences", "machines", "les", "versions"),
        [(licence, machine, le, version) for (licence, machine), (le, version) in lot.machines.items()],
    )  # fmt: skip
    _execute(
        connexion, _PASSAGES, ("licences", "les", "verdicts", "machines", "versions", "consommes"),
        [(p.licence, p.le, p.verdict.value, p.machine, p.version, p.consomme) for p in lot.passages],
    )  # fmt: skip


def list_passages(connexion: Connection, licence: int, apres: Curseur | None, taille: int) -> Page[Passage]:
    """The validations of a licence that are kept one by one, the latest first."""
    requete = select(passages).where(passages.c.licence_id == licence).order_by(passages.c.id.desc())
    if apres is not None:
        requete = requete.where(passages.c.id < apres.id)
    lignes = connexion.execute(requete.limit(taille + 1)).all()
    lus = tuple(
        Passage(ligne.licence_id, ligne.le, Verdict(ligne.verdict), ligne.machine, ligne.version, ligne.consomme)
        for ligne in lignes[:taille]
    )
    return Page(lus, Curseur("", lignes[taille - 1].id) if len(lignes) > taille else None)


def share_debits(connexion: Connection, comptes: Comptes) -> list[Compte]:
    """Add these counts to those of the other processes; the totals."""
    if not comptes:
        return []
    connexion.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": VERROU})
    lignes = connexion.execute(
        _DEBITS,
        {
            "cles": [compte.cle for compte in comptes],
            "minutes": [compte.minute for compte in comptes],
            "nombres": [compte.nombre for compte in comptes],
        },
    )
    return [Compte(bytes(cle), minute, nombre) for cle, minute, nombre in lignes]


def purge(connexion: Connection, maintenant: datetime) -> None:
    """Forget the detail that is old, or more than what is kept."""
    connexion.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": VERROU})
    connexion.execute(
        text("""
            DELETE FROM licence_manager.passages
            WHERE le < :avant OR id <= (SELECT max(id) FROM licence_manager.passages) - :gardes
        """),
        {"avant": maintenant - timedelta(days=PASSAGES_JOURS), "gardes": PASSAGES_GARDES},
    )
    connexion.execute(
        text("DELETE FROM licence_manager.validations WHERE licence_id <> 0 AND debut < :avant"),
        {"avant": maintenant - timedelta(days=JOURS_PAR_LICENCE)},
    )
    connexion.execute(
        text("DELETE FROM licence_manager.utilisations WHERE le < :avant"),
        {"avant": maintenant - timedelta(days=UTILISATIONS_JOURS)},
    )
    connexion.execute(
        text("DELETE FROM licence_manager.debits WHERE minute < :avant"),
        {"avant": int(maintenant.timestamp()) // 60 - 1},
    )


def _execute(connexion: Connection, requete: Any, noms: tuple[str, ...], lignes: list[tuple[Any, ...]]) -> None:
    """One statement for all the rows: their columns travel as arrays."""
    if lignes:
        connexion.execute(
            requete, dict(zip(noms, (list(colonne) for colonne in zip(*lignes, strict=True)), strict=True))
        )
