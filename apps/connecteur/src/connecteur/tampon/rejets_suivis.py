"""The rejets as a person sees them: listed, ignored with a reason, sent again."""

from datetime import date, datetime
from typing import Any, cast

from psycopg.sql import SQL

from connecteur.domain.page import PAR_PAGE, Page, bornes
from connecteur.domain.rejet import EtatRejet, MotifRejet, ObjetRejet, RejetSuivi
from connecteur.errors import GesteRefuse, Introuvable
from connecteur.sync.ports import Evenement
from connecteur.tampon import audit
from connecteur.tampon.connexion import Connexion
from connecteur.tampon.rejets import DepotRejets, rejet_de
from connecteur.tampon.textes import propre

RAISON_MAX = 500

COLONNES = SQL(
    "id, jour, tentatives, premier_le, dernier_le, premier_run, dernier_run, resolu_le, ignore_le, ignore_par,"
    " ignore_raison, renvoye_le, renvoye_par, reouvertures, objet, cle, motif, libelle, detail, contenu"
)

ETATS = {
    EtatRejet.OUVERT: SQL("resolu_le IS NULL AND ignore_le IS NULL"),
    EtatRejet.IGNORE: SQL("resolu_le IS NULL AND ignore_le IS NOT NULL"),
    EtatRejet.RESOLU: SQL("resolu_le IS NOT NULL"),
}

FILTRE = SQL("""
 dossier = %(dossier)s AND {etat} AND (%(motif)s::text IS NULL OR motif = %(motif)s)
   AND (%(objet)s::text IS NULL OR objet = %(objet)s)
   AND (%(recherche)s::text IS NULL OR libelle ILIKE %(recherche)s OR cle ILIKE %(recherche)s
        OR detail ILIKE %(recherche)s)
""")
COMPTE = SQL("SELECT count(*) FROM sages.rejets WHERE {filtre}")
LISTE = SQL("SELECT {colonnes} FROM sages.rejets WHERE {filtre} ORDER BY id DESC OFFSET %(saute)s LIMIT %(prend)s")
LIT = SQL("SELECT {colonnes} FROM sages.rejets WHERE dossier = %s AND id = %s FOR UPDATE").format(colonnes=COLONNES)
PAR_CLES = SQL("""
SELECT {colonnes} FROM sages.rejets WHERE dossier = %s AND objet = %s AND cle = ANY (%s) ORDER BY id DESC
""").format(colonnes=COLONNES)
PAR_MOTIF = SQL("SELECT motif, count(*) FROM sages.rejets WHERE dossier = %s AND {etat} GROUP BY motif")

IGNORE = """
UPDATE sages.rejets SET ignore_le = now(), ignore_par = %s, ignore_raison = %s WHERE dossier = %s AND id = %s
"""
RENVOIE = """
UPDATE sages.rejets SET ignore_le = NULL, ignore_par = NULL, ignore_raison = NULL, renvoye_le = now(), renvoye_par = %s
 WHERE dossier = %s AND id = %s
"""
JOUR = "SELECT jour FROM sages.rejets WHERE dossier = %s AND id = %s"
# Without their digests the days are read, resolved and compared again, even when nothing moved on either side.
OUBLIE_TRANCHE = """
UPDATE sages.tranches SET empreinte_creneaux = NULL, empreinte_annuaire = NULL, empreinte_suivi = NULL
 WHERE dossier = %s AND debut <= %s AND fin > %s
"""

LigneSuivie = tuple[
    int, date | None, int, datetime, datetime, str, str, datetime | None, datetime | None, str | None, str | None,
    datetime | None, str | None, int, str, str, str, str, str, dict[str, Any],
]  # fmt: skip


class DepotRejetsSuivis(DepotRejets):
    """The rejets of one dossier, with their story and what people decide about them."""

    def list_rejets(
        self,
        *,
        motif: MotifRejet | None = None,
        objet: ObjetRejet | None = None,
        etat: EtatRejet = EtatRejet.OUVERT,
        recherche: str | None = None,
        page: int = 1,
        par_page: int = PAR_PAGE,
    ) -> Page[RejetSuivi]:
        """One page of the rejets in this state, most recent first. `recherche` is looked for in the label, the key and
        the detail, whatever the case."""
        saute, prend = bornes(page, par_page)
        filtre = FILTRE.format(etat=ETATS[etat])
        parametres = {
            "dossier": self._dossier,
            "motif": motif.value if motif else None,
            "objet": objet.value if objet else None,
            "recherche": f"%{_litteral(recherche.strip())}%" if recherche and recherche.strip() else None,
            "saute": saute,
            "prend": prend,
        }
        with self._connexions.transaction() as connexion:
            total = connexion.execute(COMPTE.format(filtre=filtre), parametres).fetchone()
            lignes = connexion.execute(LISTE.format(colonnes=COLONNES, filtre=filtre), parametres).fetchall()
        elements = [_suivi(cast("LigneSuivie", ligne)) for ligne in lignes]
        return Page(elements, saute // prend + 1, prend, cast("int", total[0]) if total else 0)

    def count_rejets(self, etat: EtatRejet = EtatRejet.OUVERT) -> dict[MotifRejet, int]:
        """How many rejets of each reason are in this state."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(PAR_MOTIF.format(etat=ETATS[etat]), (self._dossier,)).fetchall()
        return {MotifRejet(motif): combien for motif, combien in cast("list[tuple[str, int]]", lignes)}

    def lit_rejet(self, ident: int) -> RejetSuivi:
        """One rejet. Raises `Introuvable`."""
        with self._connexions.transaction() as connexion:
            return self._lit(connexion, ident)

    def list_rejets_de(self, objet: ObjetRejet, cles: list[str]) -> list[RejetSuivi]:
        """Every rejet there ever was of these records, most recent first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(PAR_CLES, (self._dossier, objet.value, cles)).fetchall()
        return [_suivi(cast("LigneSuivie", ligne)) for ligne in lignes]

    def ignore_rejet(self, ident: int, qui: str, raison: str) -> RejetSuivi:
        """A person says that it need not be delivered, and why; it comes back when the record changes. Ignoring an
        ignored one changes the reason. Raises `Introuvable` when it does not exist or is resolved already,
        `GesteRefuse` without a reason."""
        raison = propre(raison.strip())[:RAISON_MAX]
        if not raison:
            raise sans_raison()
        with self._connexions.transaction() as connexion:
            avant = self._ouvert(connexion, ident)
            connexion.execute(IGNORE, (propre(qui), raison, self._dossier, ident))
            apres = self._lit(connexion, ident)
            self._note(connexion, "ignorer", qui, avant, apres)
            return apres

    def renvoie_rejet(self, ident: int, qui: str) -> RejetSuivi:
        """A person asks that the next run look at the record again, whatever it knows of its days; an ignored rejet is
        open again. Raises `Introuvable` when it does not exist or is resolved already."""
        with self._connexions.transaction() as connexion:
            # The slice first, then the rejet: in the order in which a run takes them, neither waits for the other.
            jour = connexion.execute(JOUR, (self._dossier, ident)).fetchone()
            if jour is not None and jour[0] is not None:
                connexion.execute(OUBLIE_TRANCHE, (self._dossier, jour[0], jour[0]))
            avant = self._ouvert(connexion, ident)
            connexion.execute(RENVOIE, (propre(qui), self._dossier, ident))
            apres = self._lit(connexion, ident)
            self._note(connexion, "renvoyer", qui, avant, apres)
            return apres

    def _lit(self, connexion: Connexion, ident: int) -> RejetSuivi:
        ligne = connexion.execute(LIT, (self._dossier, ident)).fetchone()
        if ligne is None:
            raise introuvable(ident)
        return _suivi(cast("LigneSuivie", ligne))

    def _ouvert(self, connexion: Connexion, ident: int) -> RejetSuivi:
        suivi = self._lit(connexion, ident)
        if suivi.etat is EtatRejet.RESOLU:
            raise deja_resolu(ident)
        return suivi

    def _note(self, connexion: Connexion, geste: str, qui: str, avant: RejetSuivi, apres: RejetSuivi) -> None:
        audit.note(connexion, self._dossier, evenement(geste, qui, avant, apres))


def evenement(geste: str, qui: str, avant: RejetSuivi, apres: RejetSuivi) -> Evenement:
    """What a person did to a rejet, for the audit trail."""
    rejet = avant.rejet
    return Evenement(
        qui,
        geste,
        "rejet",
        str(avant.id),
        {"objet": rejet.objet.value, "cle": rejet.cle, "motif": rejet.motif.value, "libelle": rejet.libelle},
        avant={"etat": avant.etat.value, "raison": avant.ignore_raison},
        apres={"etat": apres.etat.value, "raison": apres.ignore_raison},
    )


def sans_raison() -> GesteRefuse:
    """Nobody may ignore without saying why."""
    return GesteRefuse("Pour ignorer un rejet, il faut dire pourquoi.", remede="Donnez une raison : elle est gardée.")


def introuvable(ident: int) -> Introuvable:
    """There is no such rejet."""
    return Introuvable(f"Le rejet n° {ident} n’existe pas dans ce dossier.", remede="Relisez la liste des rejets.")


def deja_resolu(ident: int) -> Introuvable:
    """Its cause is gone: nothing is left to decide."""
    return Introuvable(
        f"Le rejet n° {ident} est déjà résolu : il n’y a plus rien à décider.", remede="Relisez la liste des rejets."
    )


def _litteral(texte: str) -> str:
    """The text, where LIKE would see its wildcards."""
    return propre(texte).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _suivi(ligne: LigneSuivie) -> RejetSuivi:
    ident, jour, tentatives, premier_le, dernier_le, premier_run, dernier_run, resolu_le, ignore_le = ligne[:9]
    ignore_par, ignore_raison, renvoye_le, renvoye_par, reouvertures = ligne[9:14]
    etat = EtatRejet.RESOLU if resolu_le else EtatRejet.IGNORE if ignore_le else EtatRejet.OUVERT
    return RejetSuivi(
        ident,
        rejet_de(ligne[14:]),
        etat,
        jour,
        tentatives,
        premier_le,
        dernier_le,
        premier_run,
        dernier_run,
        resolu_le,
        ignore_le,
        ignore_par,
        ignore_raison,
        renvoye_le,
        renvoye_par,
        reouvertures,
    )
