//===- Expression.cpp - Sizes that are known at run time -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Expression.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using swage::schema::ExpressionKind;

namespace swage::artifact {

Expression Expression::constant(int64_t value) {
  return {{schema::ExpressionNode(value, ExpressionKind::Constant)}};
}

Expression Expression::symbol(schema::Symbol symbol) {
  return {{schema::ExpressionNode(int64_t(symbol), ExpressionKind::Symbol)}};
}

Expression Expression::binary(ExpressionKind kind, Expression left,
                              const Expression &right) {
  llvm::append_range(left.nodes, right.nodes);
  left.nodes.emplace_back(0, kind);
  return left;
}

/// The runtime divides upwards only: floor(a / b) = ceil((a - (b - 1)) / b).
static Expression floorDivide(Expression left, int64_t divisor) {
  Expression shifted =
      Expression::binary(ExpressionKind::Subtract, std::move(left),
                         Expression::constant(divisor - 1));
  return Expression::binary(ExpressionKind::CeilDivide, std::move(shifted),
                            Expression::constant(divisor));
}

static Expression convert(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return Expression::constant(constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return Expression::symbol(schema::Symbol(symbol.getPosition()));
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Expression left = convert(binary.getLHS());
  if (expr.getKind() == AffineExprKind::Add)
    return Expression::binary(ExpressionKind::Add, std::move(left),
                              convert(binary.getRHS()));
  if (expr.getKind() == AffineExprKind::Mul)
    return Expression::binary(ExpressionKind::Multiply, std::move(left),
                              convert(binary.getRHS()));
  int64_t divisor = cast<AffineConstantExpr>(binary.getRHS()).getValue();
  if (expr.getKind() == AffineExprKind::CeilDiv)
    return Expression::binary(ExpressionKind::CeilDivide, std::move(left),
                              Expression::constant(divisor));
  Expression quotient = floorDivide(left, divisor);
  if (expr.getKind() == AffineExprKind::FloorDiv)
    return quotient;
  return Expression::binary(ExpressionKind::Subtract, std::move(left),
                            Expression::binary(ExpressionKind::Multiply,
                                               std::move(quotient),
                                               Expression::constant(divisor)));
}

/// Whether each symbol is the schema's and each divisor a positive constant.
static bool isConvertible(AffineExpr root) {
  WalkResult result = root.walk([](AffineExpr expr) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      return WalkResult(symbol.getPosition() <= unsigned(schema::Symbol::MAX)
                            ? WalkResult::advance()
                            : WalkResult::interrupt());
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    if (!binary || expr.getKind() == AffineExprKind::Add ||
        expr.getKind() == AffineExprKind::Mul)
      return WalkResult::advance();
    auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
    return divisor && divisor.getValue() > 0 ? WalkResult::advance()
                                             : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}

llvm::Expected<Expression> Expression::get(AffineMap map) {
  if (map.getNumDims() != 0 || map.getNumResults() == 0 ||
      !llvm::all_of(map.getResults(), isConvertible)) {
    std::string text;
    llvm::raw_string_ostream(text) << map;
    return llvm::createStringError(
        "expected a size over the schema's symbols with constant divisors, "
        "found " +
        text);
  }
  Expression result = convert(map.getResult(0));
  for (AffineExpr other : map.getResults().drop_front())
    result = binary(ExpressionKind::Maximum, std::move(result), convert(other));
  return result;
}

} // namespace swage::artifact
