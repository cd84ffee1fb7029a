import { byId, empty, failed, h, loading, meter, put, table } from "/assets/dom.js";
import { ago, compact, dollars, number, plural, seconds } from "/assets/format.js";
import { begin, every, filterControl, is, pathTo, range, state, stepFor } from "/assets/page.js";
import { areas } from "/assets/charts.js";
import { get, newest } from "/assets/api.js";

const ask = newest();
const places = ["cost", "tokens", "models", "principals", "tools-table", "classes"];
const filter = filterControl(byId("filter-place"));
begin({ standard: "-24h", refresh: () => load() });
state.onChange(() => load());
every(30000, () => load(true));
load();

async function load(quietly = false) {
  if (!quietly) places.forEach((id) => put(byId(id), loading()));
  const { from, to, span } = range("-24h");
  try {
    const answer = await ask((signal) => get("ai", { filter: state.get("filter"), from, to, step: stepFor(span, 72) }, signal));
    if (answer) { filter.tell(null); show(answer); }
  } catch (error) {
    places.forEach((id) => put(byId(id)));
    put(byId("ai-facts"));
    if (error.code === "invalid_filter") filter.tell(error);
    put(byId("cost"), failed(error, () => load()));
  }
}

const principal = (key) => (key["principal.name"] ? `${key["principal.namespace"] ? `${key["principal.namespace"]}/` : ""}${key["principal.name"]}` : "nobody known");
const tokens = (total) => total.tokensIn + total.tokensOut;

function fact(label, value, more) {
  return h("div", { class: "fact" }, h("div", { class: "label" }, label), h("div", { class: "value" }, value), h("div", { class: "more" }, more));
}

function show({ models, principals, tools, classes }) {
  const all = models.total;
  if (!all.count) {
    put(byId("ai-facts"));
    places.slice(1).forEach((id) => put(byId(id)));
    return put(byId("cost"), empty("No AI requests", "None were seen in this time. They are counted when they pass the front door to a server that is known."));
  }
  put(byId("ai-facts"),
    fact("Requests", compact(all.count), plural(models.rows.filter((row) => row.key["ai.model"]).length + models.otherCount, "model")),
    fact("Cost", dollars(all.costUSD), "by the prices of your Providers"),
    fact("Tokens in", compact(all.tokensIn), all.tokensIn ? `${Math.round((100 * all.tokensCached) / all.tokensIn)} % from a cache` : ""),
    fact("Tokens out", compact(all.tokensOut), all.tokensEstimated ? `${Math.round((100 * all.tokensEstimated) / Math.max(1, tokens(all)))} % of all are estimates` : "as the servers reported"),
    fact("First byte", seconds(all.firstByteMedian), `95 of 100 within ${seconds(all.firstByteP95)}`));
  stack("cost", principals, (row) => principal(row.key), (total) => Number(total.costUSD), (value) => dollars(String(value)), "Cost over time, by principal");
  stack("tokens", models, (row) => row.key["ai.model"] || "no model", tokens, compact, "Tokens over time, by model");
  const most = Math.max(...models.rows.map((row) => tokens(row.total)));
  put(byId("models"), table("Models", [
    { title: "Model", class: "break", cell: (row) => [h("a", { href: pathTo("/records", { filter: row.key["ai.model"] ? is("ai.model", row.key["ai.model"]) : "not ai.model" }) }, row.key["ai.model"] || "no model"), h("span", { class: "sub" }, row.key["ai.server"])] },
    { title: "Requests", number: true, cell: (row) => number(row.total.count) },
    { title: "Tokens in", number: true, cell: (row) => compact(row.total.tokensIn) }, { title: "Tokens out", number: true, cell: (row) => compact(row.total.tokensOut) },
    { title: "", cell: (row) => meter(tokens(row.total), most) },
    { title: "First byte, median", number: true, cell: (row) => seconds(row.total.firstByteMedian) }, { title: "95 of 100", number: true, cell: (row) => seconds(row.total.firstByteP95) },
    { title: "Cost", number: true, cell: (row) => dollars(row.total.costUSD) },
  ], models.rows), rest(models));
  const dearest = Math.max(...principals.rows.map((row) => Number(row.total.costUSD)));
  put(byId("principals"), table("Principals", [
    { title: "Principal", class: "break", cell: (row) => [h("a", { href: pathTo("/records", { filter: row.key["principal.name"] ? is("principal.name", row.key["principal.name"]) : "not principal.name" }) }, principal(row.key)), h("span", { class: "sub" }, [row.key["principal.kind"]?.replace("_", " "), row.key["principal.owner"]].filter(Boolean).join(", "))] },
    { title: "Requests", number: true, cell: (row) => number(row.total.count) }, { title: "Tokens", number: true, cell: (row) => compact(tokens(row.total)) },
    { title: "", cell: (row) => meter(Number(row.total.costUSD), dearest) },
    { title: "Cost", number: true, cell: (row) => dollars(row.total.costUSD) }, { title: "Last", number: true, cell: (row) => ago(row.total.last) },
  ], principals.rows), rest(principals));
  const used = tools.rows.filter((row) => row.key["ai.tool"]);
  put(byId("tools-table"), used.length ? table("Tools", [
    { title: "Tool", class: "break", cell: (row) => [h("a", { href: pathTo("/records", { filter: is("ai.tool", row.key["ai.tool"]) }) }, row.key["ai.tool"]), h("span", { class: "sub" }, row.key["ai.mcp_method"])] },
    { title: "Calls", number: true, cell: (row) => number(row.total.count) }, { title: "Last", number: true, cell: (row) => ago(row.total.last) },
  ], used) : empty("No tools", "No MCP tool was called in this time."));
  put(byId("classes"), table("Operation classes", [
    { title: "Class", cell: (row) => (row.key["ai.classes[]"] || row.key["ai.classes"] || "none").replaceAll(",", ", ") }, { title: "Requests", number: true, cell: (row) => number(row.total.count) },
    { title: "", cell: (row) => meter(row.total.count, classes.rows[0]?.total.count || 0) },
  ], classes.rows));
}

const rest = (groups) => (groups.other ? h("p", { class: "quiet small-text" }, `and ${plural(groups.otherCount, "more", "more")}, together ${dollars(groups.other.costUSD)}, ${compact(tokens(groups.other))} tokens`) : null);

/** The first five on each other, the rest together. */
function stack(id, groups, name, value, show, caption) {
  const rows = groups.rows.filter((row) => value(row.total) > 0);
  if (!rows.length) return put(byId(id), empty("Nothing to show", "None of the requests of this time has that number."));
  const top = rows.slice(0, 5), others = rows.slice(5);
  const series = top.map((row, index) => ({ name: name(row), color: `c${index + 1}`, values: row.steps.map(value) }));
  if (others.length) series.push({ name: "others", color: "c7", values: groups.starts.map((_, index) => others.reduce((sum, row) => sum + value(row.steps[index]), 0)) });
  return areas(byId(id), { starts: groups.starts, end: new Date(groups.to).getTime(), series, show, caption });
}
