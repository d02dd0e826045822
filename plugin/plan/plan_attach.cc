// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan_attach.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/choose.h"
#include "plan/mode.h"
#include "plan/validate.h"

namespace airtap {

namespace {

constexpr unsigned max_guest_id = 1023;  // AIRTAP_MAX_GUESTS - 1, plugin/datapath/shared.h

bool acts_at(const GuestNic& nic, Stage stage) {
  return stage == Stage::both || nic.device_is_ours == (stage == Stage::prepare);
}

/// Collects the parts of one plan; knows which ids, MACs and features of an uplink are taken.
class Builder {
 public:
  Builder(const HostFacts& facts, const Config& config, const std::vector<UplinkInUse>& in_use)
      : facts_(facts), config_(config) {
    for (const UplinkInUse& use : in_use) in_use_[use.uplink] = use;
  }

  Result<> add(const GuestNic& nic, Stage stage);
  Plan take() { return std::move(plan_); }

 private:
  Result<IfName> target_of(const GuestNic& nic, bool must_be_free) const;
  Result<unsigned> claim_id(UplinkInUse& use) const;
  Result<> add_feature(Feature feature, const std::string& label, const UplinkFacts& uplink,
                       UplinkInUse& use);

  Result<> add_features(Mode mode, const NicInPlan& in, UplinkInUse& use);

  const HostFacts& facts_;
  const Config& config_;
  std::map<IfName, UplinkInUse> in_use_;
  Plan plan_;
};

/// The lowest free name for one who names none. Free is what neither kernel nor records know: a
/// device may be gone while what was made for it is still to be undone, by its name.
IfName free_target(const HostFacts& facts, const std::map<IfName, UplinkInUse>& in_use) {
  std::set<std::string_view> taken;
  for (const LinkFacts& link : facts.links) taken.insert(link.name.text());
  for (const auto& [uplink, use] : in_use)
    for (const IfName& device : use.guest_devices) taken.insert(device.text());
  std::string name;
  for (unsigned number = 0; name.empty() || taken.contains(name); ++number)
    name = fmt::format("airtap-q{}", number);
  return IfName::parse(name).value();
}

Result<IfName> Builder::target_of(const GuestNic& nic, bool must_be_free) const {
  if (nic.anonymous) return free_target(facts_, in_use_);
  return check_target(nic, facts_, must_be_free);
}

Result<unsigned> Builder::claim_id(UplinkInUse& use) const {
  std::vector<bool> taken(max_guest_id + 1);
  for (const unsigned used : use.guest_ids)
    if (used <= max_guest_id) taken[used] = true;
  const auto first = std::find(taken.begin() + 1, taken.end(), false);
  const auto id = static_cast<unsigned>(first - taken.begin());
  if (id > max_guest_id)
    return fail(
        fmt::format("{} already serves {} guest interfaces", use.uplink.text(), max_guest_id),
        "stop one first");
  use.guest_ids.push_back(id);
  return id;
}

Result<> Builder::add_feature(Feature feature, const std::string& label, const UplinkFacts& uplink,
                              UplinkInUse& use) {
  const FeatureUse wanted{uplink.link.name, feature};
  if (std::ranges::find(plan_.uses, wanted) == plan_.uses.end()) plan_.uses.push_back(wanted);
  if (std::ranges::find(use.active, feature) != use.active.end()) return {};
  AIRTAP_TRY(Actions steps, feature_steps(feature, uplink));
  plan_.shared.push_back({wanted, label, std::move(steps)});
  use.active.push_back(feature);
  return {};
}

Result<> Builder::add_features(Mode mode, const NicInPlan& in, UplinkInUse& use) {
  const bool four_addr_is_ours =
      std::ranges::find(use.active, Feature::four_addr) != use.active.end();
  for (const Feature feature : planner_of(mode).features(in, four_addr_is_ours))
    if (auto added = add_feature(feature, in.nic.label, in.uplink, use); !added)
      return fail(added.error().within(to_text(mode)));
  return {};
}

Result<> Builder::add(const GuestNic& nic, Stage stage) {
  const bool acting = acts_at(nic, stage);
  AIRTAP_CHECK(check_request(nic, config_));
  AIRTAP_TRY(const IfName target, target_of(nic, acting && nic.device_is_ours));
  AIRTAP_TRY(const UplinkFacts* uplink, choose_uplink(nic, facts_, config_));
  AIRTAP_CHECK(check_uplink(nic, *uplink));
  AIRTAP_TRY(const ModeChoice choice, choose_mode(nic, *uplink, config_));
  AIRTAP_TRY(const auto mesh, batman_instead(*uplink, choice.mode, facts_));
  if (mesh) uplink = &*mesh;
  const ModePlanner& mode = planner_of(choice.mode);

  UplinkInUse& use = in_use_[uplink->link.name];
  use.uplink = uplink->link.name;
  NicInPlan in{.nic = nic,
               .target = target,
               .address_quota = nic.addresses.value_or(config_.addresses),
               .mtu = nic.mtu.value_or(uplink->link.mtu),
               .uplink = *uplink,
               .facts = facts_,
               .config = config_,
               .stations = acting ? use.stations : 0};
  if (auto works = mode.check(in); !works) return fail(works.error().within(to_text(choice.mode)));
  // libvirt makes the TAP a port of the bridge, so that must be there before.
  if (!acting && !nic.bridge.empty()) return add_features(choice.mode, in, use);
  if (!acting) return {};
  if (!nic.mac.is_zero() && std::ranges::find(use.guest_macs, nic.mac) != use.guest_macs.end())
    return fail(
        fmt::format("MAC {} is in use by another guest on {}", nic.mac.text(), use.uplink.text()),
        "give this interface a MAC of its own");
  if (target.empty() && nic.bridge.empty())
    return fail("libvirt names this device when it starts the domain",
                "write <target dev='airtap0'/> to name it");
  use.guest_macs.push_back(nic.mac);
  use.guest_devices.push_back(target);
  if (choice.mode == Mode::station) ++use.stations;
  AIRTAP_TRY(in.id, claim_id(use));

  AIRTAP_CHECK(add_features(choice.mode, in, use));
  std::ranges::move(mode.own_steps(in), std::back_inserter(plan_.own));
  plan_.nics.push_back({nic.label, nic.mac, target, choice.mode, use.uplink, in.id, choice.reason});
  return {};
}

}  // namespace

Result<Plan> plan_attach(const Domain& domain, Stage stage, const HostFacts& facts,
                         const Config& config, const std::vector<UplinkInUse>& in_use) {
  AIRTAP_CHECK(check_distinct(domain));
  Builder builder(facts, config, in_use);
  for (const GuestNic& nic : domain.nics)
    if (auto added = builder.add(nic, stage); !added) return fail(added.error().within(nic.label));
  return builder.take();
}

}  // namespace airtap
