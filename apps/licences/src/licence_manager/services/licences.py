"""Selling and looking after licences. Each change is noted with who made it, in the transaction that makes it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete

from licence_manager.domain.duree import Depart, Duree, fin_de_journee, jour_de, prolonge
from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.licence import Etat, Fiche, Licence, Machine, defauts, etat
from licence_manager.domain.recherche import TAILLE_PAGE, TAILLE_PAGE_MAX, Critere, Curseur, Page
from licence_manager.domain.suivi import Passage
from licence_manager.errors import DemandeInvalide, DemandePerimee, LicenceIntrouvable
from licence_manager.repository.historique import list_historique, note, read_dernier
from licence_manager.repository.licences import DepotLicences
from licence_manager.repository.suivi import list_passages
from licence_manager.repository.tables import machines
from licence_manager.services.contexte import Contexte
from sages_commun.licence.cle import CleMalFormee, cles_proches, lit_cle, make_cle

LOT_MAX = 5_000
"""Licences changed at once."""


@dataclass(frozen=True, slots=True)
class Details:
    """A licence and what surrounds it."""

    licence: Licence
    etat: Etat
    machines: tuple[Machine, ...]


class Licences:
    """Create, find and change licences. Safe to share between threads.

    Raises `LicenceIntrouvable` for a number or a key that no licence has, `DemandeInvalide` for what cannot be done,
    `BaseIndisponible`. `qui` is the person, as the history will name them.
    """

    def __init__(self, contexte: Contexte) -> None:
        self._contexte = contexte

    # --- looking ------------------------------------------------------------------------------------

    def list_licences(
        self,
        critere: Critere | None = None,
        apres: Curseur | None = None,
        taille: int = TAILLE_PAGE,
        *,
        recule: bool = False,
    ) -> Page[Licence]:
        """A page of the list: the one that begins after the cursor or, with `recule`, ends before it."""
        with self._contexte.transaction() as (_, depot):
            try:
                return depot.list_page(
                    critere or Critere(),
                    apres,
                    min(max(taille, 1), TAILLE_PAGE_MAX),
                    self._contexte.bornes(),
                    recule=recule,
                )
            except ValueError as exc:
                raise DemandeInvalide("La page demandée n’existe pas.") from exc

    def count_licences(self, critere: Critere | None = None, plafond: int | None = None) -> int:
        """How many the list holds; counting stops at `plafond`."""
        with self._contexte.transaction() as (_, depot):
            return depot.count(critere or Critere(), self._contexte.bornes(), plafond)

    def count_etats(self) -> dict[Etat, int]:
        """How many licences in each state."""
        with self._contexte.transaction() as (_, depot):
            return depot.count_etats(self._contexte.bornes())

    def list_numeros(self, critere: Critere, plafond: int = LOT_MAX) -> list[int]:
        """The numbers of those that the list holds. Raises `DemandeInvalide` when there are more than `plafond`."""
        with self._contexte.transaction() as (_, depot):
            numeros = depot.list_numeros(critere, self._contexte.bornes(), plafond + 1)
        if len(numeros) > plafond:
            raise DemandeInvalide(f"Plus de {plafond} licences : précisez la recherche.")
        return numeros

    def read_licences(self, numeros: Iterable[int]) -> list[Licence]:
        """Several, by number."""
        voulus = sorted(set(numeros))
        with self._contexte.transaction() as (_, depot):
            lues = depot.read_several(voulus)
        if len(lues) < len(voulus):
            raise LicenceIntrouvable("L’une de ces licences n’existe pas.")
        return lues

    def read_licence(self, numero: int) -> Details:
        """One licence."""
        with self._contexte.transaction() as (_, depot):
            return self._details(depot, _trouvee(depot.read(numero)))

    def find_licence(self, saisie: str) -> Details:
        """The licence of this key, as somebody typed it."""
        cle = _cle(saisie)
        with self._contexte.transaction() as (_, depot):
            return self._details(depot, _trouvee(depot.find(cle)))

    def find_proche(self, saisie: str) -> int | None:
        """The number of the only licence whose key was typed with one error; None when there is none, or several."""
        with self._contexte.transaction() as (_, depot):
            trouvees = [depot.find(cle) for cle in depot.has_empreintes(cles_proches(saisie))]
        return trouvees[0].id if len(trouvees) == 1 and trouvees[0] else None

    def etat_de(self, licence: Licence) -> Etat:
        """What it is worth now."""
        return etat(licence, *self._contexte.bornes())

    def show_cle(self, numero: int) -> str:
        """The key, in clear: for who may see it."""
        return self.show_cles([numero])[numero]

    def show_cles(self, numeros: Sequence[int]) -> dict[int, str]:
        """The keys of these licences, in clear."""
        with self._contexte.transaction() as (_, depot):
            cles = depot.show_cles(numeros)
        if len(cles) < len(set(numeros)):
            raise LicenceIntrouvable("Cette licence n’existe pas.")
        return cles

    def list_historique(
        self, numero: int | None = None, apres: Curseur | None = None, taille: int = TAILLE_PAGE
    ) -> Page[Evenement]:
        """What happened to a licence (None: to all of them), the latest first."""
        with self._contexte.transaction() as (connexion, _):
            return list_historique(connexion, numero, apres, min(max(taille, 1), TAILLE_PAGE_MAX))

    def read_mise_a_l_ecart(self, numero: int) -> Evenement | None:
        """What last put the licence out of use, if anything did."""
        with self._contexte.transaction() as (connexion, _):
            return read_dernier(connexion, numero, (Geste.DESACTIVATION, Geste.ARCHIVAGE))

    def list_passages(self, numero: int, apres: Curseur | None = None, taille: int = TAILLE_PAGE) -> Page[Passage]:
        """The validations of a licence that are still known one by one, the latest first."""
        with self._contexte.transaction() as (connexion, _):
            return list_passages(connexion, numero, apres, min(max(taille, 1), TAILLE_PAGE_MAX))

    # --- changing -----------------------------------------------------------------------------------

    def create_licence(self, fiche: Fiche, expire_le: datetime, qui: str) -> tuple[Licence, str]:
        """A new licence and its key. `domain.duree` gives the end from a date or from a duration."""
        cle = make_cle()
        with self._contexte.transaction() as (connexion, depot):
            (numero,) = self.add_licences(connexion, depot, [(fiche, cle, expire_le)], qui, Geste.CREATION)
            return _trouvee(depot.read(numero)), cle

    def add_licences(
        self, connexion: Connection, depot: DepotLicences, lignes: Sequence[tuple[Fiche, str, datetime]], qui: str,
        geste: Geste,
    ) -> list[int]:  # fmt: skip
        """New licences within a transaction; their numbers in the same order."""
        for fiche, _, expire_le in lignes:
            _verifie(fiche)
            _verifie_echeance(expire_le)
        maintenant = self._contexte.maintenant()
        numeros = depot.add(lignes, maintenant)
        note(
            connexion,
            [
                Evenement(geste, qui, maintenant, numero, {"expire": expire_le.isoformat(), "client": fiche.client})
                for numero, (fiche, _, expire_le) in zip(numeros, lignes, strict=True)
            ],
        )
        return numeros

    def change_fiche(self, numero: int, fiche: Fiche, qui: str) -> Licence:
        """Write down something else: client, features, limits, notes."""
        _verifie(fiche)
        with self._contexte.transaction() as (connexion, depot):
            avant = _trouvee(depot.read(numero, bloque=True)).fiche
            change = {
                nom: [_texte(getattr(avant, nom)), _texte(getattr(fiche, nom))]
                for nom in Fiche.__dataclass_fields__
                if getattr(avant, nom) != getattr(fiche, nom)
            }
            if change:
                depot.change_fiche(numero, fiche)
                self._note(connexion, Geste.MODIFICATION, qui, numero, change)
            return _trouvee(depot.read(numero))

    def change_echeance(self, numero: int, jour: date, qui: str, vues: str = "") -> Licence:
        """In force until the end of this day in Paris. `vues` as for `extend_licences`."""
        try:
            expire_le = fin_de_journee(jour)
        except ValueError as exc:
            raise DemandeInvalide(str(exc)) from exc
        with self._contexte.transaction() as (connexion, depot):
            avant = _trouvee(depot.read(numero, bloque=True))
            _verifie_vues([avant], vues)
            self._prolonge(connexion, depot, avant, expire_le, qui)
            return replace(avant, expire_le=expire_le)

    def extend_licences(
        self, numeros: Iterable[int], duree: Duree, depart: Depart, qui: str, vues: str = ""
    ) -> list[Licence]:
        """Extend each from now or from its own end; all of them or none.

        `vues` is what `empreinte_echeances` gave for the licences the person was shown: `DemandePerimee` when they
        have changed since. That is how a second click does not extend twice.
        """
        choisies = sorted(set(numeros))  # in one order, so that two bulk changes never wait for each other
        if len(choisies) > LOT_MAX:
            raise DemandeInvalide(f"Au plus {LOT_MAX} licences à la fois.")
        maintenant = self._contexte.maintenant()
        prolongees: list[Licence] = []
        with self._contexte.transaction() as (connexion, depot):
            avants = [_trouvee(depot.read(numero, bloque=True)) for numero in choisies]
            _verifie_vues(avants, vues)
            for avant in avants:
                try:
                    expire_le = prolonge(avant.expire_le, maintenant, duree, depart)
                except ValueError as exc:
                    raise DemandeInvalide(str(exc)) from exc
                self._prolonge(connexion, depot, avant, expire_le, qui)
                prolongees.append(replace(avant, expire_le=expire_le))
        return prolongees

    def deactivate_licence(self, numero: int, qui: str, raison: str = "") -> Licence:
        """Refused from its next contact on."""
        return self._change_etat(numero, qui, Geste.DESACTIVATION, {"active": False}, raison)

    def reactivate_licence(self, numero: int, qui: str, raison: str = "") -> Licence:
        """In use again, out of the archive too."""
        return self._change_etat(numero, qui, Geste.REACTIVATION, {"active": True, "archivee_le": None}, raison)

    def archive_licence(self, numero: int, qui: str, raison: str = "") -> Licence:
        """Out of the list and refused; nothing of it is lost."""
        maintenant = self._contexte.maintenant()
        return self._change_etat(numero, qui, Geste.ARCHIVAGE, {"archivee_le": maintenant}, raison)

    def reissue_cle(self, numero: int, qui: str, raison: str = "") -> str:
        """A new key for the same licence; the former one is unknown from now on."""
        cle = make_cle()
        with self._contexte.transaction() as (connexion, depot):
            _trouvee(depot.read(numero, bloque=True))
            depot.change_cle(numero, cle)
            self._note(connexion, Geste.NOUVELLE_CLE, qui, numero, _raison(raison))
        return cle

    def remove_machine(self, numero: int, machine: str, qui: str) -> None:
        """Free the place of a machine that is gone."""
        with self._contexte.transaction() as (connexion, depot):
            _trouvee(depot.read(numero, bloque=True))
            retiree = connexion.execute(
                delete(machines).where(machines.c.licence_id == numero, machines.c.machine == machine)
            )
            if retiree.rowcount != 1:
                raise DemandeInvalide("Cette machine n’utilise pas cette licence.")
            self._note(connexion, Geste.MACHINE_RETIREE, qui, numero, {"machine": machine})

    # --- within ---------------------------------------------------------------------------------------

    def _details(self, depot: DepotLicences, licence: Licence) -> Details:
        return Details(licence, self.etat_de(licence), tuple(depot.list_machines(licence.id)))

    def _change_etat(self, numero: int, qui: str, geste: Geste, valeurs: dict[str, Any], raison: str) -> Licence:
        with self._contexte.transaction() as (connexion, depot):
            avant = _trouvee(depot.read(numero, bloque=True))
            depot.change(numero, **valeurs)
            apres = _trouvee(depot.read(numero))
            if apres != avant:  # done already: a second click is not a second event
                self._note(connexion, geste, qui, numero, _raison(raison))
            return apres

    def _prolonge(
        self, connexion: Connection, depot: DepotLicences, avant: Licence, expire_le: datetime, qui: str
    ) -> None:
        _verifie_echeance(expire_le)
        if expire_le != avant.expire_le:
            depot.change(avant.id, expire_le=expire_le)
            detail = {"expire": [avant.expire_le.isoformat(), expire_le.isoformat()]}
            self._note(connexion, Geste.PROLONGATION, qui, avant.id, detail)

    def _note(
        self, connexion: Connection, geste: Geste, qui: str, numero: int, detail: dict[str, Any] | None = None
    ) -> None:
        note(connexion, [Evenement(geste, qui, self._contexte.maintenant(), numero, detail or {})])


def empreinte_echeances(licences: Iterable[Licence]) -> str:
    """Stands for these licences with their ends as they are."""
    texte = "".join(f"{une.id} {une.expire_le.isoformat()}\n" for une in sorted(licences, key=lambda une: une.id))
    return hashlib.sha256(texte.encode()).hexdigest()


def _verifie_vues(licences: Iterable[Licence], vues: str) -> None:
    if vues and vues != empreinte_echeances(licences):
        raise DemandePerimee(
            "Cette échéance a été changée depuis que la page a été affichée : rien n’a été prolongé.",
            remede="Rouvrez la licence, et voyez s’il reste quelque chose à faire.",
        )


def _trouvee(licence: Licence | None) -> Licence:
    if licence is None:
        raise LicenceIntrouvable("Cette licence n’existe pas.")
    return licence


def _cle(saisie: str) -> str:
    try:
        return lit_cle(saisie)
    except CleMalFormee as exc:
        raise DemandeInvalide(str(exc)) from exc


def _verifie(fiche: Fiche) -> None:
    trouves = defauts(fiche)
    if trouves:
        raise DemandeInvalide(" ".join(trouves))


def _verifie_echeance(expire_le: datetime) -> None:
    if expire_le != fin_de_journee(jour_de(expire_le)):
        raise DemandeInvalide("Une licence expire à la fin d’une journée.")


def _raison(raison: str) -> dict[str, Any]:
    return {"raison": raison} if raison else {}


def _texte(valeur: object) -> object:
    return sorted(valeur) if isinstance(valeur, frozenset) else valeur
