//===- Vectors.h - What the verifier of FlatBuffers leaves unchecked ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_SUPPORT_VECTORS_H
#define SWAGE_RUNTIME_SUPPORT_VECTORS_H

#include <cstdint>
#include <flatbuffers/flatbuffers.h>

namespace swage {

/// True if a vector of elements of 8 bytes lies where they may be read. The
/// verifier looks at where its length lies alone, which takes 4.
template <typename T> bool isAligned(const flatbuffers::Vector<T> *vector) {
  return !vector || vector->size() == 0 ||
         reinterpret_cast<uintptr_t>(vector->Data()) % 8 == 0;
}

} // namespace swage

#endif // SWAGE_RUNTIME_SUPPORT_VECTORS_H
