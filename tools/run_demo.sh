#!/bin/bash
# Trains on the sample of Fashion-MNIST that the repository carries.
# usage: tools/run_demo.sh NOYAU [FLAG...]   (NOYAU is the built command; FLAGs go to `noyau train`)
set -euo pipefail
cd "$(dirname "$0")/.."
noyau=$1
shift

# Each demo gets a folder of its own: an earlier run is never overwritten.
out=runs/demo
number=2
while [[ -e $out ]]; do
  out=runs/demo$number
  number=$((number + 1))
done

sample=data/fashion-mnist-sample
echo "\$ $noyau train $sample --out $out $*"
"$noyau" train "$sample" --out "$out" "$@"

if [[ ! -f $out/report.html ]]; then
  echo "demo: $out/report.html is missing after the run" >&2
  exit 1
fi
echo
echo "report:   $PWD/$out/report.html   (one file; open it in a browser)"
echo "try next: $noyau eval $out $sample"
