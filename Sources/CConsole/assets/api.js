// The API: every page asks here.

export class Problem extends Error {
  constructor(body, status) {
    super(body.detail || `The hub answered ${status}.`);
    Object.assign(this, body, { status });
  }
}

/** Asks; a session that is over leads to the login page and back. */
export async function get(path, parameters = {}, signal) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== ""));
  const text = query.toString();
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}${text ? `?${text}` : ""}`, { headers: { accept: "application/json" }, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The hub does not answer. It may be starting again." }, 0);
  }
  if (answer.status === 401) {
    location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(body, answer.status);
  return body;
}

/** Records as they come. Takes `{record, missed, state}`, gives what ends it. The browser goes on by itself after a break. */
export function live(parameters, on) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  const source = new EventSource(`/api/v1/records/live?${query}`);
  source.addEventListener("record", (event) => on.record(JSON.parse(event.data)));
  source.addEventListener("missed", (event) => on.missed(JSON.parse(event.data).count));
  source.addEventListener("over", () => { source.close(); location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`); });
  source.onopen = () => on.state("on");
  source.onerror = () => on.state(source.readyState === EventSource.CLOSED ? "off" : "again");
  return () => source.close();
}

/** One answer at a time: a newer question makes an older one's answer void. */
export function newest() {
  let current;
  return async (ask) => {
    current?.abort();
    const mine = (current = new AbortController());
    try {
      const answer = await ask(mine.signal);
      return mine === current ? answer : undefined;
    } catch (error) {
      if (error.name === "AbortError" || mine !== current) return undefined;
      throw error;
    }
  };
}
