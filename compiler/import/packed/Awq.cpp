//===- Awq.cpp - Weights packed by AWQ ------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   qweight [in, out / 8]      codes of 4 bits of 8 rows in a word
//   qzeros  [groups, out / 8]
//   scales  [groups, out]
//
// A value is scale * (code - zero). The nibbles of a word, from the lowest on,
// are those of rows 0, 2, 4, 6, 1, 3, 5 and 7.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/GroupedWeight.h"
#include "compiler/import/packed/PackedFormats.h"

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

class AwqWeight : public GroupedWeight {
public:
  AwqWeight(TensorInfo tensor, const ScaleTable &scales,
            const StoredTensor &codes, const StoredTensor &zeros)
      : GroupedWeight(std::move(tensor), scales), codes(codes), zeros(zeros) {}

private:
  uint8_t nibble(const StoredTensor &words, int64_t line, int64_t row) const {
    constexpr int kPlaces[] = {0, 4, 1, 5, 2, 6, 3, 7};
    uint32_t word = words.word(line * (info.shape[0] / 8) + row / 8);
    return word >> 4 * kPlaces[row % 8] & 0xf;
  }

  void readCodes(int64_t row, int64_t column, int64_t count,
                 uint8_t *out) const override {
    for (int64_t i = 0; i < count; ++i)
      out[i] = nibble(codes, column + i, row);
  }
  uint8_t readZero(int64_t row, int64_t group) const override {
    return nibble(zeros, group, row);
  }

  StoredTensor codes, zeros;
};

} // namespace

static void addWeight(PackedTensors &tensors, const std::string &module,
                      std::optional<int64_t> groupSize) {
  auto codes = tensors.require(module + ".qweight", {Dtype::I32});
  if (!codes)
    return;
  const TensorInfo &info = *codes->info;
  int64_t columns = info.shape.empty() ? 0 : info.shape[0];
  int64_t size = groupSize.value_or(columns);
  if (info.shape.size() != 2 || columns % size != 0) {
    tensors.fail(info, "found shape " + describeShape(info.shape) +
                           ", expected a matrix of columns in whole groups "
                           "of " +
                           llvm::Twine(size));
    return;
  }
  int64_t rows = info.shape[1] * 8, groups = columns / size;
  auto zeros = tensors.require(module + ".qzeros", {Dtype::I32},
                               {groups, info.shape[1]});
  auto scales = tensors.requireScales(module + ".scales", {groups, rows});
  if (!zeros || !scales)
    return;
  auto type = IntegerType::get(&tensors.getContext(), 4, IntegerType::Unsigned);
  Type encoding = getGroupType(type, getGroupSize(size), *scales, type);
  tensors.add(std::make_unique<AwqWeight>(
      tensors.describe(module + ".weight", rows, columns, encoding, *codes),
      ScaleTable{*scales, size, 1, rows}, *codes, *zeros));
}

void addAwqWeights(ConfigReader &config, PackedTensors &tensors) {
  // How the weights may be run.
  for (llvm::StringRef key : {"do_fuse", "fuse_max_seq_len", "modules_to_fuse",
                              "backend", "exllama_config"})
    config.find(key);
  std::vector<std::string> modules = tensors.findModules("qweight");
  checkLeftOut(config, "modules_to_not_convert", modules);
  int64_t bits = config.readSize("bits", 4);
  std::string version = config.readString("version", "gemm");
  if (bits != 4)
    return config.error("bits: found " + llvm::Twine(bits) +
                        ", supported is 4");
  if (version != "gemm" && version != "GEMM")
    return config.error("version: found \"" + version +
                        "\", supported is gemm");
  if (!config.readFlag("zero_point", true))
    return config.error("zero_point: found false, supported is true");
  std::optional<int64_t> groupSize;
  if (const nlohmann::json *size = config.find("group_size");
      size && *size != -1)
    groupSize = config.readSize("group_size");
  for (const std::string &module : modules)
    addWeight(tensors, module, groupSize);
}

} // namespace swage::import
