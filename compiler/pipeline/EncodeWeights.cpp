//===- EncodeWeights.cpp - Weights as the IR encodes them -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/EncodeWeights.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace swage;

llvm::Expected<std::unique_ptr<compress::QuantizedSource>>
swage::encodeWeights(ModuleOp module,
                     std::unique_ptr<weights::TensorSource> source,
                     bool measure) {
  llvm::StringMap<compression::GroupType> encodings;
  for (auto weight : module.getOps<transformer::WeightOp>()) {
    StringRef name = weight.getSymName();
    const weights::TensorInfo *stored = source->find(name);
    auto type = dyn_cast<compression::GroupType>(
        getElementTypeOrSelf(weight.getType()));
    if (!type || !stored ||
        !weights::getWeightDtype(stored->getWeightType(module.getContext())))
      continue;
    if (std::string why = compress::GroupQuantizer::checkType(type);
        !why.empty()) {
      std::string text;
      llvm::raw_string_ostream(text) << type;
      return llvm::createStringError("weight '" + name + "' cannot become " +
                                     text + ": " + why);
    }
    encodings[name] = type;
  }
  return std::make_unique<compress::QuantizedSource>(std::move(source),
                                                     encodings, measure);
}
