#!/bin/bash
# Fetches the stamps of the paint program Tux Paint (Debian package tuxpaint-stamps-default, GPL-2 or later; never part
# of this repository) and keeps 328 of its pictures as a data set of 10 classes: cut-out photos and some drawings of
# birds, coins, flowers, fruit, household things, insects, mammals, road signs, vegetables and vehicles.
# usage: tools/fetch_stamps.sh [OUT]     (by default data/stamps, which git ignores)
# exit: 0 there · 5 cannot be fetched
set -euo pipefail

out=${1:-data/stamps}
package=tuxpaint-stamps-default
version=2022.06.04-1
sha256=6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34
[[ -d $out/birds ]] && exit 0

give_up() {
  echo "fetch_stamps: $1" >&2
  exit 5
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "apt-get and dpkg-deb of Debian are needed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "fetch_stamps: 161 MB from Debian ($package $version, GPL-2 or later)"
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package=$version") ||
  give_up "apt-get cannot fetch $package $version of Debian 12; as root, apt-get update may help"
deb=$work/${package}_${version}_all.deb
echo "$sha256  $deb" | sha256sum --check --quiet || give_up "$deb is not the file it should be"
dpkg-deb -x "$deb" "$work/deb"

mkdir -p "$work/set" "$(dirname "$out")"
# The class, and its folder among theirs.
while read -r class folder; do
  cp -r "$work/deb/usr/share/tuxpaint/stamps/$folder" "$work/set/$class"
done <<'CLASSES'
birds      animals/birds
coins      symbols/money
flowers    plants/flowers
fruit      food/fruit
household  household
insects    animals/insects
mammals    animals/mammals
roadsigns  town/roadsigns
vegetables food/vegetables
vehicles   vehicles
CLASSES
rm -r "$work/set/coins/00_symbols"               # signs of currencies
find "$work/set" -type f ! -name '*.png' -delete # sounds, names, drawings as SVG
cp "$work/deb/usr/share/doc/$package/copyright" "$work/set/"
cp -rT "$work/set" "$out"
echo "fetch_stamps: $out holds $(find "$out" -name '*.png' | wc -l) pictures of 10 classes"
