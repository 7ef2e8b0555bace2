//===- CpuDialect.td - The CPU target as an attribute ----*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DIALECT_TD
#define SWAGE_TARGETS_CPU_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "dialects/schedule/ScheduleDialect.td"

def SwageCpu_Dialect : Dialect {
  let name = "swage_cpu";
  let cppNamespace = "::swage::cpu";
  let summary = "the CPU target";
  let description = [{ Holds the attribute by which generic passes know a CPU. }];
  let dependentDialects = ["::swage::schedule::ScheduleDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

def SwageCpu_TargetAttr : AttrDef<SwageCpu_Dialect, "Target",
    [DeclareAttrInterfaceMethods<Schedule_TargetAttrInterface>]> {
  let mnemonic = "target";
  let summary = "a processor level";
  let description = [{
    The canonical spelling of a CPU target, as `--target` takes it.

    Rules:
    - (C1) `name` is a CPU target that `Capabilities` knows.

    Example: `#swage_cpu.target<"cpu:x86-64-v4+avx512bf16">`
  }];
  let parameters = (ins StringRefParameter<"canonical name">:$name);
  let assemblyFormat = "`<` $name `>`";
  let genVerifyDecl = 1;
}

#endif // SWAGE_TARGETS_CPU_DIALECT_TD
