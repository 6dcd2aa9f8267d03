"""`connecteur sync`: run, follow, report; or show what would be done."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from rich.text import Text

from connecteur.cli import vue_apercu, vue_run
from connecteur.cli.assemblage import ouvre_connecteur, ouvre_planification, veilleur_de
from connecteur.cli.avancement import Barres
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande, par_dossier
from connecteur.domain.run import REFUS_LICENCE, Fleche, Flux, Verdict, pire
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur, LicenceRefusee
from connecteur.sync.run import apercu

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connecteur.bootstrap import Connecteur, Systemes
    from connecteur.planification.lanceur import Lanceur
    from connecteur.planification.rapport import Rapport

journal = structlog.get_logger(__name__)

DECLENCHEUR = "ligne de commande"
ATTENTE_ANNULATION_S = 120.0
"""How long Ctrl-C waits for the run to reach a good place."""


def synchronise(quoi: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Run a flow, both, or one arrow; say what was done. Exit code 0 when nothing failed."""
    with commande(en_json=en_json, detail=detail) as sortie, ExitStack() as pile:
        with sortie.patiente("Préparation…"):
            connecteur = pile.enter_context(ouvre_connecteur(config, dossier))
            refuse_sans_licence(connecteur, quoi)
            planification = pile.enter_context(ouvre_planification(connecteur, passager=True))
        rapports = _suit(planification.lanceurs, quoi, sortie)
        comptes = {}
        for code, systemes in connecteur.dossiers.items():
            if len(connecteur.dossiers) > 1:
                sortie.dit(Text(f"\nDossier {code}", style="bold"))
            comptes[code] = _rend_compte(systemes, rapports[code], sortie)
        _avertit(connecteur)
        verdict = _verdict([rapport for liste in rapports.values() for rapport in liste])
        sortie.rend(par_dossier(comptes, ok=_va(verdict), verdict=verdict))
        raise Fin(Code.REUSSI if _va(verdict) else _code_d_echec(rapports))


def montre_apercu(quoi: str, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Show the plan of a flow, or of both. Nothing is written anywhere."""
    with commande(en_json=en_json, detail=detail) as sortie:
        if quoi not in {"tout", *Flux}:
            raise ConfigurationInvalide(
                "L’aperçu porte sur un flux entier.", remede="Demandez « chantiers », « heures » ou « tout »."
            )
        voulus = [Flux(quoi)] if quoi in set(Flux) else list(Flux)
        with ExitStack() as pile:
            with sortie.patiente("Préparation…"):
                connecteur = pile.enter_context(ouvre_connecteur(config, dossier))
            with Barres(sortie.erreurs) as barres:
                vus = {
                    code: [apercu(flux, systemes.bouts, barres) for flux in voulus]
                    for code, systemes in connecteur.dossiers.items()
                }
        for code, prevus in vus.items():
            if len(vus) > 1:
                sortie.dit(Text(f"\nDossier {code}", style="bold"))
            for vu in prevus:
                sortie.dit(*vue_apercu.en_texte(vu, detail=detail))
        comptes = {
            code: {"ok": True, "apercus": [vue_apercu.en_json(vu) for vu in prevus]} for code, prevus in vus.items()
        }
        sortie.rend(par_dossier(comptes, ok=True))


def _suit(lanceurs: "Mapping[str, Lanceur]", quoi: str, sortie: Sortie) -> "dict[str, list[Rapport]]":
    """Ask, and show the progress until the end. Ctrl-C asks the runs to stop and waits for them; a second one leaves
    them to the next start."""
    runs = {code: _lance(lanceur, quoi.replace("-", "_")) for code, lanceur in lanceurs.items()}
    try:
        with Barres(sortie.erreurs) as barres:
            return {
                code: [lanceurs[code].attend(run, sur_avance=barres.montre) for run in demandes]
                for code, demandes in runs.items()
            }
    except KeyboardInterrupt:
        sortie.erreurs.print("Arrêt demandé : la synchronisation s’arrête proprement…")
        sortie.interruption.rearme()
        for code, demandes in runs.items():
            for run in reversed(demandes):
                lanceurs[code].annule(run)
        for code, demandes in runs.items():
            for run in demandes:
                lanceurs[code].attend(run, ATTENTE_ANNULATION_S)
        raise


def refuse_sans_licence(connecteur: "Connecteur", quoi: str) -> None:
    """Ask the licence server, and go no further without a licence. Raises `LicenceRefusee`.

    With several dossiers, one that is allowed is enough: the runs of the others are refused one by one.
    """
    connecteur.portail.ouvre()
    refus = [
        connecteur.licence(code).permet(un) for code in connecteur.dossiers for un in _voulus(quoi.replace("-", "_"))
    ]
    if refus and all(refus):
        premier = next(un for un in refus if un is not None)
        raise LicenceRefusee(premier.message, remede=premier.remede)


def _code_d_echec(rapports: "Mapping[str, list[Rapport]]") -> Code:
    erreurs = [rapport.erreur for liste in rapports.values() for rapport in liste if rapport.erreur]
    return Code.LICENCE if erreurs and all(erreur.code == REFUS_LICENCE for erreur in erreurs) else Code.ECHEC


def _avertit(connecteur: "Connecteur") -> None:
    """Tell what changed, when no service is there to do it: a machine's own scheduler may be all there is."""
    if any(not executant.passager for executant in connecteur.executants.list_vivants()):
        return
    for code in connecteur.dossiers:
        try:
            guetteur = veilleur_de(connecteur, code)
            guetteur.regarde()
            guetteur.distribue()
        except ErreurConnecteur as exc:
            journal.warning("alertes en panne", erreur=exc.message)


def _lance(lanceur: "Lanceur", nom: str) -> list[str]:
    if nom == "tout":
        return lanceur.lance_tout(declencheur=DECLENCHEUR)
    return [lanceur.lance(quoi, declencheur=DECLENCHEUR) for quoi in _voulus(nom)]


def _voulus(nom: str) -> "list[Flux | Fleche]":
    if nom == "tout":
        return list(Flux)
    return [Flux(nom) if nom in set(Flux) else Fleche(nom)]


def _verdict(rapports: "list[Rapport]") -> Verdict:
    return pire([rapport.verdict or Verdict.ECHEC for rapport in rapports])


def _va(verdict: Verdict) -> bool:
    return verdict in {Verdict.REUSSI, Verdict.PARTIEL}


def _rend_compte(systemes: "Systemes", rapports: "list[Rapport]", sortie: Sortie) -> dict[str, object]:
    tampon = systemes.tampon
    rejets = tampon.list_rejets_ouverts()
    ecarts = tampon.list_conflits_chantiers()
    constats = tampon.list_constats()
    sortie.dit(*(vue_run.en_texte(rapport, detail=sortie.detail) for rapport in rapports))
    sortie.dit(*vue_run.rejets_en_texte(rejets, detail=sortie.detail))
    sortie.dit(*vue_run.conflits_en_texte(ecarts, constats, detail=sortie.detail))
    verdict = _verdict(rapports)
    a_part = [
        *(vue_run.ecart_en_json(ecart) for ecart in ecarts),
        *(vue_run.constat_en_json(constat) for constat in constats),
    ]
    return {
        "ok": _va(verdict),
        "verdict": verdict,
        "runs": [vue_run.en_json(rapport) for rapport in rapports],
        "rejets": [vue_run.rejet_en_json(rejet) for rejet in rejets],
        "conflits": [un for un in a_part if un["nature"] == "conflit"],
        # What a person changed at the other end, and is kept: nothing waits for a decision.
        "gardes": [un for un in a_part if un["nature"] != "conflit"],
    }
