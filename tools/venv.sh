#!/usr/bin/env bash
# Makes a virtual environment from the first Python on the path that is new enough.
#   tools/venv.sh FOLDER
set -eu
folder=$1
tried=""
for name in ${PYTHON:-} python3 python python3.14 python3.13 python3.12 python3.11; do
  # A shim may be on the path and still start nothing: ask it.
  "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
  tried="$tried $name"
  if "$name" -m venv --clear "$folder" >/dev/null 2>&1 && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Python environment: $folder ($("$folder/bin/python" --version))"
    exit 0
  fi
  rm -rf "$folder"
done
if [ -n "$tried" ]; then
  echo "setup: Python is here ($tried ) but makes no virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2
else
  echo "setup: no Python 3.11 or newer on the path; install one, or name it: make serve PYTHON=/where/it/is" >&2
fi
exit 1
