"""What both sides say differently: the fields of projects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from connecteur.domain.fusion import Ecart
from connecteur.domain.heure import normalise_code
from connecteur.sync.ports import ConflitChantier
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.textes import propre, propre_ou_rien

REMPLACE = """
WITH voulus AS MATERIALIZED (
    SELECT * FROM unnest(%(cles)s::text[], %(codes)s::text[], %(champs)s::text[], %(natures)s::text[],
                         %(bases)s::text[], %(notres)s::text[], %(leurs)s::text[])
                  AS v (cle, code, champ, nature, base, notre, leur)
), connus AS (
    UPDATE sages.conflits_chantiers c
       SET code = v.code, nature = v.nature, base = v.base, notre = v.notre, leur = v.leur, vu_le = now(),
           run = %(run)s
      FROM voulus v
     WHERE c.dossier = %(dossier)s AND c.resolu_le IS NULL AND c.cle = v.cle AND c.champ = v.champ
), resolus AS (
    UPDATE sages.conflits_chantiers c SET resolu_le = now(), run = %(run)s
     WHERE c.dossier = %(dossier)s AND c.resolu_le IS NULL
       AND NOT EXISTS (SELECT FROM voulus v WHERE v.cle = c.cle AND v.champ = c.champ)
)
INSERT INTO sages.conflits_chantiers (dossier, cle, code, champ, nature, base, notre, leur, run)
SELECT %(dossier)s, v.cle, v.code, v.champ, v.nature, v.base, v.notre, v.leur, %(run)s
  FROM voulus v
 WHERE NOT EXISTS (SELECT FROM sages.conflits_chantiers c WHERE c.dossier = %(dossier)s AND c.resolu_le IS NULL
                      AND c.cle = v.cle AND c.champ = v.champ)
"""

OUVERTS = """
SELECT code, nature, champ, base, notre, leur, ouvert_le FROM sages.conflits_chantiers
 WHERE dossier = %s AND resolu_le IS NULL ORDER BY cle, nature, champ
"""


class Nature(StrEnum):
    """Both sides moved, or only theirs."""

    CONFLIT = "conflit"
    DIVERGENCE = "divergence"


@dataclass(frozen=True, slots=True)
class EcartOuvert:
    """One field on which a site and its project stand apart, and since when."""

    code: str
    nature: Nature
    ecart: Ecart
    ouvert_le: datetime


class DepotConflits:
    """The conflicts of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def replace_conflits_chantiers(
        self, conflits: Sequence[ConflitChantier], divergences: Sequence[ConflitChantier], run: str
    ) -> None:
        """These are the conflicts and divergences of chantiers now; what is no longer among them is settled."""
        ouverts = ecarts_ouverts(conflits, divergences)
        ecarts = [ecart for _, _, ecart in ouverts]
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "cles": [propre(normalise_code(code)) for code, _, _ in ouverts],
            "codes": [propre(code) for code, _, _ in ouverts],
            "natures": [nature.value for _, nature, _ in ouverts],
            "champs": [ecart.champ for ecart in ecarts],
            "bases": [propre_ou_rien(ecart.base) for ecart in ecarts],
            "notres": [propre_ou_rien(ecart.notre) for ecart in ecarts],
            "leurs": [propre_ou_rien(ecart.leur) for ecart in ecarts],
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(REMPLACE, parametres)

    def list_conflits_chantiers(self) -> list[EcartOuvert]:
        """The open ones, by code, conflicts before divergences."""
        with self._connexions.transaction() as connexion:
            lignes = cast(
                "list[tuple[str, str, str, str | None, str | None, str | None, datetime]]",
                connexion.execute(OUVERTS, (self._dossier,)).fetchall(),
            )
        return [
            EcartOuvert(code, Nature(nature), Ecart(champ, base, notre, leur), ouvert_le)
            for code, nature, champ, base, notre, leur, ouvert_le in lignes
        ]


def ecarts_ouverts(
    conflits: Iterable[ConflitChantier], divergences: Iterable[ConflitChantier]
) -> list[tuple[str, Nature, Ecart]]:
    """One entry per site and field; a conflict outweighs a divergence."""
    uniques: dict[tuple[str, str], tuple[str, Nature, Ecart]] = {}
    for nature, groupes in ((Nature.DIVERGENCE, divergences), (Nature.CONFLIT, conflits)):
        for groupe in groupes:
            for ecart in groupe.ecarts:
                uniques[normalise_code(groupe.code), ecart.champ] = (groupe.code, nature, ecart)
    return list(uniques.values())
