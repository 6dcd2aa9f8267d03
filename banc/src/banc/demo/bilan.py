"""What a demonstration did: read from the product's answers, for a person and for a script."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from banc.demo.decor import BASE, UTILISATEUR_BATIGEST, Banc
from banc.demo.dossier import DossierDemo
from banc.demo.produit import Json, Sortie

SENS = {"chantiers": "Chantiers, de Batigest vers BatiSimply", "heures": "Heures, de BatiSimply vers Batigest"}
FLECHES = {
    "pull_chantiers": "lus dans Batigest",
    "push_chantiers": "envoyés à BatiSimply",
    "pull_heures": "lues dans BatiSimply",
    "push_heures": "écrites dans Batigest",
}
EXEMPLES = 5
FAIT = {"réussi", "partiel"}
"""The verdicts of a direction that went to its end; « partiel » leaves rejets or conflicts to a person."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """Everything a demonstration has to say."""

    dossier: DossierDemo
    banc: Banc
    adresse: str
    sync: Sortie
    verification: Sortie

    @property
    def sens(self) -> dict[str, Json]:
        """Direction > its run; a direction that did not run is missing."""
        return {run["flux"]: run for run in self.sync.corps.get("runs", [])}

    @property
    def faits(self) -> bool:
        """Whether both directions went to their end."""
        return all(self.sens.get(nom, {}).get("verdict") in FAIT for nom in SENS)

    @property
    def tient(self) -> bool:
        """Whether the invariant holds."""
        return self.verification.code == 0 and self.verification.corps.get("tient") is True

    @property
    def code(self) -> int:
        """The exit status: 0 only when both directions are done and the invariant holds."""
        return 0 if self.sync.code == 0 and self.faits and self.tient else 1

    @property
    def ecritures(self) -> dict[str, int]:
        """Far end > how many records were written there."""
        fleches = {b["fleche"]: b["ecritures"] for run in self.sens.values() for b in run["bilans"]}
        return {"batisimply": fleches.get("push_chantiers", 0), "batigest": fleches.get("push_heures", 0)}

    @property
    def heures(self) -> tuple[float, float]:
        """Validated, and present in Batigest, over the window (decimal hours)."""
        sommes = self.verification.corps.get("sommes", [])
        return sum(s["attendu"] for s in sommes), sum(s["present"] for s in sommes)

    def en_json(self, duree_s: float) -> Json:
        """The line for scripts."""
        attendues, presentes = self.heures
        marque = self.banc.marque
        return {
            "pret": True,
            "code": self.code,
            "adresses": {
                "connecteur": self.adresse,
                "batisimply": self.banc.url_batisimply,
                "licences": self.banc.url_licences,
                "batigest": {"hote": "127.0.0.1", "port": self.banc.port_batigest, "base": BASE},
            },
            "versions": {"connecteur": version("connecteur"), "python": platform.python_version()},
            "licences": {
                "en_vigueur": self.banc.licences.en_vigueur,
                "expiree": self.banc.licences.expiree,
                "premier_code": self.banc.premier_code,
            },
            "donnees": str(self.dossier.chemin),
            "configuration": str(self.dossier.configuration),
            "banc": {"taille": marque.taille, "jour": marque.jour, "graine": marque.graine, **marque.contenu},
            "verdict": self.sync.corps.get("verdict"),
            "sens": {
                nom: {
                    "verdict": run["verdict"],
                    "run": run["run"],
                    "ecritures": sum(b["ecritures"] for b in run["bilans"]),
                    "fleches": {b["fleche"]: b["comptes"] for b in run["bilans"]},
                    "erreur": run["erreur"],
                }
                for nom, run in self.sens.items()
            },
            "ecritures": self.ecritures,
            "rejets": dict(Counter(rejet["motif"] for rejet in self.sync.corps.get("rejets", []))),
            "conflits": len(self.sync.corps.get("conflits", [])),
            "invariant": {
                "tient": self.tient,
                "heures_attendues": round(attendues, 4),
                "heures_presentes": round(presentes, 4),
                "a_part": len(self.verification.corps.get("a_part", [])),
                "inexpliques": len(self.verification.corps.get("inexpliques", [])),
            },
            "duree_s": round(duree_s, 2),
        }

    def en_texte(self, duree_s: float) -> Iterator[str]:
        """For a person, line by line."""
        for nom, titre in SENS.items():
            yield from self._un_sens(titre, self.sens.get(nom))
        yield from self._les_rejets()
        yield from self._les_conflits()
        yield from self._le_recomptage()
        if self.code == 0 and not any(self.ecritures.values()):
            yield "Rien à faire : aucune écriture, ni dans Batigest ni dans BatiSimply."
            yield ""
        yield f"En {nombre(duree_s, 1)} s, démarrages compris."
        yield ""
        yield "Où cliquer maintenant"
        yield f"  Le connecteur               {self.adresse}"
        yield f"  BatiSimply (démonstration)  {self.banc.url_batisimply}"
        yield "      ajoutez, modifiez, validez ou supprimez un créneau, puis synchronisez depuis le connecteur"
        acces = f"127.0.0.1,{self.banc.port_batigest} · base {BASE} · compte {UTILISATEUR_BATIGEST}"
        yield f"  Batigest (démonstration)    {acces}"
        yield f"      le mot de passe est dans {self.dossier.configuration}"
        yield f"  Le Licence Manager          {self.banc.url_licences}"
        if self.banc.premier_code is None:
            yield "      connectez-vous avec le compte que vous y avez créé"
        else:
            yield f"      créez son administrateur sur {self.banc.url_licences}/premier-demarrage"
            yield f"      avec ce code, qui vaut une heure : {self.banc.premier_code}"
        yield f"      la licence du connecteur {self.banc.licences.en_vigueur}"
        yield f"      une licence expirée      {self.banc.licences.expiree}"
        yield f"      saisissez l’expirée sur {self.adresse}/configuration pour voir comment elle est refusée"
        yield ""
        yield f"Les données restent dans {self.dossier.chemin} (--neuf pour repartir de zéro)."

    def _un_sens(self, titre: str, run: Json | None) -> Iterator[str]:
        if run is None:
            yield f"{titre} : rien n’a été fait"
            yield ""
            return
        yield f"{titre} : {run['verdict']}"
        for bilan in run["bilans"]:
            comptes = ", ".join(f"{nombre(n)} {nom}" for nom, n in bilan["comptes"].items() if n)
            yield f"  {FLECHES.get(bilan['fleche'], bilan['fleche'])} : {comptes or 'rien à faire'}"
            yield from _phrases(bilan["incidents"])
            yield from _phrases(bilan["remarques"])
        if run["erreur"]:
            yield from _phrases([run["erreur"]])
        yield ""

    def _les_rejets(self) -> Iterator[str]:
        rejets = self.sync.corps.get("rejets", [])
        if not rejets:
            return
        yield f"{nombre(len(rejets))} rejet{'s' if len(rejets) > 1 else ''} : rien n’est perdu, chacun attend quelqu’un"
        motifs = Counter(rejet["motif"] for rejet in rejets)
        exemples = {rejet["motif"]: rejet for rejet in rejets}
        for motif, combien in motifs.most_common():
            yield f"  {nombre(combien)} × {exemples[motif]['phrase']}"
            yield f"      → {exemples[motif]['remede']}"
        yield ""

    def _les_conflits(self) -> Iterator[str]:
        conflits = self.sync.corps.get("conflits", [])
        if not conflits:
            return
        yield f"Laissé tel quel, parce que les deux côtés diffèrent : {nombre(len(conflits))}"
        for conflit in conflits[:EXEMPLES]:
            yield f"  {_conflit(conflit)}"
        if len(conflits) > EXEMPLES:
            yield f"  … et {nombre(len(conflits) - EXEMPLES)} de plus"
        yield ""

    def _le_recomptage(self) -> Iterator[str]:
        attendues, presentes = self.heures
        if self.tient:
            a_part = len(self.verification.corps.get("a_part", []))
            suite = f", {nombre(a_part)} ligne{'s' if a_part > 1 else ''} à part" if a_part else ""
            presentes_texte, attendues_texte = nombre(presentes, 1), nombre(attendues, 1)
            yield f"Les comptes sont justes : {presentes_texte} h dans Batigest, {attendues_texte} h validées{suite}."
        else:
            yield f"Les comptes ne sont pas justes : {nombre(presentes, 1)} h pour {nombre(attendues, 1)} h validées."
            erreur = self.verification.corps.get("erreur")
            if erreur:
                yield from _phrases([erreur])
        yield ""


def nombre(valeur: float, decimales: int = 0) -> str:
    """As French writes it: « 1 234,5 », with a narrow no-break space."""
    return f"{valeur:,.{decimales}f}".replace(",", "\u202f").replace(".", ",")


def _conflit(conflit: Json) -> str:
    """One difference, as a sentence."""
    if conflit["objet"] == "chantier":
        dits = f"Batigest dit « {conflit['batigest'] or ''} », BatiSimply « {conflit['batisimply'] or ''} »"
        return f"chantier {conflit['chantier']}, {conflit['champ']} ({conflit['nature']}) : {dits}"
    debut = datetime.fromisoformat(conflit["debut"])
    ligne = f"chantier {conflit['chantier']}, salarié {conflit['salarie']}, {debut:%d/%m/%Y %H:%M}"
    la, voulu = (nombre(q["heures"], 2) + " h" if q else "rien" for q in (conflit["avant"], conflit["apres"]))
    return f"{ligne} ({conflit['motif'] or conflit['nature']}) : {la} dans Batigest, {voulu} dans BatiSimply"


def _phrases(incidents: Iterable[Json]) -> Iterator[str]:
    for incident in incidents:
        yield f"    • {incident['message']} {incident['remede']}".rstrip()
