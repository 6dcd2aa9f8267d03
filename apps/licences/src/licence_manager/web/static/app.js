// Every page works without this module. It ticks a whole page at once and says how many rows are ticked; and a choice
// that a field completes is made by filling that field.

const formulaire = document.querySelector("[data-selection]");

if (formulaire?.querySelector("[data-toutes]")) {
  const lignes = [...formulaire.querySelectorAll("input[name=numero]")];
  const toutes = formulaire.querySelector("[data-toutes]");
  const dit = formulaire.querySelector("[data-combien]");

  const barre = formulaire.querySelector("[data-barre]");

  const compte = () => {
    const choisies = lignes.filter((ligne) => ligne.checked).length;
    barre.toggleAttribute("data-choisies", choisies > 0);
    toutes.checked = choisies > 0 && choisies === lignes.length;
    toutes.indeterminate = choisies > 0 && choisies < lignes.length;
    dit.textContent =
      choisies === 0 ? "Aucune licence choisie" : choisies === 1 ? "1 licence choisie" : `${choisies} licences choisies`;
  };

  toutes.closest("[hidden]").hidden = false;
  toutes.addEventListener("change", () => {
    for (const ligne of lignes) ligne.checked = toutes.checked;
    compte();
  });
  formulaire.addEventListener("change", (evenement) => evenement.target === toutes || compte());
  compte();
}

for (const choix of document.querySelectorAll("[data-choisi-par]")) {
  document.getElementById(choix.dataset.choisiPar).addEventListener("input", () => (choix.checked = true));
}
