# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the manual pages show, as text. Sourced by the case `examples`, inside the machine.

# displays PAGE...: their literal displays, without roff; before each a line with nothing but a form feed.
displays() {
  sed -n '/^\.Bd -literal/,/^\.Ed/ { s/^\.Bd.*/\f/; /^\.Ed/d; s/\\-/-/g; s/\\(aq/'\''/g; s/\\&//g; p }' "$@"
}

# split_displays DIRECTORY PAGE...: a file for each.
split_displays() {
  local directory=$1
  shift
  mkdir -p "$directory"
  displays "$@" | awk -v d="$directory" '/^\f/ { file = sprintf("%s/%02d", d, ++n); next } { print >file }'
}

# command_lines PAGE...: what root or a user types.
command_lines() { displays "$@" | sed -n 's/^# //p; /^qemu-system/p' | sort -u; }

# example BEGINNING: runs the command line of the pages that is this or begins so, as it is written,
# here; what it prints is in $lab/out.
example() {
  local line
  line=$(grep -Fx -- "$1" $lab/commands || awk -v b="$1" 'index($0, b) == 1' $lab/commands)
  [[ -n $line && $line != *$'\n'* ]] || { not_ok "one command line begins with '$1'" "$line"; return 1; }
  echo "$line" >>$lab/commands-run
  check "$line" eval 'timeout 120 bash -c "$line" >$lab/out 2>&1 </dev/null || { cat $lab/out; false; }'
}

# shown_after LINE PAGE: what the page shows of its output.
shown_after() { displays "$2" | awk -v l="# $1" '$0 == l { on = 1; next } /^\f|^#/ { on = 0 } on'; }

# shape: numbers and addresses are each run's own.
shape() {
  sed -E 's/([0-9a-f]{2}:){5}[0-9a-f]{2}/MAC/g; s/([0-9]+\.){3}[0-9]+/IP/g; s/by (arp|ipv4)/by IT/; s/[0-9]+/N/g'
}

# domain_around DOCUMENT: a domain with this interface, and the metadata before it if there is some.
domain_around() {
  local text xml
  text=$(cat "$1")
  xml=$(domain_xml example "<interface${text#*<interface}")
  echo "${xml/<memory/"${text%%<interface*}"<memory}"
}
