# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A machine of its own without an emulator: network, mounts and host name of its own,
# so that daemons which insist on /run/NAME.pid, on one lease file or on one D-Bus can
# run several times. Sourced by lab.sh, inside the testbed.

# machine_up NAME: in the network namespace NAME, made if there is none (lan0 and ap0
# become machines this way).
machine_up() {
  [[ -e /run/netns/$1 ]] || ip netns add "$1" || return
  rm -f "$lab/machine-$1.ready"
  nsenter --net="/run/netns/$1" unshare --mount --uts --propagation private \
    /testbed/machine-init "$1" "$lab/machine-$1.ready" \
    </dev/null >"/results/$AIRTAP_CASE.$1.log" 2>&1 &
  echo $! >"$lab/machine-$1.pid"
  wait_for 60 test -e "$lab/machine-$1.ready"
}

# in_machine NAME COMMAND...
in_machine() {
  local pid
  pid=$(cat "$lab/machine-$1.pid") || return
  shift
  nsenter -t "$pid" -m -n -u -- "$@"
}

# machine_run NAME ID LOG COMMAND...: in the background; its own pid is in $lab/ID.pid.
machine_run() {
  local id=$2 log=$3 pid
  pid=$(cat "$lab/machine-$1.pid") || return
  shift 3
  nsenter -t "$pid" -m -n -u -- "$@" </dev/null >>"$log" 2>&1 &
  echo $! >"$lab/$id.pid"
}

# machine_down NAME: with all that runs in it. Its network namespace goes too, unless
# the lab needs it.
machine_down() {
  local pids
  pids=$(ip netns pids "$1" 2>/dev/null)
  if [[ $1 == lan0 || $1 == ap0 ]]; then
    stop_pidfile "$lab/machine-$1.pid"
    return
  fi
  # shellcheck disable=SC2086  # a list
  kill $pids 2>/dev/null
  wait_for 3 not grep -q . <(ip netns pids "$1") || kill -9 $(ip netns pids "$1")
  rm -f "$lab/machine-$1.pid"
  ip netns del "$1"
}

machines_down() {
  local file name
  for file in "$lab"/machine-*.pid; do
    [[ -e $file ]] || continue
    name=${file#"$lab"/machine-}
    machine_down "${name%.pid}"
  done
}
