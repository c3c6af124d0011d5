/* What makes the page quicker with a script: filters at once, and news without a flash. Without it, all works by links. */
"use strict";
(() => {
  const script = document.currentScript;
  const every = Number(script.dataset.refresh) * 1000;
  const root = document.documentElement;
  root.classList.add("scripted");
  document.querySelector("[data-every]").textContent = String(every / 1000);

  const STOPS = "a, input, select, summary";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const parts = (within) => new Map(all("[data-part]", within).map((part) => [part.dataset.part, part]));
  /* What a part says; whether it is hidden is the reader's choice, and no news. */
  const text = (part) => {
    const copy = part.cloneNode(true);
    copy.hidden = false;
    return copy.outerHTML;
  };
  const written = new Map([...parts(document)].map(([name, part]) => [name, text(part)]));

  /* Filters: the address says what is chosen, so that it can be bookmarked, sent and reloaded. */
  const asked = () => new URLSearchParams(location.search);

  function show() {
    if (!document.querySelector("[data-filter]")) return;
    const query = asked();
    const words = (query.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const area = query.get("area") || "";
    const status = query.getAll("status");
    const tiles = all(".tile");
    let shown = 0;
    for (const tile of tiles) {
      const fits = (!area || tile.dataset.area === area)
        && (!status.length || status.includes(tile.dataset.status))
        && words.every((word) => tile.dataset.words.includes(word));
      tile.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of all(".area, .company")) {
      const within = all(".tile", group);
      group.hidden = within.length > 0 && within.every((tile) => tile.hidden);
    }
    for (const chip of all("[data-chip]")) {
      if (status.includes(chip.dataset.chip)) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
    const narrowed = Boolean(words.length || area || status.length);
    document.querySelector("[data-found]").hidden = !narrowed;
    document.querySelector("[data-count]").textContent = `${shown} of ${tiles.length} KPIs`;
    document.querySelector("[data-nothing]").hidden = !narrowed || shown > 0;
    for (const whole of all("[data-whole]")) whole.hidden = narrowed;
    const csv = document.querySelector("[data-export]");
    if (csv) csv.href = `kpis.csv${location.search}`;
  }

  function choose(query) {
    const said = query.toString();
    history.replaceState(null, "", said ? `?${said}` : location.pathname);
    show();
  }

  function set(name, value) {
    const query = asked();
    if (value) query.set(name, value);
    else query.delete(name);
    choose(query);
  }

  /* Listened to on the document, for news may put another form in the place of this one. */
  document.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("input", (event) => {
    if (event.target.id === "q") set("q", event.target.value.trim());
    if (event.target.id === "area") set("area", event.target.value);
  });
  document.addEventListener("click", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    const chip = plain && event.target.closest("[data-chip]");
    const clear = plain && event.target.closest("[data-clear]");
    if (!chip && !clear) return;
    event.preventDefault();
    const query = asked();
    if (chip) {
      const chosen = new Set(query.getAll("status"));
      if (!chosen.delete(chip.dataset.chip)) chosen.add(chip.dataset.chip);
      query.delete("status");
      for (const each of chosen) query.append("status", each);
    } else {
      for (const name of ["q", "area", "status"]) query.delete(name);
      for (const id of ["q", "area"]) document.getElementById(id).value = "";
      document.getElementById("q").focus();
    }
    choose(query);
  });
  document.addEventListener("keydown", (event) => {
    const search = document.getElementById("q");
    if (event.key !== "/" || !search || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    search.focus();
  });

  /* The theme is chosen on the page that one is on, with its filters. */
  for (const link of all("[data-theme-link]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const query = asked();
      const wanted = new URLSearchParams(link.getAttribute("href")).get("theme");
      if (query.get("theme") === wanted) query.delete("theme");
      else query.set("theme", wanted);
      location.search = query.toString();
    });
  }

  /* News: the page as it is now, of which only the parts that differ are put in place. */
  async function renew() {
    if (document.hidden) return;
    let fresh;
    try {
      const answer = await fetch(location.href, { cache: "no-cache", headers: { accept: "text/html" } });
      if (!answer.ok) return;
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return; /* the exporter restarts; the ages on the page tell how old it is */
    }
    const news = parts(fresh);
    const before = new Map(written);
    written.clear();
    for (const [name, part] of news) written.set(name, text(part));
    const active = document.activeElement;
    const around = active.closest("[data-part]");
    const place = around ? all(STOPS, around).indexOf(active) : -1;
    if ([...news.keys()].join() !== [...before.keys()].join()) {
      document.getElementById("main").innerHTML = fresh.getElementById("main").innerHTML;
    } else {
      for (const [name, here] of parts(document)) {
        if (written.get(name) === before.get(name)) continue;
        const part = news.get(name);
        for (const each of all("details", part)) each.open = Boolean(here.querySelector(`[data-keep="${CSS.escape(each.dataset.keep)}"][open]`));
        here.replaceWith(part);
      }
    }
    document.title = fresh.title;
    if (!document.contains(active)) {
      const part = around && parts(document).get(around.dataset.part);
      const again = active.id ? document.getElementById(active.id) : part && all(STOPS, part)[place];
      again?.focus({ preventScroll: true });
    }
    show();
  }

  show();
  setInterval(renew, every);
})();
