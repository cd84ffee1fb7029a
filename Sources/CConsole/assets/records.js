import { byId, empty, failed, h, loading, popup, put, say, verdictTag } from "/assets/dom.js";
import { bytes, day, dollars, number, plural, precise, reason, seconds, zone } from "/assets/format.js";
import { begin, filterControl, range, state } from "/assets/page.js";
import { destination, detail, source, what } from "/assets/record.js";
import { get, live, newest } from "/assets/api.js";
import { VirtualTable } from "/assets/vtable.js";

const most = 10000;
const columns = [
  { id: "time", title: () => `Time, ${zone.name}`, width: 108, mono: true, cell: (r) => precise(r.time), say: (r) => `${day(r.time)} ${precise(r.time)}` },
  { id: "verdict", title: "Verdict", width: 96, cell: (r) => (r.alarm ? h("span", { class: "tag care" }, "alarm") : verdictTag(r.verdict)) },
  { id: "from", title: "From", width: 165, cell: source },
  { id: "to", title: "To", width: 165, cell: destination },
  { id: "port", title: "Port", width: 62, number: true, cell: (r) => r.destination?.port ?? "" },
  { id: "what", title: "What", width: 190, grow: true, cell: what },
  { id: "reason", title: "Reason", width: 150, cell: (r) => (r.reason === "rule_matched" ? h("span", { class: "faint" }, "rule matched") : reason(r.reason)) },
  { id: "policy", title: "Policy", width: 160, cell: (r) => r.policy || "" },
  { id: "staged", title: "Staged", width: 110, cell: (r) => r.staged?.verdict ? h("span", { class: "tag staged" }, r.staged.verdict) : "" },
  { id: "principal", title: "Principal", width: 140, cell: (r) => r.principal?.name || "" },
  { id: "model", title: "Model", width: 150, cell: (r) => r.ai?.model || "" },
  { id: "tokens", title: "Tokens", width: 84, number: true, cell: (r) => (r.ai?.tokens ? number((r.ai.tokens.input || 0) + (r.ai.tokens.output || 0)) : "") },
  { id: "cost", title: "Cost", width: 84, number: true, cell: (r) => (r.ai?.cost_usd ? dollars(r.ai.cost_usd) : "") },
  { id: "status", title: "Status", width: 64, number: true, cell: (r) => r.status ?? "" },
  { id: "bytes", title: "Bytes out", width: 90, number: true, cell: (r) => (r.bytes ? bytes(r.bytes.out) : "") },
  { id: "duration", title: "Took", width: 84, number: true, cell: (r) => (r.timing?.duration !== undefined ? seconds(r.timing.duration) : "") },
  { id: "node", title: "Node", width: 120, cell: (r) => r.node || "" },
  { id: "address", title: "Address", width: 150, mono: true, cell: (r) => r.source?.address || "" },
];
const standard = ["time", "verdict", "from", "to", "port", "what", "reason", "policy", "duration"];

const ask = newest();
const filter = filterControl(byId("filter-place"));
const grid = new VirtualTable(byId("table"), { label: "Records", open: openRecord, more: nextPage });
const notice = byId("table-count");
const liveButton = h("button", { type: "button", class: "button small", "aria-pressed": "false", onclick: () => state.set({ live: state.get("live") ? "" : "1" }) }, h("span", { class: "live-dot" }), "Live");
const cover = h("div", { class: "state-cover" });
let next = null, busy = false, stop = null, waiting = [], missed = 0, complete = null, lastFocus = null, asked = "";

begin({ refresh: () => load() });
put(byId("table-buttons"), columnsControl(), liveButton);
byId("table").after(cover);
state.onChange(change);
addEventListener("keydown", (event) => { if (event.key === "Escape" && !byId("detail").hidden) closeRecord(); });
change();

function shownColumns() {
  const asked = state.get("cols").split(",").filter(Boolean);
  const chosen = asked.length ? asked : standard;
  return columns.filter((column) => chosen.includes(column.id)).map((column) => ({ ...column, title: typeof column.title === "function" ? column.title() : column.title }));
}

function change() {
  grid.show(shownColumns());
  liveButton.setAttribute("aria-pressed", String(Boolean(state.get("live"))));
  const question = JSON.stringify(["filter", "from", "to", "live"].map((name) => state.get(name)));
  if (question !== asked) { asked = question; load(); }
  const id = state.get("id");
  if (id && grid.chosen?.id !== id) get(`records/${encodeURIComponent(id)}`).then((answer) => showDetail(answer.records[answer.records.length - 1])).catch(() => state.set({ id: "" }, { replace: true, quietly: true }));
  if (!id && !byId("detail").hidden) hideDetail();
}

function question() {
  const { from, to } = range();
  return { filter: state.get("filter"), from, to };
}

async function load() {
  stop?.();
  stop = null;
  waiting = [];
  missed = 0;
  next = null;
  cover.hidden = false;
  byId("table").hidden = true;
  put(cover, loading(12));
  put(notice, "Loading");
  try {
    const answer = await ask((signal) => get("records", { ...question(), limit: 200 }, signal));
    if (!answer) return;
    filter.tell(null);
    next = answer.next;
    complete = answer.complete;
    grid.at = -1;
    grid.set(answer.records);
    byId("table").scrollTop = 0;
    if (state.get("live")) follow();
    count();
  } catch (error) {
    grid.set([]);
    put(notice);
    if (error.code === "invalid_filter") { filter.tell(error); put(cover, empty("The filter cannot be read", "See what it says above, mend it, and press Enter.")); } else put(cover, failed(error, load));
  }
}

function count() {
  const none = grid.rows.length === 0;
  byId("table").hidden = none;
  cover.hidden = !none;
  if (!none) put(cover);
  if (none) {
    put(cover, state.get("live") ? empty("Waiting", "Records appear here as soon as they are made.")
      : state.get("filter") ? empty("No records fit", "There are none with this filter in this time.", h("button", { type: "button", class: "button", onclick: () => filter.apply("") }, "Without the filter"))
        : empty("No records yet", "None were made in this time. Choose a longer one, or watch them come.", h("button", { type: "button", class: "button", onclick: () => state.set({ live: "1" }) }, "Live")));
  }
  const words = [plural(grid.rows.length, "record")];
  if (next) words[0] += " so far";
  if (complete && complete.share < 1) words.push(`ordinary ones are a sample of ${Math.round(complete.share * 100)} %`);
  if (complete?.lost) words.push(`${number(complete.lost)} were lost on their way`);
  if (missed) words.push(`${number(missed)} were too fast to be shown`);
  const text = words.join(", ");
  if (notice.textContent !== text) put(notice, text);
}

async function nextPage() {
  if (!next || busy || grid.rows.length >= most) return;
  busy = true;
  try {
    const cursor = next;
    const answer = await get("records", { ...question(), limit: 500, cursor });
    if (cursor !== next) return;
    next = answer.next;
    grid.append(answer.records);
    count();
  } catch (error) { put(notice, error.message); next = null; } finally { busy = false; }
}

/** Records come faster than frames: they wait for the next one. */
function follow() {
  let frame = 0;
  const flush = () => {
    frame = 0;
    const batch = waiting.reverse();
    waiting = [];
    if (batch.length) grid.prepend(batch, most);
    count();
  };
  const seen = new Set(grid.rows.slice(0, 500).map((r) => r.id + r.time + (r.connection?.event || "")));
  stop = live({ filter: state.get("filter") }, {
    record(record) {
      if (seen.size && seen.delete(record.id + record.time + (record.connection?.event || ""))) return;
      waiting.push(record);
      if (waiting.length > most) { waiting.shift(); missed += 1; }
      frame ||= requestAnimationFrame(flush);
    },
    missed(lost) { missed += lost; frame ||= requestAnimationFrame(flush); },
    state(state) {
      liveButton.firstChild.classList.toggle("on", state === "on");
      say(state === "on" ? "Live" : state === "again" ? "The live stream broke; it goes on by itself." : "The live stream ended.");
    },
  });
}

function openRecord(record) {
  lastFocus = document.activeElement;
  state.set({ id: record.id }, { quietly: true });
  showDetail(record);
}

function showDetail(record) {
  const place = byId("detail");
  place.hidden = false;
  detail(place, record, closeRecord);
  place.scrollTop = 0;
  byId("detail-title").focus({ preventScroll: true });
}

function hideDetail() { byId("detail").hidden = true; grid.release(); }

function closeRecord() {
  hideDetail();
  state.set({ id: "" }, { quietly: true });
  (lastFocus?.isConnected ? lastFocus : byId("table")).focus();
}

function columnsControl() {
  return popup("Columns", () => [
    columns.map((column) => {
      const title = typeof column.title === "function" ? column.title() : column.title;
      const box = h("input", { type: "checkbox", checked: shownColumns().some((one) => one.id === column.id) });
      box.addEventListener("change", () => {
        const chosen = new Set(shownColumns().map((one) => one.id));
        if (box.checked) chosen.add(column.id); else chosen.delete(column.id);
        const list = columns.filter((one) => chosen.has(one.id)).map((one) => one.id);
        state.set({ cols: list.join(",") === standard.join(",") ? "" : list.join(",") });
      });
      return h("label", {}, box, title);
    }),
    h("button", { type: "button", class: "button small", onclick: () => state.set({ cols: "" }) }, "As it was"),
  ]);
}
