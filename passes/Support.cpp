//===- Support.cpp - What several stages of the pipeline share ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Support.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

FailureOr<SmallVector<swage::schedule::TargetAttrInterface>>
swage::getTargets(ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>(kTargetsAttrName);
  if (!list || list.empty())
    return module.emitError() << "module names no target: '" << kTargetsAttrName
                              << "' must be an array of target attributes";
  SmallVector<schedule::TargetAttrInterface> targets;
  for (Attribute attr : list) {
    auto target = dyn_cast<schedule::TargetAttrInterface>(attr);
    if (!target)
      return module.emitError() << "element of '" << kTargetsAttrName
                                << "' is not a target attribute: " << attr;
    targets.push_back(target);
  }
  return targets;
}

FloatType swage::getFloatTypeByName(MLIRContext *context, StringRef name) {
  return llvm::StringSwitch<FloatType>(name)
      .Case("f32", Float32Type::get(context))
      .Case("f16", Float16Type::get(context))
      .Case("bf16", BFloat16Type::get(context))
      .Default(FloatType());
}
