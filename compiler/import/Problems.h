//===- Problems.h - Everything that is wrong with a model ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PROBLEMS_H
#define SWAGE_COMPILER_IMPORT_PROBLEMS_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace swage::import {

/// Collects errors and warnings, so that a user sees all of them at once.
class Problems {
public:
  void error(const llvm::Twine &message) { errors.push_back(message.str()); }
  void error(llvm::Error problem) {
    llvm::handleAllErrors(std::move(problem),
                          [&](const llvm::ErrorInfoBase &info) {
                            errors.push_back(info.message());
                          });
  }
  void warning(const llvm::Twine &message) {
    warnings.push_back(message.str());
  }

  bool hasErrors() const { return !errors.empty(); }

  /// The errors as one, a line each, and behind them the warnings; success if
  /// there is no error.
  llvm::Error takeErrors() {
    llvm::Error all = llvm::Error::success();
    if (hasErrors())
      for (const std::string &message : takeWarnings())
        errors.push_back("warning: " + message);
    for (const std::string &message : std::exchange(errors, {}))
      all = llvm::joinErrors(std::move(all), llvm::createStringError(message));
    return all;
  }

  std::vector<std::string> takeWarnings() {
    return std::exchange(warnings, {});
  }

private:
  std::vector<std::string> errors, warnings;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PROBLEMS_H
