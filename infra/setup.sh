#!/usr/bin/env bash
# Prepare the virtual environment: infra/setup.sh PYTHON VENV. Called by `make setup`; says what it downloads before it does.
set -euo pipefail
python="$1" venv="$2"
cd "$(dirname "$0")/.."

if [ -z "$python" ]; then
  echo "No Python 3.11, 3.12 or 3.13 was found; install one (Debian: python3 python3-venv) or name it: make setup PYTHON=/path/to/python3.12" >&2
  exit 2
fi
name_another="name a 3.11, 3.12 or 3.13: make setup PYTHON=/path/to/python3.12"
if ! version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"; then
  echo "$python does not run as Python; $name_another" >&2
  exit 2
fi
case "$version" in
  3.11 | 3.12 | 3.13) ;;
  *) echo "$python is Python $version; $name_another" >&2; exit 2 ;;
esac
if ! java="$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")"; then
  echo "No Java was found; install Java 17 (Debian: openjdk-17-jre-headless) or point JAVA_HOME at it." >&2
  exit 2
fi
# Some systems put a java there that only says where to get one, and fails.
java_says="$("$java" -version 2>&1)" || java_says=""
major="$(sed -n '/ version "/{s/.* version "\([0-9]*\).*/\1/p;q;}' <<< "$java_says")"
if [ -z "$major" ]; then
  echo "$java does not run as Java; install Java 17 (Debian: openjdk-17-jre-headless) or point JAVA_HOME at it." >&2
  exit 2
fi
if [ "$major" -lt 17 ]; then
  echo "$java is Java $major, Spark 4 needs Java 17; install it or point JAVA_HOME at it." >&2
  exit 2
fi

echo "Setting up $venv with $("$python" --version): $(grep -c '==' requirements.lock) packages, about 1 GB to download (Spark 0.45, chDB 0.2, the rest 0.3), 2 GB on disk and as much in uv's cache."
if ! "$python" -m venv --clear "$venv"; then
  echo "$python cannot make virtual environments; install its venv module (Debian: python3-venv)." >&2
  exit 2
fi
uv="$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$uv"
"$venv/bin/uv" pip sync --python "$venv/bin/python" --require-hashes requirements.lock
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
touch "$venv/.ready"
echo "Ready: $venv/bin/hm --help"
