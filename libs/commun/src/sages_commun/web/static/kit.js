// Every page works without this module; what it adds, it adds by attributes: no script ever stands in a page.

const annonce = (texte) => {
  document.getElementById("annonce").textContent = texte;
};

document.addEventListener("click", async (evenement) => {
  const ouvre = evenement.target.closest("[data-ouvre]");
  const dialogue = ouvre && document.getElementById(ouvre.dataset.ouvre);
  if (dialogue) {
    evenement.preventDefault(); // without this module the link leads to a page that says the same
    dialogue.showModal();
    return;
  }
  const ferme = evenement.target.closest("[data-ferme]");
  if (ferme) {
    evenement.preventDefault();
    ferme.closest("dialog").close();
    return;
  }
  const copie = evenement.target.closest("[data-copie]");
  if (!copie) return;
  try {
    await navigator.clipboard.writeText(copie.dataset.copie);
    annonce("Copié.");
  } catch {
    annonce("La copie a été refusée par le navigateur : sélectionnez le texte à la main.");
  }
});
