//===- ProgramBuilder.h - What the variants of a program share --*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SCHEDULING_PROGRAMBUILDER_H
#define SWAGE_PASSES_SCHEDULING_PROGRAMBUILDER_H

#include "dialects/schedule/Schedule.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace swage {

/// Builds a program and keeps what its variants share: packed weights, tables
/// and kernels, each once.
class ProgramBuilder {
public:
  /// Appends an empty program for `target` and the `levels` that share its
  /// schedule to `module`.
  ProgramBuilder(mlir::ModuleOp module, schedule::TargetAttrInterface target,
                 llvm::ArrayRef<schedule::TargetAttrInterface> levels);

  schedule::TargetAttrInterface target() const { return targetAttr; }
  transformer::ModelAttr model() const { return modelAttr; }
  schedule::ProgramOp program() const { return programOp; }

  /// The entry point of that name, made on first use.
  schedule::EntryPointOp entryPoint(llvm::StringRef name);

  /// The symbol of `parts` (results of get_weight) packed in `layout`.
  mlir::FailureOr<mlir::FlatSymbolRefAttr> weight(mlir::ValueRange parts,
                                                  mlir::Attribute layout);

  /// The symbol of the table of phases for `rope`.
  mlir::FlatSymbolRefAttr phases(transformer::RopeAttr rope);

  /// The kernel that computes `op`, made unless an equal one exists. Operands
  /// that are splits are cut inside the kernel.
  schedule::KernelOp kernel(mlir::Operation *op, schedule::RowVariant variant);

  /// Kernels made so far.
  unsigned numKernels() const { return kernels.size(); }

private:
  /// Inserts weights, tables and kernels, in front of the entry points.
  mlir::OpBuilder declarationBuilder();
  std::string uniqueName(llvm::StringRef base);

  mlir::ModuleOp module;
  schedule::TargetAttrInterface targetAttr;
  transformer::ModelAttr modelAttr;
  schedule::ProgramOp programOp;
  llvm::StringMap<schedule::EntryPointOp> entryPoints;
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Attribute>,
                 mlir::FlatSymbolRefAttr>
      weights;
  llvm::DenseMap<mlir::Attribute, mlir::FlatSymbolRefAttr> tables;
  /// Kernels by the printed form of their body.
  llvm::StringMap<schedule::KernelOp> kernels;
  llvm::StringMap<unsigned> names;
};

} // namespace swage

#endif // SWAGE_PASSES_SCHEDULING_PROGRAMBUILDER_H
