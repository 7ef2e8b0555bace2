//===- Expression.h - Sizes that are known at run time -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_EXPRESSION_H
#define SWAGE_COMPILER_ARTIFACT_EXPRESSION_H

#include "mlir/IR/AffineMap.h"
#include "runtime/schema/artifact_generated.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace swage::artifact {

/// An integer expression in postfix order, as the schema stores it.
struct Expression {
  std::vector<schema::ExpressionNode> nodes;

  static Expression constant(int64_t value);
  static Expression symbol(schema::Symbol symbol);
  /// `left OPERATOR right`.
  static Expression binary(schema::ExpressionKind kind, Expression left,
                           const Expression &right);

  /// The value of a map of no dimension whose symbols are the schema's, in
  /// their order. With several results it is their maximum.
  static llvm::Expected<Expression> get(mlir::AffineMap map);
};

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_EXPRESSION_H
