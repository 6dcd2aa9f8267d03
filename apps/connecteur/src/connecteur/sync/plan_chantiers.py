"""What must happen in BatiSimply, decided from one reading of both sides. Pure: no call, nothing stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connecteur.domain.chantier import Champs, champs_du_chantier
from connecteur.domain.fusion import Ecart, Fusion, Projet
from connecteur.domain.heure import normalise_code
from connecteur.domain.lien import ChantierSuivi, ConflitChantier, Drapeaux, Lien
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import Incident
from connecteur.domain.sortie import GardeChantiers, Seuils
from connecteur.sync.comparaison import Contexte, compare


@dataclass(frozen=True, slots=True)
class Travail:
    """One site that needs a call: `projet` is None when it is to be created."""

    suivi: ChantierSuivi
    notres: Champs
    projet: Projet | None
    a_envoyer: Champs = field(default_factory=dict)
    """What would be sent, going by the list; the project itself is read again just before."""
    drapeaux: Drapeaux = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Demande:
    """A closing that a person must confirm."""

    codes: tuple[str, ...]
    restent: int


@dataclass(slots=True)
class PlanChantiers:
    """What must happen in BatiSimply, decided from one reading of both sides; the dry run shows it."""

    creer: list[Travail] = field(default_factory=list)
    modifier: list[Travail] = field(default_factory=list)
    """Fields to send, or a project to open again."""
    fermer: list[Travail] = field(default_factory=list)
    """Left the selection: to be marked finished, or archived."""
    garde: Demande | None = None
    """So many would be closed that a person must confirm; `fermer` is empty then."""
    liens: list[Lien] = field(default_factory=list)
    """Links and agreements to note without any call."""
    inchanges: int = 0
    rejets: list[Rejet] = field(default_factory=list)
    conflits: list[ConflitChantier] = field(default_factory=list)
    divergences: list[ConflitChantier] = field(default_factory=list)
    regles: list[ConflitChantier] = field(default_factory=list)
    """Conflicts that were settled."""
    depassees: list[tuple[str, str]] = field(default_factory=list)
    """Code and field of the decisions whose values moved since."""
    remarques: list[Incident] = field(default_factory=list)

    @property
    def travaux(self) -> list[Travail]:
        """Every call to make."""
        return [*self.creer, *self.modifier, *self.fermer]

    def note(self, suivi: ChantierSuivi, fusion: Fusion) -> None:
        """Keep what both sides disagree, or disagreed, on."""
        for liste, ecarts in (
            (self.conflits, fusion.conflits),
            (self.divergences, fusion.divergences),
            (self.regles, fusion.regles),
        ):
            if ecarts:
                liste.append(constat(suivi, ecarts))
        suivis = {ecart.champ for ecart in (*fusion.conflits, *fusion.divergences, *fusion.regles)}
        self.depassees += [(suivi.chantier.code, champ) for champ in suivi.decisions if champ not in suivis]

    def recueille(self, autre: "PlanChantiers") -> None:
        """What another look at some of the sites found, beside the calls it asks for."""
        self.rejets += autre.rejets
        self.conflits += autre.conflits
        self.divergences += autre.divergences
        self.regles += autre.regles
        self.depassees += autre.depassees


def constat(suivi: ChantierSuivi, ecarts: tuple[Ecart, ...]) -> ConflitChantier:
    """These fields of this site."""
    return ConflitChantier(suivi.chantier.code, ecarts, suivi.chantier.libelle)


def plan_chantiers(
    suivis: Sequence[ChantierSuivi],
    distants: Sequence[Projet],
    contexte: Contexte,
    *,
    pris: Mapping[int, str] | None = None,
    sortis: Sequence[ChantierSuivi] = (),
    seuils: Seuils | None = None,
    garde: GardeChantiers | None = None,
) -> PlanChantiers:
    """Compare every site with its project. Pure: no call, nothing stored.

    `pris` says which projects are linked, and to whose code; `garde` is the closing a person was asked about.
    """
    distants_vus = _Distants(distants)
    par_id = distants_vus.par_id
    plan = PlanChantiers()
    for suivi in suivis:
        _range(plan, suivi, distants_vus, pris or {}, contexte)
    if sortis:
        restent = sum(suivi.projet_id in par_id for suivi in suivis)
        a_fermer = _a_fermer(sortis, par_id, contexte)
        if _doit_demander(a_fermer, restent, seuils, garde):
            plan.garde = Demande(tuple(travail.suivi.chantier.code for travail in a_fermer), restent)
        else:
            plan.fermer = a_fermer
    return plan


class _Distants:
    """BatiSimply's projects, to be found by id or by code."""

    def __init__(self, distants: Sequence[Projet]) -> None:
        self.par_id = {projet.id: projet for projet in distants}
        self._par_code: defaultdict[str, list[Projet]] = defaultdict(list)
        for projet in distants:
            self._par_code[normalise_code(projet.champs.get("code") or "")].append(projet)

    def du_code(self, code: str) -> list[Projet]:
        """Those that carry this code."""
        return self._par_code.get(normalise_code(code), [])


def _range(
    plan: PlanChantiers, suivi: ChantierSuivi, distants: _Distants, pris: Mapping[int, str], contexte: Contexte
) -> None:
    notres, homonymes = champs_du_chantier(suivi.chantier), distants.du_code(suivi.chantier.code)
    projet = distants.par_id.get(suivi.projet_id) if suivi.projet_id is not None else None
    if projet is None:
        projet = _adopte(plan, suivi, homonymes, pris)
        if projet is None:
            return
    elif len(homonymes) > 1:
        plan.remarques.append(_homonymes(suivi, projet, homonymes))
    comparaison = compare(suivi, notres, projet, contexte)
    if comparaison.appelle:
        plan.modifier.append(Travail(suivi, notres, projet, comparaison.fusion.a_envoyer, comparaison.drapeaux))
        return
    plan.note(suivi, comparaison.fusion)
    plan.inchanges += 1
    lien = comparaison.lien(suivi, notres, projet)
    if lien != suivi.lien():
        plan.liens.append(lien)


def _adopte(
    plan: PlanChantiers, suivi: ChantierSuivi, homonymes: Sequence[Projet], pris: Mapping[int, str]
) -> Projet | None:
    """The project that stands there with the code of a site without one; None when there is nothing to compare."""
    libres = [projet for projet in homonymes if projet.id not in pris]
    if len(libres) > 1:
        ids = ", ".join(str(projet.id) for projet in libres)
        plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.PROJETS_EN_DOUBLE, f"Projets n° {ids}"))
    elif libres:
        return libres[0]
    elif homonymes:
        dits = ", ".join(f"n° {projet.id}, lié à {pris[projet.id]}" for projet in homonymes)
        plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.CODE_DEJA_PRIS, f"Projet {dits}"))
    elif suivi.projet_id is not None:
        plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.PROJET_SUPPRIME, f"Projet n° {suivi.projet_id}"))
    else:
        notres = champs_du_chantier(suivi.chantier)
        plan.creer.append(Travail(suivi, notres, None, {champ: valeur for champ, valeur in notres.items() if valeur}))
    return None


def _a_fermer(sortis: Sequence[ChantierSuivi], par_id: Mapping[int, Projet], contexte: Contexte) -> list[Travail]:
    """Projects whose site left the selection. One that was deleted, or that a person closed, is left alone."""
    a_fermer = []
    for suivi in sortis:
        projet = par_id.get(suivi.projet_id) if suivi.projet_id is not None else None
        drapeaux = compare(suivi, {}, projet, contexte).drapeaux if projet is not None else {}
        if drapeaux:
            a_fermer.append(Travail(suivi, {}, projet, drapeaux=drapeaux))
    return a_fermer


def _doit_demander(
    a_fermer: Sequence[Travail], restent: int, seuils: Seuils | None, garde: GardeChantiers | None
) -> bool:
    if seuils is None:
        return False
    codes = {normalise_code(travail.suivi.chantier.code) for travail in a_fermer}
    if garde is not None and garde.confirmee_par is not None and codes <= garde.codes:
        return False
    # A question stands until it is answered or its sites come back: new sites do not make it go away.
    posee = garde is not None and garde.confirmee_par is None and not codes.isdisjoint(garde.codes)
    return posee or seuils.depasse(len(a_fermer), restent)


def _homonymes(suivi: ChantierSuivi, projet: Projet, homonymes: Sequence[Projet]) -> Incident:
    autres = ", ".join(str(autre.id) for autre in homonymes if autre.id != projet.id)
    return Incident(
        f"Plusieurs projets de BatiSimply portent le code {suivi.chantier.code} : le n° {projet.id} est celui du "
        f"chantier, le n° {autres} ne reçoit rien de Batigest. Les heures des uns et des autres vont au chantier.",
        "Dans BatiSimply, ne laissez ce code qu’à un seul projet.",
    )


def rejet_du_chantier(suivi: ChantierSuivi, motif: MotifRejet, detail: str = "") -> Rejet:
    """Why this site could not be delivered."""
    chantier = suivi.chantier
    libelle = f"{chantier.code} « {chantier.libelle} »"
    return Rejet(ObjetRejet.CHANTIER, chantier.code, motif, libelle, detail, champs_du_chantier(chantier))
