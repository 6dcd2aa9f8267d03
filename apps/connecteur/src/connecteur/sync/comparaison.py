"""One record against its project: what to send, what to keep, what waits. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from connecteur.domain.arbitrage import Faits, Regles, arbitre
from connecteur.domain.chantier import Champs
from connecteur.domain.datation import Datation, Horloge
from connecteur.domain.fusion import Base, Ecart, Fusion, Projet, egaux, fusionne, nouvelle_base
from connecteur.domain.lien import ChantierSuivi, Cloture, Drapeaux, Lien, Vue
from connecteur.settings.chantiers import Sortie


@dataclass(frozen=True, slots=True)
class Contexte:
    """What every comparison of one push needs to know."""

    regles: Regles
    sortie: Sortie
    maintenant: datetime
    horloge: Horloge
    """BatiSimply's."""
    projets_lus_le: datetime | None = None
    """When a push last read BatiSimply's projects to its end."""


@dataclass(frozen=True, slots=True)
class Comparaison:
    """The outcome for one record."""

    fusion: Fusion
    drapeaux: Drapeaux
    vues: dict[str, Vue] = field(default_factory=dict)
    cloture: Cloture | None = None
    """How the project stands closed by us once this is done."""

    @property
    def appelle(self) -> bool:
        """Whether BatiSimply must be written to."""
        return bool(self.fusion.a_envoyer or self.drapeaux)

    def lien(self, suivi: ChantierSuivi, notres: Champs, projet: Projet) -> Lien:
        """The link from now on; `projet` is what BatiSimply answers after it was written to."""
        lie = suivi.projet_id == projet.id
        base = suivi.base if lie else None
        return Lien(
            suivi.chantier.code,
            projet.id,
            nouvelle_base(base, self.fusion, notres, projet.champs) if suivi.present else base or Base({}, {}),
            self.vues if suivi.present else suivi.vues,
            self.cloture,
            suivi.position if lie else None,
        )


def compare(suivi: ChantierSuivi, notres: Champs, projet: Projet, contexte: Contexte) -> Comparaison:
    """Merge, settle, and see whether the project must be closed or opened again."""
    lie = suivi.projet_id == projet.id
    drapeaux, cloture = _cloture(suivi, projet, contexte.sortie) if lie else ({}, None)
    if not suivi.present:
        return Comparaison(Fusion({}, (), ()), drapeaux, cloture=cloture)
    fusion = fusionne(suivi.base if lie else None, notres, projet.champs)
    if not (fusion.conflits or fusion.divergences or suivi.decisions):
        return Comparaison(fusion, drapeaux, {}, cloture)
    vues = {
        ecart.champ: vue
        for ecart in (*fusion.conflits, *fusion.divergences)
        if (vue := _vue(ecart, suivi, projet, contexte)) is not None
    }
    faits = Faits(suivi.dates, {champ: vue.date for champ, vue in vues.items()}, suivi.decisions)
    arbitree = arbitre(fusion, notres, contexte.regles, faits)
    restent = {ecart.champ for ecart in (*arbitree.conflits, *arbitree.divergences)}
    return Comparaison(arbitree, drapeaux, {champ: vue for champ, vue in vues.items() if champ in restent}, cloture)


def _vue(ecart: Ecart, suivi: ChantierSuivi, projet: Projet, contexte: Contexte) -> Vue | None:
    """What BatiSimply says, and since when: dated when it was first seen, so that our own writes change nothing."""
    lie = suivi.projet_id == projet.id
    connue = suivi.vues.get(ecart.champ) if lie else None
    if connue is not None and egaux(ecart.champ, connue.valeur, ecart.leur):
        return connue
    avant = contexte.projets_lus_le if lie else None
    if projet.modifie_le is not None:
        date = contexte.horloge.date(projet.modifie_le)
        # The other value was still there at the last look: a date before that tells of something else.
        if avant is None or date.le >= avant:
            return Vue(ecart.leur, date)
    return None if avant is None else Vue(ecart.leur, Datation(avant, contexte.maintenant))


def _cloture(suivi: ChantierSuivi, projet: Projet, sortie: Sortie) -> tuple[Drapeaux, Cloture | None]:
    if suivi.present:
        if suivi.cloture is None:
            return {}, None
        # Opened again only by whoever closed it: what a person closed stays closed.
        return ({suivi.cloture: False} if _porte(projet, suivi.cloture) else {}), None
    if sortie is Sortie.LAISSER or suivi.cloture is not None:
        return {}, suivi.cloture
    cloture = Cloture.TERMINE if sortie is Sortie.TERMINER else Cloture.ARCHIVE
    if projet.archive or _porte(projet, cloture):
        return {}, None
    return {cloture: True}, cloture


def _porte(projet: Projet, cloture: Cloture) -> bool:
    return projet.termine if cloture is Cloture.TERMINE else projet.archive
