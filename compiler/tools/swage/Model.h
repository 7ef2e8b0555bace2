//===- Model.h - A loaded model, from an artifact or a folder ---*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_MODEL_H
#define SWAGE_COMPILER_TOOLS_SWAGE_MODEL_H

#include "compiler/tools/swage/Command.h"
#include "swage/swage.hpp"
#include "swage/text.hpp"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <vector>

namespace swage::cli {

/// An artifact on a device. Members are destroyed last to first.
struct Model {
  std::string path;
  Device device;
  Module module;
  /// Absent if the model came without one.
  std::optional<Tokenizer> tokenizer;
  /// Of opening the file; not of starting the device's threads.
  double loadMilliseconds = 0;

  /// The tokenizer; fails and names `option` if there is none.
  const Tokenizer &needTokenizer(llvm::StringRef option) const;
  /// Fails unless every id is in the vocabulary; `where` names their source.
  void checkTokens(const std::vector<int32_t> &tokens,
                   llvm::StringRef where) const;
};

/// Loads an artifact.
Model loadArtifact(const std::string &path, const DeviceChoice &choice);

/// Loads an artifact, or compiles a model folder into the user's cache first;
/// without `cache` into a file that is gone when it is loaded.
Model loadArtifactOrModel(const std::string &path, const DeviceChoice &choice,
                          bool cache = true);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_MODEL_H
