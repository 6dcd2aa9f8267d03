// Every page works without this module: forms post and redirect. It only spares the reload.
//
// A "region" is an element with an id and `data-region`. To refresh, the page is fetched again and the regions that
// changed are put in place of the old ones: there is one rendering, the server's.

const RYTHME_MS = { verification: 1500, ecoute_perdue: 3000, repos: 20000 };
const suivis = new Map(); // address of the events > EventSource
let minuterie = 0;
let rafraichissement = Promise.resolve();

const annonce = (texte) => {
  document.getElementById("annonce").textContent = texte;
};

// --- regions ------------------------------------------------------------------------------------------

function rafraichit() {
  rafraichissement = rafraichissement.then(remplace, remplace);
  return rafraichissement;
}

async function remplace() {
  try {
    const reponse = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
    const avant = regions(document);
    const apres = regions(page);
    // Not made of the same regions (the tampon went away, or came back): the whole content is new.
    if (apres.some(({ id }) => !document.getElementById(id)) || avant.some(({ id }) => !page.getElementById(id))) {
      document.getElementById("contenu").replaceWith(document.adoptNode(page.getElementById("contenu")));
    } else {
      apres.forEach((nouvelle, rang) => identiques(avant[rang], nouvelle) || echange(avant[rang], nouvelle));
    }
    document.title = page.title;
  } catch {
    // The server is restarting: what is shown stays, the next turn tries again.
  }
  suit();
}

const regions = (page) => [...page.querySelectorAll("[data-region]")];

// What a person opened or the events moved is not a difference worth losing.
function identiques(ancienne, nouvelle) {
  const copie = ancienne.cloneNode(true);
  for (const ouvert of copie.querySelectorAll("details[open]")) ouvert.removeAttribute("open");
  const neuve = nouvelle.cloneNode(true);
  for (const ouvert of neuve.querySelectorAll("details[open]")) ouvert.removeAttribute("open");
  return copie.isEqualNode(neuve);
}

function echange(ancienne, nouvelle) {
  const ouverts = [...ancienne.querySelectorAll("details[open][id]")].map((element) => element.id);
  const foyer = ancienne.contains(document.activeElement) ? document.activeElement : null;
  ancienne.replaceWith(document.adoptNode(nouvelle));
  for (const id of ouverts) document.getElementById(id)?.setAttribute("open", "");
  if (foyer) {
    const meme = foyer.id && document.getElementById(foyer.id);
    (meme || (nouvelle.tabIndex === -1 ? nouvelle : document.getElementById("contenu"))).focus({ preventScroll: true });
  }
}

// --- progress -----------------------------------------------------------------------------------------

function suit() {
  const voulus = new Set();
  for (const region of document.querySelectorAll("[data-suit]")) {
    const adresse = region.dataset.suit;
    voulus.add(adresse);
    if (!suivis.has(adresse)) ecoute(adresse);
  }
  for (const [adresse, source] of suivis) {
    if (!voulus.has(adresse)) {
      source.close();
      suivis.delete(adresse);
    }
  }
  programme();
}

function ecoute(adresse) {
  const source = new EventSource(adresse);
  suivis.set(adresse, source);
  source.addEventListener("progression", (evenement) => montre(adresse, JSON.parse(evenement.data)));
  source.addEventListener("fin", (evenement) => {
    source.close();
    annonce(`Synchronisation terminée : ${JSON.parse(evenement.data).verdict}.`);
    rafraichit();
  });
  source.onerror = () => {
    // The browser tries again by itself, unless the server refused: then the page asks now and then.
    if (source.readyState === EventSource.CLOSED) programme();
  };
}

function montre(adresse, run) {
  const region = document.querySelector(`[data-suit="${CSS.escape(adresse)}"]`);
  if (!region) return;
  if (region.dataset.etatRun !== run.etat && run.etat !== "fini") rafraichit();
  for (const etape of run.etapes) {
    const ligne = region.querySelector(`[data-etape="${etape.fleche}"]`);
    if (!ligne) continue;
    if (ligne.dataset.etat !== etape.etat && etape.etat === "en-cours") {
      annonce(ligne.querySelector("[id^=etape-]").textContent);
    }
    ligne.dataset.etat = etape.etat;
    ecrit(ligne.querySelector("[data-texte]"), etape.texte);
    ecrit(ligne.querySelector("[data-message]"), etape.etat === "en-cours" ? etape.message : "");
    avance(ligne.querySelector("progress"), etape);
  }
}

function ecrit(element, texte) {
  if (element.textContent !== texte) element.textContent = texte;
}

function avance(jauge, etape) {
  if (!etape.total) {
    for (const attribut of ["value", "max", "aria-valuetext"]) jauge.removeAttribute(attribut);
    return;
  }
  jauge.max = etape.total;
  jauge.value = Math.min(etape.fait, etape.total);
  jauge.setAttribute("aria-valuetext", etape.texte);
}

// --- turns --------------------------------------------------------------------------------------------

function programme() {
  clearTimeout(minuterie);
  if (document.hidden) return;
  const perdue = [...suivis.values()].some((source) => source.readyState === EventSource.CLOSED);
  const verifie = document.querySelector("[data-verification]");
  const attente = perdue ? RYTHME_MS.ecoute_perdue : verifie ? RYTHME_MS.verification : RYTHME_MS.repos;
  if (vivante()) minuterie = setTimeout(rafraichit, attente);
}

// A page whose content does not move is not asked for again: making it may have cost the reading of a system.
const vivante = () => document.querySelector("main [data-region]");

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(minuterie);
  else if (vivante()) rafraichit();
});

// --- forms --------------------------------------------------------------------------------------------

document.addEventListener("submit", async (evenement) => {
  const formulaire = evenement.target;
  if (!formulaire.matches("[data-lance], [data-annule]")) return;
  // From its report, starting a run leads to the new run's page: let the form go its way.
  if (formulaire.matches("[data-lance]") && !formulaire.closest("[data-region][id^=region-]:not(#region-run)")) return;
  evenement.preventDefault();
  const bouton = formulaire.querySelector("button");
  if (bouton.getAttribute("aria-disabled") === "true") return;
  // Not `disabled`: that would throw the keyboard's focus away.
  bouton.setAttribute("aria-disabled", "true");
  const demande = formulaire.matches("[data-lance]") ? "Synchronisation demandée." : "Annulation demandée.";
  try {
    let reponse = await poste(formulaire);
    if (reponse.status === 403) {
      // The connector was restarted since this page was made: take the new page's token, once.
      await rafraichit();
      reponse = await poste(document.getElementById(bouton.id)?.form ?? formulaire);
    }
    if (!reponse.ok && reponse.status !== 409) throw new Error(String(reponse.status));
    annonce(demande);
    await rafraichit();
  } catch {
    // The plain way shows the server's own page, with its reason and its reference.
    formulaire.submit();
  } finally {
    bouton.removeAttribute("aria-disabled");
  }
});

function poste(formulaire) {
  return fetch(formulaire.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(formulaire)),
  });
}

suit();
