//===- ModelObject.h - An artifact as a relocatable object ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An ELF object with the bytes of an artifact as read-only data and a
// swage_linked_model_t that refers to them and to tables of kernels in other
// objects. LLVM could write it only with all weights in memory, so its few
// headers are made here and the artifact follows them as a stream.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_MODELOBJECT_H
#define SWAGE_COMPILER_ARTIFACT_MODELOBJECT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace swage::artifact {

struct ModelObject {
  /// Of ELF: EM_X86_64 or EM_AARCH64.
  uint16_t machine;
  /// What the object defines: the model.
  std::string symbol;
  /// What it refers to: the table of kernels of each executable, in order.
  std::vector<std::string> kernelTables;
  uint64_t kernelCount = 0;
  uint64_t artifactBytes = 0;
};

/// Everything in front of the artifact's bytes, which end the object.
std::vector<uint8_t> makeModelObjectHead(const ModelObject &object);

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_MODELOBJECT_H
