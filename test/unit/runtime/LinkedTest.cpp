//===- LinkedTest.cpp - Models that are part of the program ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

using namespace toy;

extern "C" {
// Of toy_kernels.c, compiled into this program.
void toy_embed(const swage_cpu_dispatch_t *, uint64_t, uint64_t);
void toy_add(const swage_cpu_dispatch_t *, uint64_t, uint64_t);
void toy_sum(const swage_cpu_dispatch_t *, uint64_t, uint64_t);
void toy_logits(const swage_cpu_dispatch_t *, uint64_t, uint64_t);
}

namespace {

class Linked : public Runtime {
protected:
  Linked() {
    // The artifact as the compiler links it: without code.
    toyModel.segments[0].clear();
    file.emplace(toyModel.write());
    model.size = sizeof(model);
    model.artifact = file->data();
    model.artifact_size = file->size();
    model.executables = executables;
    model.executable_count = 1;
    model.kernel_count = 4;
    openDevice();
  }

  swage_status_code_t create() {
    return swage_module_create_linked(device, &model, &module, &status);
  }

  Model toyModel;
  swage_cpu_kernel_t kernels[4] = {toy_embed, toy_add, toy_sum, toy_logits};
  const swage_cpu_kernel_t *executables[2] = {kernels, nullptr};
  swage_linked_model_t model = {};
};

} // namespace

TEST_F(Linked, ComputesWithTheProgramsKernels) {
  ASSERT_EQ(create(), SWAGE_OK) << status.message;
  EXPECT_STREQ(swage_module_info(module)->target, "cpu:host");
  openSession(sessionOptions());
  std::vector<float> logits = run(newSequence(), {7, 4});
  for (int c = 0; c < kColumns; ++c) {
    EXPECT_EQ(logits[c], expectedLogit({7}, c, 0));
    EXPECT_EQ(logits[kColumns + c], expectedLogit({7, 4}, c, 1));
  }
}

TEST_F(Linked, NeedsItsKernels) {
  // Without the program's kernels, nothing is left to run.
  EXPECT_EQ(swage_module_load_memory(device, file->data(), file->size(),
                                     &module, &status),
            SWAGE_DATA_LOSS);
  EXPECT_STREQ(status.message,
               "have code of 0 bytes, require at least 64 for an ELF header");

  kernels[2] = nullptr;
  EXPECT_EQ(create(), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message,
               "kernel 2 'toy_sum' of 'cpu:host' is not linked");
  model.kernel_count = 3;
  EXPECT_EQ(create(), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have a linked model with 1 executables of 3 "
                               "kernels, require 1 of 4");
  EXPECT_EQ(module, nullptr);
}

TEST_F(Linked, RefusesWhatItCannotRead) {
  model.size = 8;
  EXPECT_EQ(create(), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have a linked model of size 8, require at "
                               "least 48");
  EXPECT_EQ(swage_module_create_linked(device, nullptr, &module, &status),
            SWAGE_INVALID_ARGUMENT);
  model.size = sizeof(model);
  model.artifact = nullptr;
  EXPECT_EQ(create(), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "the linked model has no artifact");
  model.artifact = file->data();
  model.executables = nullptr;
  EXPECT_EQ(create(), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "the linked model has no executables");
  model.executables = executables;
  model.artifact_size -= 1;
  EXPECT_EQ(create(), SWAGE_DATA_LOSS);
  EXPECT_EQ(module, nullptr);
}

/// Archives of other versions: a later field may be there as long as it is
/// zero.
TEST_F(Linked, MayGrow) {
  struct {
    swage_linked_model_t known;
    uint64_t later;
  } newer = {model, 0};
  newer.known.size = sizeof(newer);
  ASSERT_EQ(swage_module_create_linked(device, &newer.known, &module, &status),
            SWAGE_OK)
      << status.message;
  // The structure itself is not kept.
  newer.known = {};
  openSession(sessionOptions());
  EXPECT_EQ(run(newSequence(), {5})[0], expectedLogit({5}, 0, 0));
  close();
  openDevice();
  newer = {model, 1};
  newer.known.size = sizeof(newer);
  EXPECT_EQ(swage_module_create_linked(device, &newer.known, &module, &status),
            SWAGE_UNSUPPORTED);
  EXPECT_EQ(std::string(status.message)
                .find("have a linked model of size 56 with a value in byte 48"),
            0u)
      << status.message;
}

TEST_F(Linked, TakesTheFirstExecutableThatRunsHere) {
  // The better one needs what no processor has, so its table is not read.
  auto better =
      std::make_unique<ExecutableT>(*toyModel.program().executables[0]);
  better->target = "cpu:future";
  better->features = {"no-such-feature"};
  auto &list = toyModel.program().executables;
  list.insert(list.begin(), std::move(better));
  file.emplace(toyModel.write());
  model.artifact = file->data();
  model.artifact_size = file->size();
  executables[0] = nullptr;
  executables[1] = kernels;
  model.executable_count = 2;
  ASSERT_EQ(create(), SWAGE_OK) << status.message;
  EXPECT_STREQ(swage_module_info(module)->target, "cpu:host");
  openSession(sessionOptions());
  EXPECT_EQ(run(newSequence(), {5})[0], expectedLogit({5}, 0, 0));
}
