//===- Model.cpp - A loaded model, from an artifact or a folder -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Model.h"
#include "compiler/import/gguf/GgufFile.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/ModelCache.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace swage;
using namespace swage::cli;

const Tokenizer &Model::needTokenizer(llvm::StringRef option) const {
  if (!tokenizer)
    failWork(path + ": " + option +
             " needs a tokenizer, and the artifact has none; compile the model "
             "with its tokenizer.json, or pass --tokens");
  return *tokenizer;
}

void Model::checkTokens(const std::vector<int32_t> &tokens,
                        llvm::StringRef where) const {
  int64_t size = module.info().vocab_size;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] < 0 || tokens[i] >= size)
      failWork(where + ": token " + llvm::Twine(tokens[i]) + " at index " +
               llvm::Twine(i) + " is outside the vocabulary of " + path +
               ", which has ids 0 to " + llvm::Twine(size - 1));
}

static bool hasTokenizer(const Module &module) {
  for (size_t i = 0;; ++i) {
    const char *name = swage_module_section_name(module.get(), i);
    if (!name)
      return false;
    if (llvm::StringRef(name) == "tokenizer")
      return true;
  }
}

static std::optional<Tokenizer> createTokenizer(const Module &module,
                                                const std::string &path) {
  if (!hasTokenizer(module))
    return std::nullopt;
  Status status;
  std::string_view section = module.section("tokenizer", status);
  check(status, path);
  std::optional<Tokenizer> tokenizer =
      Tokenizer::create(section.data(), section.size(), status.get());
  check(status, path + ": tokenizer");
  return tokenizer;
}

/// Forwards the runtime's warnings.
static void logLine(void *, swage_log_level_t level, const char *message) {
  if (level == SWAGE_LOG_WARNING)
    warn(message);
}

Model cli::loadArtifact(const std::string &path, const DeviceChoice &choice) {
  if (!llvm::sys::fs::exists(path))
    failWork(path + ": there is no such file");
  if (llvm::sys::fs::is_directory(path))
    failWork(path +
             " is a folder, not an artifact; compile it first: swage "
             "compile " +
             path + " -o FILE.swg");
  Model model;
  model.path = path;
  Status status;
  DeviceOptions options;
  options.driver = choice.device.c_str();
  options.threads = choice.threads;
  options.logger.log = logLine;
  model.device = Device::open(options, status);
  check(status, "device " + choice.device);

  Stopwatch watch;
  model.module = Module::load(model.device, path.c_str(), status);
  check(status, path);
  model.loadMilliseconds = watch.seconds() * 1e3;
  model.tokenizer = createTokenizer(model.module, path);
  return model;
}

Model cli::loadArtifactOrModel(const std::string &path,
                               const DeviceChoice &choice, bool cache) {
  if (llvm::sys::path::filename(path) == "config.json")
    failWork(path + " has no weights; run its folder, or compile it with "
                    "--weights random:SEED and run the artifact");
  bool isFolder = llvm::sys::fs::is_directory(path);
  if (!isFolder && !import::isGgufFile(path))
    return loadArtifact(path, choice);
  if (isFolder && !llvm::sys::fs::exists(path + "/config.json"))
    failWork(path + " is no model: have no config.json in it; pass a Hugging "
                    "Face directory, a GGUF file or an artifact");
  if (cache)
    return loadArtifact(compileIntoCache(path), choice);
  Model model;
  compileAside(path, [&](const std::string &artifact) {
    model = loadArtifact(artifact, choice);
  });
  return model;
}
