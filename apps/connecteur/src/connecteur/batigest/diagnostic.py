"""Each link of the chain to Batigest, tried in turn: what `connecteur doctor` says of it.

A link that depends on a broken one is not tried. Nothing is written anywhere.
"""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from connecteur.batigest import besoins, read, selection
from connecteur.batigest.connection import Connexion
from connecteur.batigest.schema import Examen, read_inventaire
from connecteur.batigest.suivi import Fiches, read_suivi
from connecteur.domain.chantier import Genre
from connecteur.domain.controle import Controle, EtatControle
from connecteur.errors import AccesRefuse, ErreurConnecteur, ServiceInjoignable
from connecteur.settings import ReglagesBatigest, ReglagesChantiers, ReglagesRubriques
from connecteur.settings.chantiers import CodeSuivi

NOM = "Nom du serveur Batigest"
PORT = "Port de SQL Server"
CHIFFREMENT = "Chiffrement"
COMPTE = "Compte SQL Server"
BASE = "Base du dossier"
DROITS = "Droits sur les tables"
COLONNES = "Tables et colonnes de Batigest"
MODIFICATION = "Date de modification des fiches"
SALARIES = "Lien des salariés avec BatiSimply"
HORLOGE = "Horloge du serveur Batigest"

PORT_USUEL = 1433
PORT_BROWSER = 1434
ATTENTE_S = 2.0
"""How long a port or SQL Browser is given to answer."""
DERIVE = timedelta(minutes=1)
LECTURE = ("SELECT",)
DROITS_VOULUS = {
    "ChantierDef": LECTURE,
    "Devis": LECTURE,
    "Salarie": LECTURE,
    "SuiviMO": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}


def run_controles(
    reglages: ReglagesBatigest,
    rubriques: ReglagesRubriques,
    chantiers: ReglagesChantiers | None = None,
    mode: Genre = Genre.CHANTIER,
) -> Iterator[Controle]:
    """Every link in turn, as they are tried."""
    choix = chantiers or ReglagesChantiers()
    reseau: list[tuple[str, Callable[[], Controle]]] = [
        (NOM, lambda: check_nom(reglages)),
        (PORT, lambda: check_port(reglages)),
        (CHIFFREMENT, lambda: check_chiffrement(reglages)),
    ]
    with Connexion(reglages) as connexion:
        session: list[tuple[str, Callable[[], Controle]]] = [
            (COMPTE, lambda: check_compte(connexion, reglages)),
            (BASE, lambda: check_base(connexion, reglages)),
            (DROITS, lambda: check_droits(connexion, mode)),
            (COLONNES, lambda: check_colonnes(connexion, rubriques, choix, mode)),
            (MODIFICATION, lambda: check_modification(connexion, choix, mode)),
            (SALARIES, lambda: check_salaries(connexion)),
            (HORLOGE, lambda: check_horloge(connexion, datetime.now(UTC))),
        ]
        coupee = False
        for nom, essaie in [*reseau, *session]:
            if coupee:
                yield Controle.ignore(nom, "Non vérifié : un contrôle précédent a échoué.")
                continue
            try:
                controle = essaie()
            except ErreurConnecteur as exc:
                controle = _echec(nom, exc)
            yield controle
            # Rights, columns and clock are independent of one another; everything before them is a chain.
            coupee = controle.etat is EtatControle.ECHEC and nom not in {
                DROITS,
                COLONNES,
                MODIFICATION,
                SALARIES,
                HORLOGE,
            }


def _echec(nom: str, exc: ErreurConnecteur) -> Controle:
    return Controle.echec(nom, exc.message, exc.remede, exc.detail)


def _hote(reglages: ReglagesBatigest) -> tuple[str, str]:
    """The host's name, and the instance's ("" when there is none)."""
    serveur = reglages.serveur.strip().removeprefix("tcp:").partition(",")[0]
    hote, _, instance = serveur.partition("\\")
    return ("localhost" if hote.lower() in {".", "(local)"} else hote), instance


def check_nom(reglages: ReglagesBatigest) -> Controle:
    """Whether the host's name leads to an address."""
    hote, _ = _hote(reglages)
    try:
        adresses = sorted({str(infos[4][0]) for infos in socket.getaddrinfo(hote, None, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as exc:
        return Controle.echec(
            NOM,
            f"Le nom « {hote} » ne mène à aucune machine.",
            "Vérifiez le serveur dans les réglages, ou donnez son adresse IP.",
            str(exc),
        )
    return Controle.ok(NOM, f"« {hote} » répond à l’adresse {', '.join(adresses)}.")


def check_port(reglages: ReglagesBatigest) -> Controle:
    """Whether something listens on SQL Server's port; for a named instance, SQL Browser says which port that is."""
    hote, instance = _hote(reglages)
    port = reglages.port or _port_ecrit(reglages)
    if port is None and instance:
        port = ask_browser(hote, instance)
        if port is None:
            # Shared memory on the same machine needs neither SQL Browser nor a port: the login will tell.
            return Controle.alerte(
                PORT,
                f"SQL Browser n’a pas donné le port de l’instance « {instance} ».",
                "Démarrez le service « SQL Server Browser » (UDP 1434 ouvert), ou indiquez le port dans les réglages.",
            )
    port = port or PORT_USUEL
    try:
        socket.create_connection((hote, port), timeout=ATTENTE_S).close()
    except OSError as exc:
        return Controle.echec(
            PORT,
            f"Rien ne répond sur {hote}, port {port}.",
            "Vérifiez que SQL Server est démarré, que le protocole TCP/IP y est activé (Gestionnaire de configuration "
            "SQL Server) et que le pare-feu laisse passer ce port.",
            str(exc),
        )
    return Controle.ok(PORT, f"SQL Server écoute sur {hote}, port {port}.")


def _port_ecrit(reglages: ReglagesBatigest) -> int | None:
    ecrit = reglages.serveur.partition(",")[2].strip()
    return int(ecrit) if ecrit.isdigit() else None


def ask_browser(hote: str, instance: str, *, port: int = PORT_BROWSER, attente_s: float = ATTENTE_S) -> int | None:
    """The TCP port of a named instance, from SQL Browser (protocol MC-SQLR); None when it does not say."""
    try:
        question = b"\x04" + instance.encode("ascii")
        famille, _, _, _, adresse = socket.getaddrinfo(hote, port, type=socket.SOCK_DGRAM)[0]
        with closing(socket.socket(famille, socket.SOCK_DGRAM)) as prise:
            prise.settimeout(attente_s)
            prise.connect(adresse)
            prise.send(question)
            reponse = prise.recv(4096)
    except (OSError, UnicodeError):
        return None
    champs = reponse[3:].decode("ascii", "replace").split(";")
    valeurs = dict(zip(champs[::2], champs[1::2], strict=False))
    annonce = valeurs.get("tcp", "")
    return int(annonce) if annonce.isdigit() else None


def check_chiffrement(reglages: ReglagesBatigest) -> Controle:
    """Whether TLS comes about and the server's certificate is accepted.

    Tried with an invented account: until the certificate is known to be good, the real password stays at home.
    """
    if not reglages.chiffrement:
        return Controle.alerte(
            CHIFFREMENT,
            "Le chiffrement est désactivé dans les réglages : les heures circulent en clair.",
            "Remettez « chiffrement = true » dès que SQL Server sait chiffrer.",
        )
    inconnu = reglages.model_copy(
        update={"utilisateur": "controle-sages", "mot_de_passe": SecretStr(secrets.token_urlsafe(12))}
    )
    refus = _refus_de_connexion(inconnu)
    if not isinstance(refus, ServiceInjoignable):  # refused for its name: TLS was done by then
        sans_controle = " Le certificat est accepté sans être vérifié." if reglages.certificat_de_confiance else ""
        return Controle.ok(CHIFFREMENT, f"La connexion est chiffrée.{sans_controle}")
    if not reglages.certificat_de_confiance and not isinstance(
        _refus_de_connexion(inconnu.model_copy(update={"certificat_de_confiance": True})), ServiceInjoignable
    ):
        return Controle.echec(
            CHIFFREMENT,
            "Le certificat de SQL Server n’est pas reconnu par cette machine.",
            "Si c’est celui que SQL Server s’est fait lui-même, réglez « certificat_de_confiance = true » ; "
            "sinon installez l’autorité qui l’a signé.",
            refus.detail,
        )
    return Controle.echec(
        CHIFFREMENT,
        "La connexion chiffrée avec SQL Server n’aboutit pas.",
        "Vérifiez que c’est bien SQL Server qui répond sur ce port ; un SQL Server ancien doit recevoir la mise à "
        "jour qui lui apporte TLS 1.2.",
        refus.detail,
    )


def _refus_de_connexion(reglages: ReglagesBatigest) -> ErreurConnecteur | None:
    with Connexion(reglages) as connexion:
        try:
            connexion.open()
        except ErreurConnecteur as exc:
            return exc
    return None


def check_compte(connexion: Connexion, reglages: ReglagesBatigest) -> Controle:
    """Whether the account may log in. SQL Server says the same of a wrong database: `master`, which is open to every
    account, tells them apart."""
    try:
        connexion.open()
    except AccesRefuse as exc:
        if isinstance(_refus_de_connexion(reglages.model_copy(update={"base": "master"})), AccesRefuse):
            message = "SQL Server refuse le compte du connecteur ou son mot de passe."
            remede = (
                "Vérifiez l’utilisateur et le mot de passe de la section [batigest] ; le compte doit exister en mode "
                "« authentification SQL Server » et ne pas être verrouillé."
            )
            return Controle.echec(COMPTE, message, remede, exc.detail)
    return Controle.ok(COMPTE, "SQL Server accepte le compte du connecteur.")


def check_base(connexion: Connexion, reglages: ReglagesBatigest) -> Controle:
    """Whether the dossier's database opens."""
    try:
        ((base,),) = connexion.read("SELECT DB_NAME() AS Base")
    except AccesRefuse as exc:
        return Controle.echec(
            BASE,
            f"La base « {reglages.base} » n’existe pas, ou le compte du connecteur n’y a pas accès.",
            "Vérifiez le nom de la base dans les réglages et donnez au compte l’accès à cette base.",
            exc.detail,
        )
    return Controle.ok(BASE, f"La base « {base} » est ouverte.")


def check_droits(connexion: Connexion, mode: Genre = Genre.CHANTIER) -> Controle:
    """Whether the account may do on each table what the connector does there.

    A firm without the site module may do without the table of sites.
    """
    manquants = []
    for table, droits in DROITS_VOULUS.items():
        if mode is Genre.DEVIS and table == besoins.CHANTIER_CODE.table:
            continue
        choisis = ", ".join(f"HAS_PERMS_BY_NAME('dbo.{table}', 'OBJECT', '{droit}')" for droit in droits)
        (accordes,) = connexion.read(f"SELECT {choisis}", objet=f"dbo.{table}")
        manquants += [
            f"{droit} sur dbo.{table}" for droit, accorde in zip(droits, accordes, strict=True) if not accorde
        ]
    if manquants:
        return Controle.echec(
            DROITS,
            f"Il manque des droits au compte : {', '.join(manquants)}.",
            "Faites-les donner par l’administrateur de SQL Server (GRANT), ou vérifiez que ces tables existent.",
        )
    return Controle.ok(DROITS, "Le compte peut lire les tables de Batigest et écrire dans dbo.SuiviMO.")


def check_colonnes(
    connexion: Connexion, rubriques: ReglagesRubriques, chantiers: ReglagesChantiers, mode: Genre
) -> Controle:
    """Whether the tables are what the connector needs, in both directions."""
    fautes: list[ErreurConnecteur] = []
    fiches = Fiches.DEVIS if mode is Genre.DEVIS and chantiers.code_suivi is CodeSuivi.DEVIS else Fiches.CHANTIERS
    for essaie in (
        lambda: selection.check_selection(connexion, chantiers, mode),
        lambda: read_suivi(connexion, rubriques, fiches=fiches),
    ):
        try:
            essaie()
        except ErreurConnecteur as exc:
            fautes.append(exc)
    if fautes:
        messages = " ".join(dict.fromkeys(faute.message for faute in fautes))
        details = "\n".join(dict.fromkeys(faute.detail for faute in fautes))
        return Controle.echec(COLONNES, messages, fautes[0].remede, details)
    return Controle.ok(COLONNES, "Les tables ont les colonnes et les types attendus.")


def check_modification(connexion: Connexion, chantiers: ReglagesChantiers, mode: Genre) -> Controle:
    """Whether Batigest says when a record last changed. A likely column is offered, never used unasked."""
    table, choisie, reglage = (
        ("Devis", chantiers.modification_devis, "modification_devis")
        if mode is Genre.DEVIS
        else ("ChantierDef", chantiers.modification_chantier, "modification_chantier")
    )
    if choisie is not None:
        return Controle.ok(MODIFICATION, f"Elle est lue dans la colonne « {choisie} » de dbo.{table}.")
    candidates = selection.colonnes_de_modification(read_inventaire(connexion), table)
    if candidates:
        return Controle.alerte(
            MODIFICATION,
            f"La table dbo.{table} semble dater ses modifications ({', '.join(candidates)}) ; rien ne la lit encore.",
            f"Si c’est bien cela, nommez cette colonne dans le réglage « chantiers.{reglage} » : les conflits entre "
            "Batigest et BatiSimply se régleront plus souvent d’eux-mêmes.",
        )
    return Controle.ok(
        MODIFICATION, f"La table dbo.{table} ne date pas ses modifications : le connecteur les date quand il les voit."
    )


def check_salaries(connexion: Connexion) -> Controle:
    """Whether employees carry their BatiSimply identifier."""
    if Examen(read_inventaire(connexion)).cherche(besoins.SALARIE_UTILISATEUR) is None:
        return Controle.ok(
            SALARIES,
            "La table dbo.Salarie n’a pas de colonne « codebs » : les salariés s’associent à la main.",
            "« connecteur salaries liste » montre ceux qui attendent.",
        )
    salaries = read.read_salaries(connexion)
    relies = sum(salarie.utilisateur is not None for salarie in salaries)
    if not relies:
        return Controle.alerte(
            SALARIES,
            "Aucun salarié ne porte d’identifiant BatiSimply (codebs).",
            "Renseignez-le dans Batigest, ou associez les salariés à la main : « connecteur salaries liste ».",
        )
    return Controle.ok(SALARIES, f"{relies} salariés sur {len(salaries)} portent un identifiant BatiSimply.")


def check_horloge(connexion: Connexion, maintenant: datetime) -> Controle:
    """Whether both clocks agree. `maintenant` is this machine's time (aware)."""
    ((heure,),) = connexion.read("SELECT SYSUTCDATETIME() AS Heure")
    ecart = abs(heure.replace(tzinfo=UTC) - maintenant)
    if ecart > DERIVE:
        return Controle.alerte(
            HORLOGE,
            f"L’horloge du serveur et celle de cette machine diffèrent de {int(ecart.total_seconds())} secondes.",
            "Mettez les deux machines à l’heure (service de temps Windows ou NTP).",
        )
    return Controle.ok(HORLOGE, "Les deux horloges sont d’accord.")
