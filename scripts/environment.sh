# Sourced by ./demo and ./test: makes .venv with what the project needs. Idempotent; says what it does.

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# torch 2.13.0's own builds go with exactly this Triton; NumPy is needed by Triton's interpreter and pulled in by neither.
torch_packages='torch==2.13.0'
triton_packages='triton==3.7.1 numpy>=1.26'

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

python_is_good() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

find_python() {
    for python in python3.11 python3 python3.12 python3.13 python3.10 python3.14; do
        if python_is_good "$python"; then echo "$python"; return; fi
    done
}

# A Python that can make virtual environments; Debian and Ubuntu keep that in a package of its own.
require_python() {
    python=$(find_python)
    if [ -n "$python" ] && "$python" -c 'import venv, ensurepip' 2>/dev/null; then return; fi
    command -v apt-get >/dev/null || fail "Python 3.10 or newer with the venv module is needed: install it, then run this again"
    packages='python3 python3-venv'
    [ -z "$python" ] || packages=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    say "installing $packages with apt-get"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages
    python=$(find_python)
    [ -n "$python" ] || fail "apt-get installed no Python 3.10 or newer"
}

# $1: extras of this project to install with it: "" or "[dev]".
set_up_environment() {
    require_python
    stamp=.venv/.set-up-for
    wanted="$torch_packages $triton_packages $1 $(cksum pyproject.toml | cut -d' ' -f1,2)"
    if [ ! -x .venv/bin/python ]; then
        say "making .venv with $($python --version)"
        "$python" -m venv .venv
    fi
    if [ -f "$stamp" ] && grep -qxF "$wanted" "$stamp"; then
        say ".venv is set up"
        return
    fi
    say "installing $torch_packages into .venv (first, so that nothing else pulls in another build)"
    .venv/bin/python -m pip install --quiet "$torch_packages"
    say "installing Triton, NumPy and this project$1"
    # shellcheck disable=SC2086
    .venv/bin/python -m pip install --quiet $triton_packages --editable ".$1"
    printf '%s\n' "$wanted" >>"$stamp"
}
