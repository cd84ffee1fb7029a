// What all pages have: theme, the time that is looked at, the filter; all of it in the URL.
import { byId, h, popup, put, say } from "/assets/dom.js";
import { day, minute, moment, zone } from "/assets/format.js";
import { get } from "/assets/api.js";

const parameters = () => new URLSearchParams(location.search);
const listeners = new Set();

/** State of the page, as it stands in the URL. */
export const state = {
  get(name, standard = "") { return parameters().get(name) ?? standard; },
  /** Changes some of it; `quietly`: nobody is told. */
  set(changes, { replace = false, quietly = false } = {}) {
    const next = parameters();
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString();
    const url = location.pathname + (text ? `?${text}` : "");
    if (url === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", url);
    carry();
    if (!quietly) listeners.forEach((listener) => listener());
  },
  onChange(listener) { listeners.add(listener); },
};

addEventListener("popstate", () => { carry(); listeners.forEach((listener) => listener()); });

/** Time and filter come along to the other pages. */
function carry() {
  const kept = new URLSearchParams();
  for (const name of ["from", "to", "tz", "filter"]) {
    const value = state.get(name);
    if (value) kept.set(name, value);
  }
  const text = kept.toString();
  for (const link of document.querySelectorAll(".rail nav a, .brand")) {
    const path = link.getAttribute("href").split("?")[0];
    link.setAttribute("href", text ? `${path}?${text}` : path);
  }
}

/** A path with the time that is looked at, and more. */
export function pathTo(path, more = {}) {
  const query = new URLSearchParams();
  for (const name of ["from", "to", "tz"]) if (state.get(name)) query.set(name, state.get(name));
  for (const [name, value] of Object.entries(more)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** The words for one value in a filter. */
export const is = (field, value) => `${field}="${String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
export const both = (...filters) => filters.filter(Boolean).map((f, _, all) => (all.length > 1 && /\bor\b/.test(f) ? `(${f})` : f)).join(" and ");

const spans = { "15m": "15 minutes", "1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days" };
const units = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3 };

/** A time of the URL in milliseconds. */
export function at(text, standard) {
  if (!text) return standard;
  const back = /^-(\d+)([smhdw])$/.exec(text);
  return back ? Date.now() - Number(back[1]) * units[back[2]] : Date.parse(text);
}

/** What is looked at: for the API, and how long it is. */
export function range(standard = "-1h") {
  const from = state.get("from", standard);
  const to = state.get("to");
  const [start, end] = [at(from), at(to, Date.now())];
  return { from, to, start, end, span: end - start, moves: !to };
}

/** A length of steps that gives about that many of them. */
export function stepFor(span, count) {
  const steps = [[60e3, "1m"], [120e3, "2m"], [300e3, "5m"], [600e3, "10m"], [900e3, "15m"], [1800e3, "30m"], [3600e3, "1h"], [7200e3, "2h"], [14400e3, "4h"], [21600e3, "6h"], [43200e3, "12h"], [86400e3, "1d"]];
  return (steps.find(([size]) => span / size <= count) || steps[steps.length - 1])[1];
}

const unitNames = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };

/** How far back, such as `2 minutes`, or `hour` for one. */
function inWords(text) {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(text) || [];
  return !unit ? text : count === "1" ? unitNames[unit] : `${count} ${unitNames[unit]}s`;
}

function rangeTitle(standard) {
  const { from, to, start, end } = range(standard);
  const back = /^-(.+)$/.exec(from);
  const text = back && !to ? `Last ${inWords(back[1])}` : `${day(start)} ${minute(start)} – ${day(end) === day(start) ? "" : `${day(end)} `}${minute(end)}`;
  return `${text}, ${zone.name}`;
}

/** The control for the time that is looked at. */
function rangeControl(standard) {
  const box = popup(rangeTitle(standard), (close) => {
    const offered = Object.entries(spans).map(([span, words]) => h("button", {
      type: "button", class: "button small", "aria-pressed": String(state.get("from", standard) === `-${span}` && !state.get("to")),
      onclick: () => { state.set({ from: `-${span}`, to: "" }); close(); },
    }, words));
    const { start, end } = range(standard);
    const local = (value) => `${day(value)}T${minute(value)}`;
    const from = h("input", { type: "datetime-local", value: local(start), required: true });
    const to = h("input", { type: "datetime-local", value: local(end), required: true });
    const exact = (value) => new Date(zone.isUTC ? `${value}Z` : value).toISOString().replace(".000", "");
    return [
      h("div", { class: "row" }, offered),
      h("h3", {}, `From and to, in ${zone.name}`),
      h("form", { onsubmit: (event) => { event.preventDefault(); if (from.value < to.value) { state.set({ from: exact(from.value), to: exact(to.value) }); close(); } else say("From is not before to."); } },
        h("label", { class: "field" }, "From", from), h("label", { class: "field" }, "To", to), h("button", { class: "button small first" }, "Show")),
      h("h3", {}, "Times are shown in"),
      h("div", { class: "row", role: "group", "aria-label": "Time zone" }, [["", "UTC"], ["local", Intl.DateTimeFormat().resolvedOptions().timeZone || "local"]].map(([tz, name]) =>
        h("button", { type: "button", class: "button small", "aria-pressed": String(state.get("tz") === tz), onclick: () => { state.set({ tz }); close(); } }, name))),
    ];
  }, "Time");
  state.onChange(() => box.setTitle(rangeTitle(standard)));
  return box;
}

/** Where the filter is written: checked as it is typed, with the place of what is wrong. */
export function filterControl(place, onInput) {
  const problem = h("p", { class: "problem", id: "filter-problem", role: "alert" });
  const known = h("datalist", { id: "filter-fields" });
  const input = h("input", {
    type: "text", value: state.get("filter"), placeholder: "verdict=denied and namespace=ai", "aria-label": "Filter", spellcheck: "false",
    autocomplete: "off", autocapitalize: "off", "aria-describedby": "filter-problem", list: "filter-fields", id: "filter",
  });
  const tell = (error) => {
    input.setAttribute("aria-invalid", String(Boolean(error)));
    if (!error) return put(problem);
    const before = error.position !== undefined ? input.value.slice(Math.max(0, error.position - 14), error.position) : "";
    const after = error.position !== undefined ? input.value.slice(error.position, error.position + 14) : "";
    return put(problem, error.detail || error.message, error.position !== undefined && [" – ", h("code", {}, `${before}▸${after}`)], error.suggestion && ` Did you mean ${error.suggestion}?`);
  };
  const apply = async (text) => {
    isTyped = false;
    try {
      if (text) await get("filter/check", { filter: text });
      tell(null);
      state.set({ filter: text });
      onInput?.();
    } catch (error) { tell(error); }
  };
  const form = h("form", { class: "filter", role: "search", onsubmit: (event) => { event.preventDefault(); apply(input.value.trim()); } },
    h("div", { class: "field" }, input, known), h("button", { class: "button" }, "Filter"),
    h("button", { type: "button", class: "button", onclick: () => { input.value = ""; apply(""); input.focus(); } }, "Clear"), problem);
  let isTyped = false;
  input.addEventListener("input", () => { isTyped = true; });
  state.onChange(() => { if (!isTyped) { input.value = state.get("filter"); tell(null); } });
  put(place, form);
  get("fields").then((list) => {
    put(known, list.fields.map((field) => h("option", { value: `${field.name.replace("[]", "")}=` }, field.meaning)));
  }).catch(() => {});
  return { tell, apply: (text) => { input.value = text; return apply(text); } };
}

/** Begins a page: time control, theme, what is asked again when something changes. */
export function begin({ standard = "-1h", time = true, refresh } = {}) {
  carry();
  theme();
  if (time) byId("tools").append(rangeControl(standard));
  document.body.dataset.begun = "1";
  if (refresh) byId("tools").append(h("button", { type: "button", class: "button small", onclick: refresh, title: "Ask again" }, "Refresh"));
}

/** Asks again every so often while the page is seen and looks at now. */
export function every(milliseconds, ask) {
  setInterval(() => { if (!document.hidden && !state.get("to")) ask(); }, milliseconds);
}

function theme() {
  const names = ["system", "light", "dark"];
  const read = () => { try { return localStorage.getItem("sallyport.theme") || "system"; } catch { return "system"; } };
  const show = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    put(byId("theme-name"), name);
  };
  show(read());
  byId("theme").addEventListener("click", () => {
    const next = names[(names.indexOf(read()) + 1) % names.length];
    try { localStorage.setItem("sallyport.theme", next); } catch { /* storage may be forbidden */ }
    show(next);
    dispatchEvent(new Event("themechange"));
  });
}

export { moment };
