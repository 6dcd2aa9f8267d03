"""The part of the tampon in memory where people decide: findings, decisions, the guard, the first import."""
# ruff: noqa: ARG002  (the real one writes down which run did what; here nobody asks)

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from connecteur.domain.conflit import Cote
from connecteur.domain.garde import Compte, Garde
from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.reglement import Changement, Dates, Decision, dates_de
from connecteur.sync.ports import EtatTranche
from connecteur.sync.ports.litiges import Dispute, ImportInitial
from connecteur.tampon.constats import ConstatOuvert
from connecteur.tampon.decisions import EcritureReglee, annulable, decidable, decision_contraire
from connecteur.tampon.gardes import garde_perimee
from connecteur.tampon.rubriques import Noms, rubriques_en_suspens


@dataclass(slots=True)
class EcritureNotee:
    """One entry of the history of writes: `etat` is « prévue », « faite » or « abandonnée »."""

    action: Action
    run: str
    etat: str
    regle_run: str | None = None


@dataclass(slots=True)
class Regard:
    """When a disputed line was seen as it is: not yet so at `intacte_le`, so since `vue_le`, still so at `revue_le`."""

    vue: Quantites | None
    intacte_le: datetime | None
    vue_le: datetime
    revue_le: datetime


JAMAIS = datetime.min.replace(tzinfo=UTC)


def maintenant() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class LitigesMemoire:
    """`TamponLitiges` without a database, and what the pages and commands ask of it."""

    horloge: Callable[[], datetime] = maintenant
    ecritures: list[EcritureNotee] = field(default_factory=list)
    constats: dict[CleSuivi, Action] = field(default_factory=dict)
    decisions: dict[CleSuivi, Decision] = field(default_factory=dict)
    _etats: dict[date, EtatTranche] = field(default_factory=dict)
    _lignes: dict[CleSuivi, LigneSuivi] = field(default_factory=dict)
    _jours: dict[str, date] = field(default_factory=dict)
    """Slot > its local day, for those that are there."""
    par_horaire: dict[str, datetime] = field(default_factory=dict)
    """The runs that began by themselves, and when."""
    _lecture: datetime | None = None
    """When the last reading of the whole window began."""
    _changes: dict[str, Changement] = field(default_factory=dict)
    _regards: dict[CleSuivi, Regard] = field(default_factory=dict)
    _reglees: dict[date, datetime] = field(default_factory=dict)
    _garde_ouverte: Garde | None = None
    _import: ImportInitial | None = None
    _numero: int = 0
    _rubriques: list[Noms] = field(default_factory=list)
    _formes: dict[CleSuivi, list[Noms]] = field(default_factory=dict)
    """The headings of the lines that were written before those of today."""
    _tic: datetime = JAMAIS

    # --- findings and dates -----------------------------------------------------------------------

    def count_constats(self) -> dict[Geste, int]:
        """See `ports.TamponHeures`."""
        return dict(Counter(action.geste for action in self.constats.values()))

    def list_constats(self, limite: int = 1000) -> list[ConstatOuvert]:
        """See `DepotConstats`."""
        ouverts = sorted(self.constats.items(), key=lambda un: un[0].debut, reverse=True)[:limite]
        return [ConstatOuvert(action, self._regards[cle].vue_le, Dates()) for cle, action in ouverts]

    def read_dates(self, tranche: Tranche, disputes: Sequence[Dispute]) -> dict[CleSuivi, Dates]:
        """See `ports.TamponLitiges`."""
        dates = {}
        for dispute in disputes:
            connu = self._regards.get(dispute.cle)
            if connu is None:
                intacte_le, vue_le = self._reglees.get(tranche.debut), self.tic()
            elif connu.vue == dispute.vue:
                intacte_le, vue_le = connu.intacte_le, connu.vue_le
            else:
                intacte_le, vue_le = connu.revue_le, self.tic()
            dates[dispute.cle] = dates_de(
                intacte_le, vue_le, [self._changes[i] for i in dispute.creneaux if i in self._changes]
            )
        return dates

    def constate(self, tranche: Tranche, constats: Iterable[Action]) -> None:
        """These are the findings of these days now."""
        gardes = {c: a for c, a in self.constats.items() if not tranche.debut <= c.debut.date() < tranche.fin}
        for action in constats:
            gardes[action.cle] = action
            connu = self._regards.get(action.cle)
            if connu is None:
                instant = self.tic()
                regard = Regard(action.avant, self._reglees.get(tranche.debut), instant, instant)
            elif connu.vue == action.avant:
                regard = replace(connu, revue_le=self.tic())
            else:
                instant = self.tic()
                regard = Regard(action.avant, connu.revue_le, instant, instant)
            self._regards[action.cle] = regard
            self._laisse(action)
        self.constats = gardes
        self._regards = {cle: regard for cle, regard in self._regards.items() if cle in gardes}
        self._reglees[tranche.debut] = self.tic()

    def _laisse(self, action: Action) -> None:
        """What the policy leaves to Batigest stands, as a person's word does."""
        laissee = action.jugement is not None and action.jugement.gagnant is Cote.BATIGEST
        if action.geste is not Geste.REPRISE or not laissee:
            return
        connue = self.decisions.get(action.cle)
        if connue is None or (connue.voulue != action.apres and connue.rendu is None):
            self.decisions[action.cle] = Decision(Cote.BATIGEST, action.apres, action.avant, par_politique=True)

    # --- decisions --------------------------------------------------------------------------------

    def list_decisions(self, depuis: date) -> dict[CleSuivi, Decision]:
        """See `ports.TamponLitiges`."""
        return {cle: decision for cle, decision in self.decisions.items() if cle.debut.date() >= depuis}

    def decide_ligne(self, cle: CleSuivi, choix: Cote, qui: str) -> None:
        """See `DepotDecisions`."""
        action = decidable(self.constats.get(cle), choix)
        self.decisions[cle] = Decision(choix, action.apres, action.avant)
        self.a_revoir(cle)

    def annule_ecriture(self, ident: int, qui: str) -> None:
        """See `DepotDecisions`; the number is the rank in `ecritures`."""
        connue = 0 <= ident < len(self.ecritures) and self.ecritures[ident].etat == "faite"
        note = self.ecritures[ident] if connue else None
        suivie = any(
            note is not None and autre.action.cle == note.action.cle and autre.etat != "abandonnée"
            for autre in self.ecritures[ident + 1 :]
        )
        action = annulable(note.action if note else None, suivie=suivie)
        self.decisions[action.cle] = decision_contraire(action)
        self.a_revoir(action.cle)

    def list_reglees(self, limite: int = 200) -> list[EcritureReglee]:
        """See `DepotDecisions`."""
        reglees = [
            EcritureReglee(rang, note.action, note.run, self._tic)
            for rang, note in enumerate(self.ecritures)
            if note.etat == "faite" and note.action.jugement is not None and note.action.geste is not Geste.RENDRE
        ]
        return reglees[::-1][:limite]

    def decisions_faites(self, faites: Iterable[Action]) -> None:
        """These actions were carried out: so were the decisions they come from."""
        for action in faites:
            connue = self.decisions.get(action.cle)
            if connue is None or (action.jugement is None and action.geste is not Geste.RENDRE):
                continue
            if connue.choix is Cote.BATISIMPLY:
                del self.decisions[action.cle]
            else:
                self.decisions[action.cle] = replace(connue, rendu=None)

    # --- guard and first import -------------------------------------------------------------------

    def list_payes(self, depuis: date, cloture: date | None) -> dict[str, date]:
        """See `ports.TamponLitiges`."""
        limite = max(depuis, cloture or depuis)
        return {
            ident: cle.debut.date()
            for cle, ligne in sorted(self._lignes.items())
            if cle.debut.date() < limite
            for ident in ligne.creneaux
            if self._jours.get(ident, date.min) >= limite
        }

    def count_changements(self, debut: date, fin: date) -> tuple[int, int]:
        """See `ports.TamponLitiges`; every slot counts as changed: the guard then looks for itself."""
        return sum(debut <= cle.debut.date() < fin for cle in self._lignes), len(self._changes)

    def read_garde(self) -> Garde | None:
        """See `ports.TamponLitiges`."""
        return self._garde_ouverte

    def ouvre_garde(self, compte: Compte, run: str) -> Garde:
        """See `ports.TamponLitiges`."""
        if self._garde_ouverte is None or self._garde_ouverte.compte != compte:
            self._numero += 1
            self._garde_ouverte = Garde(self._numero, compte, run, self.tic())
        return self._garde_ouverte

    def confirme_garde(self, ident: int, qui: str) -> None:
        """See `DepotGardes`."""
        if (
            self._garde_ouverte is None
            or self._garde_ouverte.id != ident
            or self._garde_ouverte.confirmee_le is not None
        ):
            raise garde_perimee()
        self._garde_ouverte = replace(self._garde_ouverte, confirmee_le=self.tic(), confirmee_par=qui)

    def ferme_garde(self, ident: int) -> None:
        """See `ports.TamponLitiges`."""
        if self._garde_ouverte is not None and self._garde_ouverte.id == ident:
            self._garde_ouverte = None

    def read_import(self) -> ImportInitial | None:
        """See `ports.TamponLitiges`."""
        return self._import

    def demande_import(self, depuis: date, qui: str) -> None:
        """See `DepotGardes`."""
        self._numero += 1
        self._import = ImportInitial(self._numero, depuis, qui, self.tic())

    def finit_import(self, ident: int, run: str) -> None:
        """See `ports.TamponLitiges`."""
        if self._import is not None and self._import.id == ident:
            self._import = None

    # --- headings ---------------------------------------------------------------------------------

    def note_rubriques(self, noms: Noms) -> bool:
        """See `ports.TamponLitiges`."""
        if self._rubriques and self._rubriques[-1] != noms and any(n.etat == "prévue" for n in self.ecritures):
            raise rubriques_en_suspens(self._rubriques[-1])
        if not self._rubriques or self._rubriques[-1] != noms:
            if self._rubriques:  # what is there already when they are first noted is in them
                self._formes |= dict.fromkeys(self._lignes.keys() - self._formes.keys(), self._rubriques[-1:])
            self._rubriques.append(noms)
        return len(self._rubriques) > 1

    def list_anciennes(self, tranche: Tranche, noms: Noms) -> dict[CleSuivi, Noms]:
        """See `ports.TamponLitiges`."""
        formes = {cle: self._formes.get(cle, self._rubriques[-1:]) for cle in self._lignes}
        return {
            cle: forme[0]
            for cle, forme in formes.items()
            if forme and forme[0] != noms and tranche.debut <= cle.debut.date() < tranche.fin
        }

    # --- inside -----------------------------------------------------------------------------------

    def tic(self) -> datetime:
        """Now, never twice the same: what is seen later has a later date, as between two transactions."""
        self._tic = max(self._tic + timedelta(microseconds=1), self.horloge())
        return self._tic

    def a_revoir(self, cle: CleSuivi) -> None:
        """The next push must look at this day again."""
        for debut, etat in self._etats.items():
            if etat.tranche.debut <= cle.debut.date() < etat.tranche.fin:
                self._etats[debut] = replace(etat, empreinte_suivi=None)
