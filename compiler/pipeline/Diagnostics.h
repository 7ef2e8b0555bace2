//===- Diagnostics.h - What passes report, for errors -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_DIAGNOSTICS_H
#define SWAGE_COMPILER_PIPELINE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace swage {

/// Keeps what passes report, so that an error can say it, and warnings.
class Diagnostics {
public:
  explicit Diagnostics(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning) {
            warnings.push_back(location(diagnostic.getLocation()) +
                               diagnostic.str());
            return;
          }
          llvm::raw_string_ostream os(text);
          os << location(diagnostic.getLocation()) << diagnostic.str() << '\n';
          for (mlir::Diagnostic &note : diagnostic.getNotes())
            os << "  note: " << location(note.getLocation()) << note.str()
               << '\n';
        }) {}

  /// `what` and everything reported since the last call.
  llvm::Error take(const llvm::Twine &what) {
    std::string reported = std::move(text);
    text.clear();
    return llvm::createStringError(what + (reported.empty() ? "" : ":\n") +
                                   llvm::StringRef(reported).rtrim());
  }

  /// The warnings since the last call, each once.
  std::vector<std::string> takeWarnings() {
    std::vector<std::string> some;
    for (std::string &warning : std::exchange(warnings, {}))
      if (!llvm::is_contained(some, warning))
        some.push_back(std::move(warning));
    return some;
  }

private:
  /// The layer's name, where the location has one.
  static std::string location(mlir::Location loc) {
    if (auto named = mlir::dyn_cast<mlir::NameLoc>(loc))
      return named.getName().str() + ": ";
    return "";
  }

  std::string text;
  std::vector<std::string> warnings;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_DIAGNOSTICS_H
