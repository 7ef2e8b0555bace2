//===- TensorRun.cpp - Inputs and outputs as files of tensors -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/TensorRun.h"
#include "compiler/golden/Calls.h"
#include "compiler/import/safetensors/SafeTensorsWriter.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/weights/TensorSource.h"

using namespace swage;
using namespace swage::cli;
using swage::import::DenseTensor;

TensorInputs TensorInputs::fromTokens(std::vector<int32_t> tokens) {
  TensorInputs inputs;
  inputs.length = tokens.size();
  inputs.tokens = std::move(tokens);
  return inputs;
}

/// Takes the shape of `input_ids`.
static void setShape(TensorInputs &inputs, const DenseTensor &ids,
                     const std::string &path) {
  llvm::ArrayRef<int64_t> shape = ids.shape;
  if (shape.empty() || shape.size() > 2)
    failWork(path + ": input_ids has shape " + weights::describeShape(shape) +
             "; expected [T] or [B, T]");
  inputs.batched = shape.size() == 2;
  inputs.batch = inputs.batched ? shape.front() : 1;
  inputs.length = shape.back();
  if (!inputs.batch || !inputs.length)
    failWork(path + ": input_ids has no element");
}

TensorInputs cli::readTensorInputs(const Model &model,
                                   const std::string &path) {
  std::vector<DenseTensor> tensors = check(import::readDenseTensors(path));
  TensorInputs inputs;
  llvm::SmallVector<int64_t> shape;
  for (const DenseTensor &tensor : tensors)
    if (tensor.name == "input_ids") {
      setShape(inputs, tensor, path);
      shape.assign(tensor.shape.begin(), tensor.shape.end());
    }
  if (shape.empty())
    failWork(path + ": there is no tensor input_ids");
  bool hasTypes = model.module.info().token_types > 0;
  for (const DenseTensor &tensor : tensors) {
    std::vector<int32_t> *to =
        tensor.name == "input_ids"                    ? &inputs.tokens
        : tensor.name == "attention_mask"             ? &inputs.mask
        : tensor.name == "position_ids"               ? &inputs.positions
        : tensor.name == "token_type_ids" && hasTypes ? &inputs.types
                                                      : nullptr;
    if (!to)
      failWork(path + ": the model takes no tensor " + tensor.name +
               "; expected input_ids, attention_mask, position_ids" +
               (hasTypes ? ", token_type_ids" : ""));
    if (llvm::ArrayRef(tensor.shape) != llvm::ArrayRef<int64_t>(shape))
      failWork(path + ": " + tensor.name + " has shape " +
               weights::describeShape(tensor.shape) + ", and input_ids " +
               weights::describeShape(shape) + "; they must be equal");
    *to = check(tensor.getIntegers());
  }
  model.checkTokens(inputs.tokens, path + ": input_ids");
  return inputs;
}

/// A tensor of rows of `columns`, with the dimensions that the input has.
static DenseTensor makeResult(const TensorInputs &inputs, llvm::StringRef name,
                              size_t columns, bool perText,
                              llvm::ArrayRef<float> values) {
  llvm::SmallVector<int64_t> shape;
  if (inputs.batched)
    shape.push_back(int64_t(inputs.batch));
  if (!perText)
    shape.push_back(int64_t(inputs.length));
  shape.push_back(int64_t(columns));
  return DenseTensor::get<float>(name.str(), weights::Dtype::F32, shape,
                                 values);
}

static std::vector<DenseTensor> encode(Session &session,
                                       const PaddedBatch &batch,
                                       const TensorInputs &inputs,
                                       Status &status) {
  golden::Encoded encoded(session, inputs.batch, inputs.batch * inputs.length,
                          status);
  session.encodePadded(batch, encoded.outputs().data(),
                       encoded.outputs().size(), status);
  std::vector<DenseTensor> results;
  for (const golden::Encoded::Result &result : encoded.results)
    results.push_back(makeResult(inputs, result.name, result.columns,
                                 result.perText, result.values));
  return results;
}

static std::vector<DenseTensor> forward(Session &session,
                                        const PaddedBatch &batch,
                                        const TensorInputs &inputs,
                                        Status &status) {
  size_t columns = session.info().columns;
  std::vector<float> logits(inputs.batch * inputs.length * columns);
  session.forwardPadded(batch, logits.data(), logits.size(), status);
  return {makeResult(inputs, "logits", columns, /*perText=*/false, logits)};
}

void cli::writeResults(const Model &model, const GenerateOptions &options,
                       const TensorInputs &inputs, const std::string &path) {
  SessionOptions settings;
  settings.context = options.context ? options.context : inputs.length;
  settings.max_sequences = inputs.batch;
  settings.max_logit_rows = std::min<size_t>(inputs.batch * inputs.length, 512);
  Session session = createSession(model, settings, options.session);
  auto dataOf = [](const std::vector<int32_t> &values) {
    return values.empty() ? nullptr : values.data();
  };
  PaddedBatch batch;
  batch.tokens = inputs.tokens.data();
  batch.mask = dataOf(inputs.mask);
  batch.positions = dataOf(inputs.positions);
  batch.token_types = dataOf(inputs.types);
  batch.batch_count = inputs.batch;
  batch.length = inputs.length;
  Status status;
  std::vector<DenseTensor> results =
      session.info().whole_sequences ? encode(session, batch, inputs, status)
                                     : forward(session, batch, inputs, status);
  check(status, model.path);
  if (llvm::Error error = import::writeDenseTensors(path, results))
    failWork(llvm::toString(std::move(error)));
}
