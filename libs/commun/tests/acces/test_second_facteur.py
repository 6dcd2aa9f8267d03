"""The second factor: asked for, used once, replaced by recovery codes, kept encrypted."""

import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from cryptography.exceptions import InvalidTag

from sages_commun.acces import Client, Refuse, SaisieRefusee, TropDeTentatives
from sages_commun.acces.tentatives import COMPTE
from sages_commun.acces.totp import CODES_SECOURS, place

from .conftest import BUREAU, INCONNU, MOT_DE_PASSE, Maison

PERIODE = timedelta(seconds=30)
CLAIRE = "claire.martin@exemple.fr"


def attente(maison: Maison, client: Client = BUREAU) -> str:
    """The session of a password that was right."""
    ouverture = maison.acces.connexion.connecte(CLAIRE, MOT_DE_PASSE, client)
    assert not ouverture.complete
    return ouverture.secret


def prepare(maison: Maison) -> tuple[pyotp.TOTP, list[str]]:
    """An administrator with a second factor."""
    maison.administrateur()
    qui, _ = maison.entre()
    application, codes, _ = maison.active_totp(qui)
    maison.montre.avance(minutes=2)
    return application, codes


def test_it_is_asked_for_after_the_password_and_nothing_opens_before_it(maison: Maison) -> None:
    application, _ = prepare(maison)
    secret = attente(maison)
    assert maison.acces.utilisateur_de(secret) is None
    assert maison.acces.connexion.attend_un_code(secret) is not None
    ouverture = maison.acces.connexion.confirme(secret, f" {application.at(maison.montre())[:3]} "
                                                        f"{application.at(maison.montre())[3:]}", BUREAU)  # fmt: skip
    assert ouverture.complete
    assert ouverture.secret != secret
    assert maison.acces.utilisateur_de(ouverture.secret) is not None
    assert maison.acces.connexion.attend_un_code(secret) is None
    assert maison.gestes()[-2:] == [("mot de passe accepté, second facteur demandé", True), ("connexion", True)]


def test_the_wait_for_the_code_is_short(maison: Maison) -> None:
    application, _ = prepare(maison)
    secret = attente(maison)
    maison.montre.avance(minutes=5, seconds=1)
    with pytest.raises(Refuse, match="trop de temps"):
        maison.acces.connexion.confirme(secret, application.at(maison.montre()), BUREAU)


def test_a_code_opens_once_even_sent_many_times_at_once(maison: Maison) -> None:
    application, _ = prepare(maison)
    code = application.at(maison.montre())
    attentes = [attente(maison, Client(f"203.0.113.{rang}")) for rang in range(COMPTE.libres)]

    def confirme(secret: str) -> bool:
        try:
            return maison.acces.connexion.confirme(secret, code, BUREAU).complete
        except (Refuse, TropDeTentatives):
            return False

    with ThreadPoolExecutor(5) as fils:
        assert list(fils.map(confirme, attentes)).count(True) == 1
    maison.montre.avance(minutes=10)
    for decalage in (0, 30):  # nor later, nor the code before the one that was used
        suivant = application.at(maison.montre())
        assert confirme_un(maison, suivant)
        with pytest.raises(Refuse):
            confirme_un(maison, application.at(maison.montre() - PERIODE))
        maison.montre.avance(minutes=10, seconds=decalage)


def confirme_un(maison: Maison, code: str) -> bool:
    return maison.acces.connexion.confirme(attente(maison), code, BUREAU).complete


def test_a_phone_may_be_half_a_minute_wrong_and_no_more(maison: Maison) -> None:
    application, _ = prepare(maison)
    for decalage, admis in ((-2, False), (2, False), (-1, True), (1, True)):
        maison.montre.avance(hours=1)
        code = application.at(maison.montre() + decalage * PERIODE)
        if admis:
            assert confirme_un(maison, code)
        else:
            with pytest.raises(Refuse):
                confirme_un(maison, code)


def test_guessing_codes_slows_down(maison: Maison) -> None:
    prepare(maison)
    secret = attente(maison, INCONNU)
    for rang in range(COMPTE.libres):
        with pytest.raises(Refuse):
            maison.acces.connexion.confirme(secret, f"{rang:06}", INCONNU)
    with pytest.raises(TropDeTentatives):
        maison.acces.connexion.confirme(attente(maison, INCONNU), "000000", INCONNU)
    assert ("second facteur", False) in maison.gestes()


def test_each_recovery_code_opens_once_however_it_is_typed(maison: Maison) -> None:
    _, codes = prepare(maison)
    assert len(set(codes)) == CODES_SECOURS == 8
    assert confirme_un(maison, codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    with pytest.raises(Refuse):
        confirme_un(maison, codes[0])
    attentes = [attente(maison) for _ in range(4)]

    def confirme(secret: str) -> bool:
        try:
            return maison.acces.connexion.confirme(secret, codes[1], BUREAU).complete
        except (Refuse, TropDeTentatives):
            return False

    with ThreadPoolExecutor(4) as fils:
        assert list(fils.map(confirme, attentes)).count(True) == 1
    assert ("code de secours", True) in maison.gestes()
    assert maison.compte("acces_codes_secours") == CODES_SECOURS - 2


def test_it_counts_only_once_a_code_has_confirmed_it(maison: Maison) -> None:
    maison.administrateur()
    qui, _ = maison.entre()
    with pytest.raises(SaisieRefusee):
        maison.acces.compte.prepare_totp(qui, "pas le mien", BUREAU)
    assert maison.acces.compte.lit_enrolement(qui) is None
    maison.acces.compte.prepare_totp(qui, MOT_DE_PASSE, BUREAU)
    enrolement = maison.acces.compte.lit_enrolement(qui)
    assert enrolement is not None
    assert enrolement.adresse.startswith("otpauth://totp/Essai:claire.martin%40exemple.fr?secret=")
    with pytest.raises(SaisieRefusee):
        maison.acces.compte.confirme_totp(qui, "000000", BUREAU)
    assert maison.acces.connexion.connecte(CLAIRE, MOT_DE_PASSE, BUREAU).complete


def test_the_picture_is_an_svg_without_style_nor_script(maison: Maison) -> None:
    maison.administrateur()
    qui, _ = maison.entre()
    maison.acces.compte.prepare_totp(qui, MOT_DE_PASSE, BUREAU)
    enrolement = maison.acces.compte.lit_enrolement(qui)
    assert enrolement is not None
    racine = ET.fromstring(enrolement.qr_svg)
    assert racine.tag.endswith("svg")
    assert racine.get("viewBox")
    assert not any("style" in element.attrib or "script" in element.tag for element in racine.iter())


def test_its_secret_is_encrypted_for_its_user_alone(maison: Maison) -> None:
    application, _ = prepare(maison)
    autre = maison.administrateur("luc@exemple.fr", "Luc Durand")
    with maison.ouvre() as connexion:
        lignes = connexion.execute(
            f"SELECT id, totp_chiffre FROM {maison.schema}.acces_utilisateurs WHERE totp_chiffre IS NOT NULL".encode()
        ).fetchall()
        ((numero, chiffre),) = lignes
        assert application.secret.encode() not in bytes(chiffre)
        assert maison.contexte.scellement.ouvre(bytes(chiffre), place(numero)).decode() == application.secret
        connexion.execute(
            f"UPDATE {maison.schema}.acces_utilisateurs SET totp_chiffre = %s WHERE id = %s".encode(),
            (chiffre, autre.id),
        )
    secret = maison.acces.connexion.connecte("luc@exemple.fr", MOT_DE_PASSE, BUREAU).secret
    with pytest.raises(InvalidTag):
        maison.acces.connexion.confirme(secret, application.at(maison.montre()), BUREAU)


def test_turning_it_on_or_off_renews_this_session_and_ends_the_others(maison: Maison) -> None:
    maison.administrateur()
    qui, ici = maison.entre()
    _, ailleurs = maison.entre(client=INCONNU)
    _, _, nouveau = maison.active_totp(qui)
    assert [maison.acces.utilisateur_de(s) is not None for s in (ici, ailleurs, nouveau)] == [False, False, True]
    encore = maison.acces.connexion.identite(nouveau, BUREAU)
    assert encore is not None
    with pytest.raises(SaisieRefusee):
        maison.acces.compte.retire_totp(encore, "pas le mien", BUREAU)
    dernier = maison.acces.compte.retire_totp(encore, MOT_DE_PASSE, BUREAU)
    assert maison.acces.utilisateur_de(nouveau) is None
    assert maison.acces.utilisateur_de(dernier) is not None
    assert maison.compte("acces_codes_secours") == 0
    assert maison.acces.connexion.connecte(CLAIRE, MOT_DE_PASSE, BUREAU).complete
