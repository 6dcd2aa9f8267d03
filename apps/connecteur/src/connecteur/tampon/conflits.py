"""What both sides say differently: the fields of projects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from connecteur.domain.chantier import Genre
from connecteur.domain.conflit import Cote
from connecteur.domain.fusion import Ecart
from connecteur.domain.heure import normalise_code
from connecteur.domain.lien import ConflitChantier
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.textes import propre, propre_ou_rien

VOULUS = """
WITH voulus AS MATERIALIZED (
    SELECT * FROM unnest(%(cles)s::text[], %(codes)s::text[], %(libelles)s::text[], %(champs)s::text[],
                         %(natures)s::text[], %(bases)s::text[], %(notres)s::text[], %(leurs)s::text[],
                         %(dates_batigest)s::timestamptz[], %(dates_batisimply)s::timestamptz[], %(gagnants)s::text[],
                         %(raisons)s::text[])
                  AS v (cle, code, libelle, champ, nature, base, notre, leur, date_batigest, date_batisimply, gagnant,
                        raison)
)
"""
DU_GENRE = "c.dossier = %(dossier)s AND c.genre = %(genre)s"
MEMES = "c.cle = v.cle AND c.champ = v.champ AND (c.notre, c.leur) IS NOT DISTINCT FROM (v.notre, v.leur)"

# Settled: the open row gets its winner. A decision that was waiting, on an open or on a settled row, is carried out.
REGLE = f"""
{VOULUS}
UPDATE sages.conflits_chantiers c
   SET resolu_le = coalesce(c.resolu_le, now()), run = %(run)s,
       gagnant = CASE WHEN c.resolu_le IS NULL THEN v.gagnant ELSE c.gagnant END,
       raison = CASE WHEN c.resolu_le IS NULL THEN v.raison ELSE c.raison END,
       date_batigest = v.date_batigest, date_batisimply = v.date_batisimply,
       decision_suite = CASE WHEN c.decision IS NULL THEN NULL ELSE 'appliquée' END
  FROM voulus v
 WHERE {DU_GENRE} AND {MEMES}
   AND (c.resolu_le IS NULL OR (c.decision IS NOT NULL AND c.decision_suite IS NULL))
"""  # noqa: S608  our own names
# One entry per settlement: the same one told twice (a push that was cut short) is one.
INSCRIT_REGLES = f"""
{VOULUS}
INSERT INTO sages.conflits_chantiers
       (dossier, genre, cle, code, libelle, champ, nature, base, notre, leur, date_batigest, date_batisimply, gagnant,
        raison, resolu_le, run)
SELECT %(dossier)s, %(genre)s, v.cle, v.code, v.libelle, v.champ, v.nature, v.base, v.notre, v.leur, v.date_batigest,
       v.date_batisimply, v.gagnant, v.raison, now(), %(run)s
  FROM voulus v
 WHERE NOT EXISTS (
       SELECT FROM sages.conflits_chantiers c
        WHERE {DU_GENRE} AND {MEMES} AND (c.resolu_le IS NULL OR c.gagnant = v.gagnant)
          AND NOT EXISTS (SELECT FROM sages.conflits_chantiers d
                           WHERE d.dossier = c.dossier AND d.genre = c.genre AND d.cle = c.cle AND d.champ = c.champ
                             AND d.id > c.id))
"""  # noqa: S608  our own names
REVUS = f"""
{VOULUS}
UPDATE sages.conflits_chantiers c
   SET vu_le = now(), run = %(run)s, libelle = v.libelle, raison = v.raison, date_batigest = v.date_batigest,
       date_batisimply = v.date_batisimply
  FROM voulus v
 WHERE {DU_GENRE} AND c.resolu_le IS NULL AND {MEMES} AND c.nature = v.nature
"""  # noqa: S608  our own names
FERME = f"""
{VOULUS}
UPDATE sages.conflits_chantiers c
   SET resolu_le = now(), run = %(run)s,
       decision_suite = CASE WHEN c.decision IS NULL THEN NULL ELSE coalesce(c.decision_suite, 'dépassée') END
 WHERE {DU_GENRE} AND c.resolu_le IS NULL
   AND NOT EXISTS (SELECT FROM voulus v WHERE {MEMES} AND c.nature = v.nature)
"""  # noqa: S608  our own names
# A difference whose values moved stays open since it opened.
OUVRE = f"""
{VOULUS}
INSERT INTO sages.conflits_chantiers
       (dossier, genre, cle, code, libelle, champ, nature, base, notre, leur, date_batigest, date_batisimply, raison,
        ouvert_le, run)
SELECT %(dossier)s, %(genre)s, v.cle, v.code, v.libelle, v.champ, v.nature, v.base, v.notre, v.leur, v.date_batigest,
       v.date_batisimply, v.raison,
       coalesce((SELECT min(c.ouvert_le) FROM sages.conflits_chantiers c
                  WHERE {DU_GENRE} AND c.cle = v.cle AND c.champ = v.champ AND c.nature = v.nature
                    AND c.resolu_le = now() AND c.gagnant IS NULL), now()),
       %(run)s
  FROM voulus v
 WHERE NOT EXISTS (SELECT FROM sages.conflits_chantiers c
                    WHERE {DU_GENRE} AND c.resolu_le IS NULL AND c.cle = v.cle AND c.champ = v.champ)
"""  # noqa: S608  our own names
DEPASSE = f"""
UPDATE sages.conflits_chantiers c SET decision_suite = 'dépassée'
  FROM unnest(%(cles)s::text[], %(champs)s::text[]) AS v (cle, champ)
 WHERE {DU_GENRE} AND c.cle = v.cle AND c.champ = v.champ AND c.decision IS NOT NULL AND c.decision_suite IS NULL
"""  # noqa: S608  our own names

SUIVIES = """
UPDATE sages.conflits_chantiers c SET decision_suite = 'dépassée'
 WHERE c.dossier = %(dossier)s AND c.genre = %(genre)s AND c.decision IS NOT NULL AND c.decision_suite IS NULL
   AND EXISTS (SELECT FROM sages.conflits_chantiers d
                WHERE d.dossier = c.dossier AND d.genre = c.genre AND d.cle = c.cle AND d.champ = c.champ
                  AND d.id > c.id)
"""

OUVERTS = """
SELECT id, genre, code, libelle, nature, champ, base, notre, leur, date_batigest, date_batisimply, gagnant, raison,
       decision, decide_par, decision_suite, ouvert_le, resolu_le, run
  FROM sages.conflits_chantiers
 WHERE dossier = %s AND (resolu_le IS NULL OR %s)
 ORDER BY (resolu_le IS NOT NULL), CASE WHEN resolu_le IS NULL THEN cle END,
          CASE WHEN resolu_le IS NULL THEN nature END, CASE WHEN resolu_le IS NULL THEN champ END, id DESC LIMIT %s
"""


class Nature(StrEnum):
    """Both sides moved, or only theirs."""

    CONFLIT = "conflit"
    DIVERGENCE = "divergence"


@dataclass(frozen=True, slots=True)
class ConflitChantierOuvert:
    """One field on which a site and its project stand, or stood, apart."""

    id: int
    genre: Genre
    code: str
    libelle: str
    nature: Nature
    ecart: Ecart
    ouvert_le: datetime
    resolu_le: datetime | None
    run: str
    """The run that saw it last, or settled it."""
    decision: Cote | None = None
    decide_par: str | None = None
    decision_suite: str | None = None
    """« appliquée », « dépassée »; None: the next push will see."""

    @property
    def champ(self) -> str:
        """Which field."""
        return self.ecart.champ

    @property
    def base(self) -> str | None:
        """What both sides last agreed on."""
        return self.ecart.base

    @property
    def notre(self) -> str | None:
        """What Batigest says."""
        return self.ecart.notre

    @property
    def leur(self) -> str | None:
        """What BatiSimply says."""
        return self.ecart.leur

    @property
    def date_batigest(self) -> datetime | None:
        """When Batigest changed, as far as it is known."""
        return self.ecart.date_batigest

    @property
    def date_batisimply(self) -> datetime | None:
        """When BatiSimply changed, as far as it is known."""
        return self.ecart.date_batisimply

    @property
    def gagnant(self) -> Cote | None:
        """Who won; None: nobody yet."""
        return self.ecart.gagnant

    @property
    def raison(self) -> str:
        """Why, or why not."""
        return self.ecart.raison

    @property
    def resolu(self) -> bool:
        """Whether it is over."""
        return self.resolu_le is not None


@dataclass(frozen=True, slots=True)
class EcartNature:
    """One field of one site."""

    code: str
    libelle: str
    nature: Nature
    ecart: Ecart


class DepotConflits:
    """The conflicts of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def annonce_reglements(self, regles: Sequence[ConflitChantier], run: str, genre: Genre = Genre.CHANTIER) -> None:
        """See `TamponChantiers`."""
        if not regles:
            return
        with self._connexions.transaction() as connexion:
            connexion.execute(INSCRIT_REGLES, self._parametres(ecarts_regles(regles), run, genre))

    def replace_conflits_chantiers(
        self,
        conflits: Sequence[ConflitChantier],
        divergences: Sequence[ConflitChantier],
        run: str,
        *,
        regles: Sequence[ConflitChantier] = (),
        depassees: Sequence[tuple[str, str]] = (),
        genre: Genre = Genre.CHANTIER,
    ) -> None:
        """See `TamponChantiers`."""
        parametres = self._parametres(ecarts_ouverts(conflits, divergences), run, genre)
        with self._connexions.transaction() as connexion:
            if regles:
                soldes = self._parametres(ecarts_regles(regles), run, genre)
                connexion.execute(REGLE, soldes)
                connexion.execute(INSCRIT_REGLES, soldes)
            if depassees:
                connexion.execute(
                    DEPASSE,
                    {
                        **parametres,
                        "cles": [propre(normalise_code(code)) for code, _ in depassees],
                        "champs": [champ for _, champ in depassees],
                    },
                )
            if parametres["cles"]:
                connexion.execute(REVUS, parametres)
            connexion.execute(FERME, parametres)
            if parametres["cles"]:
                connexion.execute(OUVRE, parametres)
            connexion.execute(SUIVIES, parametres)

    def _parametres(self, ouverts: Sequence[EcartNature], run: str, genre: Genre) -> dict[str, object]:
        ecarts = [ouvert.ecart for ouvert in ouverts]
        return {
            "dossier": self._dossier,
            "genre": genre.value,
            "run": run,
            "cles": [propre(normalise_code(ouvert.code)) for ouvert in ouverts],
            "codes": [propre(ouvert.code) for ouvert in ouverts],
            "libelles": [propre(ouvert.libelle) for ouvert in ouverts],
            "natures": [ouvert.nature.value for ouvert in ouverts],
            "champs": [ecart.champ for ecart in ecarts],
            "bases": [propre_ou_rien(ecart.base) for ecart in ecarts],
            "notres": [propre_ou_rien(ecart.notre) for ecart in ecarts],
            "leurs": [propre_ou_rien(ecart.leur) for ecart in ecarts],
            "dates_batigest": [ecart.date_batigest for ecart in ecarts],
            "dates_batisimply": [ecart.date_batisimply for ecart in ecarts],
            "gagnants": [ecart.gagnant and ecart.gagnant.value for ecart in ecarts],
            "raisons": [propre(ecart.raison) for ecart in ecarts],
        }

    def list_conflits_chantiers(self, *, resolus: bool = False, limite: int = 1000) -> list[ConflitChantierOuvert]:
        """The open ones, by code, conflicts before divergences; then (when asked) those that are over, latest first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(OUVERTS, (self._dossier, resolus, limite)).fetchall()
        return [_conflit(cast("LigneConflit", ligne)) for ligne in lignes]


LigneConflit = tuple[
    int, str, str, str, str, str, str | None, str | None, str | None, datetime | None, datetime | None, str | None, str,
    str | None, str | None, str | None, datetime, datetime | None, str,
]  # fmt: skip


def _conflit(ligne: LigneConflit) -> ConflitChantierOuvert:
    ident, genre, code, libelle, nature, champ, base, notre, leur, ici, la, gagnant, raison, *suite = ligne
    decision, decide_par, decision_suite, ouvert_le, resolu_le, run = suite
    return ConflitChantierOuvert(
        ident,
        Genre(genre),
        code,
        libelle,
        Nature(nature),
        Ecart(champ, base, notre, leur, ici, la, None if gagnant is None else Cote(gagnant), raison),
        cast("datetime", ouvert_le),
        cast("datetime | None", resolu_le),
        cast("str", run),
        None if decision is None else Cote(cast("str", decision)),
        cast("str | None", decide_par),
        cast("str | None", decision_suite),
    )


def ecarts_ouverts(conflits: Iterable[ConflitChantier], divergences: Iterable[ConflitChantier]) -> list[EcartNature]:
    """One entry per site and field; a conflict outweighs a divergence."""
    uniques: dict[tuple[str, str], EcartNature] = {}
    for nature, groupes in ((Nature.DIVERGENCE, divergences), (Nature.CONFLIT, conflits)):
        for un in _uniques(nature, groupes):
            uniques[normalise_code(un.code), un.ecart.champ] = un
    return list(uniques.values())


def ecarts_regles(regles: Iterable[ConflitChantier]) -> list[EcartNature]:
    """One entry per site and field that was settled."""
    return _uniques(Nature.CONFLIT, regles)


def _uniques(nature: Nature, groupes: Iterable[ConflitChantier]) -> list[EcartNature]:
    uniques = {
        (normalise_code(groupe.code), ecart.champ): EcartNature(groupe.code, groupe.libelle, nature, ecart)
        for groupe in groupes
        for ecart in groupe.ecarts
    }
    return list(uniques.values())
