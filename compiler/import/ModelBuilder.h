//===- ModelBuilder.h - Builds the IR of a model -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_MODELBUILDER_H
#define SWAGE_COMPILER_IMPORT_MODELBUILDER_H

#include "compiler/import/huggingface/DecoderConfig.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringSet.h"
#include <functional>

namespace swage::import {

/// What an architecture is written with: each function adds one operation of
/// the model to `forward`. Weights are named by the modules that are open (see
/// `Scope`), as in the checkpoint, and locations are too.
class ModelBuilder {
public:
  /// The element type of the tensor of this name, which must have this shape.
  using FindWeight = std::function<mlir::Type(llvm::StringRef name,
                                              llvm::ArrayRef<int64_t> shape)>;

  /// A module of the checkpoint, such as "self_attn", for as long as it lives.
  class Scope {
  public:
    Scope(ModelBuilder &builder, llvm::StringRef name)
        : builder(builder), outer(builder.path) {
      builder.path = builder.join(name);
    }
    ~Scope() { builder.path = std::move(outer); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    ModelBuilder &builder;
    std::string outer;
  };

  ModelBuilder(mlir::MLIRContext *context, const DecoderConfig &config,
               mlir::Type cacheElement, FindWeight findWeight);

  const DecoderConfig &getConfig() const { return config; }

  /// Rows of the table `NAME.weight` for the tokens of the call.
  mlir::Value embedding(llvm::StringRef name);
  mlir::Value rmsNorm(mlir::Value x, llvm::StringRef name);
  /// `NAME.weight` times x, plus `NAME.bias` if there is one.
  mlir::Value linear(mlir::Value x, llvm::StringRef name, int64_t rows,
                     bool bias);
  mlir::Value rope(mlir::Value x);
  /// Appends keys and values to the layer's cache and attends to all of it.
  mlir::Value attention(mlir::Value queries, mlir::Value keys,
                        mlir::Value values, int64_t layer);
  /// `gate_proj`, `up_proj` and `down_proj` with the config's activation.
  mlir::Value gatedMlp(mlir::Value x, bool bias);
  mlir::Value add(mlir::Value a, mlir::Value b);
  /// Scores the wanted rows with the matrix `NAME.weight`, where the name is
  /// not below the open modules.
  mlir::Value logits(mlir::Value x, llvm::StringRef name);

  /// Ends `forward` and gives the module away.
  mlir::OwningOpRef<mlir::ModuleOp> finish(mlir::Value logits,
                                           transformer::ModelAttr attr);

private:
  std::string join(llvm::StringRef name) const {
    return path.empty() ? name.str() : path + "." + name.str();
  }
  /// The location of module `name` of the checkpoint.
  mlir::Location locate(llvm::StringRef name);
  mlir::Location here() { return locate(path); }
  mlir::RankedTensorType rows(int64_t columns);
  mlir::Value weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape);

  const DecoderConfig &config;
  FindWeight findWeight;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward;
  /// Weights are declared before this.
  mlir::Operation *firstCache = nullptr;
  transformer::CacheType cacheType;
  llvm::StringSet<> declared;
  mlir::Value tokens, batch, logitRows;
  std::string path;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_MODELBUILDER_H
