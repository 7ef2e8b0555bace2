//===- EvalReport.h - What eval measured, for people and scripts *- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_EVALREPORT_H
#define SWAGE_COMPILER_TOOLS_SWAGE_EVALREPORT_H

#include "compiler/tools/swage/Diff.h"
#include "compiler/tools/swage/Perplexity.h"
#include "llvm/Support/JSON.h"

namespace swage::cli {

/// What `swage eval` measured.
struct EvalReport {
  std::string model, reference, text;
  Perplexity perplexity;
  /// Errors of a window, where they were asked for.
  DiffResult layers;

  bool hasReference() const { return !reference.empty(); }
  double meanKl() const;
  /// The divergence that the share `part` of predictions do not exceed.
  double klQuantile(double part) const;
  /// The share of predictions with the reference's most likely id.
  double topAgreement() const;
};

/// The object of --json.
llvm::json::Object toJson(const EvalReport &report);

/// The same as a page with plots, which needs no other file.
void printHtml(const EvalReport &report, llvm::raw_ostream &os);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_EVALREPORT_H
