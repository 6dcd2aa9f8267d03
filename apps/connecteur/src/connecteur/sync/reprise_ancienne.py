"""Take over from the previous generation: what it had agreed and written becomes ours, what it had lost is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from connecteur.domain.ancienne import AncienChantier, Ancienne, Inventaire, Nature, SansPlace, inventorie
from connecteur.domain.chantier import CHAMPS, Champs, Chantier, Genre, champs_du_chantier
from connecteur.domain.fusion import Base, Projet, egaux
from connecteur.domain.heure import CleSuivi, Creneau, LigneActuelle, LigneSuivi, debut_local, normalise_code
from connecteur.domain.lien import Lien
from connecteur.domain.periode import Tranche
from connecteur.domain.rejet import PHRASES
from connecteur.sync.chantiers import attribue
from connecteur.sync.heures import par_cle, resolus
from connecteur.sync.heures.annuaire import read_repertoire, resout
from connecteur.sync.heures.regles import read_regles
from connecteur.sync.ports import Evenement
from connecteur.sync.run import Bouts

MOIS_MAX = timedelta(days=730)
"""How far back the hours of the previous generation are compared."""
INCERTAINS = frozenset({"nom", "commentaire"})
"""Fields of which it is not known where the previous generation took them from."""


class TamponReprise(Protocol):
    """The tampon, as far as the import is concerned."""

    def importe_ancienne(
        self,
        *,
        genre: Genre,
        liens: Sequence[Lien],
        lignes: Sequence[LigneSuivi],
        disparus: Sequence[tuple[Creneau, CleSuivi]],
        evenement: Evenement,
    ) -> Any:
        """All of it in one transaction; what is known already stays as it is."""
        ...


@dataclass(slots=True)
class Reprise:
    """What the import would do, and what it found."""

    depuis: date
    inventaire: Inventaire
    liens: list[Lien]
    disparus: list[tuple[Creneau, CleSuivi]]
    remarques: list[str] = field(default_factory=list)
    """What could not be read or linked."""


def prepare_reprise(ancienne: Ancienne, bouts: Bouts, avance: Callable[[int, int], None]) -> Reprise:
    """Compare the previous generation's tampon with both ends as they are today. Writes nothing anywhere."""
    liens, remarques = _liens(ancienne, bouts)
    depuis = _depuis(ancienne, bouts)
    fenetre = bouts.tranches(depuis)
    regles = read_regles(bouts.tampon, bouts.heures, bouts.batigest.check_suivi(), bouts.fuseau, fenetre)
    annuaire = read_repertoire(bouts.batisimply, bouts.batigest, bouts.tampon, depuis=fenetre[0].debut).annuaire
    actuelles: dict[CleSuivi, Sequence[LigneActuelle]] = {}
    voulues: dict[CleSuivi, LigneSuivi] = {}
    presents: dict[str, Creneau] = {}
    sans_place: list[SansPlace] = []
    for rang, tranche in enumerate(fenetre, start=1):
        debut, fin = tranche.bornes_utc(bouts.fuseau)
        lecture = bouts.batisimply.read_tranche(debut, fin + timedelta(hours=bouts.chevauchement_heures)).lit()
        stockes = resout(lecture, annuaire, tranche, bouts.fuseau)
        presents |= {stocke.creneau.id: stocke.creneau for stocke in stockes}
        voulues |= regles.voulues(resolus(stockes))
        actuelles |= par_cle(bouts.batigest.read_lignes(tranche).lignes)
        sans_place += [
            SansPlace(s.creneau, debut_local(s.creneau.debut, bouts.fuseau).date(), PHRASES[s.motif][0])
            for s in stockes
            if s.motif is not None and s.creneau.valide
        ]
        avance(rang, len(fenetre))
    inventaire = inventorie(_dans(ancienne, fenetre), actuelles, voulues, presents, sans_place)
    return Reprise(
        fenetre[0].debut, inventaire, liens, list(_disparus(ancienne, inventaire, presents)),
        [*ancienne.fautes, *remarques],
    )  # fmt: skip


def applique_reprise(reprise: Reprise, tampon: TamponReprise, genre: Genre, qui: str) -> Any:
    """Put it into the tampon, in one transaction."""
    totaux = {nature.value: f"{reprise.inventaire.heures(nature):.2f}" for nature in Nature}
    detail = {"liens": len(reprise.liens), "lignes": len(reprise.inventaire.a_nous), "heures": totaux}
    return tampon.importe_ancienne(
        genre=genre,
        liens=reprise.liens,
        lignes=reprise.inventaire.a_nous,
        disparus=reprise.disparus,
        evenement=Evenement(qui, "reprendre l’ancien connecteur", "tampon", "", detail),
    )


def _depuis(ancienne: Ancienne, bouts: Bouts) -> date:
    aujourdhui = bouts.aujourdhui()
    jours = [ligne.cle.debut.date() for ligne in ancienne.lignes if ligne.cle.debut.date() <= aujourdhui]
    return max(min(jours, default=aujourdhui), aujourdhui - MOIS_MAX)


def _dans(ancienne: Ancienne, fenetre: Sequence[Tranche]) -> Ancienne:
    """The map, without what falls outside the period that was read."""
    debut, fin = fenetre[0].debut, fenetre[-1].fin
    lignes = [ligne for ligne in ancienne.lignes if debut <= ligne.cle.debut.date() < fin]
    return Ancienne(creneaux=ancienne.creneaux, lignes=lignes)


def _disparus(
    ancienne: Ancienne, inventaire: Inventaire, presents: dict[str, Creneau]
) -> Iterator[tuple[Creneau, CleSuivi]]:
    """The slots behind our lines that BatiSimply no longer has: kept as gone, to explain the line."""
    for ligne in inventaire.a_nous:
        for ident in ligne.creneaux:
            ancien = ancienne.creneaux.get(ident)
            if ident in presents or ancien is None or ancien.debut is None:
                continue
            creneau = Creneau(
                ancien.id, ancien.debut, ancien.fin, ancien.utilisateur, "", ancien.projet_id, ancien.code_projet,
                ancien.statut, None if ancien.total is None else round(ancien.total), bool(ancien.trajet),
                bool(ancien.panier),
            )  # fmt: skip
            yield creneau, ligne.cle


# --- projects -------------------------------------------------------------------------------------------


def _liens(ancienne: Ancienne, bouts: Bouts) -> tuple[list[Lien], list[str]]:
    genre = bouts.consignes().genre
    anciens = ancienne.devis_list if genre is Genre.DEVIS else ancienne.chantiers
    par_code = {normalise_code(ancien.code): ancien for ancien in anciens}
    projets = bouts.batisimply.read_projets()
    liens: list[Lien] = []
    remarques: list[str] = []
    pris: set[int] = set()
    for chantier in attribue(bouts.batigest.read_selection(bouts.aujourdhui())).chantiers:
        ancien = par_code.get(normalise_code(chantier.code))
        if ancien is None:
            continue
        projet = _projet(chantier, projets, ancienne)
        if isinstance(projet, str):
            remarques.append(projet)
        elif projet is not None and projet.id not in pris:
            pris.add(projet.id)
            liens.append(Lien(chantier.code, projet.id, _base(ancien, champs_du_chantier(chantier), projet.champs)))
    return liens, remarques


def _projet(chantier: Chantier, projets: Sequence[Projet], ancienne: Ancienne) -> Projet | str | None:
    """The project that has this code; failing that, the one to which the previous generation put its hours."""
    cle = normalise_code(chantier.code)
    homonymes = [projet for projet in projets if normalise_code(projet.champs.get("code") or "") == cle]
    if len(homonymes) > 1:
        idents = ", ".join(str(projet.id) for projet in homonymes)
        return (
            f"Chantier {chantier.code} : plusieurs projets de BatiSimply portent ce code ({idents}), aucun n’est lié."
        )
    if homonymes:
        return homonymes[0]
    connus = {
        creneau.projet_id
        for creneau in ancienne.creneaux.values()
        if creneau.projet_id is not None and normalise_code(creneau.code_projet or "") == cle
    }
    restes = [projet for projet in projets if projet.id in connus]
    return restes[0] if len(restes) == 1 else None


def _base(ancien: AncienChantier, notres: Champs, leurs: Champs) -> Base:
    """What both sides had agreed: the previous generation's values, where it is sure where they came from.

    Elsewhere today's values stand as agreed: nothing is sent for a field that nobody has changed since.
    """
    accord: Champs = dict(notres)
    chez_eux: Champs = dict(leurs)
    for champ in CHAMPS:
        if champ not in ancien.champs or champ == "code":
            continue
        valeur = ancien.champs[champ]
        connue = any(egaux(champ, valeur, cote.get(champ)) for cote in (notres, leurs))
        if champ in INCERTAINS and not connue:
            continue
        accord[champ] = chez_eux[champ] = valeur
    return Base(accord, chez_eux)
