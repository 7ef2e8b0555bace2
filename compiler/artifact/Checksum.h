//===- Checksum.h - Checksums of bytes in pieces -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_CHECKSUM_H
#define SWAGE_COMPILER_ARTIFACT_CHECKSUM_H

#include <cstdint>

namespace swage::artifact {

/// The CRC-32C of two pieces, one behind the other, from that of each and the
/// second one's length. So pieces can be summed by different threads.
uint32_t combineChecksums(uint32_t first, uint32_t second, uint64_t secondSize);

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_CHECKSUM_H
