-- What each connection of wrk sends: one small chat completion with a key. Settings come by environment.
--   BENCH_KEY   value of x-api-key
--   BENCH_THINK mean pause between an answer and the next request, in milliseconds; 0: none
--   BENCH_TARGETS a file with a host and a key on each line, which requests go through in turn; empty: one host, one key
wrk.method = "POST"
wrk.path = "/v1/chat/completions"
wrk.headers["content-type"] = "application/json"
wrk.headers["x-api-key"] = os.getenv("BENCH_KEY")
wrk.body = '{"model":"stand-in","messages":[{"role":"system","content":"Answer in one short sentence."},'
  .. '{"role":"user","content":"Why is a sally port built with two doors?"}],"max_tokens":16,"temperature":0}'

local think = tonumber(os.getenv("BENCH_THINK") or "0")
if think > 0 then
  function delay() return math.random(math.floor(think / 2), math.ceil(think * 1.5)) end
end

local targets = os.getenv("BENCH_TARGETS") or ""
if targets ~= "" then
  local requests, turn = {}, 0

  function init()
    for line in io.lines(targets) do
      local host, key = line:match("(%S+) (%S+)")
      wrk.headers["Host"], wrk.headers["x-api-key"] = host, key
      requests[#requests + 1] = wrk.format()
    end
  end

  function request()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'BENCH {"requests":%d,"microseconds":%d,"bad_status":%d,"bad_socket":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
