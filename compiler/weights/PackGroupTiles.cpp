//===- PackGroupTiles.cpp - Tiles of output rows of groups of codes -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/GgmlBlocks.h"
#include "compiler/weights/Packers.h"
#include "compiler/weights/TilePayload.h"
#include "dialects/compression/Compression.h"
#include "dialects/compression/GroupLayout.h"
#include <cstring>

namespace swage::weights {

using compression::GroupLayout;
using compression::PackedCodes;

void putCode(const PackedCodes &codes, int64_t unit, int64_t byte, uint8_t code,
             uint8_t *out) {
  for (const PackedCodes::Plane &plane : codes.planes) {
    uint8_t bits = code >> plane.shift & ((1 << plane.bits) - 1);
    out[plane.offset + plane.packed(unit) * codes.unitBytes + byte] |=
        bits << plane.bit(unit);
  }
}

namespace {

class GroupTiles : public TilePayload {
public:
  GroupTiles(const TensorSource &source, std::vector<const TensorInfo *> parts,
             const GroupLayout &layout, bool alternating)
      : TilePayload(parts, layout.rows, alternating,
                    layout.tileBytes(parts.front()->shape[1])),
        source(source), dtype(parts.front()->dtype),
        columns(parts.front()->shape[1]), layout(layout) {}

private:
  void writeTile(const TilePlaces::Place &place, uint8_t *out,
                 llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    std::memset(out, 0, tileBytes);
    const uint8_t *from = source.read(*place.part, place.firstRow * columns,
                                      place.numRows * columns, scratch);
    int64_t perSpan = layout.columns / layout.blockColumns;
    int64_t blocks = columns / layout.blockColumns;
    GroupBlock block;
    for (int64_t r = 0; r < place.numRows; ++r)
      for (int64_t i = 0; i < blocks; ++i, from += getBytes(dtype)) {
        unpackGgml(dtype, from, block);
        writeBlock(block, r, i % perSpan, out + i / perSpan * layout.bytes);
      }
  }

  /// Writes block number `index` of row `row` of the span at `out`.
  void writeBlock(const GroupBlock &block, int64_t row, int64_t index,
                  uint8_t *out) const {
    constexpr int64_t kInterleave = GroupLayout::kInterleave;
    int64_t first = index * layout.blockColumns;
    for (int64_t i = 0; i < layout.blockColumns; ++i) {
      int64_t chunk = (first + i) / GroupLayout::kChunk,
              column = (first + i) % GroupLayout::kChunk;
      putCode(layout.codes, column / kInterleave,
              row * kInterleave + column % kInterleave, block.codes[i],
              out + chunk * layout.codes.bytes);
    }
    writeFactors(layout.scales, block.scaleCodes, block.scale, row, index, out);
    if (layout.minima)
      writeFactors(*layout.minima, block.minCodes, block.minimum, row, index,
                   out);
  }

  void writeFactors(const GroupLayout::Factors &factors, const uint8_t *codes,
                    uint16_t value, int64_t row, int64_t index,
                    uint8_t *out) const {
    int64_t groups = layout.blockColumns / layout.groupColumns;
    for (int64_t g = 0; factors.codes && g < groups; ++g)
      putCode(*factors.codes, index * groups + g, row, codes[g],
              out + factors.codesOffset);
    std::memcpy(out + factors.floatsOffset +
                    (index * layout.rows + row) * sizeof(value),
                &value, sizeof(value));
  }

  const TensorSource &source;
  Dtype dtype;
  int64_t columns;
  GroupLayout layout;
};

} // namespace

std::unique_ptr<Payload> makeGroupTiles(const TensorSource &source,
                                        std::vector<const TensorInfo *> parts,
                                        const GroupLayout &layout,
                                        bool alternating) {
  return std::make_unique<GroupTiles>(source, std::move(parts), layout,
                                      alternating);
}

} // namespace swage::weights
