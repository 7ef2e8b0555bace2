//===- RunInputs.cpp - `swage run --inputs` on the runtime alone ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: run_inputs MODEL.swg INPUTS.safetensors OUTPUTS.safetensors [KV_CACHE]
//
// For targets that the compiler does not run on. Prints the level that was
// picked.
//
//===----------------------------------------------------------------------===//

#include "swage/swage.hpp"
#include "test/golden/programs/TensorFile.h"
#include <cstdio>

using namespace swage;
using namespace swage::test;

namespace {

/// The arguments of a call, by their names.
class Inputs {
public:
  explicit Inputs(const std::string &path) : tensors(readIntegers(path)) {
    const std::vector<int64_t> &shape = tensors["input_ids"].shape;
    if (shape.empty() || shape.size() > 2)
      fail(path + ": there is no input_ids of shape [T] or [B, T]");
    batched = shape.size() == 2;
    batch.tokens = find("input_ids");
    batch.mask = find("attention_mask");
    batch.positions = find("position_ids");
    batch.token_types = find("token_type_ids");
    batch.batch_count = batched ? shape[0] : 1;
    batch.length = shape.back();
  }

  const PaddedBatch &get() const { return batch; }

  /// A result of rows of `columns`, with the dimensions of the input.
  FloatTensor makeResult(const char *name, size_t columns,
                         bool perSequence) const {
    FloatTensor result = {name, {}, {}};
    if (batched)
      result.shape.push_back(int64_t(batch.batch_count));
    if (!perSequence)
      result.shape.push_back(int64_t(batch.length));
    result.shape.push_back(int64_t(columns));
    result.values.resize(batch.batch_count * (perSequence ? 1 : batch.length) *
                         columns);
    return result;
  }

private:
  const int32_t *find(const char *name) const {
    auto found = tensors.find(name);
    return found == tensors.end() ? nullptr : found->second.values.data();
  }

  std::map<std::string, IntegerTensor> tensors;
  PaddedBatch batch;
  bool batched;
};

} // namespace

static std::vector<FloatTensor> run(Session &session, const Inputs &inputs,
                                    Status &status) {
  std::vector<FloatTensor> results;
  if (!session.info().whole_sequences) {
    results.push_back(inputs.makeResult("logits", session.info().columns,
                                        /*perSequence=*/false));
    std::vector<float> &values = results[0].values;
    session.forwardPadded(inputs.get(), values.data(), values.size(), status);
    return results;
  }
  for (size_t i = 0; i < session.info().result_count; ++i) {
    swage_result_info_t info = session.result(i, status);
    results.push_back(
        inputs.makeResult(info.name, info.columns, info.per_sequence));
  }
  std::vector<Output> outputs;
  for (FloatTensor &result : results)
    outputs.push_back(
        {result.name.c_str(), result.values.data(), result.values.size()});
  session.encodePadded(inputs.get(), outputs.data(), outputs.size(), status);
  return results;
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5)
    fail("usage: run_inputs MODEL.swg INPUTS.safetensors OUTPUTS.safetensors "
         "[KV_CACHE]");
  Inputs inputs(argv[2]);
  Status status;
  DeviceOptions deviceOptions;
  deviceOptions.threads = 2;
  Device device = Device::open(deviceOptions, status);
  Module module = Module::load(device, argv[1], status);
  SessionOptions options;
  options.context = inputs.get().length;
  options.max_sequences = inputs.get().batch_count;
  options.max_logit_rows = inputs.get().batch_count * inputs.get().length;
  options.kv_cache = argc == 5 ? argv[4] : nullptr;
  Session session = Session::create(module, options, status);
  if (!status)
    fail(status.message());
  std::vector<FloatTensor> results = run(session, inputs, status);
  if (!status)
    fail(status.message());
  writeFloats(argv[3], results);
  std::printf("%s on %s\n", module.info().target, device.name());
}
