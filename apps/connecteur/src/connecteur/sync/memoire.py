"""Both ends in memory: the flows' tests and anyone who wants to see a flow work without two servers.

They keep the promises of `sync.ports` that matter to a flow: stale lines are not overwritten, a write is all or
nothing, a replaced project is the whole object. `panne` is called with the name of each step and may raise.
"""

import copy
import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

from connecteur.domain.chantier import CHAMPS, Champs, Chantier, Genre, Position
from connecteur.domain.datation import Datation
from connecteur.domain.devis import Devis
from connecteur.domain.fusion import Projet
from connecteur.domain.heure import CleSuivi, Creneau, LigneActuelle, Quantites, Rubriques
from connecteur.domain.lien import Cloture, Drapeaux
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import RIEN, Action
from connecteur.domain.run import Fleche
from connecteur.domain.salarie import Salarie
from connecteur.domain.selection import ChantierFini
from connecteur.sync.ports import CreneauIllisible, Ecrites, Lecture, LignesLues, Refus, Selection


class SansEcran:
    """A progress that nobody looks at, and that nobody asks to stop."""

    def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """Nothing."""

    def annulation_demandee(self) -> bool:
        """Never."""
        return False


Panne = Callable[[str], None]


def sans_panne(_etape: str) -> None:
    """Everything works."""


@dataclass(slots=True)
class LigneMemoire:
    """One row of SuiviMO; `autres` is a heading that the connector does not own."""

    cle: CleSuivi
    quantites: Quantites
    autres: Decimal = Decimal(0)
    modifiee_le: Datation | None = None
    """What a column of this dossier says, where there is one."""
    ailleurs: dict[tuple[str, str, str], Quantites] = field(default_factory=dict)
    """What other headings hold, the connector's of before among them."""


@dataclass(slots=True)
class BatigestMemoire:
    """A dossier in memory."""

    chantiers: list[Chantier] = field(default_factory=list)
    devis_list: list[Devis] = field(default_factory=list)
    salaries: list[Salarie] = field(default_factory=list)
    suivi: list[LigneMemoire] = field(default_factory=list)
    rubriques: Rubriques = field(default_factory=Rubriques)
    devis_nomment_chantier: bool = False
    genre: Genre = Genre.CHANTIER
    devis: list[Chantier] = field(default_factory=list)
    """The accepted devis as projects: what mode devis reads."""
    ecart_horloge_s: float | None = 0.0
    ecritures: int = 0
    refuse: str = ""
    """When it is not empty, every line is refused with this reason."""
    panne: Panne = sans_panne

    def read_selection(self, aujourdhui: date) -> Selection:
        """Open sites and devis."""
        self.panne("read_selection")
        if self.genre is Genre.DEVIS:
            return Selection(list(self.devis), [], False, Genre.DEVIS, ecart_horloge_s=self.ecart_horloge_s)  # noqa: FBT003
        ouverts = [c for c in self.chantiers if c.date_fin is None or c.date_fin >= aujourdhui]
        finis = [ChantierFini(c.code, c.code_client) for c in self.chantiers if c not in ouverts]
        return Selection(
            ouverts,
            list(self.devis_list),
            self.devis_nomment_chantier,
            finis=finis,
            ecart_horloge_s=self.ecart_horloge_s,
        )

    def check_suivi(self, en_plus: Collection[int] = ()) -> Rubriques:  # noqa: ARG002  every heading is there
        """Nothing to check in memory."""
        self.panne("check_suivi")
        return self.rubriques

    def read_codes_chantiers(self) -> dict[str, str]:
        """Every site and every devis."""
        return {c.code: c.code for c in (*self.chantiers, *self.devis)}

    def read_salaries(self) -> list[Salarie]:
        """Every employee."""
        return list(self.salaries)

    def write_codebs(self, code: str, utilisateur: str) -> bool:
        """An empty cell takes it; a cell that holds it already is left."""
        for rang, salarie in enumerate(self.salaries):
            if salarie.code == code and salarie.utilisateur is None:
                self.salaries[rang] = replace(salarie, utilisateur=utilisateur)
                return True
        return False

    def read_lignes(self, tranche: Tranche) -> LignesLues:
        """The lines of these days."""
        self.panne("read_lignes")
        lignes = [
            LigneActuelle(ligne.cle, ligne.quantites, bool(ligne.autres or ligne.ailleurs), ligne.modifiee_le)
            for ligne in self.suivi
            if tranche.debut <= ligne.cle.debut.date() < tranche.fin
        ]
        return LignesMemoire(lignes)

    def nomme_rubriques(self, *noms: str) -> None:
        """The settings name other headings: what was in ours is elsewhere now."""
        avant, apres = self.rubriques.noms, (noms[0], noms[1], noms[2])
        for ligne in self.suivi:
            autres = {**ligne.ailleurs, avant: ligne.quantites}
            ligne.quantites = autres.pop(apres, RIEN)
            ligne.ailleurs = {noms: quantites for noms, quantites in autres.items() if quantites != RIEN}
        self.rubriques = replace(self.rubriques, noms=apres)

    def read_anciennes(self, tranche: Tranche, noms: tuple[str, str, str]) -> list[LigneActuelle]:
        """The lines of these days, as those headings hold them."""
        return [
            LigneActuelle(ligne.cle, ligne.ailleurs.get(noms, RIEN), autres=True)
            for ligne in self.suivi
            if tranche.debut <= ligne.cle.debut.date() < tranche.fin
        ]

    def change_rubriques(self, actions: Sequence[Action], noms: tuple[str, str, str]) -> Ecrites:
        """One by one, where the old headings are as announced and the new ones empty."""
        self.panne("write_lignes")
        resultat = Ecrites()
        for action in actions:
            la = [ligne for ligne in self.suivi if ligne.cle == action.cle]
            if len(la) == 1 and la[0].ailleurs.get(noms, RIEN) == action.avant and la[0].quantites == RIEN:
                la[0].ailleurs.pop(noms, None)
                la[0].quantites = _exige(action.apres)
                resultat.faites.append(action)
            else:
                resultat.depassees.append(action)
        self.ecritures += len(resultat.faites)
        return resultat

    def write_lignes(self, actions: Sequence[Action]) -> Ecrites:
        """All that is not stale, or nothing when `panne` raises before the commit."""
        self.panne("write_lignes")
        if self.refuse:
            return Ecrites(refusees=[Refus(action, self.refuse) for action in actions])
        resultat = Ecrites()
        suivi = copy.deepcopy(self.suivi)
        for action in actions:
            (resultat.faites if _applique(suivi, action) else resultat.depassees).append(action)
        self.panne("avant_commit")
        self.suivi = suivi
        self.ecritures += len(resultat.faites)
        self.panne("apres_commit")
        return resultat


@dataclass(frozen=True, slots=True)
class LignesMemoire:
    """The lines of a slice, as read."""

    lignes: Sequence[LigneActuelle]

    @property
    def empreinte(self) -> str:
        """Of what the plan looks at, in the order of the keys."""
        return _empreinte(sorted((ligne.cle, ligne.quantites, ligne.autres) for ligne in self.lignes))

    def empreinte_apres(self, actions: Sequence[Action]) -> str:
        """Carry them out on a copy, and look."""
        suivi = [LigneMemoire(li.cle, li.quantites, Decimal(li.autres)) for li in self.lignes]
        for action in actions:
            _applique(suivi, action)
        return LignesMemoire([LigneActuelle(li.cle, li.quantites, bool(li.autres)) for li in suivi]).empreinte


def _applique(suivi: list[LigneMemoire], action: Action) -> bool:
    la = [ligne for ligne in suivi if ligne.cle == action.cle]
    vue = [] if action.avant is None else [action.avant]
    if [ligne.quantites for ligne in la] != vue:
        return False
    if action.apres is None:
        if not la or la[0].autres:
            return False
        suivi.remove(la[0])
    elif la:
        la[0].quantites = _exige(action.apres)
    else:
        suivi.append(LigneMemoire(action.cle, _exige(action.apres)))
    return True


def _exige(quantites: Quantites | None) -> Quantites:
    if quantites is None:
        raise ValueError("this action writes a line and says not which")
    return quantites


@dataclass(frozen=True, slots=True)
class TrancheMemoire:
    """A slice, as read."""

    empreinte: str
    creneaux: list[Creneau]
    illisibles: list[CreneauIllisible] = field(default_factory=list)
    champs_absents: frozenset[str] = frozenset()

    def inconnus(self) -> dict[str, str]:
        """Those that a slot carries all the same."""
        return {champ: "nombre" for creneau in self.creneaux for champ, _ in creneau.plus}

    def lit(self) -> Lecture:
        """Already parsed."""
        datee = any(creneau.modifie_le is not None for creneau in self.creneaux)
        return Lecture(list(self.creneaux), list(self.illisibles), self.champs_absents, datee)


@dataclass(slots=True)
class BatisimplyMemoire:
    """A tenant in memory. `objets` holds each project as the server would: our fields and what people set."""

    objets: dict[int, dict[str, Any]] = field(default_factory=dict)
    creneaux: dict[str, Creneau] = field(default_factory=dict)
    illisibles: list[CreneauIllisible] = field(default_factory=list)
    """Slots that every slice holds and nobody can read."""
    champs_absents: frozenset[str] = frozenset()
    """Further fields of the settings that no slot carries."""
    appels: list[str] = field(default_factory=list)
    horloge: Callable[[], datetime] | None = None
    """What dates the modifications; None: they are not dated."""
    ecart_horloge_s: float | None = 0.0
    dernier: int = 100
    """The last id that was given."""
    _verrou: Lock = field(default_factory=Lock)
    panne: Panne = sans_panne

    def read_projets(self) -> list[Projet]:
        """All of them."""
        self.panne("read_projets")
        return [_projet(ident, objet) for ident, objet in sorted(self.objets.items())]

    def read_codes_projets(self) -> dict[int, str]:
        """Their codes."""
        return {projet.id: projet.champs.get("code") or "" for projet in self.read_projets()}

    def read_projet(self, ident: int) -> Projet | None:
        """One of them."""
        self.panne("read_projet")
        return _projet(ident, self.objets[ident]) if ident in self.objets else None

    def create_projet(self, champs: Champs, position: Position | None = None) -> Projet:
        """A new project, even when its code exists: BatiSimply does not check."""
        self.panne("create_projet")
        with self._verrou:
            ident = self.dernier = max(self.dernier, *self.objets, 100) + 1  # an id is never given twice
            self.objets[ident] = {}
        self.objets[ident] = {**champs, **({"position": position} if position else {})}
        self._date(ident)
        self.appels.append("POST")
        self.panne("apres_create_projet")
        return _projet(ident, self.objets[ident])

    def replace_projet(
        self, projet: Projet, champs: Champs, drapeaux: Drapeaux | None = None, position: Position | None = None
    ) -> Projet:
        """The whole object: what the caller leaves out is lost."""
        self.panne("replace_projet")
        objet = {**copy.deepcopy(projet.brut), **champs, **({"position": position} if position else {})}
        objet |= {DRAPEAUX[cloture]: valeur for cloture, valeur in (drapeaux or {}).items()}
        self.objets[projet.id] = objet
        self._date(projet.id)
        self.appels.append("PUT")
        self.panne("apres_replace_projet")
        return _projet(projet.id, objet)

    def saisit(self, ident: int, **champs: Any) -> None:
        """A person changes a project."""
        self.objets[ident] |= champs
        self._date(ident)

    def _date(self, ident: int) -> None:
        if self.horloge is not None:
            self.objets[ident]["modifie_le"] = self.horloge()

    def read_tranche(self, debut: datetime, fin: datetime) -> TrancheMemoire:
        """The slots that start between both instants."""
        self.panne("read_tranche")
        lus = sorted((c for c in self.creneaux.values() if debut <= c.debut < fin), key=lambda c: c.id)
        return TrancheMemoire(_empreinte([*lus, *self.illisibles]), lus, list(self.illisibles), self.champs_absents)


DRAPEAUX = {Cloture.TERMINE: "termine", Cloture.ARCHIVE: "archive"}


def _projet(ident: int, objet: dict[str, Any]) -> Projet:
    return Projet(
        ident,
        {champ: objet.get(champ) for champ in CHAMPS},
        copy.deepcopy(objet),
        archive=bool(objet.get("archive")),
        termine=bool(objet.get("termine")),
        modifie_le=objet.get("modifie_le"),
        position=objet.get("position"),
    )


def _empreinte(objets: Iterable[object]) -> str:
    return hashlib.blake2b(repr(list(objets)).encode(), digest_size=16).hexdigest()
