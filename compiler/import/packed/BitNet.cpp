//===- BitNet.cpp - Ternary weights of BitNet -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   weight       [out / 4, in]  bytes; bits 2i of line r are row i * out/4 + r
//   weight_scale [1]
//
// Two bits hold -1, 0 or 1, plus one. `bitlinear` divides by the scale, and
// `autobitlinear` multiplies with it. A quotient of 1 is rounded once, as the
// quotient of each value is. Rows are quantized to 8 bits as they come.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/GroupedWeight.h"
#include "compiler/import/packed/PackedFormats.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

class BitNetWeight : public PackedWeight {
public:
  BitNetWeight(TensorInfo tensor, const StoredTensor &codes, float scale)
      : PackedWeight(std::move(tensor)), codes(codes), scale(scale),
        blocks(cast<compression::GroupType>(info.encoding)) {}

  void read(int64_t row, int64_t column, int64_t count,
            uint8_t *out) const override {
    int64_t lines = codes.info->shape[0], columns = codes.info->shape[1];
    const uint8_t *line = codes.bytes + row % lines * columns;
    int64_t shift = 2 * (row / lines);
    for (int64_t end = column + count; column < end;
         column += blocks.columns, out += blocks.bytes) {
      for (int64_t i = 0; i < blocks.columns; ++i)
        out[i] = line[column + i] >> shift & 3;
      std::memcpy(out + blocks.scales.floatsOffset, &scale, sizeof(scale));
    }
  }

private:
  StoredTensor codes;
  float scale;
  compression::BlockLayout blocks;
};

} // namespace

/// Reports a code that is none of the three.
static bool checkCodes(PackedTensors &tensors, const StoredTensor &codes) {
  int64_t count = codes.info->getNumElements();
  for (int64_t i = 0; i < count; ++i)
    if (uint8_t byte = codes.bytes[i]; byte & byte >> 1 & 0x55)
      return tensors.fail(*codes.info,
                          "byte " + llvm::Twine(i) + " is " +
                              llvm::Twine(unsigned(byte)) +
                              ", and two of its bits are 3, which stands for "
                              "no value");
  return true;
}

static void addWeight(PackedTensors &tensors, const std::string &module,
                      bool divides) {
  auto stored = tensors.requireScales(module + ".weight_scale", {1});
  auto codes = tensors.require(module + ".weight", {Dtype::U8});
  if (!stored || !codes || !checkCodes(tensors, *codes))
    return;
  const TensorInfo &info = *codes->info;
  float scale = widen(stored->info->dtype, stored->bytes);
  if (info.shape.size() != 2) {
    tensors.fail(info, "found shape " + describeShape(info.shape) +
                           ", expected a matrix");
    return;
  }
  if (divides && !std::isfinite(1 / scale)) {
    tensors.fail(*stored->info, "found a scale of 0, by which values are "
                                "divided");
    return;
  }
  MLIRContext *context = &tensors.getContext();
  int64_t rows = 4 * info.shape[0], columns = info.shape[1];
  Type type = compression::GroupType::get(
      context, compression::getCodebook(context, "ternary"),
      getGroupSize(columns), Float32Type::get(context), IntegerType(), Type());
  tensors.add(std::make_unique<BitNetWeight>(
      tensors.describe(module + ".weight", rows, columns, type, *codes), *codes,
      divides ? 1 / scale : scale));
}

void addBitNetWeights(ConfigReader &config, PackedTensors &tensors) {
  std::string linear = config.readString("linear_class", "bitlinear");
  std::string mode = config.readString("quantization_mode", "offline");
  config.find("rms_norm_eps");
  if (linear != "bitlinear" && linear != "autobitlinear")
    config.error("linear_class: found \"" + linear +
                 "\", supported are bitlinear and autobitlinear");
  if (mode != "offline")
    config.error("quantization_mode: found \"" + mode +
                 "\", supported is offline: weights that are packed");
  if (config.readFlag("use_rms_norm", false))
    config.error("use_rms_norm: found true, supported is false");
  std::vector<std::string> modules = tensors.findModules("weight_scale");
  checkLeftOut(config, "modules_to_not_convert", modules);
  for (const std::string &module : modules)
    addWeight(tensors, module, linear == "bitlinear");
  tensors.rowRange = 127;
}

} // namespace swage::import
