"""Further headings: whatever the settings name beside hours, trajet and panier."""

from decimal import Decimal

import pytest

from connecteur.batigest.dossier import Dossier
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Action
from connecteur.errors import SchemaInattendu

from .bac import LUNDI, SEMAINE, Bac, cle, corriger, inserer, q, retirer, vider


@pytest.fixture
def pret(bac: Bac) -> Bac:
    """A dossier with sites and employees."""
    bac.cree()
    bac.peuple()
    return bac


def nuit(quantites: Quantites, combien: str) -> Quantites:
    """The same with so much in NbH2."""
    return quantites._replace(plus=((2, Decimal(combien)),) if combien != "0" else ())


def test_a_further_heading_is_written_read_corrected_checked_and_left(pret: Bac) -> None:
    dossier = pret.retient(Dossier(pret.reglages, pret.rubriques, en_plus=[2]))
    assert dossier.check_suivi().pas_en_plus == ((2, Decimal("0.01")),)

    def lues() -> dict[CleSuivi, Quantites]:
        return {ligne.cle: ligne.quantites for ligne in dossier.read_lignes(SEMAINE).lignes}

    def ecrit(action: Action) -> None:
        avant = dossier.read_lignes(SEMAINE)
        assert dossier.write_lignes([action]).faites == [action]
        assert dossier.read_lignes(SEMAINE).empreinte == avant.empreinte_apres([action])

    pose = nuit(q(7.5, 1), "1.25")
    ecrit(inserer(pose))
    assert lues()[cle()] == pose
    ecrit(corriger(pose, nuit(q(7.5, 1), "2")))
    assert lues()[cle()] == nuit(q(7.5, 1), "2")
    perdue = dossier.write_lignes([corriger(pose, q(3))])
    assert (len(perdue.depassees), lues()[cle()]) == (1, nuit(q(7.5, 1), "2"))
    ecrit(vider(nuit(q(7.5, 1), "2")))
    assert lues()[cle()] == q()
    ecrit(retirer(q()))
    assert cle() not in lues()


def test_a_further_heading_nobody_named_counts_as_somebody_elses(pret: Bac) -> None:
    pret.ajoute("SuiviMO", CodeChantier="CH1", CodeSalarie="DUP", Date=LUNDI, NbH0=7.5, NbH2=1)
    assert pret.lignes()[cle()].autres
    dossier = pret.retient(Dossier(pret.reglages, pret.rubriques))
    dossier.check_suivi([2])
    (ligne,) = (une for une in dossier.read_lignes(SEMAINE).lignes if une.cle == cle())
    assert (ligne.autres, ligne.quantites) == (False, nuit(q(7.5), "1"))


def test_a_further_heading_must_be_there_and_be_nobody_elses(pret: Bac) -> None:
    for numero, mot in ((9, "NbH9"), (4, "plusieurs rubriques")):
        with pytest.raises(SchemaInattendu) as refus:
            pret.retient(Dossier(pret.reglages, pret.rubriques, en_plus=[numero])).check_suivi()
        assert mot in f"{refus.value.message} {refus.value.detail}"
