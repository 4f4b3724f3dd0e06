#!/bin/sh
# Bubblewrap, which tests of the sandbox run inside of. Idempotent; installed from the distribution where it is missing.
set -eu

say() { printf 'setup-bubblewrap: %s\n' "$*"; }
fail() { printf 'setup-bubblewrap: %s\n' "$*" >&2; exit 1; }

if command -v bwrap >/dev/null; then
    say "$(bwrap --version) is there already"
    exit 0
fi
[ "$(id -u)" -eq 0 ] || fail "install bubblewrap first (apt install bubblewrap): the tests run candidates in it"
say "installing bubblewrap"
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
apt-get install -qq --yes bubblewrap >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -qq --yes bubblewrap >/dev/null; } || fail "apt could not install bubblewrap"
say "done: $(bwrap --version)"
