#!/usr/bin/env bash
# Builds the image where no container engine runs, on a base of Debian packages, and starts it once.
#
# Needs root, buildah and debootstrap. From the environment it takes:
#   IMAGE       the name of the image to make             kpi-exporter
#   BASE        the image to build on; made from Debian
#               packages when there is none of that name  kpi-exporter-base
#   SUITE       the Debian release of that base           bookworm
#   MIRROR      where its packages come from              debootstrap's own choice
#   CA_BUNDLE   certificates that pip is to trust         this machine's
#   PIP_CONFIG  a pip.conf for the build                  one that names CA_BUNDLE
# An engine needs none of this: `docker build --tag kpi-exporter .`
set -euo pipefail

image=${IMAGE:-kpi-exporter}
base=${BASE:-kpi-exporter-base}
suite=${SUITE:-bookworm}
ca_bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}
pip_config=${PIP_CONFIG:-}

scratch=$(mktemp -d)
container=""
trap 'rm -rf "$scratch"; [ -z "$container" ] || store rm "$container" >/dev/null' EXIT

store() {
    buildah --storage-driver vfs "$@"
}

make_base() {
    local root
    container=$(store from scratch)
    root=$(store mount "$container")
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
        "$suite" "$root" ${MIRROR:+"$MIRROR"}
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    store umount "$container" >/dev/null
    store commit --rm "$container" "$base"
    container=""
}

build() {
    if [ -z "$pip_config" ]; then
        pip_config=$scratch/pip.conf
        printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$pip_config"
    fi
    # The docker format, because the OCI one has no health check.
    store bud --isolation chroot --network host --pull-never --format docker \
        --build-arg "BASE=$base" --tag "$image" \
        --volume "$ca_bundle:/etc/ssl/certs/ca-certificates.crt:ro" \
        --volume "$pip_config:/etc/pip.conf:ro" .
}

smoke() {
    container=$(store from --pull-never "$image")
    store run --isolation chroot "$container" -- kpi-exporter --version
    store run --isolation chroot "$container" -- python3 -c "
import os
assert os.getuid() and os.access('.', os.W_OK) and not os.access('/opt/kpi-exporter', os.W_OK)"
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
store inspect --type image "$base" >/dev/null 2>&1 || make_base
build
smoke
