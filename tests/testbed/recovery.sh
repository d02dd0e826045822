# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How long after a disturbance who answers again, as the LAN sees it. Sourced by the
# cases that need it, inside the machine.

# watch_start NAME ADDRESS [in_lan|in_host]: pings ten times a second until watch_stop.
watch_start() {
  "${3:-in_lan}" ping -D -i 0.1 -W 1 "$2" >"$lab/watch-$1" 2>/dev/null &
  echo $! >"$lab/watch-$1.pid"
}
watch_stop() { stop_pidfile $lab/watch-*.pid; }
in_host() { "$@"; }

# recovered NAME SINCE: milliseconds from SINCE (seconds, as `date +%s.%N`) to the end
# of the last silence; 0 when there was none; fails when it is silent still.
recovered() {
  awk -v since="$2" -v now="$(date +%s.%N)" '
    /bytes from/ {
      time = substr($1, 2) + 0
      if (time > since && time - (last > since ? last : since) > 0.5) end = time
      last = time
    }
    END {
      if (now - last > 1.5) exit 1
      printf "%d\n", end ? (end - since) * 1000 : 0
    }' "$lab/watch-$1"
}

# answers_since NAME SINCE
answers_since() {
  awk -v since="$2" '/bytes from/ && substr($1, 2) + 0 > since { found = 1 } END { exit !found }' \
    "$lab/watch-$1"
}

# check_recovery TEXT SINCE GUEST...: each watched guest is back within a second of
# the watched "host"; prints both.
check_recovery() {
  local text=$1 since=$2 host guest back
  shift 2
  # The host's own time is its own affair; only that it comes back is waited for.
  sleep 1
  wait_for 20 answers_since host "$(date +%s.%N)" || { not_ok "$text: the host comes back"; return 1; }
  for guest in "$@"; do wait_for 10 answers_since "$guest" "$(date +%s.%N)"; done
  sleep 1
  host=$(recovered host "$since") || { not_ok "$text: the host stays"; return 1; }
  for guest in "$@"; do
    if ! back=$(recovered "$guest" "$since"); then
      not_ok "$text: $guest is back" "silent; the host was back after $host ms"
    else
      check "$text: host back after $host ms, $guest after $back ms" within 1000 $((back - host))
    fi
  done
}
