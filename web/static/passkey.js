// Passkeys: a form with data-passkey ("get" or "create") asks its data-options
// address what to sign, lets the browser do it, and sends the answer with the form.
// Without this script the button stays hidden and the other ways remain.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const encode = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // What the server writes in base64url, as the browser wants it.
  function binary(options) {
    options.challenge = decode(options.challenge);
    if (options.user) options.user.id = decode(options.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"])
      for (const credential of options[list] || []) credential.id = decode(credential.id);
    return options;
  }

  // What the browser made, as the server reads it.
  function text(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = encode(credential.response[name]);
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({ id: credential.id, rawId: encode(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
  }

  async function ceremony(form) {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value });
    const answer = await fetch(form.dataset.options, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error("no options");
    const { challenge, options } = await answer.json();
    const publicKey = binary(options.publicKey);
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.passkey_challenge.value = challenge;
    form.elements.passkey_answer.value = text(credential);
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-button]") || form.querySelector("button");
    const failed = form.querySelector("[data-passkey-failed]");
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (event.submitter && event.submitter !== button) return;
      event.preventDefault();
      button.disabled = true;
      failed.hidden = true;
      try {
        await ceremony(form);
        form.submit();
      } catch {
        failed.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
