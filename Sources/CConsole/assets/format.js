// Numbers and times in words. The time zone is always said.

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const number = (value) => whole.format(value);
export const compact = (value) => (Math.abs(value) < 10000 ? whole.format(value) : short.format(value));

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Dollars from an exact decimal; what cost something is never shown as nothing. */
export function dollars(text) {
  const value = Number(text || 0);
  if (value === 0) return "$0";
  if (value < 0.01) return value < 0.0001 ? "< $0.0001" : `$${value.toFixed(4)}`;
  return `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
  if (value < 120) return `${value.toFixed(value < 10 ? 2 : 1)} s`;
  if (value < 7200) return `${Math.round(value / 60)} min`;
  return `${(value / 3600).toFixed(1)} h`;
}

export const zone = {
  get isUTC() { return new URLSearchParams(location.search).get("tz") !== "local"; },
  get name() { return this.isUTC ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone || "local"; },
};

const two = (n) => String(n).padStart(2, "0");

function parts(date) {
  return zone.isUTC
    ? [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()]
    : [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()];
}

const date = (value) => (value instanceof Date ? value : new Date(value));

export function day(value) { const [y, m, d] = parts(date(value)); return `${y}-${two(m)}-${two(d)}`; }
export function clock(value) { const [, , , hh, mm, ss] = parts(date(value)); return `${two(hh)}:${two(mm)}:${two(ss)}`; }
export function precise(value) { return `${clock(value)}.${String(parts(date(value))[6]).padStart(3, "0")}`; }
export function minute(value) { const [, , , hh, mm] = parts(date(value)); return `${two(hh)}:${two(mm)}`; }
export function moment(value) { return `${day(value)} ${clock(value)} ${zone.name}`; }

/** A time on an axis: the day where days pass, else the minute. */
export function tick(value, span) {
  const [, m, d] = parts(date(value));
  const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  return span > 36 * 3600e3 ? `${d} ${names[m - 1]}${span < 96 * 3600e3 ? ` ${minute(value)}` : ""}` : minute(value);
}

const lengths = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((minutes) => minutes * 60e3);

/** Round times from one to another, at most so many. */
export function times(from, to, most) {
  const length = lengths.find((one) => (to - from) / one <= most) || lengths[lengths.length - 1];
  // Days begin at midnight where the clock is that is shown, also behind a day that has 23 hours or 25.
  const away = (time) => (zone.isUTC ? 0 : new Date(time).getTimezoneOffset() * 60e3);
  const first = Math.ceil((from - away(from)) / length) * length + away(from);
  const list = [];
  for (let time = first; time <= to + 3600e3; time += length) {
    const round = length > 3600e3 ? time + away(time) - away(first) : time;
    if (round >= from && round <= to) list.push(round);
  }
  return list;
}

export function ago(value) {
  const past = (Date.now() - date(value).getTime()) / 1000;
  if (past < 5) return "just now";
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    if (past >= size) return `${Math.floor(past / size)} ${unit} ago`;
  }
  return "just now";
}

export const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many || `${one}s`}`;

/** What a range of addresses is called. */
export const range = (name) => ({ public: "the internet", cloud_metadata: "cloud metadata", private: "private addresses", loopback: "loopback", link_local: "link-local", somebody: "unknown caller" })[name] || name.replaceAll("_", " ");
export const reason = (name) => (name || "").replaceAll("_", " ");
