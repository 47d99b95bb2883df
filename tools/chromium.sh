#!/usr/bin/env bash
# Sees to it that the browser tests have a Chromium: the system's, Debian's package, or Playwright's own.
#   tools/chromium.sh PLAYWRIGHT
set -eu
playwright=$1
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && grep -qs '^ID=debian' /etc/os-release; then
  echo "Chromium: installing Debian's package"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq -y install --no-install-recommends chromium >/dev/null
else
  echo "Chromium: installing Playwright's"
  "$playwright" install chromium
fi
