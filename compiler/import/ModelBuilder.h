//===- ModelBuilder.h - Builds the IR of a model -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_MODELBUILDER_H
#define SWAGE_COMPILER_IMPORT_MODELBUILDER_H

#include "compiler/import/huggingface/DecoderConfig.h"
#include "compiler/weights/DerivedSource.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringSet.h"
#include <map>
#include <vector>

namespace swage::import {

/// The tensors that a model may have.
class ModelTensors {
public:
  virtual ~ModelTensors() = default;
  virtual bool has(llvm::StringRef name) const = 0;
  /// The element type of the tensor of this name, which must have this shape.
  virtual mlir::Type find(llvm::StringRef name,
                          llvm::ArrayRef<int64_t> shape) = 0;
  /// The vector of i32 that says which column of the input each column of the
  /// matrix is for, or an empty name if they are in order.
  virtual std::string findOrder(llvm::StringRef matrix) = 0;
};

/// Where the rows of a projection lie, if not in a tensor of its own.
struct StoredPart {
  /// The module that stores them, and how many rows it has in all.
  llvm::StringRef module;
  int64_t rows;
  weights::View view;
};

/// Modules of a mixture of experts, below the open one.
struct MoeNames {
  llvm::StringRef router = "gate";
  /// Below `experts.N`.
  llvm::StringRef gate, up, down;
};

/// What an architecture is written with: each function adds one operation of
/// the model to `forward`. Weights are named by the modules that are open (see
/// `Scope`), as in the checkpoint, and locations are too.
class ModelBuilder {
public:
  /// A weight that is a view of a tensor.
  struct DerivedWeight {
    std::string name, tensor;
    weights::View view;
  };

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
               mlir::Type cacheElement, ModelTensors &tensors);

  /// The sizes are those of the layer that is being built.
  const DecoderConfig &getConfig() const { return config; }
  /// From here on, what follows is of this layer.
  void beginLayer(int64_t layer);
  /// Whether there is a tensor of that name, where the name is not below the
  /// open modules. False with random weights.
  bool hasTensor(llvm::StringRef name) const { return tensors.has(name); }

  /// Rows of the table `NAME.weight` for the tokens of the call, times `scale`,
  /// plus those of the table `TYPES.weight` for their types and of
  /// `POSITIONS.weight` for their positions, if there are such.
  mlir::Value embedding(llvm::StringRef name, double scale = 1.0,
                        llvm::StringRef positions = "",
                        llvm::StringRef types = "");
  /// With `group`, each group of that many columns is normed for itself, with
  /// the same weights. The result is added to `residual`, if there is one.
  mlir::Value rmsNorm(mlir::Value x, llvm::StringRef name, int64_t group = 0,
                      mlir::Value residual = {});
  /// A layer norm with weights and biases.
  mlir::Value layerNorm(mlir::Value x, llvm::StringRef name);
  /// `NAME.weight` times x, plus `NAME.bias` if there is one.
  mlir::Value linear(mlir::Value x, llvm::StringRef name, int64_t rows,
                     bool bias);
  /// The same for a projection that is part of what another module stores.
  mlir::Value linear(mlir::Value x, llvm::StringRef name, bool bias,
                     const StoredPart &part);
  /// Rotates each head as the layer does.
  mlir::Value rope(mlir::Value x, int64_t layer);
  /// Appends keys and values to the layer's cache and attends to all of it, or
  /// to the layer's window.
  mlir::Value attention(mlir::Value queries, mlir::Value keys,
                        mlir::Value values, int64_t layer);
  /// `gate_proj`, `up_proj` and `down_proj` with the config's activation. With
  /// `stored`, that module holds the rows of the gate and then those of up.
  /// With `width`, a gate has that many rows, not the config's.
  mlir::Value gatedMlp(mlir::Value x, bool bias, llvm::StringRef stored = "",
                       int64_t width = 0);
  /// The config's mixture of experts, with weights named as `names` says.
  mlir::Value moe(mlir::Value x, const MoeNames &names);
  /// The config's activation.
  mlir::Value activation(mlir::Value x);
  mlir::Value activation(mlir::Value x, transformer::Activation function);
  mlir::Value add(mlir::Value a, mlir::Value b);
  /// Each row of x times its one factor.
  mlir::Value scaleRows(mlir::Value x, mlir::Value factors);
  /// The rows whose logits are wanted.
  mlir::Value selectRows(mlir::Value x);
  /// The first row of each sequence.
  mlir::Value firstRows(mlir::Value x);
  /// Scores all rows with the matrix `NAME.weight` and the vector `BIAS`, where
  /// neither name is below the open modules.
  mlir::Value scores(mlir::Value x, llvm::StringRef name, llvm::StringRef bias);
  /// A result of an encoder, which has that role (see the attribute
  /// `transformer.result`).
  void addResult(mlir::Value value, llvm::StringRef role) {
    results.emplace_back(value, role.str());
  }
  /// Scores the wanted rows with the matrix `NAME.weight`, where the name is
  /// not below the open modules.
  mlir::Value logits(mlir::Value x, llvm::StringRef name);

  /// The weights that were asked for and are views of tensors.
  llvm::ArrayRef<DerivedWeight> getDerivedWeights() const { return derived; }

  /// Ends `forward`, which returns the logits, or `encode`, which returns the
  /// results that were added, and gives the module away.
  mlir::OwningOpRef<mlir::ModuleOp> finish(mlir::Value logits,
                                           transformer::ModelAttr attr);

private:
  std::string join(llvm::StringRef name) const {
    if (path.empty() || name.empty())
      return path + name.str();
    return path + "." + name.str();
  }
  /// The location of module `name` of the checkpoint.
  mlir::Location locate(llvm::StringRef name);
  mlir::Location here() { return locate(path); }
  mlir::RankedTensorType rows(int64_t columns);
  mlir::Value weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape);
  /// A weight of `columns` columns, or a vector with 0, in a tensor of `rows`
  /// rows.
  mlir::Value weight(llvm::StringRef name, llvm::StringRef tensor, int64_t rows,
                     int64_t columns, const weights::View &view);
  mlir::Value declare(llvm::StringRef name, mlir::RankedTensorType type,
                      mlir::StringAttr source, transformer::ViewAttr view);
  /// The columns of x as those of the tensor `matrix` are.
  mlir::Value inOrder(mlir::Value x, llvm::StringRef matrix);
  mlir::Value linear(mlir::Value x, mlir::Value matrix,
                     mlir::ValueRange biases);
  transformer::CacheOp declareCache(int64_t layer, int64_t numKvHeads);

  const DecoderConfig &model;
  DecoderConfig config;
  ModelTensors &tensors;
  mlir::Type cacheElement;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward;
  /// Weights are declared before the caches, which are before `forward`.
  mlir::Operation *firstCache = nullptr;
  llvm::StringSet<> declared;
  std::vector<DerivedWeight> derived;
  mlir::Value tokens, types, batch, logitRows;
  /// What `inOrder` has made, by rows and the name of the order.
  std::map<std::pair<const void *, std::string>, mlir::Value> ordered;
  /// With their roles.
  std::vector<std::pair<mlir::Value, std::string>> results;
  std::string path;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_MODELBUILDER_H
