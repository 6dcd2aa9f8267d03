"""Where a chantier is on the map: asked of the address service once per address, never at the expense of a run."""

from collections.abc import Mapping
from threading import Lock

from connecteur.domain.chantier import Adresse, Champs, Position
from connecteur.domain.fusion import Projet
from connecteur.domain.lien import ChantierSuivi
from connecteur.domain.run import Incident
from connecteur.errors import ErreurConnecteur
from connecteur.sync.ports.chantiers import Adresses, TamponChantiers

ECHECS_DE_SUITE = 3
"""So many failures one after the other, and nothing more is asked in this run."""
ADRESSE = ("rue", "code_postal", "ville")


class Carte:
    """The map as one push needs it. Any thread may ask."""

    def __init__(self, adresses: Adresses | None, tampon: TamponChantiers, defaut: Position | None = None) -> None:
        """`defaut` is where a created project stands when its address was not located."""
        self._defaut = defaut
        self._adresses = adresses
        self._tampon = tampon
        self._verrou = Lock()
        self._echecs = 0
        self._echecs_de_suite = 0
        self._dernier: ErreurConnecteur | None = None

    def du_nouveau(self, champs: Champs) -> Position | None:
        """Where a project that is being created is."""
        return self._situe(champs) or self._defaut

    def du_deplace(self, suivi: ChantierSuivi, projet: Projet, a_envoyer: Champs) -> Position | None:
        """Where a project whose address changes is now; None when nothing must move: a person may have put it there."""
        ici = suivi.position is not None and suivi.projet_id == projet.id and suivi.position.est_celle(projet.position)
        if not ici or not any(champ in a_envoyer for champ in ADRESSE):
            return None
        return self._situe({**projet.champs, **a_envoyer})

    def remarques(self) -> list[Incident]:
        """What went wrong with the service."""
        if self._dernier is None:
            return []
        combien = "Une adresse n’a pas pu être située" if self._echecs == 1 else f"{self._echecs} adresses n’ont pas"
        suite = "" if self._echecs == 1 else " pu être situées"
        return [
            Incident(
                f"{combien}{suite} sur la carte : {self._dernier.message}",
                self._dernier.remede or "Rien à faire : les chantiers sont envoyés sans leur position.",
                self._dernier.detail,
            )
        ]

    def _situe(self, champs: Mapping[str, str | None]) -> Position | None:
        adresse = Adresse(*(champs.get(champ) or "" for champ in ADRESSE))
        if self._adresses is None or (not adresse.ville and not adresse.code_postal) or not self._essaie_encore():
            return None
        try:
            connues = self._tampon.list_positions([adresse])
            if adresse in connues:
                return connues[adresse]
            position = self._adresses.situe(adresse)
            self._tampon.save_positions({adresse: position})
        except ErreurConnecteur as exc:
            self._note(exc)
            return None
        self._note(None)
        return position

    def _essaie_encore(self) -> bool:
        with self._verrou:
            return self._echecs_de_suite < ECHECS_DE_SUITE

    def _note(self, exc: ErreurConnecteur | None) -> None:
        with self._verrou:
            self._echecs_de_suite = 0 if exc is None else self._echecs_de_suite + 1
            if exc is not None:
                self._echecs += 1
                self._dernier = exc
