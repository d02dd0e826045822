// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The parts of a start that happen in the process, without the kernel, each beside what it cannot
// be faster than or should not be slower than. FIGURE/airtap and FIGURE/other, for
// tests/bench/inprocess.
#include <benchmark/benchmark.h>
#include <libxml/parser.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "domain/domain_xml.h"
#include "domain/prefilter.h"
#include "plan/plan_attach.h"
#include "record/json.h"
#include "session/gather.h"
#include "support/builders.h"
#include "support/fake_kernel.h"

namespace {

using namespace airtap;  // NOLINT: a program

constexpr unsigned crowd = 1000;

std::string document(bool ours) {
  return std::string(
             "<domain "
             "type='kvm'><name>vm</name><uuid>6a1f0000-0000-4000-8000-000000000001</uuid>") +
         (ours ? "<metadata><airtap:guest xmlns:airtap='urn:airtap:domain:1'><airtap:nic "
                 "alias='ua-lan' "
                 "mode='macnat'/></airtap:guest></metadata>"
               : "") +
         "<memory unit='KiB'>2097152</memory><vcpu>2</vcpu><os><type arch='x86_64' "
         "machine='q35'>hvm</type></os>"
         "<devices><disk type='file' device='disk'><source "
         "file='/var/lib/libvirt/images/vm.qcow2'/>"
         "<target dev='vda' bus='virtio'/></disk>" +
         (ours ? "<interface type='ethernet'><mac address='52:54:00:a1:00:01'/><target "
                 "dev='airtap0' managed='no'/>"
                 "<alias name='ua-lan'/><model type='virtio'/></interface>"
               : "<interface type='bridge'><mac address='52:54:00:a1:00:01'/><source "
                 "bridge='virbr0'/>"
                 "<target dev='vnet0'/><model type='virtio'/></interface>") +
         "</devices></domain>";
}

/// libxml2 alone: whoever reads the document pays that.
void read_by_libxml2(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> read(
        xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                      XML_PARSE_NONET),
        xmlFreeDoc);
    benchmark::DoNotOptimize(read.get());
  }
}

void not_ours(benchmark::State& state) {
  const std::string text = document(false);
  for (auto _ : state) benchmark::DoNotOptimize(may_concern_us(text));
}
void ours(benchmark::State& state) {
  const std::string text = document(true);
  for (auto _ : state) benchmark::DoNotOptimize(parse_domain(text, {}).has_value());
}

std::string record_text(bool as_version_1) {
  test::FakeKernel kernel = test::FakeKernel::laptop();
  Kernel seam = kernel.seam();
  const Plan plan = plan_attach(test::domain({test::nic(0, Mode::macnat)}), Stage::both,
                                gather(seam).value(), {}, {})
                        .value();
  GuestRecord record{.name = "vm",
                     .uuid = "6a1f0000-0000-4000-8000-000000000001",
                     .nics = plan.nics,
                     .uses = plan.uses};
  record.actions = plan.own;
  std::string text = to_json_text(record);
  if (!as_version_1) return text;
  auto document = nlohmann::json::parse(text.substr(0, text.find('\n')));
  document["actions"] = nlohmann::json::parse(record.actions.json_text());
  return document.dump();
}

void read_record(benchmark::State& state) {
  const std::string text = record_text(false);
  for (auto _ : state) benchmark::DoNotOptimize(guest_record_from_json(text).has_value());
}
/// All that is in it, by the same library.
void read_all_of_record(benchmark::State& state) {
  const std::string text = record_text(true);
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::parse(text).size());
}

void plan_beside(benchmark::State& state, unsigned guests) {
  test::FakeKernel kernel = test::FakeKernel::laptop();
  Kernel seam = kernel.seam();
  const HostFacts facts = gather(seam).value();
  UplinkInUse use{.uplink = test::name("wlan0"), .active = {Feature::datapath, Feature::bridge}};
  for (unsigned id = 1; id <= guests; ++id) {
    use.guest_ids.push_back(id);
    use.guest_macs.push_back(MacAddress{{0x52, 0x54, 0, 1, static_cast<std::uint8_t>(id >> 8),
                                         static_cast<std::uint8_t>(id & 255)}});
    use.guest_devices.push_back(test::name("airtap" + std::to_string(id)));
  }
  const Domain domain = test::domain({test::nic(0, Mode::macnat)});
  for (auto _ : state)
    benchmark::DoNotOptimize(plan_attach(domain, Stage::both, facts, {}, {use}).has_value());
}

}  // namespace

BENCHMARK(not_ours)->Name("domain XML, not ours/airtap");
BENCHMARK_CAPTURE(read_by_libxml2, not_ours, document(false))->Name("domain XML, not ours/other");
BENCHMARK(ours)->Name("domain XML, ours/airtap");
BENCHMARK_CAPTURE(read_by_libxml2, ours, document(true))->Name("domain XML, ours/other");
BENCHMARK(read_record)->Name("record of another guest/airtap");
BENCHMARK(read_all_of_record)->Name("record of another guest/other");
BENCHMARK_CAPTURE(plan_beside, many, crowd)->Name("plan beside 1,000 guests/airtap");
BENCHMARK_CAPTURE(plan_beside, none, 0)->Name("plan beside 1,000 guests/other");

BENCHMARK_MAIN();
