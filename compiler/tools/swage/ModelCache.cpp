//===- ModelCache.cpp - Artifacts made of model folders -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/ModelCache.h"
#include "compiler/artifact/OutputFile.h"
#include "compiler/tools/swage/CompileWithProgress.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/Signals.h"
#include "llvm/TargetParser/Host.h"
#include <algorithm>
#include <chrono>
#include <unistd.h>

using namespace swage;
using namespace swage::cli;

/// The cache keeps the artifacts that were used last.
static constexpr size_t kMaxArtifacts = 4;

std::string cli::cacheFolder() {
  llvm::SmallString<128> path;
  if (auto home = llvm::sys::Process::GetEnv("XDG_CACHE_HOME");
      home && llvm::sys::path::is_absolute(*home))
    path = *home;
  else if (auto user = llvm::sys::Process::GetEnv("HOME"))
    llvm::sys::path::append(path, *user, ".cache");
  else
    failWork("neither XDG_CACHE_HOME nor HOME says where the cache is; set "
             "one, or use swage compile");
  llvm::sys::path::append(path, "swage");
  if (std::error_code error = llvm::sys::fs::create_directories(path))
    failWork(path.str() + ": " + error.message());
  return path.str().str();
}

/// Name, size and time of a file, as a line.
static std::string describeFile(const std::string &path) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    failWork(path + ": " + error.message());
  auto time = status.getLastModificationTime().time_since_epoch().count();
  return path + '\t' + std::to_string(status.getSize()) + '\t' +
         std::to_string(time) + '\n';
}

/// All that the artifact depends on, as text.
static std::string describeInputs(llvm::StringRef model) {
  std::vector<std::string> lines;
  std::error_code error;
  if (!llvm::sys::fs::is_directory(model))
    lines.push_back(describeFile(model.str()));
  else
    for (llvm::sys::fs::directory_iterator it(model, error), end;
         it != end && !error; it.increment(error))
      if (it->type() != llvm::sys::fs::file_type::directory_file)
        lines.push_back(describeFile(it->path()));
  if (error)
    failWork(model + ": " + error.message());
  std::sort(lines.begin(), lines.end());
  // This program stands for its version, so that a rebuilt compiler compiles
  // again; the processor stands for the target `cpu`.
  std::string self = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
  lines.push_back(describeFile(self));
  lines.push_back(llvm::sys::getHostCPUName().str() + '\n');
  for (const auto &[feature, present] : llvm::sys::getHostCPUFeatures())
    if (present)
      lines.push_back(feature.str());
  std::sort(lines.begin(), lines.end());
  return llvm::join(lines, " ");
}

/// Makes a file the newest.
static void touch(llvm::StringRef path) {
  int descriptor;
  if (llvm::sys::fs::openFileForWrite(path, descriptor,
                                      llvm::sys::fs::CD_OpenExisting))
    return;
  llvm::sys::fs::setLastAccessAndModificationTime(
      descriptor, std::chrono::system_clock::now());
  close(descriptor);
}

std::vector<CachedArtifact> cli::listCache() {
  std::vector<std::pair<llvm::sys::TimePoint<>, CachedArtifact>> found;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(cacheFolder(), error), end;
       it != end && !error; it.increment(error)) {
    llvm::ErrorOr<llvm::sys::fs::basic_file_status> status = it->status();
    if (status && llvm::sys::path::extension(it->path()) == ".swg")
      found.push_back(
          {status->getLastModificationTime(), {it->path(), status->getSize()}});
  }
  llvm::sort(found, [](const auto &a, const auto &b) {
    return std::tie(a.first, a.second.path) < std::tie(b.first, b.second.path);
  });
  std::vector<CachedArtifact> artifacts;
  for (auto &[time, artifact] : found)
    artifacts.push_back(std::move(artifact));
  return artifacts;
}

/// Removes all but the newest artifacts, and what killed processes left. A
/// process that runs an artifact keeps it until it ends. What cannot be removed
/// stays: the artifact at hand is there, and that is what was asked for.
static void removeOldest() {
  artifact::removeAbandoned(cacheFolder(), "");
  std::vector<CachedArtifact> artifacts = listCache();
  for (size_t i = 0; i + kMaxArtifacts < artifacts.size(); ++i)
    llvm::sys::fs::remove(artifacts[i].path);
}

static void compileInto(const std::string &model, llvm::StringRef path) {
  CompileOptions options;
  options.model = model;
  options.output = path.str();
  compileWithProgress(options);
}

void cli::compileAside(const std::string &model,
                       llvm::function_ref<void(const std::string &)> use) {
  llvm::SmallString<128> path;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("swage", "swg", path))
    failWork(path.str() + ": " + error.message());
  llvm::sys::RemoveFileOnSignal(path);
  llvm::scope_exit remove([&] {
    llvm::sys::fs::remove(path);
    llvm::sys::DontRemoveFileOnSignal(path);
  });
  compileInto(model, path);
  use(path.str().str());
}

std::string cli::compileIntoCache(const std::string &model) {
  llvm::SmallString<128> real;
  if (std::error_code error = llvm::sys::fs::real_path(model, real))
    failWork(model + ": " + error.message());
  std::string inputs = describeInputs(real);
  llvm::SHA256 hash;
  hash.update(inputs);
  std::string name = llvm::toHex(hash.final(), /*LowerCase=*/true);
  llvm::SmallString<128> path(cacheFolder());
  llvm::sys::path::append(path, name.substr(0, 32) + ".swg");
  if (!llvm::sys::fs::exists(path)) {
    note("compiling " + model + " into " + path);
    compileInto(model, path);
  }
  touch(path);
  removeOldest();
  return path.str().str();
}
