//===- GgmlBlocks.h - Blocks of GGML's types, taken apart -------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_GGMLBLOCKS_H
#define SWAGE_COMPILER_WEIGHTS_GGMLBLOCKS_H

#include "compiler/weights/Dtype.h"
#include "dialects/compression/BlockLayout.h"

namespace swage::weights {

/// Takes a block of `dtype`, one of GGML's types, apart: into as many blocks of
/// the type's encoding as it has, one but for NVFP4; `layout` is theirs. The
/// formats are those of ggml-common.h and ggml-quants.c of llama.cpp.
void unpackGgml(Dtype dtype, const uint8_t *block,
                const compression::BlockLayout &layout, uint8_t *out);

/// The same for types whose codes number points of a grid.
void unpackGgmlGrid(Dtype dtype, const uint8_t *block,
                    const compression::BlockLayout &layout, uint8_t *out);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_GGMLBLOCKS_H
