//===- WriterTest.cpp - Artifacts that the runtime accepts ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Writer.h"
#include "compiler/artifact/Checksum.h"
#include "runtime/core/Artifact.h"
#include "runtime/schema/header.h"
#include "swage/base.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace swage;
using namespace swage::artifact;

namespace {

/// Bytes that are a function of their position.
class Counting : public weights::Payload {
public:
  Counting(uint64_t size, uint64_t granule, uint8_t seed)
      : size(size), granule(granule), seed(seed) {}
  uint64_t getSize() const override { return size; }
  uint64_t getGranule() const override { return granule; }
  void write(uint64_t begin,
             llvm::MutableArrayRef<uint8_t> out) const override {
    EXPECT_EQ(begin % granule, 0u);
    for (uint8_t &byte : out)
      byte = get(begin++);
  }
  uint8_t get(uint64_t at) const { return uint8_t(at * 7 + (at >> 9) + seed); }

private:
  uint64_t size, granule;
  uint8_t seed;
};

Weight makeWeight(const char *name, uint64_t size, uint64_t granule) {
  Weight weight;
  weight.name = name;
  weight.sources = {"model." + std::string(name)};
  weight.shape = {size / 4};
  weight.encoding = "f32";
  weight.bits = 32;
  weight.layout = "row_major<16>";
  weight.payload = std::make_shared<Counting>(size, granule, name[0]);
  return weight;
}

Artifact makeArtifact() {
  Program program;
  program.device = "cpu";
  // Several pieces, an odd size, and less than a piece.
  program.weights = {makeWeight("large", 9 << 20, 4096),
                     makeWeight("odd", 1000, 40),
                     makeWeight("wide", 12 << 20, 6 << 20)};
  program.kernels = {"copy"};
  Executable executable;
  executable.target = "cpu:x86-64-v3";
  executable.features = {"avx2"};
  executable.abiVersion = 1;
  executable.code = {1, 2, 3, 4, 5};
  executable.addresses = {64};
  program.executables = {executable};

  Variant variant;
  variant.kvCache = "f16";
  Expression rows = Expression::symbol(schema::Symbol::Rows);
  Buffer tokens;
  tokens.kind = schema::BufferKind::Argument;
  tokens.role = schema::Role::Tokens;
  tokens.size = Expression::binary(schema::ExpressionKind::Multiply, rows,
                                   Expression::constant(4));
  Buffer weight;
  weight.kind = schema::BufferKind::Weight;
  weight.weight = 1;
  Buffer scratch;
  scratch.name = "scratch";
  scratch.size = Expression::constant(256);
  Buffer logits;
  logits.kind = schema::BufferKind::Result;
  logits.role = schema::Role::Logits;
  logits.columns = 16;
  logits.rowLength = 16;
  logits.size = Expression::binary(
      schema::ExpressionKind::Multiply,
      Expression::symbol(schema::Symbol::LogitRows), Expression::constant(64));
  variant.buffers = {tokens, weight, scratch, logits};
  Dispatch first;
  first.bindings = {{0, false, 0}, {1, false, 0}, {2, true, 0}};
  first.scalars = {rows};
  first.grid = rows;
  first.name = "model.layers.0";
  Dispatch second = first;
  second.bindings = {{2, false, 0}, {3, true, 0}};
  second.bytes = Expression::constant(12);
  variant.commands = {first, Barrier(), second};
  program.entryPoints = {{"forward", {variant}}};

  Artifact artifact;
  artifact.producer = "swage test";
  artifact.architecture = "llama";
  artifact.vocabSize = 16;
  artifact.maxPositions = 128;
  artifact.pagePositions = 64;
  artifact.bosToken = 1;
  artifact.eosTokens = {2, 3};
  artifact.programs = {program};
  artifact.sections = {{"tokenizer", {9, 8, 7}}};
  artifact.metadata = {{"recipe", "none"}};
  return artifact;
}

class Writer : public testing::Test {
protected:
  Writer() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("swage-test", folder));
  }
  ~Writer() override { llvm::sys::fs::remove_directories(folder); }

  std::string join(const char *name) { return (folder + "/" + name).str(); }

  std::string write(const Artifact &artifact, WriteOptions options = {}) {
    llvm::Error error = writeArtifact(join("a.swg"), artifact, options);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
    auto buffer = llvm::MemoryBuffer::getFile(join("a.swg"));
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  std::vector<std::string> list() {
    std::vector<std::string> names;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end;
         it.increment(error))
      names.push_back(it->path().substr(folder.size() + 1));
    return names;
  }

  llvm::SmallString<128> folder;
};

TEST_F(Writer, WritesWhatTheRuntimeAccepts) {
  Artifact artifact = makeArtifact();
  std::string bytes = write(artifact);
  runtime::Artifact loaded;
  ASSERT_EQ(loaded.openFile(join("a.swg").c_str(), nullptr), SWAGE_OK);
  const schema::Artifact &table = loaded.table();
  EXPECT_EQ(table.architecture()->str(), "llama");
  EXPECT_EQ(table.eos_tokens()->Get(1), 3);
  EXPECT_EQ(table.metadata()->Get(0)->value()->str(), "none");
  ASSERT_EQ(table.segments()->size(), 3u);
  for (uint32_t i = 0; i < 3; ++i) {
    const schema::Segment &segment = loaded.segment(i);
    EXPECT_EQ(segment.offset() % 65536, 0u);
    EXPECT_EQ(segment.checksum(),
              schema::crc32c(loaded.segmentData(i), segment.size()));
  }
  const schema::Program &program = *table.programs()->Get(0);
  EXPECT_EQ(program.executables()->Get(0)->segment(), 0u);
  EXPECT_EQ(table.sections()->Get(0)->segment(), 1u);
  EXPECT_EQ(std::string((const char *)loaded.segmentData(1), 3),
            "\x09\x08\x07");
  for (uint32_t i = 0; i < program.weights()->size(); ++i) {
    const schema::Weight &weight = *program.weights()->Get(i);
    const Weight &wanted = artifact.programs[0].weights[i];
    EXPECT_EQ(weight.name()->str(), wanted.name);
    EXPECT_EQ(weight.offset() % 256, 0u);
    ASSERT_EQ(weight.size(), wanted.payload->getSize());
    const uint8_t *data = loaded.weightData(weight);
    EXPECT_EQ(weight.checksum(), schema::crc32c(data, weight.size()));
    auto *payload = static_cast<const Counting *>(wanted.payload.get());
    for (uint64_t at = 0; at < weight.size(); ++at)
      ASSERT_EQ(data[at], payload->get(at)) << wanted.name << " " << at;
  }
}

TEST_F(Writer, FindsTheLivesOfArenaBuffers) {
  write(makeArtifact());
  runtime::Artifact loaded;
  ASSERT_EQ(loaded.openFile(join("a.swg").c_str(), nullptr), SWAGE_OK);
  auto &variant = *loaded.table()
                       .programs()
                       ->Get(0)
                       ->entry_points()
                       ->Get(0)
                       ->variants()
                       ->Get(0);
  EXPECT_EQ(variant.max_rows(), UINT32_MAX);
  ASSERT_EQ(variant.commands()->size(), 3u);
  EXPECT_EQ(variant.commands_type()->Get(1), schema::Command::Barrier);
  EXPECT_EQ(variant.buffers()->Get(2)->first_command(), 0u);
  EXPECT_EQ(variant.buffers()->Get(2)->last_command(), 2u);
}

TEST_F(Writer, WritesTheSameBytesWithAnyNumberOfThreads) {
  std::string one = write(makeArtifact());
  for (unsigned threads : {2, 3, 8}) {
    WriteOptions options;
    options.threads = threads;
    EXPECT_TRUE(write(makeArtifact(), options) == one) << threads;
  }
}

TEST_F(Writer, SharesPayloads) {
  Artifact artifact = makeArtifact();
  artifact.programs[0].weights.push_back(artifact.programs[0].weights[0]);
  artifact.programs[0].weights.back().name = "alias";
  write(artifact);
  runtime::Artifact loaded;
  ASSERT_EQ(loaded.openFile(join("a.swg").c_str(), nullptr), SWAGE_OK);
  auto &weights = *loaded.table().programs()->Get(0)->weights();
  EXPECT_EQ(weights.Get(3)->name()->str(), "alias");
  EXPECT_EQ(loaded.weightData(*weights.Get(3)),
            loaded.weightData(*weights.Get(0)));
}

TEST_F(Writer, ReportsProgress) {
  uint64_t last = 0, calls = 0, all = 0;
  WriteOptions options;
  options.threads = 2;
  options.progress = [&](llvm::StringRef weight, uint64_t done,
                         uint64_t total) {
    EXPECT_FALSE(weight.empty());
    EXPECT_GT(done, last);
    last = done;
    all = total;
    ++calls;
  };
  write(makeArtifact(), options);
  EXPECT_EQ(last, all);
  EXPECT_EQ(all, (9u << 20) + 1000 + (12u << 20));
  EXPECT_GE(calls, 5u);
}

TEST_F(Writer, LeavesNothingWhenItFails) {
  Artifact artifact = makeArtifact();
  std::string missing = join("none/a.swg");
  EXPECT_EQ(llvm::toString(writeArtifact(missing, artifact)),
            missing + ": cannot create: No such file or directory");
  ASSERT_FALSE(llvm::sys::fs::create_directory(join("taken")));
  EXPECT_EQ(llvm::toString(writeArtifact(join("taken"), artifact)),
            join("taken") + ": cannot write: Is a directory");
  EXPECT_EQ(list(), std::vector<std::string>{"taken"});
}

TEST_F(Writer, ReplacesAnOlderFileWhole) {
  write(makeArtifact());
  Artifact artifact = makeArtifact();
  artifact.producer = "another";
  write(artifact);
  EXPECT_EQ(list(), std::vector<std::string>{"a.swg"});
  runtime::Artifact loaded;
  ASSERT_EQ(loaded.openFile(join("a.swg").c_str(), nullptr), SWAGE_OK);
  EXPECT_EQ(loaded.table().producer()->str(), "another");
}

TEST_F(Writer, KeepsLinksAndDevices) {
  std::ofstream(join("target.swg")) << "older";
  ASSERT_EQ(symlink("target.swg", join("a.swg").c_str()), 0);
  std::string written = write(makeArtifact());
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(join("a.swg")));
  uint64_t size = 0;
  EXPECT_FALSE(llvm::sys::fs::file_size(join("target.swg"), size));
  EXPECT_EQ(size, written.size());

  std::string pipe = join("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(llvm::toString(writeArtifact(pipe, makeArtifact())),
            pipe + ": cannot write: found a device or pipe, expected a "
                   "regular file or a free name");
  struct stat found;
  EXPECT_EQ(stat(pipe.c_str(), &found), 0);
  EXPECT_TRUE(S_ISFIFO(found.st_mode));
}

TEST(Checksum, CombinesPieces) {
  std::vector<uint8_t> bytes(5000);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = uint8_t(i * i >> 3);
  uint32_t whole = schema::crc32c(bytes.data(), bytes.size());
  for (size_t cut : {0, 1, 7, 8, 1000, 4096, 4999, 5000})
    EXPECT_EQ(
        combineChecksums(schema::crc32c(bytes.data(), cut),
                         schema::crc32c(bytes.data() + cut, bytes.size() - cut),
                         bytes.size() - cut),
        whole)
        << cut;
}

} // namespace
