"""What the settings are called on the page, in French. A key that is not here is shown by its own name."""

from collections.abc import Mapping

POLITIQUES = "chantiers.politiques."
"""What the keys of the policies of one field begin with."""
NOM_POLITIQUE = "Conflits sur : "
"""What their names begin with."""

GROUPES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Période",
        "Ce qui est relu à chaque synchronisation, et ce qui n’est plus jamais changé.",
        ("fenetre_jours", "heures.periode_close"),
    ),
    (
        "Conflits",
        "Qui l’emporte quand les deux côtés ont changé la même chose.",
        ("heures.conflits", "chantiers.politique", "chantiers.attente"),
    ),
    (
        "Changements massifs",
        "Une synchronisation qui changerait trop de choses d’un coup attend une confirmation.",
        ("heures.garde", "chantiers.garde"),
    ),
    ("Heures", "Ce que dit une ligne de suivi dans Batigest.", ("heures.",)),
    ("Chantiers", "Comment les chantiers deviennent des projets.", ("mode", "chantiers.")),
    ("Alertes", "De quoi ce dossier prévient, et quand.", ("alertes.",)),
    ("Conservation", "Combien de temps l’histoire des heures et des décisions est gardée.", ("conservation_annees",)),
)
"""Name, what it is about, the keys (or their beginnings). A setting is in the first group that takes it."""

TECHNIQUES = (
    "tranche_jours",
    "chevauchement_heures",
    "rubriques.",
    "ecrire_codebs",
    "siege_id",
    "heures.colonne_modification",
    "chantiers.modification_",
    "chantiers.devis_chantier",
    "chantiers.etats_devis",
    "chantiers.code_suivi",
    "chantiers.creation.",
    "chantiers.adresses.",
)
"""Set once, by whoever installs: kept apart from what an office decides."""
GROUPE_TECHNIQUE = (
    "Pour le technicien",
    "Posés à l’installation, avec Groupe SAGES. Rien ici n’a à changer en temps normal.",
)

NOMS: Mapping[str, str] = {
    "mode": "Ce qui devient un projet",
    "fenetre_jours": "Jours relus à chaque synchronisation",
    "tranche_jours": "Jours lus ensemble",
    "chevauchement_heures": "Heures demandées au-delà de chaque tranche",
    "siege_id": "Siège des projets créés",
    "rubriques.heures": "Colonne des heures",
    "rubriques.trajet": "Colonne du trajet",
    "rubriques.panier": "Colonne du panier",
    "ecrire_codebs": "Écrire l’identifiant BatiSimply dans Batigest",
    "conservation_annees": "Années de conservation de l’histoire",
    "alertes.echec": "En cas d’échec",
    "alertes.partiel": "En cas de résultat partiel",
    "alertes.retablissement": "Au retour à la normale",
    "alertes.silence": "Quand aucune heure n’est arrivée",
    "alertes.heure_silence": "Heure où la journée est jugée",
    "alertes.rejets": "Résumé des rejets",
    "alertes.heure_rejets": "Heure du résumé",
    "alertes.licence": "Au sujet de la licence",
    "heures.date_ligne": "Date de la ligne",
    "heures.panier": "Panier compté",
    "heures.trajet": "Trajet compté",
    "heures.en_plus": "Autres champs des créneaux, et leurs rubriques",
    "heures.conflits": "Conflits d’heures",
    "heures.colonne_modification": "Colonne de dernière modification (SuiviMO)",
    "heures.periode_close": "Période close avant le",
    "heures.garde_part": "Heures : part des lignes (%)",
    "heures.garde_lignes": "Heures : nombre de lignes",
    "chantiers.politique": "Conflits de chantiers",
    "chantiers.attente": "Un conflit de chantier bloque",
    "chantiers.sortie": "Chantier terminé dans Batigest",
    "chantiers.garde_part": "Chantiers : part des projets fermés (%)",
    "chantiers.garde_nombre": "Chantiers : nombre de projets fermés",
    "chantiers.modification_chantier": "Colonne de dernière modification (ChantierDef)",
    "chantiers.modification_devis": "Colonne de dernière modification (Devis)",
    "chantiers.devis_chantier": "Colonne du chantier dans Devis",
    "chantiers.etats_devis": "États d’un devis accepté",
    "chantiers.code_suivi": "Code écrit dans SuiviMO en mode devis",
    "chantiers.creation.responsable_id": "Responsable des projets créés",
    "chantiers.creation.couleur": "Couleur des projets créés",
    "chantiers.creation.budget_montant": "Budget des projets créés",
    "chantiers.creation.budget_devise": "Devise du budget",
    "chantiers.creation.pays": "Pays de l’adresse",
    "chantiers.creation.longitude": "Longitude par défaut",
    "chantiers.creation.latitude": "Latitude par défaut",
    "chantiers.adresses.url": "Service de localisation des adresses",
    "chantiers.adresses.delai_s": "Délai accordé à ce service (s)",
    "chantiers.adresses.score_minimal": "Score minimal d’une adresse",
} | {
    f"{POLITIQUES}{champ}": f"{NOM_POLITIQUE}{nom}"
    for champ, nom in {
        "code": "code",
        "nom": "nom",
        "client": "client",
        "debut": "début",
        "fin": "fin",
        "heures_vendues": "heures vendues",
        "rue": "rue",
        "code_postal": "code postal",
        "ville": "ville",
        "commentaire": "commentaire",
    }.items()
}

AIDES: Mapping[str, str] = {
    "fenetre_jours": "De 1 à 800. 180 convient ; plus, au premier import.",
    "tranche_jours": "De 1 à 31. Moins, si BatiSimply peine à répondre.",
    "chevauchement_heures": "De 0 à 48. Évite de manquer un créneau qui finit après la tranche.",
    "siege_id": "Le numéro « headQuarter » de BatiSimply ; vide : aucun.",
    "rubriques.heures": "Le nom de la colonne de SuiviMO : NbH0, NbH1…",
    "heures.periode_close": "La paie est faite : rien n’est changé dans Batigest avant ce jour. Vide : aucune.",
    "heures.en_plus": "Des nombres et des oui/non que BatiSimply met dans un créneau (nuit, découché…), et la colonne "
    "de SuiviMO où ils vont.",
    "heures.date_ligne": "Heure de début du créneau (comme avant), ou jour seul.",
    "ecrire_codebs": "Permet à une personne de remplir la case vide (codebs) du salarié associé à la main.",
    "conservation_annees": "De 1 à 50. La piste d’audit et les histoires plus anciennes sont effacées.",
    "alertes.silence": "Un jour où il en arrive d’habitude.",
    "alertes.rejets": "Chaque jour ouvré, s’il en reste.",
    "heures.garde_part": "Au-delà de cette part des lignes relues…",
    "heures.garde_lignes": "… et de ce nombre de lignes, la synchronisation attend une confirmation.",
    "chantiers.garde_part": "Au-delà de cette part des projets…",
    "heures.conflits": "Quand une même ligne d’heures a changé des deux côtés.",
    "chantiers.politique": "Quand un même champ d’un chantier a changé des deux côtés.",
    "chantiers.attente": "Ce qui attend que quelqu’un décide : le champ en conflit, ou toute la fiche du chantier.",
    "chantiers.sortie": "Ce que devient, dans BatiSimply, le projet d’un chantier terminé. Rien n’est jamais supprimé.",
    "heures.panier": "Un panier à chaque créneau qui en porte un, ou un seul par jour.",
    "heures.trajet": "Un trajet à chaque créneau qui en porte un, ou un seul par jour.",
    "chantiers.garde_nombre": "… et de ce nombre, la fermeture attend une confirmation.",
    "chantiers.adresses.url": "Vide : aucun appel. Sinon un service compatible avec la Base Adresse Nationale.",
    "chantiers.politiques.code": "Vide : comme les autres champs. Un code changé déplace des heures.",
}

VALEURS: Mapping[str, str] = {
    "chantier": "chantier",
    "devis": "devis",
    "client": "client",
    "début": "heure de début",
    "jour": "jour",
    "créneau": "à chaque créneau",
    "plus récent": "le plus récent l’emporte",
    "batigest": "Batigest l’emporte",
    "batisimply": "BatiSimply l’emporte",
    "demander": "demander",
    "champ": "le champ seul",
    "fiche": "toute la fiche",
    "terminer": "marqué terminé",
    "archiver": "archivé",
    "laisser": "laissé tel quel",
}
"""A value of a choice > how it reads."""

COMME_LES_AUTRES = "comme les autres champs"
"""A policy of one field that is left empty."""

VIDES: Mapping[str, str] = {
    "heures.periode_close": "aucune",
    "chantiers.creation.couleur": "aucune",
    "chantiers.creation.longitude": "aucune",
    "chantiers.creation.latitude": "aucune",
    "heures.colonne_modification": "aucune",
    "chantiers.modification_chantier": "aucune",
    "chantiers.modification_devis": "aucune",
    "chantiers.devis_chantier": "trouvée d’elle-même",
}
"""A setting that is left empty > how it reads, where « aucun » would be wrong."""

SYSTEMES: Mapping[str, str] = {
    "batigest": "Batigest",
    "batisimply": "BatiSimply",
    "tampon": "La mémoire du connecteur",
    "web": "Ces pages",
}
"""A section of the file > what it is about."""

NOMS_FICHIER: Mapping[str, str] = {
    "serveur": "Serveur",
    "port": "Port",
    "base": "Dossier",
    "utilisateur": "Compte",
    "mot_de_passe": "Mot de passe",
    "chiffrement": "Connexion chiffrée",
    "certificat_de_confiance": "Certificat admis sans vérification",
    "delai_connexion_s": "Délai de connexion (s)",
    "delai_requete_s": "Délai d’une réponse (s)",
    "attente_verrou_ms": "Patience devant un verrou (ms)",
    "url_api": "Adresse des données",
    "url_sso": "Adresse de connexion",
    "realm": "Domaine de connexion",
    "mode": "Façon de se connecter",
    "client_id": "Identifiant du connecteur",
    "client_secret": "Secret du connecteur",
    "delai_s": "Délai d’une réponse (s)",
    "taille_page": "Enregistrements par page",
    "envois_paralleles": "Envois à la fois",
    "essais": "Essais par demande",
    "url": "Adresse",
    "hote": "Adresse d’écoute",
    "hotes": "Noms admis",
    "mandataires": "Serveurs placés devant",
    "comptes": "Connexion demandée",
}
"""What only the file says > how it reads; what is not here is shown by its own name."""
