//===- SafeTensorsSource.h - The weights of a SafeTensors model ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSSOURCE_H
#define SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSSOURCE_H

#include "compiler/import/Problems.h"
#include "compiler/import/safetensors/SafeTensorsFile.h"
#include <memory>

namespace swage::import {

/// The tensors of `model.safetensors`, or of the shards that
/// `model.safetensors.index.json` names. The files stay mapped.
class SafeTensorsSource : public weights::TensorSource {
public:
  /// Opens the files of a folder; null if there were errors.
  static std::unique_ptr<SafeTensorsSource> open(llvm::StringRef folder,
                                                 Problems &problems);

  const uint8_t *read(const weights::TensorInfo &tensor, int64_t first,
                      int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override;

private:
  SafeTensorsFile *openFile(llvm::StringRef path, Problems &problems);
  void openShards(llvm::StringRef folder, llvm::StringRef index,
                  Problems &problems);
  void addEntry(const SafeTensorsFile &file, const SafeTensorsEntry &entry);

  std::vector<std::unique_ptr<SafeTensorsFile>> files;
  /// First byte of each tensor.
  std::vector<const uint8_t *> data;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSSOURCE_H
