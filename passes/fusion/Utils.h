//===- Utils.h - What the fusion passes share -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_FUSION_UTILS_H
#define SWAGE_PASSES_FUSION_UTILS_H

#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace swage {

/// Whether something is done to the sums of `linear` before they are stored.
bool hasEpilogue(transformer::LinearOp linear);

/// Why `linear` cannot take over what its user does with the sums; empty if it
/// can.
llvm::StringRef whyNoEpilogue(transformer::LinearOp linear);

/// Applies `patterns` wherever they match; apart from that, only operations
/// without users go.
llvm::LogicalResult applyFusions(mlir::func::FuncOp function,
                                 mlir::RewritePatternSet &&patterns);

} // namespace swage

#endif // SWAGE_PASSES_FUSION_UTILS_H
