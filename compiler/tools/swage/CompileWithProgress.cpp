//===- CompileWithProgress.cpp - The compiler, and what users see of it ---===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/CompileWithProgress.h"
#include "compiler/tools/swage/Console.h"

using namespace swage;

CompileResult cli::compileWithProgress(const CompileOptions &options) {
  llvm::Expected<CompileResult> result = [&] {
    Progress progress("compile");
    return compile(options, [&](const CompileProgress &report) {
      std::string amount;
      if (report.bytesTotal)
        amount = formatBytes(report.bytesDone) + " of " +
                 formatBytes(report.bytesTotal);
      progress.update(report.what, report.bytesDone, report.bytesTotal, amount);
    });
  }();
  CompileResult value = check(std::move(result));
  for (const std::string &warning : value.warnings)
    warn(warning);
  return value;
}
