"""API tokens: for programs. Shown once, kept by their digest, with a scope and an end."""

from datetime import timedelta
from typing import Any

from sages_commun.acces import tentatives
from sages_commun.acces.base import Transaction
from sages_commun.acces.compte import personne
from sages_commun.acces.contexte import Contexte, auteur_de
from sages_commun.acces.domaine import (
    Client,
    Geste,
    Identite,
    Inconnu,
    JetonApi,
    Portee,
    Role,
    SaisieRefusee,
    TropDeTentatives,
    lit_nom,
)
from sages_commun.acces.empreintes import empreinte, tire_secret
from sages_commun.acces.journal import Auteur, note

USAGE = "jeton"
DEBUT = "sages_"
"""Tools that look for secrets in files know a token by it."""
VISIBLE = len(DEBUT) + 6
"""Characters that may be shown again: they tell tokens apart and leave 220 bits to guess."""
LONGUEUR_MAX = 100
DUREE_MAX = timedelta(days=366)
VU_APRES = timedelta(minutes=1)


class JetonsApi:
    """The tokens of one program."""

    def __init__(self, contexte: Contexte) -> None:
        self._c = contexte

    def cree(self, par: Identite, nom: str, portee: Portee, duree: timedelta, client: Client) -> tuple[JetonApi, str]:
        """A new token, and its secret, which is never shown again. Raises `SaisieRefusee`."""
        if not timedelta() < duree <= DUREE_MAX:
            raise SaisieRefusee("duree", "Un jeton vaut d’un jour à un an.")
        c, (utilisateur, _) = self._c, personne(par)
        nomme, clair = lit_nom(nom), DEBUT + tire_secret()
        with c.base.transaction() as t:
            ligne = t.une(
                "INSERT INTO {s}.acces_jetons (empreinte, prefixe, nom, portee, utilisateur_id, cree_le, expire_le) "
                "VALUES (%(empreinte)s, %(prefixe)s, %(nom)s, %(portee)s, %(qui)s, %(le)s, %(fin)s) RETURNING id",
                empreinte=empreinte(USAGE, clair), prefixe=clair[:VISIBLE], nom=nomme, portee=portee.value,
                qui=utilisateur.id, le=c.horloge(), fin=c.horloge() + duree,
            )  # fmt: skip
            note(t, c.horloge(), auteur_de(par, client), Geste.JETON_CREE, f"{nomme}, {portee.libelle}")
            return _lit(t, int(ligne[0]) if ligne else 0), clair

    def list_jetons(self) -> list[JetonApi]:
        """All of them, those in force first, the newest first."""
        with self._c.base.transaction() as t:
            lignes = t.toutes(
                "SELECT j.id, j.prefixe, j.nom, j.portee, j.utilisateur_id, u.nom, j.cree_le, j.expire_le, j.vu_le, "
                "j.vu_de, j.revoque_le "
                "FROM {s}.acces_jetons j JOIN {s}.acces_utilisateurs u ON u.id = j.utilisateur_id "
                "ORDER BY j.revoque_le IS NOT NULL OR j.expire_le <= %(le)s, j.id DESC",
                le=self._c.horloge(),
            )
        return [_jeton(ligne) for ligne in lignes]

    def revoque(self, par: Identite, jeton_id: int, client: Client) -> JetonApi:
        """It is refused from now on. Raises `Inconnu`."""
        with self._c.base.transaction() as t:
            jeton = _lit(t, jeton_id)
            if jeton.revoque_le is None:
                t.execute(
                    "UPDATE {s}.acces_jetons SET revoque_le = %(le)s WHERE id = %(id)s AND revoque_le IS NULL",
                    id=jeton_id, le=self._c.horloge(),
                )  # fmt: skip
                note(
                    t, self._c.horloge(), auteur_de(par, client), Geste.JETON_REVOQUE, f"{jeton.nom} ({jeton.prefixe}…)"
                )
        return jeton

    def identite(self, clair: str, client: Client) -> Identite | None:
        """Whom this token lets in; None when it is none, or its time is over, or its owner is no administrator now."""
        c, maintenant = self._c, self._c.horloge()
        if not clair.startswith(DEBUT) or len(clair) > LONGUEUR_MAX:
            return None
        with c.base.transaction() as t:
            ligne = t.une(
                "SELECT j.id, j.prefixe, j.nom, j.portee, j.utilisateur_id, u.nom, j.cree_le, j.expire_le, j.vu_le, "
                "j.vu_de, j.revoque_le "
                "FROM {s}.acces_jetons j JOIN {s}.acces_utilisateurs u ON u.id = j.utilisateur_id "
                "WHERE j.empreinte = %(empreinte)s AND j.revoque_le IS NULL AND j.expire_le > %(le)s "
                "AND u.actif AND u.role = 'administrateur'",
                empreinte=empreinte(USAGE, clair), le=maintenant,
            )  # fmt: skip
            if ligne is None:
                return None
            jeton = _jeton(ligne)
            if jeton.vu_le is None or maintenant - jeton.vu_le >= VU_APRES:
                t.execute(
                    "UPDATE {s}.acces_jetons SET vu_le = %(le)s, vu_de = %(de)s WHERE id = %(id)s",
                    id=jeton.id, le=maintenant, de=client.adresse[:100],
                )  # fmt: skip
        role = Role.ADMINISTRATEUR if jeton.portee is Portee.GESTION else Role.LECTURE_SEULE
        return Identite(f"jeton « {jeton.nom} » ({jeton.prefixe}…)", role, jeton=jeton)

    def note_refus(self, client: Client) -> None:
        """A token was refused: noted, as long as they are not too many from there (they cannot be guessed anyway)."""
        auteur = Auteur("jeton inconnu, expiré ou révoqué", client.adresse)
        try:
            self._c.tente([tentatives.compteur_adresse(client)], auteur)
        except TropDeTentatives:
            return
        self._c.note(auteur, Geste.JETON_REFUSE, reussi=False)


def _lit(t: Transaction, jeton_id: int) -> JetonApi:
    ligne = t.une(
        "SELECT j.id, j.prefixe, j.nom, j.portee, j.utilisateur_id, u.nom, j.cree_le, j.expire_le, j.vu_le, j.vu_de, "
        "j.revoque_le FROM {s}.acces_jetons j JOIN {s}.acces_utilisateurs u ON u.id = j.utilisateur_id "
        "WHERE j.id = %(id)s",
        id=jeton_id,
    )
    if ligne is None:
        raise Inconnu("Ce jeton n’existe pas.", "Revenez à la liste des jetons.")
    return _jeton(ligne)


def _jeton(ligne: tuple[Any, ...]) -> JetonApi:
    numero, prefixe, nom, portee, utilisateur_id, proprietaire, cree_le, expire_le, vu_le, vu_de, revoque_le = ligne
    return JetonApi(
        numero, prefixe, nom, Portee(portee), utilisateur_id, proprietaire, cree_le, expire_le, vu_le, vu_de, revoque_le
    )
