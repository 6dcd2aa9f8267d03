"""Who is who: the employees of Batigest as last read, the users the slots tell of, the mappings made by hand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from connecteur.domain.correspondance import (
    REMEDES,
    Correspondance,
    EtatCorrespondance,
    RefusAssociation,
    refus_association,
)
from connecteur.domain.heure import VALIDE, CleSuivi, normalise_code
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.resolution import Livre
from connecteur.domain.salarie import Salarie, Utilisateur
from connecteur.errors import ConfirmationNecessaire, GesteRefuse, Introuvable
from connecteur.sync.ports import Evenement
from connecteur.tampon import audit
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre, propre_ou_rien

if TYPE_CHECKING:
    from decimal import Decimal

LigneLivree = tuple[str, str | None, str, str, str, int | None, str | None, str, str, datetime, str | None]
MOTIFS_SALARIE = (MotifRejet.SALARIE_INCONNU, MotifRejet.SALARIE_AMBIGU, MotifRejet.SALARIE_DISPARU)

STORE = """
WITH lus AS (
    SELECT * FROM unnest(%(cles)s::text[], %(codes)s::text[], %(noms)s::text[], %(prenoms)s::text[],
                         %(utilisateurs)s::text[]) AS v (cle, code, nom, prenom, utilisateur)
), partis AS (
    UPDATE sages.salaries s SET present = false, change_le = now(), run = %(run)s
     WHERE s.dossier = %(dossier)s AND s.present AND NOT EXISTS (SELECT FROM lus WHERE lus.cle = s.cle)
)
INSERT INTO sages.salaries AS s (dossier, cle, code, nom, prenom, utilisateur, run)
SELECT %(dossier)s, cle, code, nom, prenom, utilisateur, %(run)s FROM lus
ON CONFLICT (dossier, cle) DO UPDATE
   SET code = EXCLUDED.code, nom = EXCLUDED.nom, prenom = EXCLUDED.prenom, utilisateur = EXCLUDED.utilisateur,
       present = true, change_le = now(), run = EXCLUDED.run
 WHERE (s.code, s.nom, s.prenom, s.utilisateur, s.present)
       IS DISTINCT FROM (EXCLUDED.code, EXCLUDED.nom, EXCLUDED.prenom, EXCLUDED.utilisateur, true)
"""
SALARIES = """
SELECT code, nom, prenom, utilisateur FROM sages.salaries
 WHERE dossier = %s AND (present OR %s) ORDER BY lower(nom), lower(prenom), cle
"""
# The name is the one of the latest slot. Sorting the slots of each user to find it would cost four times as much.
UTILISATEURS = """
WITH resumes AS MATERIALIZED (
    SELECT utilisateur, count(*) AS creneaux, max(debut) AS dernier,
           count(*) FILTER (WHERE statut = %(valide)s AND motif = ANY (%(motifs)s)) AS en_attente,
           coalesce(sum(minutes) FILTER (WHERE statut = %(valide)s AND motif = ANY (%(motifs)s) AND minutes > 0), 0)
               AS minutes
      FROM sages.creneaux WHERE dossier = %(dossier)s AND present AND utilisateur <> '' GROUP BY utilisateur
)
SELECT r.utilisateur, max(c.nom_utilisateur), r.creneaux, r.dernier, r.en_attente, r.minutes
  FROM resumes r
  JOIN sages.creneaux c ON c.dossier = %(dossier)s AND c.present AND c.utilisateur = r.utilisateur
                       AND c.debut = r.dernier
 GROUP BY r.utilisateur, r.creneaux, r.dernier, r.en_attente, r.minutes ORDER BY 2, 1
"""
# Hardly a slot belongs to somebody, or to a project, that leads nowhere: the lines are only looked through when one
# does. Of several lines that hold a slot, the one of its own salarié and chantier comes last, and counts.
LIVRES = """
WITH orphelins AS MATERIALIZED (
    SELECT id, utilisateur, nom_utilisateur, code_salarie, code_chantier, projet_id, code_projet FROM sages.creneaux
     WHERE dossier = %(dossier)s AND present AND debut_local >= %(depuis)s AND statut = %(valide)s
       AND code_salarie IS NOT NULL
       AND (utilisateur <> '' AND utilisateur <> ALL (%(sauf)s::text[])
            OR projet_id NOT IN (SELECT unnest(%(projets)s::bigint[])) OR projet_id IS NULL)
), tenus AS (
    SELECT l.code_chantier, l.code_salarie, l.debut, l.ancien_code, unnest(l.creneaux) AS id FROM sages.lignes l
     WHERE l.dossier = %(dossier)s AND l.debut >= %(depuis)s
       AND (l.code_salarie IN (SELECT code_salarie FROM orphelins
                               UNION ALL SELECT upper(btrim(code_salarie)) FROM orphelins)
            OR coalesce(l.ancien_code, l.code_chantier)
               IN (SELECT code_chantier FROM orphelins UNION ALL SELECT upper(btrim(code_chantier)) FROM orphelins))
)
SELECT o.*, t.code_chantier, t.code_salarie, t.debut, t.ancien_code FROM orphelins o JOIN tenus t USING (id)
 ORDER BY t.code_salarie = upper(btrim(o.code_salarie)), t.code_chantier = upper(btrim(o.code_chantier))
"""
CORRESPONDANCES = """
SELECT utilisateur, code_salarie, par, le, partage_par, etat FROM sages.correspondances
 WHERE dossier = %s ORDER BY utilisateur
"""
ASSOCIE = """
INSERT INTO sages.correspondances AS c (dossier, utilisateur, code_salarie, par, partage_par, partage_le)
VALUES (%(dossier)s, %(utilisateur)s, %(code)s, %(qui)s, %(partage)s,
        CASE WHEN %(partage)s::text IS NOT NULL THEN now() END)
ON CONFLICT (dossier, utilisateur) DO UPDATE
   SET partage_par = coalesce(c.partage_par, EXCLUDED.partage_par),
       partage_le = coalesce(c.partage_le, EXCLUDED.partage_le)
"""
DISSOCIE = "DELETE FROM sages.correspondances WHERE dossier = %s AND utilisateur = %s RETURNING code_salarie, par, le"
MARQUE = """
WITH maintenant AS MATERIALIZED (
    SELECT c.utilisateur, c.code_salarie, c.etat AS avant, v.etat AS apres
      FROM sages.correspondances c
      JOIN unnest(%(utilisateurs)s::text[], %(etats)s::text[]) AS v (utilisateur, etat) USING (utilisateur)
     WHERE c.dossier = %(dossier)s AND c.etat <> v.etat
), avertis AS (
    INSERT INTO sages.audit (dossier, qui, geste, objet, cle, run, avant, apres)
    SELECT %(dossier)s, 'run ' || %(run)s, 'constater', 'salarie', utilisateur, %(run)s,
           jsonb_build_object('salarie', code_salarie, 'etat', avant),
           jsonb_build_object('salarie', code_salarie, 'etat', apres)
      FROM maintenant
)
UPDATE sages.correspondances c SET etat = m.apres, etat_le = now()
  FROM maintenant m WHERE c.dossier = %(dossier)s AND c.utilisateur = m.utilisateur
"""
# Two people at once must not make, each for himself, what neither would have made alone.
VERROUILLE = "LOCK TABLE sages.correspondances IN SHARE ROW EXCLUSIVE MODE"


class DepotSalaries:
    """Who is who in one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def store_salaries(self, salaries: Sequence[Salarie], run: str) -> None:
        """These are the employees of Batigest now; those who are gone are marked, not deleted."""
        lus = {propre(normalise_code(salarie.code)): salarie for salarie in salaries}
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "cles": list(lus),
            "codes": [propre(salarie.code) for salarie in lus.values()],
            "noms": [propre(salarie.nom) for salarie in lus.values()],
            "prenoms": [propre(salarie.prenom) for salarie in lus.values()],
            "utilisateurs": [propre_ou_rien(salarie.utilisateur) for salarie in lus.values()],
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(STORE, parametres)

    def list_salaries(self, *, partis: bool = False) -> list[Salarie]:
        """The employees as last read, by name; those who are gone from Batigest only when asked for."""
        with self._connexions.transaction() as connexion:
            return self._salaries(connexion, partis=partis)

    def list_utilisateurs(self) -> list[Utilisateur]:
        """Every user of whom a slot is known, by name."""
        with self._connexions.transaction() as connexion:
            return self._utilisateurs(connexion)

    def list_livres(self, depuis: date, sauf: Collection[str], projets: Collection[int]) -> dict[str, Livre]:
        """The validated slots since then that lines of ours hold, by id, but for those that are of
        one of these users and of one of these projects."""
        parametres = {
            "dossier": self._dossier,
            "depuis": depuis,
            "valide": VALIDE,
            "sauf": list(sauf),
            "projets": list(projets),
        }
        with self._connexions.transaction() as connexion:
            lignes = cast("list[LigneLivree]", connexion.execute(LIVRES, parametres).fetchall())
        return {une[0]: Livre(une[1] or "", *une[2:7], CleSuivi(*une[7:10]), une[10]) for une in lignes}

    def list_correspondances(self) -> list[Correspondance]:
        """The mappings made by hand, by user."""
        with self._connexions.transaction() as connexion:
            return self._correspondances(connexion)

    def mark_correspondances(self, etats: Mapping[str, EtatCorrespondance], run: str) -> None:
        """Where the mappings made by hand stand now, by user; every change leaves an event."""
        if not etats:
            return
        parametres = {
            "dossier": self._dossier,
            "run": run,
            "utilisateurs": list(etats),
            "etats": [etat.value for etat in etats.values()],
        }
        with self._connexions.transaction() as connexion:
            connexion.execute(MARQUE, parametres)

    def associe_salarie(self, utilisateur: str, code: str, qui: str, *, partage: bool = False) -> Correspondance:
        """Map a user to a salarié by hand; doing it again changes nothing. `partage`: the person says that the salarié
        may have several users. Raises `GesteRefuse`, or `ConfirmationNecessaire` when `partage` must be said."""
        utilisateur, code = propre(utilisateur.strip().lower()), propre(code.strip())
        with self._connexions.transaction() as connexion:
            connexion.execute(VERROUILLE)
            salaries, avant = self._salaries(connexion, partis=False), self._correspondances(connexion)
            connus = [connu.id for connu in self._utilisateurs(connexion)]
            code = ecrit_par_batigest(code, salaries)
            check_association(utilisateur, code, connus, salaries, avant, partage=partage)
            parametres = {
                "dossier": self._dossier,
                "utilisateur": utilisateur,
                "code": code,
                "qui": propre(qui),
                "partage": propre(qui) if partage else None,
            }
            connexion.execute(ASSOCIE, parametres)
            (apres,) = (lien for lien in self._correspondances(connexion) if lien.utilisateur == utilisateur)
            deja = next((lien for lien in avant if lien.utilisateur == utilisateur), None)
            if apres != deja:
                audit.note(connexion, self._dossier, evenement_association(qui, deja, apres))
            return apres

    def dissocie_salarie(self, utilisateur: str, qui: str) -> None:
        """Undo a mapping made by hand. Raises `Introuvable` when there is none."""
        utilisateur = propre(utilisateur.strip().lower())
        with self._connexions.transaction() as connexion:
            ligne = connexion.execute(DISSOCIE, (self._dossier, utilisateur)).fetchone()
            if ligne is None:
                raise pas_associe(utilisateur)
            code, par, le = cast("tuple[str, str, datetime]", ligne)
            audit.note(
                connexion, self._dossier, evenement_dissociation(qui, Correspondance(utilisateur, code, par, le))
            )

    def _salaries(self, connexion: Connexion, *, partis: bool) -> list[Salarie]:
        lignes = connexion.execute(SALARIES, (self._dossier, partis)).fetchall()
        return [Salarie(*ligne) for ligne in cast("list[tuple[str, str, str, str | None]]", lignes)]

    def _utilisateurs(self, connexion: Connexion) -> list[Utilisateur]:
        parametres = {"dossier": self._dossier, "valide": VALIDE, "motifs": [motif.value for motif in MOTIFS_SALARIE]}
        lignes = connexion.execute(UTILISATEURS, parametres).fetchall()
        return [
            Utilisateur(ident, nom, creneaux, dernier, en_attente, minutes / 60)
            for ident, nom, creneaux, dernier, en_attente, minutes in cast(
                "list[tuple[str, str, int, datetime, int, Decimal]]", lignes
            )
        ]

    def _correspondances(self, connexion: Connexion) -> list[Correspondance]:
        lignes = connexion.execute(CORRESPONDANCES, (self._dossier,)).fetchall()
        return [
            Correspondance(utilisateur, code, par, le, partage_par, EtatCorrespondance(etat))
            for utilisateur, code, par, le, partage_par, etat in cast(
                "list[tuple[str, str, str, datetime, str | None, str]]", lignes
            )
        ]


def ecrit_par_batigest(code: str, salaries: Sequence[Salarie]) -> str:
    """The code as Batigest writes it; as it came when there is no such salarié."""
    return next((s.code for s in salaries if normalise_code(s.code) == normalise_code(code)), code)


def check_association(
    utilisateur: str,
    code: str,
    connus: Sequence[str],
    salaries: Sequence[Salarie],
    correspondances: Sequence[Correspondance],
    *,
    partage: bool,
) -> None:
    """Raises `GesteRefuse`, or `ConfirmationNecessaire`, when this user may not be mapped to this salarié."""
    refus = refus_association(utilisateur, code, connus, salaries, correspondances)
    if refus is None or (refus is RefusAssociation.PARTAGE and partage):
        return
    erreur = ConfirmationNecessaire if refus is RefusAssociation.PARTAGE else GesteRefuse
    raise erreur(refus.value, remede=REMEDES[refus], detail=f"{utilisateur} > {code}")


def evenement_association(qui: str, avant: Correspondance | None, apres: Correspondance) -> Evenement:
    """A mapping was made, or confirmed."""
    geste = "associer" if avant is None else "confirmer"
    contenu = {"salarie": apres.code_salarie, "partage_par": apres.partage_par}
    ancien = None if avant is None else {"salarie": avant.code_salarie, "partage_par": avant.partage_par}
    return Evenement(qui, geste, "salarie", apres.utilisateur, avant=ancien, apres=contenu)


def evenement_dissociation(qui: str, avant: Correspondance) -> Evenement:
    """A mapping was undone."""
    return Evenement(qui, "dissocier", "salarie", avant.utilisateur, avant={"salarie": avant.code_salarie})


def pas_associe(utilisateur: str) -> Introuvable:
    """There is no mapping to undo."""
    return Introuvable(
        "Cet utilisateur n’est associé à la main à aucun salarié.",
        remede="Une association qui vient de Batigest (codebs) se change dans Batigest.",
        detail=utilisateur,
    )
