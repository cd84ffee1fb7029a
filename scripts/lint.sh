#!/usr/bin/env bash
# Formatting and the style rules of .swift-format, without changing anything.
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz
for script in scripts/*.sh install/image/*.sh .ci/run; do bash -n "$script"; done
echo "lint: clean"
