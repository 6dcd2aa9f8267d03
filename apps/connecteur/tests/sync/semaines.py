"""A firm's weeks at random, on both sides, and a model of who typed what.

The model knows nothing of plans: it watches every row that is written and remembers, for each key, whether a person or
the connector typed it last. Nothing a person typed may change without a decision, a policy or an undoing that says so,
and nothing at all before the day the period is closed.
"""

import random
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connecteur.domain.conflit import Cote, Politique
from connecteur.domain.heure import CleSuivi, Compte, DateLigne, Quantites, Rubriques
from connecteur.domain.plan import Action, Geste
from connecteur.domain.run import Fleche
from connecteur.domain.salarie import Salarie
from connecteur.errors import ErreurConnecteur, ErreurPermanente, ReponseIncertaine, ServiceInjoignable, ServiceSature
from connecteur.settings import ReglagesHeures
from connecteur.sync.memoire import BatigestMemoire, LigneMemoire

from .conftest import PARIS, Entreprise, chantier
from .dossier_observe import BatigestObserve
from .sommes import Sommes

if TYPE_CHECKING:
    from collections.abc import Callable

SAISONS = (date(2025, 6, 2), date(2025, 3, 17), date(2025, 10, 13))
"""First days; the last two seasons hold a change of clock on their second Sunday."""
PLUS = ((), (), (("nuit", Decimal(1)),), (("nuit", Decimal(1)), ("sup", Decimal(30))))
EN_PLUS = (
    {"champ": "nuit", "rubrique": "NbH5", "unite": "oui/non"},
    {"champ": "sup", "rubrique": "NbH7", "unite": "minutes"},
)
ETAPES_BATIGEST = ("read_lignes", "write_lignes", "avant_commit", "apres_commit", "check_suivi", "read_selection")
ETAPES_BATISIMPLY = ("read_projets", "read_tranche", "create_projet", "apres_create_projet", "replace_projet")


class Coupure(BaseException):
    """A power cut: nothing catches it."""


class Semaines(Sommes):
    """One seeded life of a firm."""

    def __init__(self, graine: int) -> None:
        self.hasard = random.Random(graine)
        self.firme = Entreprise()
        valeurs = {champ.name: getattr(self.firme.batigest, champ.name) for champ in fields(BatigestMemoire)}
        self.batigest = BatigestObserve(**valeurs)
        self.batigest.permis, self.batigest.adoptee = self.permis, self.adoptee
        self.firme.batigest = self.batigest
        self.firme.bouts = replace(self.firme.bouts, batigest=self.batigest)
        saison = self.hasard.choice(SAISONS)
        minuit = datetime(saison.year, saison.month, saison.day, 0, 30, tzinfo=UTC)
        # Half past midnight and half past one: the hour that comes twice, or not at all.
        self.debuts = [minuit + timedelta(days=jour, hours=heure) for jour in range(20) for heure in (0, 1, 6, 12)]
        self.firme.maintenant = minuit + timedelta(days=25)
        self.reglages: dict[str, object] = {"garde_lignes": 4}
        self.decisions: set[CleSuivi] = set()
        self.annulees: set[CleSuivi] = set()
        self.clotures: set[date] = set()
        self.touchees: set[tuple[str, str, date]] = set()
        """Chantier, salarié and day a person ever typed at: their sums are theirs."""
        self.deplaces: set[str] = set()
        """Slots that were ever seen before a closed day."""
        self.tenus: dict[str, str] = {}
        """Slots delivered under a code that no chantier bears any more, and that nobody touched since."""
        self.partis: list[Salarie] = []
        """The employees as they were before somebody left."""
        self.numero = 0
        self.regle()
        self.firme.sync_chantiers()

    def joue(self, gestes: int) -> None:
        possibles: list[Callable[[], None]] = [
            self.saisit, self.saisit, self.saisit, self.saisit, self.corrige, self.corrige, self.coche,
            self.deplace, self.valide, self.supprime, self.confie, self.renomme, self.change_code, self.ouvre,
            self.embauche, self.part,
            self.edite, self.edite, self.efface, self.remplit, self.saisit_ailleurs,
            self.saisit_chez_nous, self.saisit_chez_nous, self.saisit_comme_nous, self.saisit_comme_nous,
            self.politique, self.tranche, self.tranche, self.annule, self.annule,
            self.clot, self.rouvre, self.met_en_forme, self.nomme_champs,
            self.confirme, self.synchronise, self.synchronise, self.synchronise, self.incident, self.incident,
        ]  # fmt: skip
        for _ in range(gestes):
            self.hasard.choice(possibles)()

    # --- the site ---------------------------------------------------------------------------------------

    def saisit(self) -> None:
        self.numero += 1
        self.firme.saisit(
            str(self.numero),
            self.hasard.choice(self.debuts),
            self.hasard.choice([0, 20, 60, 450]),
            projet_id=self.hasard.choice([101, 102, 103, None]),
            utilisateur=self.hasard.choice(["aaaa-1", "bbbb-2", "cccc-3"]),
            statut=self.hasard.choice(["VALIDATED", "VALIDATED", "PENDING"]),
            panier=self.hasard.random() < 0.5,
            trajet=self.hasard.random() < 0.3,
            plus=self.hasard.choice(PLUS),
        )

    def _change(self, **champs: Any) -> None:
        creneaux = self.firme.batisimply.creneaux
        if creneaux:
            ident = self.hasard.choice(sorted(creneaux))
            creneaux[ident] = creneaux[ident]._replace(**champs)
            self.tenus.pop(ident, None)

    def corrige(self) -> None:
        self._change(minutes=self.hasard.choice([15, 90, 480]))

    def coche(self) -> None:
        """A further field changes, and nothing else."""
        self._change(plus=self.hasard.choice(PLUS))

    def deplace(self) -> None:
        self._change(debut=self.hasard.choice(self.debuts), projet_id=self.hasard.choice([101, 102]))

    def confie(self) -> None:
        self._change(utilisateur=self.hasard.choice(["aaaa-1", "bbbb-2"]))

    def valide(self) -> None:
        self._change(statut=self.hasard.choice(["VALIDATED", "PENDING"]))

    def supprime(self) -> None:
        creneaux = self.firme.batisimply.creneaux
        if creneaux:
            del creneaux[self.hasard.choice(sorted(creneaux))]

    # --- the office -------------------------------------------------------------------------------------

    def renomme(self) -> None:
        chantiers = self.batigest.chantiers
        rang = self.hasard.randrange(len(chantiers))
        chantiers[rang] = replace(chantiers[rang], libelle=f"Nom {self.hasard.randrange(100)}")

    def change_code(self) -> None:
        if self.hasard.random() < 0.2:
            chantiers = self.batigest.chantiers
            rang = self.hasard.randrange(len(chantiers))
            self.numero += 1
            perdu = chantiers[rang].code
            chantiers[rang] = replace(chantiers[rang], code=f"R{self.numero}")
            self.tenus |= {i: perdu for i in self._livres(perdu) if not self._confie(i)}

    def ouvre(self) -> None:
        self.batigest.chantiers.append(chantier(f"N{len(self.batigest.chantiers)}"))

    def embauche(self) -> None:
        if all(salarie.utilisateur != "cccc-3" for salarie in self.batigest.salaries):
            self.batigest.salaries.append(Salarie("S3", "Petit", "Zoé", "cccc-3"))

    def part(self) -> None:
        """Somebody leaves, or loses codebs by a slip; whoever had left comes back."""
        if self.partis:
            self.revient()
        else:
            salaries = self.batigest.salaries
            rang = self.hasard.randrange(2)
            self.partis = list(salaries)
            salaries[rang : rang + 1] = [replace(salaries[rang], utilisateur=None)] * self.hasard.randrange(2)

    def revient(self) -> None:
        codes = {salarie.code for salarie in self.partis}
        if self.partis:
            nouveaux = [salarie for salarie in self.batigest.salaries if salarie.code not in codes]
            self.batigest.salaries, self.partis = [*self.partis, *nouveaux], []

    # --- a person, in SuiviMO ---------------------------------------------------------------------------

    def _ligne(self) -> LigneMemoire | None:
        return self.hasard.choice(self.batigest.suivi) if self.batigest.suivi else None

    def _quantites(self) -> Quantites:
        plus = self.hasard.choice([(), (), ((5, Decimal(1)),)])
        heures, panier = self.hasard.choice([0, 1, 4, 8]), self.hasard.choice([0, 1])
        return Quantites(Decimal(heures), Decimal(0), Decimal(panier), plus)

    def _tape(self, cle: CleSuivi, quantites: Quantites | None) -> None:
        self.batigest.a_la_main[cle] = quantites
        self.touchees.add((cle.code_chantier, cle.code_salarie, cle.debut.date()))

    def edite(self) -> None:
        ligne = self._ligne()
        if ligne is not None:
            ligne.quantites = self._quantites()
            self._tape(ligne.cle, ligne.quantites)

    def efface(self) -> None:
        ligne = self._ligne()
        if ligne is not None:
            self.batigest.suivi.remove(ligne)
            self._tape(ligne.cle, None)

    def remplit(self) -> None:
        ligne = self._ligne()
        if ligne is not None:
            ligne.autres = Decimal(1)
            self.touchees.add((ligne.cle.code_chantier, ligne.cle.code_salarie, ligne.cle.debut.date()))

    def saisit_ailleurs(self) -> None:
        self._saisit(CleSuivi.de("CH1", "S9", self.hasard.choice(self.debuts), PARIS))

    def saisit_chez_nous(self) -> None:
        salarie, code = self.hasard.choice(["S1", "S2"]), self.hasard.choice(["CH1", "CH2"])
        self._saisit(CleSuivi.de(code, salarie, self.hasard.choice(self.debuts), PARIS))

    def saisit_comme_nous(self) -> None:
        """The office types what the foreman entered, before it was sent."""
        valides = [c for c in self.firme.batisimply.creneaux.values() if c.valide and c.minutes is not None]
        if valides:
            creneau = self.hasard.choice(valides)
            code = {101: "CH1", 102: "CH2"}.get(creneau.projet_id or 0, "CH1")
            salarie = "S1" if creneau.utilisateur == "aaaa-1" else "S2"
            heures = Rubriques().heures(creneau.minutes or 0)
            quantites = Quantites(heures, Decimal(int(creneau.trajet)), Decimal(int(creneau.panier)))
            self._saisit(CleSuivi.de(code, salarie, creneau.debut, PARIS), quantites)

    def _saisit(self, cle: CleSuivi, quantites: Quantites | None = None) -> None:
        if all(ligne.cle != cle for ligne in self.batigest.suivi):
            quantites = quantites or self._quantites()
            self.batigest.suivi.append(LigneMemoire(cle, quantites))
            self._tape(cle, quantites)

    # --- a person, in the connector ---------------------------------------------------------------------

    def regle(self, **reglages: object) -> None:
        self.reglages |= reglages
        self.firme.bouts = replace(self.firme.bouts, heures=ReglagesHeures.model_validate(self.reglages))

    def politique(self) -> None:
        self.regle(conflits=self.hasard.choice(list(Politique)))

    def met_en_forme(self) -> None:
        if self.hasard.random() < 0.3:
            comptes = list(Compte)
            self.regle(
                date_ligne=self.hasard.choice(list(DateLigne)),
                panier=self.hasard.choice(comptes),
                trajet=self.hasard.choice(comptes),
            )

    def nomme_champs(self) -> None:
        """The settings name further fields, others, or none."""
        if self.hasard.random() < 0.5:
            choisis = self.hasard.sample(EN_PLUS, self.hasard.randrange(len(EN_PLUS) + 1))
            self.regle(en_plus=[{**un, "compte": self.hasard.choice(list(Compte))} for un in choisis])

    def clot(self) -> None:
        cloture = self.hasard.choice(self.debuts).date()
        self.clotures.add(cloture)
        self.regle(periode_close=cloture)

    def rouvre(self) -> None:
        self.regle(periode_close=None)

    def tranche(self) -> None:
        tenues = sorted(self.firme.tampon.constats)
        if tenues:
            cle, choix = self.hasard.choice(tenues), self.hasard.choice(list(Cote))
            try:
                self.firme.tampon.decide_ligne(cle, choix, "Léa")
            except ErreurPermanente:
                return
            (self.decisions.add if choix is Cote.BATISIMPLY else self.decisions.discard)(cle)

    def annule(self) -> None:
        reglees = self.firme.tampon.list_reglees()
        if reglees:
            ecriture = self.hasard.choice(reglees)
            try:
                self.firme.tampon.annule_ecriture(ecriture.id, "Léa")
            except ErreurPermanente:
                return
            self.annulees.add(ecriture.action.cle)

    def confirme(self) -> None:
        garde = self.firme.tampon.read_garde()
        if garde is not None and garde.confirmee_le is None:
            self.firme.tampon.confirme_garde(garde.id, "Léa")
        fermetures = self.firme.tampon.read_garde_chantiers()
        if fermetures is not None and fermetures.confirmee_par is None:
            self.firme.tampon.confirme_garde_chantiers(fermetures.id, "Léa")

    # --- the model's rule -------------------------------------------------------------------------------

    def permis(self, action: Action) -> bool:
        """Whether somebody asked for what this action takes from a person."""
        heures = self.firme.bouts.heures
        assert heures.periode_close is None or action.cle.debut.date() >= heures.periode_close, ("closed", action)
        if action.geste is Geste.RENDRE:
            return action.cle in self.annulees
        if action.cle in self.decisions or heures.conflits is Politique.BATISIMPLY:
            return True
        etrangere = action.cle not in self.batigest.notres and not any(
            note.action.cle == action.cle and note.action.geste is Geste.ADOPTER for note in self.firme.tampon.ecritures
        )
        return heures.conflits is Politique.PLUS_RECENT and not etrangere

    def adoptee(self, cle: CleSuivi, quantites: Quantites | None) -> bool:
        """Whether the record says that both sides agreed on this: found equal, or gone when nothing was wanted."""
        return any(
            note.action.cle == cle
            and note.etat == "faite"
            and (
                (note.action.geste is Geste.OUBLIER and note.action.avant == quantites)
                or (note.action.geste is not Geste.OUBLIER and note.action.apres == quantites)
            )
            for note in self.firme.tampon.ecritures
        ) or (quantites is None and self._jamais_confirmee(cle))

    def _jamais_confirmee(self, cle: CleSuivi) -> bool:
        """Whether the line was deleted between its writing and the look after a cut: nobody can tell that from a
        writing that never happened."""
        notes = [note for note in self.firme.tampon.ecritures if note.action.cle == cle and note.etat != "prévue"]
        return bool(notes) and notes[-1].etat == "abandonnée"

    # --- the connector ----------------------------------------------------------------------------------

    def synchronise(self) -> None:
        self.firme.sync_chantiers()
        if self.hasard.random() < 0.5:
            self.firme.commence_seul()
        self.firme.sync_heures()
        self._note_clos()

    def _note_clos(self) -> None:
        for cle, ligne in self.firme.tampon._lignes.items():
            if any(cle.debut.date() < cloture for cloture in self.clotures):
                self.deplaces.update(ligne.creneaux)

    def incident(self) -> None:
        exc = self.hasard.choice(
            [Coupure(), ServiceInjoignable("coupée"), ServiceSature("verrou"), ReponseIncertaine("coupée")]
        )
        cible = self.hasard.choice(ETAPES_BATIGEST + ETAPES_BATISIMPLY)
        delai = self.hasard.randrange(4)

        def panne(etape: str) -> None:
            nonlocal delai
            if etape == cible:
                delai -= 1
                if delai < 0:
                    raise exc

        # A client that had time to answer « maybe » has not sent anything when it says « certainly not ».
        if cible in {"apres_create_projet", "apres_commit"} and not isinstance(exc, Coupure):
            exc = ReponseIncertaine("coupée")
        self.batigest.panne = self.firme.batisimply.panne = panne
        try:
            self.firme.sync_chantiers()
            for fleche in (Fleche.PULL_HEURES, Fleche.PUSH_HEURES):  # alone: no thread has a call that may fail
                self.firme.fleche(fleche)
        except (Coupure, ErreurConnecteur):
            pass
        finally:
            self.batigest.panne = self.firme.batisimply.panne = lambda _etape: None
            self._note_clos()

    def apaise(self) -> None:
        """Quiet runs until neither guard asks for anything, everybody known again."""
        self.revient()
        for _ in range(5):
            chantiers, heures = self.firme.sync_chantiers(), self.firme.sync_heures()
            self._note_clos()
            if not chantiers.incidents and not heures.incidents:
                return
            self.confirme()
        raise AssertionError("a guard never lets go")
