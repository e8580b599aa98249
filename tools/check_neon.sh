#!/bin/bash
# Compiles (without linking) every kernel for aarch64, so that NEON keeps compiling.
# usage: tools/check_neon.sh [COMPILER FLAG...]
# exit: 0 all compile · 1 some do not · 77 no cross compiler (ctest: skipped)
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=aarch64-linux-gnu-g++
if ! command -v "$compiler" >/dev/null; then
  echo "check_neon: $compiler is not installed (tools/install_deps.sh --dev installs it)"
  exit 77
fi

mapfile -d '' -t sources < <(find src/kernels -name '*.cpp' -print0 | sort -z)
if [[ ${#sources[@]} -eq 0 ]]; then
  echo "check_neon: found no kernels" >&2
  exit 1
fi
failed=0
for source in "${sources[@]}"; do
  # -idirafter: Highway's headers fit any machine, but libc's must be those of the target.
  "$compiler" -std=c++20 -O1 -fsyntax-only -ffp-contract=off -Iinclude -Isrc \
    -idirafter /usr/include "$@" "$source" || {
    echo "check_neon: $source does not compile for aarch64" >&2
    failed=1
  }
done
echo "check_neon: ${#sources[@]} files"
exit "$failed"
