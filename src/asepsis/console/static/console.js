// Keeps the page of decisions current. Without it the page is plain and complete, and the refresh link does the same.
"use strict";

(() => {
  const table = document.getElementById("calls");
  const body = table.tBodies[0];
  const empty = document.getElementById("empty");
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  const size = Number(table.dataset.size);
  const held = new Map();
  let paused = false;
  let connected = false;

  const parsed = (html, selector) =>
    new DOMParser().parseFromString(selector === "tr" ? `<table><tbody>${html}</tbody></table>` : html, "text/html")
      .querySelector(selector);

  const say = () => {
    const text = paused ? (held.size ? `Paused, ${held.size} new` : "Paused") : connected ? "Live" : "Reconnecting";
    if (state.textContent !== text) state.textContent = text;
    state.className = paused ? "paused" : connected ? "live" : "lost";
  };

  // A row that is replaced keeps the focus, so that a keyboard user is never thrown to the top of the page.
  const put = (id, html) => {
    const row = parsed(html, "tr");
    if (!row) return;
    const old = document.getElementById(`call-${id}`);
    if (!old) {
      row.classList.add("fresh");
      body.prepend(row);
      return;
    }
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    if (focused) row.querySelector("a").focus();
  };

  const apply = (update) => {
    for (const id of update.gone || []) document.getElementById(`call-${id}`)?.remove();
    for (const [id, html] of [...(update.rows || [])].reverse()) put(id, html);
    while (body.rows.length > size && !body.lastElementChild.contains(document.activeElement)) body.lastElementChild.remove();
    table.hidden = body.rows.length === 0;
    empty.hidden = !table.hidden;
  };

  const around = (update) => {
    if (update.summary) document.getElementById("summary").innerHTML = update.summary;
    if (update.health) document.getElementById("health").innerHTML = update.health;
  };

  // While paused only the newest state of each call is kept, and no more of them than the page can show.
  const hold = (update) => {
    for (const id of update.gone || []) held.set(id, null);
    for (const [id, html] of [...(update.rows || [])].reverse()) {
      held.delete(id);
      held.set(id, html);
    }
    for (const id of held.keys()) if (held.size > size) held.delete(id);
  };

  const release = () => {
    const entries = [...held].reverse();
    held.clear();
    apply({ gone: entries.filter(([, html]) => !html).map(([id]) => id), rows: entries.filter(([, html]) => html) });
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    if (!paused) release();
    say();
  });

  table.addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const next = step && event.target.closest("tbody tr")?.[step];
    if (!next) return;
    event.preventDefault();
    next.querySelector("a").focus();
  });

  const tenant = encodeURIComponent(table.dataset.tenant);
  const source = new EventSource(`/events?tenant=${tenant}&show=${table.dataset.show}&since=${table.dataset.revision}`);
  source.addEventListener("open", () => { connected = true; say(); });
  source.addEventListener("error", () => { connected = false; say(); });
  source.addEventListener("update", (event) => {
    const update = JSON.parse(event.data);
    around(update);
    (paused ? hold : apply)(update);
    say();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  say();
})();
