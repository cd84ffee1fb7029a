#!/usr/bin/env bash
# Runs the example until Ctrl-C: a stand-in model server on loopback, and the front door before it.
set -euo pipefail
cd "$(dirname "$0")/.."

sallyport=.build/release/sallyport
objects=examples/quickstart
state=examples/.state
port=11500

mkdir -p "$state"
chmod 700 "$state"

# The key of the example is kept here, unlike any real one, so that a second `make up` can show it again.
if [ ! -s "$state/demo.key" ] || [ ! -e "$objects/keys/ai/demo.yaml" ]; then
    rm -f "$objects/keys/ai/demo.yaml"
    (
        umask 077
        "$sallyport" keys create demo --namespace ai --labels team=demo --dir "$objects" >"$state/demo.key" 2>/dev/null
    )
fi

children=()
finish() {
    trap '' INT TERM
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    wait || true
}
trap finish EXIT
trap 'exit 0' INT TERM

python3 examples/stand-in/stand_in.py --port "$port" &
children+=($!)
"$sallyport" up "$objects" --state "$state" --log-level warning &
door=$!
children+=("$door")

for _ in $(seq 100); do
    kill -0 "$door" 2>/dev/null || exit 1
    if curl -sf http://127.0.0.1:9470/readyz >/dev/null; then break; fi
    sleep 0.1
done

cat <<TXT

Try it in another terminal, from this directory:

  export SALLYPORT_KEY=$(cat "$state/demo.key")
  alias door='curl --cacert $state/ca.pem'

  # no key: 401
  door https://127.0.0.1:8443/v1/models
  # with the key: an answer, streamed, counted and charged
  door https://127.0.0.1:8443/v1/chat/completions -H "Authorization: Bearer \$SALLYPORT_KEY" \\
    -N -d '{"model":"stand-in","stream":true,"messages":[{"role":"user","content":"hello"}]}'
  # another model, and what would change the server: 403, with the reason
  door https://127.0.0.1:8443/v1/chat/completions -H "Authorization: Bearer \$SALLYPORT_KEY" \\
    -d '{"model":"another","messages":[{"role":"user","content":"hello"}]}'
  door https://127.0.0.1:8443/api/pull -H "Authorization: Bearer \$SALLYPORT_KEY" -d '{"model":"another"}'
  # one record for each: as they come, one of them whole, who does most, and what was spent
  $sallyport flows --state $state
  $sallyport record ID --state $state
  $sallyport top --by key --state $state
  $sallyport budgets --state $state

The console shows all of it: open the link above in a browser, or another one, for each opens once:

  $sallyport console --state $state

Ctrl-C ends it.
TXT
wait "$door"
