# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One mode with two guests, measured into JSON. What is wrong is decided here, in
# one place; table.py only draws. Sourced by cases/modes.

# ap_for MODE: the access point a mode is tried on.
ap_for() { if [[ $1 == 4addr ]]; then echo wds; else echo plain; fi; }

# mac_for MODE GUEST_MAC: what the LAN must see.
mac_for() { if [[ $1 == 4addr || $1 == bridge ]]; then echo "$2"; else station_mac; fi; }

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
    expect ping6 5/5 "$(lan_ping "$(eui64 "$mac")")" "LAN to guest, IPv6"
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

  host_was=$(host_address)
  host_check before
  residue_before
  air_watch_start
  for guest in 0 1; do
    guest_define_simple "${names[guest]}" "${macs[guest]}" "${taps[guest]}" "$mode"
  done
  note "$mode: virsh start of two guests"
  for guest in 0 1; do
    virsh start "${names[guest]}" >"$lab/start-$guest" 2>&1 &
    starts+=($!)
  done
  for guest in 0 1; do
    # Only the hook's own words matter, not virsh's summary of them.
    wait "${starts[guest]}" ||
      reason[guest]="virsh start: $(grep -o 'airtap: .*' "$lab/start-$guest" || cat "$lab/start-$guest")"
  done
  note "$mode: waiting for leases"
  for guest in 0 1; do
    [[ -n ${reason[guest]-} ]] || leases[guest]=$(guest_wait "${macs[guest]}" 90)
  done
  host_check during

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
  ((${#leases[@]} < 2)) || status_check "$mode"
  strangers=$(air_strangers)
  ((strangers == 0)) || host_why+=("$strangers frames with a foreign transmitter: $(head -n1 $lab/strangers)")

  note "$mode: virsh destroy"
  for guest in 0 1; do
    local gone=yes why=''
    # One virsh for both: starting it costs as much as what it does.
    virsh "destroy ${names[guest]}; undefine ${names[guest]}"
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
