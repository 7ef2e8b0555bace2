//===- RowBuilder.h - Loops over rows, for decompositions -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the decompositions share: loops over rows and columns of a ragged batch
// as `linalg.generic`, with values widened to f32 on the way in and narrowed on
// the way out.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_ROW_BUILDER_H
#define SWAGE_DIALECTS_TRANSFORMER_ROW_BUILDER_H

#include "dialects/transformer/Transformer.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace swage::transformer {

/// Which index of the loop over (row, column) an operand is read with.
enum class Reads { Element, Row, Column };

/// An operand of a loop over rows and columns.
struct RowOperand {
  mlir::Value tensor;
  Reads reads = Reads::Element;
};

class RowBuilder {
public:
  using Body = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                              mlir::ValueRange)>;

  RowBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : b(loc, builder), f32(builder.getF32Type()) {}

  /// The number of rows of `tensor`.
  mlir::Value rowCount(mlir::Value tensor);

  /// A tensor<?xCxT> with one element for each row and column, whose value is
  /// `body` of the operands' elements. Floats enter as f32.
  mlir::Value map(mlir::Value rows, mlir::RankedTensorType type,
                  llvm::ArrayRef<RowOperand> operands, Body body);

  /// The sum of `body` over each row, tensor<?xf32>, columns ascending.
  mlir::Value sumColumns(mlir::Value rows, llvm::ArrayRef<RowOperand> operands,
                         Body body);

  /// Row `indices[r]` of `table`, times `scale`, as rows of `type`.
  mlir::Value gather(mlir::Value table, mlir::Value indices,
                     mlir::RankedTensorType type, double scale = 1.0);

  /// `input * weight^T + bias` in f32; `bias` may be null.
  mlir::Value multiply(mlir::Value input, mlir::Value weight, mlir::Value bias);

  /// Rows of f32 with the parts' columns side by side.
  mlir::Value concat(mlir::ValueRange parts);

  /// Each row as several of `columns` columns.
  mlir::Value divide(mlir::Value rows, int64_t columns);

  /// The inverse: neighbouring rows as one of `columns` columns.
  mlir::Value unite(mlir::Value rows, int64_t columns);

  /// Rows in the element type of `type`.
  mlir::Value convert(mlir::Value rows, mlir::RankedTensorType type);

  mlir::RankedTensorType rowsType(int64_t columns, mlir::Type element) {
    return mlir::RankedTensorType::get({mlir::ShapedType::kDynamic, columns},
                                       element);
  }
  mlir::RankedTensorType f32Rows(int64_t columns) {
    return rowsType(columns, f32);
  }

  mlir::ImplicitLocOpBuilder b;

private:
  mlir::Value empty(mlir::RankedTensorType type, mlir::Value rows);
  mlir::Value zeros(mlir::RankedTensorType type, mlir::Value rows);
  mlir::Value widen(mlir::ImplicitLocOpBuilder &inner, mlir::Value value);
  mlir::Value narrow(mlir::ImplicitLocOpBuilder &inner, mlir::Value value,
                     mlir::Type type);

  mlir::FloatType f32;
};

/// A constant of type f32.
mlir::Value f32Constant(mlir::ImplicitLocOpBuilder &b, double value);

/// The function of an f32 value.
mlir::Value applyActivation(mlir::ImplicitLocOpBuilder &b, Activation function,
                            mlir::Value x);

} // namespace swage::transformer

#endif // SWAGE_DIALECTS_TRANSFORMER_ROW_BUILDER_H
