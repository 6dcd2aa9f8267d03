"""`connecteur serve`: the pages, and the runs that are asked for, until told to stop."""

from importlib.metadata import version
from pathlib import Path

from connecteur.bootstrap import controles_legers, lecture_seule
from connecteur.cli.assemblage import ouvre_lanceur, ouvre_systemes
from connecteur.cli.codes import Code
from connecteur.cli.sortie import Fin, commande
from connecteur.web.app import create_app
from connecteur.web.etat import EtatSystemes
from connecteur.web.serveur import Serveur
from connecteur.web.services import Dossier, NomSysteme, Services


def serve(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Serve; a run under way when told to stop is resumed at the next start."""
    with (
        commande(en_json=en_json, detail=detail) as sortie,
        ouvre_systemes(config) as systemes,
        ouvre_lanceur(systemes) as lanceur,
        controles_legers(systemes) as controles,
        lecture_seule(systemes) as lecture,
    ):
        sondes = {nom: (lambda controle=controles[nom.value]: list(controle())) for nom in NomSysteme}
        with EtatSystemes(sondes, systemes.horloge) as etat:
            dossier = Dossier(
                code=systemes.reglages.dossier.code,
                nom=systemes.reglages.batigest.base,
                fuseau=systemes.fuseau,
                lanceur=lanceur,
                runs=lanceur,
                rejets=systemes.tampon,
                etat=etat,
                installation=systemes.tampon,
                lecture=lecture,
            )
            services = Services([dossier], version=version("connecteur"), horloge=systemes.horloge)
            reglages = systemes.reglages.web

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
