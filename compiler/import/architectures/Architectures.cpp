//===- Architectures.cpp - The list of architectures ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"

namespace swage::import {

llvm::ArrayRef<const Architecture *> getArchitectures() {
  static const Architecture *const kAll[] = {&kLlama};
  return kAll;
}

} // namespace swage::import
