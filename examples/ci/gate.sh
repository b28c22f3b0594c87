#!/usr/bin/env bash
# Any other service: exit code 0 where nothing is worse, 1 for findings, else what went wrong.
set -euo pipefail
unknot run workloads -o result.json --exit-zero
unknot check result.json --baseline unknot-baseline.json
