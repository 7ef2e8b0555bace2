//===- BuildModel.cpp - A configured model as IR -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/BuildModel.h"
#include "compiler/import/architectures/Architecture.h"
#include "compiler/weights/DerivedSource.h"
#include "compiler/weights/RandomSource.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

/// Resolves the tensors that an architecture asks for.
class TensorFinder : public ModelTensors {
public:
  /// Declares what is asked for in `random`, unless that is null.
  TensorFinder(MLIRContext &context, const TensorSource &source,
               RandomSource *random, Dtype dtype, Problems &problems)
      : context(context), source(source), random(random), dtype(dtype),
        problems(problems) {}

  bool has(llvm::StringRef name) const override {
    return !random && source.find(name);
  }

  Type find(llvm::StringRef name, ArrayRef<int64_t> shape) override {
    if (random)
      random->declare(name, dtype, shape);
    // Anything valid, so that the next problems are found too.
    Type fallback = Float32Type::get(&context);
    if (!used.insert(name).second)
      return types.lookup(name);
    Type &type = types[name] = fallback;
    const TensorInfo *tensor = source.find(name);
    if (!tensor) {
      problems.error("tensor " + source.describeName(name) +
                     " is missing; expected " + describeShape(shape));
      return fallback;
    }
    if (ArrayRef<int64_t>(tensor->shape) != shape) {
      problems.error(tensor->file + ": tensor " + source.describeName(name) +
                     ": found shape " + describeShape(tensor->shape) +
                     ", expected " + describeShape(shape));
      return fallback;
    }
    if (Type stored = tensor->getWeightType(&context);
        stored && !stored.isInteger())
      return type = stored;
    problems.error(tensor->file + ": tensor '" + name + "': found dtype " +
                   getName(tensor->dtype) +
                   ", supported are F32, F16 and BF16");
    return fallback;
  }

  std::string findOrder(llvm::StringRef matrix) override {
    const TensorInfo *tensor = source.find(matrix);
    if (!tensor || tensor->order.empty())
      return "";
    used.insert(tensor->order);
    ordered.insert(matrix);
    return tensor->order;
  }

  /// Reports matrices whose columns are in an order that nothing has asked for.
  void refuseUnordered() {
    for (const TensorInfo &tensor : source.getTensors())
      if (used.contains(tensor.name) && !tensor.order.empty() &&
          !ordered.contains(tensor.name))
        problems.error(tensor.file + ": tensor '" + tensor.name +
                       "': its columns are in an order of their own (act-order "
                       "quantization), which only linears can have");
  }

  /// Warns of tensors that no operation uses.
  void warnUnused() {
    for (const TensorInfo &tensor : source.getTensors())
      if (!used.contains(tensor.name) && !isConstant(tensor.name))
        problems.warning(tensor.file + ": tensor '" + tensor.name +
                         "' is not used by the model");
  }

private:
  /// Old checkpoints store rotary frequencies, which follow from the config,
  /// and causal masks.
  static bool isConstant(llvm::StringRef name) {
    return name.ends_with(".rotary_emb.inv_freq") ||
           name.ends_with(".masked_bias") || name.ends_with(".attn.bias") ||
           name.ends_with(".attention.bias");
  }

  MLIRContext &context;
  const TensorSource &source;
  RandomSource *random;
  Dtype dtype;
  Problems &problems;
  llvm::StringSet<> used, ordered;
  llvm::StringMap<Type> types;
};

} // namespace

static transformer::ModelAttr makeModelAttr(MLIRContext &context,
                                            const ModelConfig &config,
                                            llvm::StringRef source) {
  return transformer::ModelAttr::get(
      &context, config.architecture->modelType, source,
      config.decoder.vocabSize, config.decoder.maxPositions, config.decoder.bos,
      config.decoder.eos, config.decoder.tokenTypes);
}

/// The source with the views that the model has of its tensors.
static std::unique_ptr<TensorSource>
addViews(std::unique_ptr<TensorSource> source,
         llvm::ArrayRef<ModelBuilder::DerivedWeight> views,
         Problems &problems) {
  if (views.empty())
    return source;
  auto derived = std::make_unique<DerivedSource>(std::move(source));
  for (const auto &[name, tensor, view] : views)
    if (llvm::Error error = derived->derive(name, tensor, view))
      problems.error(std::move(error));
  return derived;
}

llvm::Expected<ImportedModel>
buildModel(MLIRContext &context, const ModelConfig &config,
           std::unique_ptr<TensorSource> source, llvm::StringRef path,
           const ImportOptions &options, Problems &problems) {
  RandomSource *random = nullptr;
  if (!source && options.randomSeed) {
    auto made = std::make_unique<RandomSource>(*options.randomSeed);
    random = made.get();
    source = std::move(made);
  }
  // What is wrong with the tensors is said together with what is wrong with the
  // config, if that says which they are.
  if (!config.hasShapes || !source)
    return problems.takeErrors();

  TensorFinder finder(context, *source, random, config.decoder.dtype, problems);
  context.loadDialect<transformer::TransformerDialect>();
  ModelBuilder builder(&context, config.decoder, Float16Type::get(&context),
                       finder);
  Value logits = config.architecture->buildForward(builder);
  ImportedModel model;
  model.module = builder.finish(logits, makeModelAttr(context, config, path));
  finder.refuseUnordered();
  finder.warnUnused();
  if (problems.hasErrors())
    return problems.takeErrors();
  model.source =
      addViews(std::move(source), builder.getDerivedWeights(), problems);
  if (problems.hasErrors())
    return problems.takeErrors();
  if (failed(verify(*model.module)))
    return llvm::createStringError(
        path + ": the imported model is not valid; this is an error of the "
               "compiler, not of the model");
  model.warnings = problems.takeWarnings();
  return model;
}

} // namespace swage::import
