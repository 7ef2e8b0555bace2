//===- RecipesCommand.cpp - swage recipes ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/Console.h"
#include "passes/compression/Recipe.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace swage;
using recipe::Preset;

namespace {

struct RecipesCall {
  std::string name;
  bool json = false;
};

} // namespace

static llvm::json::Object toJson(const Preset &preset) {
  llvm::json::Array aliases;
  for (llvm::StringRef alias : preset.aliases)
    aliases.push_back(alias);
  return llvm::json::Object{{"name", preset.name},
                            {"aliases", std::move(aliases)},
                            {"description", preset.summary},
                            {"encodings", preset.details},
                            {"activations", preset.activations.empty()
                                                ? "auto"
                                                : preset.activations}};
}

static void explain(const Preset &preset) {
  llvm::outs() << preset.name << ": " << preset.summary << '\n'
               << "  " << preset.details << '\n';
  if (!preset.activations.empty())
    llvm::outs() << "  Weights are multiplied with " << preset.activations
                 << " rows.\n";
  if (!preset.aliases.empty())
    llvm::outs() << "  Also called " << llvm::join(preset.aliases, ", ")
                 << ".\n";
  if (preset.hasFallbacks)
    llvm::outs() << "  Rows that blocks of 256 do not divide get q4_0 for q2_k "
                    "and q3_k, q5_0 for q4_k,\n  q5_1 for q5_k, q8_0 for "
                    "q6_k; rows that 32 does not divide stay as they are.\n";
}

static void run(const RecipesCall &call) {
  llvm::ArrayRef<Preset> chosen = recipe::presets();
  if (!call.name.empty()) {
    const Preset *preset = recipe::findPreset(call.name);
    if (!preset)
      cli::failCall("unknown recipe '" + call.name +
                    "'; swage recipes lists those that there are");
    chosen = llvm::ArrayRef(*preset);
  }
  if (call.json) {
    llvm::json::Array list;
    for (const Preset &preset : chosen)
      list.push_back(toJson(preset));
    return cli::printJson(llvm::json::Object{{"recipes", std::move(list)}});
  }
  if (!call.name.empty())
    return explain(chosen.front());
  for (const Preset &preset : chosen)
    llvm::outs() << llvm::left_justify(preset.name, 12) << preset.summary
                 << '\n';
}

void cli::addRecipesCommand(CLI::App &app) {
  auto call = std::make_shared<RecipesCall>();
  CLI::App &command =
      *app.add_subcommand("recipes", "List the ways to compress a model");
  command.add_option("NAME", call->name, "The recipe to explain");
  addJsonFlag(command, call->json);
  command.footer("Examples:\n  swage recipes\n  swage recipes q4_k_m\n"
                 "  swage recipes --json");
  command.callback([call] { run(*call); });
}
