"""Put the parts together and count the awkward cases inside."""

from collections import Counter, defaultdict
from datetime import date, datetime

from banc.batisimply.depot import Creneau, instant
from banc.donnees.creneaux import FUSEAU, VALIDE, Saisie, Terrain, genere_saisies
from banc.donnees.dossier import ACCEPTE, a_minuit, genere_chantiers, genere_devis, genere_equipe
from banc.donnees.jeu import CAS, TAILLES, Jeu, Ligne
from banc.donnees.projets import ProjetLie, genere_projets
from banc.donnees.suivi import genere_suivi

LARGEUR_CODE = 8
LARGEUR_NOM = 30
LARGEUR_LIBELLE = 50


def genere(taille: str, *, graine: int = 1, aujourdhui: date) -> Jeu:
    """The set of this size ("petit", "moyen" or "grand"), relative to this day. Raises `KeyError` on another size."""
    mesures = TAILLES[taille]
    chantiers = genere_chantiers(mesures, graine, aujourdhui)
    devis_list = genere_devis(graine, aujourdhui, chantiers)
    salaries, personnes = genere_equipe(mesures, graine)
    lies = genere_projets(mesures, graine, aujourdhui, chantiers, personnes)
    saisies = genere_saisies(mesures, graine, aujourdhui, personnes, _terrain(lies, aujourdhui))
    suivi, cas = genere_suivi(mesures, graine, aujourdhui, saisies)
    cas += _cas_chantiers(chantiers, devis_list, aujourdhui) + _cas_projets(lies) + _cas_creneaux(saisies)
    cas["salarie_sans_codebs"] = sum(s["codebs"] is None for s in salaries)
    cas["codebs_majuscules"] = sum(
        s["codebs"] is not None and s["codebs"] != str(s["codebs"]).lower() for s in salaries
    )
    return Jeu(
        taille=mesures,
        graine=graine,
        aujourdhui=aujourdhui,
        chantiers=tuple(chantiers),
        devis_list=tuple(devis_list),
        salaries=tuple(salaries),
        suivi=tuple(suivi),
        utilisateurs=tuple(personne.utilisateur for personne in personnes),
        projets=tuple(lie.projet for lie in lies),
        creneaux=tuple(_creneau(rang, saisie) for rang, saisie in enumerate(saisies, 1)),
        cas={nom: cas[nom] for nom in CAS},
    )


def est_ouvert(chantier: Ligne, aujourdhui: date) -> bool:
    """Whether the site is not over: no end date, or one after this day."""
    fin = chantier["DateFin"]
    return not isinstance(fin, datetime) or fin > a_minuit(aujourdhui)


def _terrain(lies: list[ProjetLie], aujourdhui: date) -> Terrain:
    des_chantiers = [(lie, lie.chantier) for lie in lies if lie.chantier is not None]
    sans_chantier = [lie for lie in lies if lie.chantier is None]
    return Terrain(
        ouverts=[lie for lie, chantier in des_chantiers if est_ouvert(chantier, aujourdhui)],
        finis=[lie for lie, chantier in des_chantiers if not est_ouvert(chantier, aujourdhui)],
        sans_code=[lie for lie in sans_chantier if not _code(lie)],
        inconnus=[lie for lie in sans_chantier if _code(lie)],
    )


def _code(lie: ProjetLie) -> str:
    return str(lie.projet["projectCode"] or "").strip()


def _creneau(ident: int, saisie: Saisie) -> Creneau:
    return Creneau(
        id=ident,
        debut=instant(saisie.debut),
        fin=instant(saisie.fin),
        utilisateur=saisie.personne.utilisateur.id,
        projet=None if saisie.lie is None else int(saisie.lie.projet["id"]),
        statut=saisie.statut,
        minutes=saisie.minutes,
        trajet=saisie.trajet,
        panier=saisie.panier,
    )


def _cas_chantiers(chantiers: list[Ligne], devis_list: list[Ligne], aujourdhui: date) -> Counter[str]:
    cas: Counter[str] = Counter()
    ouverts: defaultdict[str, int] = defaultdict(int)
    for chantier in chantiers:
        textes = f"{chantier['NomClient']}{chantier['Libelle']}"
        code, code_client = str(chantier["Code"]), str(chantier["CodeClient"])
        ouvert = est_ouvert(chantier, aujourdhui)
        ouverts[code_client.strip()] += ouvert
        cas["accents"] += not textes.isascii()
        cas["apostrophes"] += "'" in f"{textes}{chantier['AdrChantier']}"
        cas["code_court"] += len(code) < LARGEUR_CODE
        cas["code_casse_melangee"] += code != code.upper()
        cas["code_client_blancs"] += code_client != code_client.rstrip()
        cas["nom_client_coupe"] += len(str(chantier["NomClient"])) == LARGEUR_NOM
        cas["libelle_coupe"] += len(str(chantier["Libelle"])) == LARGEUR_LIBELLE
        cas["date_debut_nulle"] += chantier["DateDebut"] is None
        cas["date_fin_nulle"] += chantier["DateFin"] is None
        cas["adresse_nulle"] += chantier["AdrChantier"] is None
        cas["chantier_ouvert"] += ouvert
        cas["chantier_finit_aujourdhui"] += chantier["DateFin"] == a_minuit(aujourdhui)
        cas["chantier_fini"] += not ouvert and chantier["DateFin"] != a_minuit(aujourdhui)
    avec_devis = {str(devis["CodeClient"]).strip() for devis in devis_list if devis["Etat"] == ACCEPTE}
    cas["client_double"] = sum(nombre > 1 and client in avec_devis for client, nombre in ouverts.items())
    cas["devis_accepte"] = sum(devis["Etat"] == ACCEPTE for devis in devis_list)
    cas["devis_autre_etat"] = len(devis_list) - cas["devis_accepte"]
    cas["devis_sans_date"] = sum(devis["DateConcretis"] is None for devis in devis_list)
    return cas


def _cas_projets(lies: list[ProjetLie]) -> Counter[str]:
    cas: Counter[str] = Counter()
    for lie in lies:
        projet, chantier = lie.projet, lie.chantier
        cas["projet_regle_par_une_personne"] += projet["projectColor"] is not None
        if chantier is None:
            cas["projet_code_inconnu" if _code(lie) else "projet_sans_code"] += 1
            continue
        cas["projet_existant"] += 1
        cas["projet_code_ecrit_autrement"] += projet["projectCode"] != chantier["Code"]
        cas["projet_nom_different"] += projet["projectName"] != str(chantier["Libelle"]).strip()
    return cas


def _cas_creneaux(saisies: list[Saisie]) -> Counter[str]:
    cas: Counter[str] = Counter()
    for saisie in saisies:
        if saisie.cas and saisie.cas not in {"non_valide", "meme_minute", "sur_minuit"}:
            cas[f"creneau_{saisie.cas}"] += 1
        cas["creneau_valide" if saisie.statut == VALIDE else "creneau_non_valide"] += 1
        cas["creneau_salarie_inconnu"] += saisie.personne.code_salarie is None
        cas["creneau_sur_minuit"] += saisie.fin.astimezone(FUSEAU).date() != saisie.debut.astimezone(FUSEAU).date()
    minutes = Counter(
        (
            s.personne.utilisateur.id,
            s.lie.projet["id"],
            s.debut.astimezone(FUSEAU).replace(second=0, fold=0, tzinfo=None),
        )
        for s in saisies
        if s.lie is not None
    )
    cas["creneau_meme_minute"] = sum(nombre - 1 for nombre in minutes.values())
    return cas
