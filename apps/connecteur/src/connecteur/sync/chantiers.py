"""Chantiers: Batigest > tampon (pull), tampon > BatiSimply (push)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from connecteur.domain.chantier import Chantier, Genre
from connecteur.domain.datation import horloge
from connecteur.domain.fusion import Ecart, Projet
from connecteur.domain.heure import normalise_code
from connecteur.domain.lien import ChantierSuivi, ConflitChantier
from connecteur.domain.rejet import ObjetRejet
from connecteur.domain.run import Bilan, Fleche, Incident
from connecteur.domain.selection import Attribution, attribue_heures_vendues
from connecteur.domain.sortie import Seuils
from connecteur.settings import ReglagesChantiers
from connecteur.settings.chantiers import Sortie
from connecteur.sync.carte import Carte
from connecteur.sync.comparaison import Contexte
from connecteur.sync.envoi_chantiers import Envoi
from connecteur.sync.horloges import derive
from connecteur.sync.plan_chantiers import Demande, PlanChantiers, plan_chantiers
from connecteur.sync.ports import Progression, Selection
from connecteur.sync.ports.chantiers import Adresses, DossierChantiers, Projets, TamponChantiers

EXEMPLES = 5
"""How many codes a sentence names."""


@dataclass(frozen=True, slots=True)
class Consignes:
    """How one run treats the chantiers."""

    reglages: ReglagesChantiers = field(default_factory=ReglagesChantiers)
    genre: Genre = Genre.CHANTIER
    horloge: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Now, aware."""
    paralleles: int = 8
    adresses: Adresses | None = None


def pull_chantiers(
    dossier: DossierChantiers,
    tampon: TamponChantiers,
    aujourdhui: date,
    *,
    consignes: Consignes,
    run: str,
    progression: Progression,
) -> Bilan:
    """Read the selection of the dossier into the tampon."""
    bilan = Bilan(Fleche.PULL_CHANTIERS)
    lu_le = consignes.horloge()
    selection = dossier.read_selection(aujourdhui)
    attribution = attribue(selection)
    bilan.remarques += attribution.remarques + derive("Batigest", selection.ecart_horloge_s)
    bilan.incidents += _doubles(selection.chantiers)
    total = len(attribution.chantiers)
    comptes = tampon.store_chantiers(attribution.chantiers, run, selection.genre, lu_le)
    bilan.comptes = {
        "chantiers lus" if selection.genre is Genre.CHANTIER else "devis lus": total,
        "nouveaux": comptes.nouveaux,
        "modifiés": comptes.modifies,
        "sortis de la sélection": comptes.sortis,
        "inchangés": comptes.inchanges,
    }
    progression.avance(Fleche.PULL_CHANTIERS, total, total)
    return bilan


def _doubles(chantiers: Sequence[Chantier]) -> list[Incident]:
    """Records of Batigest with one code: it is the key, and only a case-sensitive or damaged table has two."""
    comptes = Counter(normalise_code(chantier.code) for chantier in chantiers)
    codes = sorted(code for code, combien in comptes.items() if combien > 1)
    if not codes:
        return []
    suite = f" et {len(codes) - EXEMPLES} de plus" if len(codes) > EXEMPLES else ""
    return [
        Incident(
            f"Plusieurs fiches de Batigest portent le même code ({', '.join(codes[:EXEMPLES])}{suite}) : une seule de "
            "chaque est envoyée.",
            "Ne laissez chaque code qu’à une fiche dans Batigest.",
            ", ".join(codes),
        )
    ]


def attribue(selection: Selection) -> Attribution:
    """The records with their hours sold; a devis knows its own."""
    if selection.genre is Genre.DEVIS:
        return Attribution(selection.chantiers, [])
    return attribue_heures_vendues(
        selection.chantiers,
        selection.devis_list,
        devis_nomment_chantier=selection.devis_nomment_chantier,
        finis=selection.finis,
    )


@dataclass(frozen=True, slots=True)
class Lecture:
    """Both sides as they were just read, and what a plan needs beside them."""

    contexte: Contexte
    plan: PlanChantiers
    pris: Mapping[int, str]


def lit_et_planifie(
    projets: Projets,
    tampon: TamponChantiers,
    suivis: Sequence[ChantierSuivi],
    sortis: Sequence[ChantierSuivi],
    consignes: Consignes,
) -> Lecture:
    """Read BatiSimply's projects and plan. Nothing is stored: the dry run and the live run share it."""
    reglages, genre = consignes.reglages, consignes.genre
    maintenant = consignes.horloge()
    distants = projets.read_projets()
    contexte = Contexte(
        reglages.regles(),
        reglages.sortie,
        maintenant,
        horloge(projets.ecart_horloge_s),
        tampon.read_lecture_projets(genre),
    )
    pris = _projets_pris(tampon, suivis, distants)
    plan = plan_chantiers(
        suivis,
        distants,
        contexte,
        pris=pris,
        sortis=sortis,
        seuils=Seuils(reglages.garde_part / 100, reglages.garde_nombre),
        garde=tampon.read_garde_chantiers(genre) if sortis else None,
    )
    plan.remarques += derive("BatiSimply", projets.ecart_horloge_s)
    return Lecture(contexte, plan, pris)


def _projets_pris(
    tampon: TamponChantiers, suivis: Sequence[ChantierSuivi], distants: Sequence[Projet]
) -> Mapping[int, str]:
    """The projects that are linked, of either kind; only asked for where a site looks for its project."""
    connus = {projet.id for projet in distants}
    if all(suivi.projet_id in connus for suivi in suivis):
        return {}
    return {
        ident: f"{code} ({genre.value})" for genre in Genre for ident, code in tampon.list_projets_lies(genre).items()
    }


def lit_sortis(tampon: TamponChantiers, consignes: Consignes) -> Sequence[ChantierSuivi]:
    """The records that left the selection, where something becomes of their projects."""
    return [] if consignes.reglages.sortie is Sortie.LAISSER else tampon.list_sortis(consignes.genre)


def push_chantiers(
    projets: Projets, tampon: TamponChantiers, consignes: Consignes, run: str, progression: Progression
) -> Bilan:
    """Bring BatiSimply up to date: only what Batigest changed is sent, nothing a person set is reset."""
    bilan = Bilan(Fleche.PUSH_CHANTIERS)
    genre = consignes.genre
    suivis, sortis = tampon.list_chantiers(genre), lit_sortis(tampon, consignes)
    lecture = lit_et_planifie(projets, tampon, suivis, sortis, consignes)
    plan = lecture.plan
    tampon.annonce_reglements(plan.regles, run, genre)
    tampon.save_liens(plan.liens, genre)
    if plan.garde is not None:
        tampon.demande_garde_chantiers(plan.garde.codes, plan.garde.restent, run, genre)
        bilan.incidents.append(incident_de_garde(plan.garde))
    carte = Carte(consignes.adresses, tampon, consignes.reglages.creation.position)
    envoi = Envoi(
        projets,
        tampon,
        plan,
        contexte=lecture.contexte,
        genre=genre,
        pris=lecture.pris,
        carte=carte,
        horloge=consignes.horloge,
        run=run,
        bilan=bilan,
        progression=progression,
        paralleles=consignes.paralleles,
    )
    envoi.execute(plan.travaux)
    if envoi.incertains:
        envoi.second_regard()
    tampon.replace_conflits_chantiers(
        plan.conflits, plan.divergences, run, regles=plan.regles, depassees=plan.depassees, genre=genre
    )
    tampon.replace_rejets(ObjetRejet.CHANTIER, plan.rejets, run)
    tampon.note_lecture_projets(lecture.contexte.maintenant, genre)
    if plan.garde is None:  # it was answered, and is answered once; or there is nothing to ask any more
        tampon.leve_garde_chantiers(run, genre)
    bilan.compte("inchangés", plan.inchanges)
    if plan.regles:
        bilan.compte("conflits réglés", sum(len(conflit.ecarts) for conflit in plan.regles))
    bilan.rejets = tampon.count_rejets_ouverts(ObjetRejet.CHANTIER)
    bilan.conflits = len(plan.conflits)
    bilan.remarques += [_remarque(divergence) for divergence in plan.divergences]
    bilan.remarques += plan.remarques + carte.remarques()
    return bilan


def incident_de_garde(demande: Demande) -> Incident:
    """What a person is asked."""
    combien, codes = len(demande.codes), ", ".join(demande.codes[:EXEMPLES])
    suite = f" et {combien - EXEMPLES} de plus" if combien > EXEMPLES else ""
    return Incident(
        f"{combien} projets seraient fermés d’un coup dans BatiSimply, parce que leur fiche n’est plus de celles que "
        f"Batigest donne ({codes}{suite}) ; {demande.restent} resteraient ouverts. Aucun n’a été fermé.",
        "Vérifiez que la base indiquée est la bonne. Si ces chantiers sont bien terminés, confirmez la fermeture : "
        "« connecteur garde confirme --chantiers ». Sinon, rien à faire : ils ne seront pas touchés.",
        ", ".join(demande.codes),
    )


def _remarque(divergence: ConflitChantier) -> Incident:
    champs = " ; ".join(_phrase(ecart) for ecart in divergence.ecarts)
    return Incident(f"Chantier {divergence.code} : modifié dans BatiSimply, conservé. {champs}")


def _phrase(ecart: Ecart) -> str:
    return f"{ecart.champ} : Batigest « {ecart.notre or ''} », BatiSimply « {ecart.leur or ''} »"
