//===- BitsAndBytes.cpp - Weights packed by bitsandbytes ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 4 bits: all elements in one row, in blocks of 64 with a scale:
//   weight                   [n / 2, 1]    the first of two in the high bits
//   weight.quant_map         [16]          what codes stand for
//   weight.absmax            F32 [n / 64], or U8, then
//   weight.nested_quant_map  [256]         what codes of scales stand for,
//   weight.nested_absmax     [n / 64 / 256] times this, plus an offset
//   weight.quant_state.bitsandbytes__nf4   JSON: shape, sizes, offset
//
// 8 bits:
//   weight I8 [out, in]
//   SCB    [out]             127 times the scale of a row
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "compiler/import/packed/GroupedWeight.h"
#include "compiler/import/packed/PackedFormats.h"
#include <cmath>
#include <cstring>
#include <numeric>

using namespace mlir;
using namespace swage::weights;
using nlohmann::json;
using swage::compression::GroupType;

namespace swage::import {

namespace {

/// What the JSON beside a weight says.
struct BlockState {
  int64_t rows, columns, blockSize, nestedSize = 0;
  float offset = 0;
};

class BlockWeight : public PackedWeight {
public:
  /// `nested` are the floats of scales that have codes.
  BlockWeight(TensorInfo tensor, const BlockState &state,
              const StoredTensor &codes, const StoredTensor &scales,
              std::optional<StoredTensor> nested)
      : PackedWeight(std::move(tensor)), state(state), codes(codes),
        scales(scales), nested(nested), blocks(cast<GroupType>(info.encoding)) {
  }

  void read(int64_t row, int64_t column, int64_t count,
            uint8_t *out) const override {
    int64_t first = row * state.columns + column;
    for (int64_t end = first + count; first < end;
         first += blocks.columns, out += blocks.bytes) {
      for (int64_t i = 0; i < blocks.columns; ++i) {
        uint8_t byte = codes.bytes[(first + i) / 2];
        out[i] = (first + i) % 2 ? byte & 0xf : byte >> 4;
      }
      int64_t block = first / state.blockSize;
      if (!nested) {
        std::memcpy(out + blocks.scales.floatsOffset, scales.bytes + 4 * block,
                    sizeof(float));
        continue;
      }
      std::memcpy(out + *blocks.scales.codesOffset, scales.bytes + block,
                  blocks.groups());
      std::memcpy(out + blocks.scales.floatsOffset,
                  nested->bytes + 4 * (block / state.nestedSize),
                  sizeof(float));
      std::memcpy(out + blocks.scales.addendsOffset, &state.offset,
                  sizeof(float));
    }
  }

private:
  BlockState state;
  StoredTensor codes, scales;
  std::optional<StoredTensor> nested;
  compression::BlockLayout blocks;
};

/// 8-bit codes whose scales are divided by 127.
class RowWeight : public PackedWeight {
public:
  RowWeight(TensorInfo tensor, const StoredTensor &codes,
            const StoredTensor &scales)
      : PackedWeight(std::move(tensor)), codes(codes), scales(scales),
        blocks(cast<GroupType>(info.encoding)) {}

  void read(int64_t row, int64_t column, int64_t count,
            uint8_t *out) const override {
    const uint8_t *from = codes.bytes + row * info.shape[1] + column;
    float scale = widen(Dtype::F32, scales.bytes + 4 * row) / 127;
    for (int64_t end = column + count; column < end;
         column += blocks.columns, out += blocks.bytes) {
      for (int64_t i = 0; i < blocks.columns; ++i)
        out[i] = *from++ ^ 0x80;
      std::memcpy(out + blocks.scales.floatsOffset, &scale, sizeof(scale));
    }
  }

private:
  StoredTensor codes, scales;
  compression::BlockLayout blocks;
};

} // namespace

/// The values of a table of `count` floats as a type of codes.
static Type readCodebook(PackedTensors &tensors, const std::string &name,
                         int64_t count) {
  auto table = tensors.require(name, {Dtype::F32}, {count});
  if (!table)
    return {};
  SmallVector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(widen(Dtype::F32, table->bytes + 4 * i));
    if (!std::isfinite(values.back())) {
      tensors.fail(*table->info,
                   "element " + llvm::Twine(i) + " is not finite");
      return {};
    }
  }
  MLIRContext *context = &tensors.getContext();
  return compression::CodebookType::get(
      context, DenseF32ArrayAttr::get(context, values));
}

static std::optional<BlockState> readState(PackedTensors &tensors,
                                           const std::string &name) {
  auto stored = tensors.require(name, {Dtype::U8});
  if (!stored)
    return std::nullopt;
  auto fail = [&](const llvm::Twine &why) {
    tensors.fail(*stored->info, why);
    return std::nullopt;
  };
  llvm::StringRef text(reinterpret_cast<const char *>(stored->bytes),
                       stored->info->getNumElements());
  llvm::Expected<json> parsed = parseJson(name, text);
  if (!parsed)
    return fail(llvm::toString(parsed.takeError()));
  auto size = [](const json &value) -> int64_t {
    return value.is_number_unsigned() && value <= INT32_MAX
               ? value.get<int64_t>()
               : 0;
  };
  const json &root = *parsed;
  json none, shape = root.is_object() ? root.value("shape", none) : none;
  BlockState state = {};
  if (shape.is_array() && shape.size() == 2) {
    state.rows = size(shape[0]);
    state.columns = size(shape[1]);
    state.blockSize = size(root.value("blocksize", none));
  }
  if (state.rows < 1 || state.columns < 1 || state.blockSize < 1)
    return fail("expected the shape of a matrix and a blocksize, found " +
                describeJson(root));
  if (root.contains("nested_absmax") || root.contains("nested_blocksize") ||
      root.contains("nested_offset")) {
    state.nestedSize = size(root.value("nested_blocksize", none));
    json offset = root.value("nested_offset", none);
    if (state.nestedSize < 1 || !offset.is_number())
      return fail("expected a nested_blocksize and a nested_offset, found " +
                  describeJson(root));
    state.offset = offset.get<float>();
  }
  if (state.columns % state.blockSize != 0)
    return fail("found rows of " + llvm::Twine(state.columns) +
                " columns, expected whole blocks of " +
                llvm::Twine(state.blockSize));
  return state;
}

static void addBlocks(PackedTensors &tensors, const std::string &module,
                      llvm::StringRef kind) {
  std::string name = module + ".weight";
  auto state =
      readState(tensors, (name + ".quant_state.bitsandbytes__" + kind).str());
  if (!state)
    return;
  int64_t count = state->rows * state->columns,
          blocks = count / state->blockSize;
  auto codes = tensors.require(name, {Dtype::U8}, {(count + 1) / 2, 1});
  Type codebook = readCodebook(tensors, name + ".quant_map", 16);
  if (!codes || !codebook)
    return;
  MLIRContext *context = &tensors.getContext();
  Type f32 = Float32Type::get(context), scaleType = f32;
  std::optional<StoredTensor> scales, nested;
  if (state->nestedSize) {
    scales = tensors.require(name + ".absmax", {Dtype::U8}, {blocks});
    nested = tensors.requireScales(
        name + ".nested_absmax",
        {int64_t(llvm::divideCeil(blocks, state->nestedSize))});
    Type table = readCodebook(tensors, name + ".nested_quant_map", 256);
    if (!scales || !nested || !table)
      return;
    // Groups of scales do not end where rows do; parts of them with the same
    // float do.
    int64_t size =
        std::gcd(state->nestedSize, state->columns / state->blockSize);
    scaleType = GroupType::get(context, table, size, f32, IntegerType(), f32);
  } else {
    scales = tensors.requireScales(name + ".absmax", {blocks});
    if (!scales)
      return;
  }
  auto type = GroupType::get(context, codebook, state->blockSize, scaleType,
                             IntegerType(), Type());
  tensors.add(std::make_unique<BlockWeight>(
      tensors.describe(name, state->rows, state->columns, type, *codes), *state,
      *codes, *scales, nested));
}

static void addRows(PackedTensors &tensors, const std::string &module) {
  auto codes = tensors.require(module + ".weight", {Dtype::I8});
  if (tensors.find(module + ".weight_format"))
    tensors.require(module + ".weight_format", {Dtype::U8});
  if (!codes)
    return;
  if (codes->info->shape.size() != 2) {
    tensors.fail(*codes->info, "found shape " +
                                   describeShape(codes->info->shape) +
                                   ", expected a matrix");
    return;
  }
  int64_t rows = codes->info->shape[0], columns = codes->info->shape[1];
  auto scales = tensors.requireScales(module + ".SCB", {rows});
  if (!scales)
    return;
  MLIRContext *context = &tensors.getContext();
  Type type = getGroupType(IntegerType::get(context, 8), getGroupSize(columns),
                           *scales);
  tensors.add(std::make_unique<RowWeight>(
      tensors.describe(module + ".weight", rows, columns, type, *codes), *codes,
      *scales));
}

void addBitsAndBytesWeights(ConfigReader &config, PackedTensors &tensors) {
  // How products are computed.
  for (llvm::StringRef key :
       {"bnb_4bit_compute_dtype", "bnb_4bit_use_double_quant",
        "llm_int8_enable_fp32_cpu_offload", "llm_int8_threshold",
        "_load_in_4bit", "_load_in_8bit"})
    config.find(key);
  bool in8 = config.readFlag("load_in_8bit", false),
       in4 = config.readFlag("load_in_4bit", false);
  if (in4 == in8)
    config.error("expected either load_in_4bit or load_in_8bit to be true");
  std::string kind = config.readString("bnb_4bit_quant_type", "fp4");
  if (kind != "nf4" && kind != "fp4")
    config.error("bnb_4bit_quant_type: found \"" + kind +
                 "\", supported are nf4 and fp4");
  std::string storage = config.readString("bnb_4bit_quant_storage", "uint8");
  if (storage != "uint8")
    config.error("bnb_4bit_quant_storage: found \"" + storage +
                 "\", supported is uint8");
  if (config.readFlag("llm_int8_has_fp16_weight", false))
    config.error("llm_int8_has_fp16_weight: found true, supported is false");
  std::vector<std::string> blocks = tensors.findModules("weight.absmax"),
                           rows = tensors.findModules("SCB");
  checkLeftOut(config, "llm_int8_skip_modules", in4 ? blocks : rows);
  for (const std::string &module : blocks)
    addBlocks(tensors, module, kind);
  for (const std::string &module : rows)
    addRows(tensors, module);
}

} // namespace swage::import
