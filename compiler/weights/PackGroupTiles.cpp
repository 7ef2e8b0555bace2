//===- PackGroupTiles.cpp - Tiles of output rows of groups of codes -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/GgmlBlocks.h"
#include "compiler/weights/Packers.h"
#include "compiler/weights/TilePayload.h"
#include "dialects/compression/BlockLayout.h"
#include "dialects/compression/Compression.h"
#include <cstring>

namespace swage::weights {

using compression::BlockLayout;
using compression::GroupLayout;
using compression::PackedCodes;

namespace {

class GroupTiles : public TilePayload {
public:
  GroupTiles(const TensorSource &source, std::vector<const TensorInfo *> parts,
             const BlockLayout &blocks, const GroupLayout &tiles,
             bool alternating)
      : TilePayload(parts, tiles.rows, alternating,
                    tiles.tileBytes(parts.front()->shape[1])),
        source(source), columns(parts.front()->shape[1]), blocks(blocks),
        tiles(tiles) {}

private:
  void writeTile(const TilePlaces::Place &place, uint8_t *out,
                 llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    std::memset(out, 0, tileBytes);
    const TensorInfo &part = *place.part;
    const uint8_t *from = source.read(part, place.firstRow * columns,
                                      place.numRows * columns, scratch);
    int64_t perSpan = tiles.columns / blocks.columns,
            perRow = columns / blocks.columns;
    // Blocks of files may hold several of the encoding.
    bool coded = part.dtype == Dtype::Coded;
    int64_t stored = coded ? blocks.columns : getBlockElements(part.dtype);
    int64_t perStored = stored / blocks.columns;
    llvm::SmallVector<uint8_t, 0> unpacked;
    if (!coded)
      unpacked.resize_for_overwrite(perStored * blocks.bytes);
    for (int64_t r = 0; r < place.numRows; ++r)
      for (int64_t i = 0; i < perRow; from += part.getBytes(stored)) {
        const uint8_t *block = from;
        if (!coded) {
          unpackGgml(part.dtype, from, blocks, unpacked.data());
          block = unpacked.data();
        }
        for (int64_t end = i + perStored; i < end; ++i, block += blocks.bytes)
          writeBlock(block, r, i % perSpan, out + i / perSpan * tiles.bytes);
      }
  }

  /// Writes block number `index` of row `row` of the span at `out`.
  void writeBlock(const uint8_t *block, int64_t row, int64_t index,
                  uint8_t *out) const {
    constexpr int64_t kInterleave = GroupLayout::kInterleave;
    int64_t first = index * blocks.columns;
    if (tiles.values.grid)
      writeCells(block, row, first, out);
    else
      for (int64_t i = 0; i < blocks.columns; ++i) {
        int64_t column = (first + i) % tiles.codeColumns;
        tiles.codes.put(column / kInterleave,
                        row * kInterleave + column % kInterleave, block[i],
                        out + (first + i) / tiles.codeColumns *
                                  tiles.codes.bytes);
      }
    if (tiles.zeros)
      writeCodes(*tiles.zeros, block + *blocks.zerosOffset, row, index,
                 out + tiles.zerosOffset);
    writeFactors(tiles.scales, blocks.scales, block, row, index, out);
    if (tiles.minima)
      writeFactors(*tiles.minima, *blocks.minima, block, row, index, out);
  }

  /// Writes the cells of the columns from `first` on.
  void writeCells(const uint8_t *block, int64_t row, int64_t first,
                  uint8_t *out) const {
    const compression::Grid &grid = *tiles.values.grid;
    for (int64_t i = 0; i < blocks.columns; i += grid.cellColumns) {
      const uint8_t *cell = block + i;
      int64_t column = (first + i) % tiles.codeColumns;
      uint8_t *to = out + (first + i) / tiles.codeColumns * tiles.codes.bytes;
      tiles.points->put(column / grid.cellColumns, row, cell[0] | cell[1] << 8,
                        to);
      if (i % grid.bitColumns == 0)
        tiles.cellBits->put(column / grid.bitColumns, row, cell[2],
                            to + tiles.points->bytes);
    }
  }

  /// Writes a code of each group.
  void writeCodes(const PackedCodes &codes, const uint8_t *from, int64_t row,
                  int64_t index, uint8_t *out) const {
    int64_t groups = blocks.groups();
    for (int64_t g = 0; g < groups; ++g)
      codes.put(index * groups + g, row, from[g], out);
  }

  void writeFactors(const GroupLayout::Factors &factors,
                    const BlockLayout::Factors &from, const uint8_t *block,
                    int64_t row, int64_t index, uint8_t *out) const {
    if (factors.codes)
      writeCodes(*factors.codes, block + *from.codesOffset, row, index,
                 out + factors.codesOffset);
    int64_t first = index * from.floats;
    auto writeFloats = [&](GroupLayout::Float type, const uint8_t *floats,
                           uint8_t *to) {
      int64_t size = floatBytes(type);
      for (int64_t i = 0; i < from.floats; ++i)
        std::memcpy(to + ((first + i) * tiles.rows + row) * size,
                    floats + i * size, size);
    };
    writeFloats(factors.type, block + from.floatsOffset,
                out + factors.floatsOffset);
    if (factors.addendType)
      writeFloats(*factors.addendType, block + from.addendsOffset,
                  out + factors.addendsOffset);
  }

  const TensorSource &source;
  int64_t columns;
  BlockLayout blocks;
  GroupLayout tiles;
};

} // namespace

std::unique_ptr<Payload> makeGroupTiles(const TensorSource &source,
                                        std::vector<const TensorInfo *> parts,
                                        compression::GroupType type,
                                        int64_t rows, bool alternating) {
  return std::make_unique<GroupTiles>(source, std::move(parts),
                                      BlockLayout(type),
                                      GroupLayout(type, rows), alternating);
}

} // namespace swage::weights
