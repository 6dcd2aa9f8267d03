"""The calls of one push: a few at a time, each record on its own, what is done noted as it goes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from queue import SimpleQueue

from connecteur.domain.chantier import Genre
from connecteur.domain.conflit import Cote
from connecteur.domain.fusion import Base, Projet
from connecteur.domain.lien import Lien
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.errors import AccesRefuse, Annule, EnregistrementRefuse, ErreurConnecteur, ReponseIncertaine
from connecteur.sync.carte import Carte
from connecteur.sync.comparaison import Comparaison, Contexte, compare
from connecteur.sync.plan_chantiers import PlanChantiers, Travail, constat, plan_chantiers, rejet_du_chantier
from connecteur.sync.ports import Progression
from connecteur.sync.ports.chantiers import Projets, TamponChantiers

ECHECS_DE_SUITE = 5
"""So many records failing one after the other is the service failing: the run stops instead of insisting."""
LIENS_PAR_LOT = 50
"""How many done records wait at most before their links are noted; a power cut costs looking at these again."""


@dataclass(frozen=True, slots=True)
class Envoye:
    """What the calls for one site did: `projet` is what BatiSimply now holds, None when it no longer exists."""

    fait: str
    projet: Projet | None
    comparaison: Comparaison | None = None
    """None for a project that was created."""
    situe: bool = False
    """Whether it was given its place on the map."""


class Envoi:
    """The calls of one push, a few at a time. What they did is noted by the calling thread."""

    def __init__(
        self,
        projets: Projets,
        tampon: TamponChantiers,
        plan: PlanChantiers,
        *,
        contexte: Contexte,
        genre: Genre,
        pris: Mapping[int, str],
        carte: Carte,
        horloge: Callable[[], datetime],
        run: str,
        bilan: Bilan,
        progression: Progression,
        paralleles: int,
    ) -> None:
        self._projets = projets
        self._tampon = tampon
        self._plan = plan
        self._contexte = contexte
        self._genre = genre
        self._pris = pris
        self._carte = carte
        self._horloge = horloge
        self._run = run
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
        suivis = [travail.suivi for travail in incertains]
        plan = plan_chantiers(suivis, self._projets.read_projets(), self._contexte, pris=self._pris)
        self._tampon.save_liens(plan.liens, self._genre)
        retrouves = len(incertains) - len(plan.creer)
        if retrouves:
            self._bilan.compte("créés", retrouves)
            self._bilan.ecritures += retrouves
        self._plan.recueille(plan)
        self._fait -= len(plan.creer) + len(plan.modifier)
        self.execute([*plan.creer, *plan.modifier])
        for travail in self.incertains:
            self._incident(travail, ReponseIncertaine("BatiSimply n’a pas répondu à la création de ce chantier."))

    def _envoie(self, travail: Travail) -> Envoye:
        """In a worker thread: the calls for one site."""
        if travail.projet is None:
            position = self._carte.du_nouveau(travail.notres)
            cree = self._projets.create_projet(travail.notres, position)
            return Envoye("créés", cree, situe=position is not None)
        # The list may be minutes old and may leave fields out: the object that is laid over is read just before.
        frais = self._projets.read_projet(travail.projet.id)
        if frais is None:
            return Envoye("disparu", None)
        contexte = replace(self._contexte, maintenant=self._horloge())
        comparaison = compare(travail.suivi, travail.notres, frais, contexte)
        if not comparaison.appelle:
            return Envoye("inchangés", frais, comparaison)
        a_envoyer = comparaison.fusion.a_envoyer
        self._annonce(travail, comparaison)
        position = self._carte.du_deplace(travail.suivi, frais, a_envoyer)
        ecrit = self._projets.replace_projet(frais, a_envoyer, comparaison.drapeaux, position)
        return Envoye(_nom(travail, comparaison), ecrit, comparaison, situe=position is not None)

    def _annonce(self, travail: Travail, comparaison: Comparaison) -> None:
        """What a person entered in BatiSimply is about to be overwritten: it must be found again, crash or not."""
        perdus = tuple(
            ecart for ecart in comparaison.fusion.regles if ecart.gagnant is Cote.BATIGEST and not ecart.decide
        )
        if perdus:
            self._tampon.annonce_reglements([constat(travail.suivi, perdus)], self._run, self._genre)

    def _recueille(self, travail: Travail, futur: "Future[Envoye]") -> None:
        suivi = travail.suivi
        try:
            envoye = futur.result()
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
        if envoye.projet is not None:
            self._note(travail, envoye, envoye.projet)
        elif suivi.present:
            self._plan.rejets.append(rejet_du_chantier(suivi, MotifRejet.PROJET_SUPPRIME))

    def _note(self, travail: Travail, envoye: Envoye, projet: Projet) -> None:
        suivi = travail.suivi
        self._bilan.compte(envoye.fait)
        if envoye.fait != "inchangés":
            self._bilan.ecritures += 1
        if envoye.comparaison is None:
            champs = {champ: projet.champs.get(champ) for champ in travail.notres}
            lien = Lien(suivi.chantier.code, projet.id, Base(travail.notres, champs))
        else:
            if suivi.present:
                self._plan.note(suivi, envoye.comparaison.fusion)
            lien = envoye.comparaison.lien(suivi, travail.notres, projet)
        self._liens.append(replace(lien, position=projet.position) if envoye.situe else lien)
        if len(self._liens) >= LIENS_PAR_LOT:
            self._note_liens()

    def _note_liens(self) -> None:
        liens, self._liens = self._liens, []
        if liens:
            self._tampon.save_liens(liens, self._genre)

    def _incident(self, travail: Travail, exc: ErreurConnecteur) -> None:
        chantier = travail.suivi.chantier
        self._bilan.incidents.append(
            Incident(f"Chantier {chantier.code} « {chantier.libelle} » : {exc.message}", exc.remede, exc.detail)
        )


def _nom(travail: Travail, comparaison: Comparaison) -> str:
    """How this write is counted."""
    if not travail.suivi.present:
        return "fermés"
    return "rouverts" if comparaison.drapeaux else "modifiés"


def _au_fil(
    pool: ThreadPoolExecutor, appel: "Callable[[Travail], Envoye]", travaux: Sequence[Travail], en_vol: int
) -> "Iterator[tuple[Travail, Future[Envoye]]]":
    """Results as they come, with a bounded number of calls under way."""
    reste = iter(travaux)
    finis: SimpleQueue[tuple[Travail, Future[Envoye]]] = SimpleQueue()

    def lance(combien: int) -> int:
        """Begin so many more, as long as there are any; how many were begun."""
        suivants = list(islice(reste, combien))
        for travail in suivants:
            pool.submit(appel, travail).add_done_callback(partial(_range, finis, travail))
        return len(suivants)

    en_cours = lance(en_vol)
    while en_cours:
        travail, futur = finis.get()
        en_cours += lance(1) - 1
        yield travail, futur


def _range(finis: "SimpleQueue[tuple[Travail, Future[Envoye]]]", travail: Travail, futur: "Future[Envoye]") -> None:
    finis.put((travail, futur))
