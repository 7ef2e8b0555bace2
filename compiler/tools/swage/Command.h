//===- Command.h - The subcommands ------------------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each subcommand is one file that adds itself to the command line: its
// options, its help with examples, and what it does.

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_COMMAND_H
#define SWAGE_COMPILER_TOOLS_SWAGE_COMMAND_H

#include <CLI/App.hpp>
#include <cstdint>
#include <string>

namespace swage::cli {

/// What all commands take that execute a model.
struct DeviceChoice {
  std::string device = "cpu";
  uint32_t threads = 0;

  void addTo(CLI::App &command);
};

/// What all commands take that open a session; empty for the artifact's
/// default.
struct SessionChoice {
  std::string entryPoint, kvCache;

  void addTo(CLI::App &command);
};

void addJsonFlag(CLI::App &command, bool &json);

void addCompileCommand(CLI::App &app);
void addRunCommand(CLI::App &app);
void addEvalCommand(CLI::App &app);
void addBenchCommand(CLI::App &app);
void addInspectCommand(CLI::App &app);
void addDevicesCommand(CLI::App &app);
void addRecipesCommand(CLI::App &app);
void addVerifyCommand(CLI::App &app);
void addDiffCommand(CLI::App &app);
void addCacheCommand(CLI::App &app);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_COMMAND_H
