#!/usr/bin/env bash
# Pictures of the console for README.md and docs/console.md: runs the example, sends requests for some minutes, and looks at
# it with a headless Chromium. SALLYPORT_BIN names the binary, as for Tests/EndToEnd/run.
set -euo pipefail
cd "$(dirname "$0")/.."

export SALLYPORT_SCREENSHOTS=${SALLYPORT_SCREENSHOTS:-$PWD/docs/images}
Tests/EndToEnd/run -q screenshots.py
ls -l "$SALLYPORT_SCREENSHOTS"
