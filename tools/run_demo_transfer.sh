#!/bin/bash
# From a folder of photos to a classifier: fetches the elpv photos of solar cells and ImageNet weights,
# looks at the data, asks for advice, trains and shows the report.
# usage: tools/run_demo_transfer.sh NOYAU [WAY] [CLASSES] [SEED]
#   WAY       heads (two minutes on two cores; the default) or fine-tune (twenty)
#   CLASSES   two (functional or defective; the default) or four (how likely a defect is)
set -euo pipefail

noyau=$1
way=${2:-heads}
classes=${3:-two}
seed=${4:-0}
cd "$(dirname "$0")/.."
data=data/elpv/$classes

case $way in
  heads)
    flags=(--recipe linear-probe --freeze head --head stages --augment flip,vflip --views 6 --batch 128
      --weight-decay 0.3)
    ;;
  fine-tune)
    # What the advice says for these pictures; the report then tells why.
    flags=(--freeze auto --augment flip,vflip,jitter=0.2:0.2 --image-size 300 --epochs 16)
    ;;
  *)
    echo "demo-transfer: $way: expected heads or fine-tune" >&2
    exit 2
    ;;
esac

tools/fetch_elpv.sh data/elpv
tools/fetch_sample_weights.sh "$noyau"
[[ -d $data ]] || { echo "demo-transfer: $classes: expected two or four" >&2; exit 2; }

step() { echo; echo "== noyau $*"; "$noyau" "$@"; }

# Each demo gets a folder of its own: an earlier run is never overwritten.
out=runs/demo-transfer
number=2
while [[ -e $out ]]; do
  out=runs/demo-transfer$number
  number=$((number + 1))
done

mkdir -p runs
step check "$data" --out "$out-check"
step split "$data" --val 0 --test .25 --seed "$seed" --out "$out.json"
step advise "$data" --from efficientnet_lite0 --crop-fraction 1 --split "$out.json"
step train "$data" --from efficientnet_lite0 --split "$out.json" "${flags[@]}" --crop-fraction 1 --seed "$seed" --out "$out"
step eval "$out" "$data" --split "$out.json" --tta flips
step predict "$out" "$data/images/cell0001.png" "$data/images/cell0004.png"
echo
echo "report:   $PWD/$out/report.html   (one file; open it in a browser)"
if [[ $way == heads ]]; then
  echo "fine-tuning takes twenty minutes on two cores and is right more often:"
  echo "  make demo-transfer TRANSFER=\"fine-tune $classes\""
fi
