//===- TensorTrace.h - What each layer of a model computes ------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_TENSORTRACE_H
#define SWAGE_COMPILER_TOOLS_SWAGE_TENSORTRACE_H

#include "compiler/tools/swage/ArtifactView.h"
#include "swage/swage.hpp"
#include "llvm/ADT/StringRef.h"
#include <functional>
#include <map>
#include <vector>

namespace swage::cli {

/// Rows that a model computed on its way.
struct Tensor {
  /// The layer or part, such as "model.layers.0.self_attn.k_proj", and what it
  /// is, such as "linear residual". Together they name the same tensor in
  /// artifacts of one model, whatever was fused with it.
  std::string name, operation;
  /// What computed it: a dispatch, which may have other parts too.
  std::string dispatch, kernel;
  size_t rows, columns;
  std::vector<float> values;
};

/// The weights that dispatches of an artifact read.
class DispatchWeights {
public:
  /// Of the program for `device`.
  DispatchWeights(const ArtifactView &view, llvm::StringRef device);

  /// The weights of a dispatch; none if it reads none.
  llvm::ArrayRef<const schema::Weight *> of(const std::string &dispatch,
                                            const std::string &kernel) const;

private:
  std::map<std::pair<std::string, std::string>,
           std::vector<const schema::Weight *>>
      weights;
};

/// Gives what a session computes to `onTensor` as long as it lives. Rows of a
/// product with several weights are one tensor for each.
class TensorTrace {
public:
  TensorTrace(Session &session, const DispatchWeights &weights,
              std::function<void(Tensor)> onTensor);
  ~TensorTrace() { session.setObserver(nullptr, nullptr); }
  TensorTrace(const TensorTrace &) = delete;

private:
  void take(const swage_dispatch_event_t &event);

  Session &session;
  const DispatchWeights &weights;
  std::function<void(Tensor)> onTensor;
};

/// The layer of a tensor: "model.layers.0" of "model.layers.0.mlp.up_proj";
/// empty for what belongs to none.
llvm::StringRef layerOf(llvm::StringRef tensor);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_TENSORTRACE_H
