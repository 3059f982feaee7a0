#!/usr/bin/env bash
# Installs what the tests need and the machine lacks. Needs root (or sudo
# without a password) on Debian; elsewhere it says what to install and how.
set -euo pipefail

declare -A package=(
  [gcc]=gcc [mariadbd]=mariadb-server [chromium]=chromium [zbarimg]=zbar-tools
)
missing=()
for tool in gcc mariadbd chromium zbarimg; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$tool" >/dev/null || missing+=("${package[$tool]}")
done
[[ -e /usr/include/stdlib.h ]] || missing+=(libc6-dev)
[[ -e /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf ]] || missing+=(fonts-droid-fallback)
[[ ${#missing[@]} -eq 0 ]] && exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if ! command -v apt-get >/dev/null; then
  echo "deps: missing: ${missing[*]} (Debian package names). Install them with your package manager; tests that need them will be left out." >&2
  [[ "${CI:-}" == true ]] && exit 1
  exit 0
fi
run=()
if [[ $(id -u) -ne 0 ]]; then
  if ! sudo -n true 2>/dev/null; then
    echo "deps: missing: ${missing[*]}. Run: sudo ${install[*]}" >&2
    [[ "${CI:-}" == true ]] && exit 1
    exit 0
  fi
  run=(sudo -n env DEBIAN_FRONTEND=noninteractive)
fi
echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" "${install[@]}" >/dev/null
