"""A whole list, whatever the server's way of cutting it into pages.

Nothing tells beforehand whether an address honours `page` and `size`, caps the size, announces a total
(`X-Total-Count`, `totalElements`) or names the next page (`Link`). So:

- with a total, read until that many different records came, the total staying the same all along;
- without one, find out once whether pages are honoured at all: asked for the second half of what it just gave,
  a server that ignores `page` and `size` gives everything again. One that honours them is asked for the next page
  until one brings nothing new;
- several pages without a total are only believed when two readings agree: a record deleted between two pages
  would otherwise hide another one.
"""

import json
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from connecteur.batisimply.appels import Appels
from connecteur.batisimply.echange import Demande, Reponse
from connecteur.batisimply.schemas import lit_json, lit_liste
from connecteur.errors import ReponseIllisible, ServiceInjoignable

PAGES_MAX = 5_000
LECTURES_MAX = 4
"""How often a list that moves while it is read is read again."""
VIDE_MAX = 64
"""An empty page is no longer than this many bytes; a longer one is not parsed to find out."""


class Page:
    """One answer of a list. It is parsed when its records are asked for, and then only once."""

    def __init__(self, reponse: Reponse, quoi: str) -> None:
        self._quoi = quoi
        self._lien = reponse.entetes.get("link")
        self._total = reponse.entetes.get("x-total-count", "").strip()
        self.corps = reponse.corps

    @cached_property
    def _donnee(self) -> Any:
        return lit_json(self.corps, self._quoi)

    @cached_property
    def elements(self) -> list[Any]:
        """The records. Raises `ReponseIllisible` when it is not a list."""
        return lit_liste(self._donnee, self._quoi)

    @cached_property
    def identites(self) -> set[Hashable]:
        """What tells the records apart: their ids, or all they say when they have none."""
        return {identite(element) for element in self.elements}

    @cached_property
    def total(self) -> int | None:
        """How many records there are in all, when the answer says so."""
        if self._total.isascii() and self._total.isdigit():
            return int(self._total[:12])
        if self._enveloppe_dit(b'"totalElements"'):
            total = self._donnee.get("totalElements")
            return total if type(total) is int else None
        return None

    @property
    def derniere(self) -> bool | None:
        """Whether the answer says it is the last page; None when it does not say."""
        if self._lien is not None:
            return re.search(r'rel="?next\b', self._lien) is None
        if self._enveloppe_dit(b'"last"'):
            derniere = self._donnee.get("last")
            return derniere if isinstance(derniere, bool) else None
        return None

    @property
    def vide(self) -> bool:
        """Whether it holds no record."""
        return len(self.corps) <= VIDE_MAX and not self.elements

    def compte_au_moins(self, nombre: int, marque: bytes | None) -> bool:
        """Whether it holds so many different records; `marque` stands once in each and spares the parsing."""
        if marque is not None and self.corps.count(marque) == nombre:
            return True
        return len(self.identites) >= nombre

    def _enveloppe_dit(self, nom: bytes) -> bool:
        return self.corps.lstrip()[:1] == b"{" and nom in self.corps and isinstance(self._donnee, dict)


def identite(element: object) -> Hashable:
    """What tells a record apart."""
    ident = element.get("id") if isinstance(element, dict) else None
    return ident if isinstance(ident, int | str) else json.dumps(element, sort_keys=True)


@dataclass(frozen=True, slots=True)
class _Passage:
    """One reading of all pages. `sure`: the answers themselves prove that nothing is missing."""

    pages: list[Page]
    sure: bool

    def egale(self, autre: "_Passage | None") -> bool:
        return autre is not None and [p.corps for p in self.pages] == [p.corps for p in autre.pages]


class Liste:
    """One paged address. Any thread may read."""

    def __init__(self, appels: Appels, chemin: str, quoi: str, *, taille: int, marque: bytes | None = None) -> None:
        self._appels = appels
        self._chemin = chemin
        self._quoi = quoi
        self._taille = taille
        self._marque = marque
        self._sondage = Lock()
        self._ignore_les_pages: bool | None = None
        """None: not found out yet."""

    def lit(self, params: Mapping[str, str] | None = None, partie: Mapping[str, str] | None = None) -> list[Page]:
        """Every page, whole or an error. `partie` asks for a small part of it: enough to find out about pages."""
        precedent: _Passage | None = None
        for _ in range(LECTURES_MAX):
            passage = self._passage(params or {}, partie)
            if passage is not None and (passage.sure or passage.egale(precedent)):
                return passage.pages
            precedent = passage
        raise ServiceInjoignable(
            f"BatiSimply n’a pas donné une liste entière : {self._quoi}.",
            remede="La liste change pendant sa lecture, ou BatiSimply n’en donne qu’une partie : recommencez dans "
            "quelques minutes ; si cela dure, appelez le support.",
            detail=f"{self._chemin} : {LECTURES_MAX} lectures incomplètes ou différentes",
        )

    def _passage(self, params: Mapping[str, str], partie: Mapping[str, str] | None) -> _Passage | None:
        """One reading; None when the list moved meanwhile."""
        premiere = self._page(params, 0)
        if premiere.total is not None:
            return self._par_total(params, premiere, premiere.total)
        if premiere.vide or premiere.derniere or (premiere.derniere is None and self._ignore(params, premiere, partie)):
            return _Passage([premiere], sure=True)
        return self._jusqu_a_rien(params, premiere)

    def _ignore(self, params: Mapping[str, str], premiere: Page, partie: Mapping[str, str] | None) -> bool:
        """Whether this address gives everything whatever page is asked for."""
        with self._sondage:  # one thread asks, the others wait for what it learns
            if self._ignore_les_pages is None and partie is not None:
                self._ignore_les_pages = self._sonde(partie, self._page(partie, 0))
            if self._ignore_les_pages is None:
                self._ignore_les_pages = self._sonde(params, premiere)
            return bool(self._ignore_les_pages)

    def _sonde(self, params: Mapping[str, str], premiere: Page) -> bool | None:
        """The same, from the second half of this first page; None when it cannot be halved: nothing is learned."""
        moitie = len(premiere.identites) // 2
        if moitie == 0:
            return None
        return len(self._page(params, 1, moitie).identites & premiere.identites) > moitie

    def _par_total(self, params: Mapping[str, str], premiere: Page, total: int) -> _Passage | None:
        if premiere.compte_au_moins(total, self._marque):
            return _Passage([premiere], sure=True)
        pages, vus = [premiere], set(premiere.identites)
        while len(vus) < total:
            page = self._suivante(params, pages)
            if page.total != total or page.identites <= vus:
                return None
            pages.append(page)
            vus |= page.identites
        return _Passage(pages, sure=True)

    def _jusqu_a_rien(self, params: Mapping[str, str], premiere: Page) -> _Passage | None:
        pages, vus = [premiere], set(premiere.identites)
        while not pages[-1].derniere:
            page = self._suivante(params, pages)
            if page.identites <= vus:
                if pages[-1].derniere is False:
                    return None
                break
            pages.append(page)
            vus |= page.identites
        return _Passage(pages, sure=len(pages) == 1)

    def _suivante(self, params: Mapping[str, str], pages: list[Page]) -> Page:
        if len(pages) >= PAGES_MAX:
            raise ReponseIllisible(
                f"BatiSimply n’en finit pas de donner des pages : {self._quoi}.",
                remede="Augmentez taille_page dans les réglages ; si cela dure, appelez le support.",
                detail=f"{self._chemin} : plus de {PAGES_MAX} pages",
            )
        return self._page(params, len(pages))

    def _page(self, params: Mapping[str, str], numero: int, taille: int | None = None) -> Page:
        complets = {**params, "page": str(numero), "size": str(taille or self._taille)}
        return Page(self._appels.appelle(Demande("GET", self._chemin, self._quoi, complets)), self._quoi)
