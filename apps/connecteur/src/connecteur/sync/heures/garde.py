"""Stop before a payroll is emptied: count, over the whole window, what the plan would change or remove."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connecteur.domain.garde import Changement, Compte, Garde, Retenues, Seuil, list_changements
from connecteur.domain.heure import CleSuivi, LigneSuivi
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import CHANGEMENTS, Action, Geste
from connecteur.domain.run import Incident
from connecteur.sync.heures.regles import Regles
from connecteur.sync.ports import TamponHeures


@dataclass(frozen=True, slots=True)
class Consigne:
    """What the guard says of this push."""

    garde: Garde | None = None
    """The request for confirmation this push is about, if any."""
    retenus: frozenset[str] | None = None
    """None: everything may be written. Else nothing that corrects or removes, nor these slots elsewhere: they are
    still counted on the lines that stay."""

    def permet(self, actions: Sequence[Action]) -> Sequence[Action]:
        """Those that need not wait."""
        return actions if self.retenus is None else [action for action in actions if not self.retient(action)]

    def retient(self, action: Action) -> bool:
        """Whether this action waits for the confirmation."""
        if self.retenus is None:
            return False
        if action.geste in CHANGEMENTS:
            return True
        return action.geste is Geste.INSERER and not self.retenus.isdisjoint(action.creneaux)

    def incident(self) -> Incident | None:
        """What to tell a person; None when nothing is held back."""
        return None if self.garde is None or self.retenus is None else _incident(self.garde)


def consulte_garde(
    tampon: TamponHeures, regles: Regles, seuil: Seuil, tranches: Sequence[Tranche], run: str
) -> Consigne:
    """Count what would change, before the first line is written; ask for a confirmation when it is too much.

    Costs next to nothing while little has changed: the tampon knows how many slots did since their days were settled,
    and each of them touches two lines at most.
    """
    ouverte = tampon.read_garde()
    etats = tampon.read_etats(tranches)
    a_revoir = [t for t in tranches if not (etats[t].empreinte_suivi or "").startswith(regles.prefixe)]
    if not a_revoir and ouverte is None:
        return Consigne()
    possedees, changes = tampon.count_changements(tranches[0].debut, tranches[-1].fin)
    if ouverte is None:
        memes_regles = all(etats[t].empreinte_suivi is None for t in a_revoir)
        au_plus = min(possedees, 2 * changes) if memes_regles else possedees
        if not seuil.franchi(au_plus, possedees):
            return Consigne()
    compteur = _Compteur()
    for tranche in a_revoir:
        notres = {ligne.cle: ligne for ligne in tampon.list_lignes(tranche)}
        voulues = regles.voulues(tampon.list_resolus(tranche))
        compteur.ajoute(list_changements(voulues, notres, regles.reglement))
        compteur.note_nouvelles(voulues, notres)
        if notres and regles.plusieurs_rubriques:
            anciennes = tampon.list_anciennes(tranche, regles.rubriques.noms).keys() & notres.keys()
            compteur.ajoute(
                Changement(cle, notres[cle].quantites, notres[cle].quantites, notres[cle].creneaux)
                for cle in anciennes
                if not regles.reglement.clos(cle)
            )
    if not seuil.franchi(len(compteur.cles), possedees):
        if ouverte is not None:
            tampon.ferme_garde(ouverte.id)
        return Consigne()
    if ouverte is not None and ouverte.permet(compteur.cles, possedees, seuil):
        return Consigne(ouverte)
    return Consigne(tampon.ouvre_garde(compteur.compte(possedees), run), frozenset(compteur.creneaux))


def list_retenues(tampon: TamponHeures, regles: Regles, tranches: Sequence[Tranche]) -> Retenues:
    """What the open request for confirmation holds back."""
    garde = tampon.read_garde()
    if garde is None:
        return Retenues()
    cles, creneaux = garde.compte.cles, set[str]()
    for tranche in tranches:
        notres = {ligne.cle: ligne for ligne in tampon.list_lignes(tranche)}
        voulues = regles.voulues(tampon.list_resolus(tranche))
        for changement in list_changements(voulues, notres, regles.reglement):
            if changement.empreinte in cles:
                creneaux.update(changement.creneaux)
    return Retenues(cles, frozenset(creneaux))


@dataclass(slots=True)
class _Compteur:
    """Adds up changes, slice by slice."""

    cles: set[int] = field(default_factory=set)
    creneaux: set[str] = field(default_factory=set)
    avant: Decimal = Decimal(0)
    apres: Decimal = Decimal(0)
    debut: date = date.max
    fin: date = date.min
    nouvelles: list[LigneSuivi] = field(default_factory=list)
    """Lines that would be inserted: those made of the same slots take the place of what is removed."""

    def ajoute(self, changements: Iterable[Changement]) -> None:
        for changement in changements:
            jour = changement.cle.debut.date()
            self.cles.add(changement.empreinte)
            self.creneaux.update(changement.creneaux)
            self.avant += changement.avant.heures
            self.apres += changement.apres.heures if changement.apres else 0
            self.debut, self.fin = min(self.debut, jour), max(self.fin, jour)

    def note_nouvelles(self, voulues: Mapping[CleSuivi, LigneSuivi], notres: Mapping[CleSuivi, LigneSuivi]) -> None:
        self.nouvelles += [ligne for cle, ligne in voulues.items() if cle not in notres]

    def compte(self, possedees: int) -> Compte:
        ailleurs = (ligne for ligne in self.nouvelles if not self.creneaux.isdisjoint(ligne.creneaux))
        apres = sum((ligne.quantites.heures for ligne in ailleurs), self.apres)
        return Compte(frozenset(self.cles), possedees, self.avant, apres, self.debut, self.fin)


def _incident(garde: Garde) -> Incident:
    compte = garde.compte
    return Incident(
        f"{garde.lignes} lignes d’heures sur {compte.possedees} seraient corrigées ou retirées de Batigest d’un coup, "
        f"du {compte.debut:%d/%m/%Y} au {compte.fin:%d/%m/%Y} ({_heures(compte.heures_avant)} h deviendraient "
        f"{_heures(compte.heures_apres)} h) : rien n’en a été fait.",
        "Vérifiez dans BatiSimply que ces créneaux ont bien changé. Si c’est voulu, confirmez : « connecteur garde "
        "confirme » ; la synchronisation suivante les écrira. Sinon, corrigez BatiSimply : la demande disparaîtra.",
    )


def _heures(heures: Decimal) -> str:
    return f"{heures:,.2f}".replace(",", "\u202f").replace(".", ",").removesuffix(",00")
