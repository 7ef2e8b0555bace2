//===- HuggingFace.cpp - Models in Hugging Face folders ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/huggingface/HuggingFace.h"
#include "compiler/import/Json.h"
#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/safetensors/SafeTensorsSource.h"
#include "compiler/weights/RandomSource.h"
#include "mlir/IR/Verifier.h"
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

namespace {

/// Resolves the weights that an architecture asks for.
class WeightFinder {
public:
  WeightFinder(MLIRContext &context, const TensorSource &source,
               Problems &problems)
      : context(context), source(source), problems(problems) {}

  Type find(llvm::StringRef name, ArrayRef<int64_t> shape) {
    // Anything valid, so that the next problems are found too.
    Type fallback = Float32Type::get(&context);
    if (!used.insert(name).second)
      return types.lookup(name);
    Type &type = types[name] = fallback;
    const TensorInfo *tensor = source.find(name);
    if (!tensor) {
      problems.error("tensor '" + name + "' is missing; expected " +
                     describeShape(shape));
      return fallback;
    }
    if (ArrayRef<int64_t>(tensor->shape) != shape) {
      problems.error(tensor->file + ": tensor '" + name + "': found shape " +
                     describeShape(tensor->shape) + ", expected " +
                     describeShape(shape));
      return fallback;
    }
    if (Type stored = getWeightType(&context, tensor->dtype))
      return type = stored;
    problems.error(tensor->file + ": tensor '" + name + "': found dtype " +
                   getName(tensor->dtype) +
                   ", supported are F32, F16 and BF16");
    return fallback;
  }

  /// Warns of tensors that no operation uses.
  void warnUnused() {
    for (const TensorInfo &tensor : source.getTensors())
      // Old checkpoints store the rotary frequencies, which follow from the
      // config.
      if (!used.contains(tensor.name) &&
          !llvm::StringRef(tensor.name).ends_with(".rotary_emb.inv_freq"))
        problems.warning(tensor.file + ": tensor '" + tensor.name +
                         "' is not used by the model");
  }

private:
  MLIRContext &context;
  const TensorSource &source;
  Problems &problems;
  llvm::StringSet<> used;
  llvm::StringMap<Type> types;
};

} // namespace

static transformer::ModelAttr makeModelAttr(MLIRContext &context,
                                            const ModelConfig &config,
                                            llvm::StringRef source) {
  return transformer::ModelAttr::get(&context, config.architecture->modelType,
                                     source, config.decoder.vocabSize,
                                     config.decoder.maxPositions,
                                     config.decoder.bos, config.decoder.eos);
}

llvm::Expected<ImportedModel> importHuggingFace(MLIRContext &context,
                                                llvm::StringRef folder,
                                                llvm::StringRef configFile,
                                                const ImportOptions &options) {
  Problems problems;
  ModelConfig config = readConfigs(folder, configFile, problems);
  ImportedModel model;
  model.folder = folder.str();
  RandomSource *random = nullptr;
  if (options.randomSeed) {
    auto source = std::make_unique<RandomSource>(*options.randomSeed);
    random = source.get();
    model.source = std::move(source);
  } else {
    model.source = SafeTensorsSource::open(folder, problems);
  }
  if (problems.hasErrors())
    return problems.takeErrors();

  WeightFinder finder(context, *model.source, problems);
  context.loadDialect<transformer::TransformerDialect>();
  ModelBuilder builder(&context, config.decoder, Float16Type::get(&context),
                       [&](llvm::StringRef name, ArrayRef<int64_t> shape) {
                         if (random)
                           random->declare(name, config.decoder.dtype, shape);
                         return finder.find(name, shape);
                       });
  Value logits = config.architecture->buildForward(builder);
  model.module = builder.finish(
      logits,
      makeModelAttr(context, config, folder.empty() ? configFile : folder));
  finder.warnUnused();
  if (problems.hasErrors())
    return problems.takeErrors();
  if (failed(verify(*model.module)))
    return llvm::createStringError(
        configFile + ": the imported model is not valid; this is an error of "
                     "the compiler, not of the model");
  model.warnings = problems.takeWarnings();
  return model;
}

} // namespace swage::import
