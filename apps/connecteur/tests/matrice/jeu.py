"""One cell of the matrix: a firm's morning, one arrow struck by one fault, then the fault lifted and one more run."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import psycopg
from apps.connecteur.tests.pieces.firme import (
    ATTENTES,
    LEA,
    MARC,
    Firme,
    Quantites,
    Saisie,
    chantier,
    projet,
)
from apps.connecteur.tests.pieces.machines import Machines

from banc.batisimply import Projet
from connecteur.domain.run import Fleche, Verdict
from connecteur.planification.execution import Patience
from connecteur.planification.rapport import Etape
from connecteur.sync.ports import Progression
from connecteur.sync.run import execute_fleche

from .pannes import LIMITE, Duree, Lieu, Panne, Systeme

CHANTIERS = [chantier(f"CH0000{n:02}", f"Chantier n° {n}") for n in range(1, 13)]
PROJETS = [projet(n, f"CH0000{n:02}") for n in (1, 2, 3)]
SAISIES = [
    Saisie(n, f"2025-11-0{1 + n % 5} {6 + n:02}:00", 60 + 15 * n, 1 + n % 3, (LEA, MARC)[n % 2],
           trajet=n % 3 == 0, panier=n % 2 == 0)
    for n in range(1, 9)
]  # fmt: skip
SAISIES += [
    Saisie(20, "2025-10-26 08:00", 780),  # thirteen hours: a rule of the dossier may refuse it
    Saisie(21, "2025-10-26 08:00", 60, utilisateur=MARC),
    Saisie(22, "2025-10-29 08:00", 60),
]
PATIENCE = Patience(essais=3, premier_delai_s=0.02, facteur=2.0, verrou_s=5.0, tampon_s=0.2)
PATIENCE_TAMPON = Patience(essais=4, premier_delai_s=0.4, facteur=2.0, verrou_s=5.0, tampon_s=0.2)
"""A server takes its time to start again."""
MOT_DE_PASSE_LIMITE = "un-compte-limite"


@dataclass(frozen=True)
class Etat:
    """What both ends hold."""

    suivi: dict[tuple[str, str, str], Quantites]
    projets: list[Projet]


@dataclass(frozen=True)
class Issue:
    """What a fault did to a run, and what one more run made of it."""

    verdict: Verdict
    message: str
    reprises: str
    apres: str


def firme_du_matin(machines: Machines, panne: Panne | None = None, duree: Duree = Duree.DURABLE) -> Firme:
    """The firm before its first run."""
    lent = panne is not None and panne.systeme is Systeme.TAMPON and duree is Duree.PASSAGERE
    limitee = panne is not None and panne.nom == "limite de connexions"
    firme = Firme(
        machines, patience=PATIENCE_TAMPON if lent else PATIENCE, url_tampon=_url_limitee(machines) if limitee else None
    )
    firme.remplit(chantiers=CHANTIERS, projets=PROJETS, saisies=SAISIES)
    return firme


def reference(machines: Machines) -> Etat:
    """What a run that nothing disturbs leaves."""
    with firme_du_matin(machines) as firme:
        etapes = firme.synchronise()
        assert {etape.verdict for etape in etapes} == {Verdict.REUSSI}, etapes
        assert firme.verifie().tient
        return Etat(firme.suivi(), firme.projets())


def joue(machines: Machines, panne: Panne, fleche: Fleche, duree: Duree, attendu: Etat) -> Issue:
    """Play one cell. Raises `AssertionError` when something was lost, doubled, or still stands in the way."""
    with firme_du_matin(machines, panne, duree) as firme:
        for precedente in list(Fleche)[: list(Fleche).index(fleche)]:
            assert firme.execute(precedente).verdict is Verdict.REUSSI
        # One call after the other: which ones fail in a row does not depend on the machine.
        bouts = replace(firme.ouvre(**_reglages(machines, panne, duree)), envois_paralleles=1)
        # As in a program that has been running since the morning: it is logged in, on both its sessions.
        bouts.batigest.read_salaries()
        bouts.batigest._seconde.read("SELECT 1 AS un")  # type: ignore[attr-defined]
        lieu = Lieu(machines, fleche, duree)
        essais = 0

        def execute(fleche: Fleche, run: str, progression: Progression, _suivante: Fleche | None) -> Any:
            nonlocal essais
            essais += 1
            for sonnette in lieu.sonnettes:
                sonnette(essais)
            return execute_fleche(fleche, bouts, run, progression)

        with panne.arme(lieu):
            etape = firme.execute(fleche, execute=execute)
        message = _message(firme, etape)
        suite = firme.synchronise()
        assert {e.verdict for e in suite} == {Verdict.REUSSI}, [_message(firme, e) for e in suite]
        assert firme.suivi() == attendu.suivi
        assert firme.projets() == attendu.projets
        assert firme.verifie().tient
        assert firme.tampon.list_rejets_ouverts() == []
    return Issue(etape.verdict, message, _reprises(panne, etape, essais), "les deux bouts comme sans panne")


def _reglages(machines: Machines, panne: Panne, duree: Duree) -> dict[str, Any]:
    """Short patience where the fault itself is a matter of time."""
    reglages = machines.reglages_batisimply()
    if panne.nom == "goutte à goutte":
        return {"reglages": reglages.model_copy(update={"delai_s": 1, "essais": 2 if duree is Duree.PASSAGERE else 1})}
    if panne.nom == "429 sans Retry-After" and duree is Duree.DURABLE:
        # The wait doubles from one refusal to the next, whichever call was refused.
        return {"attentes": replace(ATTENTES, initiale_s=0.0005, saturation_max_s=0.01)}
    return {}


def _reprises(panne: Panne, etape: Etape, essais: int) -> str:
    if essais > 1:
        # How often depends, for a server that starts again, on how long that takes.
        return "la flèche" if panne.systeme is Systeme.TAMPON else f"la flèche, {essais - 1} fois"
    if etape.verdict is Verdict.REUSSI:
        return "l’appel seul"
    return "aucune"


def _message(firme: Firme, etape: Etape) -> str:
    """The sentence a person reads first."""
    if etape.erreur is not None:
        return etape.erreur.message
    if etape.bilan is None:
        return ""
    if etape.bilan.incidents:
        return etape.bilan.incidents[0].message
    rejets = firme.tampon.list_rejets_ouverts()
    return f"Rejet : {rejets[0].phrase}" if rejets else ""


def _url_limitee(machines: Machines) -> str:
    """A database of the tampon that belongs to an account whose connections can be limited."""
    url = machines.tampon.create_base("limitee")
    with psycopg.connect(url, autocommit=True) as connexion:
        existe = connexion.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (LIMITE,)).fetchone()
        if existe is None:
            connexion.execute(f"CREATE ROLE {LIMITE} LOGIN PASSWORD '{MOT_DE_PASSE_LIMITE}'".encode())
            connexion.execute(f"ALTER DATABASE limitee OWNER TO {LIMITE}".encode())
    parties = urlsplit(url)
    return parties._replace(netloc=f"{LIMITE}:{MOT_DE_PASSE_LIMITE}@127.0.0.1:{parties.port}").geturl()
