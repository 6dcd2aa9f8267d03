"""A firm's weeks through the whole flow: edits on both sides, faults and power cuts anywhere, then peace.

After one run without fault: the invariant holds, another program's line is untouched, the run after it writes
nothing on either side, and BatiSimply has no project twice.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.salarie import Salarie
from connecteur.errors import ErreurConnecteur, ReponseIncertaine, ServiceInjoignable, ServiceSature
from connecteur.sync.memoire import LigneMemoire

from .conftest import PARIS, Entreprise, chantier

if TYPE_CHECKING:
    from collections.abc import Callable

DEBUTS = [datetime(2025, 6, 2, 6, tzinfo=UTC) + timedelta(hours=8 * rang) for rang in range(60)]
ETAPES_BATIGEST = ("read_lignes", "write_lignes", "avant_commit", "apres_commit", "check_suivi", "read_selection")
ETAPES_BATISIMPLY = ("read_projets", "read_tranche", "create_projet", "apres_create_projet", "replace_projet")


class Coupure(BaseException):
    """A power cut: nothing catches it."""


class Semaines:
    """One seeded life of a firm."""

    def __init__(self, graine: int) -> None:
        self.hasard = random.Random(graine)
        self.firme = Entreprise()
        self.numero = 0
        self.firme.sync_chantiers()

    def joue(self, jours: int) -> None:
        gestes: list[Callable[[], None]] = [
            self.saisit, self.saisit, self.saisit, self.corrige, self.deplace, self.retire, self.supprime,
            self.renomme, self.ouvre, self.embauche, self.saisit_a_la_main, self.incident, self.incident,
        ]  # fmt: skip
        for _ in range(jours):
            self.hasard.choice(gestes)()

    # --- the site ---------------------------------------------------------------------------------------

    def saisit(self) -> None:
        self.numero += 1
        self.firme.saisit(
            str(self.numero),
            self.hasard.choice(DEBUTS),
            self.hasard.choice([0, 20, 60, 450]),
            projet_id=self.hasard.choice([101, 102, 103, None]),
            utilisateur=self.hasard.choice(["aaaa-1", "bbbb-2", "cccc-3"]),
            statut=self.hasard.choice(["VALIDATED", "VALIDATED", "PENDING"]),
            panier=self.hasard.random() < 0.5,
        )

    def _un(self) -> str | None:
        creneaux = sorted(self.firme.batisimply.creneaux)
        return self.hasard.choice(creneaux) if creneaux else None

    def _change(self, **champs: object) -> None:
        ident = self._un()
        if ident is not None:
            creneau = self.firme.batisimply.creneaux[ident]
            self.firme.batisimply.creneaux[ident] = creneau._replace(**champs)  # type: ignore[arg-type]

    def corrige(self) -> None:
        self._change(minutes=self.hasard.choice([15, 90, 480]))

    def deplace(self) -> None:
        self._change(debut=self.hasard.choice(DEBUTS), projet_id=self.hasard.choice([101, 102]))

    def retire(self) -> None:
        self._change(statut=self.hasard.choice(["VALIDATED", "PENDING"]))

    def supprime(self) -> None:
        ident = self._un()
        if ident is not None:
            del self.firme.batisimply.creneaux[ident]

    # --- the office -------------------------------------------------------------------------------------

    def renomme(self) -> None:
        chantiers = self.firme.batigest.chantiers
        rang = self.hasard.randrange(len(chantiers))
        chantiers[rang] = replace(chantiers[rang], libelle=f"Nom {self.hasard.randrange(100)}")

    def ouvre(self) -> None:
        self.firme.batigest.chantiers.append(chantier(f"N{len(self.firme.batigest.chantiers)}"))

    def embauche(self) -> None:
        if all(salarie.utilisateur != "cccc-3" for salarie in self.firme.batigest.salaries):
            self.firme.batigest.salaries.append(Salarie("S3", "Petit", "Zoé", "cccc-3"))

    def saisit_a_la_main(self) -> None:
        """Another program writes on a key of its own."""
        cle = CleSuivi.de("CH1", "S9", self.hasard.choice(DEBUTS), PARIS)
        if all(ligne.cle != cle for ligne in self.firme.batigest.suivi):
            self.firme.batigest.suivi.append(LigneMemoire(cle, Quantites(Decimal(4), Decimal(0), Decimal(0))))

    # --- the connector, on a bad day --------------------------------------------------------------------

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
        if cible == "apres_create_projet" and not isinstance(exc, Coupure):
            exc = ReponseIncertaine("coupée")
        if cible == "apres_commit" and not isinstance(exc, Coupure):
            exc = ReponseIncertaine("coupée")
        self.firme.batigest.panne = self.firme.batisimply.panne = panne
        try:
            self.firme.sync_chantiers()
            self.firme.sync_heures()
        except (Coupure, ErreurConnecteur):
            pass
        finally:
            self.firme.batigest.panne = self.firme.batisimply.panne = lambda _etape: None


def autres(firme: Entreprise) -> list[LigneMemoire]:
    return sorted((ligne for ligne in firme.batigest.suivi if ligne.cle.code_salarie == "S9"), key=lambda x: x.cle)


@pytest.mark.parametrize("lot", range(10))
def test_after_any_weeks_one_quiet_run_puts_everything_right(lot: int) -> None:
    for graine in range(lot * 30, lot * 30 + 30):
        semaines = Semaines(graine)
        semaines.joue(60)
        firme = semaines.firme
        etrangeres = autres(firme)
        firme.sync_chantiers()
        firme.sync_heures()
        constat = firme.verifie()
        assert constat.tient, (graine, constat.faux, constat.inexpliques)
        assert constat.a_part == [], graine
        assert autres(firme) == etrangeres, graine
        codes = Counter(objet["code"] for objet in firme.batisimply.objets.values())
        assert max(codes.values()) == 1, (graine, codes)
        assert _minutes_attendues(firme) == _minutes_presentes(firme), graine
        firme.batisimply.appels.clear()
        assert (firme.sync_chantiers().ecritures, firme.sync_heures().ecritures) == (0, 0), graine
        assert firme.batisimply.appels == [], graine


def _minutes_attendues(firme: Entreprise) -> Counter[tuple[str, str]]:
    """Straight from BatiSimply, by a rule written again from the domain document."""
    codes = {ident: str(objet["code"]) for ident, objet in firme.batisimply.objets.items()}
    chantiers = {c.code for c in firme.batigest.chantiers}
    salaries = {s.utilisateur: s.code for s in firme.batigest.salaries}
    minutes: Counter[tuple[str, str]] = Counter()
    for creneau in firme.batisimply.creneaux.values():
        code = codes.get(creneau.projet_id or 0)
        if creneau.statut == "VALIDATED" and code in chantiers and creneau.utilisateur in salaries:
            minutes[str(code), salaries[creneau.utilisateur]] += creneau.minutes or 0
    return +minutes


def _minutes_presentes(firme: Entreprise) -> Counter[tuple[str, str]]:
    minutes: Counter[tuple[str, str]] = Counter()
    for ligne in firme.batigest.suivi:
        if ligne.cle.code_salarie != "S9":
            minutes[ligne.cle.code_chantier, ligne.cle.code_salarie] += round(ligne.quantites.heures * 60)
    return +minutes
