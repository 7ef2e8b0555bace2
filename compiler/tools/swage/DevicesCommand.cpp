//===- DevicesCommand.cpp - swage devices ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Limits.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>
#include <unistd.h>

using namespace swage;
using namespace swage::cli;

static void printForPeople(const Device &device,
                           const llvm::json::Array &features, uint64_t memory,
                           const Limits &limits) {
  llvm::raw_ostream &os = llvm::outs();
  os << "cpu  " << device.name() << '\n'
     << "  threads   " << device.threads() << '\n'
     << "  memory    " << formatBytes(memory) << '\n'
     << "  features ";
  for (const llvm::json::Value &feature : features)
    os << ' ' << *feature.getAsString();
  os << llvm::format("\n  reading   %.1f GB/s\n", limits.readBandwidth / 1e9)
     << llvm::format("  f32       %.0f GFLOP/s\n", limits.f32Operations / 1e9);
  if (limits.bf16Operations)
    os << llvm::format("  bf16      %.0f GFLOP/s\n",
                       limits.bf16Operations / 1e9);
}

static void run(bool json) {
  Status status;
  Device device = Device::open({}, status);
  check(status, "device cpu");
  llvm::json::Array features;
  for (size_t i = 0;; ++i) {
    const char *feature = swage_device_feature(device.get(), i);
    if (!feature)
      break;
    features.push_back(feature);
  }
  uint64_t memory =
      uint64_t(sysconf(_SC_PHYS_PAGES)) * uint64_t(sysconf(_SC_PAGESIZE));
  Limits limits = measureLimits(device.threads());
  if (!json)
    return printForPeople(device, features, memory, limits);
  llvm::json::Object cpu{{"device", "cpu"},
                         {"name", device.name()},
                         {"threads", device.threads()},
                         {"memory_bytes", int64_t(memory)},
                         {"features", std::move(features)},
                         {"limits", toJson(limits)}};
  printJson(llvm::json::Object{{"devices", llvm::json::Array{std::move(cpu)}}});
}

void cli::addDevicesCommand(CLI::App &app) {
  auto json = std::make_shared<bool>(false);
  CLI::App &command =
      *app.add_subcommand("devices", "List what can run models here");
  addJsonFlag(command, *json);
  command.footer("Measures what memory and registers give at most, with all "
                 "processors (about 2 s).\n"
                 "Example:\n  swage devices --json");
  command.callback([json] { run(*json); });
}
