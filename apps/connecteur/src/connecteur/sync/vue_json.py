"""What people and programs are told about rejets, salariés, events and explanations, as JSON-able values.

One shape for `--json` and for the JSON API. Instants and days are left as they are (aware datetimes, dates), numbers
as Decimal: whoever writes the JSON renders them.
"""

from dataclasses import asdict
from zoneinfo import ZoneInfo

from connecteur.domain.correspondance import Correspondance
from connecteur.domain.heure import CleSuivi, Creneau, LigneActuelle, LigneSuivi, Quantites
from connecteur.domain.histoire import ConstatSuivi, CreneauSuivi, EcritureSuivie, RunBref, VersionCreneau
from connecteur.domain.plan import Action
from connecteur.domain.rejet import RejetSuivi
from connecteur.domain.salarie import Salarie, Utilisateur
from connecteur.sync.explication import ExplicationCreneau, ExplicationLigne, Memoire
from connecteur.sync.ports import EvenementNote
from connecteur.sync.recit import raconte_creneau, raconte_ligne
from connecteur.sync.salaries import Suggestion, UtilisateurRelie

Json = dict[str, object]


def json_du_rejet(suivi: RejetSuivi) -> Json:
    """One record that could not be delivered, with its story."""
    rejet = suivi.rejet
    return {
        "id": suivi.id,
        "objet": rejet.objet.value,
        "cle": rejet.cle,
        "motif": rejet.motif.value,
        "phrase": rejet.phrase,
        "remede": rejet.remede,
        "libelle": rejet.libelle,
        "detail": rejet.detail,
        "contenu": dict(rejet.contenu),
        "etat": suivi.etat.value,
        "jour": suivi.jour,
        "tentatives": suivi.tentatives,
        "premier_le": suivi.premier_le,
        "dernier_le": suivi.dernier_le,
        "premier_run": suivi.premier_run,
        "dernier_run": suivi.dernier_run,
        "resolu_le": suivi.resolu_le,
        "ignore_le": suivi.ignore_le,
        "ignore_par": suivi.ignore_par,
        "ignore_raison": suivi.ignore_raison,
        "renvoye_le": suivi.renvoye_le,
        "renvoye_par": suivi.renvoye_par,
        "reouvertures": suivi.reouvertures,
    }


def json_de_l_evenement(note: EvenementNote) -> Json:
    """One act of the audit trail."""
    evenement = note.evenement
    return {
        "id": note.id,
        "le": note.le,
        "qui": evenement.qui,
        "geste": evenement.geste,
        "objet": evenement.objet,
        "cle": evenement.cle,
        "run": evenement.run,
        "detail": dict(evenement.detail),
        "avant": None if evenement.avant is None else dict(evenement.avant),
        "apres": None if evenement.apres is None else dict(evenement.apres),
    }


# --- salariés -----------------------------------------------------------------------------------------


def json_du_salarie(salarie: Salarie) -> Json:
    """An employee of Batigest."""
    return asdict(salarie)


def json_de_l_utilisateur(utilisateur: Utilisateur) -> Json:
    """A user of BatiSimply, as the slots tell of him or her."""
    return asdict(utilisateur)


def json_de_la_correspondance(lien: Correspondance) -> Json:
    """A mapping made by hand."""
    return asdict(lien) | {"etat": lien.etat.value}


def json_du_relie(relie: UtilisateurRelie) -> Json:
    """A user with the salarié he or she is."""
    lien = relie.correspondance
    return {
        "utilisateur": json_de_l_utilisateur(relie.utilisateur),
        "salaries": [json_du_salarie(salarie) for salarie in relie.salaries],
        "correspondance": None if lien is None else json_de_la_correspondance(lien),
        "source": relie.source,
        "a_regarder": relie.a_regarder,
    }


def json_de_la_suggestion(suggestion: Suggestion) -> Json:
    """A salarié who may be this user."""
    return {
        "utilisateur": json_de_l_utilisateur(suggestion.utilisateur),
        "salarie": json_du_salarie(suggestion.salarie),
        "ressemblance": suggestion.ressemblance,
    }


# --- explanations -------------------------------------------------------------------------------------


def json_de_la_ligne(explication: ExplicationLigne, fuseau: ZoneInfo) -> Json:
    """Everything about the hours of a salarié on a chantier one day, the paragraph included."""
    lignes = explication.batigest
    return {
        "recit": raconte_ligne(explication, fuseau),
        "salarie": {"code": explication.code_salarie, "nom": explication.nom_salarie},
        "chantier": {"code": explication.code_chantier, "libelle": explication.libelle_chantier},
        "jour": explication.jour,
        "batigest": None if lignes is None else [_presente(ligne) for ligne in lignes],
        "panne": explication.panne,
        "lignes": [_notre(ligne) for ligne in explication.notres],
        "annoncees": [_action(action) for action in explication.annoncees],
        "creneaux": [_suivi(c.suivi) | {"situation": c.situation.value} for c in explication.creneaux],
        **_memoire(explication.memoire),
    }


def json_du_creneau(explication: ExplicationCreneau, fuseau: ZoneInfo) -> Json:
    """Where one slot is and why, and everything it was, the paragraph included."""
    return {
        "recit": raconte_creneau(explication, fuseau),
        "id": explication.ident,
        "situation": explication.situation.value,
        "creneau": None if explication.suivi is None else _suivi(explication.suivi),
        "salarie": {"code": explication.code_salarie, "nom": explication.nom_salarie},
        "chantier": {"code": explication.code_chantier, "libelle": explication.libelle_chantier},
        "ligne": None if explication.ligne is None else _notre(explication.ligne),
        **_memoire(explication.memoire),
    }


def _memoire(memoire: Memoire) -> Json:
    return {
        "ecritures": [_ecriture(ecriture) for ecriture in memoire.ecritures],
        "constats": [_constat(constat) for constat in memoire.constats],
        "rejets": [json_du_rejet(rejet) for rejet in memoire.rejets],
        "evenements": [json_de_l_evenement(note) for note in memoire.evenements],
        "runs": [_run(run) for run in sorted(memoire.runs.values(), key=lambda run: run.debut)],
    }


def _run(run: RunBref) -> Json:
    verdict = run.verdict.value if run.verdict else None
    return {"id": run.id, "declencheur": run.declencheur, "debut": run.debut, "verdict": verdict}


def _ecriture(ecriture: EcritureSuivie) -> Json:
    return {
        "id": ecriture.id,
        "etat": ecriture.etat,
        "run": ecriture.run,
        "le": ecriture.le,
        "regle_run": ecriture.regle_run,
        "regle_le": ecriture.regle_le,
        **_action(ecriture.action),
    }


def _constat(constat: ConstatSuivi) -> Json:
    return {"ouvert_le": constat.ouvert_le, "run": constat.run, **_action(constat.action)}


def _action(action: Action) -> Json:
    jugement = action.jugement
    return {
        "geste": action.geste.value,
        **_cle(action.cle),
        "avant": _quantites(action.avant),
        "apres": _quantites(action.apres),
        "base": _quantites(action.base),
        "creneaux": list(action.creneaux),
        "motif": action.motif.value if action.motif else None,
        "gagnant": jugement.gagnant.value if jugement and jugement.gagnant else None,
        "raison": jugement.raison if jugement else "",
        "deplace_de": None if action.deplace_de is None else _cle(action.deplace_de),
    }


def _cle(cle: CleSuivi) -> Json:
    return {"chantier": cle.code_chantier, "salarie": cle.code_salarie, "debut": cle.debut}


def _quantites(quantites: Quantites | None) -> Json | None:
    return None if quantites is None else quantites._asdict()


def _notre(ligne: LigneSuivi) -> Json:
    return {**_cle(ligne.cle), **ligne.quantites._asdict(), "creneaux": list(ligne.creneaux)}


def _presente(ligne: LigneActuelle) -> Json:
    return {**_cle(ligne.cle), **ligne.quantites._asdict(), "autres": ligne.autres}


def _suivi(suivi: CreneauSuivi) -> Json:
    return {
        **_decrit(suivi.creneau),
        "code_chantier": suivi.code_chantier,
        "code_salarie": suivi.code_salarie,
        "motif": suivi.motif.value if suivi.motif else None,
        "jour": suivi.jour,
        "vu_le": suivi.vu_le,
        "change_le": suivi.change_le,
        "disparu_le": suivi.disparu_le,
        "run": suivi.run,
        "versions": [_version(version) for version in suivi.versions],
    }


def _version(version: VersionCreneau) -> Json:
    return {
        **_decrit(version.creneau),
        "code_chantier": version.code_chantier,
        "code_salarie": version.code_salarie,
        "motif": version.motif.value if version.motif else None,
        "depuis": version.depuis,
        "depuis_run": version.depuis_run,
        "jusqu_au": version.jusqu_au,
        "evenement": version.evenement,
        "run": version.run,
    }


def _decrit(creneau: Creneau) -> Json:
    return creneau._asdict()
