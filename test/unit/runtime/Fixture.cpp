//===- Fixture.cpp - Device, module and session around the toy model ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include <numeric>

namespace toy {

swage_session_options_t sessionOptions(uint32_t sequences, uint32_t maxRows) {
  swage_session_options_t options = swage_session_options_default();
  options.max_sequences = sequences;
  options.max_rows = maxRows;
  options.max_logit_rows = 256;
  return options;
}

void Runtime::openDevice(uint32_t threads, const swage_allocator_t *allocator) {
  swage_device_options_t options = swage_device_options_default();
  options.threads = threads;
  if (allocator)
    options.allocator = *allocator;
  ASSERT_EQ(swage_device_create(&options, &device, &status), SWAGE_OK)
      << status.message;
}

void Runtime::load(Model &model) {
  file.emplace(model.write());
  ASSERT_EQ(swage_module_load_memory(device, file->data(), file->size(),
                                     &module, &status),
            SWAGE_OK)
      << status.message;
}

void Runtime::openSession(swage_session_options_t options) {
  ASSERT_EQ(swage_session_create(module, &options, &session, &status), SWAGE_OK)
      << status.message;
}

void Runtime::open(swage_session_options_t options, uint32_t threads) {
  openDevice(threads);
  Model model;
  load(model);
  openSession(options);
}

void Runtime::close() {
  swage_session_destroy(session);
  swage_module_destroy(module);
  swage_device_destroy(device);
  session = nullptr;
  module = nullptr;
  device = nullptr;
}

swage_sequence_t Runtime::newSequence() {
  swage_sequence_t id = -1;
  EXPECT_EQ(swage_sequence_create(session, &id, &status), SWAGE_OK)
      << status.message;
  return id;
}

uint32_t Runtime::length(swage_sequence_t sequence) {
  uint32_t result = ~0u;
  EXPECT_EQ(swage_sequence_length(session, sequence, &result, &status),
            SWAGE_OK);
  return result;
}

std::vector<float> Runtime::run(swage_sequence_t sequence,
                                const std::vector<int32_t> &tokens) {
  std::vector<int32_t> all(tokens.size());
  std::iota(all.begin(), all.end(), 0);
  swage_sequence_rows_t rows = {sequence, uint32_t(tokens.size())};
  swage_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = tokens.data();
  batch.row_count = tokens.size();
  batch.sequences = &rows;
  batch.sequence_count = 1;
  batch.logit_rows = all.data();
  batch.logit_row_count = all.size();
  swage_matrix_t logits = SWAGE_ZERO;
  EXPECT_EQ(swage_session_forward(session, &batch, &logits, &status), SWAGE_OK)
      << status.message;
  std::vector<float> result;
  for (size_t i = 0; i < logits.rows; ++i)
    result.insert(result.end(), logits.data + i * logits.row_length,
                  logits.data + i * logits.row_length + logits.columns);
  return result;
}

std::string Runtime::loadMessage(const std::vector<uint8_t> &bytes) {
  if (!device)
    openDevice();
  Aligned memory(bytes);
  swage_module_t *loaded = nullptr;
  swage_status_code_t code = swage_module_load_memory(
      device, memory.data(), memory.size(), &loaded, &status);
  EXPECT_EQ(code, status.code);
  EXPECT_EQ(code == SWAGE_OK, loaded != nullptr);
  EXPECT_EQ(code == SWAGE_OK, status.message[0] == 0);
  swage_module_destroy(loaded);
  return status.message;
}

} // namespace toy
