//===- DotTiles.h - Integer sums over group tiles ---------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One or few rows: codes come from memory, and each is unpacked once for all
// rows of the block. The arithmetic is that of CodeDots.h.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DOTTILES_H
#define SWAGE_TARGETS_CPU_DOTTILES_H

#include "targets/cpu/CodeDots.h"
#include "targets/cpu/GroupTiles.h"

namespace swage::cpu {

class DotTiles : public GroupTiles {
public:
  DotTiles(KernelBuilder &k, const LinearOperands &spec,
           const Capabilities &target, Value x, Value weights);

private:
  void emitChunk(Sums &sums, Chunk &chunk) override;

  CodeDots dots;
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_DOTTILES_H
