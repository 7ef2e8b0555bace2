//===- VariantBuilder.h - From a function to commands -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SCHEDULING_VARIANTBUILDER_H
#define SWAGE_PASSES_SCHEDULING_VARIANTBUILDER_H

#include "dialects/compression/Compression.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/scheduling/ProgramBuilder.h"
#include "llvm/ADT/DenseSet.h"

namespace swage {

inline mlir::RankedTensorType typeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

inline bool isEncoded(mlir::RankedTensorType type) {
  return mlir::isa<compression::EncodingTypeInterface>(type.getElementType());
}

/// Turns one specialized function into one variant of a program.
class VariantBuilder {
public:
  VariantBuilder(ProgramBuilder &program, mlir::func::FuncOp function);

  /// Builds all buffers and commands; emits an error and fails where the
  /// target has no code.
  mlir::LogicalResult build();

  /// Dispatches formed.
  unsigned numDispatches() const { return dispatches; }

private:
  /// Where a tensor of the function lies.
  struct Storage {
    mlir::Value buffer;
    /// Its rows, over the five size symbols.
    mlir::AffineExpr rows;
  };

  /// Collects the bindings of one dispatch.
  struct Bindings {
    llvm::SmallVector<mlir::Value> buffers;
    llvm::SmallVector<bool> writes;
    void add(mlir::Value buffer, bool written = false) {
      buffers.push_back(buffer);
      writes.push_back(written);
    }
  };

  void buildArguments();
  mlir::LogicalResult findResults(mlir::func::ReturnOp exit);
  mlir::LogicalResult buildOperation(mlir::Operation *op);
  mlir::LogicalResult buildDispatch(mlir::Operation *op);

  mlir::LogicalResult bindEmbedding(transformer::EmbeddingOp op,
                                    Bindings &bindings);
  /// Input, weights and, where there are any, the indices of rows.
  mlir::LogicalResult bindVectors(mlir::Value input, mlir::ValueRange vectors,
                                  mlir::Value rows, Bindings &bindings);
  /// The operands as they come: rows and indices.
  mlir::LogicalResult bindRows(mlir::Operation *op, Bindings &bindings);
  mlir::LogicalResult bindLinear(transformer::LinearOp op, Bindings &bindings);
  mlir::LogicalResult bindAttention(transformer::AttentionOp op,
                                    Bindings &bindings);
  mlir::LogicalResult bindRoute(transformer::RouteOp op, Bindings &bindings);
  mlir::LogicalResult bindGroupedLinear(transformer::GroupedLinearOp op,
                                        Bindings &bindings);
  mlir::LogicalResult bindCombine(transformer::CombineOp op,
                                  Bindings &bindings);
  /// Matrices of a grouped linear that one call reads: of one row those of the
  /// experts that it chooses, else at most all.
  int64_t matricesRead(transformer::GroupedLinearOp op) const;

  /// The storage of `rows`, or of what it is split from.
  Storage storageOf(mlir::Value rows) const;
  /// The rows that `op` computes.
  mlir::AffineExpr resultRows(mlir::Operation *op) const;
  /// The rows of one of an operation's results.
  mlir::AffineExpr rowsOf(mlir::OpResult result) const;
  /// New storage for a result; the function's results are the call's.
  Storage allocate(mlir::Value result, mlir::AffineExpr rows);
  mlir::FailureOr<mlir::Value> constant(mlir::ValueRange parts,
                                        mlir::Attribute layout);
  mlir::Value constant(mlir::FlatSymbolRefAttr symbol);
  /// The buffers of a cache's keys and values.
  std::pair<mlir::Value, mlir::Value> cache(mlir::Value handle);
  /// A barrier, if the new dispatch must not overlap with earlier ones.
  void separate(const Bindings &bindings);

  mlir::AffineExpr symbol(unsigned which) const;
  mlir::AffineMapAttr map(mlir::AffineExpr expression) const;
  mlir::AffineMapAttr bytesOf(mlir::Operation *op) const;
  mlir::AffineMapAttr multiplyAddsOf(mlir::Operation *op) const;

  ProgramBuilder &program;
  mlir::func::FuncOp function;
  schedule::VariantAttr variantAttr;
  mlir::OpBuilder builder;
  /// Insertion point of buffers: in front of all commands.
  mlir::OpBuilder buffers;
  llvm::DenseMap<mlir::Value, Storage> storage;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
  llvm::DenseMap<mlir::Attribute, std::pair<mlir::Value, mlir::Value>> caches;
  llvm::SmallDenseSet<mlir::Value> readSinceBarrier, writtenSinceBarrier;
  mlir::Value batch;
  /// What the function returns.
  llvm::DenseMap<mlir::Value, schedule::Role> returned;
  unsigned dispatches = 0;
};

} // namespace swage

#endif // SWAGE_PASSES_SCHEDULING_VARIANTBUILDER_H
