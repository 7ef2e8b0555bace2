//===- Payload.h - Bytes that are made when they are written -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_PAYLOAD_H
#define SWAGE_COMPILER_WEIGHTS_PAYLOAD_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace swage::weights {

/// The bytes of one thing in an artifact, produced range by range, so that
/// nothing as large as a weight is ever in memory.
class Payload {
public:
  virtual ~Payload();

  virtual uint64_t getSize() const = 0;

  /// Ranges begin and end at multiples of this, or end at the size.
  virtual uint64_t getGranule() const = 0;

  /// Writes bytes [begin, begin + out.size()). May be called by several threads
  /// at once.
  virtual void write(uint64_t begin,
                     llvm::MutableArrayRef<uint8_t> out) const = 0;
};

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_PAYLOAD_H
