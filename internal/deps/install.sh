#!/usr/bin/env bash
# Installs what the tests need and the machine lacks. Needs root (or sudo
# without a password) on Debian; elsewhere it says what to install and how.
# With --left-out it installs nothing and says which tests could not run.
# CI=true makes everything that is missing an error.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=() lost=()

# need PACKAGES LOSS CHECK… notes the packages, and what cannot be tested
# without them, when the check fails.
need() {
  local packages=$1 loss=$2
  shift 2
  "$@" >/dev/null 2>&1 && return
  missing+=("$packages")
  lost+=("$loss ($packages)")
}

# program finds one of the programs, also where only root's PATH looks.
program() {
  local name
  for name in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$name" && return
  done
  return 1
}

c_compiler() { echo '#include <stdlib.h>' | "$(CGO_ENABLED=1 "${GO:-go}" env CC)" -E -; }

# chinese_font accepts any: the pages only have to show characters, not boxes.
chinese_font() {
  [[ -e /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf || $(uname) == Darwin ]] || fc-list :lang=zh-cn | grep -q .
}

need "gcc libc6-dev" "the race detector" c_compiler
need mariadb-server "tests on MariaDB" program mariadbd
need chromium "tests in a browser" program chromium chromium-browser google-chrome
need zbar-tools "pictures of codes read by an independent reader" program zbarimg
need poppler-utils "printed slips read back" program pdftotext
need fonts-droid-fallback "Chinese in the browser" chinese_font
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ "${1:-}" == --left-out ]]; then
  printf 'left out: %s\n' "${lost[@]}"
  exit 0
fi

# give_up says what to do, and fails where nothing may be left out.
give_up() {
  echo "deps: missing: ${missing[*]}. $1" >&2
  [[ "${CI:-}" == true ]] && exit 1
  echo "deps: going on without; the tests that need them are left out" >&2
  exit 0
}

# A package list is split into words on purpose: no name holds a space.
# shellcheck disable=SC2206
install=(apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends ${missing[*]})
program apt-get >/dev/null || give_up "These are Debian's names: install them with your package manager"
run=(env DEBIAN_FRONTEND=noninteractive)
if [[ $(id -u) -ne 0 ]]; then
  sudo -n true 2>/dev/null || give_up "Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  run=(sudo -n "${run[@]}")
fi
echo "deps: installing ${missing[*]} (once; it may take some minutes)"
"${run[@]}" apt-get update -qq || echo "deps: going on with the package lists that are there" >&2
"${run[@]}" "${install[@]}" >/dev/null
