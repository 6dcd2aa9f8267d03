// Every page works without this module; what it adds, it adds by attributes: no script ever stands in a page.

document.documentElement.classList.add("script"); // shows what is of no use without us (`.avec-script`)

const RETOUR_MS = 2500;

document.addEventListener("click", (evenement) => {
  const de = (attribut) => evenement.target.closest?.(`[${attribut}]`);
  const ouvre = de("data-ouvre");
  const dialogue = ouvre && document.getElementById(ouvre.dataset.ouvre);
  if (dialogue) {
    evenement.preventDefault(); // without this module the link leads to a page that says the same
    dialogue.showModal();
  } else if (de("data-ferme")) {
    de("data-ferme").closest("dialog").close();
  } else if (evenement.target.matches?.("dialog.dialogue") && dehors(evenement)) {
    evenement.target.close();
  } else if (de("data-copie")) {
    copie(de("data-copie"));
  } else if (de("data-calendrier")) {
    calendrier(de("data-calendrier"));
  }
});

document.addEventListener("change", ({ target }) => {
  const dit = target.type === "file" && target.parentElement.querySelector("[data-choisi]");
  if (dit) dit.textContent = target.files[0]?.name ?? "Aucun fichier choisi";
});

// The browser's calendar speaks its own language; the field it fills stays in French.
function calendrier(bouton) {
  const champ = document.getElementById(bouton.dataset.calendrier);
  const cache = bouton.parentElement.querySelector('input[type="date"]');
  cache.value = champ.value.trim().replace(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, (_, j, m, a) => `${a}-${m.padStart(2, "0")}-${j.padStart(2, "0")}`);
  cache.onchange = () => {
    if (cache.value) champ.value = cache.value.split("-").reverse().join("/");
    champ.dispatchEvent(new Event("input", { bubbles: true }));
    champ.focus();
  };
  cache.showPicker();
}

// The dialog's own padding is the dialog too: only what is around it closes it.
function dehors({ target, clientX, clientY, detail }) {
  const { left, right, top, bottom } = target.getBoundingClientRect();
  return detail > 0 && (clientX < left || clientX > right || clientY < top || clientY > bottom);
}

// What is around an open dialog is not heard: it has a place of its own for this.
const annonce = (texte, pres) => {
  (pres.closest("dialog")?.querySelector("[data-annonce]") ?? document.getElementById("annonce")).textContent = texte;
};

async function copie(bouton) {
  const fait = await ecrit(bouton.dataset.copie, bouton);
  annonce(fait ? "Copié." : "La copie a été refusée par le navigateur : sélectionnez le texte à la main.", bouton);
  const dit = bouton.querySelector("[data-copie-dit]");
  if (!dit) return;
  bouton.dataset.libelle ??= dit.textContent;
  dit.textContent = fait ? "Copié" : "Copie refusée";
  setTimeout(() => (dit.textContent = bouton.dataset.libelle), RETOUR_MS);
}

async function ecrit(texte, bouton) {
  try {
    await navigator.clipboard.writeText(texte);
    return true;
  } catch {
    return ecritAncien(texte, bouton); // there is no clipboard over plain HTTP from another machine
  }
}

function ecritAncien(texte, bouton) {
  const zone = document.createElement("textarea");
  zone.value = texte;
  zone.className = "sr-only";
  (bouton.closest("dialog") ?? document.body).append(zone); // what is around an open dialog takes no focus
  zone.select();
  const fait = document.execCommand("copy");
  zone.remove();
  bouton.focus();
  return fait;
}
