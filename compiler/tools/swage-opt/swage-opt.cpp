//===- swage-opt.cpp - Runs passes on IR ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/InitAll.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ManagedStatic.h"
#include "llvm/Support/raw_ostream.h"

namespace {
struct StatisticsReport {
  ~StatisticsReport() { llvm::PrintStatistics(llvm::errs()); }
};
} // namespace

/// Printed when LLVM shuts down, which is when MlirOptMain() ends.
static llvm::ManagedStatic<StatisticsReport> report;

static llvm::cl::opt<bool> passStatistics(
    "pass-statistics",
    llvm::cl::desc("Report on stderr what the passes of Swage counted"),
    llvm::cl::callback([](const bool &wanted) {
      if (!wanted)
        return;
      llvm::EnableStatistics(/*DoPrintOnExit=*/false);
      // LLVM destroys what was made first last: the counts outlive the report.
      llvm::GetStatistics();
      (void)*report;
    }));

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  swage::registerAllDialects(registry);
  mlir::registerAllPasses();
  swage::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "Swage optimizer: every pass and stage by name\n", registry));
}
