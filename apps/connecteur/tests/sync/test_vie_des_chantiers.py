"""The sites of a firm over months, at random: edits on both sides, endings, deletions, decisions, cuts anywhere.

Whatever happens, after a run that went to its end:
- the next one writes nothing;
- what a person entered in BatiSimply still stands there, or in the record of conflicts;
- what Batigest does not own (the colour) is what a person made it;
- what a person closed is closed, and no project was created twice for one code.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from connecteur.domain.chantier import Chantier, Genre
from connecteur.domain.conflit import Cote, Politique
from connecteur.domain.datation import Datation
from connecteur.domain.lien import Cloture
from connecteur.errors import ErreurConnecteur, ServiceInjoignable
from connecteur.sync.memoire import DRAPEAUX

from .conftest import Entreprise, chantier

if TYPE_CHECKING:
    from collections.abc import Callable

ETAPES = ("read_selection", "read_projets", "read_projet", "replace_projet", "apres_replace_projet", "create_projet")
CHAMPS_HUMAINS = ("nom", "client", "ville", "fin")
PASSE, GRAINES = date(2025, 1, 31), 450


class Coupure(BaseException):
    """A power cut: nothing catches it."""


class Mois:
    """One seeded life."""

    def __init__(self, graine: int, firme: Entreprise | None = None) -> None:
        self.hasard = random.Random(graine)
        self.firme = firme or Entreprise()
        self.firme.batisimply.horloge = self.hasard.choice([None, lambda: self.firme.maintenant])
        self.numero = 0
        self.saisies: dict[tuple[int, str], str] = {}
        """Project and field > the last value a person entered there."""
        self.couleurs: dict[int, str] = {}
        self.fermes: set[int] = set()
        self.mode = Genre.CHANTIER
        self.firme.batigest.devis = [self.devis("D1"), self.devis("D2")]
        self.firme.batisimply.panne = self.note_creation
        self.regle()
        self.firme.sync_chantiers()

    def note_creation(self, etape: str) -> None:
        """No fault."""

    def neuf(self, prefixe: str) -> str:
        self.numero += 1
        return f"{prefixe}{self.numero}"

    def devis(self, code: str) -> Chantier:
        return chantier(code, libelle=self.neuf("B"), genre=Genre.DEVIS, commentaire=self.neuf("B"))

    @property
    def fiches(self) -> list[Chantier]:
        return self.firme.batigest.devis if self.mode is Genre.DEVIS else self.firme.batigest.chantiers

    # --- what happens -----------------------------------------------------------------------------

    def edite_batigest(self) -> None:
        fiches = self.fiches
        if not fiches:
            return
        rang = self.hasard.randrange(len(fiches))
        fiche = fiches[rang]
        datee = Datation.a(self.firme.maintenant) if self.hasard.random() < 0.5 else None
        geste: Callable[[], Chantier] = self.hasard.choice(
            [
                lambda: replace(fiche, libelle=self.neuf("B"), modifie_le=datee),
                lambda: replace(fiche, client=self.neuf("B"), modifie_le=datee),
                lambda: replace(fiche, adresse=replace(fiche.adresse, ville=self.neuf("B")), modifie_le=datee),
                lambda: replace(fiche, date_fin=date(2026, 1, 1 + self.numero % 28), modifie_le=datee),
            ]
        )
        fiches[rang] = geste()

    def _projet(self) -> int | None:
        idents = sorted(self.firme.batisimply.objets)
        return self.hasard.choice(idents) if idents else None

    def edite_batisimply(self) -> None:
        ident = self._projet()
        if ident is None:
            return
        champ, valeur = self.hasard.choice(CHAMPS_HUMAINS), self.neuf("H")
        self.firme.batisimply.saisit(ident, **{champ: valeur})
        self.saisies[ident, champ] = valeur

    def colorie(self) -> None:
        ident = self._projet()
        if ident is not None:
            self.couleurs[ident] = self.neuf("#")
            self.firme.batisimply.saisit(ident, couleur=self.couleurs[ident])

    def change_le_code(self) -> None:
        ident = self._projet()
        if ident is not None:
            self.firme.batisimply.saisit(ident, code=self.neuf("X"))

    def ferme_a_la_main(self) -> None:
        ident = self._projet()
        if ident is not None and not self.firme.batisimply.objets[ident].get("termine"):
            self.firme.batisimply.saisit(ident, termine=True)
            self.fermes.add(ident)

    def supprime(self) -> None:
        ident = self._projet()
        if ident is not None and self.hasard.random() < 0.3:
            del self.firme.batisimply.objets[ident]
            self.saisies = {cle: v for cle, v in self.saisies.items() if cle[0] != ident}
            self.couleurs.pop(ident, None)
            self.fermes.discard(ident)

    def finit_ou_reprend(self) -> None:
        chantiers = self.firme.batigest.chantiers
        rang = self.hasard.randrange(len(chantiers))
        fin = None if chantiers[rang].date_fin else PASSE
        chantiers[rang] = replace(chantiers[rang], date_fin=fin)

    def ouvre(self) -> None:
        self.fiches.append(self.devis(self.neuf("D")) if self.mode is Genre.DEVIS else chantier(self.neuf("CH")))

    def decide(self) -> None:
        conflits = self.firme.tampon.list_conflits_chantiers(resolus=True)
        if conflits:
            un = self.hasard.choice(conflits)
            self.firme.tampon.decide_conflit_chantier(un.code, un.champ, self.hasard.choice(list(Cote)), "Odile")

    def regle(self) -> None:
        politiques = [*Politique, Politique.PLUS_RECENT, Politique.PLUS_RECENT]
        self.firme.regle(
            self.mode,
            politique=self.hasard.choice(politiques),
            attente=self.hasard.choice(["champ", "champ", "fiche"]),
            sortie=self.hasard.choice(["terminer", "archiver", "laisser"]),
            garde_nombre=self.hasard.choice([0, 100]),
        )

    def change_de_mode(self) -> None:
        self.mode = Genre.DEVIS if self.mode is Genre.CHANTIER else Genre.CHANTIER
        self.regle()

    def confirme(self) -> None:
        garde = self.firme.tampon.read_garde_chantiers(self.mode)
        if garde is not None and garde.confirmee_par is None:
            self.firme.tampon.confirme_garde_chantiers(garde.id, "Odile")

    def attend(self) -> None:
        self.firme.maintenant += timedelta(hours=self.hasard.randrange(1, 48))

    def incident(self) -> None:
        """A run that is cut, or fails, anywhere."""
        exc = self.hasard.choice([Coupure(), Coupure(), ServiceInjoignable("coupée")])
        cible, passages = self.hasard.choice(ETAPES), self.hasard.randrange(3)

        def panne(etape: str) -> None:
            nonlocal passages
            if etape == cible:
                passages -= 1
                if passages < 0:
                    raise exc

        self.firme.batigest.panne = self.firme.batisimply.panne = panne
        try:
            self.firme.sync_chantiers()
        except (Coupure, ErreurConnecteur):
            pass
        finally:
            self.firme.batigest.panne = self.firme.batisimply.panne = self.note_creation

    def joue(self) -> None:
        gestes = [
            self.edite_batigest, self.edite_batigest, self.edite_batigest, self.edite_batisimply, self.edite_batisimply,
            self.edite_batisimply, self.colorie, self.change_le_code, self.ferme_a_la_main, self.supprime,
            self.finit_ou_reprend, self.ouvre, self.decide, self.decide, self.regle, self.change_de_mode, self.confirme,
            self.attend, self.attend, self.attend, self.incident, self.incident,
        ]  # fmt: skip
        for _ in range(self.hasard.randrange(1, 6)):
            self.hasard.choice(gestes)()

    # --- what holds -------------------------------------------------------------------------------

    def synchronise(self) -> None:
        """A run in peace: everything must hold. The next one writes nothing."""
        premier = self.firme.sync_chantiers()
        self.verifie()
        self.firme.batisimply.appels.clear()
        encore = self.firme.sync_chantiers()
        assert (encore.ecritures, self.firme.batisimply.appels) == (0, []), (premier, encore)
        self.verifie()

    def verifie(self) -> None:
        objets = self.firme.batisimply.objets
        histoire = {(c.champ, c.leur) for c in self.firme.tampon.list_conflits_chantiers(resolus=True, limite=10_000)}
        for (ident, champ), valeur in self.saisies.items():
            assert objets[ident][champ] == valeur or (champ, valeur) in histoire, (ident, champ, valeur)
        for ident, couleur in self.couleurs.items():
            assert objets[ident]["couleur"] == couleur, ident
        for ident in self.fermes:
            assert objets[ident][DRAPEAUX[Cloture.TERMINE]], ident
        codes = Counter(objet["code"] for objet in objets.values())
        assert max(codes.values(), default=1) == 1, codes


def vit(graines: range) -> None:
    for graine in graines:
        mois = Mois(graine)
        try:
            for _ in range(10):
                mois.joue()
                mois.synchronise()
        except BaseException as exc:
            exc.add_note(f"seed {graine}")
            raise


@pytest.mark.parametrize("lot", range(3))
def test_no_human_edit_is_lost_and_runs_converge_whatever_happens(lot: int) -> None:
    vit(range(lot * GRAINES // 3, (lot + 1) * GRAINES // 3))


@pytest.mark.long
@pytest.mark.parametrize("lot", range(10))
def test_no_human_edit_is_lost_in_many_more_lives(lot: int) -> None:
    vit(range(GRAINES + lot * 1000, GRAINES + (lot + 1) * 1000))


def test_the_lives_are_lively() -> None:
    """They must meet what they are about, or they prove nothing."""
    vus: Counter[str] = Counter()
    for graine in range(40):
        mois = Mois(graine)
        for _ in range(10):
            mois.joue()
            mois.firme.sync_chantiers()
        for conflit in mois.firme.tampon.list_conflits_chantiers(resolus=True, limite=10_000):
            vus[f"gagnant {conflit.gagnant}"] += 1
            vus[f"suite {conflit.decision_suite}"] += 1
            vus[conflit.nature] += 1
        vus["fermés"] += sum(lien.cloture is not None for lien in _liens(mois.firme))
    assert min(
        vus[cas]
        for cas in ("gagnant Batigest", "gagnant BatiSimply", "gagnant None", "suite appliquée", "suite dépassée",
                    "conflit", "divergence", "fermés")
    ) >= 5, vus  # fmt: skip


def _liens(firme: Any) -> list[Any]:
    return list(firme.tampon._liens.values())
