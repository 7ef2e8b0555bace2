//===- Layout.cpp - Where things lie in the file -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Layout.h"
#include "runtime/schema/header.h"
#include "llvm/Support/MathExtras.h"

namespace swage::artifact {

Layout::Layout(const Artifact &artifact) {
  for (const Program &program : artifact.programs)
    for (const Executable &executable : program.executables)
      segments.push_back({0, executable.code.size(), 0});
  for (const Section &section : artifact.sections)
    segments.push_back({0, section.bytes.size(), 0});
  uint64_t size = 0;
  for (const Program &program : artifact.programs)
    for (const Weight &weight : program.weights) {
      const weights::Payload *payload = weight.payload.get();
      if (!weightOf.try_emplace(payload, weights.size()).second)
        continue;
      uint64_t offset = llvm::alignTo(size, schema::kWeightAlignment);
      weights.push_back({payload, weight.name, offset, 0});
      size = offset + payload->getSize();
    }
  if (!weights.empty())
    segments.push_back({0, size, 0});
}

void Layout::place(uint64_t tableSize) {
  fileSize = schema::kHeaderSize + tableSize;
  for (SegmentPlace &segment : segments) {
    segment.offset = llvm::alignTo(fileSize, schema::kSegmentAlignment);
    fileSize = segment.offset + segment.size;
  }
}

} // namespace swage::artifact
