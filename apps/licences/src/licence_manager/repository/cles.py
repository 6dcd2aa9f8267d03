"""The signing keys: one signs, one is next, the others are retired. Their private halves are hidden at rest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, text, update

from licence_manager.errors import DemandePerimee
from licence_manager.repository.tables import cles_signature
from licence_manager.signing.coffre import Coffre
from licence_manager.signing.signataire import Signataire

VERROU = 7_255_190_417_113_003


class EtatCle(StrEnum):
    """Where a key is in its life."""

    SUIVANTE = "suivante"
    """Already carried by connectors, not used yet."""
    ACTUELLE = "actuelle"
    RETIREE = "retiree"


@dataclass(frozen=True, slots=True)
class CleSignature:
    """A signing key, its public half only."""

    kid: str
    publique: str
    etat: EtatCle
    creee_le: datetime
    retiree_le: datetime | None
    livree_le: datetime | None = None
    """Since when a delivered version of the connector carries it, as somebody said."""


class DepotCles:
    """Reads and turns signing keys."""

    def __init__(self, connexion: Connection, coffre: Coffre) -> None:
        self._connexion = connexion
        self._coffre = coffre

    def list(self) -> list[CleSignature]:
        """All of them: the present one, the next one, then the retired ones, the latest first."""
        lignes = self._connexion.execute(
            select(
                cles_signature.c.kid, cles_signature.c.publique, cles_signature.c.etat,
                cles_signature.c.creee_le, cles_signature.c.retiree_le, cles_signature.c.livree_le,
            ).order_by(cles_signature.c.etat, cles_signature.c.creee_le.desc())
        )  # fmt: skip
        cles = [CleSignature(kid, publique, EtatCle(etat), *dates) for kid, publique, etat, *dates in lignes]
        ordre = [EtatCle.ACTUELLE, EtatCle.SUIVANTE, EtatCle.RETIREE]
        return sorted(cles, key=lambda cle: ordre.index(cle.etat))

    def read_signataire(self) -> Signataire | None:
        """The key that signs. Raises `MauvaisSecret` when it was hidden with another secret."""
        ligne = self._connexion.execute(
            select(cles_signature.c.kid, cles_signature.c.privee_chiffree).where(
                cles_signature.c.etat == EtatCle.ACTUELLE
            )
        ).one_or_none()
        if ligne is None:
            return None
        return Signataire.de_octets(self._coffre.montre_privee(ligne.privee_chiffree, ligne.kid))

    def ensure(self, maintenant: datetime) -> None:
        """Draw the first two keys when there are none."""
        self._bloque()
        presents = set(self._connexion.scalars(select(cles_signature.c.etat)))
        for etat in (EtatCle.ACTUELLE, EtatCle.SUIVANTE):
            if etat not in presents:
                self._add(etat, maintenant)

    def rotate(self, maintenant: datetime, attendue: str = "") -> CleSignature:
        """The next key signs from now on, the present one is retired, and a new one is drawn to be the next.

        The key that signs now, as it was. Raises `DemandePerimee` when the present one was not `attendue` any more.
        """
        self._bloque()
        actuelle, suivante = self.list()[:2]
        if attendue not in {"", actuelle.kid}:
            raise DemandePerimee("La clé de signature a déjà été changée.", remede="Relisez la page avant de changer.")
        self._passe(EtatCle.ACTUELLE, EtatCle.RETIREE, retiree_le=maintenant)
        self._passe(EtatCle.SUIVANTE, EtatCle.ACTUELLE)
        self._add(EtatCle.SUIVANTE, maintenant)
        return suivante

    def mark_livree(self, kid: str, maintenant: datetime) -> bool:
        """A delivered version of the connector carries it; False when that was known, or no key in use has this id."""
        marquee = self._connexion.execute(
            update(cles_signature)
            .where(cles_signature.c.kid == kid, cles_signature.c.livree_le.is_(None))
            .where(cles_signature.c.etat != EtatCle.RETIREE)
            .values(livree_le=maintenant)
        )
        return marquee.rowcount == 1

    def _passe(self, de: EtatCle, a: EtatCle, **valeurs: datetime) -> None:
        self._connexion.execute(
            update(cles_signature).where(cles_signature.c.etat == de).values(etat=a.value, **valeurs)
        )

    def _add(self, etat: EtatCle, maintenant: datetime) -> None:
        signataire = Signataire.neuf()
        self._connexion.execute(
            insert(cles_signature).values(
                kid=signataire.kid,
                publique=signataire.publique(),
                privee_chiffree=self._coffre.chiffre_privee(signataire.octets(), signataire.kid),
                etat=etat.value,
                creee_le=maintenant,
            )
        )

    def _bloque(self) -> None:
        self._connexion.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": VERROU})
