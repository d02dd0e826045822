# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One mode with two guests, measured into JSON, and what is refused. What is wrong is decided here, in
# one place; table.py only draws. Sourced by cases/modes.

# ap_for MODE: the access point a mode is tried on.
ap_for() { if [[ $1 == 4addr ]]; then echo wds; else echo plain; fi; }

# What differs between QEMU's guests and containers, which take a device instead of a MAC.
mode_virsh() { if [[ $mode == ipvlan ]]; then lxc "$@"; else virsh "$@"; fi; }
mode_define() {
  local attributes=''
  [[ $mode != bridge ]] || attributes="uplink='cable0'"
  if [[ $mode == ipvlan ]]; then
    container_define "${names[$1]}" "$(hostdev "${taps[$1]}")" "<airtap:nic target='${taps[$1]}' mode='ipvlan'/>"
  else
    guest_define "${names[$1]}" "$(nic_xml "${macs[$1]}" "${taps[$1]}" ua-lan)" \
      "$(nic_metadata ua-lan "$mode" "$attributes")"
  fi
}
mode_start() {
  if [[ $mode != ipvlan ]]; then
    virsh start "${names[$1]}"
    return
  fi
  container_start "${names[$1]}" && container_dhcp "${names[$1]}" "${taps[$1]}"
}
mode_lease() {
  if [[ $mode != ipvlan ]]; then
    guest_wait "${macs[$1]}" 90
    return
  fi
  wait_for 60 address_of "${names[$1]}" "${taps[$1]}"
  address_of "${names[$1]}" "${taps[$1]}"
}
mode_ipv6() {
  if [[ $mode == ipvlan ]]; then address_of "${names[$1]}" "${taps[$1]}" -6; else eui64 "${macs[$1]}"; fi
}
mode_forget() {
  [[ $mode == ipvlan ]] || return 0
  stop_pidfile "$lab/dhclient-${names[$1]}.pid"
  container_forget "${names[$1]}"
}

# mac_for MODE GUEST_MAC: what the LAN must see.
mac_for() { if [[ $1 == 4addr || $1 == bridge || $1 == station ]]; then echo "$2"; else station_mac; fi; }

# A guest's row is an associative array `cell`, and `wrong` says why a cell is.
row_begin() {
  unset cell wrong
  declare -gA cell=() wrong=()
}
# expect CELL EXPECTED ACTUAL WHY: fills a cell, and marks it.
expect() {
  cell[$1]=$3
  [[ $2 == "$3" ]] || wrong[$1]=$4
}
as_json() {
  local -n array=$1
  local key pairs=()
  for key in "${!array[@]}"; do pairs+=("$key" "${array[$key]}"); done
  jq -n '$ARGS.positional | [range(0; length; 2) as $i | {(.[$i]): .[$i + 1]}] | add // {}' \
    --args "${pairs[@]}"
}

# host_check WHEN: the host's own address and connectivity, into host_ok/host_why.
host_check() {
  local now received
  now=$(host_address)
  received=$(ping -q -c3 -i0.3 -W2 -I $station $ap_address | sed -n 's/.* \([0-9]*\) received.*/\1/p')
  if [[ $now != "$host_was" ]]; then
    host_why+=("host address $1: '$now' instead of '$host_was'")
  elif ((${received:-0} != 3)); then
    host_why+=("host ping $1: ${received:-0}/3")
  else
    host_ok=$((host_ok + 1))
  fi
}

# guest_row GUEST: measures a running guest and prints its cells and what is wrong
# with them, two JSON documents. Uses mode_run's variables; runs for both guests at
# once, so in a process of its own.
guest_row() {
  local guest=$1 address=${leases[$1]-} mac=${macs[$1]}
  row_begin
  cell[mode]=$mode cell[guest]=${names[guest]} cell[mac]=$mac cell[lease]=$address
  # The lease was looked up by chaddr, so having one means it is keyed by it.
  if [[ -n ${reason[guest]-} ]]; then
    wrong[guest]=${reason[guest]}
  elif [[ -z $address ]]; then
    wrong[lease]="no lease for chaddr $mac within 90 s"
  elif [[ $address == "${leases[1 - guest]-}" ]]; then
    wrong[lease]="both guests have this lease"
  fi
  if [[ -n $address ]]; then
    wait_for 10 lan_answers "$address"
    air_look "$address"
    expect ping 5/5 "$(lan_ping "$address")" "LAN to guest, IPv4"
    expect air "$(mac_for "$mode" "$mac")" "$(air_seen "$address")" \
      "mode $mode must show $(mac_for "$mode" "$mac")"
    expect ping6 5/5 "$(lan_ping "$(mode_ipv6 "$guest")")" "LAN to guest, IPv6"
  fi
  as_json cell
  as_json wrong
}

# status_check MODE: two running guests, as airtap status has them. Their broadcasts count, too.
status_check() {
  local mode=$1 document
  document=$(airtap status --json)
  same "$mode: airtap status is what its schema says" "" \
    "$(/testbed/fits-schema.py /usr/share/airtap/schemas/airtap-status.schema.json <<<"$document" 2>&1)"
  same "$mode: it knows both guests, their leases and how each was learned" "${leases[*]}" \
    "$(jq -r --arg mode "$mode" '[.nics | sort_by(.domain)[] | select(.mode == $mode and .reason == "asked for by metadata"
       and .from_guest.packets > 0 and .to_guest.packets > 0) | .addresses[]
       | select(.address | startswith("10.77.0.")) | select(.age_ms < 120000 and (.source | IN("arp", "ipv4")))
       | .address] | join(" ")' <<<"$document")"
  same "$mode: and one of them by its name" "${names[1]}" \
    "$(airtap status --json "${names[1]}" | jq -r '[.nics[].domain] | join(" ")')"
}

# mode_run MODE INDEX: fills /results/modes/INDEX.json.
mode_run() {
  local mode=$1 index=$2 begin=$SECONDS guest strangers left
  local pings=() names=("$mode-1" "$mode-2") taps=(airtap0 airtap1) rows=() starts=() reason=()
  local macs=("52:54:00:aa:0$index:01" "52:54:00:aa:0$index:02") leases=()
  local host_ok=0 host_why=() host_was

  [[ $mode != ipvlan ]] || macs=("$(station_mac)" "$(station_mac)")
  host_was=$(host_address)
  host_check before
  residue_before
  if [[ $mode == station ]]; then air_watch_start "${macs[@]}"; else air_watch_start; fi
  for guest in 0 1; do
    mode_define "$guest"
  done
  note "$mode: virsh start of two guests"
  for guest in 0 1; do
    mode_start "$guest" >"$lab/start-$guest" 2>&1 &
    starts+=($!)
  done
  for guest in 0 1; do
    # Only the hook's own words matter, not virsh's summary of them.
    wait "${starts[guest]}" ||
      reason[guest]="virsh start: $(grep -o 'airtap: .*' "$lab/start-$guest" || cat "$lab/start-$guest")"
  done
  note "$mode: waiting for leases"
  for guest in 0 1; do
    [[ -n ${reason[guest]-} ]] || leases[guest]=$(mode_lease "$guest")
  done
  host_check during
  [[ ! -e /packages ]] || check_confined "${names[@]}"

  note "$mode: pings from the LAN"
  for guest in 0 1; do
    guest_row "$guest" >"$lab/row-$guest" &
    pings[guest]=$!
  done
  wait "${pings[@]}"
  for guest in 0 1; do rows[guest]=$(cat "$lab/row-$guest"); done
  if [[ $mode == 4addr ]] && ((${#leases[@]} > 0)) &&
    ! in_ap bridge fdb show br br-lan | grep -q "^${macs[0]} dev wlan1.sta"; then
    host_why+=("the access point's bridge did not learn ${macs[0]} behind the WDS link")
  fi
  # Of a container airtap sees no traffic, nor of a station.
  [[ $mode == ipvlan || $mode == station ]] || ((${#leases[@]} < 2)) || status_check "$mode"
  strangers=$(air_strangers)
  ((strangers == 0)) || host_why+=("$strangers frames with a foreign transmitter: $(head -n1 $lab/strangers)")

  note "$mode: virsh destroy"
  for guest in 0 1; do
    local gone=yes why=''
    # One virsh for both: starting it costs as much as what it does.
    mode_virsh "destroy ${names[guest]}; undefine ${names[guest]}"
    mode_forget "$guest"
    lan_answers "${leases[1]:-$lan_address}" &
    local other=$!
    if ! wait_for 3 not ip link show "${taps[guest]}"; then
      gone=no why="device ${taps[guest]} still exists"
    elif [[ -n ${leases[guest]-} && $(lan_ping "${leases[guest]}" 2) != 0/2 ]]; then
      gone=no why="${leases[guest]} still answers"
    elif ((guest == 0)) && ! wait $other; then
      gone=no why="${names[1]} stopped answering when ${names[0]} was destroyed"
    fi
    rows[guest]+=" $(jq -n --arg gone $gone --arg why "$why" \
      '{gone: $gone}, (if $why == "" then {} else {gone: $why} end)')"
  done
  wait_for 3 no_residue
  left=$(residue)
  host_check after

  # Documents of a row: cells, reasons, then gone and its reason.
  for guest in 0 1; do jq -s '{cells: (.[0] + .[2]), wrong: (.[1] + .[3])}' <<<"${rows[guest]}"; done |
    jq -s --arg residue "$left" --arg host "$host_ok/3" --argjson seconds $((SECONDS - begin)) \
      --arg mode "$mode" '
      ($residue | split("\n") | map(select(. != ""))) as $left | ($ARGS.positional) as $why
      | {mode: $mode, seconds: $seconds, residue: $left,
         guests: map(
           .cells += {residue: ($left | length | tostring), host: $host}
           | if $left != [] then .wrong.residue = ($left | join("\n")) else . end
           | if $why != [] then .wrong.host = ($why | join("; ")) else . end)}' \
      --args "${host_why[@]}" >"/results/modes/$index.json"

  # The same verdict for those who read TAP.
  while IFS= read -r guest; do
    if [[ $(jq -r '.wrong | length' <<<"$guest") == 0 ]]; then
      ok "$(jq -r '"\(.cells.guest): lease \(.cells.lease), ping \(.cells.ping), on the air \(.cells.air)"' <<<"$guest")"
    else
      not_ok "$(jq -r '.cells.guest' <<<"$guest")" \
        "$(jq -r '.wrong | to_entries | map("\(.key): \(.value)") | join("; ") | gsub("\n"; ", ")' <<<"$guest")"
    fi
  done < <(jq -c '.guests[]' "/results/modes/$index.json")
  note "$mode: took $((SECONDS - begin)) s"
}

# refused WHAT PATTERN DOMAIN: its start must fail for that reason, and leave nothing. Adds to `rows`.
refused() {
  local what=$1 pattern=$2 name=$3 output reason why=''
  residue_before
  output=$(if [[ $name == c* ]]; then lxc start "$name"; else virsh start "$name"; fi 2>&1) && why="it started"
  reason=$(grep -o 'airtap: .*' <<<"$output" | head -n1)
  grep -Eq -- "$pattern" <<<"$reason" || why=${why:-"no '$pattern' in: $output"}
  no_residue || why=${why:-"left behind: $(residue | head -n3 | paste -sd';')"}
  rows+=("$(jq -n --arg what "$what" --arg reason "${reason#airtap: "$name": }" --arg why "$why" \
    '{what: $what, reason: $reason, wrong: $why}')")
  if [[ -z $why ]]; then ok "$what: refused"; else not_ok "$what: refused" "$why"; fi
}

# refusals INDEX: what one device cannot be at once, and what a mode is not for.
refusals() {
  local rows=() mode
  one() { guest_define v1 "$(nic_xml 52:54:00:aa:09:01 airtap0 ua-lan)" "$(nic_metadata ua-lan "$@")"; }
  ip link add held0 link $station type macvtap
  container_define c1 "$(hostdev airtap0)"
  refused "a container's ipvlan beside a macvtap" 'already carries macvtap held0' c1
  ip link del held0
  ip link add held0 link $station type ipvlan mode l3
  refused "a container's ipvlan beside one in mode l3" 'ipvlan held0, which is not in mode l2 bridge' c1
  ip link del held0
  ip link add team0 type bridge
  ip link add cable1 type veth peer name cable1-far
  ip link set cable1 master team0 up
  ip link set cable1-far up
  for mode in ipvtap macnat bridge; do
    one $mode "uplink='cable1'"
    refused "$mode on a port of a bridge" 'cable1 is already a port of team0' v1
  done
  one station "uplink='cable1'"
  refused "station on a cable" 'cable1 is not a Wi-Fi station' v1
  ip link del cable1
  ip link del team0
  one bridge "uplink='$station'"
  refused "bridge on a station" 'is a Wi-Fi station: the access point drops' v1
  one ipvlan
  refused "ipvlan for a guest of QEMU" 'an ipvlan is for containers' v1
  container_define c1 "$(hostdev airtap0)" "<airtap:nic target='airtap0' mode='macnat'/>"
  refused "macnat for a container's hostdev" 'mode macnat has no device that could move' c1
  one station "uplink='$station'"
  refused "station without credentials" 'gives guests no credentials' v1
  one 4addr "uplink='$station'"
  refused "4addr without WDS at the access point" 'does not carry 4-address frames' v1
  virsh undefine v1
  lxc undefine c1
  printf '%s\n' "${rows[@]}" | jq -s '{mode: "refused", guests: [], refused: .}' >"/results/modes/$1.json"
}
