#!/bin/sh
# Installs the real programs that the tests talk to, where they are missing. The tests start their own
# copies on their own ports and folders: no service of this machine needs to run, and none is touched.
set -eu

missing=""

want() {  # want PACKAGE FILE...: any one of the files shows that the package is here
    package=$1
    shift
    for file in "$@"; do
        [ -e "$file" ] && return
    done
    missing="$missing $package"
}

want_command() {  # want_command PACKAGE NAME
    want "$1" "$(command -v "$2" || echo /usr/bin/"$2")"
}

want_command prometheus prometheus
want_command prometheus-alertmanager prometheus-alertmanager
want_command chromium chromium
want mariadb-server /usr/sbin/mariadbd
want postgresql /usr/lib/postgresql/*/bin/postgres
want libfaketime /usr/lib/*/faketime/libfaketimeMT.so.1
want fonts-dejavu-core /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf

# shellcheck disable=SC2086  # one word a package
[ -z "$missing" ] || "$(dirname "$0")/apt-install.sh" $missing
