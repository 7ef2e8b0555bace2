//===- TransformerDialect.td - The dialect of models ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_DIALECT_TD
#define SWAGE_DIALECTS_TRANSFORMER_DIALECT_TD

include "mlir/IR/OpBase.td"

def Transformer_Dialect : Dialect {
  let name = "transformer";
  let cppNamespace = "::swage::transformer";
  let summary = "transformer models on tensors, with the field's names";
  let description = [{
    A model is a module: one `transformer.weight` for each tensor of the
    checkpoint, one `transformer.cache` for each layer, and one `func.func` with
    the unit attribute `transformer.entry_point` for each function that a
    session can call. Weight values never enter the IR; a weight is a symbol
    that names its tensor in the source.

    Activations are `tensor<?xCxT>`: one row for each token of a ragged batch,
    over all its sequences, without padding. `!transformer.batch` says which
    rows belong to which sequence, at which positions.

    The attribute `transformer.model` on the module holds what is true of the
    model as a whole.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
  let extraClassDeclaration = "void registerAttributes();";
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

#endif // SWAGE_DIALECTS_TRANSFORMER_DIALECT_TD
