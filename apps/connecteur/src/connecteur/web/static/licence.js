// The licence: the key is read as it is typed, and a page that waits looks by itself whether it is mended.
// The pages work without this module: the server checks everything again.

const ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY";
const SOSIES = { O: "0", I: "1", L: "1", Z: "2", S: "5", B: "8", U: "V" };
const LONGUEUR = 16;

// As `sages_commun.licence.cle` reads it: case, blanks, dashes and look-alikes do not count.
export function depouille(saisie) {
  const nue = saisie.normalize("NFKC").toUpperCase().replace(/[\s\p{Pd}\p{Cc}\p{Cf}\u2212_.]/gu, "");
  return [...nue].map((c) => SOSIES[c] ?? c).join("");
}

export function juge(saisie) {
  const lue = depouille(saisie);
  if (!lue) return { etat: "vide", texte: "" };
  if ([...lue].some((c) => !ALPHABET.includes(c))) {
    return { etat: "faute", texte: "Une clé ne contient que des chiffres et des lettres sans accent." };
  }
  if (lue.length < LONGUEUR) {
    return { etat: "encours", texte: `${lue.length} caractères sur ${LONGUEUR}` };
  }
  if (lue.length > LONGUEUR) {
    return { etat: "faute", texte: `Une clé compte ${LONGUEUR} caractères ; celle-ci en compte ${lue.length}.` };
  }
  const somme = [...lue].reduce((total, c) => (2 * total + ALPHABET.indexOf(c)) % ALPHABET.length, 0);
  return somme === 0
    ? { etat: "juste", texte: "Le caractère de contrôle est juste." }
    : { etat: "faute", texte: "Faute de frappe\u00a0: le caractère de contrôle ne correspond pas." };
}

for (const champ of document.querySelectorAll("[data-cle-de-licence]")) {
  const dit = document.getElementById(champ.dataset.cleDeLicence);
  const regarde = () => {
    const { etat, texte } = juge(champ.value);
    dit.textContent = texte;
    dit.dataset.etat = etat;
    champ.setAttribute("aria-invalid", etat === "faute" ? "true" : "false");
  };
  champ.addEventListener("input", regarde);
  if (champ.value) regarde();
}

// Every five minutes: let in as soon as it is mended.
for (const attente of document.querySelectorAll("[data-recontrole]")) {
  const regarde = async () => {
    try {
      const reponse = await fetch(attente.dataset.recontrole, { headers: { Accept: "application/json" } });
      if (reponse.ok && (await reponse.json()).valid) location.assign(attente.dataset.puis);
    } catch {
      // The program is restarting: the next turn tries again.
    }
  };
  setInterval(regarde, Number(attente.dataset.toutesLes));
}
