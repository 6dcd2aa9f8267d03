"""The alerts of one dossier, put together."""

from collections.abc import Callable, Iterator

from connecteur.alertes.envoi import destinations, envoie
from connecteur.alertes.messages import de_l_essai
from connecteur.alertes.veilleur import EtatLicence, Suite, Veilleur
from connecteur.bootstrap.postgresql import fuseau_nomme, url_tampon
from connecteur.bootstrap.systemes import Systemes
from connecteur.domain.controle import Controle
from connecteur.domain.run import Flux
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur
from connecteur.licence.etats import Etat, Situation
from connecteur.licence.phrases import phrase
from connecteur.licence.portail import Portail
from connecteur.settings import Reglages, ReglagesAlertesDossier
from connecteur.tampon.alertes import Message
from connecteur.tampon.tampon import Tampon

NOM = "Alertes"
RAPPELS_GRACE = (1, 3, 7)
"""Days left at which the end of the grace is told again."""


def veilleur(
    systemes: Systemes, suite: Suite, planifie: Callable[[Flux], bool], portail: Portail | None = None
) -> Veilleur:
    """Watches this dossier; `suite` says what comes next for a flow, `planifie` whether it runs by itself.

    `portail`: the licence, when it is this one that tells of it.

    Raises `ConfigurationInvalide`.
    """

    def reglages() -> ReglagesAlertesDossier:
        try:
            return systemes.dossier.alertes
        except ConfigurationInvalide:
            # A setting that was changed stops the runs: that is worth an alert too.
            return systemes.reglages.dossier.alertes

    return Veilleur(
        systemes.reglages.batigest.base,
        systemes.tampon.alertes,
        systemes.tampon.list_rejets_ouverts,
        reglages,
        destinations=destinations(systemes.reglages.alertes.urls),
        suite=suite,
        planifie=planifie,
        licence=None if portail is None else lambda: etat_licence(portail.situation()),
        fuseau=systemes.fuseau,
        horloge=systemes.horloge,
    )


def etat_licence(situation: Situation) -> EtatLicence:
    """As it is told: once per state, and at each step of the countdown."""
    dite = phrase(situation)
    etat = (Etat.VALIDE if situation.etat is Etat.A_RAFRAICHIR else situation.etat).value
    jours = situation.jours_restants
    if situation.etat is Etat.GRACE and jours is not None:
        pas = min((seuil for seuil in RAPPELS_GRACE if jours <= seuil), default=None)
        etat = etat if pas is None else f"{etat} {pas}"
    return EtatLicence(etat, situation.en_vigueur, dite.titre, dite.message, dite.remede)


def controles_alertes(reglages: Reglages) -> Iterator[Controle]:
    """Whether alerts have somewhere to go, and went there. Nothing is sent."""
    try:
        adresses = destinations(reglages.alertes.urls)
    except ConfigurationInvalide as exc:
        yield Controle.echec(NOM, exc.message, exc.remede)
        return
    if not adresses:
        yield Controle.ignore(NOM, "Aucune adresse : personne ne sera averti d’une panne (« alertes.urls »).")
        return
    fuseau = fuseau_nomme(reglages.dossier.fuseau)
    try:
        with url_tampon(reglages) as url, Tampon(url, reglages.dossier.code, fuseau) as tampon:
            rates = [message for message in tampon.alertes.list_messages() if message.erreur]
    except ErreurConnecteur:
        yield Controle.ignore(NOM, "Non vérifié : le tampon ne répond pas, ou n’a pas encore ses tables.")
        return
    if rates:
        yield Controle.alerte(
            NOM,
            f"{len(rates)} message(s) d’alerte n’ont pas pu être envoyés.",
            "Vérifiez « alertes.urls » et le serveur de messagerie, puis « connecteur alertes essai ».",
            rates[0].erreur,
        )
    else:
        yield Controle.ok(NOM, "Les alertes vont à : " + " ; ".join(adresse.nom for adresse in adresses) + ".")


class AlertesDuDossier:
    """What was told, and whether it arrives."""

    def __init__(self, systemes: Systemes) -> None:
        self._urls = systemes.reglages.alertes.urls
        self._depot = systemes.tampon.alertes
        self._nom = systemes.reglages.batigest.base

    def list_adresses(self) -> list[str]:
        """Where alerts go, by the names that can be shown. Raises `ConfigurationInvalide`."""
        return [adresse.nom for adresse in destinations(self._urls)]

    def list_messages(self) -> list[Message]:
        """The latest, most recent first."""
        return self._depot.list_messages()

    def essaie(self) -> list[tuple[str, str]]:
        """Send a trial to each address now: its name, and why it did not leave (empty: it did)."""
        courrier = de_l_essai(self._nom)
        return [(un.nom, envoie(un, courrier.titre, courrier.corps)) for un in destinations(self._urls)]
