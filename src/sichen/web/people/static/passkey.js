// SPDX-License-Identifier: Apache-2.0
// A button that makes a passkey or signs in with one; it is hidden where the browser knows none.

const button = document.querySelector("button[data-passkey]");
const told = document.getElementById("passkey-told");
const form = document.getElementById("passkey-form");  // with the password, which a new key asks for once more

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

async function work() {
  const making = button.dataset.passkey === "make";
  const home = making ? "/account/passkeys" : "/sign-in/passkey";
  const asked = await post(`${home}/begin`, form ? new URLSearchParams(new FormData(form)) : "");
  const credential = making
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
  const { to } = await post(home, JSON.stringify(credential));
  location.assign(making ? to : document.querySelector("input[name=to]").value);
}

if (button && window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  (form ?? button).hidden = false;
  (form ?? button).addEventListener(form ? "submit" : "click", async (happened) => {
    happened.preventDefault();
    button.disabled = true;
    told.textContent = "";
    try {
      await work();
    } catch (error) {
      told.textContent = error.name === "NotAllowedError" ? told.dataset.stopped : error.message;
    }
    button.disabled = false;
  });
}
