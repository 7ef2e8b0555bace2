//===- CompileCommand.cpp - swage compile ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Golden.h"
#include "compiler/pipeline/Compile.h"
#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/CompileWithProgress.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Validators.h"
#include "llvm/Support/Format.h"
#include <CLI/CLI.hpp>
#include <map>

using namespace swage;
using namespace swage::cli;

namespace {

struct CompileCall {
  CompileOptions options;
  std::string weights;
  unsigned goldens = 0;
  std::vector<std::string> pipelinesAfter;
  bool json = false;
};

} // namespace

/// The seed of `random:SEED`.
static uint64_t parseSeed(llvm::StringRef text) {
  llvm::StringRef seed = text;
  uint64_t value;
  if (!seed.consume_front("random:") || seed.getAsInteger(10, value))
    failCall("--weights " + text +
             " is not of the form random:SEED, for example random:1");
  return value;
}

/// The stage and the pipeline of `STAGE=PIPELINE`.
static std::pair<std::string, std::string>
parsePipelineAfter(llvm::StringRef text) {
  auto [stage, pipeline] = text.split('=');
  if (stage.empty() || pipeline.empty())
    failCall("--pass-pipeline-after " + text +
             " is not of the form STAGE=PIPELINE, for example fuse=cse");
  return {stage.str(), pipeline.str()};
}

static std::string describeResult(const CompileCall &call,
                                  const CompileResult &result) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << call.options.output << ": " << formatBytes(result.fileBytes) << ", "
     << formatBytes(result.weightBytes) << " of weights, "
     << formatBytes(result.codeBytes) << " of code; "
     << llvm::format("%.1f s for code, %.1f s for weights",
                     result.compileSeconds, result.weightSeconds);
  return text;
}

static void run(CompileCall &call) {
  CompileOptions &options = call.options;
  if (!call.weights.empty())
    options.randomSeed = parseSeed(call.weights);
  for (const std::string &text : call.pipelinesAfter)
    options.passes.pipelinesAfter.push_back(parsePipelineAfter(text));
  bool partial = !writesWholeModel(options);
  if (options.output.empty()) {
    if (!partial)
      failCall("no output file; pass -o FILE.swg");
    options.output = "-";
  }
  if (call.json && options.output == "-")
    failCall("--json needs the output in a file; pass -o FILE");
  if (llvm::Error error = checkOptions(options))
    failCall(llvm::toString(std::move(error)));

  CompileResult result = compileWithProgress(options);
  if (call.json)
    printJson(llvm::json::Object{
        {"output", options.output},
        {"compile_seconds", result.compileSeconds},
        {"weight_seconds", result.weightSeconds},
        {"code_bytes", int64_t(result.codeBytes)},
        {"weight_bytes", int64_t(result.weightBytes)},
        {"file_bytes", int64_t(result.fileBytes)},
        {"goldens", int64_t(result.goldens)},
    });
  else if (!partial)
    note(describeResult(call, result));
}

static void addWhat(CLI::App &command, CompileCall &call) {
  CompileOptions &options = call.options;
  command
      .add_option(
          "MODEL", options.model,
          "A Hugging Face directory, a GGUF file, or a config.json with "
          "--weights")
      ->required();
  command.add_option("-o,--output", options.output, "The artifact to write")
      ->type_name("FILE.swg");
  command
      .add_option("--target", options.targets,
                  "What the code is for; may be given several times: cpu (this "
                  "machine), cpu:x86-64-v3, cpu:x86-64-v4, cpu:x86-64-v4+"
                  "avx512bf16, ... (default: cpu)")
      ->type_name("T")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--recipe", options.recipe,
                  "How to compress: a name that `swage recipes` lists, or a "
                  "YAML file with rules")
      ->type_name("NAME|FILE.yaml")
      ->capture_default_str();
  command
      .add_option("--report", options.report,
                  "Write what became of each weight: PATH.json and PATH.md, a "
                  "model card, or the one that PATH ends with")
      ->type_name("PATH");
  command
      .add_option("--activations", options.activations,
                  "What weights are multiplied with. auto: f32 with f32 "
                  "weights, else the fastest within 0.1% of the f32 "
                  "perplexity; int8: codes, with weights that have codes")
      ->check(CLI::IsMember(activationTypes()))
      ->type_name("TYPE")
      ->capture_default_str();
  command
      .add_option("--kv-cache", options.kvCache,
                  "Cache types that get code, the default first: f32, f16, "
                  "bf16, fp8, int8, int4 (default: f16; bf16,f16 with bf16 "
                  "activations; f32 with f32 activations)")
      ->type_name("TYPE,...")
      ->check(CLI::IsMember(cacheTypes()))
      ->delimiter(',');
  // A flag, so that the number needs a sign of equality.
  command
      .add_flag("--golden{" + std::to_string(golden::kDefaultCount) + "}",
                call.goldens,
                "Store so many prompts with their results in f32, for swage "
                "verify (default: 3; 0 above 2 GB of weights)")
      ->type_name("[=N]")
      ->check(CLI::Range(0u, golden::kMostPrompts));
  command
      .add_option("--weights", call.weights,
                  "Make seeded weights instead of reading them")
      ->type_name("random:SEED");
}

static void addHow(CLI::App &command, CompileCall &call) {
  CompileOptions &options = call.options;
  llvm::ArrayRef<std::pair<llvm::StringLiteral, Emit>> kinds = emitKinds();
  std::map<std::string, Emit> emits(kinds.begin(), kinds.end());
  command
      .add_option("--emit", options.emit,
                  "What to write: swg, mlir, llvm, asm, obj, or static-lib: "
                  "libNAME.a and NAME.h, to link the model into a program")
      ->type_name("KIND")
      ->transform(oneOf(emits));
  command
      .add_option("--stop-after", options.stopAfter,
                  "Write the IR after this stage: import, raise, fuse, "
                  "compress, specialize, schedule or codegen")
      ->type_name("STAGE")
      ->check(CLI::IsMember({"import", "raise", "fuse", "compress",
                             "specialize", "schedule", "codegen"}));
  command
      .add_option("--dump-ir", options.dumpIrDirectory,
                  "Write the IR after each stage into this folder")
      ->type_name("DIR");
  command
      .add_option("--threads", options.threads,
                  "Threads for packing weights; never changes a byte")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  addJsonFlag(command, call.json);
}

static void addPasses(CLI::App &command, CompileCall &call) {
  PassOptions &passes = call.options.passes;
  constexpr char kGroup[] = "For those who work on passes";
  command
      .add_flag("--mlir-timing", passes.timing,
                "Report the time of each stage and pass on stderr")
      ->group(kGroup);
  command
      .add_flag("--pass-statistics", passes.statistics,
                "Report on stderr what the passes of Swage counted")
      ->group(kGroup);
  command
      .add_option("--mlir-pass-pipeline-crash-reproducer",
                  passes.crashReproducer,
                  "Where the IR goes if a pass fails or crashes; swage-opt "
                  "--run-reproducer takes it from there")
      ->type_name("FILE.mlir")
      ->group(kGroup);
  command
      .add_option("--load-pass-plugin", passes.plugins,
                  "A shared library with passes; may be given several times")
      ->type_name("FILE.so")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(kGroup);
  command
      .add_option("--pass-pipeline-after", call.pipelinesAfter,
                  "Passes to run on the module behind a stage; may be given "
                  "several times")
      ->type_name("STAGE=PIPELINE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(kGroup);
}

void cli::addCompileCommand(CLI::App &app) {
  auto call = std::make_shared<CompileCall>();
  CLI::App &command =
      *app.add_subcommand("compile", "Compile a model into an artifact");
  addWhat(command, *call);
  addHow(command, *call);
  addPasses(command, *call);
  command.footer(
      "Examples:\n"
      "  swage compile llama/ -o llama.swg\n"
      "  swage compile llama.gguf -o llama.swg\n"
      "  swage compile llama/ -o llama.swg --target cpu:x86-64-v3 --target "
      "cpu:x86-64-v4\n"
      "  swage compile llama/ -o q4.swg --recipe q4_k_m\n"
      "  swage compile llama/ -o exact.swg --activations f32\n"
      "  swage compile llama/config.json --weights random:1 -o shape.swg\n"
      "  swage compile llama/ --stop-after fuse            # IR on stdout\n"
      "  swage compile llama/ --emit asm -o kernels.s\n"
      "  swage compile llama/ --emit static-lib -o libllama.a");
  command.callback([call, &command] {
    if (command.count("--golden"))
      call->options.goldens = call->goldens;
    run(*call);
  });
}
