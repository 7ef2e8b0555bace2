//===- Import.cpp - Models as users have them, as IR ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Import.h"
#include "compiler/import/gguf/Gguf.h"
#include "compiler/import/huggingface/HuggingFace.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace swage::import {

/// What a file that is no config looks like, for a better message.
static llvm::StringRef explainFile(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".safetensors")
    return "; pass the folder that holds it and its config.json";
  if (extension == ".swg")
    return "; this is an artifact, which is compiled already";
  return "";
}

llvm::Expected<ImportedModel> importModel(mlir::MLIRContext &context,
                                          llvm::StringRef path,
                                          const ImportOptions &options) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return llvm::createStringError(path + ": " + error.message());
  if (status.type() == llvm::sys::fs::file_type::directory_file) {
    llvm::SmallString<128> config(path);
    llvm::sys::path::append(config, "config.json");
    if (!llvm::sys::fs::exists(config))
      return llvm::createStringError(
          path + ": not a Hugging Face model: there is no config.json in it");
    return importHuggingFace(context, path, config, options);
  }
  if (isGgufFile(path)) {
    if (options.randomSeed)
      return llvm::createStringError(
          path + ": random weights need a config.json, and this is a GGUF "
                 "file; leave out --weights, or pass a config.json");
    return importGguf(context, path);
  }
  if (llvm::sys::path::extension(path) != ".json")
    return llvm::createStringError(
        path +
        ": expected a folder with config.json and model.safetensors, a GGUF "
        "file, or a config.json" +
        explainFile(path));
  if (!options.randomSeed)
    return llvm::createStringError(
        path + ": a config alone has no weights: pass its folder, or "
               "--weights random:SEED");
  return importHuggingFace(context, "", path, options);
}

} // namespace swage::import
