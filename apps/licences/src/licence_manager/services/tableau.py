"""The figures of the dashboard: how many licences in which state, what expires when, validations, the field."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from licence_manager.domain.duree import FUSEAU
from licence_manager.domain.licence import Etat, Licence
from licence_manager.domain.recherche import Critere, Filtre, Tri
from licence_manager.domain.suivi import AUCUNE_LICENCE
from licence_manager.repository.cles import CleSignature, DepotCles
from licence_manager.repository.filtres import SILENCE
from licence_manager.repository.problemes import (
    LicencePleine,
    LicenceRefusee,
    list_pleines,
    list_refusees,
    list_silencieuses,
)
from licence_manager.repository.rappels import RappelEnEchec, list_echecs
from licence_manager.services.cles import suivante_a_livrer
from licence_manager.services.contexte import Contexte
from sages_commun.licence.verdict import Verdict

MOIS_MONTRES = 12
JOURS_MONTRES = 30
PROBLEMES_MONTRES = 20
PROBLEMES_PAR_GENRE = 5
PLAFOND = 1000
"""Beyond, « many » is enough."""


@dataclass(frozen=True, slots=True)
class PointValidations:
    """How many validations of one verdict on one day."""

    jour: str
    """`2026-12-31`, in Paris."""
    verdict: Verdict
    nombre: int


@dataclass(frozen=True, slots=True)
class VersionTerrain:
    """How many machines run this version, and when one of them was last heard."""

    version: str | None
    machines: int
    dernier_contact: datetime


@dataclass(frozen=True, slots=True)
class Tableau:
    """All of it, at one moment."""

    etats: dict[Etat, int]
    echeances: dict[str, int]
    """Month (`2026-12`, in Paris) > licences in use that expire in it; the coming twelve months, empty ones too."""
    validations: tuple[PointValidations, ...]
    versions: tuple[VersionTerrain, ...]
    bientot: tuple[Licence, ...]
    """The next to expire."""
    silencieuses: int
    """Licences in force, used before, and silent for three days; counted up to `PLAFOND`."""
    muettes: tuple[Licence, ...] = ()
    """Some of them, the last to fall silent first."""
    refusees: tuple[LicenceRefusee, ...] = ()
    """Those that connectors still ask for and are refused; the most asked for."""
    nombre_refusees: int = 0
    pleines: tuple[LicencePleine, ...] = ()
    rappels_en_echec: tuple[RappelEnEchec, ...] = ()
    cle_a_livrer: CleSignature | None = None
    """The next signing key, when no delivered connector is known to carry it."""
    inconnues: int = 0
    """Questions about keys that no licence has, over the last day."""


class TableauDeBord:
    """Reads the figures."""

    def __init__(self, contexte: Contexte) -> None:
        self._contexte = contexte

    def read_tableau(self) -> Tableau:
        """The figures of now. Raises `BaseIndisponible`."""
        bornes = self._contexte.bornes()
        maintenant = bornes[0]
        with self._contexte.transaction() as (connexion, depot):
            etats = depot.count_etats(bornes)
            bientot = depot.list_page(
                Critere(Filtre.EXPIRENT_BIENTOT, tri=Tri.ECHEANCE), None, PROBLEMES_MONTRES, bornes
            ).lignes
            mois = _mois_a_venir(maintenant)
            limites = [maintenant, *(_debut_du_mois(suivant) for suivant in mois[1:])]
            echeances = dict(zip(mois, depot.count_echeances(limites), strict=False))
            points = connexion.execute(
                _VALIDATIONS, {"licence": AUCUNE_LICENCE, "de": maintenant - timedelta(days=JOURS_MONTRES)}
            )
            versions = connexion.execute(_VERSIONS, {"de": maintenant - timedelta(days=JOURS_MONTRES)})
            silencieuses = connexion.scalar(
                _SILENCIEUSES, {"maintenant": maintenant, "avant": maintenant - SILENCE, "plafond": PLAFOND}
            )
            refusees = list_refusees(connexion, maintenant, PLAFOND)
            inconnues = connexion.scalar(_INCONNUES, {"de": maintenant - timedelta(days=1)})
            return Tableau(
                etats=etats,
                echeances=echeances,
                validations=tuple(PointValidations(jour, Verdict(verdict), int(n)) for jour, verdict, n in points),
                versions=tuple(VersionTerrain(*ligne) for ligne in versions),
                bientot=bientot,
                silencieuses=silencieuses or 0,
                muettes=tuple(list_silencieuses(connexion, maintenant, PROBLEMES_PAR_GENRE)) if silencieuses else (),
                refusees=tuple(refusees[:PROBLEMES_PAR_GENRE]),
                nombre_refusees=len({une.licence.id for une in refusees}),
                pleines=tuple(list_pleines(connexion, maintenant, PLAFOND)[: PROBLEMES_PAR_GENRE + 1]),
                rappels_en_echec=tuple(list_echecs(connexion, PROBLEMES_PAR_GENRE + 1)),
                cle_a_livrer=suivante_a_livrer(DepotCles(connexion, self._contexte.coffre).list()),
                inconnues=int(inconnues or 0),
            )

    def read_validations(self, numero: int) -> tuple[PointValidations, ...]:
        """The validations of one licence over the last thirty days."""
        with self._contexte.transaction() as (connexion, _):
            depuis = self._contexte.maintenant() - timedelta(days=JOURS_MONTRES)
            points = connexion.execute(_VALIDATIONS, {"licence": numero, "de": depuis})
            return tuple(PointValidations(jour, Verdict(verdict), int(n)) for jour, verdict, n in points)


_VALIDATIONS = text("""
    SELECT to_char(debut AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD') AS jour, verdict, sum(nombre)
    FROM licence_manager.validations
    WHERE licence_id = :licence AND debut >= :de
    GROUP BY jour, verdict ORDER BY jour, verdict
""")
_VERSIONS = text("""
    SELECT version, count(*), max(derniere_le)
    FROM licence_manager.machines WHERE derniere_le >= :de
    GROUP BY version ORDER BY count(*) DESC, version LIMIT 50
""")
_INCONNUES = text("""
    SELECT sum(nombre) FROM licence_manager.validations
    WHERE licence_id = 0 AND verdict IN ('unknown', 'malformed') AND debut >= :de
""")
_SILENCIEUSES = text("""
    SELECT count(*) FROM (
        SELECT FROM licence_manager.contacts c JOIN licence_manager.licences l ON l.id = c.licence_id
        WHERE l.archivee_le IS NULL AND l.active AND l.expire_le >= :maintenant AND c.derniere_le < :avant
        LIMIT :plafond
    ) AS silencieuses
""")


def _mois_a_venir(maintenant: datetime) -> list[str]:
    """The coming twelve months in Paris, this one first, and the one after them."""
    ici = maintenant.astimezone(FUSEAU)
    debut = ici.year * 12 + ici.month - 1
    return [f"{rang // 12:04}-{rang % 12 + 1:02}" for rang in range(debut, debut + MOIS_MONTRES + 1)]


def _debut_du_mois(mois: str) -> datetime:
    return datetime(int(mois[:4]), int(mois[5:]), 1, tzinfo=FUSEAU).astimezone(UTC)
