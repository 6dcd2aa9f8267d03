"""Opens or closes the SQL function `validate_licence`, which answers connectors without this program (Supabase).

It looks keys up by a fingerprint of their own, keyed by a secret that stands in the database while it is open: what
protects the keys of a stolen database is then their 72 bits of chance alone (docs/licences.md).
"""

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from licence_manager.repository.tables import licences, poivre
from licence_manager.signing.coffre import Coffre

BLOC = 64
"""Bytes of a block of SHA-256, which HMAC is defined by (RFC 2104)."""
LOT = 1_000


def open_sql(connexion: Connection, coffre: Coffre) -> int:
    """Let the function find keys; how many it did not know yet."""
    cle = coffre.poivre_sql.ljust(BLOC, b"\0")
    valeurs = {"interieur": bytes(o ^ 0x36 for o in cle), "exterieur": bytes(o ^ 0x5C for o in cle)}
    connexion.execute(insert(poivre).values(valeurs).on_conflict_do_update(index_elements=["seul"], set_=valeurs))
    total = 0
    while lignes := connexion.execute(
        select(licences.c.id, licences.c.cle_chiffree, licences.c.empreinte)
        .where(licences.c.empreinte_sql.is_(None))
        .order_by(licences.c.id)
        .limit(LOT)
        .with_for_update(key_share=True)
    ).all():
        connexion.execute(
            update(licences).where(licences.c.id == bindparam("numero")).values(empreinte_sql=bindparam("nouvelle")),
            [
                {
                    "numero": ligne.id,
                    "nouvelle": coffre.empreinte_sql(coffre.montre_cle(ligne.cle_chiffree, ligne.empreinte)),
                }
                for ligne in lignes
            ],
        )
        total += len(lignes)
    return total


def is_open_sql(connexion: Connection) -> bool:
    """Whether the function can find keys."""
    return connexion.scalar(select(poivre.c.seul)) is not None


def close_sql(connexion: Connection) -> None:
    """Take from the database what the function finds keys with."""
    connexion.execute(delete(poivre))
    connexion.execute(update(licences).where(licences.c.empreinte_sql.is_not(None)).values(empreinte_sql=None))
