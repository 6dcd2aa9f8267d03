"""The slots of BatiSimply as they arrived, and how far each slice of days is known.

A slice is staged by COPY into a temporary table, then compared as a set: slots that did not change are neither
rewritten nor locked. Days of which nothing is known yet have nothing to be compared with: their slots are copied
straight into their place. The statements: `sql_creneaux`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from psycopg import errors as pg
from psycopg.sql import SQL

from connecteur.domain.heure import VALIDE, Creneau, CreneauResolu, debut_local
from connecteur.domain.horaire import DECLENCHEUR
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.sync.ports import ComptesStockage, CreneauIllisible, CreneauStocke
from connecteur.tampon import rejets
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.copie import NUL, champ, champs, copie, echappe, instant
from connecteur.tampon.sql_creneaux import (
    AJOUTE,
    COPIE,
    COPIE_DIRECTE,
    INEXPLIQUES,
    JOURS_CONNUS,
    LECTURE,
    LISTE,
    LUS_A_PART,
    LUS_EN_PLACE,
    MODIFIE,
    OUBLIE_CHEVAUCHEMENTS,
    PAR_IDS,
    PREPARE,
    RESOLUS,
    RESOUT_LUS,
    SORT,
    SUIT,
    TRANCHE_LUE,
    TRANCHES_QUITTEES,
)
from connecteur.tampon.textes import libelle_creneau, libelle_illisible, lit_plus, propre, propre_ou_rien, texte_plus

Decrit = tuple[
    str, datetime, datetime | None, str | None, str, int | None, str | None, str, int | None, bool, bool, str | None
]  # fmt: skip
Ligne = tuple[*Decrit, str | None, str | None, str | None, str]


class DepotCreneaux:
    """The slots of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str, fuseau: ZoneInfo) -> None:
        self._connexions = connexions
        self._dossier = dossier
        self._fuseau = fuseau

    def store_creneaux(
        self,
        tranche: Tranche,
        creneaux: Sequence[CreneauStocke],
        *,
        illisibles: Sequence[CreneauIllisible],
        empreinte: str,
        empreinte_annuaire: str,
        run: str,
    ) -> ComptesStockage:
        """See `ports.TamponHeures`. When an id of `illisibles` is "", no slot is marked as gone: the slot without a
        name could be any of them. Unreadable slots are open rejets (`CRENEAU_ILLISIBLE`) of their slice."""
        stockes = propres(creneaux)
        parametres: dict[str, object] = {
            "dossier": self._dossier,
            "run": run,
            "debut": tranche.debut,
            "fin": tranche.fin,
            "illisibles": [propre(illisible.id) for illisible in illisibles],
            "entiere": all(illisible.id for illisible in illisibles),
            "illisible": MotifRejet.CRENEAU_ILLISIBLE.value,
            "empreinte": empreinte,
            "empreinte_annuaire": empreinte_annuaire,
        }
        locaux = [debut_local(stocke.creneau.debut, self._fuseau) for stocke in stockes]
        ailleurs = _jours_ailleurs(tranche, locaux)
        with self._connexions.transaction(durable=False) as connexion:
            directe = not ailleurs and self._depose_en_place(connexion, stockes, locaux, parametres)
            if directe:
                nouveaux, modifies, sortis = len(stockes), 0, 0
                quittes: list[date] = []
            else:
                depose_a_part(connexion, stockes, locaux)
                sortis = connexion.execute(SORT, parametres).rowcount if parametres["entiere"] else 0
                nouveaux = connexion.execute(AJOUTE, parametres).rowcount
                modifies, quittes = modifie(connexion, parametres) if nouveaux < len(stockes) else (0, [])
            parametres["change"] = bool(nouveaux or modifies or sortis)
            parametres["jours"] = [*quittes, *ailleurs]
            for requete in (OUBLIE_CHEVAUCHEMENTS, TRANCHE_LUE, TRANCHES_QUITTEES):
                connexion.execute(requete, parametres)
            lus = LUS_EN_PLACE if directe else LUS_A_PART
            self._accorde_rejets(connexion, tranche, stockes, illisibles, parametres, lus=lus)
        return ComptesStockage(nouveaux, modifies, sortis, len(stockes) - nouveaux - modifies)

    def _depose_en_place(
        self,
        connexion: Connexion,
        stockes: Sequence[CreneauStocke],
        locaux: Sequence[datetime],
        parametres: dict[str, object],
    ) -> bool:
        """Copy the slots straight into their table, when nothing is known of these days; whether that was done.

        A slot known from other days (it moved here) is found out by its key, and nothing was copied.
        """
        if connexion.execute(JOURS_CONNUS, parametres).fetchone() != (False,):
            return False
        suite = f"\t{champ(self._dossier)}\t{champ(str(parametres['run']))}\n"
        try:
            with connexion.transaction():
                copie(
                    connexion,
                    COPIE_DIRECTE,
                    (f"{_ligne(*paire)}{suite}" for paire in zip(stockes, locaux, strict=True)),
                )
        except pg.UniqueViolation:
            return False
        return True

    def suit_une_lecture(self, run: str, delai: timedelta) -> bool:
        """See `ports.TamponHeures`."""
        with self._connexions.transaction() as connexion:
            return connexion.execute(SUIT, (self._dossier, run, DECLENCHEUR, delai)).fetchone() == (True,)

    def note_lecture_creneaux(self, depuis: timedelta) -> None:
        """See `ports.TamponHeures`."""
        with self._connexions.transaction(durable=False) as connexion:
            connexion.execute(LECTURE, (self._dossier, depuis))

    def list_creneaux(self, tranche: Tranche) -> list[CreneauStocke]:
        """Every present slot whose local start falls in the slice, validated or not, by start."""
        with self._connexions.transaction() as connexion, connexion.cursor(binary=True) as curseur:
            curseur.execute(LISTE, (self._dossier, tranche.debut, tranche.fin))
            return [_stocke(cast("Ligne", ligne)) for ligne in curseur]

    def list_resolus(self, tranche: Tranche) -> list[CreneauResolu]:
        """See `ports.TamponHeures`."""
        with self._connexions.transaction() as connexion, connexion.cursor(binary=True) as curseur:
            curseur.execute(RESOLUS, (self._dossier, tranche.debut, tranche.fin, VALIDE))
            lignes = cast("list[tuple[Any, ...]]", curseur.fetchall())
        return [CreneauResolu._make((*ligne[:7], lit_plus(ligne[7]) if ligne[7] else ())) for ligne in lignes]

    def list_inexpliques(self, tranche: Tranche) -> list[str]:
        """Ids of present, validated slots that are neither resolved nor in an open rejet: always empty, or a fault."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(INEXPLIQUES, (self._dossier, tranche.debut, tranche.fin, VALIDE)).fetchall()
        return [str(ligne[0]) for ligne in lignes]

    def _accorde_rejets(
        self,
        connexion: Connexion,
        tranche: Tranche,
        stockes: Sequence[CreneauStocke],
        illisibles: Sequence[CreneauIllisible],
        parametres: dict[str, object],
        *,
        lus: SQL,
    ) -> None:
        connus: list[CreneauStocke] = []
        if illisibles:
            lignes = connexion.execute(PAR_IDS, (self._dossier, parametres["illisibles"])).fetchall()
            connus = [_stocke(cast("Ligne", ligne)) for ligne in lignes]
        voulus = rejets_de_tranche(tranche, stockes, illisibles, connus, self._fuseau)
        accord = rejets.ouvre_rejets(connexion, self._dossier, ObjetRejet.CRENEAU, voulus, str(parametres["run"]))
        connexion.execute(RESOUT_LUS.format(lus=lus), {**parametres, **accord})


def propres(creneaux: Iterable[CreneauStocke]) -> list[CreneauStocke]:
    """One per id (the last), with texts that PostgreSQL can hold."""
    uniques = list({stocke.creneau.id: stocke for stocke in creneaux}.values())
    joint = "".join(
        f"{s.creneau.id}{s.creneau.nom_utilisateur}{s.creneau.utilisateur}{s.creneau.code_projet}"
        f"{s.creneau.statut}{s.detail}{s.code_chantier}{s.code_salarie}"
        for s in uniques
    )
    if propre(joint) == joint:
        return uniques
    return list({s.creneau.id: s for s in map(_nettoie, uniques)}.values())


def rejets_de_tranche(
    tranche: Tranche,
    stockes: Iterable[CreneauStocke],
    illisibles: Iterable[CreneauIllisible],
    connus: Iterable[CreneauStocke],
    fuseau: ZoneInfo,
) -> list[rejets.RejetDate]:
    """The rejets that stand for the slots of a slice; `connus` are the known slots among the unreadable ones."""
    voulus: list[rejets.RejetDate] = [
        (
            Rejet(
                ObjetRejet.CRENEAU,
                stocke.creneau.id,
                stocke.motif,
                libelle_creneau(stocke.creneau, fuseau),
                stocke.detail,
                contenu_du_creneau(stocke.creneau),
            ),
            debut_local(stocke.creneau.debut, fuseau).date(),
        )
        for stocke in stockes
        if stocke.motif and stocke.creneau.valide
    ]
    libelles = {stocke.creneau.id: libelle_creneau(stocke.creneau, fuseau) for stocke in connus}
    for illisible in illisibles:
        ident = propre(illisible.id)
        cle = ident or f"sans identifiant, {tranche.debut}"
        libelle = libelles.get(ident) or libelle_illisible(ident)
        contenu = {"id": ident, "brut": illisible.brut}
        motif = MotifRejet.CRENEAU_ILLISIBLE
        voulus.append((Rejet(ObjetRejet.CRENEAU, cle, motif, libelle, illisible.raison, contenu), tranche.debut))
    return voulus


def contenu_du_creneau(creneau: Creneau) -> dict[str, object]:
    """What BatiSimply said of a slot, as JSON-able values."""
    return {
        "id": creneau.id,
        "debut": creneau.debut.isoformat(),
        "fin": creneau.fin.isoformat() if creneau.fin else None,
        "utilisateur": creneau.utilisateur,
        "nom_utilisateur": creneau.nom_utilisateur,
        "projet_id": creneau.projet_id,
        "code_projet": creneau.code_projet,
        "statut": creneau.statut,
        "minutes": creneau.minutes,
        "trajet": creneau.trajet,
        "panier": creneau.panier,
        **({"plus": {champ: str(valeur) for champ, valeur in creneau.plus}} if creneau.plus else {}),
    }


def _nettoie(stocke: CreneauStocke) -> CreneauStocke:
    creneau = stocke.creneau
    return stocke._replace(
        creneau=creneau._replace(
            id=propre(creneau.id),
            utilisateur=propre_ou_rien(creneau.utilisateur),
            nom_utilisateur=propre(creneau.nom_utilisateur),
            code_projet=propre_ou_rien(creneau.code_projet),
            statut=propre(creneau.statut),
        ),
        code_chantier=propre_ou_rien(stocke.code_chantier),
        code_salarie=propre_ou_rien(stocke.code_salarie),
        detail=propre(stocke.detail),
    )


def depose_a_part(connexion: Connexion, stockes: Sequence[CreneauStocke], locaux: Sequence[datetime]) -> None:
    connexion.execute(PREPARE)
    copie(connexion, COPIE, (f"{_ligne(*paire)}\n" for paire in zip(stockes, locaux, strict=True)))


def modifie(connexion: Connexion, parametres: dict[str, object]) -> tuple[int, list[date]]:
    """Update the staged slots that changed; return how many, and the days of other slices they left."""
    resultat = connexion.execute(MODIFIE, parametres).fetchone()
    modifies, quittes = cast("tuple[int, list[date] | None]", resultat)
    return modifies, quittes or []


def _jours_ailleurs(tranche: Tranche, locaux: Iterable[datetime]) -> set[date]:
    """The days of slots that do not belong to the slice they came with."""
    debut, fin = datetime.combine(tranche.debut, time()), datetime.combine(tranche.fin, time())
    return {local.date() for local in locaux if not debut <= local < fin}


def _ligne(stocke: CreneauStocke, local: datetime) -> str:
    """A row of COPY, without its end."""
    creneau, code_chantier, code_salarie, motif, detail = stocke
    ident, debut, fin, utilisateur, nom, projet, code, statut, minutes, trajet, panier, plus, modifie_le = creneau
    return (
        f"{ident if ident.isalnum() else echappe(ident)}\t{instant(debut)}\t{instant(fin)}\t"
        f"{champs(utilisateur, nom)}\t{NUL if projet is None else projet}\t{champs(code, statut)}\t"
        f"{NUL if minutes is None else minutes}\t{trajet}\t{panier}\t{NUL if not plus else champ(texte_plus(plus))}\t"
        f"{champs(code_chantier, code_salarie)}\t{champ(motif)}\t{echappe(detail) if detail else ''}\t"
        f"{instant(local)}\t{NUL if modifie_le is None else modifie_le}"
    )


def _stocke(ligne: Ligne) -> CreneauStocke:
    plus, code_chantier, code_salarie, motif, detail = ligne[-5:]
    creneau = Creneau(*ligne[:-5], lit_plus(plus))
    return CreneauStocke(creneau, code_chantier, code_salarie, MotifRejet(motif) if motif else None, detail)
