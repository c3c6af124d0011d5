#!/bin/sh
# Installs the named Debian packages, as root or through sudo, or says how to.
set -eu

run_as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env "$@"
    else
        sudo env "$@"
    fi
}

install_packages() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || return 1
    run_as_root apt-get update -qq || echo "Some package lists are out of date" >&2
    run_as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

echo "Installing $*" >&2
install_packages "$@" || {
    echo "Could not install them. On Debian, run as root: apt-get install $*" >&2
    exit 1
}
