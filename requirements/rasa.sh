#!/bin/sh
# Builds the environment of a real Rasa server, pinned: requirements/rasa.sh FOLDER
# Rasa 3.6 needs Python 3.10: RASA_PYTHON, one on PATH, one of pyenv's, or one that uv fetches.
set -eu
folder=$1

fits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1
}

find_python() {
    set -- python3.10 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python3.10
    for python in ${RASA_PYTHON:+"$RASA_PYTHON"} "$@"; do
        if fits "$python"; then
            echo "$python"
            return
        fi
    done
}

python=$(find_python)
if [ -n "$python" ]; then
    "$python" -m venv --clear "$folder"
elif command -v uv >/dev/null; then
    uv venv --clear --seed --python 3.10 "$folder"
else
    echo "Rasa 3.6 needs Python 3.10, and none was found: name one with RASA_PYTHON=/path/to/python3.10," >&2
    echo "install one (pyenv install 3.10), or install uv, which fetches one." >&2
    exit 1
fi
"$folder/bin/pip" install --quiet --no-deps --require-hashes -r "$(dirname "$0")/rasa.txt"
