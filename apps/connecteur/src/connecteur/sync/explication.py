"""Explain an hour: where it is now, why, who made it so, and what it was before.

Asked about a salarié, a chantier and a day, or about one slot. Batigest is looked at when it answers; the rest comes
from the tampon, so that an explanation can be read to somebody on the phone while the server is away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi, debut_local, normalise_code
from connecteur.domain.histoire import ConstatSuivi, CreneauSuivi, EcritureSuivie, RunBref
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.rejet import EtatRejet, ObjetRejet, RejetSuivi
from connecteur.domain.salarie import Salarie
from connecteur.errors import ErreurConnecteur
from connecteur.sync.ports import EvenementNote, LignesLues, cle_texte
from connecteur.sync.run import Bouts

JOUR = timedelta(days=1)


class TamponExplication(Protocol):
    """The tampon, as far as it remembers."""

    def list_creneaux_suivis(self, ids: Sequence[str]) -> list[CreneauSuivi]:
        """These slots with their history."""
        ...

    def list_creneaux_de(self, chantier: str, salarie: str, jour: date, fuseau: str) -> list[CreneauSuivi]:
        """Every slot that is, or was, of this salarié on this chantier that day."""
        ...

    def list_ecritures_de(self, chantier: str, salarie: str, jour: date) -> list[EcritureSuivie]:
        """What was written on these lines, oldest first."""
        ...

    def list_ecritures_du_creneau(self, ident: str, premier: date, dernier: date) -> list[EcritureSuivie]:
        """What was written because of this slot, oldest first."""
        ...

    def list_constats_de(self, chantier: str, salarie: str, jour: date) -> list[ConstatSuivi]:
        """The findings that stand on these lines."""
        ...

    def list_runs_de(self, ids: Sequence[str]) -> dict[str, RunBref]:
        """What is known of these runs."""
        ...

    def lit_libelle(self, chantier: str) -> tuple[str, str]:
        """The code and the label of a chantier."""
        ...

    def list_lignes(self, tranche: Tranche) -> list[LigneSuivi]:
        """The lines we own."""
        ...

    def list_annoncees(self, tranche: Tranche) -> list[Action]:
        """Writes announced and not verified yet."""
        ...

    def list_salaries(self, *, partis: bool = False) -> list[Salarie]:
        """The employees as last read."""
        ...

    def list_rejets_de(self, objet: ObjetRejet, cles: list[str]) -> list[RejetSuivi]:
        """Every rejet there ever was of these records."""
        ...

    def list_evenements(
        self, objet: str | None = None, cle: str | None = None, limite: int = 200, avant: int | None = None
    ) -> list[EvenementNote]:
        """The audit trail."""
        ...


class LitLignes(Protocol):
    """The Batigest end: the lines that are there now."""

    def read_lignes(self, tranche: Tranche) -> LignesLues:
        """Every line of SuiviMO of these days. Raises `ErreurConnecteur`."""
        ...


@dataclass(frozen=True, slots=True)
class Cadre:
    """What decides whether a day is looked at."""

    fuseau: ZoneInfo
    debut_fenetre: date
    """The first day that runs read."""
    cloture: date | None = None
    """Nothing before this day is ever changed in Batigest."""


def cadre_de(bouts: Bouts) -> Cadre:
    """What the runs of this dossier look at, with its settings as they stand."""
    return Cadre(bouts.fuseau, bouts.tranches()[0].debut, bouts.heures.periode_close)


class Situation(StrEnum):
    """Where a slot is now."""

    LIVRE = "livré"
    REPRIS = "repris à la main"
    CONFLIT = "en conflit"
    REFUSE = "refusé par Batigest"
    A_ECRIRE = "à écrire"
    PERIODE_CLOSE = "période close"
    HORS_FENETRE = "hors fenêtre"
    NON_VALIDE = "non validé"
    REJETE = "rejeté"
    IGNORE = "ignoré"
    DISPARU = "disparu"
    A_EXAMINER = "à examiner"
    AILLEURS = "ailleurs"
    """Of another salarié, chantier or day now: only when a line it left is explained."""
    INCONNU = "inconnu"


@dataclass(frozen=True, slots=True)
class CreneauExplique:
    """One slot with where it is."""

    suivi: CreneauSuivi
    situation: Situation


@dataclass(frozen=True, slots=True)
class Memoire:
    """What both kinds of explanation are told with."""

    ecritures: list[EcritureSuivie] = field(default_factory=list)
    """Oldest first."""
    constats: list[ConstatSuivi] = field(default_factory=list)
    rejets: list[RejetSuivi] = field(default_factory=list)
    """Most recent first."""
    evenements: list[EvenementNote] = field(default_factory=list)
    """Oldest first."""
    runs: dict[str, RunBref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExplicationLigne:
    """A salarié, a chantier, a day. `batigest` is None when Batigest did not answer (`panne` says why)."""

    code_salarie: str
    nom_salarie: str
    code_chantier: str
    libelle_chantier: str
    jour: date
    creneaux: list[CreneauExplique]
    """Every slot that is, or was, of this salarié on this chantier that day."""
    batigest: list[LigneActuelle] | None
    panne: str
    notres: list[LigneSuivi]
    """The lines the connector wrote or adopted."""
    annoncees: list[Action]
    """Written perhaps: a run stopped before it knew."""
    memoire: Memoire


@dataclass(frozen=True, slots=True)
class ExplicationCreneau:
    """One slot. `suivi` is None when it is not known (or could not be read: then a rejet says so)."""

    ident: str
    suivi: CreneauSuivi | None
    situation: Situation
    ligne: LigneSuivi | None
    """The line of Batigest it makes, alone or with others."""
    code_salarie: str
    nom_salarie: str
    code_chantier: str
    libelle_chantier: str
    cadre: Cadre
    memoire: Memoire


@dataclass(frozen=True, slots=True)
class _Jour:
    """What is known of one salarié, chantier and day: what a slot's situation is judged with."""

    notres: list[LigneSuivi] = field(default_factory=list)
    constats: list[ConstatSuivi] = field(default_factory=list)
    rejets: list[RejetSuivi] = field(default_factory=list)


def explique_ligne(
    tampon: TamponExplication, batigest: LitLignes, cadre: Cadre, *, salarie: str, chantier: str, jour: date
) -> ExplicationLigne:
    """Everything about the hours of this salarié on this chantier that day."""
    tranche = Tranche(jour, jour + JOUR)
    code_salarie, nom = _salarie(tampon, salarie)
    code_chantier, libelle = tampon.lit_libelle(chantier)
    presentes, panne = _lit_batigest(batigest, tranche, code_chantier, code_salarie)
    ecritures = tampon.list_ecritures_de(chantier, salarie, jour)
    notres = [ligne for ligne in tampon.list_lignes(tranche) if _est_de(ligne.cle, code_chantier, code_salarie)]
    annoncees = [a for a in tampon.list_annoncees(tranche) if _est_de(a.cle, code_chantier, code_salarie)]
    constats = tampon.list_constats_de(chantier, salarie, jour)
    suivis = {s.creneau.id: s for s in tampon.list_creneaux_de(chantier, salarie, jour, cadre.fuseau.key)}
    anciens = {i for e in ecritures for i in e.action.creneaux} | {i for n in notres for i in n.creneaux}
    suivis |= {s.creneau.id: s for s in tampon.list_creneaux_suivis(sorted(anciens - suivis.keys()))}
    cles = {cle_texte(cle) for cle in _cles(presentes or (), notres, ecritures, constats)}
    rejets = [
        *tampon.list_rejets_de(ObjetRejet.CRENEAU, sorted(suivis)),
        *tampon.list_rejets_de(ObjetRejet.LIGNE, sorted(cles)),
    ]
    etat = _Jour(notres, constats, rejets)
    tries = sorted(suivis.values(), key=lambda s: (s.creneau.debut, s.creneau.id))
    ici = (normalise_code(code_chantier), normalise_code(code_salarie), jour)
    creneaux = [CreneauExplique(s, Situation.AILLEURS if _parti(s, ici) else situe(s, etat, cadre)) for s in tries]
    memoire = _complete(tampon, Memoire(ecritures, constats, rejets), cles, tries)
    return ExplicationLigne(
        code_salarie, nom, code_chantier, libelle, jour, creneaux, presentes, panne, notres, annoncees, memoire
    )


def explique_creneau(tampon: TamponExplication, cadre: Cadre, ident: str) -> ExplicationCreneau:
    """Where this slot is now and why, and everything it ever was."""
    suivi = next(iter(tampon.list_creneaux_suivis([ident])), None)
    rejets = tampon.list_rejets_de(ObjetRejet.CRENEAU, [ident])
    if suivi is None:
        situation = _situation_des_rejets(rejets) or Situation.INCONNU
        memoire = _complete(tampon, Memoire(rejets=rejets), set(), [])
        return ExplicationCreneau(ident, None, situation, None, "", "", "", "", cadre, memoire)
    jours = [suivi.jour, *(debut_local(v.creneau.debut, cadre.fuseau).date() for v in suivi.versions)]
    ecritures = tampon.list_ecritures_du_creneau(ident, min(jours), max(jours))
    code_chantier, libelle = tampon.lit_libelle(suivi.code_chantier) if suivi.code_chantier else ("", "")
    code_salarie, nom = _salarie(tampon, suivi.code_salarie) if suivi.code_salarie else ("", "")
    constats, notres = [], []
    if code_chantier and code_salarie:
        tous = tampon.list_constats_de(code_chantier, code_salarie, suivi.jour)
        constats = [constat for constat in tous if ident in constat.action.creneaux]
    for jour in sorted(set(jours)):
        notres += [ligne for ligne in tampon.list_lignes(Tranche(jour, jour + JOUR)) if ident in ligne.creneaux]
    cles = {cle_texte(cle) for cle in _cles((), notres, ecritures, constats)}
    rejets += tampon.list_rejets_de(ObjetRejet.LIGNE, sorted(cles))
    situation = situe(suivi, _Jour(notres, constats, rejets), cadre)
    memoire = _complete(tampon, Memoire(ecritures, constats, rejets), cles, [suivi])
    ligne = next(iter(notres), None)
    return ExplicationCreneau(ident, suivi, situation, ligne, code_salarie, nom, code_chantier, libelle, cadre, memoire)


def situe(suivi: CreneauSuivi, etat: _Jour, cadre: Cadre) -> Situation:
    """Where a slot is, from everything known of its line."""
    if not suivi.present:
        return Situation.DISPARU
    if not suivi.creneau.valide:
        return Situation.NON_VALIDE
    siens = [r for r in etat.rejets if r.rejet.objet is ObjetRejet.CRENEAU and r.rejet.cle == suivi.creneau.id]
    if suivi.motif is not None or suivi.code_chantier is None:
        return _situation_des_rejets(siens) or Situation.A_EXAMINER
    illisible = _situation_des_rejets(siens)
    if illisible is not None:
        return illisible
    return _situation_de_la_ligne(suivi, etat, cadre)


def _situation_de_la_ligne(suivi: CreneauSuivi, etat: _Jour, cadre: Cadre) -> Situation:
    """Of a validated, resolved slot."""
    par_geste = {c.action.geste for c in etat.constats if suivi.creneau.id in c.action.creneaux}
    for geste, situation in DISPUTES.items():
        if geste in par_geste:
            return situation
    if any(suivi.creneau.id in ligne.creneaux for ligne in etat.notres):
        return Situation.LIVRE
    lignes = [r for r in etat.rejets if r.rejet.objet is ObjetRejet.LIGNE and r.etat is not EtatRejet.RESOLU]
    if lignes:
        return Situation.REFUSE
    if cadre.cloture is not None and suivi.jour < cadre.cloture:
        return Situation.PERIODE_CLOSE
    return Situation.HORS_FENETRE if suivi.jour < cadre.debut_fenetre else Situation.A_ECRIRE


DISPUTES: dict[Geste, Situation] = {
    Geste.CONFLIT: Situation.CONFLIT,
    Geste.REPRISE: Situation.REPRIS,
    Geste.PERIODE_CLOSE: Situation.PERIODE_CLOSE,
}


def _situation_des_rejets(rejets: Iterable[RejetSuivi]) -> Situation | None:
    etats = {rejet.etat for rejet in rejets}
    if EtatRejet.OUVERT in etats:
        return Situation.REJETE
    return Situation.IGNORE if EtatRejet.IGNORE in etats else None


def _parti(suivi: CreneauSuivi, ici: tuple[str, str, date]) -> bool:
    """Whether a slot that was here makes another line now."""
    if not suivi.present or suivi.code_chantier is None or suivi.code_salarie is None:
        return False
    return (normalise_code(suivi.code_chantier), normalise_code(suivi.code_salarie), suivi.jour) != ici


def _lit_batigest(
    batigest: LitLignes, tranche: Tranche, chantier: str, salarie: str
) -> tuple[list[LigneActuelle] | None, str]:
    try:
        lignes = batigest.read_lignes(tranche).lignes
    except ErreurConnecteur as exc:
        return None, exc.message
    return [ligne for ligne in lignes if _est_de(ligne.cle, chantier, salarie)], ""


def _est_de(cle: CleSuivi, chantier: str, salarie: str) -> bool:
    return cle[:2] == (normalise_code(chantier), normalise_code(salarie))


def _salarie(tampon: TamponExplication, code: str) -> tuple[str, str]:
    """The code as Batigest writes it, and the name."""
    tous = tampon.list_salaries(partis=True)
    trouve = next((s for s in tous if normalise_code(s.code) == normalise_code(code)), None)
    return (trouve.code, trouve.nom_complet) if trouve else (code, "")


def _cles(
    presentes: Iterable[LigneActuelle],
    notres: Iterable[LigneSuivi],
    ecritures: Iterable[EcritureSuivie],
    constats: Iterable[ConstatSuivi],
) -> Iterable[CleSuivi]:
    yield from (ligne.cle for ligne in presentes)
    yield from (ligne.cle for ligne in notres)
    yield from (ecriture.action.cle for ecriture in ecritures)
    yield from (constat.action.cle for constat in constats)


def _complete(tampon: TamponExplication, memoire: Memoire, cles: set[str], suivis: Sequence[CreneauSuivi]) -> Memoire:
    """Add who did what about these lines and slots, and the runs that are named."""
    sujets = [("ligne", cle) for cle in cles] + [("rejet", str(rejet.id)) for rejet in memoire.rejets]
    sujets += [("salarie", u) for u in {suivi.creneau.utilisateur for suivi in suivis} if u]
    evenements = [note for objet, cle in sorted(sujets) for note in tampon.list_evenements(objet, cle)]
    runs = {run for e in memoire.ecritures for run in (e.run, e.regle_run) if run}
    runs |= {constat.run for constat in memoire.constats}
    runs |= {run for r in memoire.rejets for run in (r.premier_run, r.dernier_run)}
    runs |= {note.evenement.run for note in evenements if note.evenement.run}
    for suivi in suivis:
        runs |= {suivi.run, *(version.depuis_run for version in suivi.versions), *(v.run for v in suivi.versions)}
    return replace(
        memoire, evenements=sorted(evenements, key=lambda note: note.id), runs=tampon.list_runs_de(sorted(runs))
    )
