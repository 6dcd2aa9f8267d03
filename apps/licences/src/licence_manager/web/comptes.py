"""The accounts, as this program has them."""

import sys

from licence_manager.bootstrap import Maison
from sages_commun.acces import Durees
from sages_commun.acces.web.cookies import Cookies

COOKIES = Cookies("licences", Durees().appareil)


def annonce_premier_code(maison: Maison) -> None:
    """While there is no administrator, print on the console the code that lets one be made.

    Not in the journal: who reads that later, or elsewhere, is not who holds the console.
    """
    code = maison.acces.premier_demarrage.tire_code()
    if code is not None:
        sys.stderr.write(
            "Il n’y a pas encore d’administrateur : avant une heure, ouvrez la page « /premier-demarrage » "
            f"avec ce code : {code}\n"
        )
        sys.stderr.flush()
