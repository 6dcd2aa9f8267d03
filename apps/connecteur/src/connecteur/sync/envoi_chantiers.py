"""The calls of one push: a few at a time, each record on its own, what is done noted as it goes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from connecteur.domain.fusion import Base, Fusion, Projet, fusionne, nouvelle_base
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.errors import AccesRefuse, Annule, EnregistrementRefuse, ErreurConnecteur, ReponseIncertaine
from connecteur.sync.plan_chantiers import PlanChantiers, Travail, plan_chantiers, rejet_du_chantier
from connecteur.sync.ports import Lien, Progression, Projets, TamponChantiers

ECHECS_DE_SUITE = 5
"""So many records failing one after the other is the service failing: the run stops instead of insisting."""
LIENS_PAR_LOT = 50
"""How many done records wait at most before their links are noted; a power cut costs looking at these again."""


class Envoi:
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
            self._plan.rejets.append(
                rejet_du_chantier(suivi, MotifRejet.CHANTIER_REFUSE, f"{exc.message} {exc.detail}".strip())
            )
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
            self._plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.PROJET_SUPPRIME))
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
