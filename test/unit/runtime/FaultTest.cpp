//===- FaultTest.cpp - Everything that can fail fails once ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The life of a device, a module and a session is run once for each allocation
// and each call to the system in it, and that one fails. The call of Swage that
// it was for must say so, leave everything as it was, and work when it is made
// again; the results are then the usual ones, and nothing is left in the end.
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "SystemCalls.h"
#include "test/unit/support/Scarce.h"
#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <functional>
#include <unistd.h>

using namespace toy;
using swage::test::Scarce;
using swage::test::SystemCalls;
using swage::test::Unwatched;

namespace {

/// Parts of the toy model's code that are mapped one by one.
int codeSegments() {
  const uint8_t *elf = kernelElf().data();
  const auto *header = reinterpret_cast<const Elf64_Ehdr *>(elf);
  const auto *parts =
      reinterpret_cast<const Elf64_Phdr *>(elf + header->e_phoff);
  return int(
      std::count_if(parts, parts + header->e_phnum, [](const Elf64_Phdr &part) {
        return part.p_type == PT_LOAD;
      }));
}

class Faults : public testing::Test {
protected:
  using Life = void (Faults::*)();

  ~Faults() override { unlink(path.c_str()); }

  void writeFile(Model model) {
    std::vector<uint8_t> bytes = model.write();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()),
               std::streamsize(bytes.size()));
  }

  /// Runs a life; the number of its calls that failed.
  int run(Life life, long failAllocation, long failSystemCall) {
    memory = Scarce(failAllocation);
    system = {};
    system.failAt = failSystemCall;
    failures = 0;
    allocator = memory.allocator();
    (this->*life)();
    swage::test::watch(&system);
    swage_session_destroy(session);
    swage_module_destroy(module);
    swage_device_destroy(device);
    swage::test::watch(nullptr);
    session = nullptr;
    module = nullptr;
    device = nullptr;
    EXPECT_EQ(memory.inUse, 0);
    EXPECT_EQ(system.mapped, 0);
    EXPECT_EQ(system.opened, 0);
    EXPECT_EQ(system.heap, 0) << "not by the caller's allocator";
    return failures;
  }

  /// Makes a call of Swage, and makes it again if it fails.
  void attempt(const char *what, std::function<swage_status_code_t()> call) {
    auto held = [&] {
      return std::tuple(memory.inUse, system.mapped, system.opened,
                        device ? swage_device_memory(device) : 0);
    };
    auto before = held();
    for (int trial = 0; trial < 2; ++trial) {
      std::memset(&status, 'x', sizeof(status));
      swage::test::watch(&system);
      swage_status_code_t code = call();
      swage::test::watch(nullptr);
      EXPECT_EQ(code, status.code) << what;
      if (code == SWAGE_OK) {
        EXPECT_EQ(status.message[0], 0) << what;
        return;
      }
      EXPECT_GT(strnlen(status.message, sizeof(status.message)), 10u) << what;
      EXPECT_EQ(held(), before) << what << ": " << status.message;
      ++failures;
    }
    ADD_FAILURE() << what << " failed twice: " << status.message;
  }

  void openSession(swage_session_options_t sizes) {
    swage_device_options_t options = swage_device_options_default();
    options.threads = 3;
    options.allocator = swage::test::unwatched(allocator);
    attempt("device",
            [&] { return swage_device_create(&options, &device, &status); });
    attempt("module", [&] {
      return swage_module_load_file(device, path.c_str(), &module, &status);
    });
    attempt("verify", [&] { return swage_module_verify(module, &status); });
    attempt("session", [&] {
      return swage_session_create(module, &sizes, &session, &status);
    });
  }

  void append(swage_sequence_t id, std::vector<int32_t> tokens,
              float expected) {
    swage_matrix_t logits = {};
    attempt("append", [&] {
      return swage_session_append(session, id, tokens.data(), tokens.size(),
                                  &logits, &status);
    });
    EXPECT_EQ(logits.rows, 1u);
    EXPECT_EQ(logits.data[0], expected);
  }

public:
  /// Prompt, fork, token by token, save, load, truncate.
  void liveInSequences() {
    openSession(sessionOptions(3, 4));
    swage_sequence_t id, fork;
    attempt("create",
            [&] { return swage_sequence_create(session, &id, &status); });
    append(id, {1, 2, 3, 4, 5, 6}, expectedLogit({1, 2, 3, 4, 5, 6}, 0, 5));
    attempt("fork",
            [&] { return swage_sequence_fork(session, id, &fork, &status); });
    append(fork, {7}, expectedLogit({1, 2, 3, 4, 5, 6, 7}, 0, 6));
    std::vector<uint8_t> saved;
    attempt("save", [&] {
      saved.clear();
      return swage_session_save(session, &fork, 1, write, &saved, &status);
    });
    swage_sequence_t loaded;
    size_t count = 0;
    attempt("load", [&] {
      Place place = {&saved, 0};
      return swage_session_load(session, read, &place, &loaded, 1, &count,
                                &status);
    });
    append(loaded, {8}, expectedLogit({1, 2, 3, 4, 5, 6, 7, 8}, 0, 7));
    attempt("truncate", [&] {
      return swage_sequence_truncate(session, loaded, 1, &status);
    });
    append(loaded, {9}, expectedLogit({1, 9}, 0, 1));
  }

  void liveInTexts() {
    openSession(sessionOptions(3, 8));
    std::vector<int32_t> tokens = {1, 2, 3, 4, 5};
    uint32_t lengths[] = {2, 3};
    swage_texts_t texts = SWAGE_ZERO;
    texts.size = sizeof(texts);
    texts.tokens = tokens.data();
    texts.row_count = tokens.size();
    texts.lengths = lengths;
    texts.text_count = 2;
    float pooled[2 * kColumns] = {};
    swage_output_t output = {"pooler_output", pooled, 2 * kColumns};
    attempt("encode", [&] {
      return swage_session_encode(session, &texts, &output, 1, &status);
    });
    EXPECT_EQ(pooled[0], expectedHidden({1, 2}, {}, 0));
    EXPECT_EQ(pooled[kColumns], expectedHidden({3, 4, 5}, {}, 0));
  }

protected:
  /// Fails every allocation and every call to the system of a life.
  void failEach(Life life) {
    ASSERT_EQ(run(life, -1, -1), 0);
    long allocations = memory.calls, systemCalls = system.calls;
    EXPECT_GT(allocations, 20);
    EXPECT_GT(systemCalls, 10);
    for (long i = 0; i < allocations; ++i)
      EXPECT_EQ(run(life, i, -1), 1) << "allocation " << i;
    // Code that cannot be mapped from the file is copied instead.
    int survived = 0;
    for (long i = 0; i < systemCalls; ++i) {
      int failed = run(life, -1, i);
      EXPECT_LE(failed, 1) << "call " << i;
      survived += failed == 0;
    }
    EXPECT_LE(survived, codeSegments());
  }

  struct Place {
    const std::vector<uint8_t> *bytes;
    size_t at;
  };
  static int write(void *self, const void *data, size_t size) {
    Unwatched unwatched;
    auto *bytes = static_cast<const uint8_t *>(data);
    auto &to = *static_cast<std::vector<uint8_t> *>(self);
    to.insert(to.end(), bytes, bytes + size);
    return 0;
  }
  static int read(void *self, void *data, size_t size) {
    Place &place = *static_cast<Place *>(self);
    if (size > place.bytes->size() - place.at)
      return 1;
    std::memcpy(data, place.bytes->data() + place.at, size);
    place.at += size;
    return 0;
  }

  Scarce memory;
  SystemCalls system;
  swage_allocator_t allocator = {};
  int failures = 0;
  swage_device_t *device = nullptr;
  swage_module_t *module = nullptr;
  swage_session_t *session = nullptr;
  swage_status_t status = {};
  std::string path =
      testing::TempDir() + "swage_faults_" + std::to_string(getpid()) + ".swg";
};

} // namespace

TEST_F(Faults, SequencesLiveThroughEachOne) {
  writeFile(Model());
  failEach(&Faults::liveInSequences);
}

TEST_F(Faults, EncodersLiveThroughEachOne) {
  Model model;
  model.makeEncoder();
  writeFile(std::move(model));
  failEach(&Faults::liveInTexts);
}

/// From memory, code is copied and made executable.
TEST_F(Faults, CopiedCodeFailsCleanly) {
  Aligned file{Model().write()};
  swage_device_options_t options = swage_device_options_default();
  options.threads = 1;
  ASSERT_EQ(swage_device_create(&options, &device, &status), SWAGE_OK);
  SystemCalls counted;
  auto load = [&](SystemCalls &calls) {
    swage::test::watch(&calls);
    swage_status_code_t code = swage_module_load_memory(
        device, file.data(), file.size(), &module, &status);
    swage_module_destroy(module);
    swage::test::watch(nullptr);
    module = nullptr;
    EXPECT_EQ(calls.mapped, 0);
    return code;
  };
  ASSERT_EQ(load(counted), SWAGE_OK) << status.message;
  ASSERT_GE(counted.calls, 3);
  for (long i = 0; i < counted.calls; ++i) {
    SystemCalls calls;
    calls.failAt = i;
    EXPECT_NE(load(calls), SWAGE_OK) << i;
    EXPECT_NE(status.message[0], 0) << i;
  }
  swage_device_destroy(device);
  device = nullptr;
}

TEST_F(Faults, ForwardAllocatesNothing) {
  writeFile(Model());
  allocator = memory.allocator();
  openSession(sessionOptions(1, 4));
  swage_sequence_t id;
  ASSERT_EQ(swage_sequence_create(session, &id, &status), SWAGE_OK);
  long allocations = memory.calls, systemCalls = system.calls;
  append(id, {1, 2, 3, 4, 5}, expectedLogit({1, 2, 3, 4, 5}, 0, 4));
  EXPECT_EQ(memory.calls, allocations);
  EXPECT_EQ(system.calls, systemCalls);
  swage_session_destroy(session);
  swage_module_destroy(module);
  swage_device_destroy(device);
}
