#!/bin/sh
# root-hold.sh ROOT READY-FILE : first process of a root's namespaces (mount, network, pid); they end with it.
set -eu
root=$1
ready=$2
ip link set lo up
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# Whatever an earlier life left behind in these is void.
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir "$root/run/lock"
: >"$ready"
# The shell's wait also collects orphans, which is the first process's duty.
trap 'exit 0' TERM
sleep infinity &
wait
