// Keys for the pages of approvals, and a list that stays current. Without it both are plain and complete.
"use strict";

(() => {
  const dialog = document.getElementById("keys");
  const enabled = document.getElementById("keys-on");
  const waiting = document.getElementById("waiting");
  const form = document.getElementById("answer");
  const reason = document.getElementById("reason");
  const chosen = document.getElementById("chosen");
  const stored = "asepsis-keys";
  let answer = "";

  // Single keys can be switched off (WCAG 2.1.4): speech input would press them by accident.
  enabled.checked = localStorage.getItem(stored) !== "off";
  const hint = () => { document.getElementById("keys-hint").hidden = !enabled.checked; };
  enabled.addEventListener("change", () => { localStorage.setItem(stored, enabled.checked ? "on" : "off"); hint(); });
  hint();

  const links = () => [...document.querySelectorAll(".case .open")];

  const step = (by) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) next.focus();
  };

  const follow = (key) => document.querySelector(`[data-key="${key}"]`)?.click();

  const choose = (value) => {
    if (!form) return;
    answer = value;
    chosen.textContent = value === "approve" ? "Enter approves" : "Enter denies";
    for (const button of form.querySelectorAll("button")) button.classList.toggle("chosen", button.value === value);
    reason.focus();
  };

  const does = {
    j: () => (waiting ? step(1) : follow("j")),
    k: () => (waiting ? step(-1) : follow("k")),
    u: () => follow("u"),
    a: () => choose("approve"),
    d: () => choose("deny"),
    "?": () => dialog.showModal(),
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const typing = event.target.closest("input, textarea, select");
    if (typing && event.key === "Escape") typing.blur();
    if (typing || !enabled.checked || !does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });

  // Enter in the reason gives the answer that was chosen; without a choice it goes on to the buttons.
  reason?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const button = form.querySelector(`button[value="${answer || "deny"}"]`);
    if (answer) form.requestSubmit(button);
    else button.focus();
  });

  if (!waiting) return;
  const look = async () => {
    if (document.hidden) return;
    const got = await fetch("/approvals/now", { headers: { accept: "text/plain" } }).catch(() => null);
    if (!got?.ok) return;
    const focused = document.activeElement.closest?.(".case")?.id;
    const fresh = await got.text();
    waiting.innerHTML = fresh;
    if (focused) document.getElementById(focused)?.querySelector(".open").focus();
  };
  setInterval(look, 5000);
})();
