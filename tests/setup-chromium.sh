#!/bin/sh
# Installs the distribution's own Chromium, which tests/ui drives. Idempotent; nothing is downloaded but by apt.
set -eu

say() { printf 'setup-chromium: %s\n' "$*"; }

for program in chromium chromium-browser google-chrome; do
    if command -v "$program" >/dev/null; then
        say "$(command -v "$program") is there already"
        exit 0
    fi
done
if ! command -v apt-get >/dev/null; then
    say "please install Chromium: without it the tests of the web pages in a browser are skipped" >&2
    exit 1
fi
packages='chromium fonts-dejavu-core'
say "installing $packages with apt-get"
as_root=$([ "$(id -u)" = 0 ] || echo sudo)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
{ $as_root apt-get install -y -qq --no-install-recommends $packages ||
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $packages; }; } >/dev/null
say "$(command -v chromium) is ready"
