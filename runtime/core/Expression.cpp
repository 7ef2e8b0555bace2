//===- Expression.cpp - Sizes known at run time ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Expression.h"
#include "runtime/support/Vectors.h"
#include <cstring>

using swage::schema::ExpressionKind;

namespace swage::runtime {

bool Symbols::operator==(const Symbols &other) const {
  return memcmp(values, other.values, sizeof(values)) == 0;
}

const char *checkExpression(const schema::Expression &expression) {
  if (!isAligned(expression.nodes()))
    return "nodes that are not 8-byte aligned";
  size_t depth = 0;
  for (const schema::ExpressionNode *node : *expression.nodes()) {
    if (node->kind() > ExpressionKind::MAX)
      return "an unknown operator";
    if (node->kind() == ExpressionKind::Symbol &&
        (node->value() < 0 || node->value() > int64_t(schema::Symbol::MAX)))
      return "an unknown symbol";
    if (node->kind() <= ExpressionKind::Symbol) {
      if (++depth > kMaxExpressionDepth)
        return "more than 16 pending values";
      continue;
    }
    if (depth < 2)
      return "an operator without two operands";
    --depth;
  }
  if (depth == 0)
    return "no value";
  return depth == 1 ? nullptr : "more than one value";
}

static bool apply(ExpressionKind kind, int64_t a, int64_t b, int64_t &result) {
  switch (kind) {
  case ExpressionKind::Add:
    return !__builtin_add_overflow(a, b, &result);
  case ExpressionKind::Subtract:
    return !__builtin_sub_overflow(a, b, &result);
  case ExpressionKind::Multiply:
    return !__builtin_mul_overflow(a, b, &result);
  case ExpressionKind::CeilDivide:
    if (b < 1)
      return false;
    result = a / b + (a % b > 0);
    return true;
  case ExpressionKind::Minimum:
    result = a < b ? a : b;
    return true;
  case ExpressionKind::Maximum:
    result = a > b ? a : b;
    return true;
  case ExpressionKind::Constant:
  case ExpressionKind::Symbol:
    break;
  }
  return false;
}

bool evaluate(const schema::Expression &expression, const Symbols &symbols,
              int64_t &result) {
  int64_t stack[kMaxExpressionDepth];
  size_t depth = 0;
  for (const schema::ExpressionNode *node : *expression.nodes()) {
    if (node->kind() == ExpressionKind::Constant) {
      stack[depth++] = node->value();
    } else if (node->kind() == ExpressionKind::Symbol) {
      stack[depth++] = symbols.values[node->value()];
    } else {
      --depth;
      if (!apply(node->kind(), stack[depth - 1], stack[depth],
                 stack[depth - 1]))
        return false;
    }
  }
  result = stack[0];
  return true;
}

} // namespace swage::runtime
