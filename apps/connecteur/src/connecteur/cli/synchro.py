"""`connecteur sync`: run, follow, report; or show what would be done."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from connecteur.cli import vue_apercu, vue_run
from connecteur.cli.assemblage import ouvre_lanceur, ouvre_systemes
from connecteur.cli.avancement import Barres
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, Sortie, commande
from connecteur.domain.run import Fleche, Flux, Verdict, pire
from connecteur.errors import ConfigurationInvalide
from connecteur.sync.run import apercu

if TYPE_CHECKING:
    from connecteur.bootstrap import Systemes
    from connecteur.planification.lanceur import Lanceur
    from connecteur.planification.rapport import Rapport

DECLENCHEUR = "ligne de commande"
ATTENTE_ANNULATION_S = 120.0
"""How long Ctrl-C waits for the run to reach a good place."""


def synchronise(quoi: str, config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Run a flow, both, or one arrow; say what was done. Exit code 0 when nothing failed."""
    with commande(en_json=en_json, detail=detail) as sortie, ExitStack() as pile:
        with sortie.patiente("Préparation…"):
            systemes = pile.enter_context(ouvre_systemes(config))
            lanceur = pile.enter_context(ouvre_lanceur(systemes))
        rapports = _suit(lanceur, quoi, sortie)
        _rend_compte(systemes, rapports, sortie)
        verdict = pire([rapport.verdict or Verdict.ECHEC for rapport in rapports])
        raise Fin(Code.REUSSI if verdict in {Verdict.REUSSI, Verdict.PARTIEL} else Code.ECHEC)


def montre_apercu(quoi: str, config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Show the plan of a flow, or of both. Nothing is written anywhere."""
    with commande(en_json=en_json, detail=detail) as sortie:
        if quoi not in {"tout", *Flux}:
            raise ConfigurationInvalide(
                "L’aperçu porte sur un flux entier.", remede="Demandez « chantiers », « heures » ou « tout »."
            )
        with ExitStack() as pile:
            with sortie.patiente("Préparation…"):
                systemes = pile.enter_context(ouvre_systemes(config))
            with Barres(sortie.erreurs) as barres:
                voulus = [Flux(quoi)] if quoi in set(Flux) else list(Flux)
                vus = [apercu(flux, systemes.bouts, barres) for flux in voulus]
        for vu in vus:
            sortie.dit(*vue_apercu.en_texte(vu, detail=detail))
        sortie.rend({"ok": True, "apercus": [vue_apercu.en_json(vu) for vu in vus]})


def _suit(lanceur: "Lanceur", quoi: str, sortie: Sortie) -> "list[Rapport]":
    """Ask, and show the progress until the end. Ctrl-C asks the runs to stop and waits for them; a second one leaves
    them to the next start."""
    nom = quoi.replace("-", "_")
    if nom == "tout":
        runs = lanceur.lance_tout(declencheur=DECLENCHEUR)
    else:
        runs = [lanceur.lance(Flux(nom) if nom in set(Flux) else Fleche(nom), declencheur=DECLENCHEUR)]
    try:
        with Barres(sortie.erreurs) as barres:
            return [lanceur.attend(run, sur_avance=barres.montre) for run in runs]
    except KeyboardInterrupt:
        sortie.erreurs.print("Arrêt demandé : la synchronisation s’arrête proprement…")
        sortie.interruption.rearme()
        for run in reversed(runs):
            lanceur.annule(run)
        for run in runs:
            lanceur.attend(run, ATTENTE_ANNULATION_S)
        raise


def _rend_compte(systemes: "Systemes", rapports: "list[Rapport]", sortie: Sortie) -> None:
    tampon = systemes.tampon
    rejets = tampon.list_rejets_ouverts()
    ecarts = tampon.list_conflits_chantiers()
    constats = tampon.list_constats()
    sortie.dit(*(vue_run.en_texte(rapport, detail=sortie.detail) for rapport in rapports))
    sortie.dit(*vue_run.rejets_en_texte(rejets, detail=sortie.detail))
    sortie.dit(*vue_run.conflits_en_texte(ecarts, constats, detail=sortie.detail))
    verdict = pire([rapport.verdict or Verdict.ECHEC for rapport in rapports])
    a_part = [
        *(vue_run.ecart_en_json(ecart) for ecart in ecarts),
        *(vue_run.constat_en_json(constat) for constat in constats),
    ]
    sortie.rend(
        {
            "ok": verdict in {Verdict.REUSSI, Verdict.PARTIEL},
            "verdict": verdict,
            "runs": [vue_run.en_json(rapport) for rapport in rapports],
            "rejets": [vue_run.rejet_en_json(rejet) for rejet in rejets],
            "conflits": [un for un in a_part if un["nature"] == "conflit"],
            # What a person changed at the other end, and is kept: nothing waits for a decision.
            "gardes": [un for un in a_part if un["nature"] != "conflit"],
        }
    )
