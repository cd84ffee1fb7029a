import { byId, empty, failed, h, loading, put, table, tag } from "/assets/dom.js";
import { number, plural } from "/assets/format.js";
import { begin, every, state } from "/assets/page.js";
import { get, newest } from "/assets/api.js";

const ask = newest();
let answer = null;
begin({ time: false, refresh: () => load() });
const search = byId("search");
search.value = state.get("q");
search.addEventListener("input", () => state.set({ q: search.value.trim() }, { replace: true }));
state.onChange(() => { if (document.activeElement !== search) search.value = state.get("q"); if (answer) show(); });
every(15000, () => load(true));
load();

const isBad = (one) => one.conditions.some((c) => c.isBad) || one.parts.some((p) => p.conditions.some((c) => c.isBad));

async function load(quietly = false) {
  if (!quietly) put(byId("objects"), loading(8));
  try {
    const got = await ask((signal) => get("objects", {}, signal));
    if (!got || (answer && JSON.stringify(got) === JSON.stringify(answer))) return;
    answer = got;
    show();
  } catch (error) { answer = null; put(byId("mistakes")); put(byId("objects"), failed(error, () => load())); }
}

function show() {
  const words = state.get("q").toLowerCase().split(/\s+/).filter(Boolean);
  const onlyBad = state.get("show") === "bad";
  const bad = answer.objects.filter(isBad);
  put(byId("object-choice"), [["", `All ${number(answer.objects.length)}`], ["bad", `With problems ${number(bad.length)}`]].map(([name, title]) => h("button", { type: "button", class: "button small", "aria-pressed": String(state.get("show") === name), onclick: () => state.set({ show: name }) }, title)));
  put(byId("mistakes"), answer.mistakes.length > 0 && h("div", { class: "note bad", role: "alert" }, h("p", {}, h("strong", {}, plural(answer.mistakes.length, "mistake") + " in the files.")), answer.mistakes.map((m) => h("p", { class: "break small-text" }, h("code", {}, `${m.file}:${m.line}`), ` ${m.message}`))));
  const rows = answer.objects.filter((one) => (!onlyBad || isBad(one)) && words.every((word) => `${one.kind} ${one.namespace}/${one.name}`.toLowerCase().includes(word)));
  if (!answer.objects.length) return put(byId("objects"), empty("No objects", "The directory has none yet, or none that you may see."));
  if (!rows.length) return put(byId("objects"), empty("None of these", onlyBad ? "No object has a problem." : "No kind, namespace or name has these words."));
  const kinds = Map.groupBy ? Map.groupBy(rows, (one) => one.kind) : rows.reduce((map, one) => map.set(one.kind, [...(map.get(one.kind) || []), one]), new Map());
  put(byId("objects"), [...kinds].sort(([a], [b]) => a.localeCompare(b)).map(([kind, list]) => h("details", { class: "item", open: rows.length <= 60 || list.some(isBad) },
    h("summary", {}, h("span", { class: "title" }, kind, h("span", { class: "kind" }, ` ${number(list.length)}`)), h("span", { class: "figures" }, list.some(isBad) ? tag(plural(list.filter(isBad).length, "problem"), "bad") : tag("all right", "good"))),
    table(kind, [
      { title: "Name", class: "break half", cell: (one) => [one.namespace ? `${one.namespace}/${one.name}` : one.name, one.file && h("span", { class: "sub mono" }, `${one.file}:${one.line}`)] },
      { title: "Conditions", class: "break", cell: (one) => [conditions(one.conditions), one.parts.map((part) => h("p", { class: "small-text" }, `${part.name} `, conditions(part.conditions)))] },
    ], list.slice(0, 500)), list.length > 500 && h("p", { class: "quiet small-text" }, `and ${number(list.length - 500)} more; search for them`))));
}

function conditions(list) {
  if (!list.length) return h("span", { class: "faint" }, "read");
  return list.map((c) => [tag(`${c.type}${c.status === "True" ? "" : `: ${c.reason || c.status}`}`, c.isBad ? "bad" : "good"), " ", c.isBad && c.message && h("span", { class: "small-text" }, `${c.message} `)]);
}
