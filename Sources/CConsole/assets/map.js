// Who talks to whom: drawn on a canvas, laid out in a bounded number of steps, walked by keyboard, and there as a table too.
import { byId, empty, failed, h, loading, put, say, table, tag } from "/assets/dom.js";
import { bytes, compact, moment, number, plural, range as rangeName } from "/assets/format.js";
import { begin, both, filterControl, is, pathTo, range, state, stepFor } from "/assets/page.js";
import { get, newest } from "/assets/api.js";

const d3 = globalThis.d3;
const canvas = byId("canvas"), frame = byId("map"), side = byId("map-side"), slider = byId("slider");
const ask = newest();
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const filter = filterControl(byId("filter-place"));
let graph = null, nodes = [], links = [], homes = new Map(), view = { x: 0, y: 0, k: 1 }, chosen = null, hovered = null, colors = {}, queued = 0, playing = 0, behaviour = null, asked = "";

begin({ refresh: () => load() });
state.onChange(change);
slider.addEventListener("input", () => pick(Number(slider.value)));
byId("play").addEventListener("click", play);
for (const [id, name] of [["staged", "staged"], ["denied-only", "denied"]]) {
  byId(id).checked = state.get(name) === "1";
  byId(id).addEventListener("change", (event) => state.set({ [name]: event.target.checked ? "1" : "" }));
}
new ResizeObserver(() => resize()).observe(frame);
addEventListener("themechange", () => { readColors(); draw(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColors(); draw(); });
frame.addEventListener("keydown", keys);
canvas.addEventListener("mousemove", (event) => hover(nearest(event)));
canvas.addEventListener("mouseleave", () => hover(null));
canvas.addEventListener("click", (event) => { if (!event.defaultPrevented) choose(nearest(event)); });
readColors();
change();

function change() {
  const question = ["filter", "from", "to"].map((name) => state.get(name)).join("\n");
  byId("staged").checked = state.get("staged") === "1";
  byId("denied-only").checked = state.get("denied") === "1";
  if (question !== asked) { asked = question; load(); } else if (graph) { arrange(); }
}

async function load() {
  put(byId("map-state"), h("div", { class: "state" }, loading(3)));
  const { from, to, span } = range();
  try {
    const answer = await ask((signal) => get("graph", { filter: state.get("filter"), from, to, step: stepFor(span, 60) }, signal));
    if (!answer) return;
    filter.tell(null);
    graph = answer;
    slider.max = String(graph.starts.length);
    slider.value = "0";
    pick(0, true);
    arrange(true);
  } catch (error) {
    graph = null; nodes = []; links = [];
    draw();
    if (error.code === "invalid_filter") { filter.tell(error); put(byId("map-state"), empty("The filter cannot be read", "See what it says above.")); } else put(byId("map-state"), failed(error, load));
  }
}

const place = (node) => (node.kind === "range" ? "outside" : node.kind === "node" ? "nodes" : node.namespace || "outside");
const title = (node) => (node.kind === "range" ? rangeName(node.name) : node.kind === "node" ? `node ${node.name}` : `${node.namespace ? `${node.namespace}/` : ""}${node.name}`);

/** Nodes and edges that are shown, laid out: where something was before it stays near. */
function arrange(fit = false) {
  const onlyDenied = state.get("denied") === "1";
  const kept = graph.edges.filter((edge) => !onlyDenied || edge.denied > 0 || (state.get("staged") === "1" && edge.stagedDenied > 0));
  const wanted = new Set(kept.flatMap((edge) => [edge.from, edge.to]));
  const before = new Map(nodes.map((node) => [node.id, node]));
  nodes = graph.nodes.filter((node) => wanted.has(node.id)).map((node) => ({ ...node, place: place(node), label: title(node), x: before.get(node.id)?.x, y: before.get(node.id)?.y, degree: 0 }));
  const index = new Map(nodes.map((node) => [node.id, node]));
  links = kept.map((edge) => ({ edge, source: index.get(edge.from), target: index.get(edge.to) }));
  links.forEach((link) => { link.source.degree += 1; link.target.degree += 1; });
  nodes.forEach((node) => { node.r = node.kind === "range" || node.kind === "node" ? 7 : 5 + Math.min(7, Math.sqrt(node.degree)); });
  chosen = chosen && index.get(chosen.id) ? index.get(chosen.id) : null;
  show(chosen);
  asTable();
  if (!d3) return put(byId("map-state"), empty("The map cannot be drawn", "This hub was built without D3 (Debian's package libjs-d3). What the map would show is below, as a table."));
  if (!nodes.length) { draw(); return put(byId("map-state"), empty(onlyDenied ? "Nothing was denied" : "Nobody talked", onlyDenied ? "No connection of this time was denied." : "There are no connections in this time. Choose a longer one, or another filter.")); }
  put(byId("map-state"));
  layout(fit || before.size === 0);
}

/** At most 260 steps, a few in each frame, then it rests. */
function layout(fit) {
  // Each namespace has a disc of its own, as large as it needs; discs never lie on each other.
  const groups = d3.nest().key((node) => node.place).sortKeys(d3.ascending).entries(nodes);
  const wide = Math.max(1, Math.min(1.7, (frame.clientWidth / Math.max(1, frame.clientHeight)) * 0.8));
  const root = { children: groups.map((group) => ({ name: group.key, value: group.values.length })) };
  d3.layout.pack().sort(null).padding(groups.length > 12 ? 26 : 44).radius((count) => 34 + 19 * Math.sqrt(count)).nodes(root);
  homes = new Map(root.children.map((disc) => [disc.name, { x: disc.x * wide, y: disc.y, r: disc.r }]));
  let seed = 7;
  const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647 - 0.5; };
  nodes.forEach((node) => { const home = homes.get(node.place); if (node.x === undefined || Math.hypot(node.x - home.x, node.y - home.y) > home.r) { node.x = home.x + random() * home.r; node.y = home.y + random() * home.r; node.px = node.x; node.py = node.y; } });
  const force = d3.layout.force().nodes(nodes).links(links).charge((node) => -150 - node.r * 10).chargeDistance(170).linkDistance(60).linkStrength((link) => (link.source.place === link.target.place ? 0.08 : 0.012)).gravity(0).friction(0.8).theta(0.9);
  force.on("tick", () => {
    for (const node of nodes) {
      const home = homes.get(node.place);
      node.x += (home.x - node.x) * 0.02;
      node.y += (home.y - node.y) * 0.02;
      const dx = node.x - home.x, dy = node.y - home.y, distance = Math.hypot(dx, dy), most = Math.max(4, home.r - node.r - 18);
      if (distance > most) { node.x = home.x + (dx / distance) * most; node.y = home.y + (dy / distance) * most; }
    }
  });
  // Starts nothing by itself: each frame makes some steps, and then it stops until the next.
  force.start();
  force.stop();
  let steps = 0;
  const most = fit ? 260 : 60;
  const run = () => {
    const until = performance.now() + (calm.matches ? 400 : 9);
    while (steps < most && performance.now() < until) {
      force.alpha(Math.max(0.006, 0.1 * (1 - steps / most)));
      force.tick();
      steps += 1;
    }
    force.stop();
    // The names of the last picture are to be read.
    for (let round = steps < most ? 1 : 6; round > 0; round -= 1) separate();
    if (fit) fitView();
    draw();
    if (steps < most) requestAnimationFrame(run);
    else frame.dataset.settled = String(nodes.length);
  };
  delete frame.dataset.settled;
  run();
}

/** Names need room: nodes that lie on each other are moved apart. */
function separate() {
  const tree = d3.geom.quadtree().x((n) => n.x).y((n) => n.y)(nodes);
  const gap = nodes.length < 60 ? 34 : nodes.length < 200 ? 20 : 10;
  for (const node of nodes) {
    const reach = node.r + 14 + gap;
    tree.visit((quad, x1, y1, x2, y2) => {
      const other = quad.point;
      if (other && other !== node) {
        const dx = node.x - other.x || 0.1, dy = node.y - other.y || 0.1, distance = Math.hypot(dx, dy), least = node.r + other.r + gap;
        if (distance < least) { const push = ((least - distance) / distance) * 0.5; node.x += dx * push; node.y += dy * push; other.x -= dx * push; other.y -= dy * push; }
      }
      return x1 > node.x + reach || x2 < node.x - reach || y1 > node.y + reach || y2 < node.y - reach;
    });
  }
}

function resize() {
  const ratio = devicePixelRatio || 1;
  const { clientWidth, clientHeight } = frame;
  if (!clientWidth) return;
  canvas.width = clientWidth * ratio;
  canvas.height = clientHeight * ratio;
  if (d3 && !behaviour) {
    behaviour = d3.behavior.zoom().scaleExtent([0.15, 5]).on("zoom", () => { const [x, y] = behaviour.translate(); view = { x, y, k: behaviour.scale() }; draw(); });
    d3.select(canvas).call(behaviour);
  }
  if (nodes.length) fitView();
  draw();
}

function setView(next) {
  view = next;
  behaviour?.translate([view.x, view.y]).scale(view.k);
}

function fitView() {
  if (!homes.size || !nodes.length || !frame.clientWidth) return;
  const discs = [...homes.values()];
  const left = d3.min(discs, (d) => d.x - d.r), right = d3.max(discs, (d) => d.x + d.r), top = d3.min(discs, (d) => d.y - d.r), bottom = d3.max(discs, (d) => d.y + d.r);
  const width = Math.max(60, right - left) + 40, height = Math.max(60, bottom - top) + 120;
  const k = Math.min(2.2, frame.clientWidth / width, frame.clientHeight / height);
  setView({ k, x: frame.clientWidth / 2 - ((left + right) / 2) * k, y: frame.clientHeight / 2 - ((top + bottom) / 2) * k });
}

function readColors() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "faint", "line", "card", "sunk", "accent", "bad", "staged", "s1"]) colors[name] = style.getPropertyValue(`--${name}`).trim();
}

function draw() { queued ||= requestAnimationFrame(paint); }

/** What an edge carried in the step that the slider is at. */
function flow(edge) {
  const step = Number(slider.value);
  if (step === 0 || !edge.steps.length) return [edge.allowed, edge.denied];
  return edge.steps[step - 1] || [0, 0];
}

function paint() {
  queued = 0;
  const context = canvas.getContext("2d");
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, frame.clientWidth, frame.clientHeight);
  if (!d3 || !nodes.length) return;
  context.translate(view.x, view.y);
  context.scale(view.k, view.k);
  const focus = hovered || chosen;
  const near = focus ? new Set(links.filter((l) => l.source === focus || l.target === focus).flatMap((l) => [l.source, l.target]).concat(focus)) : null;
  paintPlaces(context);
  const staged = state.get("staged") === "1";
  for (const link of links) paintEdge(context, link, near && !(link.source === focus || link.target === focus), staged);
  for (const node of nodes) paintNode(context, node, near && !near.has(node));
}

function paintPlaces(context) {
  context.font = `600 ${Math.min(34, 12 / Math.max(0.35, view.k))}px system-ui, sans-serif`;
  context.textAlign = "center";
  for (const [name, home] of homes) {
    const isInside = name !== "outside" && name !== "nodes";
    context.beginPath();
    context.arc(home.x, home.y, home.r, 0, 7);
    if (isInside) { context.fillStyle = colors.sunk; context.fill(); } else { context.setLineDash([3, 5]); context.lineWidth = 1; context.strokeStyle = colors.line; context.stroke(); context.setLineDash([]); }
    context.fillStyle = colors.faint;
    context.fillText(name, home.x, home.y - home.r - 5 / Math.max(0.35, view.k));
  }
}

function paintEdge(context, { edge, source, target }, faded, staged) {
  const [allowed, denied] = flow(edge);
  if (!allowed && !denied) return;
  const dx = target.x - source.x, dy = target.y - source.y, length = Math.hypot(dx, dy) || 1;
  const bend = source === target ? 0 : Math.min(26, length * 0.12);
  const mx = (source.x + target.x) / 2 - (dy / length) * bend, my = (source.y + target.y) / 2 + (dx / length) * bend;
  const ends = Math.hypot(target.x - mx, target.y - my) || 1;
  const tx = target.x - ((target.x - mx) / ends) * (target.r + 3), ty = target.y - ((target.y - my) / ends) * (target.r + 3);
  const isDenied = denied > 0 && denied >= allowed;
  const isSmall = view.k < 0.45 && links.length > 400;
  context.strokeStyle = staged && (edge.stagedDenied || edge.stagedAllowed) ? colors.staged : isDenied ? colors.bad : colors.s1;
  context.fillStyle = context.strokeStyle;
  context.globalAlpha = faded ? 0.07 : isDenied ? 0.8 : isSmall ? 0.22 : 0.42;
  context.lineWidth = Math.min(isDenied ? 2.4 : 6, 0.9 + Math.log10(1 + allowed + denied) * 0.8);
  context.setLineDash(staged && (edge.stagedDenied || edge.stagedAllowed) ? [6, 4] : isDenied ? [1.5, 4] : []);
  context.beginPath();
  context.moveTo(source.x, source.y);
  if (isSmall) context.lineTo(target.x, target.y);
  else context.quadraticCurveTo(mx, my, tx, ty);
  context.stroke();
  context.setLineDash([]);
  if (isSmall) { context.globalAlpha = 1; return; }
  const angle = Math.atan2(ty - my, tx - mx), size = 4.5 + context.lineWidth;
  context.beginPath();
  if (isDenied) { context.lineWidth = 1.8; context.moveTo(tx - Math.sin(angle) * size, ty + Math.cos(angle) * size); context.lineTo(tx + Math.sin(angle) * size, ty - Math.cos(angle) * size); context.stroke(); } else { context.moveTo(tx, ty); context.lineTo(tx - Math.cos(angle - 0.45) * size, ty - Math.sin(angle - 0.45) * size); context.lineTo(tx - Math.cos(angle + 0.45) * size, ty - Math.sin(angle + 0.45) * size); context.fill(); }
  if (!isDenied && denied > 0) { context.fillStyle = colors.bad; context.beginPath(); context.arc(mx + (source.x + target.x) / 4 - mx / 2, my + (source.y + target.y) / 4 - my / 2, 2.6, 0, 7); context.fill(); }
  context.globalAlpha = 1;
}

function paintNode(context, node, faded) {
  context.globalAlpha = faded ? 0.2 : 1;
  context.beginPath();
  if (node.kind === "range" || node.kind === "node") context.rect(node.x - node.r, node.y - node.r, node.r * 2, node.r * 2);
  else if (node.kind === "Service" || node.kind === "Gateway") { context.moveTo(node.x, node.y - node.r - 2); context.lineTo(node.x + node.r + 2, node.y); context.lineTo(node.x, node.y + node.r + 2); context.lineTo(node.x - node.r - 2, node.y); context.closePath(); } else context.arc(node.x, node.y, node.r, 0, 7);
  context.fillStyle = node === chosen ? colors.accent : colors.card;
  context.strokeStyle = node.kind === "range" ? colors.soft : colors.accent;
  context.lineWidth = node === chosen ? 3 : 1.8;
  context.fill();
  context.stroke();
  const important = node === chosen || node === hovered || view.k > 0.75 || (node.degree > 6 && view.k > 0.4);
  if (important && !faded) {
    const name = node.kind === "range" || node.kind === "node" ? node.label : node.name;
    const text = name.length > 24 ? `${name.slice(0, 22)}…` : name;
    context.font = `${node === chosen || node === hovered ? "600 " : ""}${11.5 / Math.max(0.8, Math.min(view.k, 1.4))}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.lineWidth = 3;
    context.strokeStyle = colors.card;
    context.lineJoin = "round";
    context.strokeText(text, node.x, node.y + node.r + 13);
    context.fillStyle = colors.ink;
    context.fillText(text, node.x, node.y + node.r + 13);
  }
  context.globalAlpha = 1;
}

function nearest(event) {
  const box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left - view.x) / view.k, y = (event.clientY - box.top - view.y) / view.k;
  let best = null, least = Math.max(14, 12 / view.k);
  for (const node of nodes) { const distance = Math.hypot(node.x - x, node.y - y) - node.r; if (distance < least) { least = distance; best = node; } }
  return best;
}

function hover(node) { if (node !== hovered) { hovered = node; canvas.style.cursor = node ? "pointer" : ""; draw(); } }

function choose(node) { chosen = node; show(node); draw(); if (node) say(`${node.label}, ${node.kind}, ${plural(node.degree, "connection")}`); }

/** The side: what one node talks to. */
function show(node) {
  if (!node) return put(side);
  const out = links.filter((l) => l.source === node), into = links.filter((l) => l.target === node && l.source !== node);
  const list = (title, rows, other) => rows.length > 0 && [h("h3", {}, title), table(title, [
    { title: "Who", class: "break", cell: (l) => h("a", { href: pathTo("/records", { filter: edgeFilter(l) }) }, other(l).label) },
    { title: "Allowed", number: true, cell: (l) => compact(flow(l.edge)[0]) },
    { title: "Denied", number: true, cell: (l) => (flow(l.edge)[1] ? tag(compact(flow(l.edge)[1]), "denied") : "0") },
    { title: "Bytes", number: true, cell: (l) => bytes(l.edge.bytes) },
  ], rows.sort((a, b) => b.edge.denied - a.edge.denied || b.edge.allowed - a.edge.allowed))];
  return put(side, h("button", { type: "button", class: "button small close", onclick: () => { choose(null); frame.focus(); } }, "Close"), h("h2", {}, node.label), h("p", { class: "quiet" }, node.kind === "range" ? "addresses that are nobody's in the cluster" : node.kind),
    list("Calls", out, (l) => l.target), list("Is called by", into, (l) => l.source),
    state.get("staged") === "1" && stagedOf(node));
}

function stagedOf(node) {
  const changed = links.filter((l) => (l.source === node || l.target === node) && (l.edge.stagedDenied || l.edge.stagedAllowed));
  return [h("h3", {}, "Staged changes"), changed.length ? changed.map((l) => h("p", { class: "small-text" }, `${l.source.label} → ${l.target.label}: `, l.edge.stagedDenied > 0 && tag(`${compact(l.edge.stagedDenied)} newly denied`, "denied"), l.edge.stagedAllowed > 0 && tag(`${compact(l.edge.stagedAllowed)} newly allowed`, "allowed"))) : h("p", { class: "quiet" }, "Staged policies change nothing here.")];
}

function nodeFilter(node, prefix) {
  if (node.kind === "range") return node.name === "somebody" ? "" : is(prefix ? "destination.range" : "source.range", node.name);
  if (node.kind === "node") return is(prefix ? "destination.node" : "source.node", node.name);
  if (node.kind === "Service") return is("destination.service", `${node.namespace}/${node.name}`);
  if (node.kind === "Gateway") return is("gateway", `${node.namespace}/${node.name}`);
  if (node.kind === "principal") return both(is("principal.name", node.name), node.namespace && is("principal.namespace", node.namespace));
  return both(is(`${prefix}workload.namespace`, node.namespace), is(`${prefix}workload.name`, node.name));
}

const edgeFilter = (link) => both(nodeFilter(link.source, ""), nodeFilter(link.target, "destination."));

function asTable() {
  const rows = links.slice().sort((a, b) => b.edge.denied - a.edge.denied || b.edge.allowed - a.edge.allowed).slice(0, 200);
  put(byId("map-table"), rows.length ? table("Connections", [
    { title: "From", class: "break", cell: (l) => l.source.label }, { title: "To", class: "break", cell: (l) => h("a", { href: pathTo("/records", { filter: edgeFilter(l) }) }, l.target.label) },
    { title: "Allowed", number: true, cell: (l) => number(l.edge.allowed) }, { title: "Denied", number: true, cell: (l) => number(l.edge.denied) },
    { title: "Staged", cell: (l) => [l.edge.stagedDenied > 0 && tag(`${compact(l.edge.stagedDenied)} newly denied`, "staged"), l.edge.stagedAllowed > 0 && tag(`${compact(l.edge.stagedAllowed)} newly allowed`, "staged")] }, { title: "Bytes", number: true, cell: (l) => bytes(l.edge.bytes) },
  ], rows) : empty("Nothing to list", "There are no connections in this time."), links.length > 200 && h("p", { class: "quiet small-text" }, `and ${number(links.length - 200)} more`));
}

function pick(step, quietly = false) {
  slider.value = String(step);
  const start = graph?.starts[step - 1], end = graph?.starts[step] || graph?.to;
  const text = step === 0 || !start ? "all of it" : `${moment(start).replace(/ \S+$/, "")} – ${moment(end).slice(11)}`;
  put(byId("slider-text"), text);
  slider.setAttribute("aria-valuetext", text);
  if (!quietly) { show(chosen); draw(); }
}

function play() {
  const stop = () => { clearInterval(playing); playing = 0; put(byId("play"), "Play"); byId("play").setAttribute("aria-pressed", "false"); };
  if (playing) return stop();
  put(byId("play"), "Stop");
  byId("play").setAttribute("aria-pressed", "true");
  if (Number(slider.value) >= Number(slider.max)) pick(0);
  playing = setInterval(() => { if (Number(slider.value) >= Number(slider.max)) stop(); else pick(Number(slider.value) + 1); }, calm.matches ? 1500 : 450);
}

/** The nearest node in a direction from the chosen one. */
function step(dx, dy) {
  if (!nodes.length) return;
  if (!chosen) return choose(nodes.slice().sort((a, b) => b.degree - a.degree)[0]);
  let best = null, least = Infinity;
  for (const node of nodes) {
    const x = node.x - chosen.x, y = node.y - chosen.y, along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
    if (node !== chosen && along > 0 && along + across * 2.2 < least) { least = along + across * 2.2; best = node; }
  }
  if (best) { choose(best); const x = best.x * view.k + view.x, y = best.y * view.k + view.y; if (x < 40 || y < 40 || x > frame.clientWidth - 40 || y > frame.clientHeight - 40) setView({ ...view, x: frame.clientWidth / 2 - best.x * view.k, y: frame.clientHeight / 2 - best.y * view.k }); draw(); }
}

function keys(event) {
  const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const scale = (factor) => { const k = Math.max(0.15, Math.min(5, view.k * factor)), x = frame.clientWidth / 2, y = frame.clientHeight / 2; setView({ k, x: x - ((x - view.x) / view.k) * k, y: y - ((y - view.y) / view.k) * k }); draw(); };
  if (event.target !== frame) return;
  if (event.key in moves) step(...moves[event.key]);
  else if (event.key === "+" || event.key === "=") scale(1.25);
  else if (event.key === "-") scale(0.8);
  else if (event.key === "0") { fitView(); draw(); } else if (event.key === "Escape") choose(null);
  else if (event.key === "Enter" && chosen) side.querySelector("a, button")?.focus();
  else return;
  event.preventDefault();
}
