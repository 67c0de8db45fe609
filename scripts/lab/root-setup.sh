#!/bin/sh
# root-setup.sh ROOT COMMAND ARGS... : runs a command inside ROOT, with the machine's network.
# Meant for a mount namespace of its own, so that no mount outlives it.
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
exec chroot "$root" /usr/bin/env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
