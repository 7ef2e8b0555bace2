//===- Fp8.cpp - Weights of 8-bit floats with scales of blocks ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   weight           F8_E4M3 [out, in]
//   weight_scale_inv [out / 128, in / 128], rounded up
//
// A value is the product of both, whatever the name of the scale says.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/FloatWeight.h"
#include "compiler/import/packed/PackedFormats.h"

using namespace mlir;
using namespace swage::weights;
using nlohmann::json;

namespace swage::import {

void addFp8Weights(ConfigReader &config, PackedTensors &tensors) {
  std::vector<std::string> modules = tensors.findModules("weight_scale_inv");
  checkLeftOut(config, "modules_to_not_convert", modules);
  // Activations are computed as the compiler is told.
  config.find("activation_scheme");
  std::string format = config.readString("fmt", "e4m3");
  if (format != "e4m3")
    config.error("fmt: found \"" + format + "\", supported is e4m3");
  const json *size = config.find("weight_block_size");
  auto isSize = [](const json &value) {
    return value.is_number_unsigned() && value > 0 && value <= 1 << 20;
  };
  if (!size || !size->is_array() || size->size() != 2 ||
      !llvm::all_of(*size, isSize))
    return config.error("weight_block_size: expected the rows and the columns "
                        "of a block, as in [128, 128]");
  int64_t rows = (*size)[0].get<int64_t>(), columns = (*size)[1].get<int64_t>();
  for (const std::string &module : modules)
    addFloatWeight(tensors, module, "weight_scale_inv",
                   FloatScales::blocks(rows, columns));
}

} // namespace swage::import
