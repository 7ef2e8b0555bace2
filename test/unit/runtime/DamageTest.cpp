//===- DamageTest.cpp - Cut and altered artifacts are refused -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "Kept.h"
#include "runtime/schema/header.h"

using namespace toy;

namespace {

/// Bytes [begin, end) of a file, and what they are.
struct Part {
  std::string what;
  uint64_t begin, end;
};

/// All bytes of an artifact that loading reads: not weights, nor the zeros
/// between segments.
std::vector<Part> loadedParts(const uint8_t *bytes) {
  Header header = readHeader(bytes);
  std::vector<Part> parts = {
      {"header", 0, kHeaderSize},
      {"table", kHeaderSize, kHeaderSize + header.tableSize}};
  const Artifact &table = *GetArtifact(bytes + kHeaderSize);
  auto add = [&](const std::string &what, uint32_t index) {
    const Segment &segment = *table.segments()->Get(index);
    parts.push_back(
        {what, segment.offset(), segment.offset() + segment.size()});
  };
  if (table.sections())
    for (const Section *section : *table.sections())
      add("section " + section->name()->str(), section->segment());
  for (const Program *program : *table.programs())
    for (const Executable *executable : *program->executables())
      add("code of " + executable->target()->str(), executable->segment());
  return parts;
}

class Damage : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
#ifdef SWAGE_THREAD_SANITIZER
    GTEST_SKIP() << "one thread, and minutes under this sanitizer";
#endif
    if (!isToy && !kHasCodeForKept)
      GTEST_SKIP() << "the kept artifacts have no code for this machine";
    std::vector<uint8_t> bytes = isToy ? Model().write() : keptArtifact();
    ASSERT_FALSE(bytes.empty());
    file.emplace(bytes);
    swage_device_options_t options = swage_device_options_default();
    options.threads = 1;
    ASSERT_EQ(swage_device_create(&options, &device, nullptr), SWAGE_OK);
  }
  void TearDown() override { swage_device_destroy(device); }

  /// The toy model is small enough to try every bit. Of the kept artifact,
  /// whose code and tables are what the compiler writes, and of both under
  /// emulation, a bit of every so many bytes.
  bool isToy = std::string(GetParam()) == "toy";
  bool isExhaustive = isToy && !SWAGE_EMULATED;
  uint64_t stepFor(const Part &part) const {
    uint64_t size = part.end - part.begin;
    return isExhaustive ? 1 : std::max<uint64_t>(1, size / 4000);
  }

  /// The bytes that are loaded; a test may alter them.
  uint8_t *bytes() {
    return const_cast<uint8_t *>(static_cast<const uint8_t *>(file->data()));
  }

  /// Loads the first `size` bytes. True if that fails as it should.
  bool isRefused(size_t size) {
    swage_module_t *module = nullptr;
    swage_status_t status = {};
    swage_status_code_t code =
        swage_module_load_memory(device, bytes(), size, &module, &status);
    swage_module_destroy(module);
    return code != SWAGE_OK && !module && status.message[0];
  }
  bool isRefused() { return isRefused(file->size()); }

  std::optional<Aligned> file;
  swage_device_t *device = nullptr;
};

} // namespace

TEST_P(Damage, EveryCutIsFound) {
  for (size_t size = 0; size < file->size(); ++size)
    ASSERT_TRUE(isRefused(size)) << "cut at byte " << size;
  EXPECT_FALSE(isRefused());
}

TEST_P(Damage, EveryFlippedBitIsFound) {
  for (const Part &part : loadedParts(bytes()))
    for (uint64_t at = part.begin; at < part.end; at += stepFor(part))
      for (int bit = 0; bit < 8; ++bit) {
        if (!isExhaustive && bit != int(at % 8))
          continue;
        bytes()[at] ^= uint8_t(1 << bit);
        ASSERT_TRUE(isRefused())
            << part.what << ": byte " << at - part.begin << ", bit " << bit;
        bytes()[at] ^= uint8_t(1 << bit);
      }
  EXPECT_FALSE(isRefused());
}

/// Weights are not read at load, so that is for `verify`.
TEST_P(Damage, VerifyFindsEveryFlippedBitOfWeights) {
  swage_module_t *module = nullptr;
  swage_status_t status;
  ASSERT_EQ(
      swage_module_load_memory(device, bytes(), file->size(), &module, &status),
      SWAGE_OK);
  EXPECT_EQ(swage_module_verify(module, &status), SWAGE_OK);
  const Artifact &table = *GetArtifact(bytes() + kHeaderSize);
  size_t flipped = 0;
  for (const Program *program : *table.programs())
    for (const Weight *weight : *program->weights()) {
      uint64_t begin =
          table.segments()->Get(weight->segment())->offset() + weight->offset();
      // A prime step, so that every bit of a byte has its turn.
      for (uint64_t at = 0; at < weight->size(); at += 61, ++flipped) {
        bytes()[begin + at] ^= uint8_t(1 << at % 8);
        ASSERT_EQ(swage_module_verify(module, &status), SWAGE_DATA_LOSS) << at;
        EXPECT_EQ(std::string(status.message)
                      .find("weight '" + weight->name()->str() + "': "),
                  0u);
        bytes()[begin + at] ^= uint8_t(1 << at % 8);
      }
    }
  EXPECT_GT(flipped, 50u);
  EXPECT_EQ(swage_module_verify(module, &status), SWAGE_OK);
  swage_module_destroy(module);
}

/// The table's own checks must hold when its checksum is right.
TEST_P(Damage, SurvivesEveryResealedByte) {
  const std::vector<uint8_t> whole(bytes(), bytes() + file->size());
  Part table = loadedParts(whole.data())[1];
  for (size_t at = table.begin; at < table.end; at += stepFor(table))
    for (uint8_t value : {0x00, 0x7f, 0xff}) {
      bytes()[at] = value;
      reseal(bytes());
      swage_status_t status;
      swage_module_t *module = nullptr;
      swage_session_t *session = nullptr;
      swage_module_load_memory(device, bytes(), file->size(), &module, &status);
      if (module)
        swage_session_create(module, nullptr, &session, &status);
      swage_session_destroy(session);
      swage_module_destroy(module);
      bytes()[at] = whole[at];
    }
}

INSTANTIATE_TEST_SUITE_P(Artifacts, Damage, testing::Values("toy", "kept"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });
