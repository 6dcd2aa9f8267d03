"""Each link of the chain to BatiSimply, tried in turn; a broken one spares those that hang on it."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2

from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.echange import adresse
from connecteur.domain.controle import Controle, EtatControle
from connecteur.errors import ErreurConnecteur
from connecteur.reseau import mandataire
from connecteur.settings import ReglagesBatisimply

DELAI_S = 10.0
CHAMPS_MAX = 20
"""Further fields that are named."""
ECART_ALERTE_S = 60.0
"""A clock wrong by more is worth telling: the day of a run, and the life of certificates, hang on it."""
PORTS = {"http": 80, "https": 443}
JETON, PROJETS, CRENEAUX = "Connexion à BatiSimply", "Projets BatiSimply", "Créneaux BatiSimply"
HORLOGE = "Horloge de l’ordinateur"


def controle_batisimply(reglages: ReglagesBatisimply, client: ClientBatisimply) -> Iterator[Controle]:
    """The checks, each as soon as it is known: name, port and TLS of both addresses, token, projects, slots, clock."""
    reseau: list[Controle] = []
    for qui, base, reglage in (
        ("connexion BatiSimply", reglages.url_sso, "url_sso"),
        ("API BatiSimply", reglages.url_api, "url_api"),
    ):
        for controle in _reseau(qui, base, reglage):
            reseau.append(controle)
            yield controle
    suite: list[tuple[str, Callable[[], str]]] = [
        (JETON, lambda: _jeton(reglages, client)),
        (PROJETS, lambda: _projets(client)),
        (CRENEAUX, lambda: _creneaux(client)),
    ]
    casse = any(controle.etat is EtatControle.ECHEC for controle in reseau)
    for nom, essaie in suite:
        # A token that is refused makes the rest pointless; a right that is missing on projects says nothing of slots.
        if casse:
            yield Controle.ignore(nom, "Non essayé : un maillon précédent est rompu.")
            continue
        controle = _essaie(nom, essaie)
        yield controle
        casse = nom == JETON and controle.etat is EtatControle.ECHEC
    yield _horloge(client)


def _reseau(qui: str, base: str, reglage: str) -> Iterator[Controle]:
    noms = f"Nom du serveur ({qui})", f"Port du serveur ({qui})", f"Liaison sécurisée ({qui})"
    try:
        url = adresse(base, "", reglage)
    except ErreurConnecteur as exc:
        yield Controle.echec(noms[0], exc.message, exc.remede, exc.detail)
        yield from (Controle.ignore(nom, "Non essayé : l’adresse n’est pas valable.") for nom in noms[1:])
        return
    if (proxy := mandataire(url)) is not None:
        passage = httpx2.URL(proxy).host
        texte = f"Non essayé directement : cet ordinateur passe par le serveur mandataire {passage}."
        yield from (Controle.ignore(nom, texte) for nom in noms)
        return
    port = url.port or PORTS[url.scheme]
    try:
        adresses = sorted({str(info[4][0]) for info in socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as exc:
        yield Controle.echec(
            noms[0],
            f"Le nom « {url.host} » est introuvable.",
            f"Vérifiez la connexion Internet et {reglage} dans les réglages.",
            str(exc),
        )
        yield from (Controle.ignore(nom, "Non essayé : le nom est introuvable.") for nom in noms[1:])
        return
    yield Controle.ok(noms[0], f"« {url.host} » a une adresse.", ", ".join(adresses))
    yield from _liaison(url, port, noms[1], noms[2])


def _liaison(url: httpx2.URL, port: int, nom_port: str, nom_tls: str) -> Iterator[Controle]:
    try:
        prise = socket.create_connection((url.host, port), DELAI_S)
    except OSError as exc:
        yield Controle.echec(
            nom_port,
            f"Le port {port} de {url.host} ne répond pas.",
            f"Faites autoriser cette adresse (port {port}) par le pare-feu, et vérifiez l’adresse dans les réglages.",
            str(exc),
        )
        yield Controle.ignore(nom_tls, "Non essayé : le port ne répond pas.")
        return
    with prise:
        yield Controle.ok(nom_port, f"Le port {port} répond.")
        yield _tls(url, prise, nom_tls)


def _tls(url: httpx2.URL, prise: socket.socket, nom: str) -> Controle:
    if url.scheme != "https":
        if url.host in {"localhost", "127.0.0.1", "::1"}:
            return Controle.ok(nom, "Sans chiffrement, mais sans quitter cet ordinateur.")
        return Controle.alerte(
            nom,
            "La liaison n’est pas chiffrée : le mot de passe circule en clair.",
            "Donnez une adresse en https:// dans les réglages.",
        )
    try:
        with httpx2.create_ssl_context().wrap_socket(prise, server_hostname=url.host) as tls:
            return Controle.ok(nom, f"{tls.version()}, certificat reconnu.")
    except ssl.SSLCertVerificationError as exc:
        return Controle.echec(
            nom,
            "Le certificat du serveur n’est pas reconnu par cet ordinateur.",
            "Vérifiez la date de l’ordinateur ; si un antivirus ou un pare-feu filtre les connexions, faites ajouter "
            "son certificat au magasin du système.",
            exc.verify_message,
        )
    except OSError as exc:
        return Controle.echec(
            nom,
            "La liaison sécurisée (TLS) ne s’établit pas.",
            "Vérifiez que l’adresse et le port sont bien ceux d’un site https, et qu’aucun pare-feu ne s’interpose.",
            str(exc),
        )


def _essaie(nom: str, essaie: Callable[[], str]) -> Controle:
    try:
        return Controle.ok(nom, essaie())
    except ErreurConnecteur as exc:
        return Controle.echec(nom, exc.message, exc.remede or "Appelez le support.", exc.detail)


def _jeton(reglages: ReglagesBatisimply, client: ClientBatisimply) -> str:
    client.check_connexion()
    qui = (
        f"utilisateur « {reglages.utilisateur} »" if reglages.mode == "password" else f"client « {reglages.client_id} »"
    )
    return f"Jeton obtenu, {qui}."


def _projets(client: ClientBatisimply) -> str:
    projets = client.read_projets()
    sans_code = sum(not projet.champs["code"] for projet in projets)
    return f"{len(projets)} projets lus" + (f", dont {sans_code} sans code." if sans_code else ".")


def _creneaux(client: ClientBatisimply) -> str:
    fin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    recue = client.read_tranche(fin - timedelta(days=1), fin)
    lecture, inconnus = recue.lit(), recue.inconnus()
    lus = f"{len(lecture.creneaux)} créneaux lus sur les dernières 24 heures"
    lus += f", dont {len(lecture.illisibles)} illisibles." if lecture.illisibles else "."
    if inconnus:
        champs = ", ".join(f"{nom} ({genre})" for nom, genre in sorted(inconnus.items())[:CHAMPS_MAX])
        lus += f" BatiSimply envoie aussi : {champs}."
    return lus


def _horloge(client: ClientBatisimply) -> Controle:
    ecart = client.ecart_horloge_s
    if ecart is None:
        return Controle.ignore(HORLOGE, "Non comparée : BatiSimply n’a pas donné l’heure.")
    if abs(ecart) > ECART_ALERTE_S:
        sens = "avance" if ecart > 0 else "retarde"
        return Controle.alerte(
            HORLOGE,
            f"L’horloge de cet ordinateur {sens} de {abs(round(ecart))} s sur celle de BatiSimply.",
            "Réglez l’heure de l’ordinateur sur un serveur de temps.",
        )
    return Controle.ok(HORLOGE, f"À l’heure, à {max(1, abs(round(ecart)))} s près.")
