"""Slots: from their JSON to the domain, one by one, none lost in silence.

A slot that cannot be read is told apart with its reason; the others go on. Written by hand rather than with
models: a hundred thousand slots are read in a second or so.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic_core import from_json

from connecteur.batisimply.schemas import ID_MAX, lit_liste
from connecteur.domain.heure import Creneau
from connecteur.errors import ReponseIllisible
from connecteur.sync.ports import CreneauIllisible, Lecture

MINUTES_MAX = 1_000_000
"""Beyond, it is not a duration. Whether a duration is plausible is for the domain to say."""
ANNEES = range(1900, 2200)
"""Far from the ends of the calendar, where a change of zone would overflow."""
TEXTE_MAX = 500
IDENT_MAX = 64
BRUT_MAX = 2000
"""Characters kept of a slot that cannot be read."""
NOMS = (("firstName", "lastName"), ("name",), ("fullName",), ("displayName",), ("login",), ("email",))
"""Where a user's name was seen or may be; the first of these that says something is shown."""


CONNUS = frozenset(
    {"id", "startDate", "endDate", "user", "project", "managementStatus", "totalTimeMinutes"}
    | {"hasHomeToWorkJourney", "hasPackedLunch"}
)
"""What is read of every slot."""
MODIFIE = ("lastModifiedDate", "lastModified")
"""What may say when a slot was changed last; nobody knows whether BatiSimply does."""
MARQUE_MODIFIE = b"lastModified"


class _Illisible(Exception):
    """Why a slot cannot be read, in French."""


class TrancheRecue:
    """The answers of one slice, whole and not parsed yet."""

    def __init__(
        self, corps: Sequence[bytes], champs: tuple[str, ...] = (), ecart_horloge_s: float | None = None
    ) -> None:
        """`champs`: the further fields that are read of a slot. `ecart_horloge_s`: how far this machine's clock is
        ahead of the one that dates their changes; those dates say nothing while it is not known."""
        self._corps = corps
        self._champs = champs
        self._ecart_horloge_s = ecart_horloge_s
        condense = hashlib.blake2b(digest_size=20)
        if champs:
            # The same answer, read for other fields, is another one.
            condense.update(repr(champs).encode())
        for page in corps:
            condense.update(b"%d:" % len(page))
            condense.update(page)
        self._empreinte = condense.hexdigest()

    @property
    def empreinte(self) -> str:
        """A digest of every byte of every page, in order, and of the fields that are read."""
        return self._empreinte

    def inconnus(self) -> dict[str, str]:
        """See `list_inconnus`."""
        return list_inconnus(element for corps in self._corps for element in _elements(corps))

    def lit(self) -> Lecture:
        """Parse it. Raises `ReponseIllisible` when it is not a list at all."""
        datee = any(MARQUE_MODIFIE in corps for corps in self._corps)
        avance = timedelta(seconds=self._ecart_horloge_s) if datee and self._ecart_horloge_s is not None else None
        return lit_creneaux([element for corps in self._corps for element in _elements(corps)], self._champs, avance)


def _elements(corps: bytes) -> list[Any]:
    try:
        donnee = from_json(corps)
    except ValueError as exc:
        donnee = _seconde_lecture(corps, exc)
    return lit_liste(donnee, "créneaux")


def _seconde_lecture(corps: bytes, cause: ValueError) -> Any:
    """The standard library takes some texts (lone surrogates) that the fast parser refuses: one odd name must not
    hide a whole week."""
    try:
        return json.loads(corps)
    except (ValueError, RecursionError):
        raise ReponseIllisible(
            "BatiSimply a répondu quelque chose d’illisible à la place des créneaux.",
            remede="Recommencez dans quelques minutes ; si cela dure, appelez le support.",
            detail=f"{cause} ({len(corps)} octets)",
        ) from None


def lit_creneaux(elements: Sequence[object], champs: tuple[str, ...] = (), avance: timedelta | None = None) -> Lecture:
    """Every slot once. The same slot told twice counts once; told in two different ways, it cannot be read. `champs`
    are the further fields that are read; `avance` is added to the dates of their changes, which are else not read."""
    creneaux: dict[str, Creneau] = {}
    illisibles: dict[str, CreneauIllisible] = {}
    sans_ident: list[CreneauIllisible] = []
    for element in elements:
        try:
            creneau = _creneau(element, avance)
            if champs:
                creneau = _avec_plus(creneau, element, champs)
        except _Illisible as exc:
            ident = _ident_ou_rien(element)
            if ident:
                illisibles[ident] = CreneauIllisible(ident, str(exc), _brut(element))
            else:
                sans_ident.append(CreneauIllisible("", str(exc), _brut(element)))
            continue
        connu = creneaux.setdefault(creneau.id, creneau)
        if connu is not creneau and connu._replace(modifie_le=creneau.modifie_le) != creneau:
            illisibles[creneau.id] = CreneauIllisible(
                creneau.id, "il figure deux fois, avec des valeurs différentes", _brut(element)
            )
    lus = [creneau for ident, creneau in creneaux.items() if ident not in illisibles]
    return Lecture(
        lus,
        [*illisibles.values(), *sans_ident],
        frozenset(champ for champ in champs if not any(isinstance(e, dict) and champ in e for e in elements)),
        datee=avance is not None and any(creneau.modifie_le is not None for creneau in lus),
    )


def list_inconnus(elements: Iterable[object]) -> dict[str, str]:
    """The numbers and yes-or-no fields that slots carry and the connector does not know > « nombre » or « oui/non »."""
    trouves: dict[str, str] = {}
    for element in elements:
        for nom, valeur in element.items() if isinstance(element, dict) else ():
            if isinstance(nom, str) and nom not in CONNUS and isinstance(valeur, bool | int | float):
                trouves.setdefault(_propre(nom), "oui/non" if isinstance(valeur, bool) else "nombre")
    return trouves


def _brut(element: object) -> str:
    """What the server said, for whoever must find out why it cannot be read."""
    return _propre(json.dumps(element, ensure_ascii=False, default=str)[:BRUT_MAX])


def _creneau(element: object, avance: timedelta | None) -> Creneau:
    if not isinstance(element, dict):
        raise _Illisible("ce n’est pas un objet")
    e = element.get
    ident = _ident_ou_rien(element)
    if not ident:
        raise _Illisible("son identifiant (id) manque ou n’en est pas un")
    debut = _instant(e("startDate"), "startDate")
    if debut is None:
        raise _Illisible("son début (startDate) manque")
    utilisateur, nom = _utilisateur(e("user"))
    projet, code = _projet(e("project"))
    if "managementStatus" not in element:
        # Taken for "not validated", a renamed field would empty the pay of a whole firm.
        raise _Illisible("son état (managementStatus) manque")
    minutes, trajet, panier = e("totalTimeMinutes"), e("hasHomeToWorkJourney"), e("hasPackedLunch")
    # What is as usual is told here: a call costs more than what it would find out.
    return Creneau(
        ident,
        debut,
        _instant(e("endDate"), "endDate"),
        utilisateur,
        nom,
        projet,
        code,
        _texte(e("managementStatus"), "managementStatus") or "",
        minutes if type(minutes) is int and 0 <= minutes <= MINUTES_MAX else _minutes(minutes),
        trajet if trajet is True or trajet is False else _drapeau(trajet, "hasHomeToWorkJourney"),
        panier if panier is True or panier is False else _drapeau(panier, "hasPackedLunch"),
        (),
        None if avance is None else _modifie(e, avance),
    )


def _avec_plus(creneau: Creneau, element: Any, champs: tuple[str, ...]) -> Creneau:
    dits = [(champ, _quantite(valeur, champ)) for champ in champs if (valeur := element.get(champ)) is not None]
    return creneau._replace(plus=tuple((champ, quantite) for champ, quantite in dits if quantite))


def _quantite(valeur: object, nom: str) -> Decimal:
    """A number, to the thousandth; a yes is 1."""
    if not isinstance(valeur, bool | int | float) or not -MINUTES_MAX <= valeur <= MINUTES_MAX:
        raise _Illisible(f"{nom} n’est ni un nombre, ni vrai ou faux")
    return round(Decimal(str(float(valeur))), 3).normalize() + 0


def _modifie(e: Callable[[str], Any], avance: timedelta) -> datetime | None:
    """When it was changed last, by our clock; what is no such date says nothing."""
    for nom in MODIFIE:
        valeur = e(nom)
        if type(valeur) is str:
            try:
                instant = datetime.fromisoformat(valeur)
            except ValueError:
                continue
            if instant.tzinfo is not None and instant.year in ANNEES:
                return (instant if instant.tzinfo is UTC else instant.astimezone(UTC)) + avance
    return None


def _ident_ou_rien(element: object) -> str:
    ident = element.get("id") if isinstance(element, dict) else None
    if type(ident) is int:
        return str(ident) if -ID_MAX <= ident <= ID_MAX else ""
    if isinstance(ident, str) and len(ident) <= IDENT_MAX:
        return _propre(ident)
    return ""


def _instant(valeur: object, nom: str) -> datetime | None:
    if valeur is None:
        return None
    if type(valeur) is not str:
        raise _Illisible(f"{nom} n’est pas une date avec heure")
    return _lit_instant(valeur, nom)


# The same object for the same text: what is worked out from it (its local time) is then found faster, too.
@lru_cache(maxsize=8192)
def _lit_instant(texte: str, nom: str) -> datetime:
    try:
        instant = datetime.fromisoformat(texte)
    except ValueError:
        raise _Illisible(f"{nom} n’est pas une date avec heure") from None
    if instant.tzinfo is None:
        raise _Illisible(f"{nom} n’a pas de fuseau")
    if instant.year not in ANNEES:
        raise _Illisible(f"{nom} n’est pas une date possible")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _utilisateur(valeur: object) -> tuple[str | None, str]:
    if valeur is None:
        return None, ""
    if not isinstance(valeur, dict):
        raise _Illisible("son utilisateur (user) n’est pas un objet")
    ident = _texte(valeur.get("id"), "user.id")
    prenom, nom = valeur.get("firstName"), valeur.get("lastName")
    if type(prenom) is str and type(nom) is str and (prenom or nom):
        return _personne(ident, prenom, nom)
    return ident.lower() if ident else None, _nom(valeur)


@lru_cache(maxsize=4096)
def _personne(ident: str | None, prenom: str, nom: str) -> tuple[str | None, str]:
    return ident.lower() if ident else None, _propre(f"{prenom} {nom}"[:TEXTE_MAX])


def _nom(utilisateur: dict[Any, Any]) -> str:
    """The name of a user who is not told by both first and last name."""
    for cles in NOMS:
        parties = [p for cle in cles if isinstance(p := utilisateur.get(cle), str) and p]
        nom = _propre(" ".join(parties))[:TEXTE_MAX]
        if nom:
            return nom
    return ""


def _projet(valeur: object) -> tuple[int | None, str | None]:
    if valeur is None:
        return None, None
    if not isinstance(valeur, dict):
        raise _Illisible("son projet (project) n’est pas un objet")
    ident, code = valeur.get("id"), valeur.get("projectCode")
    if ident is not None and (type(ident) is not int or not -ID_MAX <= ident <= ID_MAX):
        raise _Illisible("le numéro de son projet (project.id) n’est pas un entier")
    if type(code) is int:
        code = str(code) if -ID_MAX <= code <= ID_MAX else ""
    return ident, _texte(code, "project.projectCode")


def _minutes(valeur: object) -> int | None:
    if valeur is None:
        return None
    if type(valeur) is float and valeur.is_integer():
        valeur = int(valeur)
    if type(valeur) is not int or abs(valeur) > MINUTES_MAX:
        raise _Illisible("sa durée (totalTimeMinutes) n’est pas un nombre entier de minutes")
    return valeur


def _drapeau(valeur: object, nom: str) -> bool:
    if valeur is None:
        return False
    if valeur is True or valeur is False:
        return valeur
    raise _Illisible(f"{nom} n’est ni vrai ni faux")


def _texte(valeur: object, nom: str) -> str | None:
    if valeur is None:
        return None
    if not isinstance(valeur, str) or len(valeur) > TEXTE_MAX:
        raise _Illisible(f"{nom} n’est pas un texte")
    return _propre(valeur)


@lru_cache(maxsize=8192)
def _propre(texte: str) -> str:
    """Without what a database cannot hold (NUL, lone surrogates) and without blanks around."""
    if not texte.isprintable():
        texte = texte.replace("\x00", "").encode(errors="replace").decode()
    return texte.strip()
