//===- Fixture.h - Device, module and session around the toy model --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_RUNTIME_FIXTURE_H
#define SWAGE_TEST_UNIT_RUNTIME_FIXTURE_H

#include "ToyModel.h"
#include <gtest/gtest.h>
#include <optional>

namespace toy {

/// Owns one of each object. Functions that must succeed are checked here, so
/// that tests read as what they are about.
class Runtime : public testing::Test {
protected:
  ~Runtime() override { close(); }

  void openDevice(uint32_t threads = 1,
                  const swage_allocator_t *allocator = nullptr);
  void load(Model &model);
  void openSession(swage_session_options_t options);
  /// All three, for tests that need nothing special.
  void open(swage_session_options_t options, uint32_t threads = 1);
  void close();

  swage_sequence_t newSequence();
  uint32_t length(swage_sequence_t sequence);
  /// Runs one sequence's tokens and returns the logits of all of them.
  std::vector<float> run(swage_sequence_t sequence,
                         const std::vector<int32_t> &tokens);

  /// What loading these bytes says; "" if it succeeds.
  std::string loadMessage(const std::vector<uint8_t> &file);
  std::string loadMessage(Model &model) { return loadMessage(model.write()); }

  swage_device_t *device = nullptr;
  swage_module_t *module = nullptr;
  swage_session_t *session = nullptr;
  swage_status_t status = {};
  std::optional<Aligned> file;
};

/// Default options with room for all rows' logits.
swage_session_options_t sessionOptions(uint32_t sequences = 4,
                                       uint32_t maxRows = 512);

} // namespace toy

#endif // SWAGE_TEST_UNIT_RUNTIME_FIXTURE_H
