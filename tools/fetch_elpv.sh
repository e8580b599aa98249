#!/bin/bash
# Fetches the elpv photos of solar cells (PyPI package elpv-dataset, licence CC-BY-NC-SA 4.0: not for
# commercial use, and never part of this repository) and lays them out as two data sets:
#   OUT/two    functional or defective (likelihood of a defect 1/2 or more)
#   OUT/four   functional, possibly, likely and certainly defective (0, 1/3, 2/3, 1)
# The pictures are those of Buerhop-Lutz et al. 2018 and Deitsch et al. 2019.
# usage: tools/fetch_elpv.sh [OUT]     (by default data/elpv, which git ignores)
# exit: 0 there · 5 cannot be fetched
set -euo pipefail

out=${1:-data/elpv}
version=1.0.0.post1
sha256=85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c
[[ -f $out/two/labels.csv && -f $out/four/labels.csv ]] && exit 0

give_up() {
  echo "fetch_elpv: $1" >&2
  exit 5
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=python3
if ! "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv "$work/venv" 2>/dev/null ||
    give_up "neither pip nor venv is there; as root: apt-get install python3-venv"
  python=$work/venv/bin/python
fi
echo "fetch_elpv: 91 MB from PyPI (elpv-dataset $version, CC-BY-NC-SA 4.0)"
"$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$work" \
  "elpv-dataset==$version" || give_up "pip cannot fetch elpv-dataset $version"
wheel=$(echo "$work"/elpv_dataset-*.whl)
echo "$sha256  $wheel" | sha256sum --check --quiet || give_up "$wheel is not the file it should be"
"$python" -m zipfile -e "$wheel" "$work/wheel"

mkdir -p "$out/two" "$out/four"
cp -r "$work/wheel/elpv_dataset/data/images" "$out/images"
cp "$work"/wheel/elpv_dataset-*.dist-info/licenses/LICENSE.md "$out/LICENSE.md"
ln -sfn ../images "$out/two/images"
ln -sfn ../images "$out/four/images"
# A line of theirs: "images/cell0001.png  1.0  mono".
labels=$work/wheel/elpv_dataset/data/labels.csv
awk 'BEGIN { print "file,label" }
     { print $1 "," ($2 >= 0.5 ? "defective" : "functional") }' "$labels" >"$work/two.csv"
awk 'BEGIN { print "file,label" }
     { print $1 "," ($2 < 0.2 ? "functional" : $2 < 0.5 ? "possibly defective" : \
                     $2 < 0.8 ? "likely defective" : "defective") }' "$labels" >"$work/four.csv"
mv "$work/two.csv" "$out/two/labels.csv"
mv "$work/four.csv" "$out/four/labels.csv"
echo "fetch_elpv: $out/two and $out/four hold $(($(wc -l <"$out/two/labels.csv") - 1)) pictures"
