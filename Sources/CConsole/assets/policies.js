import { byId, empty, failed, h, loading, put, table, tag } from "/assets/dom.js";
import { ago, compact, number, plural } from "/assets/format.js";
import { begin, both, is, pathTo, range, state } from "/assets/page.js";
import { get, newest } from "/assets/api.js";

const ask = newest();
const choices = { "": "All", staged: "Staged", unused: "Never used", denying: "Denying" };
let answer = null;

begin({ standard: "-7d", refresh: () => load() });
state.onChange(change);
let asked = "";
change();

function change() {
  const question = state.get("from") + state.get("to");
  if (!answer || question !== asked) { asked = question; load(); } else show();
}

async function load() {
  put(byId("policies"), loading(6));
  const { from, to } = range("-7d");
  try {
    const got = await ask((signal) => get("policies", { from, to }, signal));
    if (got) { answer = got; show(); }
  } catch (error) { put(byId("policies"), failed(error, load)); }
}

const fits = {
  "": () => true, staged: (one) => one.policy.isStaged, unused: (one) => one.isUnused, denying: (one) => one.use.denied > 0,
};

function show() {
  const choice = state.get("show");
  put(byId("policy-choice"), Object.entries(choices).map(([name, words]) => h("button", { type: "button", class: "button small", "aria-pressed": String(choice === name), onclick: () => state.set({ show: name }) },
    `${words} ${number(answer.policies.filter(fits[name]).length)}`)));
  const rows = answer.policies.filter(fits[choice] || fits[""]);
  if (!answer.policies.length) return put(byId("policies"), empty("No policies", "Nothing passes the front door without an AccessPolicy, and workloads without policies talk to everybody."));
  if (!rows.length) return put(byId("policies"), empty("None of these", choice === "unused" ? "Every policy decided something in this time." : "No policy is like that now."));
  put(byId("policies"), rows.map(item));
}

function item(one) {
  const { policy, use, effect } = one;
  const field = policy.isStaged ? "staged.policy" : "policy";
  const filter = is(field, one.recordName);
  return h("details", { class: "item" },
    h("summary", {},
      h("span", { class: "title" }, h("span", { class: "kind" }, `${policy.kind} `), policy.namespace ? `${policy.namespace}/${policy.name}` : policy.name),
      h("span", { class: "figures" }, policy.tier && policy.tier !== "NetworkPolicy" && tag(policy.tier, "bare"), policy.isStaged ? tag("staged", "staged") : null,
        effect && effectTags(effect),
        !policy.isStaged && use.allowed > 0 && tag(`${compact(use.allowed)} allowed`, "allowed"), !policy.isStaged && use.denied > 0 && tag(`${compact(use.denied)} denied`, "denied"),
        one.isUnused ? tag("never used", "care") : h("span", { class: "quiet" }, ago(use.last))),
      h("span", { class: "sub" }, policy.subject)),
    table(`Rules of ${policy.name}`, [
      { title: "Rule", class: "break", cell: (rule) => [h("code", {}, rule.name || "(no rule allows it)"), !rule.isThere && rule.name && h("span", { class: "sub" }, "not in the object any more")] },
      { title: policy.isStaged ? "Would allow" : "Allowed", number: true, cell: (rule) => number(rule.use.allowed) },
      { title: policy.isStaged ? "Would deny" : "Denied", number: true, cell: (rule) => number(rule.use.denied) },
      { title: "Last", number: true, cell: (rule) => (rule.use.last ? ago(rule.use.last) : tag("never", "care")) },
      { title: "", number: true, cell: (rule) => (rule.use.last ? h("a", { href: pathTo("/records", { filter: both(filter, rule.name && is(policy.isStaged ? "staged.rule" : "rule", rule.name)) }), "aria-label": `Records of rule ${rule.name}` }, "Records") : "") },
    ], one.rules),
    h("p", { class: "small-text quiet" }, policy.file && `${policy.file}:${policy.line}. `, h("a", { href: pathTo("/records", { filter }) }, "All its records"),
      effect && effect.newlyDenied > 0 && [", ", h("a", { href: pathTo("/records", { filter: both(filter, "verdict=allowed", "staged.verdict=denied") }) }, plural(effect.newlyDenied, "record") + " it would newly deny")],
      effect && effect.newlyAllowed > 0 && [", ", h("a", { href: pathTo("/records", { filter: both(filter, "verdict=denied", "staged.verdict=allowed") }) }, plural(effect.newlyAllowed, "record") + " it would newly allow")]));
}

function effectTags(effect) {
  if (!effect.newlyDenied && !effect.newlyAllowed) return effect.same ? tag(`${compact(effect.same)} as now`, "good") : null;
  return [effect.newlyDenied > 0 && tag(`${compact(effect.newlyDenied)} newly denied`, "denied"), effect.newlyAllowed > 0 && tag(`${compact(effect.newlyAllowed)} newly allowed`, "allowed")];
}
