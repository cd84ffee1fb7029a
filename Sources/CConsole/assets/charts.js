// Charts over time, drawn as SVG: areas on each other, with a cursor that says the numbers, and the same as a table for who
// cannot see them.
import { h, put, s } from "/assets/dom.js";
import { moment, tick, times as rounds } from "/assets/format.js";

const height = 170, left = 46, bottom = 20, top = 8;

/** Round numbers for an axis, up to three above zero. */
export function ticks(most) {
  if (!(most > 0)) return [0];
  const raw = most / 3;
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = [1, 2, 2.5, 5, 10].map((m) => m * power).find((step) => step >= raw) || raw;
  const list = [];
  for (let value = 0; value <= most * 1.0001; value += size) list.push(value);
  if (list[list.length - 1] < most) list.push(list[list.length - 1] + size);
  return list;
}

/**
 * Draws into `place`. `starts`: times; `series`: `{name, color, values}`; `show`: a value in words.
 */
export function areas(place, { starts, end, series, show, caption }) {
  const draw = () => {
    const width = Math.max(280, place.clientWidth || 600);
    const times = starts.map((start) => new Date(start).getTime());
    const count = times.length;
    const sums = times.map((_, index) => series.reduce((sum, one) => sum + (one.values[index] || 0), 0));
    const axis = ticks(Math.max(...sums, 0));
    const most = axis[axis.length - 1] || 1;
    const span = Math.max(1, end - times[0]);
    const x = (time) => left + ((time - times[0]) / span) * (width - left);
    const y = (value) => top + (1 - value / most) * (height - top - bottom);
    const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": caption, height });
    for (const value of axis) {
      svg.append(s("line", { class: "grid", x1: left, x2: width, y1: y(value), y2: y(value) }), s("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, show(value)));
    }
    for (const time of rounds(times[0], end, Math.max(2, Math.floor((width - left) / 90)))) {
      const place = x(time);
      // Not beyond an edge.
      svg.append(s("text", { x: place, y: height - 4, "text-anchor": place < left + 24 ? "start" : place > width - 24 ? "end" : "middle" }, tick(time, span)));
    }
    let base = times.map(() => 0);
    for (const one of series) {
      const next = base.map((value, index) => value + (one.values[index] || 0));
      // A step is as long as it is: its number stands from where it begins to where the next does.
      const up = [], down = [];
      for (let index = 0; index < count; index += 1) {
        const a = x(times[index]), b = x(index + 1 < count ? times[index + 1] : end);
        up.push(`${a.toFixed(1)},${y(next[index]).toFixed(1)}`, `${b.toFixed(1)},${y(next[index]).toFixed(1)}`);
        down.unshift(`${b.toFixed(1)},${y(base[index]).toFixed(1)}`, `${a.toFixed(1)},${y(base[index]).toFixed(1)}`);
      }
      svg.append(s("polygon", { class: `area ${one.color}`, points: up.concat(down).join(" ") }));
      base = next;
    }
    const cursor = s("line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
    svg.append(cursor);
    const hint = h("div", { class: "hint", hidden: true });
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const at = times[0] + (((event.clientX - box.left) / box.width) * width - left) / (width - left) * span;
      let index = 0;
      while (index + 1 < count && times[index + 1] <= at) index += 1;
      const place = x(times[index]);
      cursor.setAttribute("x1", place); cursor.setAttribute("x2", place); cursor.setAttribute("visibility", "visible");
      put(hint, h("p", { class: "faint" }, moment(times[index])), series.slice().reverse().filter((one) => one.values[index]).map((one) => h("p", {}, `${one.name}: ${show(one.values[index])}`)), !sums[index] && h("p", {}, "nothing"));
      hint.hidden = false;
      const right = place > width * 0.6;
      hint.style.left = right ? "auto" : `${(place / width) * box.width + 10}px`;
      hint.style.right = right ? `${box.width - (place / width) * box.width + 10}px` : "auto";
    };
    svg.addEventListener("pointermove", point);
    svg.addEventListener("pointerleave", () => { hint.hidden = true; cursor.setAttribute("visibility", "hidden"); });
    const keys = h("ul", { class: "keys", "aria-hidden": "true" }, series.map((one) => h("li", {}, h("span", { class: `dot ${one.color}` }), one.name)));
    const numbers = h("table", { class: "unseen" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "From"), series.map((one) => h("th", { scope: "col" }, one.name)))),
      h("tbody", {}, times.map((time, index) => h("tr", {}, h("th", { scope: "row" }, moment(time)), series.map((one) => h("td", {}, show(one.values[index] || 0)))))));
    put(place, svg, hint, keys, numbers);
  };
  draw();
  place.redraw?.disconnect();
  let known = place.clientWidth;
  place.redraw = new ResizeObserver(() => { if (Math.abs(place.clientWidth - known) > 4) { known = place.clientWidth; draw(); } });
  place.redraw.observe(place);
}
