"""The few files of a program and of the kit, named by their content (`?v=…`): the browser may keep them for good."""

import hashlib
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

KIT = Path(__file__).parent / "static"
GENRES = frozenset({".css", ".js", ".svg"})


class Statiques(StaticFiles):
    """Served from the program's folder, then from the kit's."""

    def __init__(self, dossier: Path) -> None:
        super().__init__(directory=dossier)
        self.all_directories = [dossier, KIT]
        self._empreintes = {
            chemin.name: hashlib.sha256(chemin.read_bytes()).hexdigest()[:12]
            for un in (KIT, dossier)
            for chemin in un.iterdir()
            if chemin.suffix in GENRES
        }

    def adresse(self, nom: str) -> str:
        """Where this file is. Raises `KeyError` when there is none of this name."""
        return f"/static/{nom}?v={self._empreintes[nom]}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        reponse = await super().get_response(path, scope)  # a file that is not there is an error page, never kept
        if scope["query_string"].startswith(b"v="):
            reponse.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            reponse.headers["Cache-Control"] = "no-cache"
        return reponse
