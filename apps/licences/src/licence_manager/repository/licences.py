"""Licences in the database, within one transaction that the caller opens."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, insert, select, text, tuple_, update

from licence_manager.domain.duree import bornes_du_mois
from licence_manager.domain.licence import Etat, Fiche, Fonction, Licence, Machine, texte_recherche
from licence_manager.domain.recherche import Critere, Curseur, Page, Tri
from licence_manager.repository.filtres import filtre_sql
from licence_manager.repository.tables import contacts, licences, machines
from licence_manager.signing.coffre import Coffre
from sages_commun.licence.cle import CleMalFormee, lit_cle

DEBUT, FIN = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
COLONNES = (
    licences.c.id, licences.c.client, licences.c.entreprise, licences.c.email, licences.c.notes, licences.c.fonctions,
    licences.c.cree_le, licences.c.expire_le, licences.c.utilisations, licences.c.utilisations_max,
    licences.c.machines_max, licences.c.active, licences.c.archivee_le, contacts.c.derniere_le,
)  # fmt: skip
_LUE = select(*COLONNES).select_from(licences.outerjoin(contacts, contacts.c.licence_id == licences.c.id))


def licence_de(ligne: Any) -> Licence:
    """The licence of a row with the names of `COLONNES`; the last use may be missing."""
    return Licence(
        id=ligne.id,
        fiche=Fiche(
            client=ligne.client,
            entreprise=ligne.entreprise,
            email=ligne.email,
            fonctions=frozenset(Fonction(f) for f in ligne.fonctions),
            utilisations_max=ligne.utilisations_max,
            machines_max=ligne.machines_max,
            notes=ligne.notes,
        ),
        cree_le=ligne.cree_le,
        expire_le=ligne.expire_le,
        utilisations=ligne.utilisations,
        active=ligne.active,
        archivee=ligne.archivee_le is not None,
        derniere_utilisation=getattr(ligne, "derniere_le", None),
    )


class DepotLicences:
    """Reads and writes licences and their machines."""

    def __init__(self, connexion: Connection, coffre: Coffre, *, sql_ouvert: bool = False) -> None:
        self._connexion = connexion
        self._coffre = coffre
        self._sql_ouvert = sql_ouvert
        """Whether keys can be found by the SQL function too."""

    def add(self, lignes: Sequence[tuple[Fiche, str, datetime]], maintenant: datetime) -> list[int]:
        """New licences from (what was sold, key, end); their numbers in the same order.

        A key that exists already raises `sqlalchemy.exc.IntegrityError`.
        """
        valeurs = [
            _colonnes(fiche) | self._colonnes_cle(cle) | {"cree_le": maintenant, "expire_le": expire_le}
            for fiche, cle, expire_le in lignes
        ]
        requete = insert(licences).returning(licences.c.id, sort_by_parameter_order=True)
        return list(self._connexion.scalars(requete, valeurs))

    def read(self, numero: int, *, bloque: bool = False) -> Licence | None:
        """One licence; `bloque` keeps the others from changing it until the end of the transaction."""
        requete = _LUE.where(licences.c.id == numero)
        ligne = self._connexion.execute(
            requete.with_for_update(of=licences, key_share=True) if bloque else requete
        ).one_or_none()
        return None if ligne is None else licence_de(ligne)

    def find(self, cle: str) -> Licence | None:
        """The licence of this key."""
        ligne = self._connexion.execute(_LUE.where(licences.c.empreinte == self._coffre.empreinte(cle))).one_or_none()
        return None if ligne is None else licence_de(ligne)

    def has_empreintes(self, cles: Sequence[str]) -> set[str]:
        """Which of these keys exist already."""
        par_empreinte = {self._coffre.empreinte(cle): cle for cle in cles}
        trouvees = self._connexion.scalars(
            select(licences.c.empreinte).where(licences.c.empreinte.in_(list(par_empreinte)))
        )
        return {par_empreinte[bytes(empreinte)] for empreinte in trouvees}

    def show_cle(self, numero: int) -> str | None:
        """The key of a licence, in clear."""
        return self.show_cles([numero]).get(numero)

    def show_cles(self, numeros: Sequence[int]) -> dict[int, str]:
        """The keys of these licences, in clear."""
        lignes = self._connexion.execute(
            select(licences.c.id, licences.c.cle_chiffree, licences.c.empreinte).where(licences.c.id.in_(numeros))
        )
        return {ligne.id: self._coffre.montre_cle(ligne.cle_chiffree, ligne.empreinte) for ligne in lignes}

    def change(self, numero: int, **valeurs: Any) -> None:
        """Write these columns."""
        self._connexion.execute(update(licences).where(licences.c.id == numero).values(**valeurs))

    def change_fiche(self, numero: int, fiche: Fiche) -> None:
        """Write down something else."""
        self.change(numero, **_colonnes(fiche))

    def change_cle(self, numero: int, cle: str) -> None:
        """Give another key: the former one is unknown from now on."""
        self.change(numero, **self._colonnes_cle(cle))

    def list_page(
        self,
        critere: Critere,
        apres: Curseur | None,
        taille: int,
        bornes: tuple[datetime, datetime],
        *,
        recule: bool = False,
    ) -> Page[Licence]:
        """A page; `bornes` are now and until when an expiry is near. Raises `ValueError` for a foreign cursor.

        With `recule` it is the page that ends before the cursor, in the same order.
        """
        requete = _LUE.where(*self._conditions(critere, bornes))
        colonne = _COLONNES_DE_TRI[critere.tri]
        descend = (critere.tri is Tri.RECENTES) is not recule
        ordre = (colonne.desc(), licences.c.id.desc()) if descend else (colonne, licences.c.id)
        if apres is not None:
            limite = (apres.valeur if critere.tri is Tri.ENTREPRISE else datetime.fromisoformat(apres.valeur), apres.id)
            place = tuple_(colonne, licences.c.id)
            requete = requete.where(place < limite if descend else place > limite)
        lignes = self._connexion.execute(
            requete.add_columns(colonne.label("rang")).order_by(*ordre).limit(taille + 1)
        ).all()
        lues = lignes[:taille][::-1] if recule else lignes[:taille]
        de_reste = len(lignes) > taille
        return Page(
            tuple(licence_de(ligne) for ligne in lues),
            suite=_curseur(lues[-1]) if lues and (recule or de_reste) else None,
            retour=_curseur(lues[0]) if lues and (de_reste if recule else apres is not None) else None,
        )

    def count(self, critere: Critere, bornes: tuple[datetime, datetime], plafond: int | None = None) -> int:
        """How many there are; counting stops at `plafond`."""
        requete = select(licences.c.id).where(*self._conditions(critere, bornes)).limit(plafond)
        return self._connexion.scalar(select(func.count()).select_from(requete.subquery())) or 0

    def list_numeros(self, critere: Critere, bornes: tuple[datetime, datetime], plafond: int) -> list[int]:
        """Their numbers, no more than `plafond`."""
        requete = select(licences.c.id).where(*self._conditions(critere, bornes)).order_by(licences.c.id)
        return list(self._connexion.scalars(requete.limit(plafond)))

    def read_several(self, numeros: Sequence[int]) -> list[Licence]:
        """These licences, by number."""
        lignes = self._connexion.execute(_LUE.where(licences.c.id.in_(numeros)).order_by(licences.c.id))
        return [licence_de(ligne) for ligne in lignes]

    def count_etats(self, bornes: tuple[datetime, datetime]) -> dict[Etat, int]:
        """How many licences in each state."""
        maintenant, bientot = bornes
        expirees, proches, actives = self.count_echeances([DEBUT, maintenant, bientot, FIN])
        # One statement each: that is how each is counted in its own index.
        a_part = {
            etat: self._connexion.scalar(select(func.count()).select_from(licences).where(condition)) or 0
            for etat, condition in (
                (Etat.ARCHIVEE, licences.c.archivee_le.is_not(None)),
                (Etat.INACTIVE, licences.c.archivee_le.is_(None) & ~licences.c.active),
            )
        }
        return {**a_part, Etat.EXPIREE: expirees, Etat.EXPIRE_BIENTOT: proches, Etat.ACTIVE: actives}

    def count_echeances(self, limites: Sequence[datetime]) -> list[int]:
        """How many licences in use expire from each limit on and before the next one."""
        lignes = self._connexion.execute(_ECHEANCES, {"de": list(limites[:-1]), "a": list(limites[1:])})
        return [nombre for _, nombre in lignes]

    def list_machines(self, numero: int) -> list[Machine]:
        """The machines that use a licence, the last seen first."""
        lignes = self._connexion.execute(
            select(machines.c.machine, machines.c.premiere_le, machines.c.derniere_le, machines.c.version)
            .where(machines.c.licence_id == numero)
            .order_by(machines.c.derniere_le.desc(), machines.c.machine)
        )
        return [Machine(*ligne) for ligne in lignes]

    def _conditions(self, critere: Critere, bornes: tuple[datetime, datetime]) -> list[ColumnElement[bool]]:
        texte = critere.texte.strip()
        try:
            # A whole key finds its licence wherever it stands.
            return [licences.c.empreinte == self._coffre.empreinte(lit_cle(texte))]
        except CleMalFormee:
            mots = texte_recherche(texte.replace("\0", " ")).split()
        try:
            texte.encode()
        except UnicodeEncodeError:
            return [false()]
        conditions = [filtre_sql(critere.filtre, bornes)]
        conditions += [licences.c.recherche.contains(mot, autoescape=True) for mot in mots]
        if critere.mois:
            de, a = bornes_du_mois(critere.mois)
            conditions.append(and_(licences.c.expire_le >= de, licences.c.expire_le < a))
        return conditions

    def _colonnes_cle(self, cle: str) -> dict[str, Any]:
        return {
            "empreinte": self._coffre.empreinte(cle),
            "empreinte_sql": self._coffre.empreinte_sql(cle) if self._sql_ouvert else None,
            "cle_chiffree": self._coffre.chiffre_cle(cle),
        }


_ECHEANCES = text("""
    SELECT b.rang, (
        SELECT count(*) FROM licence_manager.licences l
        WHERE l.archivee_le IS NULL AND l.active AND l.expire_le >= b.de AND l.expire_le < b.a
    )
    FROM unnest(CAST(:de AS timestamptz[]), CAST(:a AS timestamptz[])) WITH ORDINALITY AS b (de, a, rang)
    ORDER BY b.rang
""")


def _curseur(ligne: Any) -> Curseur:
    return Curseur(ligne.rang if isinstance(ligne.rang, str) else ligne.rang.isoformat(), ligne.id)


_COLONNES_DE_TRI: dict[Tri, ColumnElement[Any]] = {
    Tri.RECENTES: licences.c.cree_le,
    Tri.ECHEANCE: licences.c.expire_le,
    Tri.ENTREPRISE: licences.c.tri_entreprise,
}


def _colonnes(fiche: Fiche) -> dict[str, Any]:
    return {
        "client": fiche.client,
        "entreprise": fiche.entreprise,
        "email": fiche.email,
        "notes": fiche.notes,
        "recherche": texte_recherche(fiche.client, fiche.entreprise, fiche.email, fiche.notes),
        "tri_entreprise": texte_recherche(fiche.entreprise or fiche.client),
        "fonctions": sorted(fiche.fonctions),
        "utilisations_max": fiche.utilisations_max,
        "machines_max": fiche.machines_max,
    }
