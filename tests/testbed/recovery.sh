# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How long after a disturbance who answers again. Sourced by the cases that need it,
# inside the machine.

# watch_start ID ADDRESS [FROM]: pings five times a second, from the LAN or FROM, until
# watch_stop.
watch_start() {
  start_on "watch-$1" "${3:-lan0}" ping -D -i 0.2 -W 1 "$2" >"$lab/watch-$1" 2>/dev/null
}
watch_stop() { stop_pidfile $lab/watch-*.pid; }

now() { date +%s.%N; }

# answered NAME SINCE: milliseconds from SINCE (as `now` says) to the first answer;
# fails when there was none.
answered() {
  awk -v since="$2" '
    /bytes from/ && substr($1, 2) + 0 > since {
      printf "%d\n", (substr($1, 2) - since) * 1000
      found = 1
      exit
    }
    END { exit !found }' "$lab/watch-$1"
}

# associate_again: a new association, whose beginning may be some time after it was asked for.
associate_again() {
  associated_at() { iw dev $station station dump | grep 'associated at \[boot'; }
  renewed() { at=$(associated_at) && [[ $at != "$before" ]]; }
  local at before
  before=$(associated_at)
  wpa_cli -p /run/wpa_supplicant -i $station reassociate
  wait_for 30 renewed
}

# back NAME SINCE: milliseconds from SINCE to the end of the longest silence that ended since then, and how
# long that was; both 0 where nobody missed more than half a second.
back() {
  awk -v since="$2" '
    /bytes from/ {
      time = substr($1, 2) + 0
      if (last && time > since && time - last > longest) { longest = time - last; end = time }
      last = time
    }
    END { if (longest > 0.5) print int((end - since) * 1000), int(longest * 1000); else print 0, 0 }' "$lab/watch-$1"
}

# in_time HOST TOOK SILENT: back within a second of the host. Whoever was silent for less than that was never
# away for too long, whenever it was: a busy machine may do so to anybody at any time.
in_time() { within 1000 "$3" || within 1000 $(($2 - $1)); }

# check_back TEXT SINCE GUEST...: what began at SINCE is over for all, and no guest was silent for more
# than a second longer than what the host itself sends. Whoever calls it has seen that it began.
check_back() {
  local text=$1 since=$2 host guest took silent
  shift 2
  check "$text: everybody answers" all_answered "$(now)" host host-out "$@" || return
  read -r host silent < <(back host-out "$since")
  for guest in "$@"; do
    read -r took silent < <(back "$guest" "$since")
    check "$text: host back after $host ms, $guest after $took ms" in_time "$host" "$took" "$silent"
  done
}

# all_answered SINCE NAME...
all_answered() {
  local since=$1 name
  shift
  for name in "$@"; do
    wait_for 20 answered "$name" "$since" || { echo "$name is silent"; return 1; }
  done
}
