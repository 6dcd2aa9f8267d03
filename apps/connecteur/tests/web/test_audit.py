"""The audit trail, in the words of the pages."""

from datetime import UTC, datetime

import pytest

from connecteur.sync.ports import Evenement, EvenementNote
from connecteur.web.audit import VueEvenement, vue_evenement


def vue(evenement: Evenement) -> VueEvenement:
    return vue_evenement(EvenementNote(1, datetime(2025, 6, 24, 6, 31, tzinfo=UTC), evenement))


@pytest.mark.parametrize(
    ("objet", "cle", "sujet"),
    [
        ("ligne", "CH/17/SAL7/2026-09-24T11:10", "ligne du 24/09/2026 à 11:10, salarié SAL7, chantier CH/17"),
        ("ligne", "CH17/SAL7/2026-09-24T00:00", "ligne du 24/09/2026, salarié SAL7, chantier CH17"),
        ("ligne", "CH17/SAL7", "ligne « CH17/SAL7 »"),
        ("reglage", "heures.periode_close", "réglage « Période close avant le »"),
        ("reglage", "un.autre", "réglage « un.autre »"),
        ("salarie", "7c1e", "utilisateur BatiSimply « 7c1e »"),
        ("rejet", "33", "rejet « 33 »"),
        ("horaire", "heures", "horaire « heures »"),
    ],
)
def test_the_thing_is_named_as_the_pages_name_it(objet: str, cle: str, sujet: str) -> None:
    phrase = vue(Evenement("Sophie", "changer", objet, cle)).phrase
    assert phrase.replace("\u00a0", " ") == f"Changé : {sujet}"


def test_a_rejet_is_named_by_its_record_and_says_it_once() -> None:
    detail = {"objet": "creneau", "cle": "1034", "motif": "salarie_inconnu", "libelle": "Léa Martin, 30/10/2026"}
    dite = vue(Evenement("Sophie", "ignorer", "rejet", "33", detail))
    assert dite.phrase.replace("\u00a0", " ") == "Ignoré : rejet n° 33, Léa Martin, 30/10/2026"
    assert dite.details == (("enregistrement", "1034"),)


def test_only_what_changed_is_shown() -> None:
    avant, apres = {"salarie": None, "partage_par": None}, {"salarie": "NDIAYE", "partage_par": None}
    dite = vue(Evenement("Sophie", "associer", "salarie", "7c1e", {"vide": None}, avant=avant, apres=apres))
    assert dite.changements == (("salarié", "—", "NDIAYE"),)
    assert dite.details == ()


def test_the_value_of_a_setting_reads_as_on_its_page() -> None:
    def valeurs(cle: str, avant: object, apres: object) -> tuple[str, str]:
        evenement = Evenement("Sophie", "changer", "reglage", cle, avant={"valeur": avant}, apres={"valeur": apres})
        ((_, une, autre),) = vue(evenement).changements
        return une, autre

    assert valeurs("heures.periode_close", None, "2026-06-01") == ("—", "01/06/2026")
    assert valeurs("heures.conflits", "plus récent", "demander") == ("le plus récent l’emporte", "demander")
    assert valeurs("alertes.echec", True, False) == ("oui", "non")
