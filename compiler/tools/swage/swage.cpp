//===- swage.cpp - The command line ---------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/OutputFile.h"
#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace swage::cli;

void DeviceChoice::addTo(CLI::App &command) {
  command.add_option("--device", device, "What runs the model")
      ->type_name("D")
      ->check(CLI::IsMember({"cpu"}))
      ->capture_default_str();
  command
      .add_option("--threads", threads,
                  "Threads; results do not depend on it (default: all "
                  "processors)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
}

void SessionChoice::addTo(CLI::App &command) {
  command
      .add_option("--entry", entryPoint,
                  "Entry point (default: forward, or the only one)")
      ->type_name("E");
  command
      .add_option("--kv-cache", kvCache,
                  "One of the artifact's cache types (default: its first)")
      ->type_name("TYPE");
}

void swage::cli::addJsonFlag(CLI::App &command, bool &json) {
  command.add_flag("--json", json, "Print one JSON object on stdout");
}

static void addCommands(CLI::App &app) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "swage " SWAGE_VERSION);
  app.footer("Examples:\n"
             "  swage compile path/to/llama -o llama.swg\n"
             "  swage run llama.swg --prompt \"Once upon a time\" -n 100\n"
             "  swage run path/to/llama --prompt \"Once upon a time\"\n"
             "  swage run model.gguf --prompt \"Once upon a time\"\n"
             "  swage COMMAND --help\n"
             "Exit status: 0 done, 1 the work failed, 2 the call was wrong.");
  addCompileCommand(app);
  addRunCommand(app);
  addEvalCommand(app);
  addBenchCommand(app);
  addInspectCommand(app);
  addVerifyCommand(app);
  addDiffCommand(app);
  addDevicesCommand(app);
  addRecipesCommand(app);
  addCacheCommand(app);
}

/// Fails if the first argument should be a command and is none.
static void checkCommand(const CLI::App &app, int argc, char **argv) {
  if (argc < 2 || argv[1][0] == '-')
    return;
  std::string known;
  for (const CLI::App *command :
       app.get_subcommands([](const CLI::App *) { return true; })) {
    if (command->get_name() == argv[1])
      return;
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  failCall("there is no command " + llvm::Twine(argv[1]) + "; there are " +
           known);
}

/// Parses and runs; what fails is thrown.
static int parseAndRun(int argc, char **argv) {
  CLI::App app("Swage compiles transformer models ahead of time and runs them.",
               "swage");
  addCommands(app);
  checkCommand(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // Help and version end parsing too, with status 0.
    return app.exit(error) == 0 ? 0 : int(Failure::Call);
  }
  return 0;
}

int main(int argc, char **argv) {
  swage::artifact::removeTemporariesOnSignals();
  try {
    return parseAndRun(argc, argv);
  } catch (const Failure &failure) {
    llvm::outs().flush();
    llvm::errs() << "swage: error: " << failure.what() << '\n';
    return failure.exitStatus();
  } catch (const std::bad_alloc &) {
    llvm::errs() << "swage: error: out of memory\n";
    return Failure::Work;
  }
}
