//===- CacheCommand.cpp - swage cache -------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/OutputFile.h"
#include "compiler/tools/swage/Command.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/ModelCache.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace swage;
using namespace swage::cli;
using llvm::json::Array;
using llvm::json::Object;

namespace {

struct CacheCall {
  bool clear = false, json = false;
};

} // namespace

static void run(const CacheCall &call) {
  if (call.clear)
    artifact::removeAbandoned(cacheFolder(), "");
  std::vector<CachedArtifact> artifacts = listCache();
  uint64_t bytes = 0;
  Array list;
  for (const CachedArtifact &artifact : artifacts) {
    if (call.clear)
      if (std::error_code error = llvm::sys::fs::remove(artifact.path))
        failWork(artifact.path + ": " + error.message());
    bytes += artifact.bytes;
    list.push_back(
        Object{{"path", artifact.path}, {"bytes", int64_t(artifact.bytes)}});
    if (!call.json)
      llvm::outs() << artifact.path << ": " << formatBytes(artifact.bytes)
                   << '\n';
  }
  if (call.json)
    return printJson(Object{{"folder", cacheFolder()},
                            {"artifacts", std::move(list)},
                            {"bytes", int64_t(bytes)},
                            {"cleared", call.clear}});
  llvm::outs() << artifacts.size() << " artifacts, " << formatBytes(bytes)
               << (call.clear ? ", removed from " : ", in ") << cacheFolder()
               << '\n';
}

void cli::addCacheCommand(CLI::App &app) {
  auto call = std::make_shared<CacheCall>();
  CLI::App &command = *app.add_subcommand(
      "cache", "Show the artifacts that swage run MODEL keeps");
  command.add_flag("--clear", call->clear,
                   "Remove them, and what killed processes left");
  addJsonFlag(command, call->json);
  command.footer("Examples:\n"
                 "  swage cache\n"
                 "  swage cache --clear\n"
                 "swage run --no-cache keeps nothing in the first place.");
  command.callback([call] { run(*call); });
}
