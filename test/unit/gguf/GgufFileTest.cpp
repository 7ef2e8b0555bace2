//===- GgufFileTest.cpp - Headers, whole and damaged ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufFile.h"
#include "test/unit/gguf/GgufBytes.h"
#include <gtest/gtest.h>

using namespace swage::import;
using namespace swage::test;

namespace {

/// The message for bytes that are damaged.
std::string messageFor(const std::string &bytes) {
  auto header = GgufHeader::parse("m.gguf", bytes);
  return header ? "no error" : llvm::toString(header.takeError());
}

GgufBytes wholeFile(uint32_t version = 3) {
  GgufBytes file;
  file.start(1, 4, version).text("general.architecture", "llama");
  file.u32("llama.block_count", 2).key("epsilon", 6).number(1e-6f);
  file.array("nested", 9, 1).number<uint32_t>(7).number<uint64_t>(2);
  file.number<uint8_t>(1).number<uint8_t>(0);
  file.tensor("w", {3, 2}, 0, 0).pad();
  for (int i = 0; i < 6; ++i)
    file.number(float(i));
  return file;
}

TEST(GgufHeader, ReadsBothVersions) {
  for (uint32_t version : {2, 3}) {
    std::string bytes = wholeFile(version).bytes;
    auto header = GgufHeader::parse("m.gguf", bytes);
    ASSERT_TRUE(bool(header)) << llvm::toString(header.takeError());
    EXPECT_EQ(header->metadata["general.architecture"], "llama");
    EXPECT_EQ(header->metadata["llama.block_count"], 2);
    // The decimal that the float stands for.
    EXPECT_EQ(header->metadata["epsilon"], 1e-6);
    EXPECT_EQ(header->metadata["nested"].dump(), "[[true,false]]");
    ASSERT_EQ(header->tensors.size(), 1u);
    // Sizes are stored innermost first.
    EXPECT_EQ(header->tensors[0].shape, (llvm::SmallVector<int64_t, 4>{2, 3}));
    EXPECT_EQ(header->dataOffset + 24, bytes.size());
  }
}

TEST(GgufHeader, RefusesEveryTruncation) {
  std::string bytes = wholeFile().bytes;
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(messageFor(bytes.substr(0, size)).find("m.gguf: "),
              std::string::npos)
        << size;
}

TEST(GgufHeader, NamesThePlaceOfDamage) {
  EXPECT_EQ(messageFor("PK\3\4...."),
            "m.gguf: header at byte 0: found no \"GGUF\", which is how a GGUF "
            "file starts");
  EXPECT_EQ(messageFor(GgufBytes().start(0, 0, 1).bytes),
            "m.gguf: header at byte 8: found version 1, supported are 2 and 3, "
            "little-endian; convert the model again with a current llama.cpp");
  EXPECT_EQ(messageFor(GgufBytes().start(0, 0, 3u << 24).bytes),
            "m.gguf: header at byte 8: found version of a big-endian file, "
            "supported are 2 and 3, little-endian; convert the model again "
            "with a current llama.cpp");
  EXPECT_EQ(messageFor(GgufBytes().start(0, 1 << 20).bytes),
            "m.gguf: header's counts at byte 24: found 0 bytes up to the end "
            "of the file, expected at least 1048576; is it truncated?");
  EXPECT_EQ(messageFor(GgufBytes().start(0, 1).key("k", 13).bytes),
            "m.gguf: metadata key \"k\" at byte 37: found a value of type 13, "
            "expected one from 0 to 12");
  EXPECT_EQ(messageFor(GgufBytes().start(0, 2).u32("k", 1).u32("k", 2).bytes),
            "m.gguf: metadata key \"k\" at byte 50: this key occurs twice");
  EXPECT_EQ(
      messageFor(GgufBytes().start(0, 1).key("k", 7).number<uint8_t>(2).bytes),
      "m.gguf: metadata key \"k\" at byte 38: found 2, expected a bool");
  EXPECT_EQ(
      messageFor(GgufBytes().start(0, 1).array("k", 8, 1ull << 60).bytes),
      "m.gguf: metadata key \"k\" at byte 49: found 0 bytes up to the end of "
      "the file, expected at least 1152921504606846976; is it truncated?");
}

TEST(GgufHeader, BoundsNesting) {
  GgufBytes file;
  file.start(0, 1).key("k", 9);
  for (int i = 0; i < 100; ++i)
    file.number<uint32_t>(9).number<uint64_t>(1);
  EXPECT_NE(messageFor(file.bytes).find("arrays nested more than 8 deep"),
            std::string::npos);
}

TEST(GgufHeader, RefusesTensorsOutsideTheFile) {
  auto message = [](std::vector<uint64_t> dimensions, uint64_t offset) {
    return messageFor(
        GgufBytes().start(1, 0).tensor("w", dimensions, 0, offset).pad().bytes);
  };
  EXPECT_EQ(message({4}, 0),
            "m.gguf: tensor \"w\": found 0 bytes of data in the file, expected "
            "16 from offset 0 on for [4] F32; is it truncated?");
  EXPECT_EQ(message({4}, 8), "m.gguf: tensor \"w\": found its data at offset "
                             "8, expected a multiple of 32");
  EXPECT_NE(message({1ull << 62, 1ull << 62}, 0).find("more than 2^63"),
            std::string::npos);
  EXPECT_NE(message({0}, 0).find("found size 0 in dimension 0"),
            std::string::npos);
  EXPECT_NE(message({1, 1, 1, 1, 1}, 0).find("found 5 dimensions"),
            std::string::npos);
}

TEST(GgufHeader, RefusesTwoTensorsOfOneName) {
  GgufBytes file;
  file.start(2, 0).tensor("w", {4}, 0, 0).tensor("w", {4}, 0, 32).pad();
  file.bytes.resize(file.bytes.size() + 64);
  EXPECT_EQ(messageFor(file.bytes),
            "m.gguf: tensor \"w\": there are two tensors of this name");
}

TEST(GgufHeader, RefusesTensorsThatOverlap) {
  auto message = [](uint64_t offset) {
    GgufBytes file;
    file.start(2, 0).tensor("b", {4}, 0, offset).tensor("a", {9}, 0, 0).pad();
    file.bytes.resize(file.bytes.size() + 128);
    return messageFor(file.bytes);
  };
  EXPECT_EQ(message(32), "m.gguf: tensor \"b\": found its data at offset 32, "
                         "which is that of tensor \"a\" up to 36");
  EXPECT_EQ(message(64), "no error");
}

TEST(GgufHeader, ChecksTheAlignment) {
  EXPECT_EQ(
      messageFor(GgufBytes().start(0, 1).u32("general.alignment", 24).bytes),
      "m.gguf: metadata key \"general.alignment\" at byte 57: found 24, "
      "expected a power of two up to 1048576");
}

} // namespace
