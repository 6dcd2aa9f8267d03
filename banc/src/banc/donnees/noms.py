"""Words for invented people, firms, streets and works (the towns are real), all within code page 1252."""

from random import Random

PRENOMS = (
    "Adèle", "Agnès", "Aïcha", "Alban", "Amélie", "André", "Anaïs", "Antoine", "Aurélien", "Basile", "Béatrice",
    "Benoît", "Bérénice", "Bruno", "Camille", "Cécile", "Cédric", "Chloé", "Clément", "Corentin", "Damien", "Denis",
    "Didier", "Édith", "Éloïse", "Émile", "Étienne", "Fabien", "Fatou", "Félix", "Franck", "François", "Gaëlle",
    "Gaspard", "Geneviève", "Gérard", "Gilles", "Grégory", "Guénolé", "Hélène", "Hervé", "Hugo", "Inès", "Jérôme",
    "Joël", "Karim", "Léa", "Loïc", "Lucie", "Maël", "Magali", "Mamadou", "Marius", "Maxence", "Mehdi", "Noël",
    "Océane", "Olivier", "Pascal", "Raphaël", "Régis", "Rémi", "Samir", "Sébastien", "Solène", "Tanguy", "Théo",
    "Valérie", "Yann", "Zoé",
)  # fmt: skip
NOMS = (
    "Abrial", "Arnoult", "Barthez-Lecoq", "Béguin", "Berthelin", "Bréchet", "Caillebotin", "Chauvière", "Cœurdray",
    "Cordonnet", "Crépineau", "D'Aubertin", "D'Orvillé", "Daguerrin", "De La Motte-Rouvray", "Delaunette",
    "Duchêne-Noir", "Écuyer-Lamy", "Évrardin", "Fauchère", "Ferrandelle", "Fontvieille", "Gâtineau", "Girardet",
    "Gourvenec", "Guérineau", "Hénaffon", "Huberdeau", "Jaquemard", "Jouanneteau", "Kerléan", "L'Héritaud",
    "L'Hostis-Bihan", "Labrousserie", "Lacoudre", "Le Goffic-Morel", "Lefébure", "Lemoigneau", "Malgouyrès",
    "Marchandot", "Mérigneux", "Montfaucher", "N'Diayel", "Naudinet", "O'Kellyan", "Pâquereau", "Pellissandre",
    "Peyrachon", "Plantevigne", "Poincelet", "Quéméneur-Roux", "Rabaudière", "Ravignon", "Rocheteau", "Roussillat",
    "Saint-Aubrin", "Sénéchaud", "Tavernelle", "Thévenoux", "Tréhorel", "Vaillandet", "Valcourtin", "Verneuillet",
    "Villeprenard", "Wallonnier", "Yvernaud",
)  # fmt: skip
VILLES = (
    ("44000", "Nantes"), ("35000", "Rennes"), ("29200", "Brest"), ("22000", "Saint-Brieuc"), ("56000", "Vannes"),
    ("49000", "Angers"), ("72000", "Le Mans"), ("85000", "La Roche-sur-Yon"), ("91000", "Évry-Courcouronnes"),
    ("76600", "Le Havre"), ("27000", "Évreux"), ("14000", "Caen"), ("42000", "Saint-Étienne"),
    ("69100", "Villeurbanne"), ("01000", "Bourg-en-Bresse"), ("38000", "Grenoble"), ("73000", "Chambéry"),
    ("34200", "Sète"), ("30100", "Alès"), ("66000", "Perpignan"), ("64600", "Anglet"), ("40000", "Mont-de-Marsan"),
    ("24000", "Périgueux"), ("16000", "Angoulême"), ("85340", "L'Île-d'Olonne"), ("06130", "Grasse"),
    ("04000", "Digne-les-Bains"), ("59300", "Valenciennes"), ("62600", "Berck"), ("67600", "Sélestat"),
)  # fmt: skip
RUES = (
    "rue des Tilleuls", "allée de l'Étang", "chemin du Vieux-Moulin", "impasse des Mésanges", "rue de l'Église",
    "avenue du Général-Bélier", "place de l'Hôtel-Dieu", "rue du Four-à-Chaux", "quai des Gabarres",
    "route d'Entre-Deux-Eaux", "rue de la Forêt-aux-Loups", "boulevard de l'Océan", "ruelle du Puits-Salé",
    "cours de la Vigne-Haute", "lotissement Les Œillets",
)  # fmt: skip
TRAVAUX = (
    "Réfection de toiture", "Rénovation énergétique", "Extension à ossature bois", "Mise aux normes électriques",
    "Ravalement de façade", "Création d'une salle de bains", "Remplacement d'huisseries", "Isolation par l'extérieur",
    "Maçonnerie gros œuvre", "Réseau d'eaux pluviales", "Aménagement de combles", "Plâtrerie et peinture",
    "Charpente et zinguerie", "Démolition d'un hangar", "Terrasse et clôture", "Chauffage et pompe à chaleur",
)  # fmt: skip
LIEUX = (
    "Les Jardins de l'Étang", "Le Clos Fleuri", "L'Orée du Bois", "Bellevue", "Les Hauts de Kerléan",
    "Le Pré-aux-Ânes",
)  # fmt: skip
METIERS = ("Ateliers", "Transports", "Menuiserie", "Garage", "Boulangerie", "Vergers", "Laiterie", "Imprimerie")


def nom_client(hasard: Random, *, long: bool = False) -> str:
    """An invented client; `long` never fits in 30 characters."""
    nom, lieu, metier = hasard.choice(NOMS), hasard.choice(LIEUX), hasard.choice(METIERS)
    if long:
        return f"Syndicat des copropriétaires de la résidence {lieu}"
    modeles = (f"M. et Mme {nom}", f"SARL {metier} {nom}", f"SCI {lieu}", f"{metier} {nom} & Fils", f"Mme {nom}")
    return hasard.choice(modeles)


def rue(hasard: Random) -> str:
    """A number and an invented street."""
    bis = hasard.choice(("", "", "", " bis", " ter"))
    return f"{hasard.randint(1, 180)}{bis} {hasard.choice(RUES)}"
