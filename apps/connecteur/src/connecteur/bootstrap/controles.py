"""The checks of each system: all of them for `doctor`, a cheap question for the home page."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial

from connecteur.bootstrap.alertes import controles_alertes
from connecteur.bootstrap.bouts import JeuxDeBouts
from connecteur.bootstrap.coffre import controles_coffre
from connecteur.bootstrap.licence import fournisseur_de, portail
from connecteur.bootstrap.postgresql import fuseau_nomme, url_tampon
from connecteur.bootstrap.systemes import Systemes
from connecteur.domain.controle import Controle
from connecteur.errors import AccesRefuse, ErreurConnecteur
from connecteur.licence.diagnostic import controle_lien, controle_situation
from connecteur.settings import Configuration, Reglages, ReglagesDossier
from connecteur.settings.surcharge import effectifs
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.sante import SanteTampon
from connecteur.tampon.tampon import Tampon

SERVEUR_TAMPON = "Serveur PostgreSQL du tampon"
TABLES_TAMPON = "Tables du tampon"
SALARIES_TAMPON = "Salariés à associer"
HORLOGE_TAMPON = "Horloge du tampon"
DERIVE = timedelta(minutes=1)

Controles = Callable[[], Iterator[Controle]]
"""The checks of one system, as they are tried."""


def controles_complets(configuration: Configuration) -> dict[str, Controles]:
    """System > every link of its chain, tried in turn: what `doctor` shows. With several dossiers, their code stands
    before the system."""
    premier = next(iter(configuration.dossiers.values()))
    complets: dict[str, Controles] = {
        "Coffre": lambda: controles_coffre(configuration),
        "Tampon": lambda: controles_tampon(premier),
        "Licence": lambda: controles_licence(premier),
    }
    plusieurs = len(configuration.codes) > 1
    for code, reglages in configuration.dossiers.items():
        for systeme, controles in _controles_du_dossier(reglages).items():
            complets[f"{code} : {systeme}" if plusieurs else systeme] = controles
    for code, faute in configuration.fautes.items():
        complets[f"{code} : réglages"] = partial(_controle_faute, faute)
    return complets


def _controles_du_dossier(reglages: Reglages) -> dict[str, Controles]:
    from connecteur.adresses.diagnostic import controle_adresses
    from connecteur.batigest import diagnostic as batigest
    from connecteur.batisimply import diagnostic as batisimply
    from connecteur.batisimply.client import ClientBatisimply

    def controles_batisimply() -> Iterator[Controle]:
        with ClientBatisimply(reglages.batisimply) as client:
            yield from batisimply.controle_batisimply(reglages.batisimply, client)

    def controles_batigest() -> Iterator[Controle]:
        dossier = _dossier_effectif(reglages)
        yield from batigest.run_controles(reglages.batigest, dossier.rubriques, dossier.chantiers, dossier.mode)

    controles: dict[str, Controles] = {
        "Batigest": controles_batigest,
        "BatiSimply": controles_batisimply,
        "Alertes": lambda: controles_alertes(reglages),
    }
    adresses = reglages.dossier.chantiers.adresses
    if adresses.url is not None:
        controles["Adresses"] = lambda: controle_adresses(adresses)
    return controles


def _dossier_effectif(reglages: Reglages) -> ReglagesDossier:
    """The settings as the next run has them; the file's when the tampon cannot tell what was changed.

    Raises `ConfigurationInvalide` when what was changed does not suit.
    """
    try:
        fuseau = fuseau_nomme(reglages.dossier.fuseau)
        with url_tampon(reglages) as url, Tampon(url, reglages.dossier.code, fuseau) as tampon:
            surcharges = tampon.list_surcharges()
    except ErreurConnecteur:
        return reglages.dossier  # the tampon's own check says why
    return effectifs(reglages.dossier, surcharges)


def _controle_faute(faute: ErreurConnecteur) -> Iterator[Controle]:
    yield Controle.echec("Réglages du dossier", faute.message, faute.remede, faute.detail)


@contextmanager
def controles_legers(systemes: Systemes) -> Iterator[dict[str, Controles]]:
    """System > one question, cheap enough to be asked every few seconds: what the home page shows.

    On sessions of their own: a run that is writing is neither slowed down nor waited for.
    """
    from connecteur.batisimply.client import ClientBatisimply

    reglages = systemes.reglages
    jeux = JeuxDeBouts(reglages, systemes.tampon, systemes.fuseau)

    def essaie_batigest() -> object:
        return jeux.courants(systemes.dossier).batigest.check_suivi()

    with closing(jeux), ClientBatisimply(reglages.batisimply) as client:
        batigest = Question("Batigest", f"La base « {reglages.batigest.base} » répond.", essaie_batigest)
        batisimply = Question("BatiSimply", "BatiSimply accepte le compte du connecteur.", client.check_connexion)
        yield {
            "Batigest": batigest.pose,
            "Tampon": lambda: _examine_tampon(systemes.tampon),
            "BatiSimply": batisimply.pose,
        }


class Question:
    """One call whose success says that a system answers.

    A refused account is not tried again for a while: every attempt counts towards its being locked out.
    """

    REPIT_S = 300.0

    def __init__(
        self,
        nom: str,
        message: str,
        essaie: Callable[[], object],
        *,
        chrono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nom = nom
        self._message = message
        self._essaie = essaie
        self._chrono = chrono
        self._refus: Controle | None = None
        self._refuse_a = 0.0

    def pose(self) -> Iterator[Controle]:
        """Ask, and say how it went."""
        if self._refus is None or self._chrono() - self._refuse_a >= self.REPIT_S:
            self._refus = None
            try:
                self._essaie()
            except ErreurConnecteur as exc:
                echec = Controle.echec(self._nom, exc.message, exc.remede, exc.detail)
                if isinstance(exc, AccesRefuse):
                    self._refus, self._refuse_a = echec, self._chrono()
                yield echec
                return
        yield self._refus or Controle.ok(self._nom, self._message)


def controles_licence(reglages: Reglages) -> Iterator[Controle]:
    """What the licence is worth, then the link to its server."""
    with (
        url_tampon(reglages) as url,
        closing(Connexions(url)) as connexions,
        portail(reglages.donnees, reglages.licence, connexions) as garde,
    ):
        situation = garde.situation()
    yield from controle_situation(situation)
    fournisseur = fournisseur_de(reglages.licence)
    try:
        yield from controle_lien(fournisseur, en_vigueur=situation.en_vigueur)
    finally:
        if fournisseur is not None:
            fournisseur.close()


def controles_tampon(reglages: Reglages) -> Iterator[Controle]:
    """The tampon's server, tables and clock. Nothing is changed, except that the embedded server is started."""
    try:
        fuseau = fuseau_nomme(reglages.dossier.fuseau)
        with url_tampon(reglages) as url, Tampon(url, reglages.dossier.code, fuseau) as tampon:
            yield from _examine_tampon(tampon)
            if tampon.sante().prete:
                yield _salaries(tampon)
    except ErreurConnecteur as exc:
        yield Controle.echec(SERVEUR_TAMPON, exc.message, exc.remede, exc.detail)
        yield Controle.ignore(TABLES_TAMPON, "Non vérifié : le serveur ne répond pas.")
        yield Controle.ignore(HORLOGE_TAMPON, "Non vérifié : le serveur ne répond pas.")


def _examine_tampon(tampon: Tampon) -> Iterator[Controle]:
    debut = time.monotonic()
    sante = tampon.sante()
    yield Controle.ok(
        SERVEUR_TAMPON,
        f"PostgreSQL {sante.version.partition(' ')[0]} répond en {(time.monotonic() - debut) * 1000:.0f} ms.",
        f"base « {sante.base} », {sante.taille / 1e6:.0f} Mo, {sante.encodage}",
    )
    yield _tables(sante)
    if abs(sante.ecart_horloge) > DERIVE:
        yield Controle.alerte(
            HORLOGE_TAMPON,
            f"L’horloge du serveur et celle de cette machine diffèrent de {abs(sante.ecart_horloge).seconds} secondes.",
            "Mettez les deux machines à l’heure (service de temps Windows ou NTP).",
        )
    else:
        yield Controle.ok(HORLOGE_TAMPON, "Les deux horloges sont d’accord.")


def _salaries(tampon: Tampon) -> Controle:
    """Whether hours wait because nobody knows whose they are."""
    attendent = [utilisateur for utilisateur in tampon.list_utilisateurs() if utilisateur.en_attente]
    if not attendent:
        return Controle.ok(SALARIES_TAMPON, "Aucune heure n’attend de savoir à quel salarié elle revient.")
    return Controle.alerte(
        SALARIES_TAMPON,
        f"Des heures validées attendent que l’on sache à quel salarié elles reviennent : {len(attendent)} utilisateur"
        f"{'s' if len(attendent) > 1 else ''} de BatiSimply à associer.",
        "« connecteur salaries suggere » propose un salarié pour chacun ; « connecteur salaries associe » les associe.",
        ", ".join(utilisateur.nom or utilisateur.id for utilisateur in attendent)[:500],
    )


def _tables(sante: SanteTampon) -> Controle:
    if sante.migrations_faute:
        return Controle.echec(TABLES_TAMPON, sante.migrations_faute, "Installez la version du connecteur qui convient.")
    if sante.lecture_seule:
        return Controle.echec(
            TABLES_TAMPON,
            "La base tampon est en lecture seule.",
            "Vérifiez que l’adresse est bien celle du serveur principal.",
        )
    if sante.encodage != "UTF8":
        return Controle.echec(
            TABLES_TAMPON,
            f"La base tampon n’est pas en UTF-8 ({sante.encodage}) : les accents se perdraient.",
            "Créez la base avec l’encodage UTF8.",
        )
    if not sante.migrations_appliquees:
        return Controle.ok(TABLES_TAMPON, "Les tables seront créées au premier démarrage.")
    if sante.migrations_restantes:
        return Controle.ok(TABLES_TAMPON, "Les tables seront mises à jour au prochain démarrage.")
    return Controle.ok(TABLES_TAMPON, "Les tables sont à jour.")
