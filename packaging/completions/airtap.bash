# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash completion for airtap. Commands and options are what --help says, so this need not be kept
# in step with them.

_airtap() {
  # Whoever types `sudo airtap` need not have these.
  local PATH=$PATH:/usr/sbin:/usr/local/sbin
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word
  local -a command=()
  COMPREPLY=()
  # bash splits --mode=macnat in three.
  [[ $cur != = ]] || cur=''
  [[ $prev != = ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    ((${#command[@]} == 0)) || [[ ${#command[@]} == 1 && ${command[0]} == network ]] || break
    command+=("$word")
  done

  _airtap_offer() {
    local line
    while IFS= read -r line; do
      [[ -n $line && $line == "$cur"* ]] && COMPREPLY+=("$(printf %q "$line")")
    done
  }
  case $prev in
    --mode) _airtap_offer < <(printf '%s\n' auto macnat 4addr ipvtap bridge station) && return ;;
    --uplink) _airtap_offer < <(cd /sys/class/net && printf '%s\n' *) && return ;;
    --mac | --alias | --addresses | --queues | --mtu | --name | --since | --lines | -n) return ;;
  esac
  if [[ $cur == -* ]]; then
    _airtap_offer < <(airtap "${command[@]}" --help 2>/dev/null | grep -oE '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+')
    return
  fi
  case ${command[*]} in
    '' | network)
      _airtap_offer < <(airtap "${command[@]}" --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p') ;;
    attach | detach | logs | status)
      _airtap_offer < <(timeout 5 virsh -q -c qemu:///system list --all --name 2>/dev/null) ;;
    plan) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    down) _airtap_offer < <(cd /sys/class/net && printf '%s\n' * | grep '^airtap') ;;
  esac
  return 0
}
complete -F _airtap airtap
