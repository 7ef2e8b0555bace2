//===- SafeTensorsTest.cpp - Reading and refusing SafeTensors files ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/safetensors/SafeTensorsSource.h"
#include "compiler/import/safetensors/SafeTensorsWriter.h"
#include "test/unit/import/TestFolder.h"
#include "llvm/Support/FileSystem.h"
#include <gtest/gtest.h>

using namespace swage::import;
using namespace swage::test;
using swage::weights::Dtype;

namespace {

struct BadHeader {
  const char *json;
  size_t dataBytes;
  const char *message;
};

TEST(SafeTensors, RefusesBadHeaders) {
  const BadHeader cases[] = {
      {"[]", 0, "f: the header is not a JSON object"},
      {R"({"a": 1})", 0,
       "f: tensor 'a': found 1, expected an object with dtype, shape and "
       "data_offsets"},
      {R"({"a": {"shape": [1], "data_offsets": [0, 4]}})", 4,
       "f: tensor 'a': dtype is missing or not a string"},
      {R"({"a": {"dtype": "Q4", "shape": [1], "data_offsets": [0, 4]}})", 4,
       "f: tensor 'a': unknown dtype \"Q4\", expected one of F32, F16, BF16, "
       "F64, F8_E4M3, F8_E5M2, F8_E8M0, I64, I32, I16, I8, U64, U32, U16, U8, "
       "BOOL"},
      {R"({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}})", 4,
       "f: tensor 'a': shape is missing or not an array of sizes"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}})", 4,
       "f: tensor 'a': data_offsets is missing or not a pair of offsets"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})", 3,
       "f: tensor 'a': bytes 0 to 4 do not lie in the file, which has 3 bytes "
       "of data; is it truncated?"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}})", 4,
       "f: tensor 'a': bytes 4 to 0 do not lie in the file, which has 4 bytes "
       "of data; is it truncated?"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}})", 4,
       "f: tensor 'a': found 4 bytes, expected 8 for [2] F32"},
      {R"({"a": {"dtype": "F32", "shape": [4294967296, 4294967296],
           "data_offsets": [0, 4]}})",
       4,
       "f: tensor 'a': found 4 bytes, expected more than 2^63 for [4294967296, "
       "4294967296] F32"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
           "b": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}})",
       6, "f: tensor 'b': its data overlaps that of the tensor before it"},
      {R"({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
           "b": {"dtype": "U8", "shape": [1], "data_offsets": [3, 4]}})",
       4, "f: tensor 'b': 2 bytes before its data belong to no tensor"},
      {R"({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}})", 3,
       "f: the last 2 bytes belong to no tensor"},
      {R"({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
           "a": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}})",
       2, "f: invalid JSON: key 'a' occurs twice in one object"},
      {R"({"a": )", 0,
       "f: invalid JSON: parse error at line 1, column 7: syntax error while "
       "parsing value - unexpected end of input; expected '[', '{', or a "
       "literal"},
      // Both problems of one header.
      {R"({"a": 1, "b": {}})", 0,
       "f: tensor 'a': found 1, expected an object with dtype, shape and "
       "data_offsets\nf: tensor 'b': dtype is missing or not a string"}};
  for (const BadHeader &bad : cases) {
    auto header =
        SafeTensorsHeader::parse("f", safeTensors(bad.json, bad.dataBytes));
    ASSERT_FALSE(bool(header)) << bad.json;
    EXPECT_EQ(llvm::toString(header.takeError()), bad.message);
  }
}

TEST(SafeTensors, RefusesTruncatedFiles) {
  std::string whole = safeTensors(
      R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})", 8);
  ASSERT_TRUE(bool(SafeTensorsHeader::parse("f", whole)));
  for (size_t size = 0; size < whole.size(); ++size) {
    auto header = SafeTensorsHeader::parse("f", whole.substr(0, size));
    ASSERT_FALSE(bool(header)) << size;
    std::string text = llvm::toString(header.takeError());
    EXPECT_TRUE(llvm::StringRef(text).starts_with("f: ")) << text;
  }
  auto header = SafeTensorsHeader::parse("f", "1234");
  EXPECT_EQ(llvm::toString(header.takeError()),
            "f: found 4 bytes, expected a SafeTensors file of at least 8");
  header = SafeTensorsHeader::parse("f", whole.substr(0, 20));
  EXPECT_EQ(llvm::toString(header.takeError()),
            "f: found a header of 61 bytes in a file of 20, expected at "
            "most 100000000 and no more than the file; it is truncated or not "
            "a SafeTensors file");
}

TEST(SafeTensors, LimitsNesting) {
  auto header =
      SafeTensorsHeader::parse("f", safeTensors(std::string(65, '['), 0));
  EXPECT_EQ(llvm::toString(header.takeError()),
            "f: invalid JSON: values are nested more than 64 deep");
}

TEST(SafeTensors, AcceptsMetadataAndOtherTypes) {
  auto header = SafeTensorsHeader::parse(
      "f", safeTensors(R"({"__metadata__": {"format": "pt"},
          "b": {"dtype": "I64", "shape": [], "data_offsets": [2, 10]},
          "a": {"dtype": "BF16", "shape": [1, 1], "data_offsets": [0, 2]},
          "c": {"dtype": "F16", "shape": [0, 4], "data_offsets": [10, 10]}}  )",
                       10));
  ASSERT_TRUE(bool(header)) << llvm::toString(header.takeError());
  ASSERT_EQ(header->entries.size(), 3u);
  EXPECT_EQ(header->entries[0].info.name, "a");
  EXPECT_EQ(header->entries[1].info.describe(), "[] I64");
  EXPECT_EQ(header->entries[2].info.describe(), "[0, 4] F16");
}

// ---- Folders ----------------------------------------------------------------

std::string openErrors(const TestFolder &folder) {
  Problems problems;
  EXPECT_EQ(SafeTensorsSource::open(folder.getPath(), problems), nullptr);
  return messages(problems.takeErrors(), folder);
}

constexpr const char *kShard =
    R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})";

TEST(SafeTensors, RefusesFoldersWithoutWeights) {
  TestFolder folder;
  folder.write("pytorch_model.bin", "x");
  EXPECT_EQ(openErrors(folder),
            folder.getPath().str() +
                ": no weights: expected model.safetensors or "
                "model.safetensors.index.json; found pytorch_model.bin");
}

TEST(SafeTensors, RefusesBadIndexes) {
  TestFolder folder;
  folder.write("model.safetensors.index.json", R"({"weight_map": []})");
  EXPECT_EQ(openErrors(folder),
            "model.safetensors.index.json: expected an object 'weight_map' "
            "that names the file of each tensor");
  folder.write("s1.safetensors", safeTensors(kShard, 4));
  folder.write("model.safetensors.index.json",
               R"({"weight_map": {"a": "s1.safetensors", "b": "s2.safetensors",
                   "c": "s1.safetensors", "d": "../s1.safetensors", "e": 7}})");
  EXPECT_EQ(openErrors(folder),
            "model.safetensors.index.json: tensor 'd': found "
            "\"../s1.safetensors\", expected the name of a file in the same "
            "folder\n"
            "model.safetensors.index.json: tensor 'e': found 7, expected the "
            "name of a file in the same folder\n"
            "model.safetensors.index.json: tensor 'c' is not in "
            "s1.safetensors\n"
            "model.safetensors.index.json: shard s2.safetensors with 1 tensors "
            "is not in the folder");
}

TEST(SafeTensors, ReadsShards) {
  Problems problems;
  auto source = SafeTensorsSource::open(
      SWAGE_TEST_DATA "/golden/llama_sharded_bf16", problems);
  ASSERT_NE(source, nullptr) << llvm::toString(problems.takeErrors());
  EXPECT_EQ(source->getTensors().size(), 21u);
  auto *tensor = source->find("model.layers.1.self_attn.k_proj.weight");
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->describe(), "[48, 96] BF16");
  EXPECT_TRUE(llvm::StringRef(tensor->file)
                  .ends_with("model-00002-of-00003.safetensors"));
}

// ---- Dense tensors ----------------------------------------------------------

TEST(DenseTensors, ComeBack) {
  TestFolder folder;
  std::string path = folder.join("t.safetensors");
  std::vector<DenseTensor> tensors = {
      DenseTensor::get<int64_t>("input_ids", Dtype::I64, {1, 3}, {1, 2, 3}),
      DenseTensor::get<float>("logits", Dtype::F32, {2}, {0.5f, -1.0f})};
  ASSERT_FALSE(bool(writeDenseTensors(path, tensors)));
  std::string first = readFile(path);
  auto back = readDenseTensors(path);
  ASSERT_TRUE(bool(back));
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ((*back)[0].shape, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ((*back)[1].bytes, tensors[1].bytes);
  auto ids = (*back)[0].getIntegers();
  ASSERT_TRUE(bool(ids));
  EXPECT_EQ(*ids, (std::vector<int32_t>{1, 2, 3}));
  ASSERT_FALSE(bool(writeDenseTensors(path, tensors)));
  EXPECT_EQ(readFile(path), first);
}

TEST(DenseTensors, RefuseWhatIsNoToken) {
  auto wide =
      DenseTensor::get<int64_t>("t", Dtype::I64, {1}, {int64_t(1) << 31});
  EXPECT_EQ(llvm::toString(wide.getIntegers().takeError()),
            "tensor 't': value 2147483648 does not fit 32 bits");
  auto real = DenseTensor::get<float>("t", Dtype::F32, {1}, {1.0f});
  EXPECT_EQ(llvm::toString(real.getIntegers().takeError()),
            "tensor 't': found dtype F32, expected I32 or I64");
}

TEST(DenseTensors, LeaveNothingBehind) {
  TestFolder folder;
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder.join("taken")));
  EXPECT_TRUE(
      bool(llvm::errorToBool(writeDenseTensors(folder.join("taken"), {}))));
  std::error_code error;
  int files = 0;
  for (llvm::sys::fs::directory_iterator it(folder.getPath(), error), end;
       it != end; it.increment(error))
    ++files;
  EXPECT_EQ(files, 1);
}

} // namespace
