"""The audit trail of the accounts: who, what, when, from where. Lines are added, never changed (by a trigger too)."""

from dataclasses import dataclass
from datetime import datetime

from sages_commun.acces.base import Base, Transaction
from sages_commun.acces.domaine import Client, Entree, ErreurAcces, Geste, lit_courriel

OBJET_MAX = 200
INCONNU = "inconnu"


@dataclass(frozen=True, slots=True)
class Auteur:
    """Who is named in the trail, and where they are."""

    qui: str
    adresse: str
    utilisateur_id: int | None = None


def note(
    t: Transaction, maintenant: datetime, auteur: Auteur, geste: Geste, objet: str = "", *, reussi: bool = True
) -> None:
    """Add one line, in the transaction of what it tells of."""
    t.execute(
        "INSERT INTO {s}.acces_journal (le, qui, utilisateur_id, geste, reussi, objet, adresse) "
        "VALUES (%(le)s, %(qui)s, %(qui_id)s, %(geste)s, %(reussi)s, %(objet)s, %(adresse)s)",
        le=maintenant, qui=_sain(auteur.qui), qui_id=auteur.utilisateur_id, geste=geste.value, reussi=reussi,
        objet=_sain(objet), adresse=_sain(auteur.adresse),
    )  # fmt: skip


def inconnu(saisie: str, client: Client) -> Auteur:
    """Somebody who gave this name and nothing that proves it. Passwords get typed in this field too: only what reads
    as an address is kept."""
    try:
        qui = lit_courriel(saisie)
    except ErreurAcces:
        qui = INCONNU
    return Auteur(qui, client.adresse)


def list_entrees(base: Base, limite: int, avant: int | None = None) -> list[Entree]:
    """The last lines, or those before this one; the newest first."""
    with base.transaction() as t:
        lignes = t.toutes(
            "SELECT id, le, qui, geste, reussi, objet, adresse FROM {s}.acces_journal "
            "WHERE %(avant)s::bigint IS NULL OR id < %(avant)s ORDER BY id DESC LIMIT %(limite)s",
            avant=avant, limite=limite,
        )  # fmt: skip
    return [Entree(*ligne) for ligne in lignes]


def _sain(texte: str) -> str:
    return texte.replace("\0", "")[:OBJET_MAX].encode("utf-8", "replace").decode()
