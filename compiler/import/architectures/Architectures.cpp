//===- Architectures.cpp - The list of architectures ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"

namespace swage::import {

llvm::ArrayRef<const Architecture *> getArchitectures() {
  static const Architecture *const kAll[] = {
#define SWAGE_ARCHITECTURE(NAME) &k##NAME,
#include "compiler/import/Architectures.inc"
#undef SWAGE_ARCHITECTURE
  };
  return kAll;
}

} // namespace swage::import
