//===- Packers.h - One packer for each layout ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_PACKERS_H
#define SWAGE_COMPILER_WEIGHTS_PACKERS_H

#include "compiler/weights/Payload.h"
#include "compiler/weights/TensorSource.h"
#include <memory>

namespace swage::compression {
class GroupType;
struct PackedCodes;
} // namespace swage::compression

namespace swage::weights {

/// Matrices of one element type and with the same columns, in tiles of `rows`
/// rows; see `#compression.row_tiles`.
std::unique_ptr<Payload> makeRowTiles(const TensorSource &source,
                                      std::vector<const TensorInfo *> parts,
                                      int64_t rows, int64_t interleave,
                                      bool alternating);

/// Matrices of the encoding `type`, in unpacked blocks or one of GGML's types,
/// and with the same columns, in tiles of `rows` rows; see
/// `#compression.group_tiles`.
std::unique_ptr<Payload> makeGroupTiles(const TensorSource &source,
                                        std::vector<const TensorInfo *> parts,
                                        compression::GroupType type,
                                        int64_t rows, bool alternating);

/// Vectors, floats widened to f32, and padded; see `#compression.row_major`.
std::unique_ptr<Payload> makeRowMajor(const TensorSource &source,
                                      std::vector<const TensorInfo *> parts,
                                      int64_t pad);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_PACKERS_H
