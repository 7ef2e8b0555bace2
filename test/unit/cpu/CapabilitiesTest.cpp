//===- CapabilitiesTest.cpp - Target strings of the CPU target ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Capabilities.h"
#include "llvm/ADT/STLExtras.h"
#include <gtest/gtest.h>

using namespace swage::cpu;

namespace {

std::string errorOf(llvm::StringRef target) {
  llvm::Expected<Capabilities> caps = Capabilities::parse(target);
  return caps ? "no error" : llvm::toString(caps.takeError());
}

TEST(Capabilities, LevelsAndFeatures) {
  Capabilities v3 = llvm::cantFail(Capabilities::parse("cpu:x86-64-v3"));
  EXPECT_EQ(v3.lanes, 8);
  EXPECT_EQ(v3.vectorRegisters, 16);
  EXPECT_FALSE(v3.hasBf16Dot);
  EXPECT_TRUE(llvm::is_contained(v3.required, "f16c"));
  EXPECT_FALSE(llvm::is_contained(v3.required, "avx512f"));
  Capabilities v4 = llvm::cantFail(Capabilities::parse("cpu:x86-64-v4"));
  EXPECT_EQ(v4.lanes, 16);
  EXPECT_FALSE(v4.hasBf16Dot);
  EXPECT_EQ(v4.features, "");
  Capabilities arm = llvm::cantFail(Capabilities::parse("cpu:aarch64"));
  EXPECT_EQ(arm.triple, "aarch64-unknown-linux-gnu");
  EXPECT_EQ(arm.lanes, 4);
}

TEST(Capabilities, CanonicalNameIsSortedAndUnique) {
  Capabilities caps = llvm::cantFail(
      Capabilities::parse("cpu:x86-64-v4+avx512vnni+avx512bf16+avx512vnni"));
  EXPECT_EQ(caps.name, "cpu:x86-64-v4+avx512bf16+avx512vnni");
  EXPECT_EQ(caps.features, "+avx512bf16,+avx512vnni");
  EXPECT_TRUE(caps.hasBf16Dot);
  EXPECT_TRUE(llvm::is_contained(caps.required, "avx512bf16"));
  EXPECT_EQ(llvm::cantFail(Capabilities::parse(caps.name)).name, caps.name);
}

TEST(Capabilities, MatrixTilesNeedTileRegisters) {
  Capabilities caps =
      llvm::cantFail(Capabilities::parse("cpu:x86-64-v4+amx-bf16"));
  EXPECT_TRUE(caps.hasMatrixTiles);
  EXPECT_TRUE(llvm::is_contained(caps.required, "amx-bf16"));
  EXPECT_TRUE(llvm::is_contained(caps.required, "amx-tile"));
  EXPECT_FALSE(caps.hasBf16Dot);
}

TEST(Capabilities, HostResolvesToAnExplicitTarget) {
  Capabilities caps = llvm::cantFail(Capabilities::parse("cpu"));
  EXPECT_NE(caps.name, "cpu");
  Capabilities again = llvm::cantFail(Capabilities::parse(caps.name));
  EXPECT_EQ(again.name, caps.name);
  EXPECT_EQ(again.features, caps.features);
  EXPECT_EQ(again.required, caps.required);
}

TEST(Capabilities, ErrorsListWhatIsKnown) {
  EXPECT_EQ(errorOf("cpu:x86-64-v5"),
            "target 'cpu:x86-64-v5': unknown CPU level 'x86-64-v5'; known are "
            "aarch64, x86-64-v3, x86-64-v4");
  EXPECT_EQ(errorOf("cpu:aarch64+sve"),
            "target 'cpu:aarch64+sve': unknown feature 'sve' of aarch64; known "
            "are bf16, dotprod, i8mm");
  EXPECT_EQ(errorOf("cpu:x86-64-v3+"),
            "target 'cpu:x86-64-v3+': unknown feature '' of x86-64-v3; known "
            "are avxvnni");
  EXPECT_EQ(errorOf("cuda:sm_90a"),
            "target 'cuda:sm_90a' is not a CPU target; expected 'cpu' or "
            "'cpu:LEVEL' with LEVEL one of aarch64, x86-64-v3, x86-64-v4");
}

} // namespace
