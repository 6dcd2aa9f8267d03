"""Chantiers: Batigest > tampon (pull), tampon > BatiSimply (push)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from connecteur.domain.chantier import Champs, champs_du_chantier
from connecteur.domain.fusion import Base, Ecart, Fusion, Projet, fusionne, nouvelle_base
from connecteur.domain.heure import normalise_code
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.domain.selection import attribue_heures_vendues
from connecteur.errors import AccesRefuse, Annule, EnregistrementRefuse, ErreurConnecteur, ReponseIncertaine
from connecteur.sync.ports import (
    ChantierSuivi,
    ConflitChantier,
    DossierChantiers,
    Lien,
    Progression,
    Projets,
    TamponChantiers,
)

ECHECS_DE_SUITE = 5
"""So many records failing one after the other is the service failing: the run stops instead of insisting."""
LIENS_PAR_LOT = 50
"""How many done records wait at most before their links are noted; a power cut costs looking at these again."""


def pull_chantiers(
    dossier: DossierChantiers, tampon: TamponChantiers, aujourdhui: date, run: str, progression: Progression
) -> Bilan:
    """Read the selection of the dossier into the tampon."""
    bilan = Bilan(Fleche.PULL_CHANTIERS)
    selection = dossier.read_selection(aujourdhui)
    attribution = attribue_heures_vendues(
        selection.chantiers, selection.devis_list, devis_nomment_chantier=selection.devis_nomment_chantier
    )
    bilan.remarques += attribution.remarques
    total = len(attribution.chantiers)
    comptes = tampon.store_chantiers(attribution.chantiers, run)
    bilan.comptes = {
        "chantiers lus": total,
        "nouveaux": comptes.nouveaux,
        "modifiés": comptes.modifies,
        "sortis de la sélection": comptes.sortis,
        "inchangés": comptes.inchanges,
    }
    progression.avance(Fleche.PULL_CHANTIERS, total, total)
    return bilan


@dataclass(frozen=True, slots=True)
class Travail:
    """One site that needs a call: `projet` is None when it is to be created."""

    suivi: ChantierSuivi
    notres: Champs
    projet: Projet | None


@dataclass(slots=True)
class PlanChantiers:
    """What must happen in BatiSimply, decided from one reading of both sides; the dry run shows it."""

    creer: list[Travail] = field(default_factory=list)
    modifier: list[Travail] = field(default_factory=list)
    liens: list[Lien] = field(default_factory=list)
    """Links and agreements to note without any call."""
    inchanges: int = 0
    rejets: list[Rejet] = field(default_factory=list)
    conflits: list[ConflitChantier] = field(default_factory=list)
    divergences: list[ConflitChantier] = field(default_factory=list)

    def note(self, code: str, fusion: Fusion) -> None:
        """Keep what both sides disagree on."""
        if fusion.conflits:
            self.conflits.append(ConflitChantier(code, fusion.conflits))
        if fusion.divergences:
            self.divergences.append(ConflitChantier(code, fusion.divergences))


def plan_chantiers(suivis: Sequence[ChantierSuivi], distants: Sequence[Projet]) -> PlanChantiers:
    """Compare every site with its project. Pure: no call, nothing stored."""
    par_id = {projet.id: projet for projet in distants}
    par_code: defaultdict[str, list[Projet]] = defaultdict(list)
    for projet in distants:
        par_code[normalise_code(projet.champs.get("code") or "")].append(projet)
    plan = PlanChantiers()
    for suivi in suivis:
        _range(plan, suivi, par_id, par_code[normalise_code(suivi.chantier.code)])
    return plan


def _range(plan: PlanChantiers, suivi: ChantierSuivi, par_id: dict[int, Projet], homonymes: list[Projet]) -> None:
    notres = champs_du_chantier(suivi.chantier)
    projet = par_id.get(suivi.projet_id) if suivi.projet_id is not None else None
    base = suivi.base if projet is not None else None
    if projet is None:
        if len(homonymes) > 1:
            ids = ", ".join(str(p.id) for p in homonymes)
            plan.rejets.append(_rejet(suivi, MotifRejet.PROJETS_EN_DOUBLE, f"Projets n° {ids}"))
            return
        if homonymes:
            projet = homonymes[0]
        elif suivi.projet_id is not None:
            plan.rejets.append(_rejet(suivi, MotifRejet.PROJET_SUPPRIME, f"Projet n° {suivi.projet_id}"))
            return
    if projet is None:
        plan.creer.append(Travail(suivi, notres, None))
        return
    fusion = fusionne(base, notres, projet.champs)
    if fusion.a_envoyer:
        plan.modifier.append(Travail(suivi, notres, projet))
        return
    plan.note(suivi.chantier.code, fusion)
    plan.inchanges += 1
    accord = nouvelle_base(base, fusion, notres, projet.champs)
    if accord != base or suivi.projet_id != projet.id:
        plan.liens.append(Lien(suivi.chantier.code, projet.id, accord))


def push_chantiers(
    projets: Projets, tampon: TamponChantiers, paralleles: int, run: str, progression: Progression
) -> Bilan:
    """Bring BatiSimply up to date: only what Batigest changed is sent, nothing a person set is reset."""
    bilan = Bilan(Fleche.PUSH_CHANTIERS)
    plan = plan_chantiers(tampon.list_chantiers(), projets.read_projets())
    tampon.save_liens(plan.liens)
    envoi = _Envoi(projets, tampon, plan, bilan=bilan, progression=progression, paralleles=paralleles)
    envoi.execute([*plan.creer, *plan.modifier])
    if envoi.incertains:
        envoi.second_regard()
    tampon.replace_conflits_chantiers(plan.conflits, plan.divergences, run)
    tampon.replace_rejets(ObjetRejet.CHANTIER, plan.rejets, run)
    bilan.compte("inchangés", plan.inchanges)
    bilan.rejets = len(plan.rejets)
    bilan.conflits = len(plan.conflits)
    bilan.remarques += [_remarque(divergence) for divergence in plan.divergences]
    return bilan


class _Envoi:
    """The calls of one push, a few at a time; the tampon is only touched by the calling thread."""

    def __init__(
        self,
        projets: Projets,
        tampon: TamponChantiers,
        plan: PlanChantiers,
        *,
        bilan: Bilan,
        progression: Progression,
        paralleles: int,
    ) -> None:
        self._projets = projets
        self._tampon = tampon
        self._plan = plan
        self._bilan = bilan
        self._progression = progression
        self._paralleles = paralleles
        self._liens: list[Lien] = []
        self._echecs_de_suite = 0
        self._fait = 0
        self.incertains: list[Travail] = []

    def execute(self, travaux: Sequence[Travail]) -> None:
        """Carry the work out. Links are noted as it goes, also when it has to stop."""
        total = len(travaux)
        self._progression.avance(Fleche.PUSH_CHANTIERS, self._fait, total)
        pool = ThreadPoolExecutor(self._paralleles, thread_name_prefix="envoi")
        try:
            for travail, futur in _au_fil(pool, self._envoie, travaux, self._paralleles * 2):
                self._recueille(travail, futur)
                self._fait += 1
                self._progression.avance(Fleche.PUSH_CHANTIERS, self._fait, total, travail.suivi.chantier.libelle)
                if self._progression.annulation_demandee():
                    raise Annule("La synchronisation a été annulée.")
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self._note_liens()

    def second_regard(self) -> None:
        """Some creations got no answer: look whether they happened before doing them again."""
        incertains, self.incertains = self.incertains, []
        plan = plan_chantiers([travail.suivi for travail in incertains], self._projets.read_projets())
        self._tampon.save_liens(plan.liens)
        retrouves = len(incertains) - len(plan.creer)
        if retrouves:
            self._bilan.compte("créés", retrouves)
            self._bilan.ecritures += retrouves
        self._plan.rejets += plan.rejets
        self._fait -= len(plan.creer) + len(plan.modifier)
        self.execute([*plan.creer, *plan.modifier])
        for travail in self.incertains:
            self._incident(travail, ReponseIncertaine("BatiSimply n’a pas répondu à la création de ce chantier."))

    def _envoie(self, travail: Travail) -> tuple[str, Projet | None, Fusion | None]:
        """In a worker thread: the calls for one site. Returns what was done, the stored project, the merge."""
        if travail.projet is None:
            return "créés", self._projets.create_projet(travail.notres), None
        # The list may be minutes old and may leave fields out: the object that is laid over is read just before.
        frais = self._projets.read_projet(travail.projet.id)
        if frais is None:
            return "disparu", None, None
        lie = travail.suivi.projet_id == frais.id
        fusion = fusionne(travail.suivi.base if lie else None, travail.notres, frais.champs)
        if not fusion.a_envoyer:
            return "inchangés", frais, fusion
        return "modifiés", self._projets.replace_projet(frais, fusion.a_envoyer), fusion

    def _recueille(self, travail: Travail, futur: "Future[tuple[str, Projet | None, Fusion | None]]") -> None:
        suivi = travail.suivi
        try:
            fait, projet, fusion = futur.result()
        except EnregistrementRefuse as exc:
            self._plan.rejets.append(_rejet(suivi, MotifRejet.CHANTIER_REFUSE, f"{exc.message} {exc.detail}".strip()))
            self._echecs_de_suite = 0
            return
        except ReponseIncertaine:
            self.incertains.append(travail)
            return
        except AccesRefuse:
            raise
        except ErreurConnecteur as exc:
            self._incident(travail, exc)
            self._echecs_de_suite += 1
            if self._echecs_de_suite >= ECHECS_DE_SUITE:
                raise
            return
        self._echecs_de_suite = 0
        if projet is None:
            self._plan.rejets.append(_rejet(suivi, MotifRejet.PROJET_SUPPRIME))
            return
        self._note(travail, fait, projet, fusion)

    def _note(self, travail: Travail, fait: str, projet: Projet, fusion: Fusion | None) -> None:
        suivi = travail.suivi
        self._bilan.compte(fait)
        if fait != "inchangés":
            self._bilan.ecritures += 1
        if fusion is None:
            accord = Base(travail.notres, projet.champs)
        else:
            self._plan.note(suivi.chantier.code, fusion)
            ancienne = suivi.base if suivi.projet_id == projet.id else None
            accord = nouvelle_base(ancienne, fusion, travail.notres, projet.champs)
        self._liens.append(Lien(suivi.chantier.code, projet.id, accord))
        if len(self._liens) >= LIENS_PAR_LOT:
            self._note_liens()

    def _note_liens(self) -> None:
        liens, self._liens = self._liens, []
        if liens:
            self._tampon.save_liens(liens)

    def _incident(self, travail: Travail, exc: ErreurConnecteur) -> None:
        chantier = travail.suivi.chantier
        self._bilan.incidents.append(
            Incident(f"Chantier {chantier.code} « {chantier.libelle} » : {exc.message}", exc.remede, exc.detail)
        )


def _au_fil(
    pool: ThreadPoolExecutor, appel: "Callable[[Travail], _Resultat]", travaux: Sequence[Travail], en_vol: int
) -> "Iterator[tuple[Travail, Future[_Resultat]]]":
    """Results as they come, with a bounded number of calls under way."""
    reste = iter(travaux)
    lances = {pool.submit(appel, travail): travail for travail in islice(reste, en_vol)}
    while lances:
        finis, _ = wait(lances, return_when=FIRST_COMPLETED)
        for futur in finis:
            yield lances.pop(futur), futur
        for travail in islice(reste, len(finis)):
            lances[pool.submit(appel, travail)] = travail


_Resultat = tuple[str, Projet | None, Fusion | None]


def _rejet(suivi: ChantierSuivi, motif: MotifRejet, detail: str = "") -> Rejet:
    chantier = suivi.chantier
    return Rejet(ObjetRejet.CHANTIER, chantier.code, motif, f"{chantier.code} « {chantier.libelle} »", detail)


def _remarque(divergence: ConflitChantier) -> Incident:
    champs = " ; ".join(_phrase(ecart) for ecart in divergence.ecarts)
    return Incident(f"Chantier {divergence.code} : modifié dans BatiSimply, conservé. {champs}")


def _phrase(ecart: Ecart) -> str:
    return f"{ecart.champ} : Batigest « {ecart.notre or ''} », BatiSimply « {ecart.leur or ''} »"
