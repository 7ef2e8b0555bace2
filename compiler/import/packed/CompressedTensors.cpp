//===- CompressedTensors.cpp - Weights of compressed-tensors --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   pack-quantized: weight_packed [out, in / n]   n codes in each word
//                   weight_shape [2]              out and in
//                   weight_zero_point [out / n, groups]
//   int-quantized:  weight I8 [out, in]
//                   weight_zero_point I8 [out, groups]
//   float-quantized: weight F8_E4M3 [out, in]
//   all of them:    weight_scale [out, groups], or [1]
//                   weight_g_idx [in]             the group of each column
//
// A value is (code - zero) * scale. Packed codes and zeros have half of their
// range added.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/ColumnOrder.h"
#include "compiler/import/packed/CompressedConfig.h"
#include "compiler/import/packed/FloatWeight.h"
#include "compiler/import/packed/GroupedWeight.h"
#include "compiler/import/packed/PackedFormats.h"
#include "compiler/import/packed/SparseWeight.h"

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

/// The tensors of a module.
struct IntegerModule {
  StoredTensor codes;
  int64_t rows, columns;
  std::optional<StoredTensor> zeros;
  std::vector<int32_t> order; ///< of columns; none if they are in order
  int64_t bits;
};

class PackedIntegers : public GroupedWeight {
public:
  PackedIntegers(TensorInfo tensor, const ScaleTable &scales,
                 IntegerModule module)
      : GroupedWeight(std::move(tensor), scales), module(std::move(module)) {}

private:
  /// Code number `index` of the words from `first` on, `stride` apart.
  uint8_t code(const StoredTensor &words, int64_t first, int64_t stride,
               int64_t index) const {
    int64_t perWord = 32 / module.bits;
    uint32_t word = words.word(first + index / perWord * stride);
    return word >> index % perWord * module.bits & ((1 << module.bits) - 1);
  }

  void readCodes(int64_t row, int64_t column, int64_t count,
                 uint8_t *out) const override {
    int64_t words = module.codes.info->shape[1];
    for (int64_t i = 0; i < count; ++i)
      out[i] =
          code(module.codes, row * words, 1,
               module.order.empty() ? column + i : module.order[column + i]);
  }
  uint8_t readZero(int64_t row, int64_t group) const override {
    return code(*module.zeros, group, module.zeros->info->shape[1], row);
  }

  IntegerModule module;
};

/// Codes of 8 bits as they are.
class WholeIntegers : public GroupedWeight {
public:
  WholeIntegers(TensorInfo tensor, const ScaleTable &scales,
                IntegerModule module)
      : GroupedWeight(std::move(tensor), scales), module(std::move(module)) {}

private:
  void readCodes(int64_t row, int64_t column, int64_t count,
                 uint8_t *out) const override {
    const uint8_t *codes = module.codes.bytes + row * module.columns;
    for (int64_t i = 0; i < count; ++i)
      out[i] =
          codes[module.order.empty() ? column + i : module.order[column + i]] ^
          0x80;
  }
  uint8_t readZero(int64_t row, int64_t group) const override {
    return module.zeros->bytes[row * module.zeros->info->shape[1] + group] ^
           0x80;
  }

  IntegerModule module;
};

FloatScales toFloatScales(const CompressedScheme &scheme) {
  switch (scheme.strategy) {
  case ScaleStrategy::Tensor:
    return FloatScales::tensor();
  case ScaleStrategy::Channel:
    return FloatScales::channels();
  case ScaleStrategy::Group:
    return FloatScales::blocks(1, scheme.groupSize);
  case ScaleStrategy::Block:
    return FloatScales::blocks(scheme.blockRows, scheme.blockColumns);
  }
  llvm_unreachable("all strategies are listed");
}

/// Adds the quantized weights of a config.
class QuantizedReader {
public:
  QuantizedReader(const CompressedConfig &config, ConfigReader &reader,
                  PackedTensors &tensors)
      : config(config), reader(reader), tensors(tensors) {}

  void addPacked(const std::string &module) {
    const CompressedScheme *scheme = findScheme(module, "pack-quantized");
    if (!scheme)
      return;
    if (!llvm::is_contained({2, 4, 8}, scheme->bits))
      return reader.error("config_groups." + scheme->name +
                          ".weights.num_bits: found " +
                          llvm::Twine(scheme->bits) +
                          ", supported in packed weights are 2, 4 and 8");
    auto codes = tensors.require(module + ".weight_packed", {Dtype::I32});
    auto shape = tensors.requireShape(module + ".weight_shape");
    if (!codes || !shape)
      return;
    auto [rows, columns] = *shape;
    SmallVector<int64_t, 2> wanted = {
        rows, int64_t(llvm::divideCeil(columns, 32 / scheme->bits))};
    if (codes->info->shape != wanted) {
      tensors.fail(*codes->info, "found shape " +
                                     describeShape(codes->info->shape) +
                                     ", expected " + describeShape(wanted) +
                                     " for a weight of shape " +
                                     describeShape({rows, columns}));
      return;
    }
    IntegerModule found = {*codes,       rows, columns,
                           std::nullopt, {},   scheme->bits};
    add<PackedIntegers>(module, *scheme, std::move(found), Dtype::I32);
  }

  void addWhole(const std::string &module) {
    const CompressedScheme *scheme = config.findScheme(module);
    bool isFloat = scheme && scheme->isFloat;
    scheme = findScheme(module, isFloat ? "float-quantized" : "int-quantized");
    if (!scheme)
      return;
    // Of activations, which are computed otherwise.
    if (tensors.find(module + ".input_scale"))
      tensors.require(module + ".input_scale",
                      {Dtype::F32, Dtype::F16, Dtype::BF16});
    if (isFloat)
      return addFloatWeight(tensors, module, "weight_scale",
                            toFloatScales(*scheme));
    if (scheme->bits != 8)
      return reader.error("config_groups." + scheme->name +
                          ".weights.num_bits: found " +
                          llvm::Twine(scheme->bits) +
                          ", supported in the format int-quantized is 8");
    auto codes = tensors.require(module + ".weight", {Dtype::I8});
    if (!codes)
      return;
    if (codes->info->shape.size() != 2) {
      tensors.fail(*codes->info, "found shape " +
                                     describeShape(codes->info->shape) +
                                     ", expected a matrix");
      return;
    }
    IntegerModule found = {
        *codes, codes->info->shape[0], codes->info->shape[1], std::nullopt, {},
        8};
    add<WholeIntegers>(module, *scheme, std::move(found), Dtype::I8);
  }

private:
  const CompressedScheme *findScheme(const std::string &module,
                                     llvm::StringRef format) {
    const CompressedScheme *scheme = config.findScheme(module);
    if (!scheme)
      reader.error("config_groups: no group has module '" + module +
                   "', which is packed");
    else if (scheme->format != format) {
      reader.error("config_groups." + scheme->name + ".format: found \"" +
                   scheme->format + "\", but the tensors of module '" + module +
                   "' are those of \"" + format + "\"");
      return nullptr;
    }
    return scheme;
  }

  /// Finds scales and zeros, and adds the weight. `zeroType` is the type of
  /// stored zeros: words of them, or one each.
  template <typename Weight>
  void add(const std::string &name, const CompressedScheme &scheme,
           IntegerModule module, Dtype zeroType) {
    int64_t size = scheme.strategy == ScaleStrategy::Group ? scheme.groupSize
                                                           : module.columns;
    if (module.columns % size != 0) {
      tensors.fail(*module.codes.info,
                   "found " + llvm::Twine(module.columns) +
                       " columns, expected whole groups of " +
                       llvm::Twine(size));
      return;
    }
    int64_t groups = module.columns / size;
    bool whole = scheme.strategy == ScaleStrategy::Tensor;
    SmallVector<int64_t, 2> shape = {module.rows, groups};
    if (whole)
      shape = {1};
    auto scales = tensors.requireScales(name + ".weight_scale", shape);
    if (!scales)
      return;
    if (!scheme.symmetric) {
      if (zeroType == Dtype::I32)
        shape[0] = llvm::divideCeil(shape[0], 32 / module.bits);
      module.zeros =
          tensors.require(name + ".weight_zero_point", {zeroType}, shape);
      if (!module.zeros || whole) {
        if (module.zeros)
          tensors.fail(*module.zeros->info,
                       "zeros of whole tensors are not supported");
        return;
      }
    }
    if (scheme.ordered && !readOrder(name, size, module))
      return;
    auto codes = IntegerType::get(&tensors.getContext(), module.bits);
    Type type = getGroupType(codes, getGroupSize(size), *scales,
                             module.zeros ? codes : IntegerType());
    TensorInfo info = tensors.describe(name + ".weight", module.rows,
                                       module.columns, type, module.codes);
    if (!module.order.empty())
      info.order =
          tensors.addOrder(name + ".order", module.order, module.codes);
    ScaleTable table = {*scales, size, whole ? 0 : groups, whole ? 0 : 1};
    tensors.add(
        std::make_unique<Weight>(std::move(info), table, std::move(module)));
  }

  bool readOrder(const std::string &name, int64_t size, IntegerModule &module) {
    auto index =
        tensors.require(name + ".weight_g_idx", {Dtype::I32}, {module.columns});
    if (!index)
      return false;
    auto order = sortColumns(*index, size);
    if (!order)
      return tensors.fail(*index->info, llvm::toString(order.takeError()));
    module.order = std::move(*order);
    return true;
  }

  const CompressedConfig &config;
  ConfigReader &reader;
  PackedTensors &tensors;
};

} // namespace

void addCompressedTensors(ConfigReader &config, PackedTensors &tensors) {
  CompressedConfig read = readCompressedConfig(config);
  std::vector<std::string> packed = tensors.findModules("weight_packed"),
                           scaled = tensors.findModules("weight_scale"),
                           sparse = tensors.findModules("bitmask");
  checkLeftOut(config, "ignore", packed);
  checkLeftOut(config, "ignore", sparse);
  QuantizedReader reader(read, config, tensors);
  for (const std::string &module : packed)
    reader.addPacked(module);
  for (const std::string &module : scaled)
    if (!tensors.find(module + ".weight_packed"))
      reader.addWhole(module);
  size_t quantizesRows =
      llvm::count_if(read.schemes, [](const CompressedScheme &scheme) {
        return scheme.quantizesRows;
      });
  if (quantizesRows && quantizesRows == read.schemes.size())
    tensors.rowRange = 127.5;
  else if (quantizesRows)
    config.warning("config_groups: only some of them quantize activations, "
                   "which is not supported; all are computed as for weights "
                   "alone");
  if (read.sparsity != "dense" && read.sparsity != "sparse-24-bitmask")
    config.error("sparsity_config.format: found \"" + read.sparsity +
                 "\", supported are dense and sparse-24-bitmask");
  else if (read.sparsity != "dense" && !read.schemes.empty())
    config.error("weights that are both sparse and quantized are not "
                 "supported");
  else
    for (const std::string &module : sparse)
      addSparseWeight(tensors, module);
}

} // namespace swage::import
