#!/bin/bash
# Compares the C++ files that git tracks with .clang-format.
# usage: tools/check_format.sh [--fix]   (--fix rewrites them)
# exit: 0 all formatted · 1 some are not · 77 clang-format is not installed (ctest: skipped)
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v clang-format >/dev/null; then
  echo "check_format: clang-format is not installed (tools/install_deps.sh installs it)"
  exit 77
fi

patterns=('*.cpp' '*.hpp')
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  mapfile -d '' -t listed < <(git ls-files -z -- "${patterns[@]}")
else
  mapfile -d '' -t listed < <(find apps bench examples include src tests \
    \( -name '*.cpp' -o -name '*.hpp' \) -print0)
fi
files=()
for file in "${listed[@]}"; do
  if [[ -f $file ]]; then files+=("$file"); fi
done
if [[ ${#files[@]} -eq 0 ]]; then
  echo "check_format: found no C++ files" >&2
  exit 1
fi

if [[ ${1:-} == --fix ]]; then
  clang-format -i "${files[@]}"
elif ! clang-format --dry-run --Werror "${files[@]}"; then
  echo "check_format: run 'make format'" >&2
  exit 1
fi
echo "check_format: ${#files[@]} files"
