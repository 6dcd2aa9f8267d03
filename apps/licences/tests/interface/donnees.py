"""A Licence Manager with everything a page can show. Firms and people are invented."""

from datetime import timedelta

from apps.licences.tests.conftest import Montre
from sqlalchemy import text

from licence_manager.bootstrap import Maison
from licence_manager.domain.duree import Depart, Duree, echeance
from licence_manager.domain.licence import Fiche, Fonction
from licence_manager.services.rappels import Destination, Rappels
from licence_manager.services.validation import Demande

FIRMES = (
    ("Menuiserie Lefèvre", "C. Lefèvre"), ("Charpentes Durand", "A. Durand"), ("Toitures du Val", "P. Nguyen"),
    ("Maçonnerie Bœuf & fils", "L. Bœuf"), ("Électricité Martin", "É. Martin"), ("Peinture Rossi", "G. Rossi"),
    ("Plomberie Le Gall", "Y. Le Gall"), ("Carrelages Da Silva", "M. Da Silva"), ("Terrassement Petit", "J. Petit"),
    ("Isolation Moreau", "S. Moreau"), ("Serrurerie N’Diaye", "A. N’Diaye"), ("Bâtiments de l’Ouest", "R. Guérin"),
)  # fmt: skip
QUI = "Sophie Vendeuse (sophie@exemple.fr)"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def remplis(maison: Maison, montre: Montre) -> dict[str, int]:
    """Sell, use, extend and put away; the numbers of the licences that tests look for, by what they are."""
    gerees, debut = maison.licences, montre()
    montre.avance(-timedelta(days=200))
    numeros: dict[str, int] = {}
    cles: dict[str, str] = {}
    for rang, (entreprise, client) in enumerate(FIRMES):
        fiche = Fiche(client, entreprise, f"contact{rang}@exemple.fr", notes="Rappelle en juin.\nPrend la maintenance.")
        licence, cle = gerees.create_licence(fiche, echeance(montre(), Duree(mois=7 + rang % 12)), QUI)
        numeros[entreprise], cles[entreprise] = licence.id, cle
        montre.avance(timedelta(hours=5))
    for nom, fiche, duree in (
        ("expiree", Fiche("B. Perrin", "Zinguerie Perrin", "perrin@exemple.fr"), Duree(jours=190)),
        ("bientot", Fiche("D. Faure", "Ravalement Faure", "faure@exemple.fr"), Duree(jours=205)),
        ("pleine", Fiche("T. Roux", "Cloisons Roux", utilisations_max=20, machines_max=2), Duree(mois=14)),
        ("eteinte", Fiche("V. Blanc", "Parquets Blanc"), Duree(mois=14)),
        ("rangee", Fiche("O. Garnier", "Stores Garnier"), Duree(mois=14)),
        ("hostile", Fiche(HOSTILE, HOSTILE, notes=HOSTILE, fonctions=frozenset({Fonction.DEVIS})), Duree(mois=20)),
    ):
        licence, cle = gerees.create_licence(fiche, echeance(montre(), duree), QUI)
        numeros[nom], cles[nom] = licence.id, cle
    montre.le = debut - timedelta(days=29)
    for jour in range(30):
        for rang, (entreprise, _) in enumerate(FIRMES[:8]):
            if (jour + rang) % 3:
                _valide(maison, cles[entreprise], f"BUREAU-{rang}", f"1.{rang % 3}.0")
        if jour > 24:
            _valide(maison, cles["expiree"], "ATELIER", "1.0.0")
        if jour == 20:
            _valide(maison, cles["hostile"], HOSTILE, "1.0.0")
            _valide(maison, cles["pleine"], "POSTE-1", "1.2.0", consommes=19)
            _valide(maison, cles["pleine"], "POSTE-2", "1.2.0")
            gerees.deactivate_licence(numeros["eteinte"], QUI, "impayé")
            gerees.archive_licence(numeros["rangee"], QUI, HOSTILE)
        maison.suivi.write()
        montre.avance(timedelta(days=1))
    montre.le = debut
    gerees.extend_licences([numeros["Menuiserie Lefèvre"]], Duree(mois=12), Depart.EXPIRATION, QUI)
    gerees.reissue_cle(numeros["Charpentes Durand"], QUI, "clé publiée par erreur")
    gerees.change_fiche(
        numeros["Toitures du Val"], Fiche("P. Nguyen", "Toitures du Val", "compta@exemple.fr", machines_max=3), QUI
    )
    boite = Destination("boite", lambda message: "Faure" not in message.titre, est_client=True)
    Rappels(maison.contexte, lambda _email: [boite]).send_rappels()
    with maison.contexte.transaction() as (connexion, _):
        connexion.execute(text("ANALYZE"))
    return numeros


def _valide(maison: Maison, cle: str, machine: str, version: str, consommes: int = 0) -> None:
    machine = "".join(c for c in machine if c.isprintable())
    for _ in range(consommes or 1):
        maison.validation.validate_licence(Demande(cle, "127.0.0.1", machine, version, consomme=bool(consommes)))
