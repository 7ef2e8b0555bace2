//===- TransformerOpBase.td - What all operations of models share ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_OP_BASE_TD
#define SWAGE_DIALECTS_TRANSFORMER_OP_BASE_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "dialects/transformer/TransformerAttrs.td"
include "dialects/transformer/TransformerInterfaces.td"

class Transformer_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Transformer_Dialect, opMnemonic, traits> {
  let hasVerifier = 1;
}

/// An operation whose results depend on its operands' values alone.
class Transformer_PureOp<string opMnemonic, list<Trait> traits = []>
    : Transformer_Op<opMnemonic, [Pure, DeclareOpInterfaceMethods<Transformer_DecomposableOpInterface>] # traits>;

/// One row for each token: `tensor<?xCxT>`.
def Transformer_Rows : Type<And<[
    RankedTensorOf<[F32, F16, BF16]>.predicate, HasAnyRankOfPred<[2]>,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0)">,
    CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1)">]>,
    "rows of float values, tensor<?xCxT>", "::mlir::RankedTensorType">;

/// The same, of floats or of codes: `tensor<?xCx!compression.group<...>>`.
def Transformer_AnyRows : Type<And<[
    RankedTensorOf<[AnyType]>.predicate, HasAnyRankOfPred<[2]>,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0)">,
    CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1)">,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isFloat() || "
          "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().getDialect().getNamespace() != \"builtin\"">]>,
    "rows of values of any encoding, tensor<?xCxT>", "::mlir::RankedTensorType">;

/// Token ids, row indices: `tensor<?xi32>`.
def Transformer_Indices : Type<And<[
    RankedTensorOf<[I32]>.predicate, HasAnyRankOfPred<[1]>]>,
    "32-bit indices, tensor<?xi32>", "::mlir::RankedTensorType">;

/// A matrix [output rows, columns] of any encoding.
def Transformer_Matrix : Type<And<[
    RankedTensorOf<[AnyType]>.predicate, HasAnyRankOfPred<[2]>, HasStaticShapePred]>,
    "a weight matrix of static shape", "::mlir::RankedTensorType">;

/// A vector of weights.
def Transformer_Vector : Type<And<[
    RankedTensorOf<[AnyType]>.predicate, HasAnyRankOfPred<[1]>, HasStaticShapePred]>,
    "a weight vector of static shape", "::mlir::RankedTensorType">;

#endif // SWAGE_DIALECTS_TRANSFORMER_OP_BASE_TD
