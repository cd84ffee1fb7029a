// Elements and states. Text always goes in as text: nothing here reads HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An HTML element. */
export const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

/** An SVG element. */
export const s = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

export const byId = (id) => document.getElementById(id);

/** Puts new content into an element. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Tells a screen reader, once. */
export function say(text) {
  const place = byId("say");
  if (place && place.textContent !== text) place.textContent = text;
}

/** While something is fetched. */
export function loading(rows = 4) {
  return h("div", { "aria-busy": "true", "aria-label": "Loading" }, Array.from({ length: rows }, () => h("div", { class: "ghost" })));
}

/** Where there is nothing, and what that means. */
export function empty(title, text, ...actions) {
  return h("div", { class: "state" }, h("p", { class: "title" }, title), text && h("p", {}, text), actions);
}

/** Where something went wrong, in the server's words, with a way to try again. */
export function failed(problem, again) {
  const text = problem.detail || problem.message || String(problem);
  say(text);
  return h("div", { class: "state", role: "alert" }, h("p", { class: "title" }, "That did not work"), h("p", {}, text),
    problem.suggestion && h("p", {}, problem.suggestion), again && h("button", { type: "button", class: "button", onclick: again }, "Try again"));
}

/** A word with a colour and a shape that mean the same. */
export const tag = (text, kind) => h("span", { class: `tag ${kind || ""}` }, text);

export const verdictTag = (verdict) => (verdict ? tag(verdict, verdict) : tag("not shown", "bare"));

/** A table of columns `{title, number, cell}`. */
export function table(caption, columns, rows) {
  return h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col", class: c.number && "num" }, c.title)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((c) => h("td", { class: [c.number && "num", c.class].filter(Boolean).join(" ") || null }, c.cell(row))))))));
}

/** A bar that says how much of the most this is; the number stands beside it. */
export function meter(value, most, kind) {
  const share = most > 0 ? Math.max(0, Math.min(1, value / most)) : 0;
  return h("div", { class: `bar-cell ${kind || ""}`, "aria-hidden": "true" }, s("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none" }, s("rect", { width: share * 100, height: 6, rx: 1 })));
}

/** A button that opens a sheet beside it. */
export function popup(title, content, label) {
  const sheet = h("div", { class: "sheet", hidden: true, role: "dialog", "aria-label": label || title });
  const button = h("button", { type: "button", class: "button small", "aria-expanded": "false", "aria-haspopup": "dialog" }, title);
  const show = (open) => {
    sheet.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      put(sheet, content(() => { show(false); button.focus(); }));
      sheet.querySelector("input, button, select, a")?.focus();
    }
  };
  button.addEventListener("click", () => show(sheet.hidden));
  const box = h("div", { class: "popup" }, button, sheet);
  box.addEventListener("keydown", (event) => { if (event.key === "Escape" && !sheet.hidden) { show(false); button.focus(); event.stopPropagation(); } });
  document.addEventListener("click", (event) => { if (!sheet.hidden && !box.contains(event.target) && event.target.isConnected) show(false); });
  box.setTitle = (text) => put(button, text);
  return box;
}
