import { byId, empty, failed, h, loading, put, tag } from "/assets/dom.js";
import { number, plural } from "/assets/format.js";
import { begin, every } from "/assets/page.js";
import { get, newest } from "/assets/api.js";

const ask = newest();
const order = { refuted: 0, vacuous: 1, proved: 2 };
const kind = { refuted: "bad", vacuous: "care", proved: "good" };
let shown = "";

begin({ time: false, refresh: () => load() });
every(15000, () => load(true));
load();

async function load(quietly = false) {
  if (!quietly) { put(byId("guarantees"), loading(6)); shown = ""; }
  try {
    const answer = await ask((signal) => get("guarantees", {}, signal));
    if (!answer || JSON.stringify(answer) === shown) return;
    shown = JSON.stringify(answer);
    show(answer);
  } catch (error) { shown = ""; put(byId("guarantees"), failed(error, () => load())); }
}

function show(answer) {
  const rows = answer.guarantees.slice().sort((a, b) => order[a.result] - order[b.result]);
  if (!rows.length) return put(byId("guarantees"), empty("No guarantees", "A Guarantee says what must always, or never, be reachable. It is proved on every change, for all pods and all addresses."));
  const bad = rows.filter((one) => one.result === "refuted").length;
  put(byId("guarantees"),
    h("p", { class: `note ${bad ? "bad" : ""}` }, bad ? h("strong", {}, `${plural(bad, "rule")} of ${number(rows.length)} can be broken.`) : h("strong", {}, "Nothing can break them."), ` Decided for revision ${answer.revision}, for all pods and all addresses.`),
    rows.map((one) => h("details", { class: "item", open: one.result === "refuted" },
      h("summary", {}, h("span", { class: "title" }, `${one.guarantee}`, h("span", { class: "kind" }, ` / ${one.rule}`)), h("span", { class: "figures" }, tag(one.result === "vacuous" ? "about nobody" : one.result, kind[one.result])), h("span", { class: "sub" }, one.text)),
      one.witness && h("div", { class: "note bad" }, h("p", {}, h("strong", {}, "A connection that breaks it: "), one.witness), one.reason && h("p", {}, one.reason)),
      h("dl", {}, h("dt", {}, "Promise"), h("dd", {}, one.promise), one.pairs !== undefined && [h("dt", {}, "Proved for"), h("dd", {}, plural(one.pairs, "pair"))], one.file && [h("dt", {}, "Written in"), h("dd", {}, h("code", {}, `${one.file}:${one.line}`))]),
      one.remarks.map((remark) => h("p", { class: "note care" }, remark)))));
}
