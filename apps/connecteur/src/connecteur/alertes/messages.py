"""What an alert says: what happened, what to do, when it will be tried again. Nobody's name, no secret."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from connecteur.domain.alerte import Courrier, Genre
from connecteur.domain.rejet import PHRASES, Rejet
from connecteur.domain.run import Bilan, Flux, Incident

NOMS = {Flux.CHANTIERS: "des chantiers", Flux.HEURES: "des heures"}
PIED = "Connecteur SAGES — message automatique, envoyé une seule fois."


class Run(Protocol):
    """A run that is over."""

    @property
    def id(self) -> str: ...
    @property
    def fin(self) -> datetime | None: ...
    @property
    def erreur(self) -> Incident | None: ...
    @property
    def bilans(self) -> Sequence[Bilan]: ...


class Licence(Protocol):
    """The licence, as it is told."""

    @property
    def en_vigueur(self) -> bool: ...
    @property
    def titre(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def remede(self) -> str: ...


def du_run(genre: Genre, dossier: str, flux: Flux, run: Run, *, quand: str, suite: str) -> Courrier:
    """A flow failed, left something waiting, or goes well again. `quand`: when it ended; `suite`: what comes next."""
    match genre:
        case Genre.ECHEC:
            fait = "a échoué"
        case Genre.PARTIEL:
            fait = "laisse quelque chose en attente"
        case _:
            fait = "est rétablie"
    titre = f"{dossier} : la synchronisation {NOMS[flux]} {fait}"
    lignes = [f"La synchronisation {NOMS[flux]} du dossier {dossier} {fait} ({quand}).", ""]
    if genre is Genre.ECHEC and run.erreur is not None:
        lignes += [run.erreur.message, *([f"À faire : {run.erreur.remede}"] if run.erreur.remede else []), ""]
    if genre is Genre.PARTIEL:
        lignes += [*_en_attente(run.bilans), ""]
    if genre is Genre.RETABLI:
        lignes += ["Tout est passé, rien n’attend personne.", ""]
    return Courrier(genre, _titre(titre), _corps([*lignes, suite, f"Run {run.id}."]))


def du_silence(dossier: str, jour: date, attendus: int, *, lu: bool) -> Courrier:
    """Nothing came today; `lu`: whether the hours were read at all."""
    titre = f"{dossier} : aucune heure reçue aujourd’hui"
    remede = (
        "si l’entreprise travaillait, vérifiez que les heures ont été saisies dans BatiSimply."
        if lu
        else "aucune synchronisation des heures n’a abouti aujourd’hui : regardez l’accueil du connecteur."
    )
    lignes = [
        f"Aucun créneau du {jour:%d/%m/%Y} n’est arrivé de BatiSimply pour le dossier {dossier}.",
        f"Un jour comme celui-ci en compte d’habitude environ {attendus}.",
        "",
        f"À faire : {remede}",
        "Rien d’autre ne sera dit tant que les heures n’arrivent pas de nouveau.",
    ]
    return Courrier(Genre.SILENCE, _titre(titre), _corps(lignes))


def des_rejets(dossier: str, rejets: Sequence[Rejet]) -> Courrier:
    """What stands rejected."""
    combien = len(rejets)
    titre = f"{dossier} : {combien} rejet{'s' if combien > 1 else ''} en attente"
    lignes = [f"{combien} enregistrement{'s' if combien > 1 else ''} du dossier {dossier} en attente :", ""]
    for motif, n in Counter(rejet.motif for rejet in rejets).most_common():
        phrase, remede = PHRASES[motif]
        lignes += [f"• {n} : {phrase}", f"  À faire : {remede}"]
    lignes += ["", "Le détail est sur la page des rejets du connecteur."]
    return Courrier(Genre.REJETS, _titre(titre), _corps(lignes))


def de_la_licence(dossier: str, licence: Licence) -> Courrier:
    """The licence stops new runs, is about to, or lets them begin again."""
    lignes = [licence.message, *([f"À faire : {licence.remede}"] if licence.remede else []), ""]
    if not licence.en_vigueur:
        lignes += [
            "Aucune nouvelle synchronisation ne commence. Ce qui est en cours va à son terme ; tout se consulte."
        ]
    return Courrier(Genre.LICENCE, _titre(f"{dossier} : {licence.titre.lower()}"), _corps(lignes))


def de_l_essai(dossier: str) -> Courrier:
    """To see whether messages arrive."""
    lignes = [
        f"Les alertes du dossier {dossier} arrivent bien à cette adresse.",
        "",
        "Rien n’est en panne : c’est un essai.",
    ]
    return Courrier(Genre.ESSAI, _titre(f"{dossier} : essai des alertes"), _corps(lignes))


def _en_attente(bilans: Sequence[Bilan]) -> list[str]:
    rejets, conflits = sum(b.rejets for b in bilans), sum(b.conflits for b in bilans)
    incidents = [incident for bilan in bilans for incident in bilan.incidents]
    lignes = []
    if rejets:
        lignes.append(f"• {rejets} rejet{'s' if rejets > 1 else ''} : voyez la page des rejets.")
    if conflits:
        lignes.append(f"• {conflits} conflit{'s' if conflits > 1 else ''} à trancher : voyez la page des conflits.")
    return lignes + [
        f"• {incident.message}" + (f" À faire : {incident.remede}" if incident.remede else "")
        for incident in incidents[:10]
    ]


def _titre(texte: str) -> str:
    return f"[Connecteur SAGES] {texte}"


def _corps(lignes: Sequence[str]) -> str:
    return "\n".join([*lignes, "", PIED])
