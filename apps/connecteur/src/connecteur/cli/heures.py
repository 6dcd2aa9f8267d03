"""What people decide about the hours: carried out."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from rich.table import Table
from rich.text import Text

from connecteur.cli import vue_apercu, vue_run
from connecteur.cli.assemblage import ouvre_systemes
from connecteur.cli.avancement import Barres
from connecteur.cli.conflits import COTES
from connecteur.cli.sortie import commande, qui
from connecteur.cli.synchro import synchronise
from connecteur.domain.garde import Garde
from connecteur.domain.heure import CleSuivi, normalise_code
from connecteur.domain.run import Flux
from connecteur.errors import ConfigurationInvalide, ErreurPermanente
from connecteur.sync.run import apercu, debut_import
from sages_commun.web.format import date_heure, heures, nombre, pluriel, typographie

REGLAGE_CLOTURE = "heures.periode_close"


def liste(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Every line that is not what the slots say."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        constats = systemes.tampon.list_constats()
        if constats:
            sortie.dit(vue_run.table_actions([constat.action for constat in constats]))
            for raison in dict.fromkeys(c.action.jugement.raison for c in constats if c.action.jugement):
                sortie.dit(Text(f"• {typographie(raison)}"))
        else:
            sortie.dit("Batigest et BatiSimply disent la même chose de toutes les lignes.")
        sortie.rend({"ok": True, "lignes": [vue_run.constat_en_json(constat) for constat in constats]})


def decide(
    cle: tuple[str, str, datetime],
    choix: str,
    config: Path | None,
    dossier: str | None,
    *,
    en_json: bool,
    detail: bool,
) -> None:
    """Say who is right about a line."""
    cote = COTES[choix]
    chantier, salarie, debut = cle
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        ligne = CleSuivi(normalise_code(chantier), normalise_code(salarie), debut)
        systemes.tampon.decide_ligne(ligne, cote, qui())
        sortie.dit(
            typographie(
                f"Salarié {ligne.code_salarie}, chantier {ligne.code_chantier}, {debut:%d/%m/%Y %H:%M} : la valeur de "
                f"{cote.value} sera gardée à la prochaine synchronisation."
            )
        )
        sortie.rend({"ok": True, "chantier": ligne.code_chantier, "salarie": ligne.code_salarie, "choix": cote})


def reglees(config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """The writes that settled a conflict, latest first."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        ecritures = systemes.tampon.list_reglees()
        table = Table("numéro", "le", "salarié", "chantier", "début", box=None, header_style="dim", pad_edge=False)
        for titre in ("avant", "après"):
            table.add_column(titre, justify="right")
        table.add_column("pourquoi")
        for ecriture in ecritures:
            action = ecriture.action
            table.add_row(
                str(ecriture.id),
                date_heure(ecriture.le, systemes.fuseau),
                Text(action.cle.code_salarie),
                Text(action.cle.code_chantier),
                f"{action.cle.debut:%d/%m/%Y %H:%M}",
                heures(action.avant.heures) if action.avant else "—",
                heures(action.apres.heures) if action.apres else "—",
                Text(typographie(action.jugement.raison) if action.jugement else ""),
            )
        sortie.dit(table if ecritures else "Aucun conflit d’heures n’a été réglé en écrivant dans Batigest.")
        sortie.rend(
            {
                "ok": True,
                "reglees": [
                    {"numero": e.id, "le": e.le, "run": e.run, **vue_run.action_en_json(e.action)} for e in ecritures
                ],
            }
        )


def annule(numero: int, config: Path | None, dossier: str | None, *, en_json: bool, detail: bool) -> None:
    """Take a settled conflict back."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        systemes.tampon.annule_ecriture(numero, qui())
        sortie.dit("La prochaine synchronisation remettra dans Batigest ce qui y était, et le laissera.")
        sortie.rend({"ok": True, "numero": numero})


def garde(config: Path | None, dossier: str | None, *, confirmer: bool, en_json: bool, detail: bool) -> None:
    """Show, or confirm, what the guard holds back."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        demande = systemes.tampon.read_garde()
        if demande is None:
            if confirmer:
                raise ErreurPermanente("Aucun changement d’heures n’attend de confirmation.")
            sortie.dit("Aucun changement d’heures n’attend de confirmation.")
            sortie.rend({"ok": True, "demande": None})
            return
        if confirmer:
            systemes.tampon.confirme_garde(demande.id, qui())
            demande = systemes.tampon.read_garde() or demande
        compte = demande.compte
        sortie.dit(
            Text(
                typographie(
                    f"{nombre(demande.lignes)} lignes sur {nombre(compte.possedees)} à corriger ou à retirer, du "
                    f"{compte.debut:%d/%m/%Y} au {compte.fin:%d/%m/%Y} : {heures(compte.heures_avant)} deviendraient "
                    f"{heures(compte.heures_apres)}."
                ),
                "bold",
            )
        )
        if demande.confirmee_le is None:
            sortie.dit(
                "« connecteur sync heures --apercu --detail » les montre ; « connecteur garde confirme » confirme."
            )
        else:
            sortie.dit(f"Confirmé par {demande.confirmee_par} : la prochaine synchronisation les écrira.")
        sortie.rend({"ok": True, "demande": garde_en_json(demande)})


def garde_en_json(garde: Garde) -> dict[str, object]:
    """What waits for a confirmation."""
    compte = garde.compte
    return {
        "numero": garde.id,
        "lignes": garde.lignes,
        "possedees": compte.possedees,
        "debut": compte.debut,
        "fin": compte.fin,
        "heures_avant": compte.heures_avant,
        "heures_apres": compte.heures_apres,
        "run": garde.run,
        "ouverte_le": garde.ouverte_le,
        "confirmee_le": garde.confirmee_le,
        "confirmee_par": garde.confirmee_par,
    }


def periode_close(
    jour: date | None, config: Path | None, dossier: str | None, *, rouvre: bool, en_json: bool, detail: bool
) -> None:
    """Close what comes before a day, reopen, or show."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        if jour is not None and rouvre:
            raise ConfigurationInvalide("Donnez un jour, ou « --rouvre » : pas les deux.")
        if jour is not None and jour > systemes.bouts.aujourdhui():
            raise ConfigurationInvalide(
                f"Le {jour:%d/%m/%Y} est dans l’avenir.", remede="Une période est close quand sa paie est faite."
            )
        if jour is not None or rouvre:
            systemes.change_reglage(REGLAGE_CLOTURE, None if jour is None else jour.isoformat(), qui())
        cloture = systemes.dossier.heures.periode_close
        if cloture is None:
            sortie.dit("Aucune période n’est close.")
        else:
            sortie.dit(f"Rien n’est plus changé dans Batigest avant le {cloture:%d/%m/%Y}.")
        sortie.rend({"ok": True, "periode_close": cloture})


def import_initial(
    depuis: date, config: Path | None, dossier: str | None, *, oui: bool, en_json: bool, detail: bool
) -> None:
    """Preview, ask, then run the heures once from that day on."""
    with commande(en_json=en_json, detail=detail) as sortie, ouvre_systemes(config, dossier) as systemes:
        debut = debut_import(depuis, systemes.bouts.aujourdhui())
        with Barres(sortie.erreurs) as barres:
            vu = apercu(Flux.HEURES, systemes.bouts, barres, debut)
        sortie.dit(*vue_apercu.en_texte(vu, detail=detail))
        a_ecrire = sum((a.apres.heures for a in vu.actions if a.apres is not None), Decimal(0))
        question = f"Reprendre les heures depuis le {debut:%d/%m/%Y} ({pluriel(len(vu.actions), 'ligne')}, "
        if not oui:
            if en_json:
                sortie.rend({"ok": True, "depuis": debut, "apercu": vue_apercu.en_json(vu), "demande": False})
                return
            if not sortie.confirme(typographie(f"{question}{heures(a_ecrire)}) ?"), sinon="--oui"):
                sortie.dit("Rien n’a été repris.")
                return
        systemes.tampon.demande_import(debut, qui())
    synchronise("heures", config, dossier, en_json=en_json, detail=detail)
