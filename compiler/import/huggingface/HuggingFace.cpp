//===- HuggingFace.cpp - Models in Hugging Face folders ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/huggingface/HuggingFace.h"
#include "compiler/import/BuildModel.h"
#include "compiler/import/Json.h"
#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/packed/PackedFormats.h"
#include "compiler/import/safetensors/SafeTensorsSource.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace swage::weights;
using nlohmann::json;

namespace swage::import {

/// Reads both configuration files; of use only if there were no problems.
static ModelConfig readConfigs(llvm::StringRef folder, llvm::StringRef file,
                               Problems &problems) {
  llvm::Expected<json> root = readJson(file);
  if (!root) {
    problems.error(root.takeError());
    return {};
  }
  ModelConfig config = readModelConfig(file, *root, problems);
  if (folder.empty() || !config.architecture)
    return config;
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, "generation_config.json");
  if (!llvm::sys::fs::exists(path))
    return config;
  llvm::Expected<json> generation = readJson(path);
  if (generation)
    readGenerationConfig(path, *generation, config.decoder, problems);
  else
    problems.error(generation.takeError());
  return config;
}

llvm::Expected<ImportedModel> importHuggingFace(MLIRContext &context,
                                                llvm::StringRef folder,
                                                llvm::StringRef configFile,
                                                const ImportOptions &options) {
  Problems problems;
  ModelConfig config = readConfigs(folder, configFile, problems);
  bool isPacked = !config.quantization.is_null();
  std::unique_ptr<TensorSource> source;
  std::optional<double> rowRange;
  if (options.randomSeed) {
    if (isPacked)
      problems.error(configFile + ": quantization_config: random weights are "
                                  "not quantized; remove the key");
  } else if (auto stored = SafeTensorsSource::open(folder, problems)) {
    if (!isPacked) {
      source = std::move(stored);
    } else if (auto packed =
                   openPackedTensors(context, configFile, config.quantization,
                                     std::move(stored), problems)) {
      rowRange = packed->rowRange;
      source = std::move(packed);
    }
  }
  llvm::Expected<ImportedModel> model =
      buildModel(context, config, std::move(source),
                 folder.empty() ? configFile : folder, options, problems);
  if (model && rowRange)
    (*model->module)
        ->setAttr(compression::kRowRangeAttrName,
                  Builder(&context).getF64FloatAttr(*rowRange));
  return model;
}

} // namespace swage::import
