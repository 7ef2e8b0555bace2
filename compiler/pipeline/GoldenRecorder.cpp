//===- GoldenRecorder.cpp - Computes what an artifact's goldens say -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/GoldenRecorder.h"
#include "targets/cpu/Capabilities.h"
#include "llvm/TargetParser/Triple.h"

using namespace swage;

static llvm::Error fail(const llvm::Twine &message) {
  return llvm::createStringError("goldens: " + message);
}

llvm::Expected<std::string> swage::findGoldenTarget() {
  llvm::Expected<cpu::Capabilities> host = cpu::Capabilities::parse("cpu");
  if (!host)
    return fail("this machine cannot compute them, pass --golden=0 for an "
                "artifact without: " +
                llvm::toString(host.takeError()));
  return llvm::Triple(host->triple).isX86() ? "cpu:x86-64-v3" : "cpu:aarch64";
}

/// Fails unless both artifacts have the same packed weights. They do as long as
/// layouts depend neither on the processor's level nor on what weights are
/// multiplied with.
static llvm::Error checkWeights(const artifact::Program &reference,
                                const artifact::Program &written) {
  bool same = reference.weights.size() == written.weights.size();
  for (size_t i = 0; same && i < written.weights.size(); ++i) {
    const artifact::Weight &a = reference.weights[i], &b = written.weights[i];
    same = a.name == b.name && a.layout == b.layout &&
           a.payload->getSize() == b.payload->getSize();
  }
  if (same)
    return llvm::Error::success();
  return fail("the code that computes them packs the weights in another way; "
              "this is a defect of the compiler, pass --golden=0");
}

/// The results that an entry point has for a prompt, all zero.
static std::vector<golden::Result> listResults(const Module &module,
                                               const char *entryPoint,
                                               size_t length, Status &status) {
  SessionOptions options;
  options.entry_point = entryPoint;
  options.context = options.max_rows = uint32_t(length);
  Session session = Session::create(module, options, status);
  std::vector<golden::Result> results;
  for (size_t i = 0; status && i < session.info().result_count; ++i) {
    swage_result_info_t info = session.result(i, status);
    results.push_back({info.name, std::vector<float>(info.columns)});
  }
  return results;
}

llvm::Expected<GoldenRecorder> GoldenRecorder::create(
    const artifact::Artifact &reference, const artifact::Artifact &written,
    const std::vector<std::vector<int32_t>> &prompts, unsigned threads) {
  if (llvm::Error error =
          checkWeights(reference.programs.front(), written.programs.front()))
    return error;
  llvm::Expected<artifact::Image> image = artifact::Image::create(reference);
  if (!image)
    return image.takeError();
  GoldenRecorder recorder(std::move(*image));
  Status status;
  DeviceOptions options;
  options.threads = threads;
  recorder.device = Device::open(options, status);
  recorder.module = Module::load(recorder.device, recorder.image.data(),
                                 recorder.image.size(), status);
  if (!status)
    return fail(status.message());
  for (size_t i = 0; i < recorder.module.info().entry_point_count; ++i) {
    swage_entry_point_info_t entry = {};
    swage_module_entry_point(recorder.module.get(), i, &entry, status.get());
    for (const std::vector<int32_t> &prompt : prompts)
      recorder.goldens.push_back(
          {entry.name, prompt,
           listResults(recorder.module, entry.name, prompt.size(), status)});
  }
  if (!status)
    return fail(status.message());
  return recorder;
}

llvm::Error GoldenRecorder::record(int file, uint64_t offset) {
  if (llvm::Error error = image.mapWeights(file, offset))
    return error;
  for (golden::Golden &golden : goldens) {
    llvm::Expected<std::vector<std::vector<float>>> values =
        golden::replay(module, golden, /*kvCache=*/nullptr, golden::Way::Whole);
    if (!values)
      return fail(llvm::toString(values.takeError()));
    for (size_t i = 0; i < values->size(); ++i)
      golden.results[i].values = std::move((*values)[i]);
  }
  return llvm::Error::success();
}
