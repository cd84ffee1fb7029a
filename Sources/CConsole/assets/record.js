// One record in words: who, to whom, why, what was measured; what the policies of now say, and what would change it.
import { failed, h, loading, put, tag, verdictTag } from "/assets/dom.js";
import { bytes, dollars, moment, number, plural, precise, range as rangeName, reason, seconds } from "/assets/format.js";
import { both, is, state } from "/assets/page.js";
import { get } from "/assets/api.js";

/** Whether the viewer may read what was asked and answered: asked once, and only when a request is looked at. */
let mayRead;
const readsContent = () => (mayRead ??= get("session").then((session) => session.content).catch(() => false));

const name = (workload) => workload && `${workload.namespace}/${workload.name}`;

/** Who it comes from, in few words. */
export function source(record) {
  if (record.workload) return name(record.workload);
  if (record.source?.node) return `node ${record.source.node}`;
  if (record.principal) return [record.principal.namespace, record.principal.name].filter(Boolean).join("/");
  if (record.source?.range) return rangeName(record.source.range);
  return record.source?.address || "–";
}

/** Where it goes to. */
export function destination(record) {
  const to = record.destination;
  if (to?.workload) return name(to.workload);
  if (to?.service) return to.service;
  if (to?.node) return `node ${to.node}`;
  if (to?.range) return to.range === "public" ? to.address : rangeName(to.range);
  // What was denied got no further than the route, or the Gateway.
  return to?.address || record.route?.split(" ").pop() || record.gateway || record.http?.host || record.alarm?.subject || "–";
}

/** What it asks for. */
export function what(record) {
  if (record.alarm) return record.alarm.text;
  if (record.ai?.tool) return `${record.ai.mcp_method || "tool"} ${record.ai.tool}`;
  if (record.ai?.model) return `${record.ai.operation || "AI"} ${record.ai.model}`;
  if (record.http?.method) return `${record.http.method} ${record.http.path || ""}`;
  if (record.connection) return `${record.connection.transport || ""} ${record.connection.event || ""}`.trim();
  return "";
}

function sentence(record) {
  if (record.alarm) return record.alarm.text;
  const verb = record.verdict === "denied" ? "was denied" : record.verdict === "allowed" ? "was allowed" : "was not shown";
  return `${source(record)} → ${destination(record)}${record.destination?.port ? ` :${record.destination.port}` : ""} ${verb}`;
}

/** A row that also adds itself to the filter. */
function line(title, value, field, raw) {
  if (value === undefined || value === null || value === false || value === "") return null;
  const add = field && h("button", { type: "button", class: "add", title: `Only records with this ${title.toLowerCase()}`, "aria-label": `Filter by ${title.toLowerCase()} ${raw ?? value}`, onclick: () => state.set({ filter: both(state.get("filter"), is(field, raw ?? value)) }) }, "+");
  return [h("dt", {}, title), h("dd", {}, value, add)];
}

/** Draws into `place`; `others`: more records of the same id. */
export function detail(place, record, close) {
  const id = record.id;
  const explanation = h("div", {}, loading(3));
  const more = h("div", {});
  const words = h("div", {});
  const why = [h("h3", {}, record.connection ? "Under the policies of now" : "As it was decided"), explanation];
  put(place,
    h("button", { type: "button", class: "button small close", onclick: close, "aria-label": "Close" }, "Close"),
    h("h2", { tabindex: "-1", id: "detail-title" }, sentence(record)),
    h("p", {}, verdictTag(record.verdict), " ", h("span", { class: "quiet" }, reason(record.reason)), record.suspected_theft && [" ", tag("suspected theft", "bad")], record.connection?.disagreement && [" ", tag("kernel disagrees", "bad")]),
    record.explanation && h("p", {}, capital(record.explanation.replace(/\.$/, "")), "."),
    record.verdict === "denied" ? [why, h("h3", {}, "What was asked"), facts(record), staged(record), trace(record)] : [facts(record), staged(record), trace(record), why], words, more,
    h("details", {}, h("summary", {}, "The record as JSON"), h("pre", { tabindex: "0" }, JSON.stringify(record, null, 2))));
  get("explain", { record: id }).then((answer) => put(explanation, answer.explanation ? explain(answer.explanation, record) : h("p", { class: "quiet" }, "The objects of now say nothing of it: the workload may be gone, or it was a request that only its own trace explains."))).catch((error) => put(explanation, failed(error)));
  if (record.ai && record.verdict === "allowed") readsContent().then((may) => may && offer(words, id));
  get(`records/${encodeURIComponent(id)}`).then((answer) => {
    if (answer.records.length > 1) put(more, h("h3", {}, "All of this connection"), h("ol", { class: "trace" }, answer.records.map((one) => h("li", { class: "hit" }, `${one.connection?.event || one.point}, ${precise(one.time)} `, verdictTag(one.verdict)))));
  }).catch(() => {});
}

/** A button: to look is kept as a record, so nothing is shown unasked. */
function offer(place, id) {
  const show = () => get(`records/${encodeURIComponent(id)}/content`).then((content) => put(place, part("Prompt", content.prompt), part("Answer", content.answer))).catch((error) => put(place, error.code === "no_content" ? h("p", { class: "quiet" }, "No prompt and no answer of it is stored: no policy says so, or its time is over.") : failed(error)));
  put(place, h("h3", {}, "Prompt and answer"), h("p", {}, h("button", { type: "button", class: "button small", onclick: show }, "Show prompt and answer"), h("span", { class: "quiet" }, " That you looked is kept as a record.")));
}

const part = (title, stored) => [h("h3", {}, title), stored ? [h("pre", { tabindex: "0", class: "words" }, stored.text), (stored.isCut || stored.redactions > 0) && h("p", { class: "quiet" }, [stored.redactions > 0 && `${plural(stored.redactions, "place")} taken out`, stored.isCut && "cut off"].filter(Boolean).join(", "), ".")] : h("p", { class: "quiet" }, "Not stored.")];

/** Words between backticks are those of an object. */
const code = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function facts(record) {
  const { principal, http, ai, connection, destination: to, timing } = record;
  return h("dl", {},
    line("Time", moment(record.time)), line("Point", record.node ? `${record.point}, node ${record.node}` : record.point, "point", record.point),
    line("Policy", record.policy, "policy"), line("Rule", record.rule, "rule"),
    line("Workload", record.workload && `${record.workload.kind} ${name(record.workload)}`, "workload.name", record.workload?.name), line("Pod", record.workload?.pod, "workload.pod"),
    line("Address", record.source?.address, "source.address"), line("Range", record.source?.range && rangeName(record.source.range), "source.range", record.source?.range),
    line("Principal", principal && `${reason(principal.kind)} ${[principal.namespace, principal.name].filter(Boolean).join("/")}`, "principal.name", principal?.name), line("Owner", principal?.owner, "principal.owner"),
    line("To", to?.workload && `${to.workload.kind} ${name(to.workload)}`, "destination.workload.name", to?.workload?.name), line("Service", to?.service, "destination.service"),
    line("To address", to?.address && `${to.address}${to.port ? ` port ${to.port}` : ""}`, "destination.address", to?.address), line("To range", to?.range && rangeName(to.range), "destination.range", to?.range),
    line("Gateway", record.gateway && `${record.gateway}, ${record.listener || ""}`, "gateway", record.gateway), line("Route", record.route, "route"),
    line("Request", http && `${http.method || ""} ${http.host || ""}${http.path || ""}`), line("Status", record.status, "status"), line("Client", http?.user_agent), line("TLS", record.tls?.version && `${record.tls.version} ${record.tls.server_name || ""}`),
    line("Model", ai?.model && (ai.upstream_model ? `${ai.model} as ${ai.upstream_model}` : ai.model), "ai.model", ai?.model), line("Tool", ai?.tool, "ai.tool"), line("Classes", ai?.classes?.join(", ")), line("Server", ai?.server, "ai.server"),
    line("Tokens", ai?.tokens && `${number(ai.tokens.input || 0)} in, ${number(ai.tokens.output || 0)} out${ai.tokens.cached ? `, ${number(ai.tokens.cached)} cached` : ""}${ai.tokens.estimate ? " (estimated)" : ""}`),
    line("Cost", ai?.cost_usd && `${dollars(ai.cost_usd)} (${ai.cost_usd} USD)`), line("Budget", ai?.budget?.exhausted && `${ai.budget.exhausted} is exhausted`),
    line("Connection", connection && [connection.event, connection.transport, connection.direction, connection.end].filter(Boolean).join(", ")), line("Sent to", connection?.original && `${connection.original.address} port ${connection.original.port}`), line("Attempts", connection?.repeats && `${plural(connection.repeats, "more attempt")} without a record`),
    line("Bytes", record.bytes && `${bytes(record.bytes.in)} in, ${bytes(record.bytes.out)} out`), line("Took", timing?.duration !== undefined && `${seconds(timing.duration)}${timing.first_byte !== undefined ? `, first byte after ${seconds(timing.first_byte)}` : ""}`),
    line("Evidence", record.alarm?.evidence, "id", record.alarm?.evidence), line("Revision", record.revision), line("Id", h("code", {}, record.id)));
}

function staged(record) {
  const staged = record.staged;
  if (!staged) return null;
  return [h("h3", {}, "Staged"), h("p", {}, tag(`would be ${staged.verdict}`, "staged"), ` by ${staged.policy || "no policy"}${staged.rule ? `, rule ${staged.rule}` : ""}: ${reason(staged.reason)}`)];
}

function trace(record) {
  if (!record.trace?.length) return null;
  return [h("h3", {}, "Rules that were looked at"), h("ol", { class: "trace" }, record.trace.map((step) => h("li", { class: [step.result === "matched" && "hit", step.mode === "staged" && "staged"].filter(Boolean).join(" ") || null },
    h("span", {}, `${step.policy} `, h("strong", {}, step.rule)), step.mode === "staged" && [" ", tag("staged", "staged")], h("span", { class: "quiet" }, ` ${reason(step.result)}`))))];
}

function explain(answer, record) {
  const changed = record.verdict && (record.verdict === "allowed") !== answer.isAllowed;
  return [
    changed && h("p", { class: "note care" }, "Decided otherwise now than it was then."),
    // Of a request it stands above: nothing was decided anew.
    record.connection && h("p", {}, tag(answer.isAllowed ? "allowed" : "denied", answer.isAllowed ? "allowed" : "denied"), ` ${answer.answer}`),
    answer.sides.map((side) => [h("p", { class: "small-text" }, h("strong", {}, side.heading)), h("ol", { class: "trace" }, side.findings.map((one) => h("li", { class: one.isDecisive ? "hit" : null }, `${one.policy} `, one.rule && h("strong", {}, one.rule), h("span", { class: "quiet" }, ` ${one.text}`), one.file && h("span", { class: "faint" }, ` ${one.file}:${one.line}`))), h("li", {}, side.conclusion))]),
    answer.changes.length > 0 && [h("h3", {}, answer.isAllowed ? "What would deny this" : "What would allow this"), answer.changes.map((change) => [h("p", {}, code(change.text)), change.yaml && h("pre", { tabindex: "0" }, change.yaml)])],
  ];
}
