//===- KeptTest.cpp - Artifacts of every released version run -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kept.h"
#include "Fixture.h"
#include "Saved.h"

using namespace toy;

namespace {

class Kept : public Runtime {
protected:
  void SetUp() override {
    if (!kHasCodeForKept)
      GTEST_SKIP() << "the kept artifacts have no code for this machine";
    for (const std::filesystem::path &folder : keptVersions())
      if (isOfThisVersion(folder))
        running.push_back(folder);
    ASSERT_FALSE(running.empty())
        << "no artifact of this schema and kernel ABI was kept";
    openDevice(2);
  }

  void openKept(const std::filesystem::path &folder) {
    std::string path = (folder / "model.swg").string();
    ASSERT_EQ(swage_module_load_file(device, path.c_str(), &module, &status),
              SWAGE_OK)
        << status.message;
    ASSERT_EQ(swage_module_verify(module, &status), SWAGE_OK) << status.message;
    swage_session_options_t options = sessionOptions(2, 64);
    options.context = 128;
    openSession(options);
    std::ifstream file(folder / "logits.txt");
    size_t tokenCount = 0, logitCount = 0;
    file >> tokenCount >> logitCount;
    tokens.resize(tokenCount);
    logits.resize(logitCount);
    for (int32_t &token : tokens)
      file >> token;
    for (float &logit : logits)
      file >> logit;
    ASSERT_TRUE(file);
    ASSERT_GT(tokenCount, 64u); // more than a page
  }

  void closeModule() {
    swage_session_destroy(session);
    swage_module_destroy(module);
    session = nullptr;
    module = nullptr;
  }

  /// Logits behind the tokens from `first` on.
  std::vector<float> appendRest(swage_sequence_t id, size_t first) {
    swage_matrix_t matrix;
    EXPECT_EQ(swage_session_append(session, id, tokens.data() + first,
                                   tokens.size() - first, &matrix, &status),
              SWAGE_OK)
        << status.message;
    return {matrix.data, matrix.data + matrix.columns};
  }

  /// The versions that this one promises to run.
  std::vector<std::filesystem::path> running;
  /// Of a prompt, and what was computed behind it, to the last bit: the same
  /// code runs, and it fixes the order of every sum.
  std::vector<int32_t> tokens;
  std::vector<float> logits;
};

} // namespace

TEST_F(Kept, GivesTheLogitsItGave) {
  for (const std::filesystem::path &folder : running) {
    SCOPED_TRACE(folder.filename());
    openKept(folder);
    EXPECT_EQ(appendRest(newSequence(), 0), logits);
    closeModule();
  }
}

/// Once schema or kernel ABI have gone on, the message says who is to move.
TEST_F(Kept, OtherVersionsAreRefused) {
  for (const std::filesystem::path &folder : keptVersions()) {
    std::string path = (folder / "model.swg").string();
    swage_status_code_t code =
        swage_module_load_file(device, path.c_str(), &module, &status);
    closeModule();
    if (isOfThisVersion(folder)) {
      EXPECT_EQ(code, SWAGE_OK) << folder << ": " << status.message;
      continue;
    }
    EXPECT_EQ(code, SWAGE_UNSUPPORTED) << folder << ": " << status.message;
    EXPECT_NE(strstr(status.message, "compile the model again"), nullptr)
        << folder << ": " << status.message;
  }
}

/// A saved sequence goes on with the same bits, from any length.
TEST_F(Kept, GoesOnAfterLoading) {
  for (const std::filesystem::path &folder : running) {
    SCOPED_TRACE(folder.filename());
    openKept(folder);
    for (size_t length : {1, 5, 63, 64, 65}) {
      swage_session_reset(session);
      swage_sequence_t id = newSequence();
      swage_matrix_t ignored;
      ASSERT_EQ(swage_session_append(session, id, tokens.data(), length,
                                     &ignored, &status),
                SWAGE_OK);
      Saved saved;
      ASSERT_EQ(saved.save(session, {id}, &status), SWAGE_OK);
      swage_session_options_t other = sessionOptions(3, 16);
      other.context = 100;
      swage_session_destroy(session);
      openSession(other);
      // It gets other pages than it had.
      swage_sequence_t first = newSequence();
      appendRest(first, 2);
      size_t count;
      ASSERT_EQ(saved.load(session, &id, 1, &count, &status), SWAGE_OK)
          << status.message;
      EXPECT_EQ(appendRest(id, length), logits) << length;
    }
    closeModule();
  }
}
