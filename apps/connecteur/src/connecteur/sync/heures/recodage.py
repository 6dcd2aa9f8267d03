"""Delivered slots whose project leads to no chantier any more: where their hours are (decision 0027).

A chantier that was deleted in Batigest, or that has another code there, takes no delivered hour out of SuiviMO: the
line stays. If Batigest gave SuiviMO the new code as well, our lines are found again under it, and are ours there.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi
from connecteur.domain.heure import normalise_code as normalise
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.resolution import Livre
from connecteur.domain.run import Incident
from connecteur.sync.heures.examen import par_cle
from connecteur.sync.ports import LignesLues

TOUJOURS = date(9999, 12, 31)


class LitLignes(Protocol):
    """Batigest, as far as our lines are looked for there."""

    def read_lignes(self, tranche: Tranche) -> LignesLues:
        """Every line of SuiviMO whose date falls in these local days."""
        ...


class TamponLignes(Protocol):
    """The tampon, as far as the lines we own are concerned."""

    def list_lignes(self, tranche: Tranche) -> list[LigneSuivi]:
        """The lines we own in these days, as last confirmed."""
        ...

    def list_annoncees(self, tranche: Tranche) -> list[Action]:
        """Writes announced and never confirmed (a power cut), oldest first."""
        ...

    def confirm(
        self, run: str, *, faites: Sequence[Action], abandonnees: Sequence[Action], sans_ecriture: Sequence[Action]
    ) -> None:
        """See `TamponHeures`."""
        ...


@dataclass(frozen=True, slots=True)
class Places:
    """What became of them."""

    en_place: Mapping[str, Livre] = field(default_factory=dict)
    """The slots that stay delivered, by id."""
    a_revoir: frozenset[str] = frozenset()
    """Those that are not where the tampon says any more: found under another code, or gone from SuiviMO."""
    recodes: Mapping[str, str] = field(default_factory=dict)
    """Codes that no chantier bears now > the one under which our lines stand."""
    retrouvees: Sequence[Action] = ()
    """The lines of ours found there: to be noted, nothing is to be written."""


def place(
    muets: Mapping[str, Livre], codes: Collection[str], depuis: date, dossier: LitLignes, tampon: TamponLignes
) -> Places:
    """Where these slots are; `codes` are those under which hours may be written, as Batigest writes them."""
    vivants = {normalise(code): code for code in codes}
    en_place: dict[str, Livre] = {}
    a_revoir: set[str] = set()
    perdus: dict[str, Livre] = {}
    for ident, livre in muets.items():
        tenu, retenu = livre.cle.code_chantier, normalise(livre.code_chantier)
        if tenu == retenu:
            (en_place if tenu in vivants else perdus)[ident] = livre
        elif tenu in vivants and retenu == livre.ancien_code:
            # Its line was found under another code, and the run was cut before the slot was stored.
            en_place[ident] = livre._replace(code_chantier=vivants[tenu])
            a_revoir.add(ident)
    if not perdus:
        return Places(en_place, frozenset(a_revoir))
    recherche = _Recherche(depuis, dossier, tampon)
    recherche.lit(livre.cle.debut for livre in perdus.values())
    recodes = recherche.cherche({livre.cle.code_chantier for livre in perdus.values()}, vivants)
    retrouvees = {notre.cle: cle for notre, cle in recherche.retrouvees}
    for ident, livre in perdus.items():
        nouvelle = retrouvees.get(livre.cle)
        if nouvelle is not None:
            en_place[ident] = livre._replace(code_chantier=vivants[nouvelle.code_chantier], cle=nouvelle)
            a_revoir.add(ident)
        elif livre.cle in recherche.presentes or livre.cle in recherche.en_suspens:
            en_place[ident] = livre
        else:
            a_revoir.add(ident)
    return Places(en_place, frozenset(a_revoir), recodes, _actions(recherche.retrouvees))


class _Recherche:
    """Our lines under codes that no chantier bears any more, and what SuiviMO holds beside them."""

    def __init__(self, depuis: date, dossier: LitLignes, tampon: TamponLignes) -> None:
        self._dossier = dossier
        self._tampon = tampon
        self._tout = Tranche(depuis, TOUJOURS)
        self._lues: set[date] = set()
        self._notres: dict[CleSuivi, LigneSuivi] = {}
        self.presentes: dict[CleSuivi, list[LigneActuelle]] = {}
        self.en_suspens = frozenset(action.cle for action in tampon.list_annoncees(self._tout))
        """Lines of a run that was cut: first the push says what became of them."""
        self.retrouvees: list[tuple[LigneSuivi, CleSuivi]] = []
        """Lines of ours, and the key they have now."""

    def lit(self, debuts: Iterable[datetime]) -> None:
        """Read the weeks of these lines, each once, on both sides."""
        for lundi in sorted({d.date() - timedelta(days=d.weekday()) for d in debuts} - self._lues):
            semaine = Tranche(lundi, lundi + timedelta(days=7))
            self._lues.add(lundi)
            self.presentes |= par_cle(self._dossier.read_lignes(semaine).lignes)
            self._notres |= {ligne.cle: ligne for ligne in self._tampon.list_lignes(semaine)}

    def cherche(self, anciens: Collection[str], vivants: Mapping[str, str]) -> dict[str, str]:
        """The new code of each of these, where everything speaks for it: none of our lines stands under the old one,
        and half of them at least stand, equal, at the same salarié and date, under one and the same other code."""
        probables = self._probables(anciens, vivants)
        if not probables:
            return {}
        # It happens once in the life of a chantier: now all its lines are looked at, whoever their slots are with.
        self._notres |= {ligne.cle: ligne for ligne in self._tampon.list_lignes(self._tout)}
        self.lit(cle.debut for cle in self._notres if cle.code_chantier in probables)
        recodes = {ancien: vivants[cle] for ancien, cle in self._probables(probables, vivants).items()}
        for ligne in self._notres.values():
            if ligne.cle.code_chantier in recodes:
                cle = ligne.cle._replace(code_chantier=normalise(recodes[ligne.cle.code_chantier]))
                if self._est_la(ligne, cle):
                    self.retrouvees.append((ligne, cle))
        return recodes

    def _probables(self, anciens: Collection[str], vivants: Mapping[str, str]) -> dict[str, str]:
        lignes: defaultdict[str, list[LigneSuivi]] = defaultdict(list)
        for ligne in self._notres.values():
            if ligne.cle.code_chantier in anciens:
                lignes[ligne.cle.code_chantier].append(ligne)
        voisines: defaultdict[tuple[str, datetime], list[CleSuivi]] = defaultdict(list)
        for cle in self.presentes:
            if cle.code_chantier in vivants:
                voisines[cle.code_salarie, cle.debut].append(cle)
        trouves = {}
        for ancien, siennes in lignes.items():
            if any(ligne.cle in self.presentes or ligne.cle in self.en_suspens for ligne in siennes):
                continue
            voix = Counter(
                cle.code_chantier
                for ligne in siennes
                for cle in voisines[ligne.cle.code_salarie, ligne.cle.debut]
                if self._est_la(ligne, cle)
            )
            if len(voix) == 1 and 2 * voix.total() >= len(siennes):
                (trouves[ancien],) = voix
        return trouves

    def _est_la(self, ligne: LigneSuivi, cle: CleSuivi) -> bool:
        presentes = self.presentes.get(cle, ())
        libre = cle not in self._notres and cle not in self.en_suspens
        return libre and len(presentes) == 1 and presentes[0].quantites == ligne.quantites


def _actions(retrouvees: Iterable[tuple[LigneSuivi, CleSuivi]]) -> list[Action]:
    actions = []
    for (ancienne, quantites, creneaux), cle in retrouvees:
        actions.append(Action(Geste.OUBLIER, ancienne, None, None, quantites, creneaux))
        actions.append(Action(Geste.ADOPTER, cle, quantites, quantites, None, creneaux, deplace_de=ancienne))
    return actions


def list_restes(places: Places, chantiers: Collection[str]) -> list[Incident]:
    """What a person should know of them: once for each chantier. No harm is done."""
    dits = [_recode(places, ancien, code) for ancien, code in sorted(places.recodes.items())]
    vivants = {normalise(code) for code in chantiers}
    par_chantier: defaultdict[str, list[Livre]] = defaultdict(list)
    for ident, livre in places.en_place.items():
        if ident not in places.a_revoir:
            par_chantier[livre.code_chantier].append(livre)
    for code, livres in sorted(par_chantier.items()):
        combien = f"{len(livres)} créneau{'x' if len(livres) > 1 else ''}"
        if normalise(code) in vivants:
            dits.append(
                Incident(
                    f"{_projets(livres)} ne mène plus à un chantier de Batigest ; les heures déjà livrées ({combien}) "
                    f"restent au chantier {code}.",
                    f"Dans BatiSimply, rendez au projet le code {code}, ou donnez-lui celui du chantier voulu : les "
                    "heures le suivront.",
                )
            )
        else:
            dits.append(
                Incident(
                    f"Le chantier {code} n’est plus dans Batigest ; les heures déjà livrées ({combien}) y restent.",
                    f"S’il y a changé de code, donnez le nouveau dans BatiSimply ({_projets(livres)}) : les heures le "
                    "suivront. S’il a été supprimé à dessein, il n’y a rien à faire.",
                )
            )
    return dits


def _recode(places: Places, ancien: str, code: str) -> Incident:
    lignes = sum(action.deplace_de is not None and action.deplace_de.code_chantier == ancien
                 for action in places.retrouvees)  # fmt: skip
    siens = [livre for livre in places.en_place.values() if livre.code_chantier == code]
    return Incident(
        f"Le chantier {ancien} a pris le code {code} dans Batigest, lignes d’heures comprises : le connecteur y a "
        f"retrouvé les siennes ({lignes}).",
        f"Donnez le code {code} dans BatiSimply ({_projets(siens)}) : tant que l’ancien y est, les nouvelles heures "
        "sont des rejets.",
    )


def _projets(livres: Iterable[Livre]) -> str:
    numeros = sorted({livre.projet_id for livre in livres if livre.projet_id is not None})
    if not numeros:
        return "le projet"
    return f"{'projet' if len(numeros) == 1 else 'projets'} n° {', '.join(map(str, numeros))}"
