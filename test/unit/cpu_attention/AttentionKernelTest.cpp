//===- AttentionKernelTest.cpp - Attention kernels against plain loops ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cpu_attention/AttentionCase.h"
#include <gtest/gtest.h>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr Element F32 = Element::F32, F16 = Element::F16, BF16 = Element::BF16;

/// Ends before, at and behind a page's end; one that is a single row; positions
/// that begin behind the fine table of phases.
const std::vector<Sequence> kSequences = {
    {150, 0}, {64, 3}, {1, 1000}, {67, 250}, {129, 2}};

class AttentionKernel : public testing::TestWithParam<AttentionShape> {};
class WholeAttentionKernel : public AttentionKernel {};

TEST_P(AttentionKernel, AgreesWithPlainLoopsInEveryCut) {
  AttentionCase test(GetParam(), kSequences);
  Outcome whole = test.run(test.whole());
  test.checkCache(whole);
  test.checkOutputs(whole);
  auto same = [&](const char *what, const Schedule &schedule,
                  Dispatch dispatch = {}) {
    test.expectSame(whole, test.run(schedule, dispatch), what);
  };
  same("beside a sequence without rows", test.besideEmpty());
  same("row by row", test.chunked(1));
  same("row by row, few", test.chunked(1), {RowVariant::Few});
  same("row by row, many", test.chunked(1), {RowVariant::Many});
  same("chunks of 7", test.chunked(7));
  same("chunks of 7, many", test.chunked(7), {RowVariant::Many});
  same("chunks of 65", test.chunked(65));
  same("together", test.together({150}));
  same("together, unevenly", test.together({3, 50, 1, 7, 64}));
  same("together, one range an item", test.together({150}), {{}, 1});
  same("together, ranges of 2", test.together({11, 5}), {{}, 2});
}

// Rows see later rows, so a sequence is never cut.
TEST_P(WholeAttentionKernel, AgreesWithPlainLoopsInEveryBatch) {
  AttentionCase test(GetParam(), kSequences);
  Outcome whole = test.run(test.whole());
  test.checkCache(whole);
  test.checkOutputs(whole);
  auto same = [&](const char *what, const Schedule &schedule,
                  Dispatch dispatch = {}) {
    test.expectSame(whole, test.run(schedule, dispatch), what);
  };
  same("beside a sequence without rows", test.besideEmpty());
  same("few", test.whole(), {RowVariant::Few});
  same("row by row", test.whole(), {RowVariant::One});
  same("together", test.together({150}));
  same("together, ranges of 2", test.together({150}), {{}, 2});
}

std::string shapeName(const testing::TestParamInfo<AttentionShape> &info) {
  const AttentionShape &s = info.param;
  const char *elements[] = {"F32", "F16", "BF16"};
  return "Heads" + std::to_string(s.heads) + "Of" + std::to_string(s.kvHeads) +
         "Dim" + std::to_string(s.headDim) + "Rope" +
         std::to_string(s.ropeDims) + (s.sharpness > 1 ? "Sharp" : "") +
         (s.window ? "Window" + std::to_string(*s.window) : "") +
         (s.softCap ? "Cap" + std::to_string(int(*s.softCap)) : "") +
         (s.buffers == RowBuffers::One   ? ""
          : s.buffers == RowBuffers::Two ? "TwoBuffers"
                                         : "ThreeBuffers") +
         elements[int(s.cache)] + elements[int(s.output)] +
         (s.valueScale > 1 ? "Large" : "");
}

// Every group size, head size, rotated part and type, not every combination.
INSTANTIATE_TEST_SUITE_P(
    Shapes, AttentionKernel,
    testing::Values(AttentionShape{2, 2, 16, 16, F32, F32},
                    AttentionShape{1, 1, 20, 0, BF16, F32},
                    AttentionShape{3, 3, 24, 24, F32, BF16},
                    AttentionShape{2, 1, 32, 32, BF16, BF16},
                    AttentionShape{3, 1, 64, 64, F16, F32},
                    AttentionShape{4, 1, 64, 64, F32, F32},
                    AttentionShape{8, 2, 64, 64, BF16, BF16},
                    AttentionShape{8, 2, 64, 0, F16, F16},
                    AttentionShape{4, 1, 80, 32, BF16, F32},
                    AttentionShape{7, 1, 128, 128, F32, F16},
                    AttentionShape{8, 1, 128, 64, BF16, BF16},
                    AttentionShape{18, 1, 32, 32, BF16, BF16},
                    AttentionShape{6, 2, 96, 96, BF16, BF16, 8},
                    AttentionShape{10, 2, 48, 20, F16, BF16},
                    // Values that f16 cannot hold.
                    AttentionShape{4, 2, 24, 24, F16, F32, 1, std::nullopt,
                                   std::nullopt, true, RowBuffers::One, 1e6},
                    AttentionShape{6, 1, 40, 40, BF16, F32},
                    AttentionShape{13, 1, 24, 6, F32, F32},
                    AttentionShape{32, 1, 16, 16, BF16, F32},
                    // Most exponentials and many rescalings vanish.
                    AttentionShape{4, 2, 32, 32, F32, F32, 40}),
    shapeName);

// Windows of one slot, inside a page, of whole pages, across pages, and longer
// than any sequence.
INSTANTIATE_TEST_SUITE_P(
    Windows, AttentionKernel,
    testing::Values(AttentionShape{4, 2, 24, 24, F32, F32, 1, 1},
                    AttentionShape{4, 2, 24, 24, F32, F32, 1, 5},
                    AttentionShape{4, 4, 64, 64, BF16, BF16, 1, 40},
                    AttentionShape{4, 2, 32, 32, BF16, BF16, 1, 100},
                    AttentionShape{3, 1, 16, 0, F16, F32, 1, 64},
                    AttentionShape{4, 1, 32, 32, BF16, F32, 1, 65},
                    AttentionShape{1, 1, 48, 48, F16, F16, 1, 100},
                    AttentionShape{13, 1, 24, 6, F32, F32, 40, 7},
                    AttentionShape{2, 2, 16, 16, F32, F32, 1, 4096}),
    shapeName);

constexpr std::nullopt_t kNone = std::nullopt;

INSTANTIATE_TEST_SUITE_P(
    Caps, AttentionKernel,
    testing::Values(AttentionShape{4, 2, 32, 32, F32, F32, 8, kNone, 2},
                    AttentionShape{4, 2, 32, 32, BF16, BF16, 1, kNone, 50},
                    AttentionShape{4, 1, 24, 24, F16, F32, 4, 40, 5}),
    shapeName);

INSTANTIATE_TEST_SUITE_P(
    Buffers, AttentionKernel,
    testing::Values(AttentionShape{4, 2, 24, 24, F32, F32, 1, kNone, kNone,
                                   true, RowBuffers::Two},
                    AttentionShape{4, 2, 32, 16, BF16, F32, 1, kNone, kNone,
                                   true, RowBuffers::Three},
                    AttentionShape{4, 2, 20, 20, F16, BF16, 1, 40, 50, true,
                                   RowBuffers::Three}),
    shapeName);

INSTANTIATE_TEST_SUITE_P(
    Shapes, WholeAttentionKernel,
    testing::Values(
        AttentionShape{4, 4, 16, 0, F32, F32, 1, kNone, kNone, false},
        AttentionShape{3, 3, 64, 64, F16, F32, 1, kNone, kNone, false,
                       RowBuffers::Three},
        AttentionShape{6, 2, 40, 20, BF16, BF16, 8, kNone, 5, false},
        AttentionShape{2, 1, 64, 64, BF16, BF16, 1, kNone, kNone, false},
        AttentionShape{13, 1, 24, 0, F32, F32, 1, kNone, kNone, false}),
    shapeName);

TEST(AttentionKernel, RunsBelowTileRegisters) {
  llvm::Expected<Capabilities> level = Capabilities::parse("cpu:x86-64-v3");
  ASSERT_TRUE(bool(level)) << llvm::toString(level.takeError());
  AttentionCase test({8, 2, 64, 64, BF16, BF16}, {{100, 0}}, *level);
  Outcome whole = test.run(test.whole());
  test.checkOutputs(whole);
  test.expectSame(whole, test.run(test.chunked(7)), "chunks of 7");
}

TEST(AttentionKernel, IsTheSameOnEveryLevel) {
  AttentionShape shape{4, 1, 40, 32, BF16, F32};
  AttentionCase test(shape, {{100, 0}});
  Outcome outcome = test.run(test.whole());
  llvm::Expected<Capabilities> level = Capabilities::parse("cpu:x86-64-v3");
  ASSERT_TRUE(bool(level)) << llvm::toString(level.takeError());
  AttentionCase narrow(shape, {{100, 0}}, *level);
  narrow.expectSame(outcome, narrow.run(narrow.whole()), "x86-64-v3");
  narrow.expectSame(outcome, narrow.run(narrow.chunked(7)), "x86-64-v3");
}

} // namespace
