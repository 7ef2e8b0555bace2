//===- Compile.cpp - From a model to an artifact --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Compile.h"
#include "compiler/InitAll.h"
#include "compiler/import/gguf/GgufFile.h"
#include "compiler/import/gguf/GgufTokenizer.h"
#include "compiler/import/tokenizer/TokenizerImport.h"
#include "compiler/pipeline/EmitArtifact.h"
#include "compiler/pipeline/OutputFile.h"
#include "compiler/pipeline/Stages.h"
#include "compiler/pipeline/StaticLibrary.h"
#include "mlir/IR/Diagnostics.h"
#include "targets/cpu/Capabilities.h"
#include "targets/cpu/Serialize.h"
#include "targets/cpu/dialect/CpuDialect.h"
#include "llvm/ADT/SetVector.h"
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

/// Keeps what passes report, so that an error can say it.
class Diagnostics {
public:
  explicit Diagnostics(MLIRContext &context)
      : handler(&context, [this](Diagnostic &diagnostic) {
          llvm::raw_string_ostream os(text);
          os << severity(diagnostic.getSeverity())
             << location(diagnostic.getLocation()) << diagnostic.str() << '\n';
          for (Diagnostic &note : diagnostic.getNotes())
            os << "  note: " << location(note.getLocation()) << note.str()
               << '\n';
        }) {}

  /// `what` and everything reported since the last call.
  llvm::Error take(const Twine &what) {
    std::string reported = std::move(text);
    text.clear();
    return fail("%s%s%s", what.str().c_str(), reported.empty() ? "" : ":\n",
                StringRef(reported).rtrim().str().c_str());
  }

private:
  static StringRef severity(DiagnosticSeverity severity) {
    return severity == DiagnosticSeverity::Warning ? "warning: " : "";
  }

  /// The layer's name, where the location has one.
  static std::string location(Location loc) {
    if (auto named = dyn_cast<NameLoc>(loc))
      return named.getName().str() + ": ";
    return "";
  }

  std::string text;
  ScopedDiagnosticHandler handler;
};

/// One compilation, stage by stage.
class Compilation {
public:
  Compilation(const CompileOptions &options,
              const std::function<void(const CompileProgress &)> &progress)
      : options(options), progress(progress), registry(makeRegistry()),
        context(registry), diagnostics(context) {
    context.loadAllAvailableDialects();
  }

  llvm::Expected<CompileResult> run();

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  llvm::Error checkOptions();
  llvm::Error importModel();
  llvm::Error runStage(const Stage &stage);
  llvm::Error dumpIr(StringRef stage);
  llvm::Error writeIr();
  llvm::Error writeCode();

  const CompileOptions &options;
  const std::function<void(const CompileProgress &)> &progress;
  DialectRegistry registry;
  MLIRContext context;
  Diagnostics diagnostics;
  import::ImportedModel model;
  unsigned stagesDone = 0;
};

} // namespace

llvm::Error Compilation::checkOptions() {
  std::vector<std::string> names = stageNames();
  if (!options.stopAfter.empty() &&
      !llvm::is_contained(names, options.stopAfter))
    return fail("unknown stage '%s'; stages are %s", options.stopAfter.c_str(),
                llvm::join(names, ", ").c_str());
  if (options.output.empty())
    return fail("no output file");
  if (options.output == "-" && isWholeModel(options.emit) &&
      options.stopAfter.empty())
    return fail("a whole model cannot be written to standard output; name a "
                "file");
  return llvm::Error::success();
}

llvm::ArrayRef<std::pair<llvm::StringLiteral, Emit>> swage::emitKinds() {
  static constexpr std::pair<llvm::StringLiteral, Emit> kinds[] = {
      {"swg", Emit::Artifact}, {"mlir", Emit::Mlir},
      {"llvm", Emit::Llvm},    {"asm", Emit::Assembly},
      {"obj", Emit::Object},   {"static-lib", Emit::StaticLibrary}};
  return kinds;
}

llvm::Expected<Emit> swage::parseEmit(StringRef name) {
  std::vector<StringRef> names;
  for (const auto &[known, emit] : emitKinds()) {
    if (name == known)
      return emit;
    names.push_back(known);
  }
  return fail("unknown kind of output '%s'; kinds are %s", name.str().c_str(),
              llvm::join(names, ", ").c_str());
}

/// The targets, best first: the loader takes the first that it can run.
static llvm::Expected<std::vector<cpu::Capabilities>>
resolveTargets(const std::vector<std::string> &targets) {
  std::vector<cpu::Capabilities> levels;
  for (const std::string &name : targets) {
    if (!StringRef(name).starts_with("cpu"))
      return fail("unknown target '%s'; this version has cpu, cpu:LEVEL and "
                  "cpu:LEVEL+FEATURE, such as cpu:x86-64-v4+avx512bf16",
                  name.c_str());
    llvm::Expected<cpu::Capabilities> capabilities =
        cpu::Capabilities::parse(name);
    if (!capabilities)
      return capabilities.takeError();
    levels.push_back(std::move(*capabilities));
  }
  if (levels.empty())
    return fail("no target; name one with --target");
  // What needs more features is better; names break ties, so that the order of
  // the call does not matter.
  llvm::sort(levels, [](const auto &a, const auto &b) {
    return std::make_tuple(b.required.size(), StringRef(a.name)) <
           std::make_tuple(a.required.size(), StringRef(b.name));
  });
  return levels;
}

llvm::Error swage::checkTargets(const std::vector<std::string> &targets) {
  return resolveTargets(targets).takeError();
}

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

llvm::Error Compilation::runStage(const Stage &stage) {
  progress({stage.name.str(), 0, 0});
  PassManager manager(&context);
  stage.build(manager, *model.module, {options.activations, options.kvCache});
  if (failed(manager.run(*model.module)))
    return diagnostics.take("stage " + stage.name + " failed");
  ++stagesDone;
  return dumpIr(stage.name);
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
  if (levels->size() > 1)
    return fail("code of %zu processor levels does not fit one file of this "
                "kind; name one target",
                levels->size());
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
  if (!isWholeModel(options.emit) || !options.stopAfter.empty())
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

llvm::Expected<CompileResult> Compilation::run() {
  Clock::time_point start = Clock::now();
  if (llvm::Error error = checkOptions())
    return error;
  llvm::Expected<std::vector<cpu::Capabilities>> levels =
      resolveTargets(options.targets);
  if (!levels)
    return levels.takeError();
  llvm::SmallSetVector<Attribute, 4> targets;
  for (const cpu::Capabilities &level : *levels)
    targets.insert(cpu::TargetAttr::get(&context, level.name));

  std::optional<StaticLibrary> library;
  if (options.emit == Emit::StaticLibrary) {
    auto created = StaticLibrary::create(options.output, *levels);
    if (!created)
      return created.takeError();
    library.emplace(std::move(*created));
  }

  progress({"import", 0, 0});
  if (llvm::Error error = importModel())
    return error;
  (*model.module)
      ->setAttr("swage.targets",
                ArrayAttr::get(&context, targets.getArrayRef()));
  if (llvm::Error error = dumpIr("import"))
    return error;

  CompileResult result;
  result.warnings = model.warnings;
  bool stop = options.stopAfter == "import";
  for (const Stage &stage : stages()) {
    if (stop)
      break;
    if (llvm::Error error = runStage(stage))
      return error;
    stop = options.stopAfter == stage.name;
  }
  if (stop || options.emit == Emit::Mlir) {
    result.compileSeconds = secondsSince(start);
    if (llvm::Error error = writeIr())
      return error;
    return result;
  }
  if (!isWholeModel(options.emit)) {
    if (llvm::Error error = writeCode())
      return error;
    result.compileSeconds = secondsSince(start);
    return result;
  }
  progress({"code", 0, 0});
  if (llvm::Error error =
          emitArtifact(*model.module, model, options,
                       library ? &*library : nullptr, progress, start, result))
    return error;
  return result;
}

llvm::Expected<CompileResult>
swage::compile(const CompileOptions &options,
               const std::function<void(const CompileProgress &)> &progress) {
  return Compilation(options, progress).run();
}
