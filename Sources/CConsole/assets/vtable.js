// A table of many thousands of rows, of which only those that are seen are there.
import { h, put, say } from "/assets/dom.js";

const rowHeight = 32, headHeight = 34, spare = 12;

export class VirtualTable {
  /** `columns`: `{id, title, width, number, mono, cell(row)}`; `open(row)`: somebody chose a row; `more()`: the end came near. */
  constructor(place, { label, open, more }) {
    Object.assign(this, { place, open, more, rows: [], columns: [], at: -1, chosen: null, lines: new Map(), fresh: new Set() });
    this.head = h("div", { class: "head", role: "rowgroup" });
    this.body = h("div", { class: "rows", role: "rowgroup" });
    place.setAttribute("role", "grid");
    place.setAttribute("aria-label", label);
    place.append(this.head, this.body);
    place.addEventListener("scroll", () => this.draw(), { passive: true });
    place.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("focus", () => { if (this.at < 0 && this.rows.length) this.go(0); });
    this.body.addEventListener("click", (event) => {
      const line = event.target.closest(".line");
      if (line) this.choose(Number(line.dataset.index));
    });
    new ResizeObserver(() => this.draw()).observe(place);
  }

  show(columns) {
    this.columns = columns;
    this.place.setAttribute("aria-colcount", columns.length);
    put(this.head, h("div", { class: "line", role: "row", "aria-rowindex": "1" }, columns.map((column, index) => this.sized(h("div", { class: `cell ${column.number ? "num" : ""}`, role: "columnheader", "aria-colindex": index + 1 }, column.title), column))));
    this.redraw();
  }

  sized(cell, column) {
    cell.style.width = `${column.width / 15}rem`;
    if (column.grow) { cell.style.flexGrow = "1"; }
    return cell;
  }

  /** All rows anew. */
  set(rows) {
    this.rows = rows;
    this.at = Math.min(this.at, rows.length - 1);
    this.redraw();
  }

  append(rows) { this.rows = this.rows.concat(rows); this.redraw(); }

  /** New rows at the beginning; who has scrolled down keeps seeing what he saw. */
  prepend(rows, most) {
    const seen = this.place.scrollTop;
    this.rows = rows.concat(this.rows);
    if (this.rows.length > most) this.rows.length = most;
    if (this.at >= 0) this.at = Math.min(this.at + rows.length, this.rows.length - 1);
    rows.forEach((row) => this.fresh.add(row));
    this.redraw();
    if (seen > 4) this.place.scrollTop = seen + rows.length * rowHeight;
  }

  redraw() {
    this.lines.forEach((line) => line.remove());
    this.lines.clear();
    this.body.style.height = `${this.rows.length * rowHeight}px`;
    this.place.setAttribute("aria-rowcount", this.rows.length + 1);
    this.draw();
    this.fresh.clear();
  }

  draw() {
    const first = Math.max(0, Math.floor((this.place.scrollTop - headHeight) / rowHeight) - spare);
    const last = Math.min(this.rows.length, Math.ceil((this.place.scrollTop + this.place.clientHeight) / rowHeight) + spare);
    for (const [index, line] of this.lines) if (index < first || index >= last) { line.remove(); this.lines.delete(index); }
    const added = document.createDocumentFragment();
    for (let index = first; index < last; index += 1) if (!this.lines.has(index)) { const line = this.line(index); this.lines.set(index, line); added.append(line); }
    this.body.append(added);
    if (this.rows.length && last >= this.rows.length - 20) this.more?.();
  }

  line(index) {
    const row = this.rows[index];
    const line = h("div", { class: `line${index === this.at ? " at" : ""}${this.fresh.has(row) ? " new" : ""}`, role: "row", id: `row-${index}`, "aria-rowindex": index + 2, "aria-selected": String(row === this.chosen), "data-index": index },
      this.columns.map((column, number) => this.sized(h("div", { class: `cell ${column.number ? "num" : ""} ${column.mono ? "mono" : ""}`, role: "gridcell", "aria-colindex": number + 1 }, column.cell(row)), column)));
    line.style.top = `${index * rowHeight}px`;
    return line;
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.place.clientHeight / rowHeight) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in moves) this.go(this.at + moves[event.key]);
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.rows.length - 1);
    else if ((event.key === "Enter" || event.key === " ") && this.at >= 0) this.choose(this.at);
    else return;
    event.preventDefault();
  }

  go(index) {
    if (!this.rows.length) return;
    index = Math.max(0, Math.min(this.rows.length - 1, index));
    this.lines.get(this.at)?.classList.remove("at");
    this.at = index;
    const top = index * rowHeight, { scrollTop, clientHeight } = this.place;
    if (top < scrollTop) this.place.scrollTop = top;
    else if (top + rowHeight + headHeight > scrollTop + clientHeight) this.place.scrollTop = top + rowHeight + headHeight - clientHeight;
    this.draw();
    this.lines.get(index)?.classList.add("at");
    this.place.setAttribute("aria-activedescendant", `row-${index}`);
  }

  choose(index) {
    this.go(index);
    this.chosen = this.rows[index];
    this.lines.forEach((line, at) => line.setAttribute("aria-selected", String(this.rows[at] === this.chosen)));
    this.open?.(this.chosen);
  }

  release() {
    this.chosen = null;
    this.lines.forEach((line) => line.setAttribute("aria-selected", "false"));
  }
}
