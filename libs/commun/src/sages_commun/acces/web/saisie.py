"""What forms ask twice."""

from sages_commun.acces import SaisieRefusee


def check_deux_fois(mot_de_passe: str, encore: str) -> None:
    """Raises `SaisieRefusee` when a password was not typed twice the same."""
    if mot_de_passe != encore:
        raise SaisieRefusee("encore", "Les deux mots de passe ne sont pas les mêmes.")
