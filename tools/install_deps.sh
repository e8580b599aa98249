#!/bin/bash
# Installs the Debian packages that noyau needs and that are missing. Repeating it costs no apt call.
# usage: tools/install_deps.sh [--dev] [--list]
#   --dev    also what `make lint`, `make coverage`, `make bench-peers` and the check for aarch64 need
#   --list   print the wanted packages, one a line, and install nothing
# exit: 0 all there · 2 unknown flag · 5 something is missing and cannot be installed from here
set -euo pipefail

packages=(
  # compiler and build
  g++ cmake ninja-build ccache mold pkg-config git python3
  # libraries
  libhwy-dev libfmt-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev zlib1g-dev libeigen3-dev
  libturbojpeg0-dev libjpeg62-turbo-dev libcurl4-openssl-dev libspng-dev libwebp-dev libjs-chart.js
  # tests and checks
  libgtest-dev libgmock-dev clang-format
)
dev_packages=(clang-tidy gcovr g++-aarch64-linux-gnu python3-venv)

list=no
for flag in "$@"; do
  case $flag in
    --dev) packages+=("${dev_packages[@]}") ;;
    --list) list=yes ;;
    *)
      echo "install_deps: $flag: unknown flag; known are --dev and --list" >&2
      exit 2
      ;;
  esac
done

if [[ $list == yes ]]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

find_missing() {
  missing=()
  local package
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
}

give_up() {
  echo "install_deps: $1" >&2
  echo "Wanted are these packages of Debian 12: ${missing[*]}" >&2
  echo "As root: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 5
}

missing=("${packages[@]}")
if ! command -v dpkg-query >/dev/null; then
  # Elsewhere the build itself finds out what is missing.
  echo "install_deps: this is not Debian; have the equivalents of: ${packages[*]}" >&2
  exit 0
fi
find_missing
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo >/dev/null || give_up "not root, and there is no sudo"
  # Without a terminal sudo could not ask for a password.
  if ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; then
    give_up "not root, and sudo wants a password"
  fi
  as_root=(sudo)
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

have_candidates() {
  local package candidates
  for package in "${missing[@]}"; do
    candidates=$(LC_ALL=C apt-cache policy "$package" | grep 'Candidate:' || true)
    [[ -n $candidates && $candidates != *"(none)"* ]] || return 1
  done
}

install_missing() {
  apt install --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing: ${missing[*]}"
# A package list that is too old names files that have gone: then refresh it and try once more.
if ! have_candidates || ! install_missing; then
  apt update >"$log" 2>&1 || { cat "$log" >&2; give_up "apt-get update failed"; }
  install_missing || { cat "$log" >&2; give_up "apt-get install failed"; }
fi
find_missing
[[ ${#missing[@]} -eq 0 ]] || give_up "apt-get ended, but these are still not installed"
