"""The error number of a driver's exception: mssql-python forgets it, so the tests ask another way."""

from typing import TYPE_CHECKING, Any

import pymssql

if TYPE_CHECKING:
    from .conftest import Adresse


def numero(adresse: "Adresse", sql: str, *, avant: str = "", utilisateur: str = "sa", mot_de_passe: str = "") -> int:
    """The number of the error this statement gives, through FreeTDS, which keeps it."""
    from .conftest import MOT_DE_PASSE

    try:
        connexion: Any = pymssql.connect(
            server="127.0.0.1", port=str(adresse.port), user=utilisateur, password=mot_de_passe or MOT_DE_PASSE,
            database=adresse.base, autocommit=True,
        )  # fmt: skip
    except pymssql.Error as exc:
        return int(exc.args[0][0])
    try:
        curseur = connexion.cursor()
        if avant:
            curseur.execute(avant)
        curseur.execute(sql)
    except pymssql.Error as exc:
        return int(exc.args[0])
    finally:
        connexion.close()
    raise AssertionError(f"aucune erreur : {sql}")
