//===- ExpressionTest.cpp - Affine maps as the runtime evaluates them ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Expression.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace swage;
using artifact::Expression;

namespace {

int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// As the schema says: postfix, on a stack.
int64_t evaluate(const Expression &expression,
                 const std::vector<int64_t> &symbols) {
  std::vector<int64_t> stack;
  for (const schema::ExpressionNode &node : expression.nodes) {
    if (node.kind() == schema::ExpressionKind::Constant) {
      stack.push_back(node.value());
      continue;
    }
    if (node.kind() == schema::ExpressionKind::Symbol) {
      stack.push_back(symbols[node.value()]);
      continue;
    }
    int64_t b = stack.back();
    stack.pop_back();
    int64_t &a = stack.back();
    switch (node.kind()) {
    case schema::ExpressionKind::Add:
      a += b;
      break;
    case schema::ExpressionKind::Subtract:
      a -= b;
      break;
    case schema::ExpressionKind::Multiply:
      a *= b;
      break;
    case schema::ExpressionKind::CeilDivide:
      a = ceilDivide(a, b);
      break;
    case schema::ExpressionKind::Maximum:
      a = std::max(a, b);
      break;
    default:
      ADD_FAILURE();
    }
  }
  EXPECT_EQ(stack.size(), 1u);
  return stack.back();
}

TEST(Expression, HasTheValueOfTheMap) {
  MLIRContext context;
  AffineExpr rows = getAffineSymbolExpr(0, &context);
  AffineExpr stride = getAffineSymbolExpr(4, &context);
  AffineExpr maps[] = {rows * 1024 + 64,
                       rows.ceilDiv(16) * 16,
                       rows.floorDiv(6) + stride * rows,
                       rows % 5 + stride % 3,
                       (rows - 3) * 4,
                       getAffineConstantExpr(7, &context)};
  for (AffineExpr expr : maps) {
    auto expression = Expression::get(AffineMap::get(0, 5, expr));
    ASSERT_TRUE(bool(expression)) << llvm::toString(expression.takeError());
    for (int64_t r : {3, 4, 5, 16, 17, 640})
      for (int64_t s : {1, 2, 9}) {
        std::vector<int64_t> symbols = {r, 1, 1, 8, s};
        SmallVector<Attribute> constants, results;
        for (int64_t value : symbols)
          constants.push_back(
              IntegerAttr::get(IndexType::get(&context), value));
        ASSERT_TRUE(succeeded(
            AffineMap::get(0, 5, expr).constantFold(constants, results)));
        EXPECT_EQ(evaluate(*expression, symbols),
                  cast<IntegerAttr>(results[0]).getInt());
      }
  }
}

TEST(Expression, TakesTheMaximumOfSeveralResults) {
  MLIRContext context;
  AffineExpr rows = getAffineSymbolExpr(0, &context);
  auto expression = Expression::get(AffineMap::get(
      0, 5, {rows, getAffineConstantExpr(9, &context)}, &context));
  ASSERT_TRUE(bool(expression));
  EXPECT_EQ(evaluate(*expression, {4, 0, 0, 0, 0}), 9);
  EXPECT_EQ(evaluate(*expression, {40, 0, 0, 0, 0}), 40);
}

TEST(Expression, RefusesWhatTheRuntimeCannotEvaluate) {
  MLIRContext context;
  AffineExpr rows = getAffineSymbolExpr(0, &context);
  AffineExpr other = getAffineSymbolExpr(1, &context);
  for (AffineMap map : {AffineMap::get(1, 0, getAffineDimExpr(0, &context)),
                        AffineMap::get(0, 6, getAffineSymbolExpr(5, &context)),
                        AffineMap::get(0, 5, rows.floorDiv(other))}) {
    auto expression = Expression::get(map);
    ASSERT_FALSE(bool(expression));
    EXPECT_TRUE(llvm::StringRef(llvm::toString(expression.takeError()))
                    .starts_with("expected a size over the schema's symbols "
                                 "with constant divisors, found "));
  }
}

} // namespace
