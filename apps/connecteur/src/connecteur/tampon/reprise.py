"""What the import of the previous generation puts into the tampon: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from connecteur.domain.chantier import Genre
from connecteur.domain.heure import CleSuivi, Creneau, LigneSuivi, debut_local, normalise_code
from connecteur.domain.lien import Lien
from connecteur.sync.ports import Evenement
from connecteur.tampon import audit
from connecteur.tampon.connexion import Connexion
from connecteur.tampon.contenu import json_de_base
from connecteur.tampon.creneaux import DepotCreneaux
from connecteur.tampon.textes import propre, propre_ou_rien

RUN = "reprise-ancienne"
"""The « run » of what was imported."""

# Whatever the tampon knows already is newer than the previous generation.
LIE = """
INSERT INTO sages.liens (dossier, genre, cle, code, projet_id, base)
SELECT %(dossier)s, %(genre)s, a.*
  FROM unnest(%(cles)s::text[], %(codes)s::text[], %(projets)s::bigint[], %(bases)s::jsonb[])
       AS a (cle, code, projet_id, base)
 WHERE NOT EXISTS (SELECT FROM sages.liens l
                    WHERE l.dossier = %(dossier)s AND l.genre = %(genre)s AND l.cle = a.cle)
   AND NOT EXISTS (SELECT FROM sages.liens l WHERE l.dossier = %(dossier)s AND l.projet_id = a.projet_id)
"""

PREPARE = """
CREATE TEMP TABLE reprise_lignes (
    debut timestamp, code_chantier text COLLATE "C", code_salarie text COLLATE "C", heures numeric, trajet numeric,
    panier numeric, creneaux text[]
) ON COMMIT DROP;
CREATE TEMP TABLE reprise_creneaux (
    id text COLLATE "C", debut timestamptz, fin timestamptz, utilisateur text, projet_id bigint, code_projet text,
    statut text, minutes bigint, trajet boolean, panier boolean, debut_local timestamp, code_chantier text,
    code_salarie text
) ON COMMIT DROP;
"""
COPIE_LIGNES = "COPY pg_temp.reprise_lignes FROM STDIN"
COPIE_CRENEAUX = "COPY pg_temp.reprise_creneaux FROM STDIN"

# A key with any history is one this tampon has dealt with: a line it has let go is not taken back.
POSSEDE = """
WITH possedees AS (
    INSERT INTO sages.lignes
           (dossier, debut, code_chantier, code_salarie, heures, trajet, panier, creneaux, origine, run)
    SELECT %(dossier)s, r.*, 'adoptée', %(run)s FROM pg_temp.reprise_lignes r
     WHERE NOT EXISTS (SELECT FROM sages.ecritures e
                        WHERE e.dossier = %(dossier)s AND e.debut = r.debut AND e.code_chantier = r.code_chantier
                          AND e.code_salarie = r.code_salarie)
    ON CONFLICT DO NOTHING
    RETURNING debut, code_chantier, code_salarie, ARRAY[heures, trajet, panier] AS quantites, creneaux
)
INSERT INTO sages.ecritures
       (dossier, debut, code_chantier, code_salarie, geste, avant, apres, creneaux, etat, run, regle_run, regle_le)
SELECT %(dossier)s, debut, code_chantier, code_salarie, 'adopter', quantites, quantites, creneaux, 'faite', %(run)s,
       %(run)s, now()
  FROM possedees
"""

DISPARUS = """
INSERT INTO sages.creneaux
       (dossier, id, debut, fin, utilisateur, nom_utilisateur, projet_id, code_projet, statut, minutes, trajet, panier,
        debut_local, code_chantier, code_salarie, present, disparu_le, run)
SELECT %(dossier)s, id, debut, fin, utilisateur, '', projet_id, code_projet, statut, minutes, trajet, panier,
       debut_local, code_chantier, code_salarie, false, now(), %(run)s
  FROM pg_temp.reprise_creneaux
ON CONFLICT DO NOTHING
"""

A_REGARDER = "UPDATE sages.tranches SET empreinte_suivi = NULL WHERE dossier = %s AND empreinte_suivi IS NOT NULL"


@dataclass(frozen=True, slots=True)
class ComptesImport:
    """How much of it was new to the tampon."""

    liens: int
    lignes: int
    creneaux: int


class DepotReprise(DepotCreneaux):
    """Where the previous generation's knowledge goes."""

    def importe_ancienne(
        self,
        *,
        genre: Genre,
        liens: Sequence[Lien],
        lignes: Sequence[LigneSuivi],
        disparus: Sequence[tuple[Creneau, CleSuivi]],
        evenement: Evenement,
    ) -> ComptesImport:
        """In one transaction: links and agreements, the lines that are ours, the slots behind them that are gone.

        What the tampon knows already stays as it is, so that doing it twice is doing it once.
        """
        with self._connexions.transaction() as connexion:
            lies = self._lie(connexion, genre, liens)
            connexion.execute(PREPARE)
            possedees = self._possede(connexion, lignes)
            gardes = self._garde(connexion, disparus)
            connexion.execute(A_REGARDER, (self._dossier,))
            comptes = ComptesImport(lies, possedees, gardes)
            if lies or possedees or gardes:
                audit.note(connexion, self._dossier, evenement)
        return comptes

    def _lie(self, connexion: Connexion, genre: Genre, liens: Sequence[Lien]) -> int:
        parametres = {
            "dossier": self._dossier,
            "genre": genre.value,
            "cles": [propre(normalise_code(lien.code)) for lien in liens],
            "codes": [propre(lien.code) for lien in liens],
            "projets": [lien.projet_id for lien in liens],
            "bases": [Jsonb(json_de_base(lien.base)) for lien in liens],
        }
        return connexion.execute(LIE, parametres).rowcount

    def _possede(self, connexion: Connexion, lignes: Sequence[LigneSuivi]) -> int:
        with connexion.cursor() as curseur, curseur.copy(COPIE_LIGNES) as copie:
            for cle, quantites, creneaux in lignes:
                codes = (propre(cle.code_chantier), propre(cle.code_salarie))
                copie.write_row((cle.debut, *codes, *quantites[:3], [propre(ident) for ident in creneaux]))
        return connexion.execute(POSSEDE, {"dossier": self._dossier, "run": RUN}).rowcount

    def _garde(self, connexion: Connexion, disparus: Sequence[tuple[Creneau, CleSuivi]]) -> int:
        with connexion.cursor() as curseur, curseur.copy(COPIE_CRENEAUX) as copie:
            for c, cle in disparus:
                copie.write_row(
                    (
                        propre(c.id), c.debut, c.fin, propre_ou_rien(c.utilisateur), c.projet_id,
                        propre_ou_rien(c.code_projet), propre(c.statut), c.minutes, c.trajet, c.panier,
                        debut_local(c.debut, self._fuseau), propre(cle.code_chantier), propre(cle.code_salarie),
                    )
                )  # fmt: skip
        return connexion.execute(DISPARUS, {"dossier": self._dossier, "run": RUN}).rowcount
