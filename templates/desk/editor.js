// The editor of config.toml: line numbers, and suggestions of keys and values while one types.
// Without it, it is a plain text field. Alt+Down goes to the suggestions, Enter takes one, Escape goes back.
"use strict";

(() => {
  const box = document.querySelector(".editor");
  const field = box?.querySelector("textarea");
  if (!field) return;
  let schema = null;
  let offered = [];

  // ── Line numbers ──

  const gutter = document.createElement("div");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  const inner = document.createElement("div");
  gutter.append(inner);
  box.prepend(gutter);
  box.classList.add("live");
  const look = getComputedStyle(field);
  inner.style.top = `${parseFloat(look.paddingTop) + parseFloat(look.borderTopWidth)}px`;
  const wrong = new Set([...document.querySelectorAll(".mistakes [data-line]")].map((one) => Number(one.dataset.line)));
  let lines = 0;

  function number() {
    const now = field.value.split("\n").length;
    if (now !== lines) {
      lines = now;
      inner.replaceChildren();
      for (let line = 1; line <= lines; line += 1) {
        const one = document.createElement("span");
        one.textContent = line;
        if (wrong.has(line)) one.className = "wrong";
        inner.append(one);
      }
    }
    inner.style.transform = `translateY(${-field.scrollTop}px)`;
  }

  function goTo(line) {
    const start = field.value.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const end = field.value.indexOf("\n", start);
    field.focus();
    field.setSelectionRange(start, end < 0 ? field.value.length : end);
    const height = parseFloat(look.lineHeight);
    field.scrollTop = Math.max(0, (line - 6) * height);
    number();
    suggest();
  }

  // ── Where the cursor is ──

  function names(text) {
    return (text.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^.\s]+/g) ?? []).map((one) => one.replace(/^["']|["']$/g, ""));
  }

  function place() {
    const before = field.value.slice(0, field.selectionStart);
    const row = before.slice(before.lastIndexOf("\n") + 1);
    const headers = [...before.slice(0, before.length - row.length).matchAll(/^[ \t]*\[+([^\]\n]+)\]+/gm)];
    const table = headers.length ? names(headers.at(-1)[1]) : [];
    return { row, table };
  }

  function keysOf(table) {
    const path = schema.named.includes(table[0]) ? [table[0], "*", ...table.slice(2)] : table;
    return schema.tables[path.join(".")] ?? {};
  }

  function found({ row, table }) {
    const header = row.match(/^\s*\[([\w-]*)$/);
    if (header) {
      const ends = (name) => (schema.named.includes(name) ? `${name}.` : `${name}]`);
      return matching(schema.tables[""], header[1], ends);
    }
    const value = row.match(/^\s*([\w-]+)\s*=\s*(?:\[(?:.*,)?\s*)?("?[^",\]]*)$/);
    const keys = keysOf(table);
    if (value) {
      const key = keys[value[1]];
      const help = key ? key.help : "";
      return (key?.values ?? []).filter((one) => one.startsWith(value[2]) && one !== value[2])
        .map((one) => ({ label: one, insert: one.slice(value[2].length), help }));
    }
    const word = row.match(/^\s*([\w-]*)$/);
    return word ? matching(keys, word[1], (name) => `${name} = `) : [];
  }

  function matching(keys, begun, ends) {
    return Object.entries(keys).filter(([name]) => name.startsWith(begun) && name !== begun)
      .map(([name, key]) => ({ label: name, insert: ends(name).slice(begun.length), help: key.help }));
  }

  // ── Suggestions ──

  const panel = document.createElement("div");
  panel.className = "offers";
  panel.hidden = true;
  const list = document.createElement("ul");
  list.id = "offers";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  const help = document.createElement("p");
  help.className = "help";
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  panel.append(list, help);
  box.after(panel, said);
  field.setAttribute("aria-controls", "offers");

  function helpHere({ row, table }) {
    const name = row.match(/^\s*([\w-]+)\s*=/)?.[1];
    const key = name ? keysOf(table)[name] : null;
    if (!key) return "";
    return `${name}: ${key.help}${key.default ? ` Not set: ${key.default}.` : ""}`.replaceAll("`", "");
  }

  function suggest() {
    if (!schema) return;
    const here = place();
    offered = found(here).slice(0, 40);
    list.replaceChildren(...offered.map((one, at) => {
      const item = document.createElement("li");
      item.id = `offer-${at}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.tabIndex = -1;
      item.textContent = one.label;
      item.addEventListener("click", () => take(at));
      item.addEventListener("focus", () => choose(at));
      return item;
    }));
    list.hidden = !offered.length;
    help.textContent = helpHere(here);
    panel.hidden = !offered.length && !help.textContent;
    said.textContent = offered.length ? `${offered.length} ${offered.length === 1 ? "suggestion" : "suggestions"}; Alt and Down go there` : "";
  }

  function choose(at) {
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    help.textContent = offered[at].help.replaceAll("`", "");
  }

  function take(at) {
    const start = field.selectionStart;
    field.focus();
    field.setRangeText(offered[at].insert, start, field.selectionEnd, "end");
    number();
    suggest();
  }

  list.addEventListener("keydown", (event) => {
    const at = [...list.children].indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.children.length - 1 };
    if (event.key in steps) {
      event.preventDefault();
      if (steps[event.key] < 0) field.focus();
      else list.children[Math.min(steps[event.key], list.children.length - 1)]?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      take(at);
    } else if (event.key === "Escape") {
      field.focus();
    }
  });

  field.addEventListener("keydown", (event) => {
    if (event.altKey && event.key === "ArrowDown" && offered.length) {
      event.preventDefault();
      list.children[0].focus();
    }
  });

  // ── What was typed and not saved ──

  const before = field.value;
  let isSent = false;
  field.form.addEventListener("submit", () => { isSent = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && field.value !== before) event.preventDefault();
  });

  field.addEventListener("input", () => { number(); suggest(); });
  field.addEventListener("scroll", number);
  field.addEventListener("click", suggest);
  field.addEventListener("keyup", (event) => { if (event.key.startsWith("Arrow") && !event.altKey) suggest(); });
  for (const one of document.querySelectorAll(".mistakes [data-line]")) {
    one.addEventListener("click", () => goTo(Number(one.dataset.line)));
  }

  number();
  const wanted = Number(box.dataset.line ?? 0);
  fetch(box.dataset.schema, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((told) => { schema = told; if (wanted) goTo(wanted); else if (field === document.activeElement) suggest(); });
})();
