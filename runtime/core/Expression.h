//===- Expression.h - Sizes known at run time -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_EXPRESSION_H
#define SWAGE_RUNTIME_CORE_EXPRESSION_H

#include "runtime/core/Status.h"
#include "runtime/schema/artifact_generated.h"

namespace swage::runtime {

/// Values of the symbols of one call, indexed by schema::Symbol.
struct Symbols {
  static constexpr size_t kCount = size_t(schema::Symbol::MAX) + 1;
  int64_t values[kCount] = {};

  int64_t &operator[](schema::Symbol s) { return values[size_t(s)]; }
  int64_t operator[](schema::Symbol s) const { return values[size_t(s)]; }
  bool operator==(const Symbols &other) const;
};

/// The deepest stack that an expression may need.
inline constexpr size_t kMaxExpressionDepth = 16;

/// What is wrong with an expression; null if it can be evaluated.
const char *checkExpression(const schema::Expression &expression);

/// Evaluates a checked expression; false on overflow or division by a number
/// below one.
bool evaluate(const schema::Expression &expression, const Symbols &symbols,
              int64_t &result);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_EXPRESSION_H
