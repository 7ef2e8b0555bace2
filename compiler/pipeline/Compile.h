//===- Compile.h - From a model to an artifact ------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler as a library: what `swage compile` does, without its command
// line.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_COMPILE_H
#define SWAGE_COMPILER_PIPELINE_COMPILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace swage {

/// What is written.
enum class Emit : uint8_t {
  Artifact, ///< the artifact, `swg`
  Mlir,     ///< the IR after `stopAfter`, or after the last stage
  Llvm,     ///< optimized LLVM IR of the kernels, as text
  Assembly, ///< assembly of the kernels, as text
  Object,   ///< a relocatable object of the kernels
  /// An archive and a header, NAME.h beside libNAME.a, that link the model into
  /// a program.
  StaticLibrary,
};

/// Every kind by its name, as users write it.
llvm::ArrayRef<std::pair<llvm::StringLiteral, Emit>> emitKinds();

/// The kind of that name; the error lists what is known.
llvm::Expected<Emit> parseEmit(llvm::StringRef name);

/// What `CompileOptions::activations` and `kvCache` take.
const std::vector<std::string> &activationTypes();
const std::vector<std::string> &cacheTypes();

/// For those who work on passes.
struct PassOptions {
  /// Report the time of each pass, and what our passes counted, on stderr. The
  /// counts are the whole program's.
  bool timing = false, statistics = false;
  /// Where the IR and the passes go when a pass fails or crashes, for
  /// `swage-opt --run-reproducer`; empty for nowhere.
  std::string crashReproducer;
  /// Shared libraries with passes.
  std::vector<std::string> plugins;
  /// Stages, and pipelines that run behind them.
  std::vector<std::pair<std::string, std::string>> pipelinesAfter;
};

struct CompileOptions {
  /// A Hugging Face directory, a GGUF file, or a bare config.json with
  /// `randomSeed`.
  std::string model;
  /// The file to write; `-` is standard output (not for whole models).
  std::string output;
  /// Targets as users write them; `cpu` is this machine.
  std::vector<std::string> targets = {"cpu"};
  /// How to compress: the name of a preset, or a YAML file.
  std::string recipe = "none";
  /// One of activationTypes(); with `auto`, the recipe's.
  std::string activations = "auto";
  /// Where to write what became of each weight: NAME.json or NAME.md, or both
  /// without such an ending; empty for nowhere.
  std::string report;
  /// Cache types that get code, the default first; empty for the default.
  std::vector<std::string> kvCache;
  /// Make seeded random weights instead of reading them.
  std::optional<uint64_t> randomSeed;
  /// Write the IR after each stage into this folder; empty for not at all.
  std::string dumpIrDirectory;
  /// Stop after this stage and write its IR; empty for the whole compilation.
  std::string stopAfter;
  Emit emit = Emit::Artifact;
  /// Prompts to store with their results in f32, at most golden::kMostPrompts.
  /// Without a number: a few, none if there are more than 2 GB of weights.
  std::optional<unsigned> goldens;
  /// Threads for packing weights; 0 is all processors. Never changes a byte.
  unsigned threads = 0;
  PassOptions passes;
};

/// One report of progress; weights dominate the time, so they report bytes.
struct CompileProgress {
  /// What is under way: a stage or a tensor.
  std::string what;
  /// Of the weights; both 0 before they are packed.
  uint64_t bytesDone = 0, bytesTotal = 0;
};

struct CompileResult {
  /// Wall-clock seconds of import to code, and of packing weights.
  double compileSeconds = 0, weightSeconds = 0;
  uint64_t codeBytes = 0, weightBytes = 0, fileBytes = 0;
  /// Prompts that were stored.
  unsigned goldens = 0;
  /// What the user should know although the compilation went on.
  std::vector<std::string> warnings;
};

/// Whether the whole model is written, its weights too.
bool writesWholeModel(const CompileOptions &options);

/// An error if the options are wrong, whatever the model is. compile() checks
/// them too; this tells wrong calls from work that failed.
llvm::Error checkOptions(const CompileOptions &options);

/// Compiles. An error says what is wrong with which file, tensor or operation;
/// the output file is then as it was before.
llvm::Expected<CompileResult>
compile(const CompileOptions &options,
        const std::function<void(const CompileProgress &)> &progress);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_COMPILE_H
