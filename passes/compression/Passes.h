//===- Passes.h - Passes of the stage compress ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_COMPRESSION_PASSES_H
#define SWAGE_PASSES_COMPRESSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace swage {

#define GEN_PASS_DECL
#include "passes/compression/Passes.h.inc"

/// Options of the stage `compress`.
struct CompressionPipelineOptions
    : mlir::PassPipelineOptions<CompressionPipelineOptions> {
  Option<std::string> recipe{
      *this, "recipe",
      llvm::cl::desc("Encodings of weights: a preset or a YAML file"),
      llvm::cl::init("none")};
  Option<std::string> activations{
      *this, "activations",
      llvm::cl::desc("What weights are multiplied with: auto, f32, f16, bf16, "
                     "int8"),
      llvm::cl::init("auto")};
};

/// The stage `compress`:
///  1. AssignEncodings;
///  2. SplitMixedLinears;
///  3. AssignActivations;
///  4. VerifyCompressed: what the stage `specialize` relies on.
void buildCompressionPipeline(mlir::OpPassManager &pm,
                              const CompressionPipelineOptions &options);

/// Registers the passes of this folder and the pipeline `swage-compress`.
void registerCompression();

#define GEN_PASS_REGISTRATION
#include "passes/compression/Passes.h.inc"

} // namespace swage

#endif // SWAGE_PASSES_COMPRESSION_PASSES_H
