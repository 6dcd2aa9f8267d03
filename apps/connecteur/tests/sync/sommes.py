"""What the weeks of `semaines.py` should add up to, and do."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from connecteur.domain.heure import Compte, Creneau, DateLigne, normalise_code

from .conftest import PARIS, Entreprise
from .dossier_observe import BatigestObserve

Groupe = tuple[str, str, date]
"""Chantier, salarié, local day."""


class Sommes:
    """By a rule written again from the domain document; what people touched is left out."""

    firme: Entreprise
    batigest: BatigestObserve
    tenus: dict[str, str]
    touchees: set[Groupe]
    deplaces: set[str]
    clotures: set[date]

    def _livres(self, code: str) -> set[str]:
        """The slots that stand delivered under this code, in lines that nobody typed over: such a line still names
        slots that went elsewhere since."""
        la = {ligne.cle for ligne in self.batigest.suivi} - set(self.batigest.a_la_main)
        lignes = self.firme.tampon._lignes.items()
        return {i for cle, ligne in lignes if cle.code_chantier == code and cle in la for i in ligne.creneaux}

    def _confie(self, ident: str) -> bool:
        """Whether this slot was given to somebody else since it was delivered: he may be nobody the office knows."""
        creneau = self.firme.batisimply.creneaux.get(ident)
        codes = {s.utilisateur: normalise_code(s.code) for s in self.batigest.salaries}
        tenants = {c.code_salarie for c, ligne in self.firme.tampon._lignes.items() if ident in ligne.creneaux}
        return creneau is None or codes.get(creneau.utilisateur) not in tenants

    def minutes_attendues(self) -> Counter[Groupe]:
        """Straight from BatiSimply, by a rule written again from the domain document; what people touched left out."""
        minutes: Counter[Groupe] = Counter()
        for code, salarie, creneau in self._validees():
            minutes[code, salarie, creneau.debut.astimezone(PARIS).date()] += creneau.minutes or 0
        return self._comparables(minutes)

    def _validees(self) -> Iterator[tuple[str, str, Creneau]]:
        codes = {ident: str(objet["code"]) for ident, objet in self.firme.batisimply.objets.items()}
        chantiers = {c.code for c in self.batigest.chantiers}
        salaries = {s.utilisateur: s.code for s in self.batigest.salaries}
        restes = {code: self._livres(code) for code in set(codes.values()) - chantiers}
        for creneau in self.firme.batisimply.creneaux.values():
            code = codes.get(creneau.projet_id or 0, "")
            # What nobody touched since its chantier lost its code is where it was; else the connector may know better.
            va = code in chantiers or self.tenus.get(creneau.id) == code or creneau.id in restes.get(code, ())
            if creneau.statut == "VALIDATED" and va and creneau.utilisateur in salaries:
                yield code, salaries[creneau.utilisateur], creneau

    def nuits(self) -> tuple[Counter[Groupe], Counter[Groupe]]:
        """Who worked nights on which chantier and day, by the slots and by the lines, where a line says it for each."""
        heures = self.firme.bouts.heures
        regle = next((un for un in heures.forme.en_plus if un.champ == "nuit"), None)
        if regle is None or regle.compte is Compte.JOUR or heures.date_ligne is DateLigne.JOUR:
            return Counter(), Counter()
        debuts: dict[tuple[str, str, datetime], tuple[str, str, date]] = {}
        for code, salarie, creneau in self._validees():
            if creneau.plus:
                local = creneau.debut.astimezone(PARIS).replace(tzinfo=None, fold=0)
                debuts[code, salarie, local] = (code, salarie, local.date())
        presentes: Counter[Groupe] = Counter()
        for ligne in self.batigest.suivi:
            cle = ligne.cle
            presentes[cle.code_chantier, cle.code_salarie, cle.debut.date()] += int(
                dict(ligne.quantites.plus).get(5, 0)
            )
        return self._comparables(Counter(debuts.values())), self._comparables(presentes)

    def minutes_presentes(self) -> Counter[Groupe]:
        minutes: Counter[Groupe] = Counter()
        for ligne in self.batigest.suivi:
            cle = ligne.cle
            minutes[cle.code_chantier, cle.code_salarie, cle.debut.date()] += round(ligne.quantites.heures * 60)
        return self._comparables(minutes)

    def _comparables(self, minutes: Counter[Groupe]) -> Counter[Groupe]:
        creneaux = self.firme.batisimply.creneaux
        sortis = {creneaux[i].debut.astimezone(PARIS).date() for i in self.deplaces if i in creneaux}
        ouvertes = Counter(
            {
                groupe: combien
                for groupe, combien in minutes.items()
                if groupe not in self.touchees
                and groupe[2] not in sortis
                and all(groupe[2] >= cloture for cloture in self.clotures)
            }
        )
        return +ouvertes
