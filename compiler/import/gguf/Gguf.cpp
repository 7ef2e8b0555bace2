//===- Gguf.cpp - Models in GGUF files -----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/Gguf.h"
#include "compiler/import/BuildModel.h"

namespace swage::import {

llvm::Expected<ImportedModel> importGguf(mlir::MLIRContext &context,
                                         llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<GgufFile>> file = GgufFile::open(path);
  if (!file)
    return file.takeError();
  Problems problems;
  nlohmann::json root = readGgufConfig(**file, problems);
  std::unique_ptr<weights::TensorSource> source =
      openGgufTensors(std::move(*file), problems);
  if (problems.hasErrors())
    return problems.takeErrors();
  ModelConfig config = readModelConfig(path, root, problems);
  if (problems.hasErrors())
    return problems.takeErrors();
  return buildModel(context, config, std::move(source), path, {}, problems);
}

} // namespace swage::import
