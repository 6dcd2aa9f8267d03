"""Builds the real things from the settings, and closes them. Importing a module opens nothing."""

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from licence_manager.errors import BaseIndisponible, ConfigurationInvalide, ErreurLicences
from licence_manager.repository.cles import DepotCles
from licence_manager.repository.connexion import ouvre_moteur, transaction, verifie_adresse
from licence_manager.repository.migration import est_a_jour, migre
from licence_manager.repository.suivi import purge
from licence_manager.repository.supabase import close_sql, is_open_sql, open_sql
from licence_manager.services.cles import ClesSignature
from licence_manager.services.comptes import cree_acces
from licence_manager.services.contexte import Contexte, Horloge, horloge_systeme
from licence_manager.services.debit import Debit
from licence_manager.services.etat_rappels import EtatRappels
from licence_manager.services.licences import Licences
from licence_manager.services.rappels import Rappels, destinations_apprise
from licence_manager.services.suivi import PERIODE_S, Entretien, Suivi, Tache
from licence_manager.services.tableau import TableauDeBord
from licence_manager.services.tableur import Tableur
from licence_manager.services.validation import Regles, Validation
from licence_manager.settings import OCTETS_SECRET, Reglages, octets_du_secret
from licence_manager.signing.coffre import Coffre, MauvaisSecret
from sages_commun.acces import Acces
from sages_commun.postgres_embarque import PostgresEmbarque, PostgresIndisponible
from sages_commun.systeme import ecrit_secret, verrou

BASE_EMBARQUEE = "licences"
RELECTURE_S = 30.0
"""How soon a process signs with the key that another one has turned to."""
HEURE_S = 3600.0


@dataclass(frozen=True)
class Maison:
    """Everything, open."""

    reglages: Reglages
    contexte: Contexte
    licences: Licences
    tableur: Tableur
    tableau: TableauDeBord
    validation: Validation
    suivi: Suivi
    cles: ClesSignature
    etat_rappels: EtatRappels
    acces: Acces
    rappels: Rappels | None
    """None: no address is set to send them to."""


@contextmanager
def ouvre(reglages: Reglages, horloge: Horloge = horloge_systeme, *, a_migrer: bool = False) -> Iterator[Maison]:
    """Open everything. Raises `ConfigurationInvalide`, `BaseIndisponible`.

    The embedded database is brought up to date by itself; another one when `a_migrer` says so, else it must be.
    """
    destinations = destinations_apprise(reglages.rappels.get_secret_value()) if reglages.rappels else None
    with ExitStack() as pile:
        contexte = _ouvre_contexte(reglages, horloge, pile)
        if a_migrer or reglages.base is None:
            prepare(contexte)
        else:
            _verifie_base(contexte)
        debit = Debit()
        suivi = Suivi(contexte, debit)
        validation = Validation(contexte, _regles(reglages), debit, suivi)
        try:
            validation.reload_signataire()
        except MauvaisSecret as exc:
            raise _autre_secret() from exc
        licences = Licences(contexte)
        yield Maison(
            reglages=reglages,
            contexte=contexte,
            licences=licences,
            tableur=Tableur(contexte, licences),
            tableau=TableauDeBord(contexte),
            validation=validation,
            suivi=suivi,
            cles=ClesSignature(contexte),
            etat_rappels=EtatRappels(contexte),
            acces=cree_acces(contexte),
            rappels=None if destinations is None else Rappels(contexte, destinations),
        )


def _verifie_base(contexte: Contexte) -> None:
    """Raises `ConfigurationInvalide` unless `prepare` was run by this program with these settings."""
    if not est_a_jour(contexte.moteur):
        raise ConfigurationInvalide(
            "La base des licences n’a pas les tables que ce programme attend.",
            remede="Lancez « licence-manager migrate », une fois, puis recommencez.",
        )
    with transaction(contexte.moteur) as connexion:
        ouverte = is_open_sql(connexion)
    if ouverte is not contexte.sql_ouvert:
        raise ConfigurationInvalide(
            f"La validation directe est {'ouverte' if ouverte else 'fermée'} dans la base, et "
            "« LICENCE_MANAGER_SUPABASE » dit le contraire : les licences à venir y seraient mal enregistrées.",
            remede="Lancez « licence-manager migrate », une fois, puis recommencez ; ou corrigez la variable.",
        )


def prepare(contexte: Contexte) -> str:
    """Bring the database up to date; the revision. Raises `ConfigurationInvalide`, `BaseIndisponible`."""
    revision = migre(contexte.moteur)
    try:
        with transaction(contexte.moteur) as connexion:
            DepotCles(connexion, contexte.coffre).ensure(contexte.maintenant())
            if contexte.sql_ouvert:
                open_sql(connexion, contexte.coffre)
            else:
                close_sql(connexion)
    except MauvaisSecret as exc:
        raise _autre_secret() from exc
    return revision


def entretien(maison: Maison) -> Entretien:
    """The periodic work of a process that serves."""
    arret = threading.Event()
    taches = [
        Tache("suivi", PERIODE_S, maison.suivi.write),
        Tache("clé de signature", RELECTURE_S, maison.validation.reload_signataire),
        Tache("ménage", HEURE_S, lambda: purge_detail(maison.contexte)),
        Tache("ménage des comptes", HEURE_S, maison.acces.purge),
    ]
    rappels = maison.rappels
    if rappels is not None:
        taches.append(Tache("rappels", HEURE_S, lambda: rappels.send_rappels(arret.is_set)))
    return Entretien(taches, maison.suivi.write, arret)


def purge_detail(contexte: Contexte) -> None:
    """Forget the detail that is old."""
    with transaction(contexte.moteur) as connexion:
        purge(connexion, contexte.maintenant())


def _ouvre_contexte(reglages: Reglages, horloge: Horloge, pile: ExitStack) -> Contexte:
    adresse = _base_embarquee(reglages.donnees, pile) if reglages.base is None else reglages.base.get_secret_value()
    url, options = verifie_adresse(adresse, reglages.base_certificat)
    moitie = max(1, reglages.base_connexions // 2)
    moteur = ouvre_moteur(url, options, moitie)
    pile.callback(moteur.dispose)
    rapide = ouvre_moteur(url, options, reglages.base_connexions - moitie, rapide=True)
    pile.callback(rapide.dispose)
    return Contexte(moteur, rapide, Coffre(_secret(reglages)), horloge, sql_ouvert=reglages.supabase)


def _base_embarquee(donnees: Path, pile: ExitStack) -> str:
    try:
        donnees.mkdir(parents=True, exist_ok=True)
        return pile.enter_context(PostgresEmbarque(donnees / "postgresql")).create_base(BASE_EMBARQUEE)
    except (PostgresIndisponible, OSError) as exc:
        raise BaseIndisponible(
            "La base embarquée n’a pas démarré.", remede="Vérifiez LICENCE_MANAGER_DONNEES.", detail=str(exc)
        ) from exc


def _secret(reglages: Reglages) -> bytes:
    """The one that was given; for a trial, one drawn at first start and kept in the data folder."""
    if reglages.secret is not None:
        return octets_du_secret(reglages.secret)
    fichier = reglages.donnees / "secret"
    with verrou(reglages.donnees / "secret.verrou"):
        if not fichier.exists():
            ecrit_secret(fichier, base64.b64encode(secrets.token_bytes(OCTETS_SECRET)).decode())
        try:
            return octets_du_secret(SecretStr(fichier.read_text(encoding="ascii", errors="replace").strip()))
        except ValueError:
            raise ConfigurationInvalide(
                f"Le secret de cet essai (« {fichier} ») est abîmé.",
                remede="Remettez-le d’après une sauvegarde ; sans lui, les clés créées sont perdues.",
            ) from None


def _regles(reglages: Reglages) -> Regles:
    return Regles(
        debit_adresse=reglages.debit_adresse,
        debit_cle=reglages.debit_cle,
        rafraichir=timedelta(hours=reglages.bail_rafraichir_heures),
        duree=timedelta(days=reglages.bail_jours),
    )


def _autre_secret() -> ErreurLicences:
    return ConfigurationInvalide(
        "« LICENCE_MANAGER_SECRET » n’est pas celui avec lequel cette base a été remplie.",
        remede="Remettez le secret d’origine : sans lui, ni les clés de licence ni la clé de signature ne se lisent.",
    )
