"""The link to the licence server, and what the licence is worth: what `doctor` shows."""

from collections.abc import Iterator

from connecteur.domain.controle import Controle
from connecteur.errors import ErreurConnecteur
from connecteur.licence.echange import Question
from connecteur.licence.etats import EN_VIGUEUR, Etat, Situation
from connecteur.licence.phrases import RECULEE, phrase
from connecteur.licence.portail import SANS_SERVEUR
from connecteur.licence.ports import Fournisseur

LIEN, LICENCE, HORLOGE = "Serveur de licences", "Licence", "Horloge vue par la licence"
ESSAI = Question("ESSAI-DE-LIAISON", "diagnostic", "0")
"""No key at all: the server says so, and signs it. Nothing is counted and no machine takes a place."""


def controle_lien(fournisseur: Fournisseur | None, *, en_vigueur: bool) -> Iterator[Controle]:
    """Whether the server answers, and whether what it signs is believed. While a licence is in force, runs go on."""
    dit = Controle.alerte if en_vigueur else Controle.echec
    if fournisseur is None:
        yield dit(LIEN, SANS_SERVEUR.message, SANS_SERVEUR.remede)
        return
    try:
        fournisseur.demande(ESSAI)
    except ErreurConnecteur as exc:
        yield dit(LIEN, exc.message, exc.remede, exc.detail)
    else:
        yield Controle.ok(LIEN, "Il répond, et sa réponse est crue.")


def controle_situation(situation: Situation) -> Iterator[Controle]:
    """What the licence is worth."""
    dite = phrase(situation)
    if situation.etat is Etat.VALIDE:
        yield Controle.ok(LICENCE, dite.message)
    elif situation.etat in EN_VIGUEUR:
        yield Controle.alerte(LICENCE, dite.message, dite.remede)
    else:
        yield Controle.echec(LICENCE, dite.message, dite.remede)
    if situation.horloge_reculee:
        yield Controle.alerte(
            HORLOGE, RECULEE, "Remettez cette machine à l’heure, puis « connecteur licence rafraichit »."
        )
