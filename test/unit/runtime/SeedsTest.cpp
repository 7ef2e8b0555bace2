//===- SeedsTest.cpp - What fuzzing begins with is sound ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A seed that is refused at its first byte leads a fuzzer nowhere. After a
// change of the format or of the toy model, fuzz_seeds writes them anew.
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "test/fuzz/ArtifactInput.h"
#include "test/fuzz/SavedInput.h"
#include <fstream>
#include <iterator>

using namespace toy;

namespace {

class Seeds : public Runtime {
protected:
  static std::vector<uint8_t> read(const std::string &seed) {
    std::ifstream file(SWAGE_TEST_DATA "/fuzz/corpus/" + seed,
                       std::ios::binary);
    EXPECT_TRUE(file) << seed;
    return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
  }
};

} // namespace

TEST_F(Seeds, ArtifactsLoadAndRun) {
  openDevice();
  std::vector<const char *> seeds = {"table", "encoder", "head"};
#if defined(__x86_64__)
  seeds.push_back("code");
#endif
  for (std::string seed : seeds) {
    std::vector<uint8_t> bytes = read("artifact/" + seed);
    ASSERT_FALSE(bytes.empty());
    swage::test::ArtifactInput input(bytes.data(), bytes.size());
    EXPECT_EQ(input.use(device, &status), SWAGE_OK)
        << seed << ": " << status.message;
    EXPECT_EQ(input.seen > 0, seed != "code") << seed;
  }
}

/// What fuzzing found stays refused.
TEST_F(Seeds, FoundArtifactsAreRefused) {
  openDevice();
  std::vector<uint8_t> bytes = read("artifact/misaligned");
  ASSERT_FALSE(bytes.empty());
  swage::test::ArtifactInput input(bytes.data(), bytes.size());
  EXPECT_EQ(input.use(device, &status), SWAGE_DATA_LOSS);
  EXPECT_NE(strstr(status.message, "not 8-byte aligned"), nullptr)
      << status.message;
}

TEST_F(Seeds, SavedSequencesLoad) {
  open(sessionOptions());
  for (auto [seed, sequences] :
       {std::pair("three", 3u), std::pair("empty", 1u)}) {
    std::vector<uint8_t> bytes = read(std::string("session/") + seed);
    ASSERT_FALSE(bytes.empty());
    Saved saved = swage::test::savedFrom(bytes.data(), bytes.size());
    swage_sequence_t ids[3];
    size_t count = 0;
    EXPECT_EQ(saved.load(session, ids, 3, &count, &status), SWAGE_OK)
        << seed << ": " << status.message;
    EXPECT_EQ(count, sequences) << seed;
    swage_session_reset(session);
  }
}
