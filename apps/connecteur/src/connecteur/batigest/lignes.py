"""The lines of one slice of SuiviMO, as read: their digest now, and the one they will have.

The digest is made of what the plan looks at (minute and codes as they compare, quantities to the column's step,
whether another heading holds something), in an order of its own: it depends neither on the server's plan nor on how a
column writes a number. So it can be told beforehand what it will be once some actions are carried out; except where
lines bear the date of their change, which Batigest sets when we write.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TypeVar

from connecteur.batigest.connection import Ligne
from connecteur.batigest.dates import Datee
from connecteur.domain.heure import ZERO, CleSuivi, LigneActuelle, Quantites, normalise_code
from connecteur.domain.plan import Action

Nombre = float | Decimal | None
Valeur = TypeVar("Valeur")


class LignesDuSuivi:
    """Rows (date, site, employee, hours, trajet, panier, further headings, date of change when `datee` is given, 1 if
    another heading is used), as the driver gives them. `numeros` are those of the further headings."""

    def __init__(
        self,
        brutes: Sequence[Ligne],
        pas: tuple[Decimal, ...],
        datee: Datee | None,
        numeros: tuple[int, ...] = (),
    ) -> None:
        self._numeros = numeros
        self._brutes = brutes
        self._pas = pas
        self._datee = datee
        self._textes = self._ecrit(brutes)

    @cached_property
    def empreinte(self) -> str:
        """Equal digests, equal lines."""
        return _condense(self._textes)

    @cached_property
    def lignes(self) -> Sequence[LigneActuelle]:
        """Built when somebody looks: an unchanged slice never does."""
        return [self._ligne(brute) for brute in self._brutes]

    def empreinte_apres(self, actions: Sequence[Action]) -> str | None:
        """The digest once these actions are carried out, and nothing else happened; None when nobody can tell."""
        if self._datee is not None:
            return None
        restent: Iterable[str] = self._textes
        touchees = {action.cle: action for action in actions if action.avant is not None}
        if touchees:
            restent = [
                texte if action is None else self._remplace(texte, action.apres)
                for ligne, texte in zip(self.lignes, self._textes, strict=True)
                if (action := touchees.get(ligne.cle)) is None or action.apres is not None
            ]
        nouvelles = (
            f"{action.cle.code_chantier}\t{action.cle.code_salarie}\t{_moment(action.cle.debut)}\t"
            f"{self._quantites(action.apres)}\t0"
            for action in actions
            if action.avant is None and action.apres is not None
        )
        return _condense([*restent, *nouvelles])

    def _ecrit(self, brutes: Sequence[Ligne]) -> list[str]:
        """One text per row. By column: few values are different ones."""
        if not brutes:
            return []
        debuts, chantiers, salaries, *quantites, autres = zip(*brutes, strict=True)
        modifications = quantites.pop() if self._datee is not None else ()
        # Site first: that is the order in which our own lines were inserted, and sorting what is sorted costs little.
        colonnes = [_textes(chantiers, normalise_code), _textes(salaries, normalise_code), map(_moment, debuts)]
        colonnes += [_arrondies(colonne, pas) for colonne, pas in zip(quantites, self._pas, strict=True)]
        colonnes.append(_textes(autres, str))
        if self._datee is not None:
            colonnes.append(map(str, modifications))
        return list(map("\t".join, zip(*colonnes, strict=True)))

    def _quantites(self, quantites: Quantites) -> str:
        return _quantites(quantites, self._pas, self._numeros)

    def _remplace(self, texte: str, quantites: Quantites | None) -> str:
        if quantites is None:
            raise ValueError("a line that is removed has no text")
        chantier, salarie, debut, *_, autres = texte.split("\t")
        return f"{chantier}\t{salarie}\t{debut}\t{self._quantites(quantites)}\t{autres}"

    def _ligne(self, brute: Ligne) -> LigneActuelle:
        debut, code_chantier, code_salarie, *quantites, autres = brute
        # A line typed at 08:00:30 stands on the same minute as ours: it must be seen there.
        cle = CleSuivi(normalise_code(code_chantier), normalise_code(code_salarie), _minute(debut))
        modifiee_le = self._datee.date(quantites.pop()) if self._datee is not None else None
        heures, trajet, panier, *plus = map(arrondi, quantites, self._pas)
        en_plus = tuple((n, valeur) for n, valeur in zip(self._numeros, plus, strict=True) if valeur) if plus else ()
        return LigneActuelle(cle, Quantites(heures, trajet, panier, en_plus), bool(autres), modifiee_le)


def par_rubrique(quantites: Quantites, numeros: Sequence[int]) -> tuple[Decimal, ...]:
    """The quantities in the order of the columns: the three, then these further headings."""
    heures, trajet, panier, plus = quantites
    return (heures, trajet, panier, *(dict(plus).get(numero, ZERO) for numero in numeros))


@lru_cache(maxsize=4096)
def _quantites(quantites: Quantites, les_pas: tuple[Decimal, ...], numeros: tuple[int, ...]) -> str:
    valeurs = par_rubrique(quantites, numeros)
    return "\t".join(str(arrondi(valeur, pas)) for valeur, pas in zip(valeurs, les_pas, strict=True))


def _textes(colonne: Sequence[Valeur], texte: Callable[[Valeur], str]) -> Iterable[str]:
    """The text of each value; of equal ones it is worked out once."""
    textes = {valeur: texte(valeur) for valeur in set(colonne)}
    return map(textes.__getitem__, colonne)


def _arrondies(colonne: Sequence[Nombre], pas: Decimal) -> Iterable[str]:
    return _textes(colonne, lambda valeur: str(arrondi(valeur, pas)))


def _condense(textes: Iterable[str]) -> str:
    return blake2b("\n".join(sorted(textes)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@lru_cache(maxsize=1 << 14)
def _moment(debut: datetime) -> str:
    return debut.isoformat()


@lru_cache(maxsize=1 << 14)
def _minute(debut: datetime) -> datetime:
    return debut.replace(second=0, microsecond=0)


@lru_cache(maxsize=4096)
def arrondi(valeur: Nombre, pas: Decimal) -> Decimal:
    """A quantity as it compares: rounded to the column's step; NULL counts for nothing, as it does in a sum."""
    if valeur is None:
        return Decimal(0)
    exacte = Decimal(repr(valeur)) if isinstance(valeur, float) else Decimal(valeur)
    try:
        return exacte.quantize(pas, rounding=ROUND_HALF_UP).normalize() + 0
    except InvalidOperation:  # too large for its decimals: somebody else's line, to be shown as it is
        return exacte
