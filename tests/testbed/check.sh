# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How a case says what it found. Sourced by lab.sh, inside the machine.
#
# A case's stdout and stderr both are its log; only these functions write the
# lines that count, so no tool can spoil them by being talkative.

tap_file=/results/$AIRTAP_CASE.tap

emit() {
  printf '%s\n' "$*" >>"$tap_file"
  printf '%s\n' "$*" >/dev/ttyS1
  printf '%s\n' "$*" >&2
}

ok() { emit "ok - $1"; }
not_ok() { emit "not ok - $1${2:+ # $2}"; }
note() { emit "# $*"; }

# skip WHY: the rest of the case cannot be had here.
skip() {
  emit "ok - $AIRTAP_CASE # skip $*"
  exit 0
}

# check TEXT COMMAND...: ok when the command succeeds; its last line says why not.
check() {
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then
    ok "$text"
  else
    printf '%s\n' "$output"
    not_ok "$text" "$* failed: $(tail -n1 <<<"$output")"
    return 1
  fi
}

# same TEXT EXPECTED ACTUAL
same() {
  if [[ $2 == "$3" ]]; then
    ok "$1"
  else
    not_ok "$1" "expected '$2', got '$3'"
    return 1
  fi
}

# has TEXT PATTERN STRING: an extended regular expression found in a string.
has() {
  if grep -Eq -- "$2" <<<"$3"; then
    ok "$1"
  else
    not_ok "$1" "no '$2' in: $(tr '\n' ' ' <<<"$3" | cut -c1-300)"
    return 1
  fi
}

# wait_for SECONDS COMMAND...: polls, five times a second, without filling the log.
wait_for() {
  local limit=$1 traced=${-//[^x]/}
  shift
  set +x
  local end=$((SECONDS + limit)) status=1
  while true; do
    "$@" >/dev/null 2>&1 && status=0 && break
    ((SECONDS < end)) || break
    sleep 0.2
  done
  [[ -n $traced ]] && set -x
  return $status
}

# stop_pid PID...: gives a background process time to die.
stop_pid() {
  local pid
  for pid in "$@"; do
    kill "$pid" 2>/dev/null || continue
    wait_for 3 not kill -0 "$pid" || kill -9 "$pid" 2>/dev/null
  done
  return 0
}

# stop_pidfile FILE...
stop_pidfile() {
  local file
  for file in "$@"; do
    [[ -s $file ]] && stop_pid "$(cat "$file")"
    rm -f "$file"
  done
}

not() { ! "$@"; }

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# within LIMIT_MS TOOK_MS: for the few limits that are part of a promise. They are
# meant for a real machine; one that is emulated, and perhaps shared, gets the more
# time the longer it takes to start a program.
within() {
  local begin factor i
  begin=$(now_ms)
  for i in 1 2 3 4 5 6 7 8 9 10; do /bin/true; done
  # Ten starts take about 20 ms on hardware, about 150 ms under emulation alone,
  # where the limit still holds.
  factor=$((($(now_ms) - begin) / 150))
  ((factor >= 1)) || factor=1
  echo "$2 ms of $1 ms, times $factor"
  (($2 <= $1 * factor))
}
