//===- VerifyImported.cpp - What the stage fuse relies on -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/raising/Passes.h"

namespace swage {
#define GEN_PASS_DEF_VERIFYIMPORTED
#include "passes/raising/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;

/// Whether `type` is `tensor<?xi32>`.
static bool isIndices(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 && tensor.isDynamicDim(0) &&
         tensor.getElementType().isInteger(32);
}

/// Checks the arguments of an entry point (R3).
static LogicalResult checkArguments(func::FuncOp entry) {
  bool hasBatch = false;
  for (BlockArgument argument : entry.getArguments()) {
    Type type = argument.getType();
    bool isBatch = isa<transformer::BatchType>(type);
    if (isBatch && hasBatch)
      return entry.emitError()
             << "entry point '" << entry.getSymName()
             << "' has a second batch as argument #" << argument.getArgNumber();
    if (!isBatch && !isIndices(type))
      return entry.emitError()
             << "argument #" << argument.getArgNumber() << " of entry point '"
             << entry.getSymName() << "' is " << type
             << ": wanted are indices (tensor<?xi32>) or a batch";
    hasBatch |= isBatch;
  }
  return success();
}

/// Checks that `op` is in the words of the model (R4).
static LogicalResult checkOperation(Operation *op) {
  if (isa<func::ReturnOp>(op) ||
      isa_and_nonnull<arith::ArithDialect, compression::CompressionDialect,
                      transformer::TransformerDialect>(op->getDialect()))
    return success();
  return op->emitOpError(
      "has no place in a model: raising found no operation of the transformer "
      "dialect for it");
}

namespace {
struct VerifyImported : swage::impl::VerifyImportedBase<VerifyImported> {
  void runOnOperation() override {
    bool hasEntry = false;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function->hasAttr("transformer.entry_point"))
        continue;
      hasEntry = true;
      if (failed(checkEntryPoint(function)))
        signalPassFailure();
    }
    if (hasEntry)
      return;
    getOperation().emitError() // (R1)
        << "module has no entry point: a function with the attribute "
           "'transformer.entry_point'";
    signalPassFailure();
  }

  static LogicalResult checkEntryPoint(func::FuncOp entry) {
    if (!llvm::hasSingleElement(entry.getBody())) // (R2)
      return entry.emitError() << "entry point '" << entry.getSymName()
                               << "' has " << entry.getBody().getBlocks().size()
                               << " blocks: exactly one can be compiled";
    if (failed(checkArguments(entry)))
      return failure();
    bool ok = true;
    for (Operation &op : entry.front())
      ok &= succeeded(checkOperation(&op));
    return success(ok);
  }
};
} // namespace
