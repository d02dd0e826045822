# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who reaches whom. Sourced by lab.sh, inside the testbed. A NAME is a stand-in guest,
# or host, lan0, sta2, ap0.

# addresses NAME: what reach checks, filled by whoever gives the addresses.
declare -A addresses

# on NAME COMMAND...: runs it there.
on() {
  case $1 in
    host) "${@:2}" ;;
    *) ip netns exec "$@" ;;
  esac
}

# start_on ID NAME COMMAND...: in the background, until stop_pidfile $lab/ID.pid. The pid is
# the command's own: of `on ... &` it would be that of a shell around it.
start_on() {
  local id=$1 name=$2
  shift 2
  if [[ $name == host ]]; then "$@" & else ip netns exec "$name" "$@" & fi
  echo $! >"$lab/$id.pid"
}

# static NAME N: gives it 10.77.0.N and fd77::N, which it keeps.
static() {
  on "$1" ip address add "10.77.0.$2/24" dev eth0
  on "$1" ip address add "fd77::$2/64" dev eth0
  addresses[$1]="10.77.0.$2 fd77::$2"
}

# host_addresses [DEVICE]: IPv4, and what SLAAC gave it.
host_addresses() {
  ip -o address show dev "${1:-$station}" scope global -tentative |
    awk '{ sub("/.*", "", $4); printf "%s ", $4 }'
}

# echo_servers NAME...
echo_servers() {
  local name
  for name in "$@"; do
    start_on "echo-$name" "$name" /testbed/peer.py serve </dev/null >/dev/null 2>&1
  done
  for name in "$@"; do wait_for 30 on "$name" grep -qE ':0007 0+:0000 0A' /proc/net/tcp6; done
}

# reach_failures SECONDS NAME TO...: a line for each address of the others that has
# not answered in time.
reach_failures() {
  local seconds=$1 name=$2 to list=()
  shift 2
  for to in "$@"; do
    # shellcheck disable=SC2206  # a list of addresses
    [[ $to == "$name" ]] || list+=(${addresses[$to]})
  done
  on "$name" /testbed/peer.py reach --seconds "$seconds" "${list[@]}"
}

# check_reach NAME... : everyone reaches everyone else by TCP, IPv4 and IPv6.
check_reach() {
  local name tries=()
  for name in "$@"; do
    reach_failures 20 "$name" "$@" >"$lab/reach-$name" &
    tries+=($!)
  done
  wait "${tries[@]}"
  for name in "$@"; do
    same "$name reaches $(tr ' ' '\n' <<<"$*" | grep -vx "$name" | paste -sd' ') by IPv4 and IPv6" \
      '' "$(paste -sd';' "$lab/reach-$name")"
  done
}

# check_no_reach NAME TO...: not one answer.
check_no_reach() {
  local name=$1 to failures expected=0
  shift
  failures=$(reach_failures 4 "$name" "$@")
  for to in "$@"; do expected=$((expected + $(wc -w <<<"${addresses[$to]}"))); done
  same "$name does not reach $*" $expected "$(grep -cE 'silent|No route to host' <<<"$failures")"
}
