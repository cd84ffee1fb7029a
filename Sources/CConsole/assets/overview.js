import { byId, empty, failed, h, loading, put, s, say, table, tag } from "/assets/dom.js";
import { ago, compact, dollars, number, plural, range as rangeName, reason } from "/assets/format.js";
import { begin, both, every, is, pathTo, range, state, stepFor } from "/assets/page.js";
import { areas } from "/assets/charts.js";
import { get, newest } from "/assets/api.js";

const ask = newest();
begin({ refresh: () => load() });
state.onChange(() => load());
every(15000, () => load(true));
load();

async function load(quietly = false) {
  if (!quietly) for (const id of ["decisions", "denied", "spent", "exposed", "guarantees"]) put(byId(id), loading());
  const { from, to, span } = range();
  try {
    const answer = await ask((signal) => get("overview", { from, to, step: stepFor(span, 90) }, signal));
    if (answer) show(answer);
  } catch (error) {
    put(byId("alarms"));
    put(byId("facts"));
    for (const id of ["denied", "spent", "exposed", "guarantees"]) put(byId(id));
    put(byId("decisions"), failed(error, () => load()));
  }
}

function fact(label, value, more, { path, kind, share } = {}) {
  const bar = share === undefined ? null : h("div", { class: "meter", "aria-hidden": "true" }, s("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none" }, s("rect", { width: share * 100, height: 4 })));
  return h(path ? "a" : "div", { class: `fact ${kind || ""}`, href: path }, h("div", { class: "label" }, label), h("div", { class: "value" }, value), bar, h("div", { class: "more" }, more));
}

function show(answer) {
  const { protected: guarded, guarantees, objects, decisions } = answer;
  const of = (verdict) => decisions.rows.find((row) => row.key.verdict === verdict)?.total;
  const [allowed, denied] = [of("allowed"), of("denied")];
  const deniedCount = (denied?.count || 0) + (denied?.repeats || 0);
  put(byId("facts"),
    fact("Protected workloads", `${number(guarded.guardedIn)} of ${number(guarded.workloads)}`,
      guarded.workloads === guarded.guardedIn ? "each says who may call" : `${plural(guarded.workloads - guarded.guardedIn, "is", "are")} open to all`,
      { share: guarded.workloads ? guarded.guardedIn / guarded.workloads : 1, path: pathTo("/policies"), kind: guarded.workloads === guarded.guardedIn ? "good" : "" }),
    fact("Exposed", number(answer.exposures.length), answer.exposures.some((e) => e.isAI) ? "AI servers among them" : "ways in from outside", { kind: answer.exposures.some((e) => e.isAI) ? "care" : "" }),
    fact("Allowed", compact(allowed?.count || 0), "requests and connections", { path: pathTo("/records", { filter: "verdict=allowed" }) }),
    fact("Denied", compact(deniedCount), answer.denied.rows.length ? plural(answer.denied.rows.length + answer.denied.otherCount, "kind") : "nobody was turned away", { path: pathTo("/records", { filter: "verdict=denied" }), kind: deniedCount ? "bad" : "good" }),
    fact("Cost", dollars(answer.spent.total.costUSD), `${compact(answer.spent.total.tokensIn + answer.spent.total.tokensOut)} tokens`, { path: pathTo("/ai") }),
    fact("Guarantees", guarantees.refuted ? `${guarantees.refuted} refuted` : `${guarantees.proved} proved`, objects.bad + objects.mistakes ? `${plural(objects.bad + objects.mistakes, "object")} with problems` : "all objects are accepted",
      { path: pathTo("/guarantees"), kind: guarantees.refuted ? "bad" : guarantees.proved ? "good" : "" }));
  alarms(answer.alarms, answer.staged);
  over(decisions);
  deniedMost(answer.denied);
  spent(answer.spent);
  exposed(answer.exposures, guarded.open);
  proofs(guarantees);
  byId("main").setAttribute("aria-busy", "false");
}

function alarms(groups, staged) {
  const notes = groups.rows.map((row) => h("p", { class: `note ${row.key["alarm.severity"] === "info" ? "" : row.key["alarm.severity"] === "warning" ? "care" : "bad"}` },
    h("strong", {}, capital(reason(row.key["alarm.name"]))), row.key["alarm.subject"] && `: ${row.key["alarm.subject"]}`, `, ${ago(row.total.last)}. `,
    h("a", { href: pathTo("/records", { filter: is("alarm.name", row.key["alarm.name"]) }) }, row.total.count === 1 ? "See it" : `See all ${number(row.total.count)}`)));
  if (staged.rows.length) {
    notes.push(h("p", { class: "note staged" }, h("strong", {}, "Staged policies"), ` would deny ${plural(staged.total.count, "allowed record")}. `,
      h("a", { href: pathTo("/records", { filter: "verdict=allowed and staged.verdict=denied" }) }, "See which")));
  }
  if (groups.rows.length) say(plural(groups.rows.length, "alarm"));
  put(byId("alarms"), notes);
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function over(groups) {
  if (!groups.total.count) return put(byId("decisions"), empty("Quiet", "There are no records in this time. Records come as soon as a request or connection is decided."));
  const values = (verdict) => (groups.rows.find((row) => row.key.verdict === verdict)?.steps || []).map((step) => step.count + step.repeats);
  areas(byId("decisions"), {
    starts: groups.starts, end: new Date(groups.to).getTime(), caption: "Decisions over time, allowed and denied", show: compact,
    series: [{ name: "denied", color: "c-denied", values: values("denied") }, { name: "allowed", color: "c-allowed", values: values("allowed") }],
  });
}

const who = (key) => (key["workload.name"] ? `${key["workload.namespace"]}/${key["workload.name"]}` : key["principal.name"] ? `${key["principal.namespace"] ? `${key["principal.namespace"]}/` : ""}${key["principal.name"]}` : "somebody");
const whom = (key) => (key["destination.workload.name"] ? `${key["destination.workload.namespace"]}/${key["destination.workload.name"]}` : key["destination.service"] || (key["destination.range"] ? rangeName(key["destination.range"]) : "the front door"));

function deniedMost(groups) {
  if (!groups.rows.length) return put(byId("denied"), empty("Nothing was denied", "Everything that was asked for in this time was allowed."));
  const filter = (key) => both("verdict=denied", ...["reason", "workload.namespace", "workload.name", "principal.name", "destination.workload.name", "destination.service"].filter((name) => key[name]).map((name) => is(name, key[name])));
  put(byId("denied"), table("What was denied most", [
    { title: "From and to", class: "break", cell: (row) => [h("a", { href: pathTo("/records", { filter: filter(row.key) }) }, `${who(row.key)} → ${whom(row.key)}`), h("span", { class: "sub" }, reason(row.key.reason))] },
    { title: "Times", number: true, cell: (row) => number(row.total.count + row.total.repeats) },
    { title: "Last", number: true, cell: (row) => ago(row.total.last) },
  ], groups.rows));
}

function spent(groups) {
  const rows = groups.rows.filter((row) => row.total.costUSD !== "0" || row.total.tokensIn + row.total.tokensOut > 0);
  if (!rows.length) return put(byId("spent"), empty("Nothing was spent", "No AI request in this time was counted."));
  put(byId("spent"), table("Who spent most", [
    { title: "Principal", class: "break", cell: (row) => h("a", { href: pathTo("/ai", { filter: row.key["principal.name"] ? is("principal.name", row.key["principal.name"]) : "" }) }, row.key["principal.name"] ? `${row.key["principal.namespace"] ? `${row.key["principal.namespace"]}/` : ""}${row.key["principal.name"]}` : "nobody known") },
    { title: "Tokens", number: true, cell: (row) => compact(row.total.tokensIn + row.total.tokensOut) },
    { title: "Cost", number: true, cell: (row) => dollars(row.total.costUSD) },
  ], rows));
}

function exposed(rows, open) {
  if (!rows.length && !open.length) return put(byId("exposed"), empty("No ways in", "Nothing is reachable from outside, and every workload says who may call it."));
  put(byId("exposed"),
    rows.length > 0 && table("What can be reached from outside", [
      { title: "What", class: "break", cell: (row) => [row.target, row.isAI && [" ", tag("AI server", "care")], h("span", { class: "sub" }, row.way)] },
      { title: "From", cell: (row) => row.source },
      { title: "Ports", cell: (row) => h("span", { class: "mono" }, row.traffic) },
    ], rows.slice(0, 7)),
    rows.length > 7 && h("p", { class: "quiet small-text" }, `and ${rows.length - 7} more`),
    open.length > 0 && [h("h3", {}, "Open to every workload"), h("p", { class: "break small-text" }, open.map((w) => `${w.namespace}/${w.name}`).join(", "))]);
}

function proofs(guarantees) {
  if (!guarantees.proved && !guarantees.refuted && !guarantees.vacuous) return put(byId("guarantees"), empty("No guarantees", "Write down what must always or never be reachable, and it is proved on every change."));
  put(byId("guarantees"), h("p", {}, tag(`${guarantees.proved} proved`, "good"), " ", guarantees.refuted > 0 && [tag(`${guarantees.refuted} refuted`, "bad"), " "], guarantees.vacuous > 0 && tag(`${guarantees.vacuous} about nobody`, "care")),
    guarantees.broken.map((one) => h("p", { class: "break small-text" }, h("strong", {}, `${one.guarantee}/${one.rule}`), `: ${one.witness || one.text}`)), h("p", {}, h("a", { href: pathTo("/guarantees") }, "All guarantees")));
}
