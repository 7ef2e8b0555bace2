//===- Compile.cpp - From a model to an artifact --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Compile.h"
#include "compiler/InitAll.h"
#include "compiler/artifact/Writer.h"
#include "compiler/import/gguf/GgufFile.h"
#include "compiler/import/gguf/GgufTokenizer.h"
#include "compiler/import/tokenizer/TokenizerImport.h"
#include "compiler/pipeline/CheckOptions.h"
#include "compiler/pipeline/Diagnostics.h"
#include "compiler/pipeline/EmitArtifact.h"
#include "compiler/pipeline/EncodeWeights.h"
#include "compiler/pipeline/GoldenRecorder.h"
#include "compiler/pipeline/Report.h"
#include "compiler/pipeline/StageRunner.h"
#include "compiler/pipeline/StaticLibrary.h"
#include "compiler/pipeline/WriteFile.h"
#include "targets/cpu/Serialize.h"
#include "targets/cpu/dialect/CpuDialect.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace mlir;
using namespace swage;

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename... Ts>
static llvm::Error fail(const char *format, const Ts &...values) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 values...);
}

namespace {

/// One compilation, stage by stage.
class Compilation {
public:
  Compilation(const CompileOptions &options,
              const std::function<void(const CompileProgress &)> &progress)
      : options(options), progress(progress), registry(makeRegistry()),
        context(registry), diagnostics(context),
        runner(context, options.passes) {
    context.loadAllAvailableDialects();
  }

  llvm::Expected<CompileResult> run();

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  llvm::Error importModel();
  llvm::Error runStages(bool &stopped);
  llvm::Error endStage(StringRef stage);
  llvm::Error dumpIr(StringRef stage);
  llvm::Error writeIr();
  llvm::Error writeCode();
  llvm::Error writeArtifact(CompileResult &result);
  unsigned countGoldens(uint64_t weightBytes) const;
  llvm::Expected<artifact::Artifact> buildReference(StringRef target);
  llvm::Error addGoldens(unsigned count, artifact::Artifact &artifact,
                         CompileResult &result);

  const CompileOptions &options;
  /// What the call asks for, or the recipe.
  std::string activations;
  const std::function<void(const CompileProgress &)> &progress;
  DialectRegistry registry;
  MLIRContext context;
  Diagnostics diagnostics;
  StageRunner runner;
  import::ImportedModel model;
  /// The model as it was imported, for the reference of goldens.
  OwningOpRef<ModuleOp> imported;
  std::optional<GoldenRecorder> recorder;
  /// What is written instead of an artifact.
  std::optional<StaticLibrary> library;
  unsigned stagesDone = 0;
  Clock::time_point start = Clock::now();
};

} // namespace

llvm::Error Compilation::dumpIr(StringRef stage) {
  if (options.dumpIrDirectory.empty())
    return llvm::Error::success();
  if (std::error_code error =
          llvm::sys::fs::create_directories(options.dumpIrDirectory))
    return fail("cannot create folder '%s': %s",
                options.dumpIrDirectory.c_str(), error.message().c_str());
  SmallString<128> path(options.dumpIrDirectory);
  llvm::sys::path::append(path,
                          llvm::Twine(stagesDone) + "-" + stage + ".mlir");
  return writeFile(path, [&](llvm::raw_ostream &os) {
    // Locations carry the names of layers, also for who continues from here.
    model.module->print(os, OpPrintingFlags().enableDebugInfo());
    os << '\n';
  });
}

/// What follows every stage: passes that the call adds, and the dump.
llvm::Error Compilation::endStage(StringRef stage) {
  if (failed(runner.runAdded(stage, *model.module)))
    return diagnostics.take("the pipeline after stage " + stage + " failed");
  return dumpIr(stage);
}

/// Runs the stages behind import, up to where the call stops.
llvm::Error Compilation::runStages(bool &stopped) {
  stopped = options.stopAfter == "import";
  for (const Stage &stage : stages()) {
    if (stopped)
      break;
    progress({stage.name.str(), 0, 0});
    if (failed(runner.run(stage, *model.module,
                          {options.recipe, activations, options.kvCache})))
      return diagnostics.take("stage " + stage.name + " failed");
    ++stagesDone;
    if (llvm::Error error = endStage(stage.name))
      return error;
    stopped = options.stopAfter == stage.name;
  }
  return llvm::Error::success();
}

llvm::Error Compilation::writeIr() {
  return writeFile(options.output, [&](llvm::raw_ostream &os) {
    model.module->print(os);
    os << '\n';
  });
}

llvm::Error Compilation::writeCode() {
  llvm::Expected<std::vector<ProgramCode>> levels = findCode(*model.module);
  if (!levels)
    return levels.takeError();
  const ProgramCode &code = levels->front();
  auto write = [&](auto emitted) -> llvm::Error {
    if (!emitted)
      return emitted.takeError();
    return writeFile(options.output, [&](llvm::raw_ostream &os) {
      os << StringRef(emitted->data(), emitted->size());
    });
  };
  switch (options.emit) {
  case Emit::Llvm:
    return write(cpu::emitLLVM(code.module, code.capabilities));
  case Emit::Assembly:
    return write(cpu::emitAssembly(code.module, code.capabilities));
  default:
    return write(cpu::emitObject(code.module, code.capabilities));
  }
}

/// The table of the model's tokenizer, which lies in the model's folder or GGUF
/// file; none if there is none.
static llvm::Expected<std::optional<std::vector<uint8_t>>>
importTokenizer(StringRef model) {
  if (llvm::sys::fs::is_directory(model))
    return import::importTokenizer(model);
  if (llvm::sys::path::extension(model) == ".json")
    return std::nullopt;
  return import::importGgufTokenizer(model);
}

/// Reads the model and, where it will be stored, its tokenizer. An error lists
/// what is wrong with either.
llvm::Error Compilation::importModel() {
  import::ImportOptions importOptions;
  importOptions.randomSeed = options.randomSeed;
  llvm::Expected<import::ImportedModel> imported =
      import::importModel(context, options.model, importOptions);
  llvm::Error errors = imported.takeError();
  if (imported)
    model = std::move(*imported);
  if (!writesWholeModel(options))
    return errors;
  // A file that is no model has no tokenizer either.
  if (errors && !llvm::sys::fs::is_directory(options.model) &&
      !llvm::expectedToOptional(import::GgufFile::open(options.model)))
    return errors;
  auto tokenizer = importTokenizer(options.model);
  if (!tokenizer)
    return llvm::joinErrors(std::move(errors), tokenizer.takeError());
  if (*tokenizer)
    model.tokenizer = std::move(**tokenizer);
  return errors;
}

// ---- Goldens ----------------------------------------------------------------

unsigned Compilation::countGoldens(uint64_t weightBytes) const {
  constexpr uint64_t kMostByDefault = 2'000'000'000;
  if (library)
    return 0;
  if (options.goldens)
    return *options.goldens;
  return weightBytes > kMostByDefault ? 0 : golden::kDefaultCount;
}

/// Compiles the model once more, for `target` and with f32 for rows and cache.
/// Its code is all that is new: it will read the artifact's weights.
llvm::Expected<artifact::Artifact>
Compilation::buildReference(StringRef target) {
  (*imported)->setAttr(
      "swage.targets",
      ArrayAttr::get(&context, cpu::TargetAttr::get(&context, target.str())));
  StageOptions reference;
  reference.recipe = options.recipe;
  reference.activations = "f32";
  reference.kvCache = {"f32"};
  reference.singleVariant = true;
  auto fails = [&](StringRef stage) {
    return diagnostics.take("goldens: stage " + stage + " failed");
  };
  if (failed(runner.runAdded("import", *imported)))
    return fails("import");
  for (const Stage &stage : stages())
    if (failed(runner.run(stage, *imported, reference)) ||
        failed(runner.runAdded(stage.name, *imported)))
      return fails(stage.name);
  return buildArtifact(*imported, model, options);
}

llvm::Error Compilation::addGoldens(unsigned count,
                                    artifact::Artifact &artifact,
                                    CompileResult &result) {
  progress({"goldens", 0, 0});
  llvm::Expected<std::string> target = findGoldenTarget();
  if (!target)
    return target.takeError();
  auto prompts = golden::choosePrompts(
      count, {model.tokenizer, artifact.vocabSize, artifact.maxPositions});
  if (!prompts)
    return prompts.takeError();
  llvm::Expected<artifact::Artifact> reference = buildReference(*target);
  if (!reference)
    return reference.takeError();
  llvm::Expected<GoldenRecorder> created = GoldenRecorder::create(
      *reference, artifact, *prompts, countThreads(options));
  if (!created)
    return created.takeError();
  recorder.emplace(std::move(*created));
  artifact.sections.push_back({golden::kSection, recorder->getSection()});
  result.goldens = count;
  return llvm::Error::success();
}

// ---- The whole --------------------------------------------------------------

llvm::Error Compilation::writeArtifact(CompileResult &result) {
  progress({"code", 0, 0});
  auto encoded = encodeWeights(*model.module, std::move(model.source),
                               /*measure=*/!options.report.empty());
  if (!encoded)
    return encoded.takeError();
  const compress::QuantizedSource &source = **encoded;
  model.source = std::move(*encoded);
  TimingScope coding = runner.time("code");
  llvm::Expected<artifact::Artifact> table = buildArtifact(
      *model.module, model, options, library ? &*library : nullptr);
  if (!table)
    return table.takeError();
  coding.stop();
  result.codeBytes = library ? library->codeBytes() : countCodeBytes(*table);
  result.weightBytes = countWeightBytes(*table);
  TimingScope recording = runner.time("goldens");
  if (unsigned count = countGoldens(result.weightBytes))
    if (llvm::Error error = addGoldens(count, *table, result))
      return error;
  recording.stop();

  result.compileSeconds = secondsSince(start);
  Clock::time_point packing = Clock::now();
  artifact::WriteOptions writing;
  writing.threads = countThreads(options);
  writing.progress = [&](StringRef name, uint64_t done, uint64_t total) {
    progress({name.str(), done, total});
  };
  writing.onWeights = [&](int file, uint64_t offset) -> llvm::Error {
    if (llvm::Error problem = source.takeProblem())
      return problem;
    if (!recorder)
      return llvm::Error::success();
    if (llvm::Error error = recorder->record(file, offset))
      return error;
    table->sections.back().bytes = recorder->getSection();
    return llvm::Error::success();
  };
  TimingScope scope = runner.time("weights");
  if (llvm::Error error =
          library ? library->write(*table, writing)
                  : artifact::writeArtifact(options.output, *table, writing))
    return error;
  result.weightSeconds = secondsSince(packing);
  if (!options.report.empty())
    if (llvm::Error error =
            writeReport(*model.module, source, options, activations))
      return error;
  if (std::error_code error =
          llvm::sys::fs::file_size(options.output, result.fileBytes))
    return fail("cannot read '%s': %s", options.output.c_str(),
                error.message().c_str());
  return llvm::Error::success();
}

llvm::Expected<CompileResult> Compilation::run() {
  if (llvm::Error error = checkOptions(options))
    return error;
  if (llvm::Error error = runner.prepare())
    return error;
  activations = cantFail(resolveActivations(options)); // Checked above.
  llvm::Expected<std::vector<cpu::Capabilities>> levels =
      resolveTargets(options.targets);
  if (!levels)
    return levels.takeError();
  SmallVector<Attribute> targets;
  for (const cpu::Capabilities &level : *levels)
    targets.push_back(cpu::TargetAttr::get(&context, level.name));

  bool whole = writesWholeModel(options);
  if (whole && options.emit == Emit::StaticLibrary) {
    auto created = StaticLibrary::create(options.output, *levels);
    if (!created)
      return created.takeError();
    library.emplace(std::move(*created));
  }

  progress({"import", 0, 0});
  if (llvm::Error error = importModel())
    return error;
  if (whole && !library && options.goldens != 0u)
    imported = model.module->clone();
  (*model.module)->setAttr("swage.targets", ArrayAttr::get(&context, targets));
  if (llvm::Error error = endStage("import"))
    return error;

  CompileResult result;
  result.warnings = model.warnings;
  bool stopped = false;
  if (llvm::Error error = runStages(stopped))
    return error;
  llvm::append_range(result.warnings, diagnostics.takeWarnings());
  if (options.passes.statistics)
    llvm::PrintStatistics(llvm::errs());
  if (whole) {
    if (llvm::Error error = writeArtifact(result))
      return error;
    return result;
  }
  bool isIr = stopped || options.emit == Emit::Mlir;
  if (llvm::Error error = isIr ? writeIr() : writeCode())
    return error;
  result.compileSeconds = secondsSince(start);
  return result;
}

llvm::Expected<CompileResult>
swage::compile(const CompileOptions &options,
               const std::function<void(const CompileProgress &)> &progress) {
  return Compilation(options, progress).run();
}
