"""`connecteur licence`: carried out."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from connecteur.cli.assemblage import configuration_et_journal
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande, qui
from connecteur.errors import ConfigurationInvalide
from connecteur.licence.etats import Situation
from connecteur.licence.phrases import FONCTIONS, RECULEE, phrase
from sages_commun.licence import masque_cle
from sages_commun.web.format import date_heure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from connecteur.licence.portail import Portail


def montre(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """What is known here."""
    with commande(en_json=en_json, detail=detail) as sortie, _portail(config) as (portail, fuseau):
        _rend(sortie, portail, portail.situation(), fuseau)


def rafraichit(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Ask the server, then the same."""
    with commande(en_json=en_json, detail=detail) as sortie, _portail(config) as (portail, fuseau):
        with sortie.patiente("Le serveur de licences est interrogé…"):
            situation = portail.rafraichis(qui=qui())
        _rend(sortie, portail, situation, fuseau)


def pose(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Set the key. Raises `GesteRefuse` with what is wrong with it."""
    with commande(en_json=en_json, detail=detail) as sortie, _portail(config) as (portail, fuseau):
        if sortie.entree.isatty():
            sortie.erreurs.print("Clé de licence (XXXX-XXXX-XXXX-XXXX) : ", end="")
        saisie = sortie.entree.readline().strip()
        if not saisie:
            raise ConfigurationInvalide(
                "Aucune clé n’a été donnée.",
                remede="Tapez-la quand elle est demandée, ou : « connecteur licence pose < fichier ».",
            )
        with sortie.patiente("Le serveur de licences est interrogé…"):
            situation = portail.pose(saisie, qui())
        _rend(sortie, portail, situation, fuseau)


@contextmanager
def _portail(config: Path | None) -> "Iterator[tuple[Portail, ZoneInfo]]":
    from connecteur.bootstrap import ouvre_tout

    with configuration_et_journal(config) as configuration, ouvre_tout(configuration) as connecteur:
        yield connecteur.portail, connecteur.premier.fuseau


def _rend(sortie: Sortie, portail: "Portail", situation: Situation, fuseau: "ZoneInfo") -> None:
    dite, cle, faits = phrase(situation), portail.cle(), situation.faits
    sortie.dit(Text(dite.titre, style="bold green" if situation.en_vigueur else "bold red"))
    sortie.dit(dite.message, *([dite.remede] if dite.remede else []))
    if situation.horloge_reculee:
        sortie.dit(Text(RECULEE, style="yellow"))
    if cle is not None:
        sortie.dit(f"Clé : {masque_cle(cle)}")
    if faits is not None:
        comprises = [phrase for fonction, phrase in FONCTIONS.items() if fonction.value in faits.fonctions]
        sortie.dit(f"Client : {faits.entreprise or faits.client}")
        sortie.dit(f"Échéance : {date_heure(faits.expire, fuseau)}")
        sortie.dit(f"Comprend : {', '.join(comprises) or 'rien'}")
    sortie.rend(en_json(situation, cle))
    raise Fin(Code.REUSSI if situation.en_vigueur else Code.LICENCE)


def en_json(situation: Situation, cle: str | None) -> dict[str, object]:
    """For a program. The key is masked."""
    dite, faits = phrase(situation), situation.faits
    return {
        "ok": situation.en_vigueur,
        "etat": situation.etat.value,
        "motif": situation.motif.value,
        "verdict": None if situation.verdict is None else situation.verdict.value,
        "titre": dite.titre,
        "message": dite.message,
        "remede": dite.remede,
        "jours_restants": situation.jours_restants,
        "terme": situation.terme,
        "dernier_contact": situation.emis,
        "prochain_contact": situation.prochain_contact,
        "horloge_reculee": situation.horloge_reculee,
        "cle": None if cle is None else masque_cle(cle),
        "licence": None
        if faits is None
        else {
            "client": faits.client,
            "entreprise": faits.entreprise,
            "expire": faits.expire,
            "fonctions": list(faits.fonctions),
            "utilisations": faits.utilisations,
            "utilisations_max": faits.utilisations_max,
            "machines_max": faits.machines_max,
        },
    }
