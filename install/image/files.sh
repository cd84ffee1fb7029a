#!/usr/bin/env bash
# The files of the image: files.sh BINARY FOLDER
#
# The program without its symbols, the shared libraries that it is linked to, who runs it, and whom it trusts. Nothing else:
# no shell, no package manager. What is taken from Debian is written down where scanners look for it, with its licences.
set -euo pipefail

[ $# = 2 ] || { echo "usage: files.sh BINARY FOLDER" >&2; exit 64; }
binary=$1 root=$2
[ -x "$binary" ] || { echo "files: $binary is no program" >&2; exit 66; }
[ ! -e "$root" ] || { echo "files: $root is there already" >&2; exit 73; }
for tool in ldd strip dpkg-query; do
    command -v $tool >/dev/null || { echo "files: no $tool here" >&2; exit 69; }
done
umask 022
mkdir -p "$root"/{etc/ssl/certs,etc/sallyport/tls,var/lib/sallyport,var/lib/dpkg/status.d,tmp,usr/share/doc/sallyport}
chmod 1777 "$root/tmp"

strip -o "$root/sallyport" "$binary"
chmod 755 "$root/sallyport"

# note PACKAGE: that it is in the image, and its licence.
note() {
    [ ! -e "$root/var/lib/dpkg/status.d/$1" ] || return 0
    dpkg-query --status "$1" >"$root/var/lib/dpkg/status.d/$1"
    mkdir -p "$root/usr/share/doc/$1"
    cp -L "/usr/share/doc/$1/copyright" "$root/usr/share/doc/$1/copyright"
}

# owner FILE: the package that it is of. Where /lib is a link, Debian may know the file by either name.
owner() {
    local file
    for file in "$1" "$(realpath "$1")" "/usr$1"; do
        dpkg-query --search "$file" 2>/dev/null | head -n 1 | sed 's/[:,].*//' | grep . && return 0
    done
    echo "files: $1 is of no package" >&2
    return 1
}

libraries=$(ldd "$binary")
if grep -q "not found" <<<"$libraries"; then
    echo "files: libraries are missing here:" >&2
    grep "not found" <<<"$libraries" >&2
    exit 66
fi
while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
    note "$(owner "$library")"
done < <(grep -o '/[^ ]* (0x' <<<"$libraries" | sed 's/ (0x//' | sort)

cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
note ca-certificates
note "$(owner /etc/debian_version)"
cp -L /etc/os-release "$root/etc/os-release"
printf '%s\n' 'root:x:0:0:root:/:/sbin/nologin' 'sallyport:x:65532:65532:sallyport:/:/sbin/nologin' >"$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'sallyport:x:65532:' >"$root/etc/group"
printf '%s\n' 'hosts: files dns' >"$root/etc/nsswitch.conf"
for text in LICENSE NOTICE; do
    here=$(dirname "$0")/../../$text
    [ ! -f "$here" ] || cp "$here" "$root/usr/share/doc/sallyport/$text"
done
find "$root" -type f ! -name sallyport ! -name 'ld-linux*' -exec chmod 644 {} +
