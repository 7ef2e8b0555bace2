//===- AllocationTest.cpp - Every allocation may fail ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include <cstdlib>

using namespace toy;

namespace {

/// Fails the n-th allocation and counts what is in use.
struct Scarce {
  long failAt = -1;
  long calls = 0;
  long inUse = 0;

  swage_allocator_t allocator() {
    return {this,
            [](void *self, size_t size, size_t alignment) -> void * {
              Scarce &scarce = *static_cast<Scarce *>(self);
              if (scarce.calls++ == scarce.failAt)
                return nullptr;
              scarce.inUse += long(size);
              return aligned_alloc(alignment < 64 ? 64 : alignment,
                                   (size + 63) / 64 * 64);
            },
            [](void *self, void *pointer, size_t size) {
              static_cast<Scarce *>(self)->inUse -= long(size);
              free(pointer);
            }};
  }
};

class Allocation : public testing::Test {
protected:
  /// Device, module, session, forward; the code of the first failure.
  swage_status_code_t runAll(Scarce &scarce) {
    swage_device_options_t options = swage_device_options_default();
    options.threads = 2;
    options.allocator = scarce.allocator();
    swage_session_options_t sizes = sessionOptions(2, 4);
    swage_device_t *device = nullptr;
    swage_module_t *module = nullptr;
    swage_session_t *session = nullptr;
    swage_device_create(&options, &device, &status);
    if (!status.code)
      swage_module_load_memory(device, file.data(), file.size(), &module,
                               &status);
    if (!status.code)
      swage_session_create(module, &sizes, &session, &status);
    if (!status.code)
      forward(scarce, session);
    swage_session_destroy(session);
    swage_module_destroy(module);
    swage_device_destroy(device);
    return status.code;
  }

  void forward(Scarce &scarce, swage_session_t *session) {
    long before = scarce.calls;
    swage_sequence_rows_t rows = {0, 3};
    int32_t tokens[3] = {1, 2, 3};
    swage_batch_t batch = SWAGE_ZERO;
    batch.size = sizeof(batch);
    batch.tokens = tokens;
    batch.row_count = 3;
    batch.sequences = &rows;
    batch.sequence_count = 1;
    swage_sequence_create(session, &rows.sequence, &status);
    EXPECT_EQ(swage_session_forward(session, &batch, nullptr, &status),
              SWAGE_OK);
    EXPECT_EQ(scarce.calls, before) << "only `create` may allocate";
  }

  Aligned file{Model().write()};
  swage_status_t status = {};
};

} // namespace

TEST_F(Allocation, FailsCleanlyEverywhere) {
  Scarce plenty;
  ASSERT_EQ(runAll(plenty), SWAGE_OK) << status.message;
  EXPECT_EQ(plenty.inUse, 0);
  ASSERT_GT(plenty.calls, 20);
  for (long i = 0; i < plenty.calls; ++i) {
    Scarce scarce;
    scarce.failAt = i;
    EXPECT_EQ(runAll(scarce), SWAGE_OUT_OF_MEMORY) << "allocation " << i;
    EXPECT_NE(status.message[0], 0);
    EXPECT_EQ(scarce.inUse, 0) << "allocation " << i;
  }
}
