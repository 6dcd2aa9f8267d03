"""An explanation as one French paragraph that can be read aloud on the phone: no code that means nothing, no table."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from connecteur.domain.heure import ZERO, Creneau, LigneActuelle, debut_local
from connecteur.domain.histoire import ConstatSuivi, CreneauSuivi, EcritureSuivie, VersionCreneau
from connecteur.domain.plan import Geste, MotifConflit
from connecteur.domain.rejet import EtatRejet, RejetSuivi
from connecteur.sync import mots
from connecteur.sync.explication import CreneauExplique, ExplicationCreneau, ExplicationLigne, Memoire, Situation
from connecteur.sync.ports import EvenementNote

NB = mots.NB


def raconte_ligne(explication: ExplicationLigne, fuseau: ZoneInfo) -> str:
    """The whole story of a salarié, a chantier and a day."""
    qui = mots.nomme(explication.nom_salarie, explication.code_salarie)
    ou = mots.nomme_chantier(explication.code_chantier, explication.libelle_chantier)
    phrases = [f"{qui}, {ou}, {mots.jour(explication.jour)}{NB}: {_dans_batigest(explication)}"]
    livres = [c for c in explication.creneaux if c.situation in {Situation.LIVRE, Situation.REPRIS}]
    autres = [c for c in explication.creneaux if c not in livres]
    if livres:
        phrases.append(f"{mots.creneaux([c.suivi for c in livres], fuseau)}.")
    elif explication.notres:
        phrases.append("Les créneaux qui faisaient cette ligne ne sont plus là.")
    phrases += [_autre(c, fuseau) for c in autres]
    if explication.annoncees:
        phrases.append(
            "Une écriture a été annoncée et n’est pas encore vérifiée : la prochaine synchronisation le fera."
        )
    phrases += _suite(explication.memoire, fuseau)
    return mots.paragraphe(phrases)


def raconte_creneau(explication: ExplicationCreneau, fuseau: ZoneInfo) -> str:
    """Where one slot is and why, and what it was."""
    suivi = explication.suivi
    if suivi is None:
        return mots.paragraphe([_inconnu(explication), *_suite(explication.memoire, fuseau)])
    ou = (
        mots.nomme_chantier(explication.code_chantier, explication.libelle_chantier)
        if explication.code_chantier
        else ""
    )
    qui = suivi.creneau.nom_utilisateur or "quelqu’un dont le nom n’est pas connu"
    phrases = [
        f"Le créneau n°{NB}{explication.ident}, {mots.moment(suivi, fuseau)}, est de {qui}{', ' + ou if ou else ''}.",
        _ou_est(explication, suivi, fuseau),
        f"Il a été reçu pour la première fois {mots.le(suivi.vu_le, fuseau)}.",
        *(_version(version, suivante, explication.memoire, fuseau) for version, suivante in _paires(suivi)),
        *_suite(explication.memoire, fuseau),
    ]
    return mots.paragraphe(phrases)


# --- where it is --------------------------------------------------------------------------------------


def _dans_batigest(explication: ExplicationLigne) -> str:
    lignes = explication.batigest
    if lignes is None:
        notre = mots.liste([mots.quantites(n.quantites) for n in explication.notres])
        tenu = f"le connecteur y a écrit {notre}" if notre else "le connecteur n’y a rien écrit"
        return f"Batigest ne répond pas en ce moment ({explication.panne.rstrip('.')}) ; {tenu}."
    if not lignes:
        return "il n’y a aucune heure dans Batigest."
    return f"Batigest tient {mots.liste([_presente(ligne, explication) for ligne in lignes])}."


def _presente(ligne: LigneActuelle, explication: ExplicationLigne) -> str:
    debut, tient = f"{ligne.cle.debut:%H:%M}", mots.quantites(ligne.quantites)
    notre = next((n for n in explication.notres if n.cle == ligne.cle), None)
    if notre is None:
        return f"{tient} à {debut}, que le connecteur n’a pas écrites"
    if notre.quantites != ligne.quantites:
        return f"{tient} à {debut}, où le connecteur avait écrit {mots.quantites(notre.quantites)}"
    return f"{tient} à {debut}, comme le connecteur l’a écrit"


def _ou_est(explication: ExplicationCreneau, suivi: CreneauSuivi, fuseau: ZoneInfo) -> str:
    ligne, cadre = explication.ligne, explication.cadre
    match explication.situation:
        case Situation.LIVRE if ligne is not None:
            avec = len(ligne.creneaux) - 1
            seul = "" if not avec else f", avec {avec} autre{'s' if avec > 1 else ''} créneau{'x' if avec > 1 else ''}"
            return (
                f"Il est dans Batigest{NB}: ligne du {ligne.cle.debut:%d/%m/%Y à %H:%M}, salarié "
                f"{explication.code_salarie or ligne.cle.code_salarie}, {mots.quantites(ligne.quantites)}{seul}."
            )
        case Situation.DISPARU:
            depuis = mots.le(suivi.disparu_le, fuseau)
            return f"Il n’est plus dans BatiSimply depuis {depuis} : ses heures ne comptent plus."
        case Situation.REJETE | Situation.IGNORE:
            return ""  # the rejet says it
        case situation:
            return PHRASES_SITUATION[situation].format(
                statut=suivi.creneau.statut or "vide",
                fenetre=f"{cadre.debut_fenetre:%d/%m/%Y}",
                cloture=f"{cadre.cloture:%d/%m/%Y}" if cadre.cloture else "…",
            )


PHRASES_SITUATION: dict[Situation, str] = {
    Situation.LIVRE: "Il est dans Batigest.",
    Situation.REPRIS: (
        "Sa ligne est laissée telle qu’elle est dans Batigest : elle y a été modifiée à la main, ou une écriture du "
        "connecteur y a été annulée."
    ),
    Situation.CONFLIT: "Il n’est pas écrit tel quel dans Batigest : sa ligne est en conflit.",
    Situation.REFUSE: "Batigest a refusé sa ligne.",
    Situation.A_ECRIRE: "Il est validé et attribué ; la prochaine synchronisation l’écrira dans Batigest.",
    Situation.PERIODE_CLOSE: "Son jour est dans une période close (avant le {cloture}) : rien n’y est plus changé.",
    Situation.HORS_FENETRE: "Son jour est sorti de la fenêtre relue (depuis le {fenetre}) : il n’est plus examiné.",
    Situation.NON_VALIDE: "Il n’est pas validé dans BatiSimply (état : {statut}) : il ne va pas dans Batigest.",
    Situation.A_EXAMINER: "Il n’a pas encore été examiné ; la prochaine synchronisation le fera.",
}


def _inconnu(explication: ExplicationCreneau) -> str:
    if explication.situation is Situation.INCONNU:
        return (
            f"Aucun créneau n°{NB}{explication.ident} n’a été reçu de BatiSimply : il n’existe pas, ou son jour est "
            f"avant le {explication.cadre.debut_fenetre:%d/%m/%Y}, premier jour lu."
        )
    return f"Le créneau n°{NB}{explication.ident} a été reçu mais n’a pas pu être lu."


def _autre(explique: CreneauExplique, fuseau: ZoneInfo) -> str:
    quoi = f"{mots.creneau(explique.suivi, fuseau)} ({explique.suivi.creneau.nom_utilisateur or 'sans nom'})"
    match explique.situation:
        case Situation.DISPARU:
            return f"Il y avait {quoi}, disparu de BatiSimply depuis {mots.le(explique.suivi.disparu_le, fuseau)}."
        case Situation.NON_VALIDE:
            return f"Il y a aussi {quoi}, qui n’est pas validé (état : {explique.suivi.creneau.statut or 'vide'})."
        case Situation.AILLEURS:
            suivi = explique.suivi
            return (
                f"Il y avait {quoi} ; il est maintenant ailleurs : le {suivi.jour:%d/%m/%Y}, chantier "
                f"{suivi.code_chantier}, salarié {suivi.code_salarie}."
            )
        case situation:
            return f"Il y a aussi {quoi}, {situation.value}."


# --- what it was --------------------------------------------------------------------------------------


def _suite(memoire: Memoire, fuseau: ZoneInfo) -> list[str]:
    """The writes, what was seen, what people decided, in the order of time; then what waits."""
    dates = [(e.le, e.id, _ecriture(e, memoire, fuseau)) for e in memoire.ecritures]
    dates += [(n.le, n.id, phrase) for n in memoire.evenements if (phrase := _evenement(n, memoire, fuseau))]
    suite = [phrase for _, _, phrase in sorted(dates)]
    suite += [_constat(constat) for constat in memoire.constats]
    suite += [_rejet(rejet, fuseau) for rejet in memoire.rejets if rejet.etat is not EtatRejet.RESOLU]
    return suite


VERBES: dict[Geste, str] = {
    Geste.INSERER: "la ligne a été écrite",
    Geste.CORRIGER: "la ligne a été corrigée",
    Geste.RETIRER: "la ligne a été retirée",
    Geste.VIDER: "la ligne a été mise à zéro",
    Geste.RENDRE: "l’écriture a été annulée",
    Geste.CHANGER_RUBRIQUES: "la ligne a changé de rubriques",
    Geste.ADOPTER: "la ligne a été reconnue telle qu’elle était dans Batigest",
    Geste.OUBLIER: "la ligne n’était plus dans Batigest",
}


def _ecriture(ecriture: EcritureSuivie, memoire: Memoire, fuseau: ZoneInfo) -> str:
    action, auteur = ecriture.action, _run(ecriture.run, memoire, fuseau)
    quand = mots.le(ecriture.le, fuseau).capitalize()
    if ecriture.etat == "abandonnée":
        voulu = mots.ou_rien(action.apres)
        return f"{quand}, une écriture annoncée ({voulu} à {action.cle.debut:%H:%M}) ne s’est pas faite, par {auteur}."
    fait = VERBES.get(action.geste, action.geste.value)
    match action.geste:
        case Geste.CORRIGER | Geste.RENDRE:
            fait += f" : {mots.ou_rien(action.avant)} devient {mots.ou_rien(action.apres)}"
        case Geste.INSERER | Geste.ADOPTER if action.apres is not None:
            fait += f" ({mots.quantites(action.apres)} à {action.cle.debut:%H:%M})"
        case Geste.RETIRER | Geste.VIDER if action.avant is not None:
            fait += f" (elle tenait {mots.quantites(action.avant)})"
    if action.deplace_de is not None:
        origine = action.deplace_de
        fait += (
            f" ; ces heures étaient le {origine.debut:%d/%m/%Y} à {origine.debut:%H:%M}, chantier "
            f"{origine.code_chantier}, salarié {origine.code_salarie}"
        )
    if action.jugement is not None:
        fait += f" ; {mots.minuscule(action.jugement.raison).rstrip('.')}"
    return f"{quand}, {fait}, par {auteur}."


FAITS: dict[tuple[str, str], str] = {
    ("ligne", "constater"): "{vu}, constaté par {auteur}",
    ("ligne", "lever"): "il n’y avait plus de désaccord",
    ("ligne", "trancher"): "{qui} a donné raison à {choix}",
    ("ligne", "annuler"): "{qui} a annulé une écriture",
    ("rejet", "ignorer"): "{qui} a ignoré le rejet : « {raison} »",
    ("rejet", "renvoyer"): "{qui} a demandé un nouvel essai",
    ("rejet", "rouvrir"): "le rejet ignoré est revenu : l’enregistrement a changé",
    ("salarie", "associer"): "{qui} a associé l’utilisateur au salarié {salarie}",
    ("salarie", "confirmer"): "{qui} a confirmé que le salarié {salarie} a plusieurs utilisateurs",
    ("salarie", "dissocier"): "{qui} a dissocié l’utilisateur du salarié {salarie}",
    ("salarie", "écrire codebs"): "{qui} a fait écrire l’identifiant dans la fiche du salarié {salarie}",
}
"""What is told of an event, by its object and its act; the others stand in the audit trail."""


def _evenement(note: EvenementNote, memoire: Memoire, fuseau: ZoneInfo) -> str:
    e = note.evenement
    phrase = FAITS.get((e.objet, e.geste))
    if phrase is None:
        return ""
    apres, avant = e.apres or {}, e.avant or {}
    fait = phrase.format(
        qui=e.qui,
        auteur=_auteur(note, memoire, fuseau),
        vu=_vu(e.detail.get("constat"), e.detail.get("motif"), annulee=_annulee(note, memoire)),
        choix=e.detail.get("choix", "un côté"),
        raison=apres.get("raison", ""),
        salarie=apres.get("salarie") or avant.get("salarie", ""),
    )
    return f"{mots.le(note.le, fuseau).capitalize()}, {fait}."


def _annulee(note: EvenementNote, memoire: Memoire) -> bool:
    """Whether somebody had undone one of our writes on that line: then what stands there is what we put back."""
    gestes = [n.evenement for n in memoire.evenements if n.id < note.id and n.evenement.cle == note.evenement.cle]
    return any((e.objet, e.geste) == ("ligne", "annuler") for e in gestes)


def _vu(constat: object, motif: object, *, annulee: bool) -> str:
    if constat == Geste.REPRISE.value:
        if annulee:
            return "la ligne est restée telle qu’elle est dans Batigest, où une écriture avait été annulée"
        return (
            "la ligne avait été supprimée à la main dans Batigest"
            if motif == MotifConflit.SUPPRIMEE.value
            else "la ligne avait été modifiée à la main dans Batigest"
        )
    if constat == Geste.CONFLIT.value:
        return f"un conflit est apparu ({motif})" if motif else "un conflit est apparu"
    return f"un désaccord est apparu ({constat})"


def _constat(constat: ConstatSuivi) -> str:
    action = constat.action
    ecrit = f"le connecteur avait écrit {mots.quantites(action.base)}" if action.base else "rien n’était du connecteur"
    dit = (
        f"À {action.cle.debut:%H:%M}, Batigest tient {mots.ou_rien(action.avant)}, les créneaux disent "
        f"{mots.ou_rien(action.apres)}, et {ecrit}"
    )
    raison = f" ; {mots.minuscule(action.jugement.raison)}" if action.jugement else "."
    return dit + raison


def _rejet(suivi: RejetSuivi, fuseau: ZoneInfo) -> str:
    rejet = suivi.rejet
    essais = f"{suivi.tentatives} essai{'s' if suivi.tentatives > 1 else ''}"
    quoi = f"{rejet.phrase.rstrip('.')} ({rejet.libelle} ; {essais} depuis {mots.le(suivi.premier_le, fuseau)})."
    if suivi.etat is EtatRejet.IGNORE:
        return f"{quoi} {suivi.ignore_par} l’a ignoré : « {suivi.ignore_raison} »."
    return f"{quoi} {rejet.remede}"


def _version(avant: VersionCreneau, apres: CreneauSuivi | VersionCreneau, memoire: Memoire, fuseau: ZoneInfo) -> str:
    quand = mots.le(avant.jusqu_au, fuseau).capitalize()
    qui = _run(avant.run, memoire, fuseau)
    if avant.evenement == "disparu":
        return f"{quand}, il a disparu de BatiSimply, vu par {qui}."
    changements = _changements(avant, apres, fuseau)
    verbe = "il est revenu" if avant.evenement == "revenu" else "il a changé"
    return f"{quand}, {verbe}{' : ' + ', '.join(changements) if changements else ''}, vu par {qui}."


def _changements(avant: VersionCreneau, apres: CreneauSuivi | VersionCreneau, fuseau: ZoneInfo) -> list[str]:
    a, b = avant.creneau, apres.creneau
    valeurs = (
        ("début", f"{debut_local(a.debut, fuseau):%d/%m/%Y %H:%M}", f"{debut_local(b.debut, fuseau):%d/%m/%Y %H:%M}"),
        ("durée", mots.minutes(a.minutes), mots.minutes(b.minutes)),
        ("état", a.statut or "vide", b.statut or "vide"),
        ("trajet", mots.oui(a.trajet), mots.oui(b.trajet)),
        ("panier", mots.oui(a.panier), mots.oui(b.panier)),
        *_changements_en_plus(a, b),
        ("personne", a.nom_utilisateur or "personne", b.nom_utilisateur or "personne"),
        ("projet", a.code_projet or str(a.projet_id or "aucun"), b.code_projet or str(b.projet_id or "aucun")),
        ("chantier", avant.code_chantier or "aucun", apres.code_chantier or "aucun"),
        ("salarié", avant.code_salarie or "aucun", apres.code_salarie or "aucun"),
    )
    return [f"{nom} {ancien} puis {nouveau}" for nom, ancien, nouveau in valeurs if ancien != nouveau]


def _changements_en_plus(a: Creneau, b: Creneau) -> Iterable[tuple[str, str, str]]:
    avant, apres = dict(a.plus), dict(b.plus)
    for nom in sorted(avant.keys() | apres.keys()):
        yield nom, mots.nombre(avant.get(nom, ZERO)), mots.nombre(apres.get(nom, ZERO))


def _paires(suivi: CreneauSuivi) -> Iterable[tuple[VersionCreneau, CreneauSuivi | VersionCreneau]]:
    suivantes: list[CreneauSuivi | VersionCreneau] = [*suivi.versions[1:], suivi]
    return zip(suivi.versions, suivantes, strict=True) if suivi.versions else ()


def _run(ident: str, memoire: Memoire, fuseau: ZoneInfo) -> str:
    run = memoire.runs.get(ident)
    if run is None:
        return f"la synchronisation {ident}"
    return f"la synchronisation {mots.du(run.debut, fuseau)} ({run.declencheur})"


def _auteur(note: EvenementNote, memoire: Memoire, fuseau: ZoneInfo) -> str:
    run = note.evenement.run
    return _run(run, memoire, fuseau) if run else note.evenement.qui
