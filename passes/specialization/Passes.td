//===- Passes.td - Passes of the stage specialize ----------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SPECIALIZATION
#define SWAGE_PASSES_SPECIALIZATION

include "mlir/Pass/PassBase.td"

def SpecializeRows : Pass<"swage-specialization-specialize-rows", "::mlir::ModuleOp"> {
  let summary = "Clone entry points for row counts and cache types";
  let description = [{
    Each entry point becomes one function for each kind of row count (one, few,
    many) and cache type, which says in `schedule.variant` what it serves. The
    bounds of a kind are those that all targets (`swage.targets`) serve; a kind
    without a row count of its own is left out. Caches are cloned for each type.
    An entry point that reaches no cache gets one clone for each kind, with cache
    `none`. With `single-variant`, the clone for many rows serves all.

    Refused, with an error at the operation: an entry point that something
    refers to, a cache that is used outside of entry points. With an error at
    the module: a module without targets, an unknown cache type.

    Before:

    ```mlir
    transformer.cache @cache.0 : !transformer.cache<1 x 4 x f32>
    func.func @forward(%batch: !transformer.batch, ...) attributes {transformer.entry_point} {
      %cache = transformer.get_cache @cache.0 : !transformer.cache<1 x 4 x f32>
      ...
    ```

    After, one of three functions:

    ```mlir
    transformer.cache @cache.0.f16 : !transformer.cache<1 x 4 x f16>
    func.func @forward.few.f16(%batch: !transformer.batch, ...) attributes {
        schedule.variant = #schedule.variant<entry = "forward", rows = few, min = 2, max = 15, cache = f16>} {
      %cache = transformer.get_cache @cache.0.f16 : !transformer.cache<1 x 4 x f16>
      ...
    ```
  }];
  let options = [
    ListOption<"kvCache", "kv-cache", "std::string", "Cache types that get code; f16 if none is given">,
    Option<"singleVariant", "single-variant", "bool", /*default=*/"false",
      "Serve all row counts with the variant many">
  ];
  let dependentDialects = ["::swage::schedule::ScheduleDialect", "::swage::transformer::TransformerDialect"];
}

def VerifySpecialized : Pass<"swage-specialization-verify-specialized", "::mlir::ModuleOp"> {
  let summary = "Check what the stage schedule relies on";
  let description = [{
    Changes nothing. An error names the function or operation that breaks a rule:

    - (R1) No function has the attribute `transformer.entry_point`, and each has `schedule.variant`.
    - (R2) A variant's caches have its cache type.
    - (R3) The variants of an entry point and a cache type serve all row counts
      from 1 on, each once.

    Accepted, as the only variant of an entry point:

    ```mlir
    func.func @encode.many(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {
        schedule.variant = #schedule.variant<entry = "encode", rows = many, min = 1, max = 2147483647, cache = none>} {
    ```
  }];
}

#endif // SWAGE_PASSES_SPECIALIZATION
