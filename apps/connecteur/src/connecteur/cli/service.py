"""`connecteur serve`: the pages, and the runs that are asked for, until told to stop."""

from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from connecteur.bootstrap import comptes
from connecteur.cli.assemblage import TOUS, horaires_de, ouvre_connecteur, ouvre_planification, veilleur_de
from connecteur.cli.codes import Code
from connecteur.cli.pages import dossier_des_pages
from connecteur.cli.sortie import Fin, commande
from connecteur.errors import ErreurConnecteur
from connecteur.licence.gardien import Gardien
from connecteur.planification.horloger import Horloger
from connecteur.web.app import create_app
from connecteur.web.serveur import Serveur
from connecteur.web.services import Services


def serve(config: Path | None, *, en_json: bool, detail: bool) -> None:
    """Serve every dossier that can work; a run under way when told to stop is resumed at the next start."""
    with commande(en_json=en_json, detail=detail) as sortie, ExitStack() as pile:
        connecteur = pile.enter_context(ouvre_connecteur(config, TOUS))
        planification = pile.enter_context(ouvre_planification(connecteur, passager=False))
        for code, faute in connecteur.fautes.items():
            sortie.erreur(f"Le dossier « {code} » n’est pas servi. {faute.message}", faute.remede, faute.detail)
        dossiers = [
            dossier_des_pages(systemes, planification.lanceurs[code], connecteur.licence(code), pile)
            for code, systemes in connecteur.dossiers.items()
        ]
        horaires = {code: horaires_de(systemes) for code, systemes in connecteur.dossiers.items()}
        pile.enter_context(Horloger(horaires, planification.lanceurs))
        pile.enter_context(Gardien(connecteur.portail))
        for code in connecteur.dossiers:
            try:
                pile.enter_context(veilleur_de(connecteur, code))
            except ErreurConnecteur as exc:
                sortie.erreur(f"Les alertes du dossier « {code} » ne partiront pas. {exc.message}", exc.remede)
        reglages = connecteur.premier.reglages.web
        acces = comptes(connecteur) if reglages.comptes_exiges else None
        if acces is not None:
            acces.purge()
        services = Services(
            dossiers,
            connecteur.portail,
            version=version("connecteur"),
            hotes=frozenset(reglages.hotes),
            horloge=connecteur.horloge,
            acces=acces,
        )

        def annonce() -> None:
            sortie.dit(f"Le connecteur est prêt : {serveur.adresse} (Ctrl-C pour l’arrêter)")
            premier_code = acces.premier_demarrage.tire_code() if acces is not None else None
            if premier_code is not None:
                sortie.erreur(
                    "Il n’y a pas encore d’administrateur.",
                    f"Avant une heure, ouvrez {serveur.adresse}/premier-demarrage avec ce code : {premier_code}",
                )
            sortie.rend({"ok": True, "adresse": serveur.adresse, "version": version("connecteur")})

        serveur = Serveur(create_app(services), reglages.hote, reglages.port, annonce, reglages.mandataires)
        try:
            serveur.sert()
        except KeyboardInterrupt:
            # Asked to stop, which is how a service ends: nothing is wrong.
            sortie.dit("Arrêt…")
        raise Fin(Code.REUSSI)
