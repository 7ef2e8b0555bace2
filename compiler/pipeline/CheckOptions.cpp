//===- CheckOptions.cpp - What a compilation may be asked for -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/CheckOptions.h"
#include "compiler/golden/Golden.h"
#include "compiler/pipeline/Stages.h"
#include "compiler/pipeline/StaticLibrary.h"
#include "dialects/transformer/Transformer.h"
#include "passes/compression/Recipe.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace swage;
using llvm::ArrayRef;
using llvm::StringRef;

template <typename... Ts>
static llvm::Error fail(const char *format, const Ts &...values) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 values...);
}

llvm::ArrayRef<std::pair<llvm::StringLiteral, Emit>> swage::emitKinds() {
  static constexpr std::pair<llvm::StringLiteral, Emit> kinds[] = {
      {"swg", Emit::Artifact}, {"mlir", Emit::Mlir},
      {"llvm", Emit::Llvm},    {"asm", Emit::Assembly},
      {"obj", Emit::Object},   {"static-lib", Emit::StaticLibrary}};
  return kinds;
}

const std::vector<std::string> &swage::activationTypes() {
  static const std::vector<std::string> types = {"auto", "f32", "f16", "bf16",
                                                 "int8"};
  return types;
}

const std::vector<std::string> &swage::cacheTypes() {
  static const std::vector<std::string> types = [] {
    llvm::ArrayRef<StringRef> names = transformer::CacheType::getElementNames();
    return std::vector<std::string>(names.begin(), names.end());
  }();
  return types;
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

llvm::Expected<std::vector<cpu::Capabilities>>
swage::resolveTargets(const std::vector<std::string> &targets) {
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
  auto same = [](const auto &a, const auto &b) { return a.name == b.name; };
  levels.erase(llvm::unique(levels, same), levels.end());
  return levels;
}

/// An error unless `value` is one of `known`.
static llvm::Error checkName(const char *what, const std::string &value,
                             const std::vector<std::string> &known) {
  if (llvm::is_contained(known, value))
    return llvm::Error::success();
  return fail("unknown %s '%s'; known are %s", what, value.c_str(),
              llvm::join(known, ", ").c_str());
}

bool swage::writesWholeModel(const CompileOptions &options) {
  return (options.emit == Emit::Artifact ||
          options.emit == Emit::StaticLibrary) &&
         options.stopAfter.empty();
}

/// Checks what is written and where.
static llvm::Error checkOutput(const CompileOptions &options,
                               ArrayRef<cpu::Capabilities> levels) {
  if (options.output.empty())
    return fail("no output file");
  if (options.output == "-" && writesWholeModel(options))
    return fail("a whole model cannot be written to standard output; name a "
                "file");
  if (!options.report.empty() && !writesWholeModel(options))
    return fail("a report says what became of all weights; leave --report out, "
                "or write a whole model (swg, static-lib)");
  unsigned goldens = options.goldens.value_or(0);
  if (goldens > golden::kMostPrompts)
    return fail("%u goldens are too many; an artifact has at most %u", goldens,
                golden::kMostPrompts);
  if (goldens && (options.emit != Emit::Artifact || !options.stopAfter.empty()))
    return fail("goldens are stored in artifacts alone, for swage verify; "
                "leave them out, or write an artifact (swg)");
  if (!options.stopAfter.empty() || options.emit == Emit::Mlir)
    return llvm::Error::success();
  if (options.emit == Emit::StaticLibrary)
    return StaticLibrary::create(options.output, levels).takeError();
  if (options.emit != Emit::Artifact && levels.size() > 1)
    return fail("code of %zu processor levels does not fit one file of this "
                "kind; name one target",
                levels.size());
  return llvm::Error::success();
}

llvm::Expected<std::string>
swage::resolveActivations(const CompileOptions &options) {
  llvm::Expected<recipe::Recipe> recipe = recipe::loadRecipe(options.recipe);
  if (!recipe)
    return recipe.takeError();
  const std::string &wanted = recipe->activations;
  if (wanted.empty() || options.activations == wanted)
    return options.activations;
  if (options.activations == "auto")
    return wanted;
  return fail("activations '%s' contradict the recipe '%s', which multiplies "
              "weights with %s; leave --activations out, or take another "
              "recipe",
              options.activations.c_str(), recipe->name.c_str(),
              wanted.c_str());
}

llvm::Error swage::checkOptions(const CompileOptions &options) {
  llvm::Expected<std::vector<cpu::Capabilities>> levels =
      resolveTargets(options.targets);
  if (!levels)
    return levels.takeError();
  if (llvm::Error error =
          checkName("activations", options.activations, activationTypes()))
    return error;
  if (llvm::Error error = resolveActivations(options).takeError())
    return error;
  for (const std::string &type : options.kvCache)
    if (llvm::Error error = checkName("cache type", type, cacheTypes()))
      return error;
  std::vector<std::string> names = stageNames();
  if (!options.stopAfter.empty())
    if (llvm::Error error = checkName("stage", options.stopAfter, names))
      return error;
  for (const auto &[stage, pipeline] : options.passes.pipelinesAfter)
    if (llvm::Error error = checkName("stage", stage, names))
      return error;
  return checkOutput(options, *levels);
}
