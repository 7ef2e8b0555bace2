//===- Gptq.cpp - Weights packed by GPTQ ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   qweight [in * bits / 32, out]      codes of a column, in words down
//   qzeros  [groups, out * bits / 32]  zeros of a group, in words along
//   scales  [groups, out]
//   g_idx   [in]                       the group of each column
//
// Codes are a stream of bits, low ones first; those of 3 bits cross words. A
// value is scale * (code - zero). The first version of the format stores zeros
// less one, modulo 2^bits.
//
// With desc_act, neighbouring columns are of different groups. Then the weight
// has its columns sorted by group, and the model permutes what it multiplies.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/ColumnOrder.h"
#include "compiler/import/packed/GroupedWeight.h"
#include "compiler/import/packed/PackedFormats.h"

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

struct GptqConfig {
  int64_t bits, groupSize; ///< 0: a group is a row
  bool zerosLessOne;
};

/// The tensors of a module.
struct GptqModule {
  std::string name;
  StoredTensor codes, zeros, scales;
  int64_t rows, columns, groupSize;
  /// Of `columns` columns, the one that stands at each place; none if they are
  /// in order.
  std::vector<int32_t> order;
};

/// Some bits of a stream in every `stride`th word.
uint8_t readBits(const StoredTensor &words, int64_t first, int64_t stride,
                 int64_t bit, int64_t bits) {
  int64_t word = first + bit / 32 * stride, shift = bit % 32;
  uint64_t value = words.word(word);
  if (shift + bits > 32)
    value |= uint64_t(words.word(word + stride)) << 32;
  return value >> shift & ((1 << bits) - 1);
}

uint8_t getZero(const GptqModule &module, const GptqConfig &config, int64_t row,
                int64_t group) {
  int64_t words = module.zeros.info->shape[1];
  uint8_t stored =
      readBits(module.zeros, group * words, 1, row * config.bits, config.bits);
  return (stored + config.zerosLessOne) & ((1 << config.bits) - 1);
}

class GptqWeight : public GroupedWeight {
public:
  GptqWeight(TensorInfo info, const GptqModule &module,
             const GptqConfig &config)
      : GroupedWeight(std::move(info),
                      {module.scales, module.groupSize, 1, module.rows}),
        config(config), module(module) {}

private:
  void readCodes(int64_t row, int64_t column, int64_t count,
                 uint8_t *out) const override {
    for (int64_t i = 0; i < count; ++i) {
      int64_t from =
          module.order.empty() ? column + i : module.order[column + i];
      out[i] = readBits(module.codes, row, module.rows, from * config.bits,
                        config.bits);
    }
  }

  uint8_t readZero(int64_t row, int64_t group) const override {
    return getZero(module, config, row, group);
  }

  GptqConfig config;
  GptqModule module;
};

} // namespace

static std::optional<GptqConfig> readConfig(ConfigReader &config) {
  // How the weights were found, and how they may be run.
  for (llvm::StringRef key : {"damp_percent",
                              "damp_auto_increment",
                              "static_groups",
                              "true_sequential",
                              "model_name_or_path",
                              "model_file_base_name",
                              "model_seqlen",
                              "block_name_to_quantize",
                              "module_name_preceding_first_block",
                              "modules_in_block_to_quantize",
                              "batch_size",
                              "pad_token_id",
                              "dataset",
                              "tokenizer",
                              "backend",
                              "use_exllama",
                              "disable_exllama",
                              "exllama_config",
                              "max_input_length",
                              "cache_block_outputs",
                              "use_cuda_fp16",
                              "lm_head",
                              "desc_act",
                              "sym",
                              "meta",
                              "mse",
                              "hyb_act"})
    config.find(key);
  GptqConfig read = {};
  read.bits = config.readSize("bits");
  if (!llvm::is_contained({2, 3, 4, 8}, read.bits)) {
    config.error("bits: found " + llvm::Twine(read.bits) +
                 ", supported are 2, 3, 4 and 8");
    return std::nullopt;
  }
  if (const nlohmann::json *size = config.find("group_size");
      size && *size != -1)
    read.groupSize = config.readSize("group_size");
  std::string format = config.readString("checkpoint_format", "gptq");
  if (format != "gptq" && format != "gptq_v2") {
    config.error("checkpoint_format: found \"" + format +
                 "\", supported are gptq and gptq_v2");
    return std::nullopt;
  }
  if (config.readString("pack_dtype", "int32") != "int32" ||
      config.readFlag("is_marlin_format", false)) {
    config.error("only weights packed into int32 words in GPTQ's own order "
                 "are supported; save the model with checkpoint_format gptq");
    return std::nullopt;
  }
  read.zerosLessOne = format == "gptq";
  return read;
}

/// Finds the groups of the columns, and their order.
static bool readGroups(PackedTensors &tensors, GptqModule &module) {
  if (!tensors.find(module.name + ".g_idx"))
    return true;
  std::optional<StoredTensor> index =
      tensors.require(module.name + ".g_idx", {Dtype::I32}, {module.columns});
  if (!index)
    return false;
  llvm::Expected<std::vector<int32_t>> order =
      sortColumns(*index, module.groupSize);
  if (!order)
    return tensors.fail(*index->info, llvm::toString(order.takeError()));
  module.order = std::move(*order);
  return true;
}

static std::optional<GptqModule> findModule(PackedTensors &tensors,
                                            const std::string &name,
                                            const GptqConfig &config) {
  auto codes = tensors.require(name + ".qweight", {Dtype::I32});
  if (!codes)
    return std::nullopt;
  const TensorInfo &info = *codes->info;
  if (info.shape.size() != 2 || info.shape[0] * 32 % config.bits != 0) {
    tensors.fail(info, "found shape " + describeShape(info.shape) +
                           ", expected a matrix of words that hold whole "
                           "columns of " +
                           llvm::Twine(config.bits) + " bits");
    return std::nullopt;
  }
  GptqModule module = {name, *codes, {}, {}, info.shape[1], 0, 0, {}};
  module.columns = info.shape[0] * 32 / config.bits;
  module.groupSize = config.groupSize ? config.groupSize : module.columns;
  if (module.columns % module.groupSize != 0 ||
      module.rows * config.bits % 32 != 0) {
    tensors.fail(info, "found " + llvm::Twine(module.rows) + " rows of " +
                           llvm::Twine(module.columns) +
                           " columns, expected rows that fill words of zeros, "
                           "and columns that are whole groups of " +
                           llvm::Twine(module.groupSize));
    return std::nullopt;
  }
  int64_t groups = module.columns / module.groupSize;
  auto zeros = tensors.require(name + ".qzeros", {Dtype::I32},
                               {groups, module.rows * config.bits / 32});
  auto scales = tensors.requireScales(name + ".scales", {groups, module.rows});
  if (!zeros || !scales || !readGroups(tensors, module))
    return std::nullopt;
  module.zeros = *zeros;
  module.scales = *scales;
  return module;
}

/// Whether all zeros are the middle of the codes' range, as in symmetric
/// quantization.
static bool hasMiddleZeros(const GptqModule &module, const GptqConfig &config) {
  for (int64_t g = 0; g < module.zeros.info->shape[0]; ++g)
    for (int64_t row = 0; row < module.rows; ++row)
      if (getZero(module, config, row, g) != 1 << (config.bits - 1))
        return false;
  return true;
}

void addGptqWeights(ConfigReader &config, PackedTensors &tensors) {
  std::optional<GptqConfig> read = readConfig(config);
  std::vector<std::string> names = tensors.findModules("qweight");
  checkLeftOut(config, "modules_to_not_convert", names);
  if (!read)
    return;
  std::vector<GptqModule> modules;
  for (const std::string &name : names)
    if (std::optional<GptqModule> module = findModule(tensors, name, *read))
      modules.push_back(std::move(*module));
  // One type for all, so that what reads the same rows shares kernels.
  MLIRContext *context = &tensors.getContext();
  bool isSigned = llvm::all_of(modules, [&](const GptqModule &module) {
    return hasMiddleZeros(module, *read);
  });
  auto codes = IntegerType::get(context, read->bits,
                                isSigned ? IntegerType::Signless
                                         : IntegerType::Unsigned);
  for (GptqModule &module : modules) {
    Type type = getGroupType(codes, getGroupSize(module.groupSize),
                             module.scales, isSigned ? IntegerType() : codes);
    TensorInfo info = tensors.describe(module.name + ".weight", module.rows,
                                       module.columns, type, module.codes);
    if (!module.order.empty())
      info.order =
          tensors.addOrder(module.name + ".order", module.order, module.codes);
    tensors.add(std::make_unique<GptqWeight>(std::move(info), module, *read));
  }
}

} // namespace swage::import
