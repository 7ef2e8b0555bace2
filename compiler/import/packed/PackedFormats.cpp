//===- PackedFormats.cpp - Formats of packed checkpoints ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/PackedFormats.h"
#include "compiler/import/Json.h"
#include "llvm/ADT/StringExtras.h"

using namespace swage::weights;
using nlohmann::json;

namespace swage::import {

namespace {
struct PackedFormat {
  llvm::StringLiteral method; ///< `quant_method`
  void (*addWeights)(ConfigReader &config, PackedTensors &tensors);
};
} // namespace

static constexpr PackedFormat kFormats[] = {
    {"gptq", addGptqWeights},
    {"awq", addAwqWeights},
    {"compressed-tensors", addCompressedTensors},
    {"bitsandbytes", addBitsAndBytesWeights},
    {"fp8", addFp8Weights},
    {"bitnet", addBitNetWeights}};

std::unique_ptr<PackedSource> openPackedTensors(
    mlir::MLIRContext &context, llvm::StringRef file, const json &quantization,
    std::unique_ptr<SafeTensorsSource> source, Problems &problems) {
  Problems found;
  ConfigReader config((file + ": quantization_config").str(), quantization,
                      found);
  const json *method = config.find("quant_method");
  const auto *format = llvm::find_if(kFormats, [&](const PackedFormat &known) {
    return method && *method == known.method.str();
  });
  if (format == std::end(kFormats)) {
    std::string known = llvm::join(
        llvm::map_range(kFormats,
                        [](const PackedFormat &f) { return f.method.str(); }),
        ", ");
    problems.error(file + ": quantization_config: quant_method " +
                   (method ? "is " + describeJson(*method) : "is missing") +
                   "; supported are " + known);
    return nullptr;
  }
  context.loadDialect<compression::CompressionDialect>();
  PackedTensors tensors(context, *source, found);
  format->addWeights(config, tensors);
  // What is wrong may have kept a reader from other keys.
  if (!found.hasErrors())
    config.refuseUnread();
  auto packed = std::make_unique<PackedSource>(
      std::move(source), std::move(tensors.packed), tensors.hidden, found);
  packed->rowRange = tensors.rowRange;
  if (found.hasErrors()) {
    problems.error(found.takeErrors());
    return nullptr;
  }
  for (const std::string &warning : found.takeWarnings())
    problems.warning(warning);
  return packed;
}

void checkLeftOut(ConfigReader &config, llvm::StringRef key,
                  llvm::ArrayRef<std::string> modules) {
  const json *list = config.find(key);
  if (!list)
    return;
  if (!list->is_array())
    return config.unexpected({key.str(), list}, "a list of modules");
  for (const json &entry : *list) {
    if (!entry.is_string())
      return config.unexpected({key.str(), list}, "a list of modules");
    // Names may be those of parts of a path, such as "lm_head" or "mlp".
    std::string name = "." + entry.get<std::string>() + ".";
    for (const std::string &module : modules)
      if (llvm::StringRef("." + module + ".").contains(name))
        return config.error(key + " leaves out " + describeJson(entry) +
                            ", but module '" + module + "' is packed");
  }
}

} // namespace swage::import
