//===- RecipesCommand.cpp - swage recipes ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/Support/raw_ostream.h"

using namespace swage;

namespace {

struct Recipe {
  const char *name, *description;
};

} // namespace

static constexpr Recipe kRecipes[] = {
    {"none", "weights as the model stores them"},
};

static void run(bool json) {
  llvm::json::Array list;
  for (const Recipe &recipe : kRecipes) {
    if (json)
      list.push_back(llvm::json::Object{{"name", recipe.name},
                                        {"description", recipe.description}});
    else
      llvm::outs() << recipe.name << "  " << recipe.description << '\n';
  }
  if (json)
    cli::printJson(llvm::json::Object{{"recipes", std::move(list)}});
}

void cli::addRecipesCommand(CLI::App &app) {
  auto json = std::make_shared<bool>(false);
  CLI::App &command =
      *app.add_subcommand("recipes", "List the ways to compress a model");
  addJsonFlag(command, *json);
  command.footer("Example:\n  swage recipes --json");
  command.callback([json] { run(*json); });
}
