"""What the imaginary firm's systems, arrows and rejets look like."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connecteur.domain.controle import Controle
from connecteur.domain.rejet import MotifRejet, ObjetRejet, Rejet
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.web.services import NomSysteme, Systeme

PARIS = ZoneInfo("Europe/Paris")
MAINTENANT = datetime(2025, 6, 24, 6, 31, tzinfo=UTC)
"""24/06/2025 à 08:31 in Paris."""


def systemes_ok() -> list[Systeme]:
    il_y_a = MAINTENANT - timedelta(seconds=9)
    return [
        Systeme(
            NomSysteme.BATIGEST,
            (
                Controle.ok("Port", "srv-durand\\SAGEBAT répond."),
                Controle.ok("Connexion", "Identifiants acceptés, liaison chiffrée."),
                Controle.ok("Tables", "ChantierDef, Devis, SuiviMO et Salarie sont conformes."),
                Controle.ok("Droits", "Écriture permise dans SuiviMO."),
            ),
            il_y_a,
        ),
        Systeme(
            NomSysteme.TAMPON,
            (
                Controle.ok("Base", "PostgreSQL 17, schéma à jour."),
                Controle.ok("Horloge", "Écart de moins d’une seconde."),
            ),
            il_y_a,
        ),
        Systeme(
            NomSysteme.BATISIMPLY,
            (
                Controle.ok("Connexion", "Compte accepté, jeton valable 5 minutes."),
                Controle.ok("Projets", "812 projets lisibles."),
                Controle.ok("Créneaux", "Lecture permise."),
            ),
            il_y_a,
        ),
    ]


def systemes_inconnus() -> list[Systeme]:
    return [Systeme(nom) for nom in NomSysteme]


def systemes_en_echec() -> list[Systeme]:
    batigest, tampon, _ = systemes_ok()
    echec = Controle.echec(
        "Connexion",
        "BatiSimply refuse le compte du connecteur : le mot de passe a changé ou a expiré.",
        "Demandez le nouveau mot de passe à l’administrateur BatiSimply, puis saisissez-le dans la configuration.",
        "POST https://sso.exemple.invalid/…/token : 401 invalid_grant",
    )
    ignores = tuple(Controle.ignore(nom, "Non essayé.") for nom in ("Projets", "Créneaux"))
    alerte = Controle.alerte("Colonne", "Devis ne nomme pas son chantier.", "Indiquez la colonne dans les réglages.")
    return [
        replace(batigest, controles=(*batigest.controles, alerte)),
        tampon,
        Systeme(NomSysteme.BATISIMPLY, (Controle.ok("Port", "Répond."), echec, *ignores), MAINTENANT),
    ]


def bilans_chantiers() -> tuple[Bilan, ...]:
    return (
        Bilan(Fleche.PULL_CHANTIERS, {"lus": 812, "nouveaux": 3, "modifiés": 11, "inchangés": 798}),
        Bilan(
            Fleche.PUSH_CHANTIERS,
            {"créés": 3, "mis à jour": 11, "inchangés": 798},
            ecritures=14,
            remarques=[
                Incident(
                    "Chantier CH000418 : modifié dans BatiSimply, conservé. "
                    "ville : Batigest « Cléry », BatiSimply « Cléry-Saint-André »"
                )
            ],
        ),
    )


def bilans_heures() -> tuple[Bilan, ...]:
    return (
        Bilan(
            Fleche.PULL_HEURES,
            {"tranches inchangées": 22, "nouveaux créneaux": 1284, "créneaux modifiés": 37, "créneaux disparus": 4},
            rejets=17,
        ),
        Bilan(
            Fleche.PUSH_HEURES,
            {"insérées": 1266, "corrigées": 35, "retirées": 6, "dont déplacées": 2, "lignes inchangées": 17420},
            ecritures=1307,
            conflits=2,
            incidents=[
                Incident(
                    "Les lignes du 16/06/2025 au 22/06/2025 changent dans Batigest pendant qu’elles sont écrites.",
                    "Rien n’est perdu : la prochaine synchronisation reprendra cette période.",
                    "3 essais, 2 lignes dépassées : CH000112/DUPONT/2025-06-18T08:00",
                )
            ],
        ),
    )


def rejets_realistes() -> list[Rejet]:
    creneau, chantier = ObjetRejet.CRENEAU, ObjetRejet.CHANTIER
    inconnus = [
        ("Léa Martin", "23/06/2025 08:00, 7,5 h"),
        ("Léa Martin", "22/06/2025 08:00, 8 h"),
        ("Yanis Le Gall", "20/06/2025 07:30, 8,25 h"),
        ("Yanis Le Gall", "19/06/2025 07:30, 8 h"),
        ("Yanis Le Gall", "18/06/2025 07:30, 7 h"),
    ]
    rejets = [
        Rejet(creneau, f"c{i}", MotifRejet.SALARIE_INCONNU, f"{qui}, {quoi}", f"Utilisateur BatiSimply 7c1e…{i:02d}")
        for i, (qui, quoi) in enumerate(inconnus * 2 + inconnus[:1])
    ]
    rejets += [
        Rejet(creneau, f"p{i}", MotifRejet.SANS_PROJET, f"{qui}, {quoi}")
        for i, (qui, quoi) in enumerate(
            [
                ("Awa N’Diaye", "23/06/2025 13:30, 3,5 h"),
                ("Jean-Loïc Bœuf", "21/06/2025 08:00, 4 h"),
                ("Awa N’Diaye", "20/06/2025 13:30, 3,5 h"),
                ("Marc O’Brien", "17/06/2025 08:00, 7 h"),
            ]
        )
    ]
    rejets.append(
        Rejet(
            chantier,
            "CH000733",
            MotifRejet.CHANTIER_REFUSE,
            "CH000733, Réfection de la toiture de l’école Jules-Ferry",
            "hoursSold : doit être positif",
        )
    )
    rejets.append(Rejet(creneau, "d1", MotifRejet.DUREE_INVALIDE, "Paul Étienne, 16/06/2025 08:00, 31 h"))
    return rejets
