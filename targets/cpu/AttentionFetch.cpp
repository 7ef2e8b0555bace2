//===- AttentionFetch.cpp - Asking for the next page ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/cpu/AttentionParts.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {

constexpr int64_t kLineBytes = 64;

void PageFetch::inProduct(KernelBuilder &k, int64_t first, Value step,
                          int64_t steps) const {
  int64_t count = llvm::divideCeil(perProduct, steps);
  fetch(k, k.add(k.mul(step, count), first), count);
}

void PageFetch::inSoftmax(KernelBuilder &k, Value query, int64_t part,
                          int64_t parts) const {
  int64_t first = perQuery * part / parts;
  int64_t end = perQuery * (part + 1) / parts;
  fetch(k, k.add(k.mul(query, perQuery), perProduct + first), end - first);
}

/// Of each piece `count` lines. Rounding may ask for a few behind its end.
void PageFetch::fetch(KernelBuilder &k, Value line, int64_t count) const {
  for (const CachePage &page : {keys, values}) {
    auto type = cast<MemRefType>(page.buffer.getType());
    int64_t perLine = kLineBytes * 8 / type.getElementTypeBitWidth();
    Value at = k.add(page.at, k.mul(line, perLine));
    for (int64_t i = 0; i < count; ++i)
      memref::PrefetchOp::create(k.b, page.buffer, k.add(at, i * perLine),
                                 /*isWrite=*/false, /*localityHint=*/2,
                                 /*isDataCache=*/true);
  }
}

} // namespace swage::cpu
