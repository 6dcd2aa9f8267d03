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

# A key with any history is one this tampon has dealt with: a line it has let go is not taken back.
POSSEDE = """
INSERT INTO sages.lignes
       (dossier, debut, code_chantier, code_salarie, heures, trajet, panier, creneaux, origine, run)
SELECT %(dossier)s, %(debut)s, %(chantier)s, %(salarie)s, %(heures)s, %(trajet)s, %(panier)s, %(creneaux)s,
       'adoptée', %(run)s
 WHERE NOT EXISTS (SELECT FROM sages.ecritures e
                    WHERE e.dossier = %(dossier)s AND e.debut = %(debut)s AND e.code_chantier = %(chantier)s
                      AND e.code_salarie = %(salarie)s)
ON CONFLICT DO NOTHING
"""
CONSIGNE = """
INSERT INTO sages.ecritures
       (dossier, debut, code_chantier, code_salarie, geste, avant, apres, creneaux, etat, run, regle_run, regle_le)
VALUES (%(dossier)s, %(debut)s, %(chantier)s, %(salarie)s, 'adopter', %(quantites)s, %(quantites)s, %(creneaux)s,
        'faite', %(run)s, %(run)s, now())
"""

DISPARU = """
INSERT INTO sages.creneaux
       (dossier, id, debut, fin, utilisateur, nom_utilisateur, projet_id, code_projet, statut, minutes, trajet, panier,
        debut_local, code_chantier, code_salarie, present, disparu_le, run)
VALUES (%(dossier)s, %(id)s, %(debut)s, %(fin)s, %(utilisateur)s, '', %(projet_id)s, %(code_projet)s, %(statut)s,
        %(minutes)s, %(trajet)s, %(panier)s, %(debut_local)s, %(chantier)s, %(salarie)s, false, now(), %(run)s)
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
            possedees = sum(self._possede(connexion, ligne) for ligne in lignes)
            gardes = sum(self._garde(connexion, creneau, cle) for creneau, cle in disparus)
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

    def _possede(self, connexion: Connexion, ligne: LigneSuivi) -> int:
        q = ligne.quantites
        parametres = {
            "dossier": self._dossier,
            "run": RUN,
            "debut": ligne.cle.debut,
            "chantier": propre(ligne.cle.code_chantier),
            "salarie": propre(ligne.cle.code_salarie),
            "heures": q.heures,
            "trajet": q.trajet,
            "panier": q.panier,
            "quantites": [q.heures, q.trajet, q.panier],
            "creneaux": [propre(ident) for ident in ligne.creneaux],
        }
        possedee = connexion.execute(POSSEDE, parametres).rowcount
        if possedee:
            connexion.execute(CONSIGNE, parametres)
        return possedee

    def _garde(self, connexion: Connexion, creneau: Creneau, cle: CleSuivi) -> int:
        parametres = {
            **creneau._asdict(),
            "dossier": self._dossier,
            "run": RUN,
            "id": propre(creneau.id),
            "utilisateur": propre_ou_rien(creneau.utilisateur),
            "code_projet": propre_ou_rien(creneau.code_projet),
            "statut": propre(creneau.statut),
            "debut_local": debut_local(creneau.debut, self._fuseau),
            "chantier": propre(cle.code_chantier),
            "salarie": propre(cle.code_salarie),
        }
        return connexion.execute(DISPARU, parametres).rowcount
