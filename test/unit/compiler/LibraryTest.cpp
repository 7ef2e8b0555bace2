//===- LibraryTest.cpp - The compiler behind its C API -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/compiler.hpp"
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace swage::compiler;
namespace fs = std::filesystem;

namespace {

class Library : public testing::Test {
protected:
  Library()
      : folder(fs::temp_directory_path() /
               ("swage-test-library-" + std::to_string(getpid()))) {
    fs::create_directory(folder);
    options.model = SWAGE_TEST_DATA "/golden/llama";
    options.output = folder / "a.swg";
    raw.model = options.model.c_str();
    raw.output = options.output.c_str();
  }
  ~Library() override { fs::remove_all(folder); }

  /// Expects that the options in `raw` are wrong, with this in the message.
  void expectWrong(const std::string &message) {
    swage_status_t status;
    EXPECT_EQ(swage_compile(&raw, nullptr, &status), SWAGE_INVALID_ARGUMENT);
    EXPECT_NE(std::string(status.message).find(message), std::string::npos)
        << status.message;
    EXPECT_TRUE(fs::is_empty(folder));
    raw = swage_compile_options_default();
    raw.model = options.model.c_str();
    raw.output = options.output.c_str();
  }

  fs::path folder;
  Options options;
  swage_compile_options_t raw = swage_compile_options_default();
};

} // namespace

TEST_F(Library, WrongOptionsAreInvalidArguments) {
  raw.emit = "exe";
  expectWrong("unknown kind of output 'exe'");
  raw.activations = "f8";
  expectWrong("unknown activations 'f8'; known are auto, f32, f16, bf16");
  raw.recipe = "q9";
  expectWrong("unknown recipe 'q9'; known are none, q8_0");
  raw.recipe = "w8a8";
  raw.activations = "f32";
  expectWrong("activations 'f32' contradict the recipe 'w8a8'");
  raw.report = "r";
  raw.stop_after = "fuse";
  expectWrong("a report says what became of all weights");
  const char *cache = "f8";
  raw.kv_cache_types = &cache;
  raw.kv_cache_type_count = 1;
  expectWrong(
      "unknown cache type 'f8'; known are f32, f16, bf16, fp8, int8, int4");
  raw.stop_after = "never";
  expectWrong("unknown stage 'never'; known are import, raise,");
  raw.emit = "static-lib";
  expectWrong("cannot name a static library and its header");
  const char *levels[] = {"cpu:x86-64-v3", "cpu:x86-64-v4"};
  raw.emit = "asm";
  raw.targets = levels;
  raw.target_count = 2;
  expectWrong("code of 2 processor levels does not fit one file");
  raw.output = "-";
  expectWrong("cannot be written to standard output");
  uint32_t goldens = 65;
  raw.goldens = &goldens;
  expectWrong("65 goldens are too many; an artifact has at most 64");
  goldens = 1;
  raw.goldens = &goldens;
  raw.emit = "obj";
  expectWrong("goldens are stored in artifacts alone");
}

TEST_F(Library, WhatFailsIsNotAWrongOption) {
  swage_status_t status;
  raw.model = "/no/model";
  EXPECT_EQ(swage_compile(&raw, nullptr, &status), SWAGE_NOT_FOUND);
  std::string model = folder.string();
  raw.model = model.c_str();
  EXPECT_EQ(swage_compile(&raw, nullptr, &status), SWAGE_UNSUPPORTED);
}

TEST_F(Library, GoldensAsManyAsAskedFor) {
  uintmax_t sizes[2];
  for (uint32_t count : {0u, 1u}) {
    options.goldens = count;
    std::vector<Diagnostic> diagnostics;
    auto result = compile(options, diagnostics);
    ASSERT_TRUE(result) << diagnostics[0].message;
    EXPECT_EQ(result->goldens, count);
    sizes[count] = fs::file_size(options.output);
  }
  EXPECT_LT(sizes[0], sizes[1]);
}

/// A program's handlers are its own: compiling, linking and writing change
/// none.
TEST_F(Library, HandlersStay) {
  auto handlers = [] {
    std::vector<void (*)(int)> all;
    for (int signal = 1; signal < NSIG; ++signal) {
      struct sigaction action = {};
      sigaction(signal, nullptr, &action);
      all.push_back(action.sa_handler);
    }
    return all;
  };
  auto before = handlers();
  std::vector<Diagnostic> diagnostics;
  ASSERT_TRUE(compile(options, diagnostics)) << diagnostics[0].message;
  EXPECT_TRUE(handlers() == before);
}
