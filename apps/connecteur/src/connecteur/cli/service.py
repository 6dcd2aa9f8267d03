"""`connecteur serve`: the pages, and the runs that are asked for, until told to stop."""

from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from connecteur.bootstrap import Systemes, controles_legers, lecture_seule
from connecteur.cli.assemblage import TOUS, ouvre_connecteur, ouvre_planification
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, commande
from connecteur.planification.lanceur import Lanceur
from connecteur.web.app import create_app
from connecteur.web.etat import EtatSystemes
from connecteur.web.serveur import Serveur
from connecteur.web.services import Dossier, NomSysteme, Services


def serve(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Serve every dossier that can work; a run under way when told to stop is resumed at the next start."""
    with commande(en_json=en_json, detail=detail) as sortie, ExitStack() as pile:
        connecteur = pile.enter_context(ouvre_connecteur(config, TOUS))
        planification = pile.enter_context(ouvre_planification(connecteur, passager=False))
        for code, faute in connecteur.fautes.items():
            sortie.erreur(f"Le dossier « {code} » n’est pas servi. {faute.message}", faute.remede, faute.detail)
        dossiers = [
            _dossier(systemes, planification.lanceurs[code], pile) for code, systemes in connecteur.dossiers.items()
        ]
        services = Services(dossiers, version=version("connecteur"), horloge=connecteur.horloge)
        reglages = connecteur.premier.reglages.web

        def annonce() -> None:
            sortie.dit(f"Le connecteur est prêt : {serveur.adresse} (Ctrl-C pour l’arrêter)")
            sortie.rend({"ok": True, "adresse": serveur.adresse, "version": version("connecteur")})

        serveur = Serveur(create_app(services), reglages.hote, reglages.port, annonce)
        try:
            serveur.sert()
        except KeyboardInterrupt:
            # Asked to stop, which is how a service ends: nothing is wrong.
            sortie.dit("Arrêt…")
        raise Fin(Code.REUSSI)


def _dossier(systemes: Systemes, lanceur: Lanceur, pile: ExitStack) -> Dossier:
    """What the pages are given of one dossier."""
    controles = pile.enter_context(controles_legers(systemes))
    sondes = {nom: (lambda controle=controles[nom.value]: list(controle())) for nom in NomSysteme}
    return Dossier(
        code=systemes.reglages.dossier.code,
        nom=systemes.reglages.batigest.base,
        fuseau=systemes.fuseau,
        lanceur=lanceur,
        runs=lanceur,
        rejets=systemes.tampon,
        etat=pile.enter_context(EtatSystemes(sondes, systemes.horloge)),
        installation=systemes.tampon,
        lecture=pile.enter_context(lecture_seule(systemes)),
    )
