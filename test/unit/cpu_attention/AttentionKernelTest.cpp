//===- AttentionKernelTest.cpp - Attention kernels against plain loops ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cpu_attention/AttentionCase.h"
#include <gtest/gtest.h>
#include <limits>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr Element F32 = Element::F32, F16 = Element::F16, BF16 = Element::BF16;
const CacheFormat INT8(CacheCodes::Int8), INT4(CacheCodes::Int4),
    FP8(CacheCodes::E4M3);

constexpr std::nullopt_t kNone = std::nullopt;

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
  const char *codes[] = {"Int8", "Int4", "Fp8"};
  return "Heads" + std::to_string(s.heads) + "Of" + std::to_string(s.kvHeads) +
         "Dim" + std::to_string(s.headDim) + "Rope" +
         std::to_string(s.ropeDims) + (s.sharpness > 1 ? "Sharp" : "") +
         (s.window ? "Window" + std::to_string(*s.window) : "") +
         (s.softCap ? "Cap" + std::to_string(int(*s.softCap)) : "") +
         (s.buffers == RowBuffers::One   ? ""
          : s.buffers == RowBuffers::Two ? "TwoBuffers"
                                         : "ThreeBuffers") +
         (s.cache.codes ? codes[int(*s.cache.codes)]
                        : elements[int(s.cache.element)]) +
         elements[int(s.output)] +
         (s.valueScale > 1   ? "Large"
          : s.valueScale < 1 ? "Small"
                             : "");
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

// Heads of one group and of several, whole and not; blocks of 4 to 128 that
// are rotated; values that have no codes of their own.
INSTANTIATE_TEST_SUITE_P(
    Codes, AttentionKernel,
    testing::Values(AttentionShape{2, 2, 16, 16, INT8, F32},
                    AttentionShape{4, 1, 64, 64, INT8, F32},
                    AttentionShape{8, 2, 64, 64, INT8, BF16},
                    AttentionShape{2, 1, 20, 20, INT8, F32},
                    AttentionShape{4, 2, 80, 32, INT8, F32, 1, 40},
                    AttentionShape{7, 1, 128, 128, INT8, F32, 8},
                    AttentionShape{4, 2, 24, 24, INT8, F32, 1, kNone, 20, true,
                                   RowBuffers::Three, 2e4},
                    AttentionShape{4, 1, 64, 64, INT4, F32},
                    AttentionShape{8, 2, 64, 64, INT4, BF16},
                    AttentionShape{2, 1, 20, 20, INT4, F32},
                    AttentionShape{1, 1, 15, 0, INT4, F32},
                    AttentionShape{4, 2, 80, 32, INT4, F32, 1, 64},
                    AttentionShape{4, 2, 96, 96, INT4, BF16, 1, 5, 30},
                    AttentionShape{18, 1, 32, 32, INT4, F32},
                    AttentionShape{8, 1, 128, 64, INT4, BF16},
                    AttentionShape{4, 1, 64, 64, FP8, F32},
                    AttentionShape{8, 2, 64, 64, FP8, BF16},
                    AttentionShape{2, 1, 20, 20, FP8, F32, 1, 100},
                    AttentionShape{4, 4, 80, 80, FP8, F32, 1, kNone, kNone,
                                   true, RowBuffers::Two, 1e-3}),
    shapeName);

INSTANTIATE_TEST_SUITE_P(
    Shapes, WholeAttentionKernel,
    testing::Values(
        AttentionShape{4, 4, 16, 0, F32, F32, 1, kNone, kNone, false},
        AttentionShape{3, 3, 64, 64, F16, F32, 1, kNone, kNone, false,
                       RowBuffers::Three},
        AttentionShape{6, 2, 40, 20, BF16, BF16, 8, kNone, 5, false},
        AttentionShape{2, 1, 64, 64, BF16, BF16, 1, kNone, kNone, false},
        AttentionShape{13, 1, 24, 0, F32, F32, 1, kNone, kNone, false},
        AttentionShape{4, 2, 48, 0, INT8, F32, 1, kNone, kNone, false}),
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

TEST(CodedPage, TakesItsShareOfF16) {
  for (int64_t headDim : {64, 80, 96, 128, 256}) {
    double f16 = 2 * kPagePositions * headDim;
    CodedPage int8(CacheCodes::Int8, headDim), int4(CacheCodes::Int4, headDim),
        fp8(CacheCodes::E4M3, headDim);
    EXPECT_LE(std::max(int8.keyBytes, int8.valueBytes) / f16, 0.52) << headDim;
    EXPECT_LE(std::max(fp8.keyBytes, fp8.valueBytes) / f16, 0.52) << headDim;
    EXPECT_LE(std::max(int4.keyBytes, int4.valueBytes) / f16, 0.32) << headDim;
  }
}

class CodedAttentionKernel : public testing::TestWithParam<CacheCodes> {};

TEST_P(CodedAttentionKernel, KeepsZerosAndWhatIsNotFinite) {
  AttentionCase test({1, 1, 32, 0, CacheFormat(GetParam()), F32}, {{70, 0}});
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (int64_t d = 0; d < 32; ++d) {
    test.setKey(0, 3, d, 0);
    test.setValue(0, 3, d, 0);
    test.setValue(0, 4, d, 1e-30f);
    test.setValue(0, 8, d, d % 2 ? 1e-4f : -3e-5f);
    test.setValue(0, 5, d, 7);
  }
  test.setValue(0, 6, 1, kInfinity);
  test.setValue(0, 7, 31, -kInfinity);
  test.setValue(0, 69, 2, NAN);
  test.setKey(0, 69, 2, NAN);
  Outcome outcome = test.run(test.whole());
  auto value = [&](int64_t slot) {
    return test.valueOf(outcome, 0, slot, 0).elements;
  };
  for (float x : test.keyOf(outcome, 0, 3, 0).elements)
    EXPECT_EQ(x, 0);
  for (int64_t slot : {3, 4})
    for (float x : value(slot))
      EXPECT_EQ(x, 0) << "slot " << slot;
  for (float x : value(5))
    EXPECT_NEAR(x, 7, 0.004);
  // A scale that is far from the least f16.
  for (int64_t d = 0; d < 32; ++d)
    EXPECT_NEAR(value(8)[d], d % 2 ? 1e-4 : -3e-5, 5e-6);
  // The greatest number that there is.
  EXPECT_GE(value(6)[1], 65000);
  EXPECT_LE(value(7)[31], -65000);
  for (int64_t slot : {6, 7})
    for (float x : value(slot))
      EXPECT_TRUE(std::isfinite(x)) << "slot " << slot;
  for (float x : value(69))
    EXPECT_TRUE(std::isnan(x));
  for (float x : test.keyOf(outcome, 0, 69, 0).elements)
    EXPECT_TRUE(std::isnan(x));
  // Who sees it is NaN; a page earlier no one does.
  int64_t row = outcome.outputs[0].size / 70;
  EXPECT_TRUE(std::isnan(outcome.outputs[0].get(69 * row)));
  for (int64_t i = 0; i < 64; ++i)
    EXPECT_TRUE(std::isfinite(outcome.outputs[0].get(i * row)));
}

INSTANTIATE_TEST_SUITE_P(Codes, CodedAttentionKernel,
                         testing::Values(CacheCodes::Int8, CacheCodes::Int4,
                                         CacheCodes::E4M3));

} // namespace
