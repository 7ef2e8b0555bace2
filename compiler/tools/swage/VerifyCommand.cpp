//===- VerifyCommand.cpp - swage verify -----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Golden.h"
#include "compiler/tools/swage/ArtifactView.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Deviation.h"
#include "compiler/tools/swage/Model.h"
#include "compiler/tools/swage/Tolerances.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace swage;
using namespace swage::cli;
using golden::Golden;
using golden::Way;
using llvm::json::Array;
using llvm::json::Object;

namespace {

struct VerifyCall {
  std::string path;
  DeviceChoice device;
  bool json = false;
};

/// One result of one golden, computed in one way.
struct Replayed {
  const Golden *golden;
  std::string kvCache, result;
  Way way;
  double tolerance;
  Deviation deviation;

  bool passes() const {
    return deviation.sameBits() || deviation.relativeRms() <= tolerance;
  }
};

} // namespace

/// The entry point of that name of the program that runs.
static const schema::EntryPoint &findEntryPoint(const ArtifactView &view,
                                                const Model &model,
                                                const std::string &name) {
  llvm::StringRef device = swage_device_driver(model.device.get());
  for (const schema::Program *program : *view.table().programs())
    if (text(program->device()) == device)
      for (const schema::EntryPoint *entry : *program->entry_points())
        if (text(entry->name()) == name)
          return *entry;
  failWork(model.path + ": the goldens are for an entry point '" + name +
           "', which the artifact does not have");
}

static void replay(const Model &model, const Golden &golden,
                   const std::string &kvCache, Way way, double tolerance,
                   std::vector<Replayed> &replays) {
  auto values = check(golden::replay(
      model.module, golden, kvCache.empty() ? nullptr : kvCache.c_str(), way));
  for (size_t i = 0; i < values.size(); ++i) {
    Replayed &replayed = replays.emplace_back(
        Replayed{&golden, kvCache, golden.results[i].name, way, tolerance, {}});
    replayed.deviation.add(values[i], golden.results[i].values);
  }
}

static std::vector<Replayed> replayAll(const Model &model,
                                       const ArtifactView &view,
                                       llvm::ArrayRef<Golden> goldens) {
  Progress progress("verify");
  std::vector<Replayed> replays;
  size_t done = 0;
  for (const Golden &golden : goldens) {
    progress.update("golden " + std::to_string(++done) + " of " +
                        std::to_string(goldens.size()),
                    0, 0, "");
    const schema::EntryPoint &entry =
        findEntryPoint(view, model, golden.entryPoint);
    std::vector<std::string> caches;
    for (const schema::Variant *variant : *entry.variants())
      if (!llvm::is_contained(caches, text(variant->kv_cache())))
        caches.push_back(text(variant->kv_cache()));
    for (const std::string &cache : caches) {
      double tolerance = toleranceOf(entry, cache);
      replay(model, golden, cache, Way::Whole, tolerance, replays);
      if (!entry.whole_sequences() && golden.tokens.size() > 1)
        replay(model, golden, cache, Way::Decoded, tolerance, replays);
    }
  }
  return replays;
}

static std::string describe(const Replayed &replayed) {
  std::string line;
  llvm::raw_string_ostream os(line);
  os << replayed.golden->entryPoint << " of " << replayed.golden->tokens.size()
     << " tokens" << (replayed.way == Way::Decoded ? ", decoded" : "");
  if (!replayed.kvCache.empty())
    os << ", cache " << replayed.kvCache;
  os << ", " << replayed.result << ": ";
  if (replayed.deviation.sameBits())
    os << "same bits";
  else
    os << llvm::format("relative error %.2g, at most %.2g",
                       replayed.deviation.relativeRms(), replayed.tolerance);
  return line;
}

static Object toJson(const Replayed &replayed) {
  return Object{{"entry_point", replayed.golden->entryPoint},
                {"tokens", int64_t(replayed.golden->tokens.size())},
                {"decoded", replayed.way == Way::Decoded},
                {"kv_cache", replayed.kvCache},
                {"result", replayed.result},
                {"same_bits", replayed.deviation.sameBits()},
                {"max_error", jsonNumber(replayed.deviation.maxError)},
                {"relative_rms", jsonNumber(replayed.deviation.relativeRms())},
                {"tolerance", replayed.tolerance},
                {"passed", replayed.passes()}};
}

static void run(const VerifyCall &call) {
  Model model = loadArtifact(call.path, call.device);
  Status status;
  swage_module_verify(model.module.get(), status.get());
  check(status, call.path);
  ArtifactView view(call.path);
  std::vector<Golden> goldens;
  if (auto section = view.sectionBytes(golden::kSection); !section.empty())
    goldens = check(golden::decode(section));
  std::vector<Replayed> replays = replayAll(model, view, goldens);
  size_t failed = llvm::count_if(
      replays, [](const Replayed &replayed) { return !replayed.passes(); });

  const swage_module_info_t &info = model.module.info();
  if (call.json) {
    Array list;
    for (const Replayed &replayed : replays)
      list.push_back(toJson(replayed));
    printJson(Object{{"target", std::string(info.target)},
                     {"device", std::string(model.device.name())},
                     {"threads", int64_t(model.device.threads())},
                     {"weights", int64_t(info.weight_count)},
                     {"weight_bytes",
                      int64_t(swage_module_weight_bytes(model.module.get()))},
                     {"goldens", int64_t(goldens.size())},
                     {"replays", std::move(list)},
                     {"passed", failed == 0}});
  } else {
    llvm::outs() << "weights  " << info.weight_count
                 << " as they were written, "
                 << formatBytes(swage_module_weight_bytes(model.module.get()))
                 << '\n';
    if (goldens.empty())
      llvm::outs() << "goldens  none; compile with --golden to store some\n";
    else
      llvm::outs() << "goldens  " << goldens.size() << ", on " << info.target
                   << " with " << model.device.threads() << " threads\n";
    for (const Replayed &replayed : replays)
      llvm::outs() << (replayed.passes() ? "  ok      " : "  FAILED  ")
                   << describe(replayed) << '\n';
  }
  llvm::outs().flush();
  if (failed)
    failWork(call.path + ": " + llvm::Twine(failed) + " of " +
             llvm::Twine(replays.size()) +
             " results are not those of its goldens; swage diff finds the "
             "first layer that differs from another artifact or machine");
}

void cli::addVerifyCommand(CLI::App &app) {
  auto call = std::make_shared<VerifyCall>();
  CLI::App &command = *app.add_subcommand(
      "verify", "Check that an artifact is whole and right on this device");
  command.add_option("FILE.swg", call->path, "The artifact")->required();
  call->device.addTo(command);
  addJsonFlag(command, call->json);
  command.footer(
      "Examples:\n"
      "  swage verify llama.swg\n"
      "  swage verify llama.swg --threads 1 --json\n"
      "Compares all checksums, then computes the prompts that the artifact "
      "carries and compares\nthe results with those that the compiler stored, "
      "for each type of cache.");
  command.callback([call] { run(*call); });
}
