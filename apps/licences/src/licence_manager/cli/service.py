"""Serve, bring the database up to date, turn the signing key, send reminders."""

from collections.abc import Sequence
from contextlib import nullcontext

from licence_manager.bootstrap import ouvre
from licence_manager.cli.sortie import Sortie, commande
from licence_manager.errors import ConfigurationInvalide
from licence_manager.repository.cles import CleSignature, EtatCle
from licence_manager.repository.migration import derniere
from licence_manager.settings import charge

ETATS_FR = {EtatCle.ACTUELLE: "actuelle", EtatCle.SUIVANTE: "suivante", EtatCle.RETIREE: "retirée"}


def serve(*, en_json: bool) -> None:
    """Until Ctrl-C or SIGTERM."""
    from licence_manager.web.app import create_app
    from licence_manager.web.rendu import verifie_feuille
    from licence_manager.web.serveur import Serveur

    with commande(en_json=en_json) as sortie:
        reglages = charge()
        verifie_feuille()
        with ouvre(reglages) as maison:

            def annonce() -> None:
                sortie.dit(f"Le Licence Manager est prêt : {serveur.adresse} (Ctrl-C pour l’arrêter)")
                sortie.rend({"adresse": serveur.adresse})

            app = create_app(lambda: nullcontext(maison))
            serveur = Serveur(app, reglages.hote, reglages.port, pret=annonce)
            try:
                serveur.sert()
            except KeyboardInterrupt:
                sortie.dit("Arrêt…")


def migrate(*, en_json: bool) -> None:
    """Bring the database up to date."""
    with commande(en_json=en_json) as sortie, ouvre(charge(), a_migrer=True):
        sortie.dit(f"La base est à jour (révision {derniere()}).")
        sortie.rend({"revision": derniere()})


def rotate_key(qui: str, *, urgence: bool, en_json: bool) -> None:
    """Turn the signing key; not to one so new that no connector can carry it yet, unless it is urgent."""
    with commande(en_json=en_json) as sortie, ouvre(charge()) as maison:
        cles = maison.cles.rotate(qui, urgence=urgence)
        sortie.dit(
            f"Les baux sont désormais signés par la clé {cles[0].kid} (au plus 30 secondes pour un serveur en marche).",
            "Livrez la nouvelle clé suivante avec la prochaine version du connecteur, avant de changer encore :",
        )
        _montre(sortie, cles)


def public_keys(*, en_json: bool) -> None:
    """The two public keys that connectors carry."""
    with commande(en_json=en_json) as sortie, ouvre(charge()) as maison:
        _montre(sortie, maison.cles.list_cles())


def reminders(*, en_json: bool) -> None:
    """Send what is due."""
    with commande(en_json=en_json) as sortie, ouvre(charge()) as maison:
        if maison.rappels is None:
            raise ConfigurationInvalide(
                "Aucune adresse n’est réglée pour les rappels.", remede="Renseignez LICENCE_MANAGER_RAPPELS."
            )
        envoyes = maison.rappels.send_rappels()
        sortie.dit(f"Rappels envoyés : {envoyes}.")
        sortie.rend({"envoyes": envoyes})


def _montre(sortie: Sortie, cles: Sequence[CleSignature]) -> None:
    for cle in cles:
        if cle.etat is not EtatCle.RETIREE:
            sortie.dit(f"  {cle.publique}  {cle.kid}  {ETATS_FR[cle.etat]}")
    portees = [
        {"kid": cle.kid, "publique": cle.publique, "etat": cle.etat.value}
        for cle in cles
        if cle.etat is not EtatCle.RETIREE
    ]
    sortie.rend({"cles": portees})
