"""Which headings of SuiviMO our lines stand in: the settings may name others one day."""

from typing import Any, cast

from connecteur.domain.heure import CleSuivi
from connecteur.domain.periode import Tranche
from connecteur.errors import ConfigurationInvalide
from connecteur.tampon.connexion import Connexions

Noms = tuple[str, str, str]

DERNIERES = """
SELECT heures, trajet, panier FROM sages.rubriques WHERE dossier = %s ORDER BY depuis DESC LIMIT 1 FOR UPDATE
"""
OUVERTE = "SELECT EXISTS (SELECT FROM sages.annonces WHERE dossier = %s)"
NOTE = """
INSERT INTO sages.rubriques (dossier, depuis, heures, trajet, panier)
SELECT %(dossier)s, CASE WHEN EXISTS (SELECT FROM sages.rubriques WHERE dossier = %(dossier)s)
                         THEN now() ELSE '-infinity'::timestamptz END, %(heures)s, %(trajet)s, %(panier)s
"""
PLUSIEURS = "SELECT count(*) > 1 FROM sages.rubriques WHERE dossier = %s"
ANCIENNES = """
SELECT l.debut, l.code_chantier, l.code_salarie, r.heures, r.trajet, r.panier
  FROM sages.lignes l
 CROSS JOIN LATERAL (SELECT * FROM sages.rubriques r WHERE r.dossier = l.dossier AND r.depuis <= l.ecrit_le
                      ORDER BY r.depuis DESC LIMIT 1) r
 WHERE l.dossier = %(dossier)s AND l.debut >= %(debut)s AND l.debut < %(fin)s
   AND (lower(r.heures), lower(r.trajet), lower(r.panier)) <> (%(heures)s, %(trajet)s, %(panier)s)
"""


class DepotRubriques:
    """The headings of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def note_rubriques(self, noms: Noms) -> bool:
        """See `ports.TamponLitiges`."""
        with self._connexions.transaction() as connexion:
            dernieres = connexion.execute(DERNIERES, (self._dossier,)).fetchone()
            if dernieres is None or _compares(cast("Noms", dernieres)) != _compares(noms):
                (ouverte,) = cast("tuple[bool]", connexion.execute(OUVERTE, (self._dossier,)).fetchone())
                if dernieres is not None and ouverte:
                    raise rubriques_en_suspens(cast("Noms", dernieres))
                parametres = {"dossier": self._dossier, **dict(zip(("heures", "trajet", "panier"), noms, strict=True))}
                connexion.execute(NOTE, parametres)
            (plusieurs,) = cast("tuple[bool]", connexion.execute(PLUSIEURS, (self._dossier,)).fetchone())
        return plusieurs

    def list_anciennes(self, tranche: Tranche, noms: Noms) -> dict[CleSuivi, Noms]:
        """See `ports.TamponLitiges`."""
        heures, trajet, panier = _compares(noms)
        parametres = {
            "dossier": self._dossier,
            "debut": tranche.debut,
            "fin": tranche.fin,
            "heures": heures,
            "trajet": trajet,
            "panier": panier,
        }
        with self._connexions.transaction() as connexion:
            lignes = cast(
                "list[tuple[Any, str, str, str, str, str]]", connexion.execute(ANCIENNES, parametres).fetchall()
            )
        return {CleSuivi(chantier, salarie, debut): (h, t, p) for debut, chantier, salarie, h, t, p in lignes}


def rubriques_en_suspens(noms: Noms) -> ConfigurationInvalide:
    """The headings changed while nobody had looked what became of an interrupted write."""
    return ConfigurationInvalide(
        "Les rubriques ont été changées alors qu’une écriture interrompue n’a pas encore été vérifiée dans Batigest.",
        remede=f"Remettez les rubriques {', '.join(noms)}, lancez une synchronisation des heures, puis changez-les.",
    )


def _compares(noms: Noms) -> Noms:
    """SQL Server does not look at case."""
    return noms[0].lower(), noms[1].lower(), noms[2].lower()
